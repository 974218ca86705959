//! Every SQL statement about jobs.

use onesql::{Error, FromRow, Query, Row, Tx, params};
use uuid::Uuid;

use super::{Counts, Job, Judged, Kind, Outcome, State};
use crate::base::{InvitationId, JobId, OrganizationId, Timestamp};

macro_rules! job_columns {
    () => {
        "id, organization_id, kind, state, account_id, actor_name, ip, user_agent, name, role, role_template, total, seats, created,
    resent, refreshed, ignored, done, skipped, failed, created_at, finished_at"
    };
}
macro_rules! row_columns {
    () => {
        "row_number, email, first_name, last_name, outcome, code, detail, invitation_id, member_id"
    };
}

const INSERT: &str = "INSERT INTO jobs (id, organization_id, kind, state, account_id, actor_name, ip, user_agent, name, role,
    role_template, input, total, seats, created, resent, refreshed, ignored, done, skipped, failed, claimed_until, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 0, $22)";
const FIND: &str = concat!("SELECT ", job_columns!(), " FROM jobs WHERE organization_id = $1 AND id = $2");
const INPUT: &str = "SELECT input FROM jobs WHERE id = $1";
const BEGIN: &str =
    "UPDATE jobs SET state = 'running', created = 0, resent = 0, refreshed = 0, ignored = 0, done = 0, skipped = 0, failed = 0
  WHERE organization_id = $1 AND id = $2 AND state = 'draft'";
const CLEAR_ROWS: &str = "DELETE FROM job_rows WHERE job_id = $1";
const COUNT: &str =
    "UPDATE jobs SET created = created + $2, resent = resent + $3, refreshed = refreshed + $4,
    ignored = ignored + $5, done = done + $6, skipped = skipped + $7, failed = failed + $8, claimed_until = $9 WHERE id = $1";
const END: &str = "UPDATE jobs SET state = $2, input = '', finished_at = $3, claimed_by = NULL, claimed_until = 0 WHERE id = $1";
const INSERT_ROW: &str = "INSERT INTO job_rows (job_id, row_number, email, first_name, last_name, email_key, outcome, code, detail,
    invitation_id, member_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const ROWS: &str = concat!(
    "SELECT ",
    row_columns!(),
    " FROM job_rows WHERE job_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3"
);
const ROWS_CHANGED: &str = concat!(
    "SELECT ",
    row_columns!(),
    " FROM job_rows WHERE job_id = $1 AND row_number > $2 AND outcome IN ('created', 'resent', 'refreshed', 'done') ORDER BY row_number LIMIT $3"
);
const ROWS_SKIPPED: &str = concat!(
    "SELECT ",
    row_columns!(),
    " FROM job_rows WHERE job_id = $1 AND row_number > $2 AND outcome IN ('ignored', 'skipped', 'failed') ORDER BY row_number LIMIT $3"
);
const ROWS_OF: &str = concat!(
    "SELECT ",
    row_columns!(),
    " FROM job_rows WHERE job_id = $1 AND row_number > $2 AND outcome = $4 ORDER BY row_number LIMIT $3"
);
const KEYS: &str = "SELECT email_key, row_number FROM job_rows
  WHERE job_id = $1 AND outcome IN ('created', 'resent', 'refreshed') ORDER BY row_number";
// What an import made or renewed, and nobody answered.
macro_rules! open {
    () => {
        " FROM job_rows r JOIN invitations i ON i.id = r.invitation_id AND i.status = 'pending' AND i.expires_at > $2
  WHERE r.job_id = $1 AND r.outcome IN ('created', 'refreshed')"
    };
}
const OPEN: &str = concat!(
    "SELECT r.row_number, r.invitation_id",
    open!(),
    " AND r.row_number > $3 ORDER BY r.row_number LIMIT $4"
);
const COUNT_OPEN: &str = concat!("SELECT COUNT(*)", open!());
const WAITING: &str = concat!(
    "SELECT ",
    job_columns!(),
    " FROM jobs WHERE state = 'running' AND claimed_until <= $1 ORDER BY created_at, id LIMIT 1"
);
const CLAIM: &str = "UPDATE jobs SET claimed_by = $2, claimed_until = $3 WHERE id = $1 AND state = 'running' AND claimed_until <= $4";
const RECENT: &str = concat!(
    "SELECT ",
    job_columns!(),
    " FROM jobs WHERE organization_id = $1 AND created_at > $2 AND kind = $4 AND state <> 'draft' ORDER BY created_at DESC, id DESC LIMIT $3"
);
const FREE: &str =
    "UPDATE jobs SET claimed_by = NULL, claimed_until = 0 WHERE state = 'running' AND claimed_until > 0";
const FORGET: &str = "DELETE FROM jobs WHERE created_at < $1 AND state IN ('done', 'failed')";
const FORGET_DRAFTS: &str = "DELETE FROM jobs WHERE created_at < $1 AND state = 'draft'";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    INPUT,
    BEGIN,
    CLEAR_ROWS,
    COUNT,
    END,
    INSERT_ROW,
    ROWS,
    ROWS_CHANGED,
    ROWS_SKIPPED,
    ROWS_OF,
    KEYS,
    OPEN,
    COUNT_OPEN,
    WAITING,
    CLAIM,
    RECENT,
    FREE,
    FORGET,
    FORGET_DRAFTS,
];

impl FromRow for Job {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (kind, state): (String, String) = (row.get(2)?, row.get(3)?);
        let mut counts = [0; 7];
        for (at, count) in counts.iter_mut().enumerate() {
            *count = row.get(13 + at)?;
        }
        Ok(Self {
            id: row.get(0)?,
            organization: row.get(1)?,
            kind: Kind::parse(&kind).ok_or_else(|| Error::Other(format!("kind of a job {kind}")))?,
            state: State::parse(&state).ok_or_else(|| Error::Other(format!("state of a job {state}")))?,
            account: row.get(4)?,
            actor_name: row.get(5)?,
            client: (row.get(6)?, row.get(7)?),
            name: row.get(8)?,
            role: row.get(9)?,
            template: row.get(10)?,
            total: row.get(11)?,
            seats: row.get(12)?,
            counts: Counts(counts),
            created_at: row.get(20)?,
            finished_at: row.get(21)?,
        })
    }
}

impl FromRow for Judged {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let outcome: String = row.get(4)?;
        Ok(Self {
            row: row.get(0)?,
            email: row.get(1)?,
            first_name: row.get(2)?,
            last_name: row.get(3)?,
            outcome: Outcome::parse(&outcome).ok_or_else(|| Error::Other(format!("outcome {outcome}")))?,
            code: row.get(5)?,
            detail: row.get(6)?,
            invitation: row.get::<Option<InvitationId>>(7)?,
            member: row.get(8)?,
        })
    }
}

/// Writes a job with what it is to work through.
pub async fn insert(tx: &mut Tx, job: &Job, input: &str) -> Result<(), Error> {
    let [created, resent, refreshed, ignored, done, skipped, failed] = job.counts.0;
    let (kind, state) = (job.kind.as_str(), job.state.as_str());
    let values = params![
        job.id,
        job.organization,
        kind,
        state,
        job.account,
        job.actor_name,
        job.client.0,
        job.client.1,
        job.name,
        job.role,
        job.template,
        input,
        job.total,
        job.seats,
        created,
        resent,
        refreshed,
        ignored,
        done,
        skipped,
        failed,
        job.created_at
    ];
    tx.send(INSERT, values).await
}

/// A job of an organization.
pub async fn find(q: &mut impl Query, organization: OrganizationId, id: JobId) -> Result<Option<Job>, Error> {
    q.optional(FIND, params![organization, id]).await
}

/// What a job that has not ended is to work through.
pub async fn input(q: &mut impl Query, id: JobId) -> Result<String, Error> {
    let (input,): (String,) = q.one(INPUT, params![id]).await?;
    Ok(input)
}

/// Begins a draft; `false` where it is none any more.
pub async fn begin(tx: &mut Tx, organization: OrganizationId, id: JobId) -> Result<bool, Error> {
    let begun = tx.execute(BEGIN, params![organization, id]).await? == 1;
    if begun {
        tx.send(CLEAR_ROWS, params![id]).await?;
    }
    Ok(begun)
}

/// Writes what became of rows, each with the address as it is compared; answers how many came out how.
pub async fn insert_rows(tx: &mut Tx, id: JobId, rows: &[(Judged, String)]) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    for (row, key) in rows {
        counts.take(row.outcome);
        let outcome = row.outcome.as_str();
        let values = params![
            id,
            row.row,
            row.email,
            row.first_name,
            row.last_name,
            key,
            outcome,
            row.code,
            row.detail,
            row.invitation,
            row.member
        ];
        tx.send(INSERT_ROW, values).await?;
    }
    Ok(counts)
}

/// Counts rows that were written, and keeps the claim until then.
pub async fn count(tx: &mut Tx, id: JobId, counts: Counts, until: Timestamp) -> Result<(), Error> {
    let [created, resent, refreshed, ignored, done, skipped, failed] = counts.0;
    let values = params![id, created, resent, refreshed, ignored, done, skipped, failed, until];
    tx.send(COUNT, values).await
}

/// Ends a job. What it worked through is not kept.
pub async fn end(tx: &mut Tx, id: JobId, state: State, now: Timestamp) -> Result<(), Error> {
    tx.send(END, params![id, state.as_str(), now]).await
}

/// Which rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    #[default]
    All,
    /// Those of which something came.
    Changed,
    /// Those of which nothing came.
    Skipped,
    /// Those that came out like this.
    Of(Outcome),
}

/// Rows behind one, in their order.
pub async fn rows(
    q: &mut impl Query,
    id: JobId,
    which: Which,
    (after, limit): (i64, i64),
) -> Result<Vec<Judged>, Error> {
    match which {
        Which::All => q.all(ROWS, params![id, after, limit]).await,
        Which::Changed => q.all(ROWS_CHANGED, params![id, after, limit]).await,
        Which::Skipped => q.all(ROWS_SKIPPED, params![id, after, limit]).await,
        Which::Of(outcome) => q.all(ROWS_OF, params![id, after, limit, outcome.as_str()]).await,
    }
}

/// The addresses that rows of this job had and did not fail, with the row.
pub async fn keys(q: &mut impl Query, id: JobId) -> Result<Vec<(String, i64)>, Error> {
    q.all(KEYS, params![id]).await
}

/// The invitations that an import made or renewed and nobody answered, behind a row.
pub async fn open(
    q: &mut impl Query,
    id: JobId,
    now: Timestamp,
    (after, limit): (i64, i64),
) -> Result<Vec<(i64, InvitationId)>, Error> {
    q.all(OPEN, params![id, now, after, limit]).await
}

/// How many those are.
pub async fn count_open(q: &mut impl Query, id: JobId, now: Timestamp) -> Result<i64, Error> {
    let (count,): (i64,) = q.one(COUNT_OPEN, params![id, now]).await?;
    Ok(count)
}

/// The oldest job that nobody works on.
pub async fn waiting(q: &mut impl Query, now: Timestamp) -> Result<Option<Job>, Error> {
    q.optional(WAITING, params![now]).await
}

/// Claims a job; `false` where somebody else did.
pub async fn claim(
    tx: &mut Tx,
    id: JobId,
    by: Uuid,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(tx.execute(CLAIM, params![id, by, until, now]).await? == 1)
}

/// The newest jobs of a kind in an organization since then that were begun.
pub async fn recent(
    q: &mut impl Query,
    organization: OrganizationId,
    kind: Kind,
    (since, limit): (Timestamp, i64),
) -> Result<Vec<Job>, Error> {
    q.all(RECENT, params![organization, since, limit, kind.as_str()]).await
}

/// Lets go of every claim: on SQLite, where no other process can have any, at the start.
pub async fn free(tx: &mut Tx) -> Result<(), Error> {
    tx.send(FREE, params![]).await
}

/// Deletes jobs that have ended and were begun before `ended`, and drafts of before `drafts`.
pub async fn forget(tx: &mut Tx, ended: Timestamp, drafts: Timestamp) -> Result<(), Error> {
    tx.send(FORGET, params![ended]).await?;
    tx.send(FORGET_DRAFTS, params![drafts]).await
}
