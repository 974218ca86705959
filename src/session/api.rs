//! Sessions in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::list::{After, Filter};
use super::{Session, commands, list};
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::{AccountId, MemberId, Problem, SessionId, Timestamp};
use crate::http::{Answer, Call, Guard, ListQuery, Route, delete, get, no_content, page_json};
use crate::op::OpError;

/// Whose a session is.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionOwner)]
struct OwnerBody {
    #[schema(value_type = String)]
    id: AccountId,
    name: String,
    email: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionBody {
    #[schema(value_type = String)]
    id: SessionId,
    account: OwnerBody,
    /// The membership, where an organization looks at the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    member_id: Option<MemberId>,
    #[schema(example = "Firefox on Windows 10")]
    device: String,
    browser: String,
    os: String,
    ip_address: String,
    #[schema(value_type = String)]
    started_at: Timestamp,
    #[schema(value_type = String)]
    last_active_at: Timestamp,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    #[schema(example = "password")]
    method: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionBody {
    /// The session, told to whoever holds `asking`.
    pub fn new(session: Session, asking: SessionId) -> Self {
        Self {
            current: session.id == asking,
            expires_at: session.ends_at(),
            id: session.id,
            account: OwnerBody { id: session.account, name: session.name, email: session.email },
            member_id: session.member,
            device: session.device.name,
            browser: session.device.browser,
            os: session.device.os,
            ip_address: session.ip,
            started_at: session.started_at,
            last_active_at: session.last_active_at,
            method: session.method,
        }
    }
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/sessions", list_here)
            .needs(Area::Sessions, "view")
            .summary("Sessions that were used in the organization, the last used first")
            .query(&[("q", "Part of the owner's name or address, the device or the IP address")])
            .answers_page::<SessionBody>(),
        delete("/api/v1/organizations/{org}/sessions/{id}", revoke)
            .needs(Area::Sessions, "delete")
            .summary("End a session: everywhere, or for this organization where its owner belongs to others")
            .answers_nothing(204)
            .problems(&[(403, "outside_grant_rule")]),
        get("/api/v1/organizations/{org}/members/{id}/sessions", of_member)
            .needs(Area::Sessions, "view")
            .summary("A member's sessions in the organization")
            .answers_page::<SessionBody>(),
        get("/api/v1/account/sessions", own)
            .guard(Guard::Account)
            .summary("One's own sessions")
            .answers_page::<SessionBody>(),
        delete("/api/v1/account/sessions", end_others)
            .guard(Guard::Account)
            .summary("Sign out everywhere else")
            .answers_nothing(204),
        delete("/api/v1/account/sessions/{id}", end_own)
            .guard(Guard::Account)
            .summary("End one of one's own sessions")
            .answers_nothing(204),
    ]
}

/// The session that asks.
pub fn asking(call: &Call) -> Result<SessionId, Problem> {
    Ok(call.caller.signed().ok_or(OpError::Unauthenticated)?.session)
}

/// What a list's cursors belong to.
fn scope<'a>(call: &'a Call, parts: &'a [&'a str]) -> CursorScope<'a> {
    CursorScope { key: &call.app().key, parts }
}

fn after(query: &ListQuery, scope: &CursorScope<'_>) -> Result<After, Problem> {
    match &query.cursor {
        None => Ok(After::START),
        Some(cursor) => {
            let (at, id): (i64, SessionId) = scope.read(cursor)?;
            Ok(After(Timestamp(at), id))
        }
    }
}

#[derive(Deserialize)]
struct Query {
    q: Option<String>,
}

/// The filter that the query asks for.
pub fn filter_of(call: &Call) -> Result<Filter, Problem> {
    let text = call.query::<Query>()?.q.map(|q| q.trim().replace('\0', ""));
    Ok(Filter::Matching(text.filter(|q| !q.is_empty())))
}

async fn list_here(call: Call) -> Result<Answer, Problem> {
    let filter = filter_of(&call)?;
    list_filtered(&call, filter).await
}

async fn of_member(call: Call) -> Result<Answer, Problem> {
    let member = call.id::<MemberId>("id")?;
    list_filtered(&call, Filter::Of(member)).await
}

async fn list_filtered(call: &Call, filter: Filter) -> Result<Answer, Problem> {
    let asking = asking(call)?;
    Ok(page_json(&page_of(call, &filter).await?.map(|session| SessionBody::new(session, asking))))
}

/// The page of the organization's sessions that the query asks for.
pub async fn page_of(call: &Call, filter: &Filter) -> Result<Page<Session>, Problem> {
    let query = call.list()?;
    let organization = call.standing()?.organization.id;
    let (name, narrowed) = (organization.to_string(), format!("{filter:?}"));
    let parts = ["sessions", &name, &narrowed];
    let scope = scope(call, &parts);
    let from = (after(&query, &scope)?, query.limit + 1);
    let rows = commands::list_here(&call.caller, filter, from).await?;
    let mut page = Page::cut(rows, query.limit, |last| scope.write(&(last.last_active_at.0, last.id)));
    if query.count {
        let now = call.app().now();
        page.total = Some(list::count_in(&mut call.app().db.reader(), organization, filter, now).await?);
    }
    Ok(page)
}

async fn revoke(call: Call) -> Result<Answer, Problem> {
    commands::revoke(&call.caller, call.id("id")?).await?;
    Ok(no_content())
}

async fn own(call: Call) -> Result<Answer, Problem> {
    let asking = asking(&call)?;
    Ok(page_json(&own_page(&call).await?.map(|session| SessionBody::new(session, asking))))
}

/// The page of the caller's own sessions that the query asks for.
pub async fn own_page(call: &Call) -> Result<Page<Session>, Problem> {
    let (query, account) = (call.list()?, call.caller.account()?);
    let name = account.to_string();
    let parts = ["own sessions", &name];
    let scope = scope(call, &parts);
    let (now, mut reader) = (call.app().now(), call.app().db.reader());
    let rows = list::own(&mut reader, account, now, after(&query, &scope)?, query.limit + 1).await?;
    let mut page = Page::cut(rows, query.limit, |last| scope.write(&(last.last_active_at.0, last.id)));
    if query.count {
        page.total = Some(list::count_own(&mut reader, account, now).await?);
    }
    Ok(page)
}

async fn end_own(call: Call) -> Result<Answer, Problem> {
    commands::end_own(&call.caller, call.id("id")?).await?;
    Ok(no_content())
}

async fn end_others(call: Call) -> Result<Answer, Problem> {
    commands::end_others(&call.caller).await?;
    Ok(no_content())
}
