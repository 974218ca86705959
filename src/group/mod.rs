//! Groups of members: teams and projects. They are the same thing around two words, so each is told once, by kind.

pub mod api;
pub mod commands;
pub mod pages;
pub mod store;
pub mod view;

#[cfg(test)]
pub mod samples;

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::access_model::Area;
use crate::audit::{Action, Target};
use crate::base::{ProjectId, TeamId, Timestamp};
use crate::console::layout::Place;
use crate::resource::Subject;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A boundary of which shared resources people see.
    Team,
    /// The same around a piece of work.
    Project,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Team, Self::Project];

    fn of<T>(self, team: T, project: T) -> T {
        match self {
            Self::Team => team,
            Self::Project => project,
        }
    }

    /// One of them, in running text.
    pub fn word(self) -> &'static str {
        self.of("team", "project")
    }

    /// Several of them, in running text and in paths.
    pub fn words(self) -> &'static str {
        self.of("teams", "projects")
    }

    /// Several of them, as a title.
    pub fn title(self) -> &'static str {
        self.of("Teams", "Projects")
    }

    /// Where its pages stand in the navigation.
    pub fn place(self) -> Place {
        self.of(Place::Teams, Place::Projects)
    }

    /// The area of permissions that they are.
    pub fn area(self) -> Area {
        self.of(Area::Teams, Area::Projects)
    }

    /// The group of this kind with this id.
    pub fn id(self, id: Uuid) -> GroupId {
        match self {
            Self::Team => GroupId::Team(TeamId(id)),
            Self::Project => GroupId::Project(ProjectId(id)),
        }
    }

    /// Reads an id of this kind.
    pub fn parse(self, text: &str) -> Option<GroupId> {
        match self {
            Self::Team => text.parse().ok().map(GroupId::Team),
            Self::Project => text.parse().ok().map(GroupId::Project),
        }
    }

    fn created(self) -> Action {
        self.of(Action::TeamCreated, Action::ProjectCreated)
    }

    fn updated(self) -> Action {
        self.of(Action::TeamUpdated, Action::ProjectUpdated)
    }

    fn deleted(self) -> Action {
        self.of(Action::TeamDeleted, Action::ProjectDeleted)
    }
}

/// The id of a team or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupId {
    /// Of a team.
    Team(TeamId),
    /// Of a project.
    Project(ProjectId),
}

impl GroupId {
    /// Of which kind.
    pub fn kind(self) -> Kind {
        match self {
            Self::Team(_) => Kind::Team,
            Self::Project(_) => Kind::Project,
        }
    }

    /// As the database keeps it.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Team(TeamId(id)) | Self::Project(ProjectId(id)) => id,
        }
    }

    /// As the rules of resources name it.
    pub fn subject(self) -> Subject {
        match self {
            Self::Team(id) => Subject::Team(id),
            Self::Project(id) => Subject::Project(id),
        }
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team(id) => id.fmt(f),
            Self::Project(id) => id.fmt(f),
        }
    }
}

impl Serialize for GroupId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A team or project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// What people call it; no other of its kind in the organization has the name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How many are in it, whatever their status.
    pub member_count: i64,
    /// Counts the changes of its name and description.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or description was last changed.
    pub updated_at: Timestamp,
}

impl Group {
    /// The group as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new(self.id.kind().word(), self.id, self.name.clone())
    }

    /// What addresses of the console begin with.
    pub fn path(&self) -> String {
        path(self.id)
    }
}

/// The page of a team or project.
pub fn path(id: GroupId) -> String {
    format!("/{}/{id}", id.kind().words())
}

/// What goes with a group, told before it is deleted (TEAM-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// How many are in it.
    pub members: i64,
    /// The resources that somebody can no longer reach, by name: up to [`MOST_TOLD`].
    pub resources: Vec<Closed>,
    /// How many rules of resources name it.
    pub rules: i64,
}

/// So many resources are told one by one.
pub const MOST_TOLD: i64 = 200;

/// A resource that people can no longer reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Its type.
    pub kind: String,
    /// Its id in the product.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// How many reach it through this group alone. Those with a top role reach everything anyway.
    pub losing: i64,
}
