//! One's own account in the console: where one is signed in, and leaving (MEM-9, MEM-10, SES-6, ACC-5).

use roster::base::time::MINUTE;

use crate::story::browser::{Browser, leads_to};
use crate::story::console::{follows, opens, plain, read, submits};
use crate::story::person::PASSWORD;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

story!(
    /// SES-6: everybody sees their own sessions, of whichever organization, and ends one or all others.
    people_end_their_own_sessions, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("greta@globex.test").await;
    let bob = globex.welcomes(&acme.joins("bob@example.test", "user").await, "user").await;
    app.waits(5 * MINUTE);
    let mut phone = Browser::that_is(&app, FIREFOX);
    phone.signs_in("bob@example.test", PASSWORD).await;
    let page = opens(&bob, "/profile/sessions").await.has_status(200).shows("This session");
    for says in ["Where you are signed in", "Firefox on Linux", "15 Jan, 09:05", "2 of 2 shown", "Sign out everywhere else"] {
        assert!(plain(&page).contains(says), "{says}: {}", plain(&page));
    }
    let text = read(&page);
    let end = text.split("action=\"").find(|part| part.starts_with("/profile/sessions/sess_")).unwrap();
    let end = end.split('"').next().unwrap().to_owned();
    // Nobody ends another's, whatever they can see.
    submits(&acme.alice(), &end, &[]).await.has_status(404);
    assert_eq!(leads_to(&phone.opens("/").await), "/profile");
    let done = submits(&bob, &end, &[]).await;
    follows(&bob, &done).await.shows("You are signed out of Firefox on Linux.").shows("You are signed in nowhere else.");
    assert_eq!(leads_to(&phone.opens("/").await), "/sign-in");
    submits(&bob, &end, &[]).await.has_status(404);
    let mut tablet = Browser::new(&app);
    tablet.signs_in("bob@example.test", PASSWORD).await;
    phone.signs_in("bob@example.test", PASSWORD).await;
    opens(&bob, "/profile/sessions/end-others").await.has_status(200).shows("Ends 2 sessions").shows("This session goes on.");
    let done = submits(&bob, "/profile/sessions/end-others", &[]).await;
    follows(&bob, &done).await.shows("Signed out of 2 other sessions.");
    for browser in [&mut tablet, &mut phone] {
        assert_eq!(leads_to(&browser.opens("/").await), "/sign-in");
    }
    let done = submits(&bob, "/profile/sessions/end-others", &[]).await;
    follows(&bob, &done).await.shows("You were signed in nowhere else.");
    app.leaves_mail("new_device", &["bob@example.test"]);
});

story!(
    /// MEM-10: the language is one's own to choose; the first page does not ask and does not clear it.
    a_language_is_chosen, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let form = |locale: &'static str| [("firstName", "Alice"), ("lastName", "Archer"), ("locale", locale)];
    submits(&acme.alice(), "/profile", &form("no tag")).await.has_status(422).shows("This is no language tag");
    submits(&acme.alice(), "/profile", &form("de-CH")).await.has_status(303);
    submits(&acme.alice(), "/profile/complete", &form("")[..2]).await.has_status(303);
    opens(&acme.alice(), "/profile").await.has_status(200).shows("value=\"de-CH\"");
});

story!(
    /// MEM-9, CON-3: leaving says what it does, has the name typed, and ends access at once.
    people_leave, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("greta@globex.test").await;
    let bob = globex.welcomes(&acme.joins("bob@example.test", "user").await, "user").await;
    let bob = bob.finds_their_place().await;
    opens(&bob, "/profile").await.shows("Leave Globex").shows("href=\"/leave\"");
    let asked = opens(&bob, "/leave").await.has_status(200).shows("Leave Globex?").shows("Ends your session");
    asked.shows("Your account and your other tenants stay.");
    submits(&bob, "/leave", &[("confirm", "globex")]).await.has_status(422).shows("Type the name exactly");
    bob.get("/session").await.says("/organization/slug", "globex");
    let done = submits(&bob, "/leave", &[("confirm", "Globex")]).await;
    assert_eq!(done.headers["location"], "/organizations");
    follows(&bob, &done).await.shows("You left Globex.").shows("Acme");
    assert!(globex.member("bob@example.test").await.is_none());
    assert!(acme.member("bob@example.test").await.is_some());
    // The last place of all: nothing is left to be signed in to.
    let carol = acme.joins("carol@example.test", "user").await;
    opens(&carol, "/leave").await.shows("Your account stays, without any place to work in.");
    let done = submits(&carol, "/leave", &[("confirm", "Acme")]).await;
    assert_eq!(leads_to(&done), "/sign-in");
    carol.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// ACC-5: the only one in charge reads why they can't leave and what to do; with a second one they can.
    the_only_owner_stays_and_reads_why, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let own = opens(&alice, &format!("/users/{}/remove", alice.id)).await;
    assert_eq!(leads_to(&own), "/leave", "nobody removes themselves");
    let page = opens(&alice, "/leave").await.has_status(200).shows("You are the only Owner");
    page.shows("Invite somebody").hides("Leave Acme</button>");
    let bob = acme.joins("bob@example.test", "administrator").await;
    opens(&alice, "/leave").await.shows("Choose somebody").shows("href=\"/users?status=active\"");
    // Whoever sends the form all the same is refused, and told the same.
    submits(&alice, "/leave", &[("confirm", "Acme")]).await.has_status(409).shows("You are the only Owner");
    let owner = [("role", "owner")];
    submits(&alice, &format!("/users/{}/role", bob.id), &owner).await.has_status(303);
    let done = submits(&alice, "/leave", &[("confirm", "Acme")]).await;
    assert_eq!(leads_to(&done), "/sign-in");
    app.leaves_mail("role_changed", &["bob@example.test"]);
});
