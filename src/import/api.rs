//! Imports in the JSON API.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Given};
use super::multipart;
use super::store::{self, Which};
use super::undo;
use super::{Counts, Job, Judged, Outcome, State};
use crate::access_model::Area;
use crate::app::App;
use crate::base::{JobId, Problem, Timestamp};
use crate::http::{Answer, Call, NoFields, Route, get, json, pieces, post};
use crate::member::export::inert;

/// What became of a row, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportRow)]
struct RowBody {
    row: i64,
    email: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// A dry run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportForetold)]
struct ForetoldBody {
    rows: Vec<RowBody>,
    counts: BTreeMap<&'static str, i64>,
    /// How many seats the import would take.
    seats: i64,
}

/// The job that was begun.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportBegun)]
struct BegunBody {
    job: JobBody,
}

/// An import under way, or ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
struct JobBody {
    #[schema(value_type = String)]
    id: JobId,
    kind: &'static str,
    state: &'static str,
    file_name: String,
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

fn tally(counts: Counts) -> BTreeMap<&'static str, i64> {
    Outcome::ALL.into_iter().map(|outcome| (outcome.as_str(), counts.get(outcome))).collect()
}

fn row(judged: Judged) -> RowBody {
    let Judged { row, email, outcome, code, detail, .. } = judged;
    RowBody { row, email, outcome: outcome.as_str(), code, detail }
}

fn body(job: &Job, rows: Option<Vec<RowBody>>) -> JobBody {
    JobBody {
        id: job.id,
        kind: "import",
        state: job.state.as_str(),
        file_name: job.file_name.clone(),
        done: job.done(),
        total: job.total,
        counts: tally(job.counts),
        created_at: job.created_at,
        finished_at: job.finished_at,
        rows,
    }
}

/// What an undo did.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportUndone)]
struct UndoneBody {
    /// Invitations that were withdrawn.
    revoked: i64,
    /// Those that could not be.
    kept: i64,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/organizations/{org}/invitations/import", import)
            .needs(Area::Users, "create")
            .summary("Invite everybody in a CSV file, or tell what would become of each row")
            .takes_file()
            .query(&[
                ("dryRun", "true: nothing is done, each row says what would become of it"),
                ("role", "The key of the role for everyone; the default role unless said"),
                ("roleTemplate", "The id of the role template for everyone"),
            ])
            .answers::<ForetoldBody>(200)
            .answers::<BegunBody>(202)
            .problems(&[
                (403, "outside_grant_rule"),
                (413, "file_too_large"),
                (415, "not_csv"),
                (422, "wrong_headers"),
                (422, "not_utf8"),
            ]),
        get("/api/v1/organizations/{org}/jobs/{id}", one)
            .needs(Area::Users, "create")
            .summary("How far an import got, and when it has ended what became of each row")
            .answers::<JobBody>(200),
        get("/api/v1/organizations/{org}/jobs/{id}/events", events)
            .needs(Area::Users, "create")
            .summary("The progress of an import as server-sent events")
            .answers_file("text/event-stream"),
        get("/api/v1/organizations/{org}/jobs/{id}/result.csv", result)
            .needs(Area::Users, "create")
            .summary("What became of each row, as CSV")
            .answers_file("text/csv"),
        post("/api/v1/organizations/{org}/jobs/{id}/undo", undo_it)
            .needs(Area::Users, "create")
            .summary(
                "Withdraw the invitations that an import made or renewed and that still wait for an answer",
            )
            .answers::<UndoneBody>(200)
            .problems(&[(409, "import_running")]),
    ]
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Asked {
    dry_run: Option<String>,
    role: Option<String>,
    role_template: Option<String>,
}

async fn import(call: Call) -> Result<Answer, Problem> {
    let asked: Asked = call.query()?;
    let sent = multipart::sent(&call).await?;
    let mut given = Given::read(&sent.name, &sent.bytes)?;
    given.role = asked.role.filter(|role| !role.is_empty());
    given.template = asked.role_template.filter(|id| !id.is_empty());
    match asked.dry_run.as_deref() {
        Some("true") => {
            let foretold = commands::foretell(&call.caller, &given).await?;
            let (counts, seats) = (tally(Counts::of(&foretold.rows)), foretold.seats);
            let rows = foretold.rows.into_iter().map(row).collect();
            Ok(json(200, &ForetoldBody { rows, counts, seats }))
        }
        None | Some("false" | "") => {
            let job = commands::start(&call.caller, &given).await?;
            Ok(json(202, &BegunBody { job: body(&job, None) }))
        }
        Some(_) => Err(Problem::new(400, "invalid_parameter", "dryRun must be true or false.")),
    }
}

/// The import in the path.
pub async fn find(call: &Call) -> Result<Job, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id::<JobId>("id")?);
    let found = store::find(&mut call.app().db.reader(), organization, id).await?;
    found.ok_or_else(Problem::not_found)
}

/// The same where it was begun: a draft is the console's own.
async fn begun(call: &Call) -> Result<Job, Problem> {
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
            Some(rows.into_iter().map(row).collect())
        }
    };
    Ok(json(200, &body(&job, rows)))
}

async fn undo_it(call: Call) -> Result<Answer, Problem> {
    let job = begun(&call).await?;
    call.json_or_default::<NoFields>()?;
    let undo::Undone { revoked, kept } = undo::undo(&call.caller, job.id).await?;
    Ok(json(200, &UndoneBody { revoked, kept }))
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
    Ok(file_of(call.app(), &job, Which::All, &["row", "email", "outcome", "code", "detail"]))
}

/// Rows that are written together.
const TOGETHER: i64 = 1_000;

/// Rows of an import as a file of these columns.
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
    let name = HeaderValue::from_static("attachment; filename=\"import-result.csv\"");
    file.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    file
}

fn written(header: Option<&[&str]>, columns: &[&str], rows: &[Judged]) -> Result<Bytes, Problem> {
    let broken = |error: csv::Error| {
        tracing::error!(%error, "result of an import");
        Problem::new(500, "internal_error", "The file could not be written.")
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    if let Some(header) = header {
        out.write_record(header).map_err(broken)?;
    }
    for row in rows {
        let cell = |column: &&str| match *column {
            "row" => row.row.to_string(),
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
