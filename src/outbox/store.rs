//! Every SQL statement about letters. Texts and links are made elsewhere: no row holds a token.

use onesql::{Error, FromRow, Query, Row, Tx, params};
use uuid::Uuid;

use super::{Delivery, DeliveryState, Letter, LetterKind, Stored};
use crate::app::App;
use crate::base::{LetterId, OrganizationId, Timestamp};

/// The columns of a [`Delivery`], for a letter joined as `b`: `LEFT JOIN outbox b ON b.id = i.letter_id`.
#[macro_export]
macro_rules! delivery_columns {
    () => {
        "b.state, b.attempts, b.last_error, b.sent_at"
    };
}

macro_rules! stored_columns {
    () => {
        "id, kind, subject_id, generation, recipient, message_id, attempts, created_at"
    };
}

const INSERT: &str =
    "INSERT INTO outbox (id, organization_id, kind, subject_id, generation, recipient, recipient_key,
    message_id, state, attempts, next_attempt_at, claimed_until, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, 0, $9)";
const COUNT_RECENT: &str = "SELECT COUNT(*), MIN(created_at) FROM outbox
  WHERE recipient_key = $1 AND created_at > $2 AND organization_id = $3 AND kind = $4";
const DUE: &str = "SELECT id, recipient FROM outbox
  WHERE state = 'queued' AND next_attempt_at <= $1 AND claimed_until <= $1 ORDER BY next_attempt_at, id LIMIT $2";
const PUT_OFF: &str =
    "UPDATE outbox SET next_attempt_at = $2 WHERE id = $1 AND state = 'queued' AND claimed_by IS NULL";
// The second process that wants the same row waits for the first, looks again and finds it claimed.
const CLAIM: &str = concat!(
    "UPDATE outbox SET claimed_by = $2, claimed_until = $3, attempts = attempts + 1
  WHERE id = $1 AND state = 'queued' AND next_attempt_at <= $4 AND claimed_until <= $4 RETURNING ",
    stored_columns!()
);
const RENEW: &str =
    "UPDATE outbox SET claimed_until = $3 WHERE id = $1 AND claimed_by = $2 AND state = 'queued'";
// Whoever has the claim by now: the letter is with the mail server, and nobody shall send it again.
const SENT: &str =
    "UPDATE outbox SET state = 'sent', sent_at = $2, last_error = NULL, claimed_by = NULL, claimed_until = 0
  WHERE id = $1 AND state = 'queued'";
const ENDED: &str = "UPDATE outbox SET state = $3, last_error = $4, claimed_by = NULL, claimed_until = 0
  WHERE id = $1 AND claimed_by = $2 AND state = 'queued'";
const AGAIN: &str =
    "UPDATE outbox SET next_attempt_at = $3, last_error = $4, claimed_by = NULL, claimed_until = 0
  WHERE id = $1 AND claimed_by = $2 AND state = 'queued'";
const MAKE_WAITING_DUE: &str =
    "UPDATE outbox SET next_attempt_at = $1 WHERE state = 'queued' AND next_attempt_at > $1";
const FIND: &str = concat!("SELECT ", stored_columns!(), " FROM outbox WHERE id = $1");
const NEWEST: &str = concat!("SELECT ", stored_columns!(), " FROM outbox ORDER BY id DESC LIMIT $1");
const DELIVERY: &str = concat!("SELECT ", delivery_columns!(), " FROM outbox b WHERE b.id = $1");
const WAITING: &str = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = 'queued'";
const TROUBLE: &str = "SELECT last_error FROM outbox WHERE state = 'queued' AND last_error IS NOT NULL
  ORDER BY next_attempt_at DESC, id DESC LIMIT 1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    INSERT,
    COUNT_RECENT,
    DUE,
    PUT_OFF,
    CLAIM,
    RENEW,
    SENT,
    ENDED,
    AGAIN,
    MAKE_WAITING_DUE,
    FIND,
    NEWEST,
    DELIVERY,
    WAITING,
    TROUBLE,
];

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let kind: String = row.get(1)?;
        Ok(Self {
            id: row.get(0)?,
            kind: LetterKind::parse(&kind).ok_or_else(|| Error::unexpected("a kind of letter", kind))?,
            subject: row.get(2)?,
            generation: row.get(3)?,
            recipient: row.get(4)?,
            message_id: row.get(5)?,
            attempts: row.get(6)?,
            created_at: row.get(7)?,
        })
    }
}

impl Delivery {
    /// Reads [`delivery_columns!`] that begin at column `at`.
    pub fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        let state: Option<String> = row.get(at)?;
        Ok(Self {
            state: match state.as_deref() {
                Some("queued") => DeliveryState::Queued,
                Some("sent") => DeliveryState::Sent,
                _ => DeliveryState::Failed,
            },
            attempts: row.get::<Option<i64>>(at + 1)?.unwrap_or(0),
            last_error: row.get(at + 2)?,
            sent_at: row.get(at + 3)?,
        })
    }
}

impl FromRow for Delivery {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Self::from_columns(row, 0)
    }
}

/// Queues a letter, due at once. Its Message-ID is made here, so that every repeat carries the same one.
pub async fn insert(
    tx: &mut Tx,
    app: &App,
    organization: Option<OrganizationId>,
    id: LetterId,
    letter: &Letter<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let message_id = format!("<{}@{}>", crate::base::id::encode_base32(id.0), app.settings.public_url.host);
    let (kind, to, key) = (letter.kind.as_str(), letter.to.as_str(), letter.to.key());
    let values = params![id, organization, kind, letter.subject, letter.generation, to, key, message_id, now];
    tx.send(INSERT, values).await
}

/// How many letters of a kind an organization queued for one mailbox since `since`, and when the first of them.
pub async fn count_recent(
    q: &mut impl Query,
    organization: OrganizationId,
    kind: LetterKind,
    recipient_key: &str,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>), Error> {
    q.one(COUNT_RECENT, params![recipient_key, since, organization, kind.as_str()]).await
}

/// Up to `most` letters that are due and that nobody has claimed, the longest waiting first.
pub async fn due(q: &mut impl Query, now: Timestamp, most: usize) -> Result<Vec<(LetterId, String)>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    q.all(DUE, params![now, most]).await
}

/// Puts a letter off that was not tried: mail to its domain has to wait.
pub async fn put_off(tx: &mut Tx, id: LetterId, until: Timestamp) -> Result<(), Error> {
    tx.send(PUT_OFF, params![id, until]).await
}

/// Whose claim, and until when it holds.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The worker.
    pub by: Uuid,
    /// When others may take the letter.
    pub until: Timestamp,
}

/// Claims a letter that is still due; it counts as tried from here on. `None` where somebody was quicker.
pub async fn claim(
    q: &mut impl Query,
    id: LetterId,
    claim: Claim,
    now: Timestamp,
) -> Result<Option<Stored>, Error> {
    q.optional(CLAIM, params![id, claim.by, claim.until, now]).await
}

/// Holds a claim for longer, where it is still this worker's.
pub async fn renew(tx: &mut Tx, id: LetterId, claim: Claim) -> Result<(), Error> {
    tx.send(RENEW, params![id, claim.by, claim.until]).await
}

/// The mail server took it.
pub async fn mark_sent(tx: &mut Tx, id: LetterId, now: Timestamp) -> Result<(), Error> {
    tx.send(SENT, params![id, now]).await
}

/// It is given up.
pub async fn mark_failed(tx: &mut Tx, id: LetterId, by: Uuid, why: &str) -> Result<(), Error> {
    tx.send(ENDED, params![id, by, "failed", why]).await
}

/// It is not sent, because what it is about has ended meanwhile.
pub async fn mark_dropped(tx: &mut Tx, id: LetterId, by: Uuid) -> Result<(), Error> {
    let why = "Not sent, because its link had ended or was replaced by then.";
    tx.send(ENDED, params![id, by, "dropped", why]).await
}

/// It is tried again at `at`.
pub async fn try_again(tx: &mut Tx, id: LetterId, by: Uuid, at: Timestamp, why: &str) -> Result<(), Error> {
    tx.send(AGAIN, params![id, by, at, why]).await
}

/// Makes due at once what waits for its next try. Claims of others hold until they lapse.
pub async fn make_waiting_due(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute(MAKE_WAITING_DUE, params![now]).await
}

/// A letter by its id.
pub async fn find(q: &mut impl Query, id: LetterId) -> Result<Option<Stored>, Error> {
    q.optional(FIND, params![id]).await
}

/// The newest letters, whatever became of them.
pub async fn newest(q: &mut impl Query, most: i64) -> Result<Vec<Stored>, Error> {
    q.all(NEWEST, params![most]).await
}

/// What became of a letter so far.
pub async fn delivery(q: &mut impl Query, id: LetterId) -> Result<Option<Delivery>, Error> {
    q.optional(DELIVERY, params![id]).await
}

/// The queue as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// How many letters wait.
    pub waiting: i64,
    /// Since when the oldest of them does.
    pub oldest_at: Option<Timestamp>,
    /// What the mail server, or the way to it, has against one of them.
    pub trouble: Option<String>,
}

/// Reads the state of the queue.
pub async fn queue(q: &mut impl Query) -> Result<Queue, Error> {
    let (waiting, oldest_at) = q.one(WAITING, params![]).await?;
    let trouble: Option<(String,)> = q.optional(TROUBLE, params![]).await?;
    Ok(Queue { waiting, oldest_at, trouble: trouble.map(|row| row.0) })
}
