//! Jobs in the JSON API: how far one got, and what came of each row.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, Which};
use super::{Counts, Job, Judged, Kind, State};
use crate::access_model::Area;
use crate::app::App;
use crate::base::{JobId, MemberId, Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, json, pieces};
use crate::member::export::inert;

/// What became of a row, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = JobRow)]
pub struct RowBody {
    /// Of an import: counts records from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<i64>,
    /// Of a bulk action: the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    id: Option<MemberId>,
    email: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl RowBody {
    /// A row of a job of this kind.
    pub fn of(kind: Kind, judged: Judged) -> Self {
        let Judged { row, member, email, outcome, code, detail, .. } = judged;
        let row = (kind == Kind::Import).then_some(row);
        Self { row, id: member, email, outcome: outcome.as_str(), code, detail }
    }
}

/// A job that was begun.
#[derive(Serialize, ToSchema)]
#[schema(as = JobBegun)]
pub struct BegunBody {
    job: JobBody,
}

impl BegunBody {
    /// The answer to who began it.
    pub fn of(job: &Job) -> Self {
        Self { job: body(job, None) }
    }
}

/// A job under way, or ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
struct JobBody {
    #[schema(value_type = String)]
    id: JobId,
    kind: &'static str,
    state: &'static str,
    name: String,
    done: i64,
    total: i64,
    counts: BTreeMap<&'static str, i64>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    finished_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowBody>>,
}

/// How many rows came out how, by the outcome's name.
pub fn tally(kind: Kind, counts: Counts) -> BTreeMap<&'static str, i64> {
    kind.outcomes().iter().map(|outcome| (outcome.as_str(), counts.get(*outcome))).collect()
}

fn body(job: &Job, rows: Option<Vec<RowBody>>) -> JobBody {
    JobBody {
        id: job.id,
        kind: job.kind.as_str(),
        state: job.state.as_str(),
        name: job.name.clone(),
        done: job.done(),
        total: job.total,
        counts: tally(job.kind, job.counts),
        created_at: job.created_at,
        finished_at: job.finished_at,
        rows,
    }
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/jobs/{id}", one)
            .needs(Area::Users, "view")
            .summary("How far a job got, and when it has ended what became of each row")
            .answers::<JobBody>(200),
        get("/api/v1/organizations/{org}/jobs/{id}/events", events)
            .needs(Area::Users, "view")
            .summary("The progress of a job as server-sent events")
            .answers_file("text/event-stream"),
        get("/api/v1/organizations/{org}/jobs/{id}/result.csv", result)
            .needs(Area::Users, "view")
            .summary("What became of each row, as CSV")
            .answers_file("text/csv"),
    ]
}

/// The job in the path.
pub async fn find(call: &Call) -> Result<Job, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id::<JobId>("id")?);
    let found = store::find(&mut call.app().db.reader(), organization, id).await?;
    found.ok_or_else(Problem::not_found)
}

/// The same where it is of this kind.
pub async fn find_of(call: &Call, kind: Kind) -> Result<Job, Problem> {
    let job = find(call).await?;
    if job.kind == kind { Ok(job) } else { Err(Problem::not_found()) }
}

/// The same where it was begun: a draft is the console's own.
pub async fn begun(call: &Call) -> Result<Job, Problem> {
    let job = find(call).await?;
    if job.state == State::Draft { Err(Problem::not_found()) } else { Ok(job) }
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let job = begun(&call).await?;
    let rows = match job.state {
        State::Draft | State::Running => None,
        State::Done | State::Failed => {
            let all = (0, job.total);
            let rows = store::rows(&mut call.app().db.reader(), job.id, Which::All, all).await?;
            Some(rows.into_iter().map(|row| RowBody::of(job.kind, row)).collect())
        }
    };
    Ok(json(200, &body(&job, rows)))
}

/// How often progress is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How many times, at the most: whoever listens still then asks again by themselves, and is judged again.
const LOOKS: usize = 100;

async fn events(call: Call) -> Result<Answer, Problem> {
    let job = begun(&call).await?;
    let app = call.app().clone();
    let step = move |next: Option<(Job, usize)>| tell(app.clone(), next);
    Ok(pieces::file("text/event-stream", Some((job, 0)), step))
}

/// The next event: how far the job is, once it got further than it was.
async fn tell(app: App, next: Option<(Job, usize)>) -> pieces::Step<Option<(Job, usize)>> {
    let Some((mut job, mut looks)) = next else { return Ok(None) };
    let told = (looks > 0).then(|| job.done());
    while looks > 0 && told == Some(job.done()) && job.state == State::Running && looks < LOOKS {
        tokio::time::sleep(EVERY).await;
        let found = store::find(&mut app.db.reader(), job.organization, job.id).await?;
        job = found.ok_or_else(Problem::not_found)?;
        looks += 1;
    }
    let ended = job.state != State::Running;
    let name = if ended { "done" } else { "progress" };
    let data = serde_json::to_string(&body(&job, None)).unwrap_or_default();
    let event = Bytes::from(format!("event: {name}\ndata: {data}\n\n"));
    let goes_on = !ended && looks < LOOKS;
    Ok(Some((event, goes_on.then_some((job, looks + 1)))))
}

/// What became of each row, as a file; of a draft nothing did.
pub async fn result(call: Call) -> Result<Answer, Problem> {
    let job = begun(&call).await?;
    let columns: &[&str] = match job.kind {
        Kind::Import => &["row", "email", "outcome", "code", "detail"],
        Kind::Bulk => &["id", "email", "outcome", "code", "detail"],
    };
    Ok(file_of(call.app(), &job, Which::All, columns))
}

/// Rows that are written together.
const TOGETHER: i64 = 1_000;

/// Rows of a job as a file of these columns.
pub fn file_of(app: &App, job: &Job, which: Which, columns: &'static [&'static str]) -> Answer {
    let (app, id) = (app.clone(), job.id);
    let step = move |after: Option<i64>| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let found = store::rows(&mut app.db.reader(), id, which, (after, TOGETHER)).await?;
            let last = found.last().filter(|_| found.len() as i64 == TOGETHER).map(|row| row.row);
            let header = (after == 0).then_some(columns);
            Ok(Some((written(header, columns, &found)?, last)))
        }
    };
    let mut file = pieces::file("text/csv; charset=utf-8", Some(0), step);
    let name = HeaderValue::from_static(match job.kind {
        Kind::Import => "attachment; filename=\"import-result.csv\"",
        Kind::Bulk => "attachment; filename=\"bulk-result.csv\"",
    });
    file.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    file
}

fn written(header: Option<&[&str]>, columns: &[&str], rows: &[Judged]) -> Result<Bytes, Problem> {
    let broken = |error: csv::Error| {
        tracing::error!(%error, "result of a job");
        Problem::new(500, "internal_error", "The file could not be written.")
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    if let Some(header) = header {
        out.write_record(header).map_err(broken)?;
    }
    for row in rows {
        let cell = |column: &&str| match *column {
            "row" => row.row.to_string(),
            "id" => row.member.map(|id| id.to_string()).unwrap_or_default(),
            "email" => inert(&row.email),
            "firstName" => inert(&row.first_name),
            "lastName" => inert(&row.last_name),
            "outcome" => row.outcome.as_str().to_owned(),
            "code" => row.code.clone().unwrap_or_default(),
            _ => inert(row.detail.as_deref().unwrap_or_default()),
        };
        out.write_record(columns.iter().map(cell)).map_err(broken)?;
    }
    out.into_inner().map(Bytes::from).map_err(|error| broken(error.into_error().into()))
}
