//! What every kind of job does alike: rows are written down in the transaction that did them, and a job ends.

use super::{Job, Judged, Kind, State, store};
use crate::audit::{Action, Event};
use crate::base::Timestamp;
use crate::op::{Caller, Op, OpError};

/// The job as it is inside this transaction, where it is still under way: another process may have got further.
pub async fn under_way(op: &mut Op, job: &Job) -> Result<Job, OpError> {
    let found = store::find(&mut op.tx, job.organization, job.id).await?;
    found.filter(|job| job.state == State::Running).ok_or(OpError::NotFound)
}

/// Writes down what became of the next rows, keeps the claim until then, and ends a job that has no row left. A job of which no
/// row could be done although some are left can't be read any more as it was when it was taken: it ends as well.
pub async fn write_down(
    op: &mut Op,
    job: &mut Job,
    rows: Vec<(Judged, String)>,
    until: Timestamp,
) -> Result<(), OpError> {
    op.keeps_progress();
    let stuck = rows.is_empty() && job.counts.done() < job.total;
    let counts = store::insert_rows(&mut op.tx, job.id, &rows).await?;
    store::count(&mut op.tx, job.id, counts, until).await?;
    job.counts.add(counts);
    if job.counts.done() >= job.total {
        end(op, job, State::Done).await?;
    } else if stuck {
        end(op, job, State::Failed).await?;
    }
    Ok(())
}

/// Breaks a job off, because who began it may no longer do this: each row that is left says why.
pub async fn stop(
    caller: &Caller,
    job: &Job,
    left: impl FnOnce(usize) -> Vec<(Judged, String)>,
) -> Result<Job, OpError> {
    let mut op = Op::begin_in(caller, job.organization).await?;
    let outcome: Result<_, OpError> = async {
        let mut job = under_way(&mut op, job).await?;
        let rows = left(usize::try_from(job.counts.done()).unwrap_or_default());
        let counts = store::insert_rows(&mut op.tx, job.id, &rows).await?;
        store::count(&mut op.tx, job.id, counts, op.now).await?;
        job.counts.add(counts);
        end(&mut op, &mut job, State::Failed).await?;
        Ok(job)
    }
    .await;
    op.finish(outcome).await
}

async fn end(op: &mut Op, job: &mut Job, state: State) -> Result<(), OpError> {
    store::end(&mut op.tx, job.id, state, op.now).await?;
    (job.state, job.finished_at) = (state, Some(op.now));
    let action = match (job.kind, state) {
        (Kind::Import, State::Failed) => Action::ImportStopped,
        (Kind::Import, _) => Action::ImportFinished,
        (Kind::Bulk, State::Failed) => Action::BulkStopped,
        (Kind::Bulk, _) => Action::BulkFinished,
    };
    let mut event = Event::new(action, job.target());
    for outcome in job.kind.outcomes() {
        event = event.with(outcome.as_str(), job.counts.get(*outcome));
    }
    op.record(event);
    Ok(())
}
