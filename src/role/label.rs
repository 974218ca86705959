//! A role by its name.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::RoleId;

/// A role with no more than its name, as members and invitations carry it.
#[derive(Clone, Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct RoleLabel {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RoleId,
    /// Its key.
    pub key: String,
    /// Its label.
    pub label: String,
}
