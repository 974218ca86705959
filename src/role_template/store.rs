//! Every SQL statement about role templates but those with which members read theirs.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::RoleTemplate;
use crate::base::text::fold;
use crate::base::{MemberId, OrganizationId, RoleId, RoleTemplateId, Timestamp};
use crate::member::store::Ids;

macro_rules! select_template {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.name, t.description, t.permissions,
    (SELECT COUNT(*) FROM members m WHERE m.role_template_id = t.id), t.created_at, t.updated_at, t.version
  FROM role_templates t WHERE t.organization_id = $1 ",
            $rest
        )
    };
}

const LIST: &str = select_template!("ORDER BY t.name_key");
const FIND: &str = select_template!("AND t.id = $2");
const FIND_BY_NAME: &str = select_template!("AND t.name_key = $2");
const INSERT: &str =
    "INSERT INTO role_templates (id, organization_id, name, name_key, description, permissions, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)";
const UPDATE: &str =
    "UPDATE role_templates SET name = $3, name_key = $4, description = $5, permissions = $6, updated_at = $7,
    version = version + 1 WHERE organization_id = $1 AND id = $2 AND version = $8";
const DELETE: &str = "DELETE FROM role_templates WHERE organization_id = $1 AND id = $2 AND version = $3";
const MOVE: &str = "UPDATE members SET role_template_id = $3, updated_at = $4, version = version + 1
  WHERE organization_id = $1 AND role_template_id = $2";
const KINDS_OF_HOLDERS: &str = "SELECT DISTINCT m.roles FROM members m WHERE m.role_template_id = $2 AND m.organization_id = $1 AND m.id <> $3";
const HOLDERS: &str = "SELECT m.id, m.first_name, m.last_name, m.email, m.roles FROM members m
  WHERE m.role_template_id = $2 AND m.organization_id = $1 ORDER BY m.name_key, m.id LIMIT $3";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[LIST, FIND, FIND_BY_NAME, INSERT, UPDATE, DELETE, MOVE, KINDS_OF_HOLDERS, HOLDERS];

impl FromRow for RoleTemplate {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            permissions: row.get(3)?,
            members: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
            version: row.get(7)?,
        })
    }
}

/// An organization's role templates by name.
pub async fn list(q: &mut impl Query, organization: OrganizationId) -> Result<Vec<RoleTemplate>, Error> {
    q.all(LIST, params![organization]).await
}

/// A role template.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    id: RoleTemplateId,
) -> Result<Option<RoleTemplate>, Error> {
    q.optional(FIND, params![organization, id]).await
}

/// The role template of that name, case and accents aside.
pub async fn find_by_name(
    q: &mut impl Query,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<RoleTemplate>, Error> {
    q.optional(FIND_BY_NAME, params![organization, fold(name)]).await
}

/// Keeps a new one.
pub async fn insert(tx: &mut Tx, organization: OrganizationId, t: &RoleTemplate) -> Result<(), Error> {
    let (key, permissions) = (fold(&t.name), t.permissions.to_json());
    let values = params![t.id, organization, t.name, key, t.description, permissions, t.created_at];
    tx.send(INSERT, values).await
}

/// Writes one as it was changed; `false` where it is no longer as it was read.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    t: &RoleTemplate,
    version: i64,
) -> Result<bool, Error> {
    let (key, permissions) = (fold(&t.name), t.permissions.to_json());
    let values = params![organization, t.id, t.name, key, t.description, permissions, t.updated_at, version];
    Ok(tx.execute(UPDATE, values).await? == 1)
}

/// Deletes one, its members getting another or none; `false` where it is no longer as it was read.
pub async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    t: &RoleTemplate,
    to: Option<RoleTemplateId>,
    now: Timestamp,
) -> Result<bool, Error> {
    tx.send(MOVE, params![organization, t.id, to, now]).await?;
    Ok(tx.execute(DELETE, params![organization, t.id, t.version]).await? == 1)
}

/// Somebody who has a template: id, first and last name, address, roles.
pub type HolderRow = (MemberId, String, String, String, Ids<RoleId>);

/// How many of those who have a template are named beside it.
const NAMED: i64 = 50;

/// The first who have a template, by name.
pub async fn holders(
    q: &mut impl Query,
    organization: OrganizationId,
    id: RoleTemplateId,
) -> Result<Vec<HolderRow>, Error> {
    q.all(HOLDERS, params![organization, id, NAMED]).await
}

/// The roles of those who have a template, each set of them once; `but` is left out.
pub async fn kinds_of_holders(
    q: &mut impl Query,
    organization: OrganizationId,
    id: RoleTemplateId,
    but: MemberId,
) -> Result<Vec<Vec<RoleId>>, Error> {
    let rows: Vec<(String,)> = q.all(KINDS_OF_HOLDERS, params![organization, id, but]).await?;
    let read = |(text,): (String,)| serde_json::from_str(&text);
    let read: Result<Vec<Vec<RoleId>>, _> = rows.into_iter().map(read).collect();
    read.map_err(|e| Error::Other(format!("a member's roles: {e}")))
}
