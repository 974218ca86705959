//! Invitations in the JSON API, for the invited person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accept;
use crate::base::secret::Secret;
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, json, no_content, post};
use crate::sign_in::api::SignedInBody;
use crate::sign_in::current::{CurrentSession, describe};
use crate::{op, sign_in};

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
    /// Whether the address has an account, so that its reader signs in. Always false where the link was copied and handed
    /// over: it does not show who reads the mailbox.
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

const ACCEPT: &[(u16, &str)] = &[
    (401, "sign_in_required"),
    (403, "password_change_required"),
    (403, "mailbox_unproven"),
    (404, "invitation_not_found"),
    (409, "signed_in_as_other"),
    (410, "invitation_expired"),
    (410, "invitation_revoked"),
    (410, "invitation_accepted"),
    (410, "invitation_declined"),
    (410, "invitation_superseded"),
    (422, "invalid_input"),
    (429, "too_many_attempts"),
];

/// The routes for the invited person.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/invitations/{token}", look)
            .secret()
            .summary("What a letter says; nothing is used up")
            .answers::<LetterBody>(200)
            .problems(GONE),
        post("/api/v1/invitations/{token}/accept", accept)
            .secret()
            .summary("Accept: as a new person, or signed in with the invited address")
            .takes::<AcceptRequest>()
            .answers::<SignedInBody>(201)
            .answers::<CurrentSession>(200)
            .problems(ACCEPT),
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

/// A new person tells all but the last two; somebody with an account tells nothing.
///
/// Where an administrator elsewhere may know the account's password and the invitation gives a role that lets others in,
/// the answer is 403 `password_change_required` with a `challenge`: choose a new password by `POST /sign-in/new-password`, then accept once more with the new session.
///
/// A link that was copied and handed over proves no mailbox: the address of a new account stays unverified
/// (`emailVerified` false), and an account that has not shown to be the mailbox's reader is refused with 403
/// `mailbox_unproven`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AcceptRequest {
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    time_zone: Option<String>,
}

async fn accept(call: Call) -> Result<Answer, Problem> {
    let (app, token) = (call.app().clone(), call.param("token"));
    // What the link is comes before what the body says.
    accept::look(&call.caller, token).await?;
    let asked: AcceptRequest = call.json_or_default()?;
    let newcomer = accept::Newcomer {
        password: asked.password.unwrap_or_else(|| Secret::new("")),
        first_name: asked.first_name.unwrap_or_default(),
        last_name: asked.last_name.unwrap_or_default(),
        phone: asked.phone.unwrap_or_default(),
        time_zone: asked.time_zone.unwrap_or_default(),
    };
    let joined = accept::accept(&call.caller, token, newcomer).await?;
    if let Some(signed_in) = joined.signed_in {
        return Ok(sign_in::api::signed_in(&app, 201, signed_in));
    }
    let (organization, account) = (joined.member.organization, call.caller.account()?);
    let standing = op::store::find_standing(&mut app.db.reader(), organization, account, app.now()).await?;
    let answer = json(200, &describe(&call, standing.as_ref()).await?);
    Ok(match &joined.token {
        Some(token) => sign_in::api::with_cookie(&app, answer, token.expose()),
        None => answer,
    })
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeclineRequest {
    reason: Option<String>,
}

async fn decline(call: Call) -> Result<Answer, Problem> {
    let token = call.param("token");
    accept::look(&call.caller, token).await?;
    let asked: DeclineRequest = call.json_or_default()?;
    accept::decline(&call.caller, token, &asked.reason.unwrap_or_default()).await?;
    Ok(no_content())
}
