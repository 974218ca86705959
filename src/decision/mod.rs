//! Decisions about one question at a time, many at once, and the other way round: who, what, which (ACC-7 to ACC-9, ACC-12).

pub mod ask;
pub mod asked;
pub mod authzen_api;
pub mod explain;
pub mod explain_api;
mod known;
pub mod list;
pub mod pages;
#[cfg(test)]
pub mod samples;
pub mod scan;
pub mod search_api;

pub mod store;
mod together;
pub mod view;
pub mod visibility;
pub mod words;

use crate::access::{Decision, FeatureAccess, HeldRole, HeldTemplate, Holdings, On, Question, Rule, Through};
use crate::access_model::{AccessModel, PermissionSet};
use crate::base::{AccountId, MemberId, ProjectId, TeamId};
use crate::op::StandingRole;
use crate::resource::{AccessRule, Subject as With};

use std::sync::Arc;

/// The type that asks about a category as such, where no single resource is meant.
pub const CATEGORY: &str = "category";

/// A member, as a decision reads them.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who.
    pub member: MemberId,
    /// The account, where they have one.
    pub account: Option<AccountId>,
    /// Whether the status is active.
    pub active: bool,
    /// The roles held, highest first.
    pub roles: Arc<[StandingRole]>,
    /// The role template's name and permissions.
    pub template: Option<(String, PermissionSet)>,
    /// What is given directly.
    pub direct: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
}

/// A resource, as a decision reads it.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its id in the integrator's product.
    pub external_id: String,
    /// The category that governs it.
    pub category: String,
    /// Whom it is shared with; `None` where everybody in the organization sees it.
    pub shared: Option<Vec<AccessRule>>,
}

impl Subject {
    /// A rule of a resource, as it concerns this member.
    pub fn rule(&self, rule: &AccessRule) -> Rule {
        as_it_concerns(rule, self.member, &self.teams, &self.projects)
    }

    /// Asks the one evaluator about what is held.
    pub fn ask<T>(&self, model: &AccessModel, ask: impl FnOnce(&Holdings<'_>) -> T) -> T {
        let roles: Vec<HeldRole<'_>> = self.roles.iter().map(HeldRole::from).collect();
        let template = self.template.as_ref().map(|(name, permissions)| HeldTemplate { name, permissions });
        ask(&Holdings {
            model,
            active: self.active,
            roles: &roles,
            template,
            direct: &self.direct,
            features: &self.features,
        })
    }

    /// Decides about an action on a category, on a thing, or on what is not there.
    pub fn decide<T>(
        &self,
        model: &AccessModel,
        action: &str,
        on: Asked<'_>,
        then: impl FnOnce(&Decision<'_>) -> T,
    ) -> T {
        let rules: Vec<Rule>;
        let (category, on) = match on {
            Asked::Category(category) => (category, On::Category),
            Asked::Thing(Some(Thing { category, shared: None, .. })) => (category.as_str(), On::Everyones),
            Asked::Thing(Some(Thing { category, shared: Some(shares), .. })) => {
                rules = shares.iter().map(|share| self.rule(share)).collect();
                (category.as_str(), On::Restricted(&rules))
            }
            Asked::Thing(None) => ("", On::Unknown),
        };
        self.ask(model, |holdings| then(&holdings.decide(&Question { category, action, on })))
    }

    /// Whether it is allowed.
    pub fn may(&self, model: &AccessModel, action: &str, on: Asked<'_>) -> bool {
        self.decide(model, action, on, |decision| decision.allowed())
    }
}

/// A rule of a resource, as it concerns a member of these teams and projects.
fn as_it_concerns(rule: &AccessRule, member: MemberId, teams: &[TeamId], projects: &[ProjectId]) -> Rule {
    let (through, reaches) = match rule.subject {
        With::Team(team) => (Through::Team, teams.contains(&team)),
        With::Project(project) => (Through::Project, projects.contains(&project)),
        With::Member(named) => (Through::Member, member == named),
    };
    Rule { through, level: rule.level, reaches }
}

/// On what an action is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A category as such.
    Category(&'a str),
    /// A resource; `None` where nobody registered it.
    Thing(Option<&'a Thing>),
}
