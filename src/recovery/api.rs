//! Passwords and addresses in the JSON API, for their owners.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{commands, email};
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::http::{Answer, Call, Guard, Route, no_content, post, put};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetConfirm {
    #[schema(value_type = String)]
    token: Secret,
    #[schema(value_type = String)]
    password: Secret,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordChange {
    #[schema(value_type = String)]
    current_password: Secret,
    #[schema(value_type = String)]
    new_password: Secret,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EmailRequest {
    email: String,
    #[schema(value_type = String)]
    current_password: Secret,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailConfirm {
    #[schema(value_type = String)]
    token: Secret,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/password-reset", request_reset)
            .secret()
            .summary("Ask for a link to a new password; the answer is the same for every address")
            .takes::<ResetRequest>()
            .answers_nothing(202),
        post("/api/v1/password-reset/confirm", reset)
            .secret()
            .summary("Choose a new password by a mailed link; every session ends")
            .takes::<ResetConfirm>()
            .answers_nothing(204)
            .problems(&[(410, "reset_invalid"), (422, "invalid_input"), (429, "too_many_attempts")]),
        put("/api/v1/account/password", change_password)
            .guard(Guard::Account)
            .secret()
            .summary("Change one's own password; every other session ends")
            .takes::<PasswordChange>()
            .answers_nothing(204)
            .problems(&[(422, "invalid_input"), (429, "too_many_attempts")]),
        post("/api/v1/account/email", request_change)
            .guard(Guard::Account)
            .secret()
            .summary("Ask to change one's own address; a link goes to the new one")
            .takes::<EmailRequest>()
            .answers_nothing(202)
            .problems(&[(422, "invalid_input"), (429, "too_many_attempts")]),
        post("/api/v1/email-change/confirm", confirm_change)
            .secret()
            .summary("Confirm a new address by its mailed link")
            .takes::<EmailConfirm>()
            .answers_nothing(204)
            .problems(&[(409, "email_in_use"), (410, "email_change_invalid")]),
    ]
}

/// 202 without a body: it is on its way, if there is anything to do.
fn accepted() -> Answer {
    let mut answer = no_content();
    *answer.status_mut() = StatusCode::ACCEPTED;
    answer
}

async fn request_reset(call: Call) -> Result<Answer, Problem> {
    let body: ResetRequest = call.json()?;
    commands::request_reset(&call.caller, &body.email).await?;
    Ok(accepted())
}

async fn reset(call: Call) -> Result<Answer, Problem> {
    let body: ResetConfirm = call.json()?;
    commands::reset(&call.caller, body.token.expose(), &body.password).await?;
    Ok(no_content())
}

async fn change_password(call: Call) -> Result<Answer, Problem> {
    let body: PasswordChange = call.json()?;
    commands::change_password(&call.caller, &body.current_password, &body.new_password).await?;
    Ok(no_content())
}

async fn request_change(call: Call) -> Result<Answer, Problem> {
    let body: EmailRequest = call.json()?;
    email::request_change(&call.caller, &body.email, &body.current_password).await?;
    Ok(accepted())
}

async fn confirm_change(call: Call) -> Result<Answer, Problem> {
    let body: EmailConfirm = call.json()?;
    email::confirm_change(&call.caller, body.token.expose()).await?;
    Ok(no_content())
}
