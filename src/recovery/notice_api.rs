//! Notices in the JSON API, for whoever reads their letter.

use serde::Serialize;
use utoipa::ToSchema;

use super::commands::RecoveryError;
use super::disown::{self, Noticed};
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, Call, NoFields, Route, get, json, post};
use crate::outbox::notice::Happening;

/// What somebody was told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notice)]
struct NoticeBody {
    /// `password_changed`, `email_changed`, `new_device` or `role_changed`.
    #[schema(example = "new_device")]
    kind: &'static str,
    /// When it happened.
    #[schema(value_type = String)]
    at: Timestamp,
    /// Until when it can be answered.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Of `new_device`: with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// Of `new_device`: from where.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    /// Of `role_changed`: the name of the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    /// Of `role_changed`: the labels before.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Vec<String>>,
    /// Of `role_changed`: the labels since.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Vec<String>>,
    /// Whether disowning it ends every session and the password.
    secures: bool,
}

impl From<Noticed> for NoticeBody {
    fn from(noticed: Noticed) -> Self {
        let secures = noticed.secures();
        let Noticed { notice, organization, .. } = noticed;
        let mut body = Self {
            kind: notice.happening.letter().as_str(),
            at: notice.created_at,
            expires_at: notice.ends_at(),
            device: None,
            ip_address: None,
            organization: Some(organization).filter(|name| !name.is_empty()),
            from: None,
            to: None,
            secures,
        };
        match notice.happening {
            Happening::PasswordChanged | Happening::EmailChanged => {}
            Happening::NewDevice { device, ip } => {
                (body.device, body.ip_address) = (Some(device), Some(ip));
            }
            Happening::RoleChanged { from, to, .. } => (body.from, body.to) = (Some(from), Some(to)),
        }
        body
    }
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DisownedNotice)]
struct DisownedBody {
    /// Whether sessions and password were ended.
    secured: bool,
    /// Whether a link to a new password goes to the account's mailbox.
    password_reset_sent: bool,
    /// How many people who run an organization of theirs were told by letter.
    told: usize,
}

const REFUSED: &[(u16, &str)] = &[(410, "notice_invalid"), (429, "too_many_attempts")];

/// The routes for the reader of a notice.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/notices/{token}", look)
            .secret()
            .summary("What a notice says; nothing is used up")
            .answers::<NoticeBody>(200)
            .problems(REFUSED),
        post("/api/v1/notices/{token}/disown", disowned)
            .secret()
            .summary("Say that it was not you: once; ends sessions and password where the mailbox is the account's own")
            .answers::<DisownedBody>(200)
            .problems(REFUSED),
    ]
}

async fn look(call: Call) -> Result<Answer, Problem> {
    let noticed = disown::look_at_notice(&call.caller, call.param("token")).await;
    Ok(json(200, &NoticeBody::from(noticed.map_err(told)?)))
}

async fn disowned(call: Call) -> Result<Answer, Problem> {
    call.json_or_default::<NoFields>()?;
    let done = disown::disown(&call.caller, call.param("token")).await.map_err(told)?;
    let body = DisownedBody { secured: done.secured, password_reset_sent: done.mailed, told: done.told };
    Ok(json(200, &body))
}

fn told(error: RecoveryError) -> Problem {
    match error {
        RecoveryError::LinkInvalid(code) => {
            let text = "This link was used or is too old. Choose a new password, and tell whoever runs your organization.";
            Problem::new(410, code, text)
        }
        error => error.into(),
    }
}
