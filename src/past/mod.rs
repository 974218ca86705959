//! What a member could do at an instant, from the audit trail (ACC-11): the state of today with every later event undone.

pub mod api;
pub mod explain;
pub mod read;
pub mod thing;
mod undo;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::access::{Explained, FeatureAccess, HeldRole, HeldTemplate, Holdings};
use crate::access_model::{PermissionSet, SharedModel};
use crate::audit::chain::Record;
use crate::base::{MemberId, ProjectId, RoleId, RoleTemplateId, TeamId, Timestamp};
use crate::member::{Member, Status};
use crate::role::permissions_with_lower;
use crate::role::store::Role;

/// The instant that is asked about: one in RFC 3339, or a day, which stands for its end in UTC. Not later than now.
pub fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let begins = |day: Date| {
        let day = day.to_zoned(TimeZone::UTC).ok()?;
        Some(Timestamp(day.timestamp().as_microsecond()))
    };
    match text.parse::<Timestamp>() {
        Ok(at) => Some(at).filter(|at| *at <= now),
        Err(_) => {
            let day = (text.len() == "2026-03-03".len()).then(|| text.parse::<Date>().ok()).flatten()?;
            begins(day).filter(|begins| *begins <= now)?;
            // Today is not over.
            Some(begins(day.tomorrow().ok()?)?.plus(-1).min(now))
        }
    }
}

/// What a member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where in the life cycle.
    pub status: Status,
    /// The roles.
    pub roles: Vec<RoleId>,
    /// The role template.
    pub template: Option<RoleTemplateId>,
    /// Permissions given directly.
    pub permissions: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
}

impl From<&Member> for Held {
    fn from(m: &Member) -> Self {
        Self {
            status: m.status,
            roles: m.roles.clone(),
            template: m.template.as_ref().map(|(id, _)| *id),
            permissions: m.permissions.clone(),
            features: m.features.clone(),
            teams: m.teams.clone(),
            projects: m.projects.clone(),
        }
    }
}

/// What of a member's access an event may leave open: a role, a template, a team or a project went, and with it what
/// everybody had of it, and the event does not name them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Roles,
    Template,
    Teams,
    Projects,
}

impl Field {
    /// Its name in the events of members and invitations.
    fn name(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::Template => "roleTemplate",
            Self::Teams => "teams",
            Self::Projects => "projects",
        }
    }
}

/// One member and the rules of the organization, as they were at an instant.
#[derive(Clone, Debug)]
pub struct Past {
    /// Who.
    pub member: MemberId,
    /// What they were called, as far as is known.
    pub name: String,
    /// What they held; `None` where they were not here.
    pub held: Option<Held>,
    /// The roles of the organization.
    pub roles: Vec<Role>,
    /// The role templates: name and permissions.
    pub templates: BTreeMap<RoleTemplateId, (String, PermissionSet)>,
    /// The access model.
    pub model: SharedModel,
    /// Teams and projects by id: their names.
    pub places: BTreeMap<String, String>,
    /// What is not yet known.
    doubts: Vec<Field>,
}

/// An event of the trail, read.
struct Told<'a> {
    record: &'a Record,
    changes: Map<String, Value>,
}

/// Whether a field is told as it was before, or as it became.
#[derive(Clone, Copy)]
enum Side {
    From,
    To,
}

/// A member at an instant.
#[derive(Clone, Debug)]
pub struct Then {
    /// The instant.
    pub at: Timestamp,
    /// What they held.
    pub held: Held,
    /// By which rules.
    pub past: Past,
}

impl Then {
    /// The roles held, highest first.
    pub fn roles(&self) -> Vec<&Role> {
        let mut held: Vec<&Role> =
            self.past.roles.iter().filter(|role| self.held.roles.contains(&role.id)).collect();
        held.sort_by_key(|role| (!role.definition.top, -role.definition.rank, &role.definition.key));
        held
    }

    /// The role template's id and name.
    pub fn template(&self) -> Option<(RoleTemplateId, &str)> {
        let id = self.held.template?;
        self.past.templates.get(&id).map(|(name, _)| (id, name.as_str()))
    }

    /// Asks the one evaluator about what was held.
    pub fn ask<T>(&self, ask: impl FnOnce(&Holdings<'_>) -> T) -> T {
        let definitions: Vec<_> = self.past.roles.iter().map(|role| role.definition.clone()).collect();
        let held: Vec<_> = self
            .roles()
            .into_iter()
            .map(|role| (&role.definition, permissions_with_lower(&role.definition, &definitions)))
            .collect();
        let roles: Vec<HeldRole<'_>> = held
            .iter()
            .map(|(role, permissions)| HeldRole { key: &role.key, top: role.top, permissions })
            .collect();
        let template = self.held.template.and_then(|id| self.past.templates.get(&id));
        ask(&Holdings {
            model: &self.past.model,
            active: self.held.status == Status::Active,
            roles: &roles,
            template: template.map(|(name, permissions)| HeldTemplate { name, permissions }),
            direct: &self.held.permissions,
            features: &self.held.features,
        })
    }

    /// What they could do, and where each permission came from.
    pub fn explained<T>(&self, then: impl FnOnce(&Explained<'_>) -> T) -> T {
        self.ask(|holdings| then(&holdings.explained()))
    }

    /// What a team or project was called.
    pub fn place(&self, id: impl ToString) -> String {
        self.past.places.get(&id.to_string()).cloned().unwrap_or_default()
    }
}
