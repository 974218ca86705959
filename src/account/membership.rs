//! Where an account belongs: its places in organizations, as the person sees them.

use onesql::{Error, FromRow, Query, Row, params};
use serde::Serialize;

use crate::base::{AccountId, MemberId, OrganizationId, Timestamp};
use crate::op::StandingRole;
use crate::role::api::RoleLabel;

// What has ended is none, before its row is gone.
macro_rules! places {
    () => {
        "SELECT m.id, m.status, o.id, o.slug, o.name,
    (SELECT '[' || string_agg(r.packed, ',') || ']' FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = m.id)
  FROM members m JOIN organizations o ON o.id = m.organization_id
  WHERE m.account_id = $1 AND (m.ends_at IS NULL OR m.ends_at > $2)"
    };
}
// The one last used comes first.
macro_rules! by_use {
    () => {
        " ORDER BY COALESCE((SELECT MAX(so.last_active_at) FROM session_organizations so
      WHERE so.organization_id = m.organization_id AND so.member_id = m.id), 0) DESC,
    m.last_login_at DESC, m.created_at DESC, m.id"
    };
}
const LIST: &str = concat!(places!(), by_use!());
const OTHERS: &str = concat!(places!(), " AND m.status = 'active' AND m.organization_id <> $3", by_use!());
const IS_INVITED: &str =
    "SELECT COUNT(*) FROM invitations WHERE email_key = $1 AND status = 'pending' AND expires_at > $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[LIST, OTHERS, IS_INVITED];

/// One place of an account in an organization.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The place.
    pub member: MemberId,
    /// Whether it is active; suspended otherwise.
    pub active: bool,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name in paths.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The roles held, highest first.
    pub roles: Vec<StandingRole>,
}

impl FromRow for Membership {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let status: String = row.get(1)?;
        let packed: Option<String> = row.get(5)?;
        let broken = |e: serde_json::Error| Error::Other(format!("member's roles: {e}"));
        let mut roles: Vec<StandingRole> =
            packed.map(|text| serde_json::from_str(&text)).transpose().map_err(broken)?.unwrap_or_default();
        roles.sort_by(|a, b| (b.top, b.rank, &a.key).cmp(&(a.top, a.rank, &b.key)));
        Ok(Self {
            member: row.get(0)?,
            active: status == "active",
            organization: row.get(2)?,
            slug: row.get(3)?,
            name: row.get(4)?,
            roles,
        })
    }
}

/// Every place of an account, suspended ones included; the one last used first.
pub async fn list(q: &mut impl Query, account: AccountId, now: Timestamp) -> Result<Vec<Membership>, Error> {
    q.all(LIST, params![account, now]).await
}

/// The other active places of an account that is in an organization; the one last used first.
pub async fn others(
    q: &mut impl Query,
    account: AccountId,
    here: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Membership>, Error> {
    q.all(OTHERS, params![account, now, here]).await
}

/// Whether an invitation to this address is open.
pub async fn is_invited(q: &mut impl Query, email_key: &str, now: Timestamp) -> Result<bool, Error> {
    let row: (i64,) = q.one(IS_INVITED, params![email_key, now]).await?;
    Ok(row.0 > 0)
}

/// An organization by id, slug and name.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OrganizationName {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrganizationId,
    /// Its name in paths.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// A membership, as the API tells it to its owner.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MembershipBody {
    /// Where.
    pub organization: OrganizationName,
    /// As what.
    pub roles: Vec<RoleLabel>,
    /// `active`.
    pub status: &'static str,
}

impl From<&Membership> for MembershipBody {
    fn from(m: &Membership) -> Self {
        Self {
            organization: OrganizationName { id: m.organization, slug: m.slug.clone(), name: m.name.clone() },
            roles: m.roles.iter().map(RoleLabel::from).collect(),
            status: if m.active { "active" } else { "suspended" },
        }
    }
}

/// The active ones among an account's memberships, as the API tells them.
pub fn active_bodies(memberships: &[Membership]) -> Vec<MembershipBody> {
    memberships.iter().filter(|m| m.active).map(MembershipBody::from).collect()
}
