//! Who may hand out which role, and who may manage whom. Every door asks the two functions here.

#[cfg(test)]
mod tests;

pub mod api;
pub mod commands;
pub mod label;
pub mod store;
pub mod view;

use crate::access_model::{PermissionSet, RoleDefinition};

/// What the rules need to know about a role that somebody holds or shall get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRef {
    pub key: String,
    pub rank: i64,
    pub top: bool,
    pub grants: Vec<String>,
}

impl From<&RoleDefinition> for RoleRef {
    fn from(role: &RoleDefinition) -> Self {
        RoleRef { key: role.key.clone(), rank: role.rank, top: role.top, grants: role.grants.clone() }
    }
}

impl RoleRef {
    /// How high the role stands. A top role stands above every other, whatever its rank.
    fn standing(&self) -> (bool, i64) {
        (self.top, self.rank)
    }
}

/// How high a person stands: by the highest of the roles.
fn standing(roles: &[RoleRef]) -> Option<(bool, i64)> {
    roles.iter().map(RoleRef::standing).max()
}

/// Whether somebody with these roles may give or take the role: a top role grants every role, any
/// other role those that its grant rule names (ACC-4).
pub fn may_grant(actor: &[RoleRef], role: &RoleRef) -> bool {
    actor.iter().any(|held| held.top || held.grants.contains(&role.key))
}

/// Whether somebody with these roles may edit, suspend, remove or sign out a member with those:
/// each role of the member lies within the actor's grant rule and none stands above the actor's
/// highest (ACC-4). Somebody without any role manages nobody.
pub fn may_manage(actor: &[RoleRef], target: &[RoleRef]) -> bool {
    !actor.is_empty()
        && target.iter().all(|role| may_grant(actor, role))
        && standing(target) <= standing(actor)
}

/// Whether the role stands above every role of the actor, so that granting it deserves a warning.
pub fn stands_above(role: &RoleRef, actor: &[RoleRef]) -> bool {
    standing(actor) < Some(role.standing())
}

/// What a role allows by itself and, where it includes the lower ones, through every role of a
/// lower rank. Nothing is expanded yet: that needs the access model.
pub fn permissions_with_lower(role: &RoleDefinition, all: &[RoleDefinition]) -> PermissionSet {
    let lower = all.iter().filter(|other| role.includes_lower && other.rank < role.rank);
    lower.fold(role.permissions.clone(), |sum, other| sum.union(&other.permissions))
}
