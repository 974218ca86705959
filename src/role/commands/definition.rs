//! What a role shall be, checked.

use super::RoleError;
use serde_json::Value;

use crate::access_model::{
    AccessModel, AskedPermissions, PermissionSet, RoleDefinition, is_key, merge_permissions,
};
use crate::audit::Event;
use crate::base::problem::Checks;
use crate::base::text::{cut, paragraph};

/// How far ranks go.
const RANKS: std::ops::RangeInclusive<i64> = -1_000_000..=1_000_000;
const LONGEST_DESCRIPTION: usize = 500;

/// What a role shall be; what is left out stays, or is the default for a new one.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What people read.
    pub label: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// A larger rank is higher.
    pub rank: Option<i64>,
    /// What it allows.
    pub permissions: Option<AskedPermissions>,
    /// Whether it also allows what lower ranks allow.
    pub includes_lower: Option<bool>,
    /// Roles by key or id that its holders may hand out.
    pub grants: Option<Vec<String>>,
    /// Whether people get it where nobody chooses.
    pub default: Option<bool>,
    /// Whether it is a top role.
    pub top: Option<bool>,
}

/// A role that is nothing yet, below those of the lowest rank.
pub fn fresh(key: &str, lowest: i64, checks: &mut Checks) -> RoleDefinition {
    if !is_key(key) {
        let detail = "A key is up to 63 lower-case letters, digits and _, and begins with a letter.";
        checks.wrong("/key", "invalid_key", detail);
    }
    RoleDefinition {
        key: key.to_owned(),
        label: String::new(),
        description: String::new(),
        rank: (lowest - 10).max(*RANKS.start()),
        permissions: PermissionSet::new(),
        includes_lower: false,
        grants: Vec::new(),
        default: false,
        top: false,
    }
}

/// A role as it is after a change; `known` are the ids and keys that it may grant.
pub fn apply(
    model: &AccessModel,
    before: &RoleDefinition,
    change: &Change,
    known: &[(String, &str)],
    mut checks: Checks,
) -> Result<RoleDefinition, RoleError> {
    let mut after = before.clone();
    if let Some(label) = &change.label {
        after.label = checks.line("/label", "The label", label, 100);
    }
    if let Some(text) = &change.description {
        let text = paragraph(text, LONGEST_DESCRIPTION);
        after.description = checks.text("/description", "The description", text);
    }
    if let Some(rank) = change.rank {
        if !RANKS.contains(&rank) {
            checks.wrong("/rank", "out_of_range", "A rank is from -1,000,000 to 1,000,000.");
        }
        after.rank = rank;
    }
    if let Some(asked) = &change.permissions {
        after.permissions = merge_permissions(model, &before.permissions, asked, &mut checks);
    }
    if let Some(grants) = &change.grants {
        after.grants.clear();
        for named in grants {
            match known.iter().find(|(id, key)| id == named || key == named) {
                Some((_, key)) if after.grants.iter().any(|granted| granted == key) => {}
                Some((_, key)) => after.grants.push((*key).to_owned()),
                None => {
                    let detail = format!("There is no role \"{}\" here.", cut(named, 60));
                    checks.wrong("/grants", "unknown_reference", detail);
                }
            }
        }
    }
    after.includes_lower = change.includes_lower.unwrap_or(before.includes_lower);
    after.default = change.default.unwrap_or(before.default);
    after.top = change.top.unwrap_or(before.top);
    checks.done().map_err(RoleError::Input)?;
    Ok(after)
}

/// What of a role was changed, or all of a new one.
pub fn described(event: Event, before: Option<&RoleDefinition>, after: &RoleDefinition) -> Event {
    let fields = |d: &RoleDefinition| serde_json::to_value(d).unwrap_or_default();
    let (from, to) = (before.map(fields), fields(after));
    let all = to.as_object().into_iter().flatten();
    all.fold(event, |event, (field, value)| {
        let was = from.as_ref().and_then(|from| from.get(field)).cloned();
        event.change(field, was.unwrap_or_default(), value.clone())
    })
}

/// What a role was that goes, and the features that it always had. Its key is noted by whoever calls.
pub fn taken(event: Event, role: &RoleDefinition, model: &AccessModel) -> Event {
    let fields = serde_json::to_value(role).unwrap_or_default();
    let all = fields.as_object().into_iter().flatten().filter(|(field, _)| *field != "key");
    let event = all.fold(event, |event, (field, value)| event.change(field, value.clone(), Value::Null));
    let always = model.features.iter().filter(|feature| feature.always_on_roles.contains(&role.key));
    let always: Vec<&str> = always.map(|feature| feature.key.as_str()).collect();
    if always.is_empty() { event } else { event.change("alwaysOn", always, Value::Null) }
}
