//! Signing in and out in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Credentials};
use super::enter::SignedIn;
use super::new_password;
use crate::account::api::AccountBody;
use crate::account::membership::{MembershipBody, active_bodies};
use crate::app::App;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::base::time::SECOND;
use crate::http::{Answer, Call, Guard, NoFields, Route, cookie, json, no_content, post};
use crate::session::api::SessionBody;
use crate::session::{self, ABSOLUTE_LIFETIME};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignIn {
    email: String,
    #[schema(value_type = String)]
    password: Secret,
    /// Id or slug of the organization to enter; without it the one last used.
    organization: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPassword {
    #[schema(value_type = String)]
    challenge: Secret,
    #[schema(value_type = String)]
    password: Secret,
}

/// Somebody who just got in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub struct SignedInBody {
    /// The session's token, to be sent as bearer; browsers get it as a cookie.
    token: String,
    session: SessionBody,
    account: AccountBody,
    memberships: Vec<MembershipBody>,
}

impl From<SignedIn> for SignedInBody {
    fn from(signed_in: SignedIn) -> Self {
        let id = signed_in.session.id;
        Self {
            token: signed_in.token.expose().to_owned(),
            session: SessionBody::new(signed_in.session, id),
            account: signed_in.account.into(),
            memberships: active_bodies(&signed_in.memberships),
        }
    }
}

/// Hands the session's cookie to a browser with any answer.
pub fn with_cookie(app: &App, mut answer: Answer, token: &str) -> Answer {
    let seconds = ABSOLUTE_LIFETIME / SECOND;
    let value = cookie::set(cookie::SESSION, token, Some(seconds), &app.settings.public_url);
    answer.headers_mut().append(axum::http::header::SET_COOKIE, value);
    answer
}

/// Takes the session's cookie back.
pub fn without_cookie(app: &App, mut answer: Answer) -> Answer {
    let value = cookie::set(cookie::SESSION, "", Some(0), &app.settings.public_url);
    answer.headers_mut().append(axum::http::header::SET_COOKIE, value);
    answer
}

/// The answer to every way in: the body, and the cookie for browsers.
pub fn signed_in(app: &App, status: u16, signed_in: SignedIn) -> Answer {
    let token = signed_in.token.clone();
    with_cookie(app, json(status, &SignedInBody::from(signed_in)), token.expose())
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        post("/api/v1/sign-in", sign_in)
            .secret()
            .summary("Sign in with e-mail and password")
            .takes::<SignIn>()
            .answers::<SignedInBody>(200)
            .problems(&[
                (401, "invalid_credentials"),
                (403, "password_change_required"),
                (429, "too_many_attempts"),
            ]),
        post("/api/v1/sign-in/new-password", choose_password)
            .secret()
            .summary("Choose a new password where the sign-in asked for one, and sign in")
            .takes::<NewPassword>()
            .answers::<SignedInBody>(200)
            .problems(&[(401, "challenge_invalid"), (422, "invalid_input"), (429, "too_many_attempts")]),
        post("/api/v1/sign-out", sign_out)
            .guard(Guard::Account)
            .summary("End the session")
            .answers_nothing(204),
    ];
    routes.extend(super::current::routes());
    routes.extend(super::attempts_api::routes());
    routes
}

async fn sign_in(call: Call) -> Result<Answer, Problem> {
    let body: SignIn = call.json()?;
    let credentials = Credentials {
        email: &body.email,
        password: &body.password,
        organization: body.organization.as_deref(),
    };
    Ok(signed_in(call.app(), 200, commands::sign_in(&call.caller, &credentials).await?))
}

async fn choose_password(call: Call) -> Result<Answer, Problem> {
    let body: NewPassword = call.json()?;
    let outcome = new_password::new_password(&call.caller, body.challenge.expose(), &body.password).await?;
    Ok(signed_in(call.app(), 200, outcome))
}

async fn sign_out(call: Call) -> Result<Answer, Problem> {
    call.json_or_default::<NoFields>()?;
    session::commands::sign_out(&call.caller).await?;
    Ok(without_cookie(call.app(), no_content()))
}
