//! Every SQL statement about organizations that no other noun begins with.

use onesql::{Error, Query, Tx, params};

use crate::access_model::AccessModel;
use crate::base::{OrganizationId, Timestamp};
use crate::op::Organization;
use crate::organization_columns;

const INSERT: &str = "INSERT INTO organizations (id, slug, name, preset, access_model, seat_limit, invitation_lifetime_days,
    expired_holds_seat, removal_erases_account, links_may_be_copied, revision, active_count, suspended_count, invited_count,
    created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0, 0, 0, $11, $11, 1)";
const SLUG_TAKEN: &str = "SELECT id FROM organizations WHERE slug = $1";
const UPDATE: &str =
    "UPDATE organizations SET slug = $2, name = $3, seat_limit = $4, invitation_lifetime_days = $5,
    links_may_be_copied = $6, upgrade_url = $7, updated_at = $8, version = version + 1 WHERE id = $1";
const FIND: &str = concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.id = $1");
const FIND_BY_SLUG: &str =
    concat!("SELECT ", organization_columns!(), " FROM organizations o WHERE o.slug = $1");
const LIST: &str = concat!(
    "SELECT ",
    organization_columns!(),
    " FROM organizations o WHERE o.id > $1 ORDER BY o.id LIMIT $2"
);
const SET_DEFAULT_ROLE: &str =
    "UPDATE roles SET is_default = (key = $2), updated_at = $3, version = version + 1
  WHERE organization_id = $1 AND is_default <> (key = $2)";
const SET_MODEL: &str =
    "UPDATE organizations SET access_model = $2, updated_at = $3, version = version + 1 WHERE id = $1";
const MARK_SET_UP: &str = "UPDATE installation SET set_up_at = $1 WHERE id = 1 AND set_up_at IS NULL";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[INSERT, SLUG_TAKEN, UPDATE, FIND, FIND_BY_SLUG, LIST, SET_DEFAULT_ROLE, SET_MODEL, MARK_SET_UP];

/// Keeps a new organization.
pub async fn insert(tx: &mut Tx, o: &Organization) -> Result<(), Error> {
    let model = o.model.to_json();
    let values = params![
        o.id,
        o.slug,
        o.name,
        o.preset,
        model,
        o.seat_limit,
        o.invitation_lifetime_days,
        o.expired_holds_seat,
        o.removal_erases_account,
        o.links_may_be_copied,
        o.created_at
    ];
    tx.send(INSERT, values).await
}

/// Who has a slug.
pub async fn slug_owner(tx: &mut Tx, slug: &str) -> Result<Option<OrganizationId>, Error> {
    let row: Option<(OrganizationId,)> = tx.optional(SLUG_TAKEN, params![slug]).await?;
    Ok(row.map(|(id,)| id))
}

/// Writes an organization's own fields.
pub async fn update(tx: &mut Tx, o: &Organization, now: Timestamp) -> Result<(), Error> {
    let values = params![
        o.id,
        o.slug,
        o.name,
        o.seat_limit,
        o.invitation_lifetime_days,
        o.links_may_be_copied,
        o.upgrade_url,
        now
    ];
    tx.send(UPDATE, values).await
}

/// An organization by its id.
pub async fn find(q: &mut impl Query, id: OrganizationId) -> Result<Option<Organization>, Error> {
    q.optional(FIND, params![id]).await
}

/// An organization by id or slug.
pub async fn find_named(q: &mut impl Query, name: &str) -> Result<Option<Organization>, Error> {
    match name.parse::<OrganizationId>() {
        Ok(id) => find(q, id).await,
        Err(_) => q.optional(FIND_BY_SLUG, params![name]).await,
    }
}

/// Organizations in the order in which they were made, those after `after`.
pub async fn list(q: &mut impl Query, after: OrganizationId, limit: i64) -> Result<Vec<Organization>, Error> {
    q.all(LIST, params![after, limit]).await
}

/// Makes the role with this key the default.
pub async fn set_default_role(
    tx: &mut Tx,
    id: OrganizationId,
    key: &str,
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(SET_DEFAULT_ROLE, params![id, key, now]).await
}

/// Writes an organization's own copy of the access model.
pub async fn set_model(
    tx: &mut Tx,
    id: OrganizationId,
    model: &AccessModel,
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(SET_MODEL, params![id, model.to_json(), now]).await
}

/// Notes that the installation is set up; `false` where it was.
pub async fn mark_set_up(tx: &mut Tx, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(MARK_SET_UP, params![now]).await? == 1)
}
