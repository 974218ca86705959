//! Notices of what somebody may not have done themselves, and what they answer: "this was not me" (R04, MEM-10).

use axum::http::Method;
use roster::base::time::{DAY, SECOND};
use serde_json::json;

use crate::story::browser::{Browser, leads_to};
use crate::story::console::plain;
use crate::story::mailbox::written;
use crate::story::person::PASSWORD;
use crate::story::{Answer, Person, Request, Story, at_once};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const NEW: &str = "nine brown kettles sing at dawn";

async fn signs_in_with(app: &Story, email: &str, user_agent: &str) -> Person {
    let mut request = Request::new(Method::POST, "/api/v1/sign-in").header("user-agent", user_agent);
    request.peer = "203.0.113.5:50000".parse().unwrap();
    let answer = app.process.send(request.json(&json!({"email": email, "password": PASSWORD}))).await;
    Person::from_sign_in(app, email, &answer.has_status(200)).await
}

async fn disowns(app: &Story, token: &str) -> Answer {
    app.visitor().post(&format!("/notices/{token}/disown"), json!({})).await
}

story!(
    /// R04: a sign-in with something new is told, what is known is not; whoever says that it was not them is safe at once.
    a_sign_in_with_a_new_device_is_told_and_disowned, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    bob.signs_in_again().await;
    let stranger = signs_in_with(&app, "bob@example.test", FIREFOX).await;
    signs_in_with(&app, "bob@example.test", FIREFOX).await;
    let letter = bob.reads_mail_to("bob@example.test").await;
    assert_eq!(letter.kind, "new_device");
    let text = written(app.app(), &letter).await;
    assert_eq!(text.subject, "New sign-in with Firefox on Linux");
    assert!(text.plain.contains("Firefox on Linux, from the address 203.0.113.5, on Thursday, 15 January 2026"), "{}", text.plain);
    // A mail program opens the link, and nothing happens.
    let mut browser = Browser::new(&app);
    assert_eq!(leads_to(&browser.opens(&format!("/notices/{}", letter.token)).await), "/notice");
    let page = browser.opens("/notice").await.has_status(200).hides(&letter.token);
    let shown = plain(&page);
    for says in ["Was it you who signed in?", "bob@example.test", "Firefox on Linux", "203.0.113.5", "This was not me"] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    stranger.get("/session").await.has_status(200);
    let page = browser.fills("/notice", &[]).await.has_status(200).shows("Thank you for telling");
    page.shows("A link to choose a new one comes by e-mail").shows("One person who runs your organization was told");
    for session in [&stranger, &bob] {
        session.get("/session").await.is(401, "unauthenticated");
    }
    // Whoever knew the password is out, whatever they try.
    let old = json!({"email": "bob@example.test", "password": PASSWORD});
    app.visitor().post("/sign-in", old).await.is(401, "invalid_credentials");
    // A week-old letter is no way in: the new password is chosen by a fresh link, for half an hour.
    let reset = bob.reads_mail_to("bob@example.test").await;
    assert_eq!(reset.kind, "password_reset");
    browser.opens(&format!("/password-reset/{}", reset.token)).await;
    browser.opens("/password-reset/confirm").await.has_status(200).shows("New password");
    browser.fills("/password-reset/confirm", &[("password", NEW)]).await.has_status(303);
    let new = json!({"email": "bob@example.test", "password": NEW});
    app.visitor().post("/sign-in", new).await.has_status(200);
    browser.opens(&format!("/notices/{}", letter.token)).await;
    browser.opens("/notice").await.has_status(410).shows("This link no longer works");
    disowns(&app, &letter.token).await.is(410, "notice_invalid");
    // Whoever runs the organization knows whom to look at.
    let alarm = acme.alice().reads_mail_to("alice@acme.test").await;
    let text = written(app.app(), &alarm).await;
    assert_eq!(text.subject, "Bob Baker answers that it was not them: a sign-in to their account");
    assert!(text.plain.contains("They are signed out everywhere"), "{}", text.plain);
    assert_eq!(text.link.unwrap(), format!("https://roster.test/users/{}", bob.id));
    app.leaves_mail("password_changed", &["bob@example.test"]);
});

story!(
    /// R04: a changed password is disowned the same way, by the API as well; twenty clicks at once answer once.
    a_changed_password_is_disowned_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    bob.put("/account/password", body).await.has_status(204);
    let letter = bob.reads_mail_to("bob@example.test").await;
    let seen = app.visitor().get(&format!("/notices/{}", letter.token)).await.has_status(200);
    let seen = seen.says("/kind", "password_changed").says("/secures", true);
    assert_eq!(seen.json().as_object().unwrap().len(), 4, "{seen}");
    let answers = at_once(20, |_| {
        let (app, token) = (app.clone(), letter.token.clone());
        async move { disowns(&app, &token).await }
    })
    .await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let done: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(done.len(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 410].contains(status)), "{statuses:?}");
    assert_eq!((done[0].at("/secured"), done[0].at("/told")), (json!(true), json!(1)));
    bob.get("/session").await.is(401, "unauthenticated");
    assert_eq!(done[0].at("/passwordResetSent"), true);
    let reset = bob.reads_mail_to("bob@example.test").await;
    let body = json!({"token": reset.token, "password": PASSWORD});
    app.visitor().post("/password-reset/confirm", body).await.has_status(204);
    bob.signs_in().await.has_status(200);
    app.leaves_mail("alarm", &["alice@acme.test"]);
    app.leaves_mail("password_changed", &["bob@example.test"]);
});

story!(
    /// MEM-4: who reads a mailbox that the account no longer has, or got it unasked, ends sessions and is heard; they get
    /// no way into the account.
    a_changed_address_is_disputed, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let firefox = signs_in_with(&app, "bob@example.test", FIREFOX).await;
    let device = bob.reads_mail_to("bob@example.test").await;
    let body = json!({"email": "robert@example.test"});
    acme.alice().patch(&format!("members/{}", bob.id), body).await.has_status(200);
    firefox.get("/session").await.is(401, "unauthenticated");
    let (old, new) = (
        bob.reads_mail_to("bob@example.test").await,
        bob.reads_mail_to("robert@example.test").await,
    );
    assert_eq!((old.kind.as_str(), new.kind.as_str()), ("email_changed", "email_changed"));
    let mut browser = Browser::new(&app);
    browser.opens(&format!("/notices/{}", old.token)).await;
    browser.opens("/notice").await.has_status(200).hides("robert@example.test").shows("stay as they are");
    let robert = Person { email: "robert@example.test".into(), ..bob.clone() };
    robert.signs_in_again().await;
    let page = browser.fills("/notice", &[]).await.has_status(200).shows("Thank you for telling");
    page.shows("One person who runs your organization was told");
    robert.get("/session").await.is(401, "unauthenticated");
    robert.signs_in().await.has_status(200);
    for letter in [&device, &new] {
        disowns(&app, &letter.token).await.says("/secured", false).says("/passwordResetSent", false);
    }
    robert.signs_in().await.has_status(200);
    app.leaves_mail("alarm", &["alice@acme.test"; 3]);
});

story!(
    /// R04: other roles are told to whoever gets them, by whom; "I did not expect this" reaches those in charge and changes
    /// nothing.
    a_changed_role_is_told_and_disputed, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let carol = acme.joins("carol@example.test", "administrator").await;
    let path = format!("members/{}", bob.id);
    acme.alice().patch(&path, json!({"role": "user", "firstName": "Robert"})).await.has_status(200);
    carol.patch(&path, json!({"role": "administrator"})).await.has_status(200);
    let letter = bob.reads_mail_to("bob@example.test").await;
    assert_eq!(letter.kind, "role_changed");
    let text = written(app.app(), &letter).await;
    assert_eq!(text.subject, "Your role in Acme was changed");
    assert!(text.plain.contains("Bob Baker changed your role in Acme from User to Administrator, on "), "{}", text.plain);
    let mut browser = Browser::new(&app);
    browser.opens(&format!("/notices/{}", letter.token)).await;
    let page = browser.opens("/notice").await.has_status(200);
    for says in ["Did you expect this change of your role?", "Role before User", "Role now Administrator", "Where Acme"] {
        assert!(plain(&page).contains(says), "{says}: {}", plain(&page));
    }
    browser.fills("/notice", &[]).await.has_status(200).shows("One person who runs your organization was told");
    bob.get("/session").await.has_status(200);
    let member = acme.member("bob@example.test").await.unwrap();
    assert_eq!(member["roles"][0]["key"], "administrator");
    assert!(acme.audit().await.contains(&"member.disputed".to_owned()));
    let alarm = acme.alice().reads_mail_to("alice@acme.test").await;
    let text = written(app.app(), &alarm).await;
    assert_eq!(text.subject, "Robert Baker answers that they did not expect it: a change of their role");
    assert!(text.plain.contains("Nothing was undone"), "{}", text.plain);
    // Whoever is only invited reads their role when they accept.
    acme.alice().invites("eve@example.test").await;
    let eve = acme.member_id("eve@example.test").await;
    acme.alice().patch(&format!("members/{eve}"), json!({"role": "administrator"})).await.has_status(200);
    app.leaves_mail("invitation", &["eve@example.test"]);
});

story!(
    /// D9: those who run one organization read nothing of where somebody was signed in, or of the other organization.
    an_alarm_tells_nothing_of_elsewhere, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("greta@globex.test").await;
    let bob = globex.welcomes(&acme.joins("bob@example.test", "user").await, "admin").await;
    signs_in_with(&app, "bob@example.test", FIREFOX).await;
    let letter = bob.reads_mail_to("bob@example.test").await;
    disowns(&app, &letter.token).await.has_status(200).says("/told", 2);
    app.leaves_mail("password_reset", &["bob@example.test"]);
    for (reader, own, other) in [("alice@acme.test", "Acme", "Globex"), ("greta@globex.test", "Globex", "Acme")] {
        let alarm = acme.alice().reads_mail_to(reader).await;
        let text = written(app.app(), &alarm).await;
        let whole = format!("{} {} {}", text.subject, text.plain, text.html);
        assert!(whole.contains(own), "{whole}");
        for secret in [other, "Firefox", "203.0.113.5"] {
            assert!(!whole.contains(secret), "{secret}: {whole}");
        }
    }
});

story!(
    /// A notice can be answered for a week; what is no token of ours never.
    a_notice_is_answered_within_a_week, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    signs_in_with(&app, "bob@example.test", FIREFOX).await;
    let letter = bob.reads_mail_to("bob@example.test").await;
    app.waits(7 * DAY - SECOND);
    app.visitor().get(&format!("/notices/{}", letter.token)).await.has_status(200);
    app.waits(SECOND);
    for token in [letter.token.as_str(), "x", &letter.token[..20], "%00"] {
        disowns(&app, token).await.is(410, "notice_invalid");
        app.visitor().get(&format!("/notices/{token}")).await.is(410, "notice_invalid");
    }
    bob.signs_in().await.has_status(200);
});
