//! A person's place in one organization.

pub mod access;
pub mod api;
pub mod body;
pub mod commands;
pub mod create;
pub mod end;
pub mod export;
pub mod grams;
pub mod holdings;
pub mod ids;
pub mod list;
pub mod pages;
pub mod places;
pub mod store;
pub mod told;
pub mod update;
pub mod verb;
pub mod view;

#[cfg(test)]
pub mod samples;

use std::fmt;

use crate::access::FeatureAccess;
use crate::access_model::PermissionSet;
use crate::account::{Contact, display_name};
use crate::audit::Target;
use crate::base::{
    AccountId, InvitationId, MemberId, OrganizationId, ProjectId, RoleId, RoleTemplateId, TeamId, Timestamp,
};
use crate::role::store::Role;

/// Where a member is in their life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Asked to join.
    Invited,
    /// In.
    Active,
    /// In, but shut out for now.
    Suspended,
}

impl Status {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Suspended].into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The open invitation of an invited member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Its id.
    pub id: InvitationId,
    /// Until when its link works.
    pub expires_at: Timestamp,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Of which organization.
    pub organization: OrganizationId,
    /// The account; `None` while invited.
    pub account: Option<AccountId>,
    /// Where in the life cycle.
    pub status: Status,
    /// The address as it is shown.
    pub email: String,
    /// The address as it is compared.
    pub email_key: String,
    /// The first name, may be empty while invited.
    pub first_name: String,
    /// The last name, may be empty while invited.
    pub last_name: String,
    /// What the list sorts names by.
    pub name_key: String,
    /// What the list sorts roles by.
    pub role_order: i64,
    /// The roles.
    pub roles: Vec<RoleId>,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// The role template's id and name.
    pub template: Option<(RoleTemplateId, String)>,
    /// Permissions given directly.
    pub permissions: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The most recent successful sign-in that entered this organization.
    pub last_login: Option<Timestamp>,
    /// When they were invited or created.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
    /// Counts their changes.
    pub version: i64,
    /// The telephone.
    pub phone: String,
    /// The time zone.
    pub time_zone: String,
    /// The language.
    pub locale: String,
    /// The invitation that waits for them.
    pub invitation: Option<OpenInvitation>,
    /// When the membership ends by itself (MEM-15).
    pub ends_at: Option<Timestamp>,
    /// When they are to be told of it; `None` once they were.
    pub end_reminder_at: Option<Timestamp>,
}

impl Member {
    /// The name, or the address while there is none.
    pub fn name(&self) -> String {
        display_name(&self.first_name, &self.last_name, &self.email)
    }

    /// The member as the audit trail names them.
    pub fn target(&self) -> Target {
        Target::new("member", self.id, self.name())
    }

    /// The roles held, out of the organization's.
    pub fn held<'a>(&self, roles: &'a [Role]) -> Vec<&'a Role> {
        roles.iter().filter(|role| self.roles.contains(&role.id)).collect()
    }
}

/// A member about to be made.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Its id.
    pub id: MemberId,
    /// Of which organization.
    pub organization: OrganizationId,
    /// With an account active, without one invited.
    pub account: Option<AccountId>,
    /// The address as it is shown.
    pub email: String,
    /// The address as it is compared.
    pub email_key: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// The role template's id and name.
    pub template: Option<(RoleTemplateId, String)>,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// How and in which language and hours to reach them.
    pub contact: Contact,
    /// When the membership ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// What a list sorts roles by: minus the highest rank; nobody's last.
pub fn role_order<'a>(roles: impl IntoIterator<Item = &'a Role>) -> i64 {
    roles.into_iter().map(|role| -role.definition.rank).min().unwrap_or(i64::MAX / 2)
}
