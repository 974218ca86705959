//! Login attempts in the JSON API (SES-8).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::list::{self, Filter, Found, LoginAttempt, Place};
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::{LoginAttemptId, MemberId, Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, page_json};
use crate::session::list::has_member;

/// One try to sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LoginAttempt)]
pub struct LoginAttemptBody {
    #[schema(value_type = String)]
    id: LoginAttemptId,
    #[schema(value_type = String)]
    at: Timestamp,
    email: String,
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    ip_address: String,
    device: String,
    method: String,
    #[schema(example = "failed")]
    status: &'static str,
    #[schema(example = "wrong_password")]
    reason: Option<String>,
}

impl From<LoginAttempt> for LoginAttemptBody {
    fn from(a: LoginAttempt) -> Self {
        Self {
            id: a.id,
            at: a.at,
            email: a.email,
            member_id: a.member,
            ip_address: a.ip,
            device: a.device,
            method: a.method,
            status: if a.succeeded { "success" } else { "failed" },
            reason: a.reason,
        }
    }
}

const QUERY: &[(&str, &str)] = &[
    ("status", "success or failed"),
    ("from", "Not before this instant (RFC 3339)"),
    ("to", "Before this instant (RFC 3339)"),
    ("q", "Part of the address, the IP address or the device"),
];

/// The routes of login attempts.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/login-attempts", list_here)
            .needs(Area::LoginAttempts, "view")
            .summary("Tries to sign in, the newest first")
            .query(QUERY)
            .answers_page::<LoginAttemptBody>(),
        get("/api/v1/organizations/{org}/members/{id}/login-attempts", of_member)
            .needs(Area::LoginAttempts, "view")
            .summary("A member's tries to sign in")
            .query(QUERY)
            .answers_page::<LoginAttemptBody>(),
    ]
}

#[derive(Deserialize)]
struct RawFilter {
    status: Option<String>,
    from: Option<String>,
    to: Option<String>,
    q: Option<String>,
}

fn filter(call: &Call) -> Result<Filter, Problem> {
    let raw: RawFilter = call.query()?;
    let given = |text: Option<String>| text.map(|t| t.trim().replace('\0', "")).filter(|t| !t.is_empty());
    let wrong = |text: &str| Problem::new(400, "invalid_parameter", text);
    let succeeded = match given(raw.status).as_deref() {
        None => None,
        Some("success") => Some(true),
        Some("failed") => Some(false),
        Some(_) => return Err(wrong("status must be success or failed.")),
    };
    let instant = |text: Option<String>| -> Result<Option<Timestamp>, Problem> {
        let parsed = given(text).map(|t| t.parse::<Timestamp>()).transpose();
        parsed.map_err(|_| wrong("from and to must be instants such as 2026-11-01T00:00:00Z."))
    };
    Ok(Filter { succeeded, from: instant(raw.from)?, to: instant(raw.to)?, q: given(raw.q), member: None })
}

async fn list_here(call: Call) -> Result<Answer, Problem> {
    let filter = filter(&call)?;
    page(&call, filter).await
}

async fn of_member(call: Call) -> Result<Answer, Problem> {
    let member = call.id::<MemberId>("id")?;
    let organization = call.standing()?.organization.id;
    if !has_member(&mut call.app().db.reader(), organization, member).await? {
        return Err(Problem::not_found());
    }
    let filter = Filter { member: Some(member), ..filter(&call)? };
    page(&call, filter).await
}

async fn page(call: &Call, filter: Filter) -> Result<Answer, Problem> {
    let page = page_of(call, &filter).await?;
    Ok(page_json(&page.map(LoginAttemptBody::from)))
}

/// The page that the query asks for.
pub async fn page_of(call: &Call, filter: &Filter) -> Result<Page<LoginAttempt>, Problem> {
    let query = call.list()?;
    let organization = call.standing()?.organization.id;
    let (name, narrowed) = (organization.to_string(), format!("{filter:?}"));
    let parts = ["login attempts", name.as_str(), &narrowed];
    let scope = CursorScope { key: &call.app().key, parts: &parts };
    let before = match &query.cursor {
        None => Place::START,
        Some(cursor) => scope.read(cursor)?,
    };
    let mut reader = call.app().db.long_reader();
    let Found { attempts, further } =
        list::list(&mut reader, organization, filter, before, query.limit + 1).await?;
    let mut page = Page::cut(attempts, query.limit, |last| scope.write(&Place::from(last)))
        .or_further(further.map(|place| scope.write(&place)));
    if query.count {
        page.total = Some(list::count(&mut reader, organization, filter).await?);
    }
    Ok(page)
}
