//! Resources: what the integrator's product registered, and to whom each of them is visible (ACC-6).

pub mod api;
pub mod commands;
pub mod pages;
pub mod store;
pub mod view;

#[cfg(test)]
pub mod samples;

use std::cmp::Ordering;

use onesql::{Error, FromValue, ValueRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::base::{MemberId, ProjectId, ResourceId, TeamId, Timestamp};

/// Code points of a type and of an external id, at the most.
pub const LONGEST_KEY: usize = 200;
/// Rules of one resource, at the most.
pub const MOST_RULES: usize = 1_000;

/// To whom a resource is visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// To everybody in the organization, with every action; the permission still decides.
    Organization,
    /// To those whom its rules name.
    Restricted,
}

impl Visibility {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Restricted => "restricted",
        }
    }

    /// The visibility of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Organization, Self::Restricted].into_iter().find(|v| v.as_str() == text)
    }
}

/// How far a rule opens a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// To look at.
    View,
    /// To look at, create in and edit.
    Edit,
    /// For every action.
    Manage,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 3] = [Self::View, Self::Edit, Self::Manage];

    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Edit => "edit",
            Self::Manage => "manage",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Edit => "Edit",
            Self::Manage => "Manage",
        }
    }

    /// The level of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }

    /// Whether the level opens the resource for an action. What is none of the three plain ones needs all of it.
    pub fn admits(self, action: &str) -> bool {
        match action {
            "view" => true,
            "create" | "edit" => self >= Self::Edit,
            _ => self == Self::Manage,
        }
    }
}

/// Whom a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Everybody in a team.
    Team(TeamId),
    /// Everybody in a project.
    Project(ProjectId),
    /// One member.
    Member(MemberId),
}

impl Subject {
    /// The name of its kind in the database and the API.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Team(_) => "team",
            Self::Project(_) => "project",
            Self::Member(_) => "member",
        }
    }

    /// Its id as the database keeps it.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Team(TeamId(id)) | Self::Project(ProjectId(id)) | Self::Member(MemberId(id)) => id,
        }
    }

    /// The subject of a kind.
    pub fn of(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "team" => Some(Self::Team(TeamId(id))),
            "project" => Some(Self::Project(ProjectId(id))),
            "member" => Some(Self::Member(MemberId(id))),
            _ => None,
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Team(id) => id.fmt(f),
            Self::Project(id) => id.fmt(f),
            Self::Member(id) => id.fmt(f),
        }
    }
}

/// One rule of a resource: whom it is opened to, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccessRule {
    /// To whom.
    pub subject: Subject,
    /// How far.
    pub level: Level,
}

impl AccessRule {
    /// The rule as the API and the trail tell it.
    pub fn to_json(self) -> serde_json::Value {
        serde_json::json!({ self.subject.kind(): self.subject.to_string(), "level": self.level })
    }
}

/// A thing of the integrator's product, registered here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its id here.
    pub id: ResourceId,
    /// What it is, in the product's words: `agent`, `data_collection` …
    pub kind: String,
    /// Its id in the product, unique among those of its type.
    pub external_id: String,
    /// What people call it.
    pub name: String,
    /// The permission category that governs it.
    pub category: String,
    /// To whom it is visible.
    pub visibility: Visibility,
    /// Its rules: teams, then projects, then members. They count where the visibility is restricted.
    pub access: Vec<AccessRule>,
    /// Counts its changes.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The rules in their order, one for a subject: of several, the highest level counts.
pub fn merged(mut rules: Vec<AccessRule>) -> Vec<AccessRule> {
    rules.sort_by(|a, b| match a.subject.cmp(&b.subject) {
        Ordering::Equal => b.level.cmp(&a.level),
        other => other,
    });
    rules.dedup_by_key(|rule| rule.subject);
    rules
}

/// Whether a text can be a type: a key of lower-case letters, digits and `_`, `-`, `.`, which begins with a letter.
pub fn is_type(text: &str) -> bool {
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= LONGEST_KEY && text.chars().all(part)
}

/// Whether a text can be an external id: up to 200 characters, something visible among them and no control character.
pub fn is_external_id(text: &str) -> bool {
    text.chars().count() <= LONGEST_KEY
        && !text.chars().any(char::is_control)
        && !crate::base::text::is_blank(text)
}

macro_rules! read_as_text {
    ($($name:ident)*) => {$(
        impl FromValue for $name {
            fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
                let text = value.text()?;
                Self::parse(text).ok_or_else(|| Error::Other(format!("{} {text}", stringify!($name))))
            }
        }
    )*};
}

read_as_text!(Visibility Level);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_includes_the_lower_ones() {
        let admitted = |level: Level| -> Vec<&str> {
            ["view", "create", "edit", "delete", "manage", "export"]
                .into_iter()
                .filter(|action| level.admits(action))
                .collect()
        };
        assert_eq!(admitted(Level::View), ["view"]);
        assert_eq!(admitted(Level::Edit), ["view", "create", "edit"]);
        assert_eq!(admitted(Level::Manage), ["view", "create", "edit", "delete", "manage", "export"]);
    }

    #[test]
    fn one_rule_stands_for_a_subject_with_the_highest_level() {
        let team = Subject::Team(TeamId(Uuid::from_u128(1)));
        let member = Subject::Member(MemberId(Uuid::from_u128(1)));
        let rule = |subject, level| AccessRule { subject, level };
        let rules = vec![
            rule(member, Level::View),
            rule(team, Level::View),
            rule(team, Level::Manage),
            rule(team, Level::Edit),
        ];
        assert_eq!(merged(rules), [rule(team, Level::Manage), rule(member, Level::View)]);
    }

    #[test]
    fn a_type_is_a_key_and_an_external_id_nearly_anything() {
        assert!(is_type("agent") && is_type("data_collection") && is_type("crm.deal-2"));
        assert!(!is_type("") && !is_type("Agent") && !is_type("2d") && !is_type("a:b") && !is_type("a b"));
        assert!(is_external_id("Rates / EU (2026)") && is_external_id(&"x".repeat(200)));
        assert!(!is_external_id(" ") && !is_external_id("a\u{0}b") && !is_external_id(&"x".repeat(201)));
    }
}
