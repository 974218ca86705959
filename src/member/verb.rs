//! What can be done to many members at once (MEM-11).

use serde::{Deserialize, Serialize};

use crate::access_model::Area;
use crate::op::Needs;

/// What can be done to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Gives one role instead of those that they have.
    SetRole,
    /// Puts them into a team.
    AddToTeam,
    /// Puts them into a project.
    AddToProject,
    /// Shuts them out.
    Suspend,
    /// Lets them in again.
    Reactivate,
    /// Removes them; withdraws the invitation of whoever is invited.
    Remove,
    /// Sends their invitation again.
    Resend,
}

impl Verb {
    /// All of them, in the order of the console's bar.
    pub const ALL: [Self; 7] = [
        Self::SetRole,
        Self::AddToTeam,
        Self::AddToProject,
        Self::Resend,
        Self::Suspend,
        Self::Reactivate,
        Self::Remove,
    ];

    /// The name in the API and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetRole => "setRole",
            Self::AddToTeam => "addToTeam",
            Self::AddToProject => "addToProject",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Remove => "remove",
            Self::Resend => "resend",
        }
    }

    /// The verb of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text)
    }

    /// The permission that it needs, the same as for one member.
    pub fn needs(self) -> Needs {
        match self {
            Self::SetRole | Self::Suspend | Self::Reactivate => Needs(Area::Users, "edit"),
            Self::AddToTeam => Needs(Area::Teams, "edit"),
            Self::AddToProject => Needs(Area::Projects, "edit"),
            Self::Remove => Needs(Area::Users, "delete"),
            Self::Resend => Needs(Area::Users, "create"),
        }
    }
}
