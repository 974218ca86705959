//! Roles as the console shows them: badges, and what can be chosen where a role is handed out.

use super::store::Role;
use super::{RoleRef, stands_above};
use crate::console::field::{Choice, Choices};
use crate::console::notice::{Callout, Tone};
use crate::console::role::{RoleBadge, bars};
use crate::op::Standing;

/// The badge of a role among all of its organization.
pub fn badge(role: &Role, all: &[Role]) -> RoleBadge {
    let mut heights: Vec<(bool, i64)> = all.iter().map(height).collect();
    heights.sort_unstable();
    heights.dedup();
    let place = heights.iter().position(|known| *known == height(role)).unwrap_or_default();
    RoleBadge::new(role.definition.label.clone(), bars(place, heights.len()))
}

fn height(role: &Role) -> (bool, i64) {
    (role.definition.top, role.definition.rank)
}

/// The form field that roles are chosen in, one or many.
pub const FIELD: &str = "role";

/// The roles to choose from; those that the reader may not hand out are shown, and locked.
pub fn choices(standing: &Standing, roles: &[Role], chosen: &[String]) -> Choices {
    let model = &standing.organization.model;
    let recommended = model.role_picker.recommendation.as_ref();
    let option = |role: &Role| {
        let d = &role.definition;
        let is_recommended = recommended.is_some_and(|r| r.role == d.key);
        let locked = (!standing.may_grant(&role.into()))
            .then(|| format!("Your own role does not allow you to hand out {}.", d.label));
        Choice {
            chosen: locked.is_none() && chosen.contains(&d.key),
            tag: is_recommended.then_some("Recommended").or(d.default.then_some("Default")),
            always: model.features.iter().any(|f| f.always_on_for([d.key.as_str()])),
            locked,
            ..Choice::new(&d.key, &d.label).detail(&d.description)
        }
    };
    Choices {
        name: FIELD,
        legend: if model.single_role { "Role" } else { "Roles" },
        options: roles.iter().map(option).collect(),
        many: !model.single_role,
        wide: true,
        hint: recommended.map(|r| r.text.clone()),
        error: None,
    }
}

/// The keys of what somebody new gets where nobody chooses.
pub fn preset_choice(roles: &[Role]) -> Vec<String> {
    roles.iter().filter(|role| role.definition.default).map(|role| role.definition.key.clone()).collect()
}

/// Whether the access model wants a warning before the reader hands this role out.
pub fn warns(standing: &Standing, role: &Role) -> Option<String> {
    let role = RoleRef::from(role);
    let warning = standing.organization.model.role_picker.warning_above_own_rank.as_ref();
    warning.filter(|_| standing.may_grant(&role) && stands_above(&role, &standing.role_refs())).cloned()
}

/// The warning about those of the roles that stand above the reader, where the access model has one.
pub fn warning(standing: &Standing, roles: &[Role]) -> Option<Callout> {
    let above: Vec<&Role> = roles.iter().filter(|role| warns(standing, role).is_some()).collect();
    let text = warns(standing, above.first()?)?;
    let labels: Vec<&str> = above.iter().map(|role| role.definition.label.as_str()).collect();
    Some(Callout::new(Tone::Warn, format!("Hand out {} with care.", labels.join(" and ")), text))
}
