//! What a member's permissions come from, read for the one evaluator.

use onesql::{Error, Query};

use super::{Member, store};
use crate::access::{HeldRole, HeldTemplate, Holdings};
use crate::access_model::PermissionSet;
use crate::op::Organization;
use crate::role::store::Role;
use crate::role::{RoleRef, permissions_with_lower};

/// The sets of permissions that a member holds, whatever their status.
pub struct Held {
    roles: Vec<(RoleRef, PermissionSet)>,
    template: Option<(String, PermissionSet)>,
}

/// Reads what a member of an organization with these roles holds.
pub async fn read(
    q: &mut impl Query,
    organization: &Organization,
    member: &Member,
    roles: &[Role],
) -> Result<Held, Error> {
    let template = match &member.template {
        Some((id, _)) => store::find_template(q, organization.id, *id).await?,
        None => None,
    };
    let definitions: Vec<_> = roles.iter().map(|role| role.definition.clone()).collect();
    let held = member
        .held(roles)
        .into_iter()
        .map(|role| (RoleRef::from(role), permissions_with_lower(&role.definition, &definitions)));
    Ok(Held { roles: held.collect(), template })
}

impl Held {
    /// Asks the evaluator about the member, as if they had this status.
    pub fn ask<T>(
        &self,
        organization: &Organization,
        member: &Member,
        active: bool,
        ask: impl FnOnce(&Holdings<'_>) -> T,
    ) -> T {
        let roles: Vec<_> = self
            .roles
            .iter()
            .map(|(role, permissions)| HeldRole { key: &role.key, top: role.top, permissions })
            .collect();
        let template = self.template.as_ref().map(|(name, permissions)| HeldTemplate { name, permissions });
        ask(&Holdings {
            model: &organization.model,
            active,
            roles: &roles,
            template,
            direct: &member.permissions,
            features: &member.features,
        })
    }
}
