//! Links that are copied in the console and handed over (INV-7, R38): they open the same door and prove no mailbox.

use serde_json::json;

use crate::story::Organization;
use crate::story::{Person, Story};

/// An organization where links may be copied.
async fn acme(app: &Story) -> Organization {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().patch("", json!({"settings": {"linksMayBeCopied": true}})).await.has_status(200);
    app.leaves_any_mail();
    acme
}

story!(
    /// R33, R38: the copied link is not the letter's; who comes in by it has shown to read no mailbox.
    a_new_person_comes_in_unverified, app => {
    let acme = acme(&app).await;
    let invitation = acme.alice().invites("cfo@other.test").await;
    let letter = app.visitor().reads_mail_to("cfo@other.test").await.token;
    let copied = acme.alice().copies_link_of(&invitation).await;
    assert_ne!(copied, letter);
    app.visitor().get(&format!("/invitations/{copied}")).await.has_status(200)
        .says("/email", "cfo@other.test").says("/accountExists", false);
    let answer = app.visitor().tries_to_accept(&copied).await.has_status(201).says("/account/emailVerified", false);
    for token in [&copied, &letter] {
        app.visitor().tries_to_accept(token).await.is(410, "invitation_accepted");
    }
    // Whoever chose that password comes to no power elsewhere by it.
    let cfo = Person::from_sign_in(&app, "cfo@other.test", &answer).await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    globex.alice().tries_to_invite("cfo@other.test", json!({"role": "admin"})).await.has_status(200);
    let token = app.visitor().reads_mail_to("cfo@other.test").await.token;
    cfo.post(&format!("/invitations/{token}/accept"), json!({})).await.is(403, "password_change_required");
    assert_eq!(globex.member("cfo@other.test").await.unwrap()["status"], "invited");
});

story!(
    /// D1, R41, A12: it does not show whether the address has an account; somebody with one signs in as that address, verified.
    an_account_is_not_shown, app => {
    let acme = acme(&app).await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let carol = globex.creates("carol@globex.test", "user").await;
    let invitation = acme.alice().invites("gail@globex.test").await;
    let copied = acme.alice().copies_link_of(&invitation).await;
    app.visitor().get(&format!("/invitations/{copied}")).await.has_status(200).says("/accountExists", false);
    app.visitor().tries_to_accept(&copied).await.is(401, "sign_in_required");
    acme.alice().post(&format!("/invitations/{copied}/accept"), json!({})).await.is(409, "signed_in_as_other");
    globex.owner().post(&format!("/invitations/{copied}/accept"), json!({})).await.has_status(200);

    let invitation = acme.alice().invites("carol@globex.test").await;
    let copied = acme.alice().copies_link_of(&invitation).await;
    carol.post(&format!("/invitations/{copied}/accept"), json!({})).await.is(403, "mailbox_unproven");
    assert_eq!(acme.member("carol@globex.test").await.unwrap()["status"], "invited");
    let letter = app.visitor().reads_mail_to("carol@globex.test").await.token;
    app.visitor().get(&format!("/invitations/{letter}")).await.has_status(200).says("/accountExists", true);
});

story!(
    /// R37: it dies with the letter's link, and it can decline.
    it_dies_with_the_letters_link, app => {
    let acme = acme(&app).await;
    let invitation = acme.alice().invites("bob@example.test").await;
    let old = acme.alice().copies_link_of(&invitation).await;
    acme.alice().resends(&invitation).await.has_status(200);
    app.visitor().tries_to_accept(&old).await.is(410, "invitation_superseded");
    let new = acme.alice().copies_link_of(&invitation).await;
    app.visitor().get(&format!("/invitations/{new}")).await.has_status(200);
    app.visitor().post(&format!("/invitations/{new}/decline"), json!({})).await.has_status(204);
    app.visitor().tries_to_accept(&new).await.is(410, "invitation_declined");
});

story!(
    /// MEM-2: how often copied links tell that an address has an account is limited for the whole organization.
    asking_by_copied_links_is_limited, app => {
    let acme = acme(&app).await;
    app.organization("Globex").owned_by("gail@globex.test").await;
    let invitation = acme.alice().invites("gail@globex.test").await;
    let copied = acme.alice().copies_link_of(&invitation).await;
    for _ in 0..60 {
        app.visitor().tries_to_accept(&copied).await.is(401, "sign_in_required");
    }
    app.visitor().tries_to_accept(&copied).await.is(429, "too_many_attempts");
});
