//! Looking at a file, beginning its import, and the rows of it that are invited together.

use std::collections::HashMap;

use super::file::{self, Record};
use super::judge::{Desk, look_ahead, refused};
use crate::access_model::Area;
use crate::audit::{Action, Event, Target};
use crate::base::{JobId, Problem, Timestamp};
use crate::invitation::commands::InviteError;
use crate::invitation::invite;
use crate::job::commands::{stop as break_off, under_way, write_down};
use crate::job::{Counts, Job, Judged, Kind, State, store};
use crate::member::access::{Access, Asked};
use crate::op::{Caller, Needs, Op, OpError};
use crate::role::store::Role;
use crate::seat;

pub(super) const MAY_INVITE: Needs = Needs(Area::Users, "create");

/// Rows that are invited in one transaction.
const TOGETHER: usize = 200;

/// Rows that are rehearsed in one transaction.
const REHEARSED: usize = 250;

/// Why a file was not taken, or a draft not begun.
#[derive(Debug)]
pub enum ImportError {
    /// No such import here.
    NotFound,
    /// It was begun before.
    Begun,
    /// It has not ended yet.
    Running,
    /// What was asked for is wrong, or may not be given.
    Invite(InviteError),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for ImportError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<InviteError> for ImportError {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Op(error) => Self::Op(error),
            other => Self::Invite(other),
        }
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotFound => Self::not_found(),
            ImportError::Begun => {
                Self::conflict("import_begun", "This import was begun before. Look at how far it got.")
            }
            ImportError::Running => {
                Self::conflict("import_running", "This import is still under way. Wait until it has ended.")
            }
            ImportError::Invite(error) => error.into(),
            ImportError::Op(error) => error.into(),
        }
    }
}

/// A file as it was given, and for whom.
#[derive(Clone, Debug)]
pub struct Given {
    /// The file's name.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// The same, read.
    pub records: Vec<Record>,
    /// The role for everyone by key; the default role where there is none.
    pub role: Option<String>,
    /// The role template for everyone by id.
    pub template: Option<String>,
}

impl Given {
    /// Reads a file.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let records = file::read(bytes)?;
        let (name, text) = (name.to_owned(), String::from_utf8_lossy(bytes).into_owned());
        Ok(Self { name, text, records, role: None, template: None })
    }
}

/// What would become of a file.
#[derive(Clone, Debug)]
pub struct Foretold {
    /// Row by row.
    pub rows: Vec<Judged>,
    /// How many seats it takes.
    pub seats: i64,
    keys: Vec<String>,
}

fn asked(role: Option<&String>, template: Option<&String>) -> Asked {
    Asked {
        roles: role.map(|role| vec![role.clone()]),
        template: template.map(|id| Some(id.clone())),
        ..Asked::default()
    }
}

/// Invites everybody in the file in transactions that never were, and tells what came of it. Rows touch each other by their
/// address and by the seats only, and both are carried from one transaction to the next: so no lock is held for long.
pub async fn foretell(caller: &Caller, given: &Given) -> Result<Foretold, ImportError> {
    let asked = asked(given.role.as_ref(), given.template.as_ref());
    let mut foretold = Foretold { rows: Vec::new(), seats: 0, keys: Vec::new() };
    let (mut had, mut left) = (HashMap::new(), given.records.as_slice());
    loop {
        let (records, later) = left.split_at(left.len().min(REHEARSED));
        let mut op = caller.begin(MAY_INVITE).await?;
        op.seats_rehearsed = foretold.seats;
        let target = Target::new("import", "", given.name.clone());
        let (roles, access) = match invite::weigh(&mut op, &asked, target).await {
            Ok(weighed) => weighed,
            // Trying to hand out more than one may is recorded, in a rehearsal as well.
            Err(error) => return op.finish(Err(ImportError::from(error))).await,
        };
        let before = seat::now(&mut op).await?.used();
        let ahead = look_ahead(&mut op, records).await?;
        let mut desk = Desk { roles: &roles, access: &access, had: &mut had, ahead };
        for record in records {
            let (judged, key) = desk.judge(&mut op, record).await?;
            foretold.rows.push(Judged { invitation: None, ..judged });
            foretold.keys.push(key);
        }
        foretold.seats += seat::now(&mut op).await?.used() - before;
        op.discard().await?;
        left = later;
        if left.is_empty() {
            return Ok(foretold);
        }
    }
}

fn job(op: &Op, caller: &Caller, given: &Given, state: State) -> Result<Job, OpError> {
    Ok(Job {
        id: JobId(op.id()),
        organization: op.organization_id(),
        kind: Kind::Import,
        state,
        account: caller.account()?,
        actor_name: op.actor.name.clone(),
        client: (op.client().ip.to_string(), op.client().user_agent.clone()),
        name: given.name.clone(),
        role: given.role.clone(),
        template: given.template.clone(),
        total: given.records.len() as i64,
        seats: 0,
        counts: Counts::default(),
        created_at: op.now,
        finished_at: None,
    })
}

/// Keeps a file with what would become of it, so that it can be looked at and begun.
pub async fn draft(caller: &Caller, given: &Given, foretold: Foretold) -> Result<Job, ImportError> {
    let mut op = caller.begin(MAY_INVITE).await?;
    let outcome: Result<_, ImportError> = async {
        let counts = Counts::of(&foretold.rows);
        let job = Job { counts, seats: foretold.seats, ..job(&op, caller, given, State::Draft)? };
        store::insert(&mut op.tx, &job, &given.text).await?;
        let rows: Vec<(Judged, String)> = foretold.rows.into_iter().zip(foretold.keys).collect();
        store::insert_rows(&mut op.tx, job.id, &rows).await?;
        op.record(Event::new(Action::ImportChecked, job.target()).with("rows", job.total));
        Ok(job)
    }
    .await;
    op.finish(outcome).await
}

/// Takes a file in, to be worked through row by row.
pub async fn start(caller: &Caller, given: &Given) -> Result<Job, ImportError> {
    let mut op = caller.begin(MAY_INVITE).await?;
    let outcome: Result<_, ImportError> = async {
        let target = Target::new("import", "", given.name.clone());
        let asked = asked(given.role.as_ref(), given.template.as_ref());
        invite::weigh(&mut op, &asked, target).await?;
        let job = job(&op, caller, given, State::Running)?;
        store::insert(&mut op.tx, &job, &given.text).await?;
        op.record(Event::new(Action::ImportStarted, job.target()).with("rows", job.total));
        Ok(job)
    }
    .await;
    let job = op.finish(outcome).await?;
    caller.app.job_waits.notify_one();
    Ok(job)
}

/// Begins a draft. What was foretold is forgotten: every row is judged when its turn comes.
pub async fn start_draft(caller: &Caller, id: JobId) -> Result<Job, ImportError> {
    let mut op = caller.begin(MAY_INVITE).await?;
    let organization = op.organization_id();
    let outcome: Result<_, ImportError> = async {
        let found = store::find(&mut op.tx, organization, id).await?.filter(|job| job.kind == Kind::Import);
        let job = found.filter(|job| caller.account().is_ok_and(|account| account == job.account));
        let Some(mut job) = job else { return Err(ImportError::NotFound) };
        let asked = asked(job.role.as_ref(), job.template.as_ref());
        invite::weigh(&mut op, &asked, job.target()).await?;
        if !store::begin(&mut op.tx, organization, id).await? {
            return Err(ImportError::Begun);
        }
        op.record(Event::new(Action::ImportStarted, job.target()).with("rows", job.total));
        (job.state, job.counts) = (State::Running, Counts::default());
        Ok(job)
    }
    .await;
    let job = op.finish(outcome).await?;
    caller.app.job_waits.notify_one();
    Ok(job)
}

/// What an import's earlier rows had, kept from one step to the next.
#[derive(Default)]
pub struct Had {
    /// By address as it is compared, the row.
    keys: HashMap<String, i64>,
    /// How many rows those are; as many as are done, or they are read anew.
    rows: Option<i64>,
}

/// Invites the next rows of an import, in one transaction with what came of them; answers the job as it is then. Whoever
/// lost the right to invite meanwhile invites nobody more: the rest of the file fails.
pub async fn step(
    caller: &Caller,
    job: &Job,
    (records, had): (&[Record], &mut Had),
    until: Timestamp,
) -> Result<Job, OpError> {
    let who = (job.account, job.actor_name.as_str());
    let mut op = match Op::begin_on_behalf(caller, job.organization, who, MAY_INVITE).await {
        Ok(op) => op,
        Err(OpError::NotFound | OpError::Forbidden(_)) => return stop(caller, job, records).await,
        Err(error) => return Err(error),
    };
    let asked = asked(job.role.as_ref(), job.template.as_ref());
    let (roles, access) = match invite::weigh(&mut op, &asked, job.target()).await {
        Ok(weighed) => weighed,
        Err(InviteError::Op(error)) => return op.finish(Err(error)).await,
        Err(_) => {
            // What was refused is recorded.
            op.leave_unchanged().await?;
            return stop(caller, job, records).await;
        }
    };
    let outcome = step_in(&mut op, job, (records, had), (&roles, &access), until).await;
    let job = op.finish(outcome).await?;
    had.rows = Some(job.counts.done());
    Ok(job)
}

async fn step_in(
    op: &mut Op,
    job: &Job,
    (records, had): (&[Record], &mut Had),
    (roles, access): (&[Role], &Access),
    until: Timestamp,
) -> Result<Job, OpError> {
    let mut job = under_way(op, job).await?;
    // Until the step is committed nothing is known for sure.
    if had.rows.take() != Some(job.counts.done()) {
        had.keys = store::keys(&mut op.tx, job.id).await?.into_iter().collect();
    }
    let done = usize::try_from(job.counts.done()).unwrap_or_default();
    let (_, left) = records.split_at(done.min(records.len()));
    let (next, _) = left.split_at(left.len().min(TOGETHER));
    let ahead = look_ahead(op, next).await?;
    let mut desk = Desk { roles, access, had: &mut had.keys, ahead };
    let mut rows = Vec::new();
    for record in next {
        rows.push(desk.judge(op, record).await?);
    }
    write_down(op, &mut job, rows, until).await?;
    Ok(job)
}

/// Breaks an import off. Each row that is left says why.
async fn stop(caller: &Caller, job: &Job, records: &[Record]) -> Result<Job, OpError> {
    let detail = format!("{} may no longer invite people like this.", job.actor_name);
    let failed = |record: &Record| (refused(record, "forbidden", &detail), String::new());
    break_off(caller, job, |done| records.iter().skip(done).map(failed).collect()).await
}
