//! Every SQL statement about counted failures.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::count::Count;
use crate::base::{AccountId, Timestamp};

// Writing the row is the lock that tries at the same key wait for.
const TAKE: &str = "INSERT INTO throttles (key, failures, pending, last_at, blocked_until) VALUES ($1, 0, 0, $2, 0)
  ON CONFLICT (key) DO UPDATE SET last_at = throttles.last_at RETURNING failures, pending, last_at, blocked_until";
const LOOK: &str = "SELECT failures, pending, last_at, blocked_until FROM throttles WHERE key = $1";
const SAVE: &str =
    "UPDATE throttles SET failures = $2, pending = $3, last_at = $4, blocked_until = $5 WHERE key = $1";
const FORGET: &str = "DELETE FROM throttles WHERE last_at < $1 AND blocked_until < $1";
const IS_KNOWN: &str = "SELECT k.last_at FROM accounts a JOIN known_networks k ON k.account_id = a.id
  WHERE a.email_key = $1 AND k.network = $2";
const REMEMBER: &str = "INSERT INTO known_networks (account_id, network, last_at) VALUES ($1, $2, $3)
  ON CONFLICT (account_id, network) DO UPDATE SET last_at = excluded.last_at";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[TAKE, LOOK, SAVE, FORGET, IS_KNOWN, REMEMBER];

impl FromRow for Count {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            failures: row.get(0)?,
            pending: row.get(1)?,
            last_at: row.get(2)?,
            blocked_until: row.get(3)?,
        })
    }
}

/// The count of a key, locked for this transaction.
pub async fn take(tx: &mut Tx, key: &[u8; 32], now: Timestamp) -> Result<Count, Error> {
    tx.one(TAKE, params![key, now]).await
}

/// The count of a key, as it is just now.
pub async fn look(q: &mut impl Query, key: &[u8; 32]) -> Result<Count, Error> {
    Ok(q.optional(LOOK, params![key]).await?.unwrap_or_default())
}

/// Keeps a count that was taken.
pub async fn save(tx: &mut Tx, key: &[u8; 32], count: &Count) -> Result<(), Error> {
    let values = params![key, count.failures, count.pending, count.last_at, count.blocked_until];
    tx.send(SAVE, values).await
}

/// Forgets what was last tried before `before`.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.execute(FORGET, params![before]).await
}

/// Whether the account of an address signed in from this network before.
pub async fn is_known(q: &mut impl Query, email_key: &str, network: [u8; 32]) -> Result<bool, Error> {
    let row: Option<(Timestamp,)> = q.optional(IS_KNOWN, params![email_key, network]).await?;
    Ok(row.is_some())
}

/// Remembers that an account signed in from this network.
pub async fn remember(
    tx: &mut Tx,
    account: AccountId,
    network: [u8; 32],
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(REMEMBER, params![account, network, now]).await
}
