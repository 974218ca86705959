//! Doing one thing to many: at once where they are few, as a job where they are many, or as a rehearsal.

use super::judge::{judge, weigh};
use super::{Deed, Input};
use crate::audit::{Action, Event};
use crate::base::{JobId, MemberId, Problem, Timestamp};
use crate::job::commands::{stop as break_off, under_way, write_down};
use crate::job::{Counts, Job, Judged, Kind, State, store};
use crate::member::commands::MemberError;
use crate::member::list::{self, Filter};
use crate::op::{Caller, Op, OpError};

/// So many are done at once, in one transaction; more are a job.
pub const AT_ONCE: usize = 200;

/// So many are rehearsed, in one transaction that never was: what one does to another is told, too.
pub const REHEARSED: usize = 500;

/// So many can be in one bulk action.
pub const MOST: usize = 100_000;

/// Why nothing was begun.
#[derive(Debug)]
pub enum BulkError {
    /// No such action here.
    NotFound,
    /// It was begun before.
    Begun,
    /// What was asked for is wrong, or may not be done.
    Member(MemberError),
    /// Nobody matches.
    Nobody,
    /// More than [`MOST`].
    TooMany,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for BulkError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<MemberError> for BulkError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Op(error) => Self::Op(error),
            other => Self::Member(other),
        }
    }
}

impl From<BulkError> for Problem {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::NotFound => Self::not_found(),
            BulkError::Begun => {
                Self::conflict("bulk_begun", "This was begun before. Look at how far it got.")
            }
            BulkError::Member(error) => error.into(),
            BulkError::Nobody => Self::field(
                "/ids",
                "required",
                "Nobody is chosen, or nobody matches any more. Choose people in the list of users.",
            ),
            BulkError::TooMany => Self::field(
                "/filter",
                "too_many",
                format!("More than {MOST} people match. Narrow the filter and do it in parts."),
            ),
            BulkError::Op(error) => error.into(),
        }
    }
}

/// To whom.
#[derive(Clone, Debug)]
pub enum Whom {
    /// These.
    Ids(Vec<MemberId>),
    /// All that match.
    Matching(Filter),
}

impl Whom {
    /// Who they are at this moment; nobody twice.
    async fn named(&self, op: &mut Op) -> Result<Vec<MemberId>, BulkError> {
        let organization = op.organization_id();
        let ids = match self {
            Self::Ids(ids) => {
                let mut seen = std::collections::HashSet::new();
                ids.iter().copied().filter(|id| seen.insert(*id)).collect()
            }
            Self::Matching(filter) => list::ids(&mut op.tx, organization, filter, MOST as i64 + 1).await?,
        };
        match ids.len() {
            0 => Err(BulkError::Nobody),
            count if count > MOST => Err(BulkError::TooMany),
            _ => Ok(ids),
        }
    }
}

/// What came of it, or comes.
#[derive(Debug)]
pub enum Came {
    /// It is done: what came of each.
    Done(Vec<Judged>),
    /// It is under way.
    Job(Box<Job>),
}

/// Does it: at once to a few, as a job to many.
pub async fn carry_out(caller: &Caller, deed: &Deed, whom: &Whom) -> Result<Came, BulkError> {
    let mut op = caller.begin(deed.action.needs()).await?;
    let outcome: Result<(Came, bool), BulkError> = async {
        let name = weigh(&mut op, deed).await?;
        let ids = whom.named(&mut op).await?;
        if ids.len() > AT_ONCE {
            let job = begin(&mut op, caller, deed, name, ids, State::Running).await?;
            op.record(Event::new(Action::BulkStarted, job.target()).with("people", job.total));
            return Ok((Came::Job(Box::new(job)), true));
        }
        let rows = each(&mut op, deed, &ids, 0).await?;
        let any = rows.iter().any(|row| row.outcome.is_change());
        Ok((Came::Done(rows), any))
    }
    .await;
    let came = op.settle(outcome).await?;
    if matches!(came, Came::Job(_)) {
        caller.app.job_waits.notify_one();
    }
    Ok(came)
}

/// Tells what would come of it, for the first [`REHEARSED`] of them.
pub async fn foretell(caller: &Caller, deed: &Deed, whom: &Whom) -> Result<Vec<Judged>, BulkError> {
    Ok(rehearse(caller, deed, whom).await?.rows)
}

/// What people call it, whom it is about, and what would come of the first of them.
struct Rehearsed {
    name: String,
    ids: Vec<MemberId>,
    rows: Vec<Judged>,
}

async fn rehearse(caller: &Caller, deed: &Deed, whom: &Whom) -> Result<Rehearsed, BulkError> {
    let mut op = caller.begin(deed.action.needs()).await?;
    let outcome: Result<_, BulkError> = async {
        let name = weigh(&mut op, deed).await?;
        let ids = whom.named(&mut op).await?;
        let rows = each(&mut op, deed, &ids[..ids.len().min(REHEARSED)], 0).await?;
        Ok(Rehearsed { name, ids, rows })
    }
    .await;
    match outcome {
        Ok(rehearsed) => {
            op.discard().await?;
            Ok(rehearsed)
        }
        // Trying to hand out more than one may is recorded, in a rehearsal as well.
        Err(error) => op.finish(Err(error)).await,
    }
}

/// Keeps what is to be done with what would come of it, so that it can be looked at and begun.
pub async fn draft(caller: &Caller, deed: &Deed, whom: &Whom) -> Result<Job, BulkError> {
    let Rehearsed { name, ids, rows } = rehearse(caller, deed, whom).await?;
    let mut op = caller.begin(deed.action.needs()).await?;
    let outcome: Result<_, BulkError> = async {
        let mut job = begin(&mut op, caller, deed, name, ids, State::Draft).await?;
        let rows: Vec<(Judged, String)> = rows.into_iter().map(|row| (row, String::new())).collect();
        let counts = store::insert_rows(&mut op.tx, job.id, &rows).await?;
        store::count(&mut op.tx, job.id, counts, Timestamp::default()).await?;
        job.counts.add(counts);
        op.record(Event::new(Action::BulkChecked, job.target()).with("people", job.total));
        Ok(job)
    }
    .await;
    op.finish(outcome).await
}

/// Begins a draft of one's own. What was foretold is forgotten: everybody is judged when their turn comes.
pub async fn start_draft(caller: &Caller, id: JobId, input: &Input) -> Result<Job, BulkError> {
    let mut op = caller.begin(input.deed.action.needs()).await?;
    let organization = op.organization_id();
    let outcome: Result<_, BulkError> = async {
        let found = store::find(&mut op.tx, organization, id).await?.filter(|job| job.kind == Kind::Bulk);
        let job = found.filter(|job| caller.account().is_ok_and(|account| account == job.account));
        let Some(mut job) = job else { return Err(BulkError::NotFound) };
        if job.state != State::Draft {
            return Err(BulkError::Begun);
        }
        weigh(&mut op, &input.deed).await?;
        if !store::begin(&mut op.tx, organization, id).await? {
            return Err(BulkError::Begun);
        }
        op.record(Event::new(Action::BulkStarted, job.target()).with("people", job.total));
        (job.state, job.counts) = (State::Running, Counts::default());
        Ok(job)
    }
    .await;
    let job = op.finish(outcome).await?;
    caller.app.job_waits.notify_one();
    Ok(job)
}

async fn begin(
    op: &mut Op,
    caller: &Caller,
    deed: &Deed,
    name: String,
    ids: Vec<MemberId>,
    state: State,
) -> Result<Job, BulkError> {
    let job = Job {
        id: JobId(op.id()),
        organization: op.organization_id(),
        kind: Kind::Bulk,
        state,
        account: caller.account()?,
        actor_name: op.actor.name.clone(),
        client: (op.client().ip.to_string(), op.client().user_agent.clone()),
        name,
        role: None,
        template: None,
        total: ids.len() as i64,
        seats: 0,
        counts: Counts::default(),
        created_at: op.now,
        finished_at: None,
    };
    let input = Input { deed: deed.clone(), ids };
    store::insert(&mut op.tx, &job, &input.written()).await?;
    Ok(job)
}

async fn each(op: &mut Op, deed: &Deed, ids: &[MemberId], done: usize) -> Result<Vec<Judged>, OpError> {
    let mut rows = Vec::with_capacity(ids.len());
    for (row, id) in (done as i64 + 1..).zip(ids) {
        rows.push(judge(op, deed, row, *id).await?);
    }
    Ok(rows)
}

/// Does the next of a job, in one transaction with what came of them; answers the job as it is then. Whoever lost the right
/// meanwhile does it to nobody more.
pub async fn step(caller: &Caller, job: &Job, input: &Input, until: Timestamp) -> Result<Job, OpError> {
    let who = (job.account, job.actor_name.as_str());
    let needs = input.deed.action.needs();
    let mut op = match Op::begin_on_behalf(caller, job.organization, who, needs).await {
        Ok(op) => op,
        Err(OpError::NotFound | OpError::Forbidden(_)) => return stop(caller, job, input).await,
        Err(error) => return Err(error),
    };
    match weigh(&mut op, &input.deed).await {
        Ok(_) => {}
        Err(MemberError::Op(error)) => return op.finish(Err(error)).await,
        Err(_) => {
            // What was refused is recorded.
            op.leave_unchanged().await?;
            return stop(caller, job, input).await;
        }
    }
    let outcome: Result<_, OpError> = async {
        let mut job = under_way(&mut op, job).await?;
        let done = usize::try_from(job.counts.done()).unwrap_or_default();
        let next: Vec<MemberId> = input.ids.iter().skip(done).take(AT_ONCE).copied().collect();
        let rows = each(&mut op, &input.deed, &next, done).await?;
        let rows = rows.into_iter().map(|row| (row, String::new())).collect();
        write_down(&mut op, &mut job, rows, until).await?;
        Ok(job)
    }
    .await;
    op.finish(outcome).await
}

/// Breaks a job off: everybody who is left says why.
async fn stop(caller: &Caller, job: &Job, input: &Input) -> Result<Job, OpError> {
    let detail = format!("{} may no longer do this.", job.actor_name);
    let left = |done: usize| {
        let rest = (done as i64 + 1..).zip(input.ids.iter().skip(done));
        let failed =
            rest.map(|(row, id)| Judged { member: Some(*id), ..Judged::failed(row, "forbidden", &detail) });
        failed.map(|row| (row, String::new())).collect()
    };
    break_off(caller, job, left).await
}
