//! Role templates: named sets of permissions that are added to what members have by their roles. A template is a live link:
//! whoever has it may do what it holds now.

pub mod api;
pub mod commands;
pub mod store;

use crate::access_model::PermissionSet;
use crate::audit::Target;
use crate::base::{RoleTemplateId, Timestamp};

/// A role template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleTemplate {
    /// Its id.
    pub id: RoleTemplateId,
    /// Its name, which no other has in the organization.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub permissions: PermissionSet,
    /// How many members have it.
    pub members: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

impl RoleTemplate {
    /// The template as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("role_template", self.id, self.name.clone())
    }
}
