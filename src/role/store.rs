//! Every SQL statement about roles.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::label::RoleLabel;
use super::{RoleRef, permissions_with_lower};
use crate::access_model::RoleDefinition;
use crate::base::{MemberId, OrganizationId, RoleId, Timestamp};
use crate::op::StandingRole;

const INSERT: &str = "INSERT INTO roles (id, organization_id, key, label, description, rank, permissions, includes_lower, grants,
    is_default, is_top, packed, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 1)";
const LIST: &str = "SELECT id, key, label, description, rank, permissions, includes_lower, grants, is_default, is_top, version
  FROM roles WHERE organization_id = $1 ORDER BY is_top DESC, rank DESC, key";
const LABELS: &str =
    "SELECT id, key, label FROM roles WHERE organization_id = $1 ORDER BY is_top DESC, rank DESC, key";
const COUNT_MEMBERS: &str = "SELECT COUNT(*) FROM member_roles WHERE role_id = $1";
const UPDATE: &str = "UPDATE roles SET label = $3, description = $4, rank = $5, permissions = $6, includes_lower = $7, grants = $8,
    is_default = $9, is_top = $10, updated_at = $11, version = version + 1
  WHERE organization_id = $1 AND id = $2 AND version = $12";
const PACK: &str = "UPDATE roles SET packed = $3 WHERE organization_id = $1 AND id = $2 AND packed <> $3";
const DELETE: &str = "DELETE FROM roles WHERE organization_id = $1 AND id = $2 AND version = $3";
const KINDS_OF_HOLDERS: &str =
    "SELECT DISTINCT m.roles FROM member_roles mr JOIN members m ON m.id = mr.member_id
  WHERE mr.role_id = $2 AND m.organization_id = $1 AND m.id <> $3";
// The list beside the table: ids in quotes, so that one is replaced by the other, or taken out where the other is there.
const REPLACE_LISTED: &str = "UPDATE members SET updated_at = $4, version = version + 1, roles =
    CASE WHEN EXISTS (SELECT 1 FROM member_roles had WHERE had.member_id = members.id AND had.role_id = $3)
      THEN REPLACE(REPLACE(roles, $5 || ',', ''), ',' || $5, '') ELSE REPLACE(roles, $5, $6) END
  WHERE organization_id = $1 AND id IN (SELECT mr.member_id FROM member_roles mr WHERE mr.role_id = $2)";
const GIVE: &str = "INSERT INTO member_roles (member_id, role_id)
  SELECT mr.member_id, r.id FROM member_roles mr JOIN roles r ON r.id = $2 WHERE mr.role_id = $1
  ON CONFLICT (member_id, role_id) DO NOTHING";
const TAKE: &str = "DELETE FROM member_roles WHERE role_id = $1";
const REORDER: &str = "UPDATE members SET role_order =
    (SELECT MIN(-r.rank) FROM member_roles held JOIN roles r ON r.id = held.role_id WHERE held.member_id = members.id)
  WHERE organization_id = $1 AND id IN (SELECT mr.member_id FROM member_roles mr WHERE mr.role_id = $2)";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    INSERT,
    LIST,
    LABELS,
    COUNT_MEMBERS,
    UPDATE,
    PACK,
    DELETE,
    KINDS_OF_HOLDERS,
    REPLACE_LISTED,
    GIVE,
    TAKE,
    REORDER,
];

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

/// The role of that key or id.
pub fn named<'a>(roles: &'a [Role], key_or_id: &str) -> Option<&'a Role> {
    roles.iter().find(|role| role.definition.key == key_or_id || role.id.to_string() == key_or_id)
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
        insert(tx, organization, (*id, role), &definitions, now).await?;
    }
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    (id, role): (RoleId, &RoleDefinition),
    all: &[RoleDefinition],
    now: Timestamp,
) -> Result<(), Error> {
    let grants = serde_json::to_string(&role.grants).unwrap_or_default();
    let (permissions, packed) = (role.permissions.to_json(), packed(id, role, all));
    let values = params![
        id,
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
    tx.send(INSERT, values).await
}

/// Makes an organization's roles what they are in `after`: the new ones, the changed ones, what requests read of each, and
/// the order of those who hold one whose rank changed. Deleted ones go before, with [`delete`]. `false` where one is no
/// longer as it was read.
pub async fn rewrite(
    tx: &mut Tx,
    organization: OrganizationId,
    (before, after): (&[Role], &[Role]),
    now: Timestamp,
) -> Result<bool, Error> {
    let definitions: Vec<RoleDefinition> = after.iter().map(|role| role.definition.clone()).collect();
    for role in after {
        let d = &role.definition;
        let Some(was) = before.iter().find(|was| was.id == role.id) else {
            insert(tx, organization, (role.id, d), &definitions, now).await?;
            continue;
        };
        if was.definition != *d {
            let grants = serde_json::to_string(&d.grants).unwrap_or_default();
            let permissions = d.permissions.to_json();
            let values = params![
                organization,
                role.id,
                d.label,
                d.description,
                d.rank,
                permissions,
                d.includes_lower,
                grants,
                d.default,
                d.top,
                now,
                was.version
            ];
            if tx.execute(UPDATE, values).await? == 0 {
                return Ok(false);
            }
        }
        if was.definition.rank != d.rank {
            tx.send(REORDER, params![organization, role.id]).await?;
        }
        tx.send(PACK, params![organization, role.id, packed(role.id, d, &definitions)]).await?;
    }
    Ok(true)
}

/// Deletes a role, its holders getting another one where there are any; `false` where it is no longer as it was read.
pub async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    role: &Role,
    to: Option<RoleId>,
    now: Timestamp,
) -> Result<bool, Error> {
    if let Some(to) = to {
        let (old, new) = (format!("\"{}\"", role.id), format!("\"{to}\""));
        tx.send(REPLACE_LISTED, params![organization, role.id, to, now, old, new]).await?;
        tx.send(GIVE, params![role.id, to]).await?;
        tx.send(TAKE, params![role.id]).await?;
        tx.send(REORDER, params![organization, to]).await?;
    }
    Ok(tx.execute(DELETE, params![organization, role.id, role.version]).await? == 1)
}

/// The roles of those who hold a role, each set of them once; `but` is left out.
pub async fn kinds_of_holders(
    q: &mut impl Query,
    organization: OrganizationId,
    role: RoleId,
    but: MemberId,
) -> Result<Vec<Vec<RoleId>>, Error> {
    let rows: Vec<(String,)> = q.all(KINDS_OF_HOLDERS, params![organization, role, but]).await?;
    let read = |(text,): (String,)| serde_json::from_str(&text);
    rows.into_iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|e| Error::Other(format!("a member's roles: {e}")))
}
