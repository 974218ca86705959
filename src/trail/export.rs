//! The whole trail as a file, as JSON Lines or CSV: read and sent piece by piece, so that its size does not matter.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderValue, header};

use super::api::{EventBody, filter_of};
use crate::app::App;
use crate::audit::chain::Record;
use crate::audit::list::{self, Filter, Place};
use crate::base::page::MOST;
use crate::base::{OrganizationId, Problem};
use crate::http::{Answer, Call, pieces};
use crate::member::export::inert;

const HEADS: [&str; 14] = [
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

/// What is exported.
struct Export {
    app: App,
    organization: OrganizationId,
    filter: Filter,
    /// What stands before the first event.
    head: Vec<u8>,
    write: fn(Vec<Record>) -> Result<Vec<u8>, Problem>,
}

/// How far the export has come.
enum Left {
    All,
    Before(Place),
    Nothing,
}

impl Export {
    fn of(
        call: &Call,
        head: Vec<u8>,
        write: fn(Vec<Record>) -> Result<Vec<u8>, Problem>,
    ) -> Result<Arc<Self>, Problem> {
        let organization = call.standing()?.organization.id;
        Ok(Arc::new(Self { app: call.app().clone(), organization, filter: filter_of(call)?, head, write }))
    }

    /// The next piece and what is left after it. Events that are written meanwhile stand before the first one read.
    async fn next(&self, left: Left) -> Result<Option<(Bytes, Left)>, Problem> {
        let (mut piece, before) = match left {
            Left::All => (self.head.clone(), Place::START),
            Left::Before(place) => (Vec::new(), place),
            Left::Nothing => return Ok(None),
        };
        let mut reader = self.app.db.long_reader();
        let found = list::list(&mut reader, self.organization, &self.filter, before, MOST).await?;
        let full = found.events.len() as i64 >= MOST;
        let last = found.events.last().map(Place::from).filter(|_| full);
        piece.extend((self.write)(found.events)?);
        Ok(Some((Bytes::from(piece), last.or(found.further).map_or(Left::Nothing, Left::Before))))
    }

    fn answer(self: Arc<Self>, content_type: &'static str, disposition: &'static str) -> Answer {
        let step = move |left| {
            let export = Arc::clone(&self);
            async move { export.next(left).await }
        };
        let mut answer = pieces::file(content_type, Left::All, step);
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
        answer
    }
}

/// `GET …/audit-events.jsonl`.
pub async fn json_lines(call: Call) -> Result<Answer, Problem> {
    let export = Export::of(&call, Vec::new(), lines)?;
    Ok(export.answer("application/jsonl", "attachment; filename=\"audit-events.jsonl\""))
}

/// `GET …/audit-events.csv`.
pub async fn csv(call: Call) -> Result<Answer, Problem> {
    let export = Export::of(&call, rows([HEADS.map(str::to_owned)])?, cells)?;
    Ok(export.answer("text/csv; charset=utf-8", "attachment; filename=\"audit-events.csv\""))
}

fn broken(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "export");
    Problem::new(500, "internal_error", "The file could not be written.")
}

fn lines(records: Vec<Record>) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    for record in records {
        serde_json::to_writer(&mut out, &EventBody::from(record)).map_err(broken)?;
        out.push(b'\n');
    }
    Ok(out)
}

fn cells(records: Vec<Record>) -> Result<Vec<u8>, Problem> {
    rows(records.into_iter().map(|r| {
        let cells = [
            r.at.to_string(),
            r.actor_type,
            r.actor_id,
            r.actor_name,
            r.action,
            r.target_type,
            r.target_id,
            r.target_name,
            r.changes,
            r.outcome,
            r.ip,
            r.user_agent,
            r.request_id,
            r.id.to_string(),
        ];
        cells.map(|cell| inert(&cell))
    }))
}

fn rows(rows: impl IntoIterator<Item = [String; 14]>) -> Result<Vec<u8>, Problem> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        out.write_record(row).map_err(broken)?;
    }
    out.into_inner().map_err(broken)
}
