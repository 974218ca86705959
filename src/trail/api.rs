//! Audit events in the JSON API.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access_model::Area;
use crate::audit::chain::Record;
use crate::audit::list::{self, Filter, Found, Place};
use crate::base::page::{CursorScope, Page};
use crate::base::{EventId, MemberId, Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, page_json};

use super::export;

/// An audit event, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEvent)]
pub struct EventBody {
    #[schema(value_type = String)]
    id: EventId,
    seq: i64,
    #[schema(value_type = String)]
    at: Timestamp,
    actor: Party,
    action: String,
    target: Party,
    #[schema(value_type = Object)]
    changes: Value,
    outcome: String,
    ip_address: String,
    user_agent: String,
    request_id: String,
    hash: String,
}

/// Who did it, or on whom it was done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditParty)]
struct Party {
    r#type: String,
    id: String,
    name: String,
}

impl From<Record> for EventBody {
    fn from(r: Record) -> Self {
        Self {
            id: r.id,
            seq: r.seq,
            at: r.at,
            actor: Party { r#type: r.actor_type, id: r.actor_id, name: r.actor_name },
            action: r.action,
            target: Party { r#type: r.target_type, id: r.target_id, name: r.target_name },
            changes: serde_json::from_str(&r.changes).unwrap_or_default(),
            outcome: r.outcome,
            ip_address: r.ip,
            user_agent: r.user_agent,
            request_id: r.request_id,
            hash: r.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

const FILTERS: &[(&str, &str)] = &[
    ("actor", "The actor's id"),
    ("action", "The action's name, such as member.suspended"),
    ("target", "The target's id"),
    ("from", "Not before this instant (RFC 3339)"),
    ("to", "Before this instant (RFC 3339)"),
    ("q", "Part of a name or action"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];

/// The routes of the trail.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/audit-events", list_here)
            .needs(Area::Audit, "view")
            .summary("What happened, newest first")
            .query(FILTERS)
            .answers_page::<EventBody>(),
        get("/api/v1/organizations/{org}/audit-events.jsonl", export::json_lines)
            .needs(Area::Audit, "view")
            .summary("What happened, as JSON Lines")
            .query(FILTERS)
            .answers_file("application/jsonl"),
        get("/api/v1/organizations/{org}/audit-events.csv", export::csv)
            .needs(Area::Audit, "view")
            .summary("What happened, as CSV")
            .query(FILTERS)
            .answers_file("text/csv"),
        get("/api/v1/organizations/{org}/members/{id}/audit-events", of_member)
            .needs(Area::Audit, "view")
            .summary("What a member did and what was done to them")
            .query(FILTERS)
            .answers_page::<EventBody>(),
    ]
}

#[derive(Deserialize)]
struct RawFilter {
    actor: Option<String>,
    action: Option<String>,
    target: Option<String>,
    from: Option<String>,
    to: Option<String>,
    q: Option<String>,
}

/// The filter that the query asks for.
pub fn filter_of(call: &Call) -> Result<Filter, Problem> {
    let raw: RawFilter = call.query()?;
    let bad = |name: &str, says: &str| Problem::new(400, "invalid_parameter", format!("{name} {says}."));
    let text = |name: &str, value: Option<String>| match value
        .map(|v| v.trim().to_owned())
        .filter(|v| !v.is_empty())
    {
        Some(v) if v.contains('\0') || v.chars().count() > 200 => {
            Err(bad(name, "must be up to 200 characters without control characters"))
        }
        v => Ok(v),
    };
    let instant = |name: &str, value: Option<String>| match text(name, value)? {
        Some(v) => v
            .parse::<Timestamp>()
            .map(Some)
            .map_err(|_| bad(name, "must be an instant such as 2026-03-03T09:00:00Z")),
        None => Ok(None),
    };
    Ok(Filter {
        actor: text("actor", raw.actor)?,
        action: text("action", raw.action)?,
        target: text("target", raw.target)?,
        from: instant("from", raw.from)?,
        to: instant("to", raw.to)?,
        q: text("q", raw.q)?,
        party: None,
    })
}

/// The page that the query asks for.
pub async fn page_of(call: &Call, filter: &Filter) -> Result<Page<Record>, Problem> {
    let (app, organization) = (call.app(), call.standing()?.organization.id);
    let asked = call.list()?;
    let (organization_text, filter_text) = (organization.to_string(), format!("{filter:?}"));
    let scope = CursorScope { key: &app.key, parts: &["audit", &organization_text, &filter_text] };
    let before = match &asked.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => Place::START,
    };
    let mut reader = app.db.long_reader();
    let Found { events, further } =
        list::list(&mut reader, organization, filter, before, asked.limit + 1).await?;
    let mut page = Page::cut(events, asked.limit, |last| scope.write(&Place::from(last)))
        .or_further(further.map(|place| scope.write(&place)));
    if asked.count {
        page.total = Some(list::count(&mut reader, organization, filter).await?);
    }
    Ok(page)
}

async fn page(call: &Call, filter: &Filter) -> Result<Answer, Problem> {
    Ok(page_json(&page_of(call, filter).await?.map(EventBody::from)))
}

async fn list_here(call: Call) -> Result<Answer, Problem> {
    page(&call, &filter_of(&call)?).await
}

async fn of_member(call: Call) -> Result<Answer, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id::<MemberId>("id")?);
    let found = crate::member::store::find(&mut call.app().db.reader(), organization, id).await?;
    let member = found.ok_or_else(Problem::not_found)?;
    let filter = Filter { party: Some(member.id.to_string()), ..filter_of(&call)? };
    page(&call, &filter).await
}
