use serde::{Deserialize, Serialize};

use super::permission::PermissionSet;

/// A role as a preset or an organization defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinition {
    pub key: String,
    pub label: String,
    #[serde(default)]
    pub description: String,
    /// A larger rank is higher.
    pub rank: i64,
    #[serde(default)]
    pub permissions: PermissionSet,
    /// Whether the role also allows what every lower-ranked role allows.
    #[serde(default)]
    pub includes_lower: bool,
    /// The keys of the roles that a holder may hand to others.
    #[serde(default)]
    pub grants: Vec<String>,
    /// What a person gets when nobody chooses.
    #[serde(default)]
    pub default: bool,
    /// Grants every role, later ones included; one active member must always hold it.
    #[serde(default)]
    pub top: bool,
}
