//! Invitations in the JSON API, for the invited person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accept;
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, json, no_content, post};

#[derive(Serialize, ToSchema)]
struct Named {
    name: String,
}

/// What the holder of a letter may see.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LetterBody {
    organization: Named,
    invited_by: Named,
    email: String,
    roles: Vec<String>,
    message: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    status: &'static str,
    account_exists: bool,
    providers: Vec<String>,
}

const GONE: &[(u16, &str)] = &[
    (404, "invitation_not_found"),
    (410, "invitation_expired"),
    (410, "invitation_revoked"),
    (410, "invitation_accepted"),
    (410, "invitation_declined"),
    (410, "invitation_superseded"),
];

/// The routes for the invited person.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/invitations/{token}", look)
            .secret()
            .summary("What a letter says; nothing is used up")
            .answers::<LetterBody>(200)
            .problems(GONE),
        post("/api/v1/invitations/{token}/decline", decline)
            .secret()
            .summary("Decline an invitation")
            .takes::<DeclineRequest>()
            .answers_nothing(204)
            .problems(GONE),
    ]
}

async fn look(call: Call) -> Result<Answer, Problem> {
    let look = accept::look(&call.caller, call.param("token")).await?;
    let status = look.invitation.status(call.app().now()).as_str();
    Ok(json(
        200,
        &LetterBody {
            organization: Named { name: look.organization.name },
            invited_by: Named { name: look.invitation.invited_by_name },
            email: look.invitation.email,
            roles: look.roles.into_iter().map(|role| role.definition.label).collect(),
            message: look.invitation.message,
            expires_at: look.invitation.expires_at,
            status,
            account_exists: look.account.is_some(),
            providers: Vec::new(),
        },
    ))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeclineRequest {
    reason: Option<String>,
}

async fn decline(call: Call) -> Result<Answer, Problem> {
    let asked: DeclineRequest = call.json_or_default()?;
    accept::decline(&call.caller, call.param("token"), &asked.reason.unwrap_or_default()).await?;
    Ok(no_content())
}
