//! Permissions as a merge patch changes them.

use std::collections::BTreeMap;

use super::{AccessModel, ActionSet, PermissionSet};
use crate::base::problem::Checks;
use crate::base::text::cut;

/// Permissions as they are asked for: by category, the list replaces, null removes; null around it all removes all.
pub type AskedPermissions = Option<BTreeMap<String, Option<Vec<String>>>>;

/// What a set becomes; what the model does not know is noted.
pub fn merge_permissions(
    model: &AccessModel,
    held: &PermissionSet,
    asked: &AskedPermissions,
    checks: &mut Checks,
) -> PermissionSet {
    let Some(asked) = asked else { return PermissionSet::new() };
    let mut after = held.clone();
    for (category, actions) in asked {
        let actions: ActionSet = actions.iter().flatten().map(String::as_str).collect();
        for action in actions.iter().filter(|action| !model.knows(category, action)) {
            let named = cut(category, 60);
            checks.wrong(
                &format!("/permissions/{named}"),
                "unknown_permission",
                format!("There is no permission {named}:{} here.", cut(action, 60)),
            );
        }
        after.replace(category, actions);
    }
    after
}
