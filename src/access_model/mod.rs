//! An access model: what differs between products, as data. Categories and their actions, features,
//! roles, labels, lifetimes. The presets under `presets/` are such models; every organization has its own copy.

mod action_set;
pub mod api;
mod area;
mod check;
pub mod commands;
mod labels;
mod merge;
mod permission;
pub mod presets;
mod role_definition;
mod shared;
pub mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use action_set::{ActionSet, KNOWN_ACTIONS, MANAGE};
pub use area::Area;
pub use check::{Fault, INVITATION_LIFETIME_DAYS, check, is_key};
pub use labels::{InvitationLabels, Labels, StatusLabels, Verbs, Words};
pub use merge::{AskedPermissions, merge_permissions};
pub use permission::{NotAPermission, Permission, PermissionSet};
pub use presets::{Preset, PresetError, Presets};
pub use role_definition::RoleDefinition;
pub use shared::{ModelColumn, SharedModel};

/// An organization's access model without its roles, which live in a table of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessModel {
    /// The preset that the model was copied from.
    pub preset: String,
    pub name: String,
    /// Whom the preset is for, in one sentence.
    pub description: String,
    /// Whether a member holds exactly one role.
    pub single_role: bool,
    pub invitation_lifetime_days: u16,
    #[serde(default)]
    pub areas: Areas,
    #[serde(default)]
    pub seats: SeatRules,
    #[serde(default)]
    pub removal: RemovalRules,
    #[serde(default)]
    pub role_picker: RolePicker,
    /// What the console shows in the first place; the rest exists, too, one step further away.
    #[serde(default)]
    pub shows_first: Vec<Shown>,
    #[serde(default)]
    pub labels: Labels,
    pub categories: Vec<Category>,
    #[serde(default)]
    pub features: Vec<Feature>,
}

/// The categories that govern Roster's own pages where an area has no category of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Areas {
    pub users: String,
    pub settings: String,
}

impl Default for Areas {
    fn default() -> Self {
        Areas { users: "users".to_owned(), settings: "settings".to_owned() }
    }
}

/// What takes a seat (INV-16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SeatRules {
    pub expired_invitation_holds_seat: bool,
}

/// What removing a member does beyond ending the membership (MEM-6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RemovalRules {
    pub erases_account_without_other_membership: bool,
}

/// What the role picker says beside the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RolePicker {
    pub recommendation: Option<Recommendation>,
    /// Shown when somebody hands out a role that ranks above every role of their own.
    pub warning_above_own_rank: Option<String>,
}

/// A role that the picker recommends, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    pub role: String,
    pub text: String,
}

/// A part of a member that the console can show in the first place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shown {
    Teams,
    Projects,
    RoleTemplates,
    DirectPermissions,
}

/// A permission category with the actions that it knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Category {
    pub key: String,
    pub label: String,
    #[serde(default = "five_actions")]
    pub actions: ActionSet,
}

fn five_actions() -> ActionSet {
    KNOWN_ACTIONS.into_iter().take(5).collect()
}

/// A per-member switch that gates one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feature {
    pub key: String,
    pub label: String,
    pub category: String,
    /// Who holds one of these roles has the feature, and it can't be switched off.
    #[serde(default)]
    pub always_on_roles: Vec<String>,
    #[serde(default)]
    pub default_on: bool,
}

impl Feature {
    /// Whether the feature is always on for somebody with these roles.
    pub fn always_on_for<'a>(&self, roles: impl IntoIterator<Item = &'a str>) -> bool {
        roles.into_iter().any(|role| self.always_on_roles.iter().any(|always| always == role))
    }
}

impl AccessModel {
    /// Reads the JSON text that the database keeps.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The JSON text that the database keeps.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an access model is JSON")
    }

    /// The category of that key.
    pub fn category(&self, key: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.key == key)
    }

    /// The feature of that key.
    pub fn feature(&self, key: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.key == key)
    }

    /// Whether the model knows the action, so that it can be allowed at all.
    pub fn knows(&self, category: &str, action: &str) -> bool {
        self.category(category).is_some_and(|found| found.actions.contains(action))
    }

    /// The permissions of a set that the model does not know, for an answer that names them.
    pub fn unknown_permissions(&self, set: &PermissionSet) -> Vec<Permission> {
        set.iter().filter(|permission| !self.knows(&permission.category, &permission.action)).collect()
    }

    /// Everything that can be allowed in this model.
    pub fn all_permissions(&self) -> PermissionSet {
        let pairs =
            self.categories.iter().flat_map(|c| c.actions.iter().map(|action| (c.key.as_str(), action)));
        pairs.collect()
    }

    /// Every action that some category knows, in reading order.
    pub fn actions(&self) -> Vec<&str> {
        let all = || self.categories.iter().flat_map(|category| category.actions.iter());
        let mut actions: Vec<&str> =
            KNOWN_ACTIONS.into_iter().filter(|known| all().any(|action| action == *known)).collect();
        for other in all() {
            if !actions.contains(&other) {
                actions.push(other);
            }
        }
        actions
    }

    /// Whether the console shows this part in the first place.
    pub fn shows(&self, part: Shown) -> bool {
        self.shows_first.contains(&part)
    }
}
