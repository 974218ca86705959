//! The SQL statements with which a change of the access model reaches what members hold.

use onesql::{Error, Query, Tx, params};

use super::PermissionSet;
use crate::access::FeatureAccess;
use crate::base::{MemberId, OrganizationId, Timestamp};

const WITH_SEVERAL_ROLES: &str =
    "SELECT m.id FROM members m WHERE m.organization_id = $1 AND m.roles LIKE '%,%' LIMIT 1";
const WITH_OWN: &str =
    "SELECT m.id, m.created_at, m.permissions, m.feature_access FROM members m WHERE m.organization_id = $1
    AND (m.created_at, m.id) > ($2, $3) AND (m.permissions <> '{}' OR m.feature_access <> '{}')
  ORDER BY m.created_at, m.id LIMIT $4";
const SET_OWN: &str =
    "UPDATE members SET permissions = $3, feature_access = $4, updated_at = $5, version = version + 1
  WHERE organization_id = $1 AND id = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[WITH_SEVERAL_ROLES, WITH_OWN, SET_OWN];

/// Members that are read at once.
const BATCH: i64 = 1_000;

/// Whether some member holds more than one role.
pub async fn some_hold_several_roles(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<bool, Error> {
    let found: Option<(MemberId,)> = q.optional(WITH_SEVERAL_ROLES, params![organization]).await?;
    Ok(found.is_some())
}

/// What a member has beside roles and template.
pub type Own = (PermissionSet, FeatureAccess);

/// Makes of what each member has beside roles and template what `becomes` says; `None` leaves it.
pub async fn rewrite_own(
    tx: &mut Tx,
    organization: OrganizationId,
    becomes: impl Fn(&Own) -> Option<Own>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut last = (Timestamp(i64::MIN), MemberId(uuid::Uuid::nil()));
    loop {
        let (at, id) = last;
        let rows: Vec<(MemberId, Timestamp, PermissionSet, FeatureAccess)> =
            tx.all(WITH_OWN, params![organization, at, id, BATCH]).await?;
        let whole = rows.len() as i64 == BATCH;
        for (id, created_at, permissions, features) in rows {
            last = (created_at, id);
            if let Some((permissions, features)) = becomes(&(permissions, features)) {
                let (permissions, features) = (permissions.to_json(), features.to_json());
                tx.send(SET_OWN, params![organization, id, permissions, features, now]).await?;
            }
        }
        if !whole {
            return Ok(());
        }
    }
}
