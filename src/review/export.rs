//! The evidence of a review as CSV: everybody in it as they were, and who decided what about each, when and why.

use axum::http::{HeaderValue, header};
use bytes::Bytes;

use super::store::{self, Which};
use super::{Item, Review};
use crate::app::App;
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, pieces};
use crate::member::export::inert;

/// Rows that are written together.
const TOGETHER: i64 = 1_000;

const HEADS: [&str; 19] = [
    "review",
    "startedBy",
    "startedAt",
    "dueAt",
    "closedBy",
    "closedAt",
    "number",
    "memberId",
    "name",
    "email",
    "status",
    "roles",
    "lastLogin",
    "reasons",
    "grounds",
    "decision",
    "note",
    "decidedBy",
    "decidedAt",
];

/// The file, read and sent piece by piece.
pub fn evidence(app: &App, review: Review) -> Answer {
    let app = app.clone();
    let step = move |after: Option<i64>| {
        let (app, review) = (app.clone(), review.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let place = (after, TOGETHER);
            let found = store::items(&mut app.db.reader(), review.id, Which::All, place).await?;
            let last = found.last().filter(|_| found.len() as i64 == TOGETHER).map(|item| item.number);
            Ok(Some((written(after == 0, &review, &found)?, last)))
        }
    };
    let mut file = pieces::file("text/csv; charset=utf-8", Some(0), step);
    let name = HeaderValue::from_static("attachment; filename=\"access-review.csv\"");
    file.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    file
}

fn written(first: bool, review: &Review, items: &[Item]) -> Result<Bytes, Problem> {
    let broken = |error: csv::Error| {
        tracing::error!(%error, "evidence of a review");
        Problem::new(500, "internal_error", "The file could not be written.")
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    if first {
        out.write_record(HEADS).map_err(broken)?;
    }
    for item in items {
        out.write_record(cells(review, item)).map_err(broken)?;
    }
    out.into_inner().map(Bytes::from).map_err(|error| broken(error.into_error().into()))
}

fn cells(review: &Review, item: &Item) -> [String; 19] {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let decided = item.decided.as_ref();
    let reasons: Vec<&str> = item.grounds.iter().map(|ground| ground.reason.as_str()).collect();
    let grounds: Vec<&str> = item.grounds.iter().map(|ground| ground.detail.as_str()).collect();
    let cells = [
        review.name.clone(),
        review.started_by_name.clone(),
        review.created_at.to_string(),
        review.due_at.to_string(),
        review.closed_by_name.clone().unwrap_or_default(),
        at(review.closed_at),
        item.number.to_string(),
        item.member.to_string(),
        item.name.clone(),
        item.email.clone(),
        item.status.as_str().to_owned(),
        item.roles.join(", "),
        at(item.last_login),
        reasons.join(", "),
        grounds.join(" "),
        decided.map(|decided| decided.decision.as_str().to_owned()).unwrap_or_default(),
        decided.map(|decided| decided.note.clone()).unwrap_or_default(),
        decided.map(|decided| decided.by_name.clone()).unwrap_or_default(),
        at(decided.map(|decided| decided.at)),
    ];
    cells.map(|cell| inert(&cell))
}
