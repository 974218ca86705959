//! Every SQL statement about operators' keys.

use onesql::{Error, Query, Tx, params};

use crate::base::secret::BearerToken;
use crate::base::{OperatorKeyId, Timestamp};

const FIND: &str = "SELECT id FROM operator_keys WHERE hash = $1 AND revoked_at IS NULL";
const INSERT: &str = "INSERT INTO operator_keys (id, hash, created_at) VALUES ($1, $2, $3)";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[FIND, INSERT];

/// The key that a bearer token is.
pub async fn find_key(q: &mut impl Query, token: &str) -> Result<Option<OperatorKeyId>, Error> {
    let hash = BearerToken::hash(token);
    let row: Option<(OperatorKeyId,)> = q.optional(FIND, params![hash]).await?;
    Ok(row.map(|(id,)| id))
}

/// Keeps a key's hash.
pub async fn insert(
    tx: &mut Tx,
    id: OperatorKeyId,
    token: &BearerToken,
    now: Timestamp,
) -> Result<(), Error> {
    let hash = BearerToken::hash(token.expose());
    tx.send(INSERT, params![id, hash, now]).await
}
