//! A password that somebody else chose comes to no power in another organization (D2, D6, A1).

use serde_json::{Value, json};

use crate::story::person::PASSWORD;
use crate::story::{Answer, Organization, Person, Story};

const OWN: &str = "nine brown kettles sing at dawn";
const OTHER: &str = "violet-Anchor 9 wanders home";

async fn accepts(person: &Person, token: &str) -> Answer {
    person.post(&format!("/invitations/{token}/accept"), json!({})).await
}

async fn signs_in(app: &Story, email: &str, password: &str) -> Answer {
    app.visitor().post("/sign-in", json!({"email": email, "password": password})).await
}

/// Joe, whom Acme's administrator made with a password that he knows; a letter of Globex; Globex.
async fn joe_is_invited(app: &Story) -> (Person, String, Organization) {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let joe = acme.creates("joe@else.test", "user").await;
    globex.owner().tries_to_invite("joe@else.test", json!({"role": "admin"})).await.has_status(200);
    let token = app.visitor().reads_mail_to("joe@else.test").await.token;
    (joe, token, globex)
}

fn chosen(challenge: &str, password: &str) -> Value {
    json!({"challenge": challenge, "password": password})
}

story!(
    /// Who has the letter chooses a new password before they join; what the administrator knew opens nothing then.
    a_new_password_comes_before_joining, app => {
    let (joe, token, globex) = joe_is_invited(&app).await;
    let refused = accepts(&joe, &token).await.is(403, "password_change_required");
    assert_eq!(globex.member("joe@else.test").await.unwrap()["status"], "invited");
    let challenge = refused.text_at("/challenge");
    let visitor = app.visitor();
    visitor.post("/sign-in/new-password", chosen(&challenge, PASSWORD)).await.refuses("/password", "password_unchanged");
    let signed_in = visitor.post("/sign-in/new-password", chosen(&challenge, OWN)).await.has_status(200);
    signed_in.clone().says("/account/emailVerified", true);
    visitor.post("/sign-in/new-password", chosen(&challenge, OTHER)).await.is(401, "challenge_invalid");
    joe.get("/session").await.is(401, "unauthenticated");
    signs_in(&app, "joe@else.test", PASSWORD).await.is(401, "invalid_credentials");
    let joe = joe.with_token(&signed_in.text_at("/token"));
    accepts(&joe, &token).await.has_status(200).says("/organization/slug", "globex");
    // Once is enough.
    let third = app.organization("Third").owned_by("theo@third.test").await;
    third.welcomes(&joe, "user").await;
});

story!(
    /// Knowing the old password is no proof: the administrator may be who changes it, or who answers the first sign-in.
    the_old_password_proves_nothing, app => {
    let (joe, token, globex) = joe_is_invited(&app).await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": OWN});
    joe.put("/account/password", body).await.has_status(204);
    accepts(&joe, &token).await.is(403, "password_change_required");

    let acme = app.organization("Acme Two").owned_by("adam@acme.test").await;
    let body = json!({"email": "jane@else.test", "firstName": "J", "lastName": "A", "password": PASSWORD});
    acme.owner().post("members", body).await.has_status(201);
    let challenge = signs_in(&app, "jane@else.test", PASSWORD).await.is(403, "password_change_required").text_at("/challenge");
    let signed_in = app.visitor().post("/sign-in/new-password", chosen(&challenge, OWN)).await.has_status(200);
    let jane = Person::from_sign_in(&app, "jane@else.test", &signed_in).await;
    globex.owner().tries_to_invite("jane@else.test", json!({"role": "admin"})).await.has_status(200);
    let token = app.visitor().reads_mail_to("jane@else.test").await.token;
    accepts(&jane, &token).await.is(403, "password_change_required");
});

story!(
    /// A password that was chosen by a mailed link is the reader's own.
    a_reset_is_proof_enough, app => {
    let (joe, token, _) = joe_is_invited(&app).await;
    app.visitor().post("/password-reset", json!({"email": "joe@else.test"})).await.has_status(202);
    let reset = joe.reads_mail_to("joe@else.test").await.token;
    app.visitor().post("/password-reset/confirm", json!({"token": reset, "password": OWN})).await.has_status(204);
    let joe = joe.with_token(&signs_in(&app, "joe@else.test", OWN).await.has_status(200).text_at("/token"));
    accepts(&joe, &token).await.has_status(200);
});

story!(
    /// INV-8: with an ordinary role they join as the contract says, whoever chose the password.
    an_ordinary_role_needs_no_new_password, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let joe = acme.creates("joe@else.test", "user").await;
    globex.owner().invites("joe@else.test").await;
    let token = app.visitor().reads_mail_to("joe@else.test").await.token;
    accepts(&joe, &token).await.has_status(200).says("/organization/slug", "globex");
});
