//! Every SQL statement about roles.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::label::RoleLabel;
use super::{RoleRef, permissions_with_lower};
use crate::access_model::RoleDefinition;
use crate::base::{OrganizationId, RoleId, Timestamp};
use crate::op::StandingRole;

const INSERT: &str = "INSERT INTO roles (id, organization_id, key, label, description, rank, permissions, includes_lower, grants,
    is_default, is_top, packed, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 1)";
const LIST: &str = "SELECT id, key, label, description, rank, permissions, includes_lower, grants, is_default, is_top, version
  FROM roles WHERE organization_id = $1 ORDER BY is_top DESC, rank DESC, key";
const LABELS: &str =
    "SELECT id, key, label FROM roles WHERE organization_id = $1 ORDER BY is_top DESC, rank DESC, key";
const COUNT_MEMBERS: &str = "SELECT COUNT(*) FROM member_roles WHERE role_id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INSERT, LIST, LABELS, COUNT_MEMBERS];

/// A role of an organization.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// What it is.
    pub definition: RoleDefinition,
    /// Counts its changes.
    pub version: i64,
}

impl From<&Role> for RoleRef {
    fn from(role: &Role) -> Self {
        Self::from(&role.definition)
    }
}

impl FromRow for Role {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let broken = |e: serde_json::Error| Error::Other(format!("role: {e}"));
        Ok(Self {
            id: row.get(0)?,
            definition: RoleDefinition {
                key: row.get(1)?,
                label: row.get(2)?,
                description: row.get(3)?,
                rank: row.get(4)?,
                permissions: row.get(5)?,
                includes_lower: row.get(6)?,
                grants: serde_json::from_str(&row.get::<String>(7)?).map_err(broken)?,
                default: row.get(8)?,
                top: row.get(9)?,
            },
            version: row.get(10)?,
        })
    }
}

/// An organization's roles, highest first.
pub async fn list(q: &mut impl Query, organization: OrganizationId) -> Result<Vec<Role>, Error> {
    q.all(LIST, params![organization]).await
}

/// What an organization calls its roles, highest first.
pub async fn labels(q: &mut impl Query, organization: OrganizationId) -> Result<Vec<RoleLabel>, Error> {
    let rows: Vec<(RoleId, String, String)> = q.all(LABELS, params![organization]).await?;
    Ok(rows.into_iter().map(|(id, key, label)| RoleLabel { id, key, label }).collect())
}

/// How many members hold a role.
pub async fn count_members(q: &mut impl Query, role: RoleId) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT_MEMBERS, params![role]).await?;
    Ok(row.0)
}

/// What a request reads of a role: see `roles.packed`.
fn packed(id: RoleId, role: &RoleDefinition, all: &[RoleDefinition]) -> String {
    let packed = StandingRole {
        id,
        key: role.key.clone(),
        label: role.label.clone(),
        rank: role.rank,
        top: role.top,
        grants: role.grants.clone(),
        permissions: permissions_with_lower(role, all),
    };
    serde_json::to_string(&packed).unwrap_or_default()
}

/// Gives a new organization its roles.
pub async fn insert_all(
    tx: &mut Tx,
    organization: OrganizationId,
    roles: &[(RoleId, RoleDefinition)],
    now: Timestamp,
) -> Result<(), Error> {
    let definitions: Vec<RoleDefinition> = roles.iter().map(|(_, role)| role.clone()).collect();
    for (id, role) in roles {
        let grants = serde_json::to_string(&role.grants).unwrap_or_default();
        let (permissions, packed) = (role.permissions.to_json(), packed(*id, role, &definitions));
        let values = params![
            *id,
            organization,
            role.key,
            role.label,
            role.description,
            role.rank,
            permissions,
            role.includes_lower,
            grants,
            role.default,
            role.top,
            packed,
            now
        ];
        tx.execute(INSERT, values).await?;
    }
    Ok(())
}
