//! Audit events in the JSON API.

use axum::http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access_model::Area;
use crate::audit::chain::Record;
use crate::audit::store::{self, Filter};
use crate::base::page::{CursorScope, MOST, Page};
use crate::base::{EventId, MemberId, OrganizationId, Problem, Timestamp};
use crate::http::{Answer, Call, Route, answer, get, page_json};
use crate::member::export::inert;

/// An audit event, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEvent)]
struct EventBody {
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
        get("/api/v1/organizations/{org}/audit-events", list)
            .needs(Area::Audit, "view")
            .summary("What happened, newest first")
            .query(FILTERS)
            .answers_page::<EventBody>(),
        get("/api/v1/organizations/{org}/audit-events.jsonl", json_lines)
            .needs(Area::Audit, "view")
            .summary("What happened, as JSON Lines")
            .query(FILTERS)
            .answers_file("application/jsonl"),
        get("/api/v1/organizations/{org}/audit-events.csv", csv_file)
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

fn filter_of(call: &Call) -> Result<Filter, Problem> {
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

async fn page(call: &Call, filter: &Filter) -> Result<Answer, Problem> {
    let (app, organization) = (call.app(), call.standing()?.organization.id);
    let list = call.list()?;
    let (organization_text, filter_text) = (organization.to_string(), format!("{filter:?}"));
    let scope = CursorScope { key: &app.key, parts: &["audit", &organization_text, &filter_text] };
    let before: i64 = match &list.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => i64::MAX,
    };
    let rows = store::list(&mut app.db.reader(), organization, filter, before, list.limit + 1).await?;
    let mut page = Page::cut(rows, list.limit, |last| scope.write(&last.seq));
    if list.count {
        page.total = Some(store::count(&mut app.db.long_reader(), organization, filter).await?);
    }
    Ok(page_json(&page.map(EventBody::from)))
}

async fn list(call: Call) -> Result<Answer, Problem> {
    page(&call, &filter_of(&call)?).await
}

async fn of_member(call: Call) -> Result<Answer, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id::<MemberId>("id")?);
    let found = crate::member::store::find(&mut call.app().db.reader(), organization, id).await?;
    let member = found.ok_or_else(Problem::not_found)?;
    let filter = Filter { party: Some(member.id.to_string()), ..filter_of(&call)? };
    page(&call, &filter).await
}

/// Every matching event, newest first, page by page.
async fn each(
    call: &Call,
    organization: OrganizationId,
    mut write: impl FnMut(Record) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let filter = filter_of(call)?;
    let mut before = i64::MAX;
    loop {
        let rows = store::list(&mut call.app().db.reader(), organization, &filter, before, MOST).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        before = last.seq;
        rows.into_iter().try_for_each(&mut write)?;
    }
}

fn file(mut answer: Answer, disposition: &'static str) -> Answer {
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    answer
}

async fn json_lines(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let mut out = Vec::new();
    each(&call, organization, |record| {
        serde_json::to_writer(&mut out, &EventBody::from(record)).map_err(broken)?;
        out.push(b'\n');
        Ok(())
    })
    .await?;
    Ok(file(answer::content("application/jsonl", out), "attachment; filename=\"audit-events.jsonl\""))
}

fn broken(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "export");
    Problem::new(500, "internal_error", "The file could not be written.")
}

async fn csv_file(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let mut out = csv::Writer::from_writer(Vec::new());
    let heads = [
        "at",
        "actorType",
        "actorId",
        "actorName",
        "action",
        "targetType",
        "targetId",
        "targetName",
        "changes",
        "outcome",
        "ipAddress",
        "userAgent",
        "requestId",
        "id",
    ];
    out.write_record(heads).map_err(broken)?;
    each(&call, organization, |r| {
        let (at, id) = (r.at.to_string(), r.id.to_string());
        let cells = [
            &at,
            &r.actor_type,
            &r.actor_id,
            &r.actor_name,
            &r.action,
            &r.target_type,
            &r.target_id,
            &r.target_name,
            &r.changes,
            &r.outcome,
            &r.ip,
            &r.user_agent,
            &r.request_id,
            &id,
        ];
        out.write_record(cells.map(|cell| inert(cell))).map_err(broken)
    })
    .await?;
    let bytes = out.into_inner().map_err(broken)?;
    Ok(file(answer::content("text/csv; charset=utf-8", bytes), "attachment; filename=\"audit-events.csv\""))
}
