//! The statements with which every request and every command begins.

use onesql::{Error, Query, Tx, params};

use super::{IdempotencyClaim, Organization, Standing};
use crate::base::{AccountId, OrganizationId, Timestamp};

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

const LOCK: &str = "UPDATE organizations SET revision = revision + 1 WHERE id = $1";
const FIND: &str = concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.id = $1");
const STANDING: &str = concat!(
    "SELECT ",
    organization_columns!(),
    ", ",
    standing_columns!(),
    " FROM organizations o JOIN members m ON m.organization_id = o.id AND m.account_id = $2 AND m.status = 'active'
  LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE o.id = $1"
);
// The head of the installation's chain is the lock of everything that belongs to no organization.
const LOCK_INSTALLATION: &str = "UPDATE installation SET created_at = created_at WHERE id = 1";
const CLAIM: &str = "INSERT INTO idempotency_records (scope, body_hash, created_at) VALUES ($1, $2, $3)
  ON CONFLICT (scope) DO UPDATE SET body_hash = excluded.body_hash, status = NULL, body = NULL, created_at = excluded.created_at
  WHERE idempotency_records.created_at < $4";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[LOCK, FIND, STANDING, LOCK_INSTALLATION, CLAIM];

/// Locks an organization for this transaction and reads it.
pub async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, Error> {
    if tx.execute(LOCK, params![id]).await? == 0 {
        return Ok(None);
    }
    tx.optional(FIND, params![id]).await
}

/// Locks an organization and reads an active member's place in it.
pub async fn lock_with_standing(
    tx: &mut Tx,
    id: OrganizationId,
    account: AccountId,
) -> Result<Option<Standing>, Error> {
    tx.execute(LOCK, params![id]).await?;
    tx.optional(STANDING, params![id, account]).await
}

/// An active member's place in an organization, for reading.
pub async fn find_standing(
    q: &mut impl Query,
    id: OrganizationId,
    account: AccountId,
) -> Result<Option<Standing>, Error> {
    q.optional(STANDING, params![id, account]).await
}

/// Locks what belongs to no organization.
pub async fn lock_installation(tx: &mut Tx) -> Result<(), Error> {
    tx.execute(LOCK_INSTALLATION, params![]).await?;
    Ok(())
}

/// How long an `Idempotency-Key` holds: 24 hours.
pub const IDEMPOTENCY_LIFETIME: i64 = crate::base::time::DAY;

/// Claims a key; `false` where somebody did within its lifetime.
pub async fn claim_idempotency(tx: &mut Tx, claim: &IdempotencyClaim, now: Timestamp) -> Result<bool, Error> {
    let lapsed = now.plus(-IDEMPOTENCY_LIFETIME);
    Ok(tx.execute(CLAIM, params![claim.scope, claim.body_hash, now, lapsed]).await? == 1)
}
