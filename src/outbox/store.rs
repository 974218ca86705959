//! Every SQL statement about letters.

use onesql::{Error, Query, Tx, params};

use super::Letter;
use crate::app::App;
use crate::base::{LetterId, OrganizationId, Timestamp};

const INSERT: &str =
    "INSERT INTO outbox (id, organization_id, kind, subject_id, generation, recipient, recipient_key,
    message_id, state, attempts, next_attempt_at, claimed_until, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, 0, $9)";
const COUNT_RECENT: &str = "SELECT COUNT(*) FROM outbox
  WHERE recipient_key = $1 AND created_at > $2 AND organization_id = $3 AND kind = $4";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INSERT, COUNT_RECENT];

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
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// How many letters of a kind an organization queued for one mailbox since `since`.
pub async fn count_recent(
    tx: &mut Tx,
    organization: OrganizationId,
    kind: super::LetterKind,
    recipient_key: &str,
    since: Timestamp,
) -> Result<i64, Error> {
    let row: (i64,) =
        tx.one(COUNT_RECENT, params![recipient_key, since, organization, kind.as_str()]).await?;
    Ok(row.0)
}
