//! What a member's permissions come from, read for the one evaluator.

use onesql::{Error, Query};

use super::{Member, Status, store};
use crate::access::{self, Difference, HeldRole, HeldTemplate, Holdings, Rules};
use crate::access_model::PermissionSet;
use crate::op::{Op, Organization};
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

/// What a change of a member makes of what they may do.
pub async fn difference(
    op: &mut Op,
    roles: &[Role],
    before: &Member,
    after: &Member,
) -> Result<Difference, Error> {
    let Ok(model) = op.organization().map(|organization| organization.model.clone()) else {
        return Ok(Difference::default());
    };
    let templates = access::store::templates(&mut op.tx, before.organization).await?;
    let rules = Rules::new(&model, roles.iter().map(|role| (role.id, &role.definition)), templates);
    let held = |m: &Member| access::Held {
        active: m.status == Status::Active,
        roles: m.roles.clone(),
        template: m.template.as_ref().map(|(id, _)| *id),
        permissions: m.permissions.clone(),
        features: m.features.clone(),
    };
    Ok(Difference::between(&rules.effective(&held(before)), &rules.effective(&held(after))))
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
