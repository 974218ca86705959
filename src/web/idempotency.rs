//! `Idempotency-Key`: the same key and body within 24 hours gives the same answer.

use axum::body::Bytes;
use onesql::{Error, Query, params};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, Received, Route, answer};
use crate::op::store::IDEMPOTENCY_LIFETIME;
use crate::op::{Caller, IdempotencyClaim, Who};

const FIND: &str =
    "SELECT body_hash, status, body FROM idempotency_records WHERE scope = $1 AND created_at >= $2";
const KEEP: &str =
    "INSERT INTO idempotency_records (scope, body_hash, status, body, created_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (scope) DO UPDATE SET status = excluded.status, body = excluded.body
  WHERE idempotency_records.body_hash = excluded.body_hash";
const FORGET: &str = "DELETE FROM idempotency_records WHERE created_at < $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[FIND, KEEP, FORGET];

/// The claim of a request with an `Idempotency-Key`, where the route keeps answers and the caller is known.
pub fn claim(
    caller: &Caller,
    route: &Route,
    request: &Received,
) -> Result<Option<IdempotencyClaim>, Problem> {
    let Some(key) = request.headers.get("idempotency-key") else { return Ok(None) };
    if request.method != axum::http::Method::POST || route.secret {
        return Ok(None);
    }
    let who = match &caller.who {
        Who::Signed(signed) => signed.account.to_string(),
        Who::Operator(key) => key.to_string(),
        Who::Visitor | Who::System => return Ok(None),
    };
    let key = key.to_str().unwrap_or("");
    if key.is_empty() || key.len() > 255 {
        return Err(Problem::new(
            400,
            "invalid_idempotency_key",
            "Idempotency-Key must be 1 to 255 visible characters.",
        ));
    }
    let mut scope = Sha256::new();
    for part in [who.as_str(), request.uri.path(), request.uri.query().unwrap_or(""), key] {
        scope.update((part.len() as u64).to_be_bytes());
        scope.update(part.as_bytes());
    }
    Ok(Some(IdempotencyClaim::new(scope.finalize().into(), Sha256::digest(&request.body).into())))
}

/// The answer that was given before, or 409 where the key came with another body or its answer is not at hand.
pub async fn replay(app: &App, claim: &IdempotencyClaim) -> Result<Option<Answer>, Problem> {
    let since = app.now().plus(-IDEMPOTENCY_LIFETIME);
    let row: Option<([u8; 32], Option<i64>, Option<String>)> =
        app.db.reader().optional(FIND, params![claim.scope, since]).await?;
    let Some((body_hash, status, body)) = row else { return Ok(None) };
    if body_hash != claim.body_hash {
        return Err(Problem::conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used with another body. Use a new key for a new request.",
        ));
    }
    let (Some(status), Some(body)) = (status, body) else {
        return Err(crate::op::OpError::InProgress.into());
    };
    let mut kept =
        answer::content(if status < 400 { "application/json" } else { "application/problem+json" }, body);
    *kept.status_mut() = axum::http::StatusCode::from_u16(status as u16).unwrap_or_default();
    kept.headers_mut().insert("idempotency-replayed", axum::http::HeaderValue::from_static("true"));
    Ok(Some(kept))
}

/// Keeps an answer for the next request with the same key.
pub async fn keep(app: &App, claim: &IdempotencyClaim, status: u16, body: &Bytes) -> Result<(), Error> {
    let text = String::from_utf8_lossy(body);
    let (text, now) = (text.as_ref(), app.now());
    let mut tx = app.db.begin().await?;
    tx.execute(KEEP, params![claim.scope, claim.body_hash, i64::from(status), text, now]).await?;
    tx.commit().await
}

/// Deletes what is older than a key holds.
pub async fn forget(app: &App, now: Timestamp) -> Result<u64, Error> {
    let before = now.plus(-IDEMPOTENCY_LIFETIME);
    let mut tx = app.db.begin().await?;
    let gone = tx.execute(FORGET, params![before]).await?;
    tx.commit().await?;
    Ok(gone)
}
