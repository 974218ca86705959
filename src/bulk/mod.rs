//! One thing done to many members (MEM-11): each is judged by itself, by the function that does it to one.

pub mod api;
pub mod commands;
mod judge;
pub mod pages;
pub mod view;

#[cfg(test)]
pub mod samples;

use serde::{Deserialize, Serialize};

use crate::base::{MemberId, Problem};
use crate::group::{GroupId, Kind as GroupKind};
use crate::member::verb::Verb;

/// Into what kind of group a verb puts people.
fn group_of(verb: Verb) -> Option<GroupKind> {
    match verb {
        Verb::AddToTeam => Some(GroupKind::Team),
        Verb::AddToProject => Some(GroupKind::Project),
        _ => None,
    }
}

/// What is to be done, with what it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What.
    pub action: Verb,
    /// The role by key or id, where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The team by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl Deed {
    /// Checks that it has what it takes, and nothing else.
    pub fn checked(self) -> Result<Self, Problem> {
        let takes = [
            ("role", &self.role, self.action == Verb::SetRole),
            ("team", &self.team, self.action == Verb::AddToTeam),
            ("project", &self.project, self.action == Verb::AddToProject),
        ];
        for (name, given, wanted) in takes {
            let detail = match (given, wanted) {
                (None, true) => format!("The action {} needs a {name}.", self.action.as_str()),
                (Some(_), false) => format!("The action {} takes no {name}.", self.action.as_str()),
                _ => continue,
            };
            let code = if wanted { "required" } else { "invalid_value" };
            return Err(Problem::field(&format!("/{name}"), code, detail));
        }
        Ok(self)
    }

    /// The team or project that people are put into.
    fn group(&self) -> Option<GroupId> {
        let named = self.team.as_ref().or(self.project.as_ref())?;
        group_of(self.action)?.parse(named)
    }
}

/// What a job works through.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// What is done.
    #[serde(flatten)]
    pub deed: Deed,
    /// To whom.
    pub ids: Vec<MemberId>,
}

impl Input {
    /// As a job keeps it.
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what a job kept; what can't be read is about nobody.
    pub fn read(text: &str) -> Self {
        let nobody = Deed { action: Verb::Resend, role: None, team: None, project: None };
        serde_json::from_str(text).unwrap_or(Self { deed: nobody, ids: Vec::new() })
    }
}
