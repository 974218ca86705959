//! The worlds of the reference in the words of the program: access model, roles, permissions.

use super::access_model::{
    AccessModel, ActionSet, Category, Feature, PermissionSet, Presets, RoleDefinition,
};
use super::reference::{self as plain, World};

/// The permissions.
pub fn set(permissions: &plain::Permissions) -> PermissionSet {
    permissions.iter().map(|(category, action)| (category.as_str(), action.as_str())).collect()
}

/// The access model.
pub fn model(world: &World, presets: &Presets) -> AccessModel {
    let mut model = presets.find(&world.preset).expect("it is a preset").model.clone();
    model.categories = world.categories.iter().map(|(key, actions)| category(key, actions)).collect();
    model.features = world.features.iter().map(feature).collect();
    model
}

/// The roles.
pub fn definitions(world: &World) -> Vec<RoleDefinition> {
    world.roles.iter().map(definition).collect()
}

fn category(key: &str, actions: &[String]) -> Category {
    let actions: ActionSet = actions.iter().map(String::as_str).collect();
    Category { key: key.to_owned(), label: key.to_owned(), actions }
}

fn feature(feature: &plain::Feature) -> Feature {
    Feature {
        key: feature.key.clone(),
        label: feature.key.clone(),
        category: feature.category.clone(),
        always_on_roles: feature.always_on.clone(),
        default_on: feature.default_on,
    }
}

fn definition(role: &plain::Role) -> RoleDefinition {
    RoleDefinition {
        key: role.key.clone(),
        label: role.key.clone(),
        description: String::new(),
        rank: role.rank,
        permissions: set(&role.permissions),
        includes_lower: role.includes_lower,
        grants: role.grants.clone(),
        default: false,
        top: role.top,
    }
}
