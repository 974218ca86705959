//! Works through jobs. Each process has one worker; a claim that lapses keeps several on one PostgreSQL from working on
//! the same one. That each row is done once rests on the transaction, not on the claim.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::app::App;
use crate::base::Timestamp;
use crate::base::client::Client;
use crate::base::time::{DAY, SECOND};
use crate::job::{Job, Kind, State, store};
use crate::op::{Caller, OpError};
use crate::{bulk, import};

/// After so long others may take a job whose worker is gone; each step renews it.
const CLAIM: i64 = 5 * SECOND;
/// How long what came of a job is kept.
const KEPT: i64 = 90 * DAY;
/// How often is looked for jobs when nobody calls.
const TICK: Duration = Duration::from_secs(1);

/// Does all that there is to do, and answers how many jobs were worked on.
pub async fn run_once(app: &App) -> Result<usize, OpError> {
    let name = app.random.uuid(app.now());
    let mut worked = 0;
    while let Some(job) = take(app, name).await? {
        work(app, job, || false).await?;
        worked += 1;
    }
    Ok(worked)
}

async fn take(app: &App, name: Uuid) -> Result<Option<Job>, OpError> {
    let now = app.now();
    while let Some(job) = store::waiting(&mut app.db.reader(), now).await? {
        let mut tx = app.db.begin().await?;
        let claimed = store::claim(&mut tx, job.id, name, now.plus(CLAIM), now).await?;
        tx.commit().await?;
        if claimed {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// Works through one job, until it ends or somebody says so.
async fn work(app: &App, mut job: Job, ends: impl Fn() -> bool + Send) -> Result<(), OpError> {
    let input = store::input(&mut app.db.reader(), job.id).await?;
    let mut rows = Rows::read(job.kind, &input);
    let (ip, user_agent) = (job.client.0.parse(), job.client.1.clone());
    let request_id = job.id.to_string();
    let client = match ip {
        Ok(ip) => Client { ip, user_agent, request_id },
        Err(_) => Client::local(request_id),
    };
    let caller = Caller { client, ..Caller::system(app) };
    while job.state == State::Running && !ends() {
        let until: Timestamp = app.now().plus(CLAIM);
        job = match rows.step(&caller, &job, until).await {
            // Somebody else ended it.
            Err(OpError::NotFound) => return Ok(()),
            stepped => stepped?,
        };
    }
    Ok(())
}

/// What a job works through. What can't be read any more has no rows, and the job ends as failed.
enum Rows {
    Import(Vec<import::file::Record>, import::commands::Had),
    Bulk(bulk::Input),
}

impl Rows {
    fn read(kind: Kind, input: &str) -> Self {
        match kind {
            Kind::Import => {
                let records = import::file::read(input.as_bytes()).unwrap_or_default();
                Self::Import(records, import::commands::Had::default())
            }
            Kind::Bulk => Self::Bulk(bulk::Input::read(input)),
        }
    }

    async fn step(&mut self, caller: &Caller, job: &Job, until: Timestamp) -> Result<Job, OpError> {
        match self {
            Self::Import(records, had) => import::commands::step(caller, job, (records, had), until).await,
            Self::Bulk(input) => bulk::commands::step(caller, job, input, until).await,
        }
    }
}

/// The worker of a process.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Ends behind the step that is under way; the rest waits for the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the worker of jobs broke off");
        }
    }
}

/// Starts the worker. What waits goes on at once.
pub fn spawn(app: &App) -> Worker {
    let (stop, stopped) = watch::channel(false);
    Worker { stop, task: tokio::spawn(stay(app.clone(), stopped)) }
}

async fn stay(app: App, mut stopped: watch::Receiver<bool>) {
    let name = app.random.uuid(app.now());
    if !app.db.is_far() {
        // No other process can have a claim in this file.
        note(free(&app).await);
    }
    while !*stopped.borrow() {
        let took = note(take(&app, name).await).flatten();
        if let Some(job) = took {
            let stopped = stopped.clone();
            if note(work(&app, job, || *stopped.borrow()).await).is_some() {
                continue;
            }
        }
        tokio::select! {
            _ = stopped.changed() => break,
            () = app.job_waits.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn free(app: &App) -> Result<(), OpError> {
    let mut tx = app.db.begin().await?;
    store::free(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Deletes jobs that ended long ago, and drafts of a day that nobody began: whom they were about is told by the audit trail.
pub async fn forget(app: &App) -> Result<(), OpError> {
    let mut tx = app.db.begin().await?;
    store::forget(&mut tx, app.now().plus(-KEPT), app.now().plus(-DAY)).await?;
    Ok(tx.commit().await?)
}

/// The database may be away for a while: the worker says so and goes on.
fn note<T>(result: Result<T, OpError>) -> Option<T> {
    let told = |error: &OpError| match error {
        OpError::Database(error) => {
            tracing::error!(%error, "a job can't go on; tried again")
        }
        other => tracing::error!(?other, "a job can't go on; tried again"),
    };
    result.inspect_err(told).ok()
}
