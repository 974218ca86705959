//! What the roles, the templates and the access model of an organization make of what its members hold: as they are, and as
//! they will be after a change.

use std::collections::BTreeMap;

use super::{FeatureAccess, HeldRole, HeldTemplate, Holdings};
use crate::access_model::{PermissionSet, RoleDefinition, SharedModel};
use crate::base::{RoleId, RoleTemplateId};
use crate::role::permissions_with_lower;

/// What a member holds, by reference to roles and template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whether the status is active.
    pub active: bool,
    /// The roles.
    pub roles: Vec<RoleId>,
    /// The role template.
    pub template: Option<RoleTemplateId>,
    /// Permissions given directly.
    pub permissions: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
}

/// The rules of an organization.
#[derive(Clone, Debug)]
pub struct Rules {
    model: SharedModel,
    /// Key and permissions, lower ranks included where the role includes them.
    roles: BTreeMap<RoleId, (String, bool, PermissionSet)>,
    templates: BTreeMap<RoleTemplateId, (String, PermissionSet)>,
    moved: Option<(RoleId, Option<RoleId>)>,
    moved_template: Option<(RoleTemplateId, Option<RoleTemplateId>)>,
}

impl Rules {
    /// The rules of a model with these roles and templates.
    pub fn new<'a>(
        model: &SharedModel,
        roles: impl IntoIterator<Item = (RoleId, &'a RoleDefinition)>,
        templates: impl IntoIterator<Item = (RoleTemplateId, String, PermissionSet)>,
    ) -> Self {
        let (ids, definitions): (Vec<RoleId>, Vec<RoleDefinition>) =
            roles.into_iter().map(|(id, role)| (id, role.clone())).unzip();
        let packed = definitions
            .iter()
            .map(|role| (role.key.clone(), role.top, permissions_with_lower(role, &definitions)));
        Self {
            model: model.clone(),
            roles: ids.into_iter().zip(packed).collect(),
            templates: templates.into_iter().map(|(id, name, held)| (id, (name, held))).collect(),
            moved: None,
            moved_template: None,
        }
    }

    /// The rules after the holders of one role got another, or none.
    #[must_use]
    pub fn moving(mut self, from: RoleId, to: Option<RoleId>) -> Self {
        self.moved = Some((from, to));
        self
    }

    /// The rules after the holders of one template got another, or none.
    #[must_use]
    pub fn moving_template(mut self, from: RoleTemplateId, to: Option<RoleTemplateId>) -> Self {
        self.moved_template = Some((from, to));
        self
    }

    /// What a role allows, spelled out in the model.
    pub fn of_role(&self, id: RoleId) -> PermissionSet {
        self.roles.get(&id).map(|(_, _, permissions)| permissions.expand(&self.model)).unwrap_or_default()
    }

    /// Asks the one evaluator what somebody may do who holds this (ACC-1).
    pub fn effective(&self, held: &Held) -> PermissionSet {
        let mut ids = held.roles.clone();
        if let Some((from, to)) = self.moved
            && let Some(at) = ids.iter().position(|id| *id == from)
        {
            ids.remove(at);
            ids.extend(to.filter(|to| !held.roles.contains(to)));
        }
        let template = match (self.moved_template, held.template) {
            (Some((from, to)), Some(own)) if own == from => to,
            (_, own) => own,
        };
        let roles: Vec<HeldRole<'_>> = ids
            .iter()
            .filter_map(|id| self.roles.get(id))
            .map(|(key, top, permissions)| HeldRole { key, top: *top, permissions })
            .collect();
        let template = template.and_then(|id| self.templates.get(&id));
        Holdings {
            model: &self.model,
            active: held.active,
            roles: &roles,
            template: template.map(|(name, permissions)| HeldTemplate { name, permissions }),
            direct: &held.permissions,
            features: &held.features,
        }
        .effective()
    }
}
