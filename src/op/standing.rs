//! A person's place in an organization: what a request or command needs to know of both, read in one statement.

use std::sync::Arc;

use onesql::{Error, FromRow, FromValue, Row, ValueRef};
use serde::{Deserialize, Serialize};

use super::Needs;
use crate::access::{FeatureAccess, HeldRole, HeldTemplate, Holdings};
use crate::access_model::{Feature, ModelColumn, PermissionSet, SharedModel};
use crate::base::remembered::Remembered;
use crate::base::{MemberId, OrganizationId, RoleId, RoleTemplateId, Timestamp};
use crate::role::label::RoleLabel;
use crate::role::{RoleRef, may_grant, may_manage};

/// An organization, as a command sees it.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in paths.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The preset that it was made from.
    pub preset: String,
    /// Its own copy of the access model.
    pub model: SharedModel,
    /// How many seats there are; no limit where `None`.
    pub seat_limit: Option<i64>,
    /// Where more seats can be had.
    pub upgrade_url: Option<String>,
    /// How long a link works.
    pub invitation_lifetime_days: i64,
    /// Whether an expired invitation keeps its seat (INV-16).
    pub expired_holds_seat: bool,
    /// Whether removal erases an account that belongs nowhere else (MEM-6).
    pub removal_erases_account: bool,
    /// Whether an invitation's link may be copied.
    pub links_may_be_copied: bool,
    /// Counts the commands; decisions carry it (ACC-12).
    pub revision: i64,
    /// Active members.
    pub active_count: i64,
    /// Suspended members.
    pub suspended_count: i64,
    /// Invited members, whether their link still works or not.
    pub invited_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes of the organization's own fields.
    pub version: i64,
}

/// How many columns an [`Organization`] takes.
pub const ORGANIZATION_WIDTH: usize = 18;

/// Reads an organization from `ORGANIZATION_WIDTH` columns that begin at `at`.
pub fn organization_from(row: &Row<'_>, at: usize) -> Result<Organization, Error> {
    Ok(Organization {
        id: row.get(at)?,
        slug: row.get(at + 1)?,
        name: row.get(at + 2)?,
        preset: row.get(at + 3)?,
        model: row.get::<ModelColumn>(at + 4)?.0,
        seat_limit: row.get(at + 5)?,
        upgrade_url: row.get(at + 6)?,
        invitation_lifetime_days: row.get(at + 7)?,
        expired_holds_seat: row.get(at + 8)?,
        removal_erases_account: row.get(at + 9)?,
        links_may_be_copied: row.get(at + 10)?,
        revision: row.get(at + 11)?,
        active_count: row.get(at + 12)?,
        suspended_count: row.get(at + 13)?,
        invited_count: row.get(at + 14)?,
        created_at: row.get(at + 15)?,
        updated_at: row.get(at + 16)?,
        version: row.get(at + 17)?,
    })
}

impl FromRow for Organization {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        organization_from(row, 0)
    }
}

/// A role as its holder carries it: stored in `roles.packed`, lower ranks' permissions included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StandingRole {
    /// The role's id.
    pub id: RoleId,
    /// Its key.
    pub key: String,
    /// Its label.
    pub label: String,
    /// Its rank; larger is higher.
    pub rank: i64,
    /// Whether it is the top role.
    pub top: bool,
    /// Which roles its holder may hand out.
    pub grants: Vec<String>,
    /// What it allows, lower ranks included where it includes them.
    pub permissions: PermissionSet,
}

impl From<&StandingRole> for RoleRef {
    fn from(role: &StandingRole) -> Self {
        Self { key: role.key.clone(), rank: role.rank, top: role.top, grants: role.grants.clone() }
    }
}

impl<'a> From<&'a StandingRole> for HeldRole<'a> {
    fn from(role: &'a StandingRole) -> Self {
        Self { key: &role.key, top: role.top, permissions: &role.permissions }
    }
}

impl From<&StandingRole> for RoleLabel {
    fn from(role: &StandingRole) -> Self {
        Self { id: role.id, key: role.key.clone(), label: role.label.clone() }
    }
}

/// An active member's place in an organization.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The organization.
    pub organization: Organization,
    /// The membership.
    pub member: MemberId,
    /// The roles held, highest first.
    pub roles: Arc<[StandingRole]>,
    /// The role template's id, name and permissions.
    pub template: Option<(RoleTemplateId, String, PermissionSet)>,
    /// Permissions given directly.
    pub direct: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
    /// What all of it allows (ACC-1).
    pub permissions: PermissionSet,
}

thread_local! {
    // People with the same roles share one text.
    static READ_BEFORE: Remembered<[StandingRole]> = const { Remembered::new() };
}

/// The roles in a column, as `standing_columns!` puts them together.
pub struct PackedRoles(pub Arc<[StandingRole]>);

impl FromValue for PackedRoles {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        let parse = |text: &str| {
            let mut roles: Vec<StandingRole> = serde_json::from_str(text)?;
            roles.sort_by(|a, b| (b.top, b.rank, &a.key).cmp(&(a.top, a.rank, &b.key)));
            Ok::<_, serde_json::Error>(roles.into())
        };
        let text = value.text()?;
        let read = READ_BEFORE.with(|before| before.read(text, parse));
        read.map(Self).map_err(|e| Error::Other(format!("a member's roles: {e}")))
    }
}

/// How many columns a [`Standing`] takes behind its organization's.
pub const STANDING_WIDTH: usize = 7;

/// Reads a standing: the organization's columns at `at`, then member id, direct permissions, feature access, packed
/// roles, template id, name and permissions.
pub fn standing_from(row: &Row<'_>, at: usize) -> Result<Standing, Error> {
    let organization = organization_from(row, at)?;
    let at = at + ORGANIZATION_WIDTH;
    let (direct, features) = (row.get(at + 1)?, row.get(at + 2)?);
    let roles = row.get::<Option<PackedRoles>>(at + 3)?.map_or_else(|| Arc::from([]), |packed| packed.0);
    let template = match row.get::<Option<RoleTemplateId>>(at + 4)? {
        Some(id) => Some((id, row.get(at + 5)?, row.get(at + 6)?)),
        None => None,
    };
    let mut standing = Standing {
        organization,
        member: row.get(at)?,
        roles,
        template,
        direct,
        features,
        permissions: PermissionSet::new(),
    };
    standing.permissions = standing.with_holdings(|holdings| holdings.effective());
    Ok(standing)
}

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        standing_from(row, 0)
    }
}

impl Standing {
    /// Asks the one evaluator about what is held here.
    pub fn with_holdings<T>(&self, ask: impl FnOnce(&Holdings<'_>) -> T) -> T {
        let roles: Vec<HeldRole<'_>> = self.roles.iter().map(HeldRole::from).collect();
        let template =
            self.template.as_ref().map(|(_, name, permissions)| HeldTemplate { name, permissions });
        ask(&Holdings {
            model: &self.organization.model,
            active: true,
            roles: &roles,
            template,
            direct: &self.direct,
            features: &self.features,
        })
    }

    /// Whether the member has a feature: switched on, or always by a role.
    pub fn has(&self, feature: &Feature) -> bool {
        self.features.is_on(feature, self.roles.iter().map(|role| role.key.as_str()))
    }

    /// Whether the member may do this in one of Roster's own areas.
    pub fn allows(&self, needs: Needs) -> bool {
        let permission = needs.named(&self.organization.model);
        self.permissions.allows(&permission.category, &permission.action)
    }

    /// The roles as the two rules read them.
    pub fn role_refs(&self) -> Vec<RoleRef> {
        self.roles.iter().map(RoleRef::from).collect()
    }

    /// Whether the member may hand out this role.
    pub fn may_grant(&self, role: &RoleRef) -> bool {
        may_grant(&self.role_refs(), role)
    }

    /// Whether the member may manage somebody with these roles.
    pub fn may_manage(&self, roles: &[RoleRef]) -> bool {
        may_manage(&self.role_refs(), roles)
    }
}
