//! `Idempotency-Key`: the same key and body within 24 hours gives the same answer.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::response::Parts;
use axum::http::{HeaderValue, header};
use onesql::{Error, FromRow, Query, Row, params};

use crate::app::App;
use crate::base::{Problem, Timestamp};
use crate::http::{Answer, Received, Route, answer};
use crate::op::store::IDEMPOTENCY_LIFETIME;
use crate::op::{Caller, IdempotencyClaim, Who};

const FIND: &str =
    "SELECT body_hash, status, body, etag FROM idempotency_records WHERE scope = $1 AND created_at >= $2";
const KEEP: &str =
    "INSERT INTO idempotency_records (scope, body_hash, status, body, etag, created_at) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (scope) DO UPDATE SET status = excluded.status, body = excluded.body, etag = excluded.etag
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
    // Keyed hashes: a body may hold a password, and nobody shall try passwords against what stands in the database.
    // An action's empty body says the same as `{}`.
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    let (path, query) = (request.uri.path(), request.uri.query().unwrap_or(""));
    let scope = [who.as_str(), path, query, key].map(str::as_bytes);
    let scope = caller.app.key.mac(b"roster idempotency scope v1", &scope);
    let body_hash = caller.app.key.mac(b"roster idempotency body v1", &[body]);
    Ok(Some(IdempotencyClaim::new(scope, body_hash)))
}

/// How often the answer of the same request under way is looked for, and how long each time is waited.
const LOOKS: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

struct Kept {
    body_hash: [u8; 32],
    answer: Option<(i64, String)>,
    etag: Option<String>,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let answer = match row.get::<Option<i64>>(1)? {
            Some(status) => Some((status, row.get::<Option<String>>(2)?.unwrap_or_default())),
            None => None,
        };
        Ok(Self { body_hash: row.get(0)?, answer, etag: row.get(3)? })
    }
}

/// The answer that was given before, `None` where there was no such request, or 409 where the key came with another body or
/// its answer does not come to hand.
pub async fn replay(app: &App, claim: &IdempotencyClaim) -> Result<Option<Answer>, Problem> {
    let since = app.now().plus(-IDEMPOTENCY_LIFETIME);
    for _ in 0..LOOKS {
        let kept: Option<Kept> = app.db.reader().optional(FIND, params![claim.scope, since]).await?;
        let Some(kept) = kept else { return Ok(None) };
        if kept.body_hash != claim.body_hash {
            return Err(Problem::conflict(
                "idempotency_key_reused",
                "This Idempotency-Key was used with another body. Use a new key for a new request.",
            ));
        }
        if let Some((status, body)) = kept.answer {
            return Ok(Some(again(status, body, kept.etag.as_deref())));
        }
        // The same request is under way elsewhere: its answer follows its commit.
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Err(crate::op::OpError::InProgress.into())
}

fn again(status: i64, body: String, etag: Option<&str>) -> Answer {
    let kind = if status < 400 { "application/json" } else { "application/problem+json" };
    let mut kept = answer::content(kind, body);
    *kept.status_mut() = axum::http::StatusCode::from_u16(status as u16).unwrap_or_default();
    kept.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        kept.headers_mut().insert(header::ETAG, etag);
    }
    kept
}

/// Keeps an answer for the next request with the same key.
pub async fn keep(app: &App, claim: &IdempotencyClaim, head: &Parts, body: &Bytes) -> Result<(), Error> {
    let (text, status, now) = (String::from_utf8_lossy(body), i64::from(head.status.as_u16()), app.now());
    let text = text.as_ref();
    let etag = head.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let mut tx = app.db.begin().await?;
    let values = params![claim.scope, claim.body_hash, status, text, etag, now];
    tx.send(KEEP, values).await?;
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
