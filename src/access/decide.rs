//! Whether somebody may do something, and the chain that says why (ACC-6 to ACC-8). Console, API, AuthZEN, searches and
//! explanations all ask here.

use super::evaluate::{Holdings, Source};
use crate::access_model::Feature;
use crate::resource::Level;

/// What a resource is shared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Through {
    /// A team that the member is in.
    Team,
    /// A project that the member is in.
    Project,
    /// The member by name.
    Member,
}

impl Through {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Project => "project",
            Self::Member => "member",
        }
    }

    /// The one of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Team, Self::Project, Self::Member].into_iter().find(|through| through.as_str() == text)
    }
}

/// One rule of a restricted resource, as it concerns one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is shared with.
    pub through: Through,
    /// How far.
    pub level: Level,
    /// Whether the member is in that team or project, or is the one named.
    pub reaches: bool,
}

/// On what the action shall be done.
#[derive(Clone, Copy, Debug)]
pub enum On<'a> {
    /// On no single thing: the category as such.
    Category,
    /// On a resource that everybody in the organization sees.
    Everyones,
    /// On a resource that only some see. Rules that do not reach the member may be left out where no chain is asked for.
    Restricted(&'a [Rule]),
    /// On something that nobody registered.
    Unknown,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The category that governs it.
    pub category: &'a str,
    /// The action.
    pub action: &'a str,
    /// On what.
    pub on: On<'a>,
}

/// How a resource is reached, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No resource is asked about.
    NotAsked,
    /// Everybody sees it.
    Everyones,
    /// A top role sees everything.
    Top,
    /// This lets the member in.
    Through(Through),
    /// Nothing lets the member in; whether a team or a project would.
    Closed {
        /// It is shared with some team, far enough.
        team: bool,
        /// It is shared with some project, far enough.
        project: bool,
    },
    /// There is no such thing.
    Unknown,
}

/// The steps of the chain, in the order in which a person would look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Whether the member is active.
    Status,
    /// Whether a role gives it.
    Role,
    /// Whether the role template gives it.
    Template,
    /// Whether it is given directly.
    Direct,
    /// Whether the feature that gates the category is on.
    Feature,
    /// Whether a team reaches the resource.
    Team,
    /// Whether a project does.
    Project,
    /// Whether the resource lets the member in.
    Visibility,
}

impl Step {
    /// Every step in order.
    pub const ALL: [Step; 8] = [
        Self::Status,
        Self::Role,
        Self::Template,
        Self::Direct,
        Self::Feature,
        Self::Team,
        Self::Project,
        Self::Visibility,
    ];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Role => "role",
            Self::Template => "template",
            Self::Direct => "direct",
            Self::Feature => "feature",
            Self::Team => "team",
            Self::Project => "project",
            Self::Visibility => "visibility",
        }
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It is missing.
    Fail,
    /// It does not matter here.
    NotNeeded,
}

impl Outcome {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// A decision with all that it rests on.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// Whether the member is active.
    pub active: bool,
    /// What gives the permission, in the order in which a person would look.
    pub sources: Vec<Source<'a>>,
    /// The feature that gates the category, and whether it is on for the member.
    pub gate: Option<(&'a Feature, bool)>,
    /// How the resource is reached.
    pub reach: Reach,
}

impl<'a> Holdings<'a> {
    /// Decides.
    pub fn decide(&self, question: &Question<'_>) -> Decision<'a> {
        let Question { category, action, on } = *question;
        let gates = || self.model.features.iter().filter(|feature| feature.category == category);
        let closed = self.withholding(category).next();
        Decision {
            active: self.active,
            sources: self.sources(category, action),
            gate: closed.map(|feature| (feature, false)).or_else(|| gates().next().map(|f| (f, true))),
            reach: self.reach(action, on),
        }
    }

    fn reach(&self, action: &str, on: On<'_>) -> Reach {
        let rules = match on {
            On::Category => return Reach::NotAsked,
            On::Unknown => return Reach::Unknown,
            On::Everyones => return Reach::Everyones,
            On::Restricted(rules) => rules,
        };
        if self.roles.iter().any(|role| role.top) {
            return Reach::Top;
        }
        let far_enough = || rules.iter().filter(|rule| rule.level.admits(action));
        let would = |through| far_enough().any(|rule| rule.through == through);
        match far_enough().filter(|rule| rule.reaches).map(|rule| rule.through).min() {
            Some(through) => Reach::Through(through),
            None => Reach::Closed { team: would(Through::Team), project: would(Through::Project) },
        }
    }
}

impl Decision<'_> {
    /// Whether it is allowed: active, given, not withheld, and reached.
    pub fn allowed(&self) -> bool {
        self.active && !self.sources.is_empty() && self.gate_open() && self.reached()
    }

    /// Whether no feature withholds it.
    pub fn gate_open(&self) -> bool {
        self.gate.is_none_or(|(_, on)| on)
    }

    /// Whether the resource is reached, where one is asked about.
    pub fn reached(&self) -> bool {
        !matches!(self.reach, Reach::Closed { .. } | Reach::Unknown)
    }

    /// What a step came to. Of role, template and direct the first that gives passes and the others do not matter; where
    /// none gives, each is missing.
    pub fn outcome(&self, step: Step) -> Outcome {
        let passes = |holds: bool| if holds { Outcome::Pass } else { Outcome::Fail };
        let needed = |needed: bool, holds: bool| if needed { passes(holds) } else { Outcome::NotNeeded };
        match step {
            Step::Status => passes(self.active),
            Step::Role | Step::Template | Step::Direct => match self.sources.first().map(Source::step) {
                None => Outcome::Fail,
                Some(giver) => needed(giver == step, true),
            },
            Step::Feature => needed(self.gate.is_some(), self.gate_open()),
            Step::Team => self.group(Through::Team, |team, _| team),
            Step::Project => self.group(Through::Project, |_, project| project),
            Step::Visibility => needed(self.reach != Reach::NotAsked, self.reached()),
        }
    }

    fn group(&self, through: Through, would: fn(bool, bool) -> bool) -> Outcome {
        match self.reach {
            Reach::Through(by) if by == through => Outcome::Pass,
            Reach::Closed { team, project } if would(team, project) => Outcome::Fail,
            _ => Outcome::NotNeeded,
        }
    }
}

impl Source<'_> {
    /// The step of the chain that it belongs to.
    pub fn step(&self) -> Step {
        match self {
            Source::Role(_) => Step::Role,
            Source::Template(_) => Step::Template,
            Source::Direct => Step::Direct,
        }
    }
}
