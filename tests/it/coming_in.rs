//! Coming in through the console's pages, as a browser without JavaScript does it.

use roster::base::time::{DAY, MINUTE};
use serde_json::json;

use crate::story::browser::{Browser, leads_to};
use crate::story::person::PASSWORD;

const NEW_PASSWORD: &str = "another-Kettle 5 orbits nine";

story!(
    /// OPS-1, R10, R14: the printed link leads to the form, once; whoever sends it is in.
    a_new_installation_is_set_up_by_its_link, app => {
    let mut browser = Browser::new(&app);
    browser.opens("/setup").await.has_status(403);
    let link = format!("/setup/{}", app.app().set_up_token());
    assert_eq!(leads_to(&browser.opens(&link).await), "/setup");
    browser.opens("/setup").await.has_status(200).hides(&app.app().set_up_token()).shows("Access model");
    let mut fields = vec![
        ("name", "Halden <b>Freight"), ("preset", "admin-user"), ("firstName", "Mara"), ("lastName", "Lindqvist"),
        ("email", "mara@halden.test"), ("password", "too short"),
    ];
    let refused = browser.fills("/setup", &fields).await.has_status(422);
    refused.shows("Use 15 characters or more").shows("value=\"mara@halden.test\"").hides("too short").hides("<b>Freight");
    fields[5].1 = PASSWORD;
    assert_eq!(leads_to(&browser.fills("/setup", &fields).await), "/");
    assert!(browser.holds("roster") && !browser.holds("roster-set-up"));
    assert_eq!(leads_to(&browser.opens("/").await), "/users");
    let mut late = Browser::new(&app);
    late.opens(&link).await;
    late.opens("/setup").await.has_status(410).shows("Already set up");
});

story!(
    /// SES-1, R05, R56: wrong ones read the same; the page wanted before comes after, but only one of ours.
    people_sign_in_and_out, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.joins("bob@acme.test", "user").await;
    let mut browser = Browser::new(&app);
    assert_eq!(leads_to(&browser.opens("/profile/complete").await), "/sign-in?next=%2Fprofile%2Fcomplete");
    for email in ["alice@acme.test", "nobody@acme.test"] {
        let refused = browser.signs_in(email, "not the right password").await.has_status(401);
        refused.shows("E-mail and password do not match").shows(email).hides("not the right password");
    }
    for (next, leads) in [
        ("/profile/complete", "/profile/complete"), ("//evil.test", "/"), ("/\t/evil.test", "/"), ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
    ] {
        let fields = [("email", "alice@acme.test"), ("password", PASSWORD), ("next", next)];
        assert_eq!(leads_to(&browser.fills("/sign-in", &fields).await), leads, "{next:?}");
        assert_eq!(leads_to(&browser.fills("/sign-out", &[]).await), "/sign-in");
    }
    assert!(!browser.holds("roster"));
    browser.opens("/sign-in").await.has_status(200).shows("You are signed out.");
    browser.opens("/sign-in").await.hides("You are signed out.");
    browser.signs_in("bob@acme.test", PASSWORD).await;
    assert_eq!(leads_to(&browser.opens("/").await), "/profile", "no permission to see users");
});

story!(
    /// R11: a password that somebody else chose opens nothing but the choice of one's own.
    an_initial_password_is_replaced_on_its_page, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let initial = "an initial secret of Alice";
    let body = json!({"email": "carol@acme.test", "firstName": "Carol", "lastName": "Cook", "password": initial});
    acme.alice().post("members", body).await.succeeds();
    app.leaves_any_mail();
    let mut browser = Browser::new(&app);
    let page = browser.signs_in("carol@acme.test", initial).await.has_status(200).shows("Choose a new password").text();
    assert!(!browser.holds("roster"));
    let challenge = page.split("name=\"challenge\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fill = |password| [("challenge", challenge.clone()), ("username", "carol@acme.test".to_owned()), ("password", password)];
    for (password, status) in [("short".to_owned(), 422), (initial.to_owned(), 422)] {
        let fields = fill(password);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.fills("/sign-in/new-password", &fields).await.has_status(status);
    }
    let fields = fill(NEW_PASSWORD.to_owned());
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(leads_to(&browser.fills("/sign-in/new-password", &fields).await), "/");
    assert!(browser.holds("roster"));
    Browser::new(&app).fills("/sign-in/new-password", &fields).await.has_status(401).shows("Sign in again");
    app.leaves_any_mail();
});

story!(
    /// SES-2, R14, R39: the mailed link opens the form as often as it is looked at, and sets one password.
    a_forgotten_password_is_replaced, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let mut browser = Browser::new(&app);
    browser.opens("/password-reset").await.has_status(200);
    let known = browser.fills("/password-reset", &[("email", "alice@acme.test")]).await.has_status(200).text();
    let unknown = browser.fills("/password-reset", &[("email", "nobody@acme.test")]).await.has_status(200).text();
    assert_eq!(known.replace("alice@", "nobody@"), unknown);
    let token = app.visitor().reads_mail_to("alice@acme.test").await.token;
    let link = format!("/password-reset/{token}");
    for _ in 0..2 {
        assert_eq!(leads_to(&browser.opens(&link).await), "/password-reset/confirm");
        browser.opens("/password-reset/confirm").await.has_status(200).hides(&token);
    }
    browser.fills("/password-reset/confirm", &[("password", "short")]).await.has_status(422);
    assert_eq!(leads_to(&browser.fills("/password-reset/confirm", &[("password", NEW_PASSWORD)]).await), "/sign-in");
    alice.get("/session").await.has_status(401);
    browser.opens(&link).await;
    browser.opens("/password-reset/confirm").await.has_status(410).shows("no longer works");
    assert_eq!(leads_to(&browser.signs_in("alice@acme.test", NEW_PASSWORD).await), "/");
    app.leaves_any_mail();
});

story!(
    /// INV-8, R14, R34: a new person comes in by the letter, completes the profile, and the link is spent.
    a_new_person_accepts, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().tries_to_invite("eve@example.test", json!({"message": "Welcome <i>aboard"})).await.succeeds();
    let token = app.visitor().reads_mail_to("eve@example.test").await.token;
    let link = format!("/invitations/{token}");
    let mut browser = Browser::new(&app);
    assert_eq!(leads_to(&browser.opens(&link).await), "/invitation");
    let page = browser.opens("/invitation").await.has_status(200).shows("Create your account").shows("eve@example.test");
    page.hides(&token).hides("<i>aboard");
    let refused = browser.fills("/invitation", &[("firstName", "Eve"), ("lastName", ""), ("password", PASSWORD)]).await;
    refused.has_status(422).shows("value=\"Eve\"").hides(PASSWORD);
    let fields = [("firstName", "Eve"), ("lastName", "Ericsson"), ("password", PASSWORD)];
    assert_eq!(leads_to(&browser.fills("/invitation", &fields).await), "/profile/complete");
    assert!(browser.holds("roster") && !browser.holds("roster-invitation"));
    browser.opens("/profile/complete").await.has_status(200).shows("You have joined Acme").shows("Ericsson");
    let mut profile = vec![("firstName", "Eve"), ("lastName", "Ericsson"), ("phone", "none"), ("timeZone", "Mars/Base")];
    browser.fills("/profile/complete", &profile).await.has_status(422).shows("not a telephone number").shows("no time zone");
    profile[2].1 = "+46 8 123";
    profile[3].1 = "Europe/Stockholm";
    assert_eq!(leads_to(&browser.fills("/profile/complete", &profile).await), "/");
    assert_eq!(acme.member("eve@example.test").await.unwrap()["status"], "active");
    let mut late = Browser::new(&app);
    late.opens(&link).await;
    late.opens("/invitation").await.has_status(410).shows("already used");
});

story!(
    /// INV-8: an account signs in and joins in one step; somebody else's session never joins by mistake.
    an_account_accepts_as_itself, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    globex.alice().invites("alice@acme.test").await;
    let link = format!("/invitations/{}", app.visitor().reads_mail_to("alice@acme.test").await.token);
    let mut browser = Browser::new(&app);
    browser.signs_in("gail@globex.test", PASSWORD).await;
    browser.opens(&link).await;
    browser.opens("/invitation").await.has_status(200).shows("This invitation is for somebody else");
    assert_eq!(leads_to(&browser.fills("/invitation", &[]).await), "/invitation");
    assert_eq!(globex.member("alice@acme.test").await.unwrap()["status"], "invited");
    assert_eq!(leads_to(&browser.fills("/invitation/switch", &[]).await), "/invitation");
    assert!(!browser.holds("roster"));
    browser.opens("/invitation").await.has_status(200).shows("You already have an account");
    browser.fills("/invitation", &[("password", "not the right password")]).await.has_status(401).shows("Not signed in");
    assert_eq!(leads_to(&browser.fills("/invitation", &[("password", PASSWORD)]).await), "/");
    assert_eq!(globex.member("alice@acme.test").await.unwrap()["status"], "active");
    assert!(browser.holds("roster") && !browser.holds("roster-invitation"));
    // Signed in with the invited address: one click.
    acme.alice().invites("gail@globex.test").await;
    let link = format!("/invitations/{}", app.visitor().reads_mail_to("gail@globex.test").await.token);
    let mut gail = Browser::new(&app);
    gail.signs_in("gail@globex.test", PASSWORD).await;
    gail.opens(&link).await;
    gail.opens("/invitation").await.has_status(200).shows("Signed in as");
    assert_eq!(leads_to(&gail.fills("/invitation", &[]).await), "/");
    assert_eq!(acme.member("gail@globex.test").await.unwrap()["status"], "active");
});

story!(
    /// INV-9, INV-10: declining, and one clear page for each reason why a link opens nothing.
    a_link_that_opens_nothing_says_why, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let mut browser = Browser::new(&app);
    browser.opens("/invitation").await.has_status(404).shows("not complete");
    browser.opens("/invitations/no%3Bsuch%0Atoken").await;
    assert!(!browser.holds("roster-invitation"));
    acme.alice().invites("eve@example.test").await;
    let link = format!("/invitations/{}", app.visitor().reads_mail_to("eve@example.test").await.token);
    browser.opens(&link).await;
    browser.opens("/invitation/decline").await.has_status(200);
    assert_eq!(acme.member("eve@example.test").await.unwrap()["status"], "invited", "looking changes nothing");
    browser.fills("/invitation/decline", &[("reason", "Wrong person")]).await.has_status(200).shows("You declined");
    browser.opens(&link).await;
    browser.opens("/invitation").await.has_status(410).shows("was declined").hides("Acme");
    let revoked = acme.alice().invites("fay@example.test").await;
    let link = format!("/invitations/{}", app.visitor().reads_mail_to("fay@example.test").await.token);
    acme.alice().revokes(&revoked).await.succeeds();
    browser.opens(&link).await;
    browser.fills("/invitation", &[("password", PASSWORD)]).await.has_status(410).shows("was withdrawn").hides("Acme");
    let renewed = acme.alice().invites("gus@example.test").await;
    let old = format!("/invitations/{}", app.visitor().reads_mail_to("gus@example.test").await.token);
    app.waits(MINUTE);
    acme.alice().resends(&renewed).await.succeeds();
    let new = format!("/invitations/{}", app.visitor().reads_mail_to("gus@example.test").await.token);
    browser.opens(&old).await;
    browser.opens("/invitation").await.has_status(410).shows("There is a newer letter");
    app.waits(31 * DAY);
    browser.opens(&new).await;
    browser.opens("/invitation").await.has_status(410).shows("has expired").hides("Acme");
});

story!(
    /// MEM-4, R39: one's own address is changed with the password; the link to the new one shows a button, and only that
    /// changes it.
    a_new_address_is_confirmed_by_a_click, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let mut profile = Browser::new(&app);
    profile.signs_in("alice@acme.test", PASSWORD).await;
    let ask = |password| [("email", "alicia@acme.test"), ("emailPassword", password)];
    let wrong = profile.fills("/profile/email", &ask("not the right password")).await.has_status(422);
    wrong.shows("This is not your password").shows("value=\"alicia@acme.test\"").hides("not the right password");
    assert_eq!(leads_to(&profile.fills("/profile/email", &ask(PASSWORD)).await), "/profile");
    profile.opens("/profile").await.shows("Look into alicia@acme.test");
    let link = format!("/email-change/{}", app.visitor().reads_mail_to("alicia@acme.test").await.token);
    let mut browser = Browser::new(&app);
    assert_eq!(leads_to(&browser.opens(&link).await), "/email-change");
    let page = browser.opens("/email-change").await.has_status(200).shows("alicia@acme.test");
    page.shows("The account of <strong>Alice Archer</strong> (alice@acme.test)").shows("Not your account?");
    acme.alice().get("/account").await.says("/email", "alice@acme.test");
    assert_eq!(leads_to(&browser.fills("/email-change", &[]).await), "/");
    assert_eq!(leads_to(&browser.signs_in("alicia@acme.test", PASSWORD).await), "/");
    browser.opens(&link).await;
    browser.opens("/email-change").await.has_status(410);
    app.leaves_any_mail();
});

story!(
    /// MEM-10, R04, R09: one's own profile and password; a wrong one changes nothing and is not shown again.
    people_change_their_profile_and_password, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let elsewhere = acme.alice();
    let mut browser = Browser::new(&app);
    browser.signs_in("alice@acme.test", PASSWORD).await;
    browser.opens("/profile").await.has_status(200).shows("Your profile").shows("alice@acme.test");
    let mut profile = vec![("firstName", "Alice"), ("lastName", "Ames"), ("phone", "none"), ("timeZone", "")];
    browser.fills("/profile", &profile).await.has_status(422).shows("not a telephone number").shows("value=\"none\"");
    profile[2].1 = "";
    assert_eq!(leads_to(&browser.fills("/profile", &profile).await), "/profile");
    browser.opens("/profile").await.has_status(200).shows("Your profile is saved.").shows("value=\"Ames\"");
    let change = |current, new| [("currentPassword", current), ("newPassword", new)];
    let wrong = browser.fills("/profile/password", &change("not the right password", NEW_PASSWORD)).await;
    wrong.has_status(422).shows("This is not your password").hides("not the right password").hides(NEW_PASSWORD);
    elsewhere.get("/session").await.has_status(200);
    let answer = browser.fills("/profile/password", &change(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(leads_to(&answer), "/profile");
    browser.opens("/profile").await.has_status(200).shows("signed out everywhere else");
    elsewhere.get("/session").await.has_status(401);
    app.leaves_any_mail();
});

story!(
    /// R38, D1: by a copied link the page tells of no account, offers both doors, and says why one of them does not open.
    a_copied_link_shows_both_doors, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    acme.alice().patch("", json!({"settings": {"linksMayBeCopied": true}})).await.has_status(200);
    let invitation = acme.alice().invites("gail@globex.test").await;
    let copied = acme.alice().copies_link_of(&invitation).await;
    let mut browser = Browser::new(&app);
    browser.opens(&format!("/invitations/{copied}")).await;
    browser.opens("/invitation").await.has_status(200).shows("Create your account").shows("You have an account with this e-mail?");
    let fields = [("firstName", "Gail"), ("lastName", "Gray"), ("password", NEW_PASSWORD)];
    browser.fills("/invitation", &fields).await.has_status(401).shows("This address has an account").hides(NEW_PASSWORD);
    let fields = [("email", "gail@globex.test"), ("password", PASSWORD), ("next", "/invitation")];
    assert_eq!(leads_to(&browser.fills("/sign-in", &fields).await), "/invitation");
    assert_eq!(leads_to(&browser.fills("/invitation", &[]).await), "/");
    assert_eq!(acme.member("gail@globex.test").await.unwrap()["status"], "active");

    globex.creates("carol@globex.test", "user").await;
    let invitation = acme.alice().invites("carol@globex.test").await;
    let copied = acme.alice().copies_link_of(&invitation).await;
    let mut carol = Browser::new(&app);
    carol.signs_in("carol@globex.test", PASSWORD).await;
    carol.opens(&format!("/invitations/{copied}")).await;
    carol.fills("/invitation", &[]).await.has_status(403).shows("Use the link in the letter");
});

story!(
    /// D2, A1: by the letter, somebody whose password an administrator chose is asked for a new one, then joins.
    a_foreign_password_is_replaced_on_the_way, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    globex.creates("carol@globex.test", "user").await;
    acme.alice().tries_to_invite("carol@globex.test", json!({"role": "admin"})).await.has_status(200);
    let link = format!("/invitations/{}", app.visitor().reads_mail_to("carol@globex.test").await.token);
    for signed_in in [false, true] {
        let mut browser = Browser::new(&app);
        if signed_in {
            browser.signs_in("carol@globex.test", PASSWORD).await;
        }
        browser.opens(&link).await;
        let page = browser.fills("/invitation", &[("password", PASSWORD)]).await.has_status(200).shows("Choose a new password").text();
        assert_eq!(acme.member("carol@globex.test").await.unwrap()["status"], "invited");
        if !signed_in {
            continue;
        }
        let challenge = page.split("name=\"challenge\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let fields = [("challenge", challenge.as_str()), ("username", "carol@globex.test"), ("password", NEW_PASSWORD)];
        assert_eq!(leads_to(&browser.fills("/sign-in/new-password", &fields).await), "/invitation");
        browser.opens("/invitation").await.has_status(200).shows("Signed in as");
        assert_eq!(leads_to(&browser.fills("/invitation", &[]).await), "/");
        assert_eq!(acme.member("carol@globex.test").await.unwrap()["status"], "active");
    }
});
