//! The statements with which every request and every command begins.

use onesql::{Error, Query, Tx, params};

use super::{IdempotencyClaim, Organization, Signed, Standing};
use crate::base::{AccountId, OrganizationId, SessionId, Timestamp};

/// The columns of an organization, in the order of `Organization`.
#[macro_export]
macro_rules! organization_columns {
    () => {
        "o.id, o.slug, o.name, o.preset, o.access_model, o.seat_limit, o.upgrade_url, o.invitation_lifetime_days,
    o.expired_holds_seat, o.removal_erases_account, o.links_may_be_copied, o.revision, o.active_count, o.suspended_count,
    o.invited_count, o.created_at, o.updated_at, o.version"
    };
}

/// The columns of a standing behind the organization's, for a member `m` with template `t`.
#[macro_export]
macro_rules! standing_columns {
    () => {
        "m.id, m.permissions, m.feature_access,
    (SELECT '[' || string_agg(r.packed, ',') || ']' FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = m.id),
    t.id, t.name, t.permissions"
    };
}

/// Whether a member takes part at an instant: active, and the membership has not ended (MEM-15). Every statement that asks
/// for it asks by this.
#[macro_export]
macro_rules! takes_part {
    ($member:literal, $now:literal) => {
        concat!(
            $member,
            ".status = 'active' AND (",
            $member,
            ".ends_at IS NULL OR ",
            $member,
            ".ends_at > ",
            $now,
            ")"
        )
    };
}

const LOCK: &str = "UPDATE organizations SET revision = revision + 1 WHERE id = $1";
const FIND: &str = concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.id = $1");
const STANDING: &str = concat!(
    "SELECT ",
    organization_columns!(),
    ", ",
    standing_columns!(),
    " FROM organizations o JOIN members m ON m.organization_id = o.id AND m.account_id = $2 AND ",
    takes_part!("m", "$3"),
    "
  LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE o.id = $1"
);
// The session, too, is looked at inside the command: it may have ended while the body was on its way (R16).
const STANDING_IN_SESSION: &str = concat!(
    "SELECT ",
    organization_columns!(),
    ", ",
    standing_columns!(),
    " FROM organizations o JOIN members m ON m.organization_id = o.id AND m.account_id = $2 AND ",
    takes_part!("m", "$4"),
    "
  JOIN sessions s ON s.id = $3 AND s.account_id = $2 AND s.ended_at IS NULL AND s.expires_at > $4
  LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id
  LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE o.id = $1 AND so.ended_at IS NULL"
);
const LIVES: &str =
    "SELECT id FROM sessions WHERE id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $3";
// The head of the installation's chain is the lock of everything that belongs to no organization.
const LOCK_INSTALLATION: &str = "UPDATE installation SET created_at = created_at WHERE id = 1";
const CLAIM: &str = "INSERT INTO idempotency_records (scope, body_hash, created_at) VALUES ($1, $2, $3)
  ON CONFLICT (scope) DO UPDATE SET body_hash = excluded.body_hash, status = NULL, body = NULL, etag = NULL, created_at = excluded.created_at
  WHERE idempotency_records.created_at < $4";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[LOCK, FIND, STANDING, STANDING_IN_SESSION, LIVES, LOCK_INSTALLATION, CLAIM];

/// Locks an organization for this transaction and reads it.
pub async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, Error> {
    if tx.execute(LOCK, params![id]).await? == 0 {
        return Ok(None);
    }
    tx.optional(FIND, params![id]).await
}

/// Locks an organization and reads the place in it of an active member whose session is alive there.
pub async fn lock_with_standing(
    tx: &mut Tx,
    id: OrganizationId,
    signed: &Signed,
    now: Timestamp,
) -> Result<Option<Standing>, Error> {
    tx.send(LOCK, params![id]).await?;
    tx.optional(STANDING_IN_SESSION, params![id, signed.account, signed.session, now]).await
}

/// Whether a session is alive.
pub async fn lives(q: &mut impl Query, signed: &Signed, now: Timestamp) -> Result<bool, Error> {
    let found: Option<(SessionId,)> = q.optional(LIVES, params![signed.session, signed.account, now]).await?;
    Ok(found.is_some())
}

/// An active member's place in an organization, for reading.
pub async fn find_standing(
    q: &mut impl Query,
    id: OrganizationId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Standing>, Error> {
    q.optional(STANDING, params![id, account, now]).await
}

/// Locks what belongs to no organization.
pub async fn lock_installation(tx: &mut Tx) -> Result<(), Error> {
    tx.send(LOCK_INSTALLATION, params![]).await
}

/// How long an `Idempotency-Key` holds: 24 hours.
pub const IDEMPOTENCY_LIFETIME: i64 = crate::base::time::DAY;

/// Claims a key; `false` where somebody did within its lifetime.
pub async fn claim_idempotency(tx: &mut Tx, claim: &IdempotencyClaim, now: Timestamp) -> Result<bool, Error> {
    let lapsed = now.plus(-IDEMPOTENCY_LIFETIME);
    Ok(tx.execute(CLAIM, params![claim.scope, claim.body_hash, now, lapsed]).await? == 1)
}
