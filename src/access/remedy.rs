//! The smallest changes that would allow what is denied, and who may make each (ACC-8). Every one of them is tried with the
//! evaluator before it is offered.

use super::decide::{On, Question, Rule, Through};
use super::evaluate::{HeldRole, HeldTemplate, Holdings};
use super::{Decision, FeatureAccess};
use crate::access_model::{AccessModel, Area, PermissionSet};
use crate::resource::Level;
use crate::role::{RoleRef, may_grant, may_manage};

/// One change of a remedy. Numbers are places in the lists of the [`Case`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Let the suspended member in again.
    Reactivate,
    /// The invited person accepts.
    Accept,
    /// Give the permission directly.
    Grant,
    /// Give this role template, in place of another one.
    Template(usize),
    /// Give this role: in place of the one held where members have a single role, else beside it.
    Role(usize),
    /// Switch this feature of the model on.
    SwitchOn(usize),
    /// Take the member into the team or project of this rule.
    Join(usize),
    /// Share the resource with the member by name, so far.
    Share(Level),
}

/// A role of the organization.
#[derive(Clone, Debug)]
pub struct OfferedRole {
    /// Who grants it and where it stands.
    pub role: RoleRef,
    /// What it is called.
    pub label: String,
    /// What it allows, lower roles included where it includes them.
    pub permissions: PermissionSet,
}

/// A role template of the organization.
#[derive(Clone, Debug)]
pub struct OfferedTemplate {
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub permissions: PermissionSet,
}

/// A denial, and what there is to change.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the member holds.
    pub holdings: Holdings<'a>,
    /// Whether the member is invited, where they are not active.
    pub invited: bool,
    /// The roles that the member holds, as the two rules read them.
    pub held: Vec<RoleRef>,
    /// The category.
    pub category: &'a str,
    /// The action.
    pub action: &'a str,
    /// On what; all the rules of a restricted resource.
    pub on: On<'a>,
    /// Every role of the organization, highest first.
    pub roles: &'a [OfferedRole],
    /// Every role template.
    pub templates: &'a [OfferedTemplate],
}

/// Changes that together allow it; none of them is dispensable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What to change.
    pub changes: Vec<Change>,
    /// The roles whose holders may make all of these changes, as places in the case's list; empty where it takes several
    /// people.
    pub by: Vec<usize>,
}

/// How many remedies are offered at the most.
pub const MOST_OFFERED: usize = 12;

/// A member as they would be.
#[derive(Clone)]
struct State<'a> {
    model: &'a AccessModel,
    active: bool,
    roles: Vec<HeldRole<'a>>,
    template: Option<HeldTemplate<'a>>,
    direct: PermissionSet,
    features: FeatureAccess,
    rules: Option<Vec<Rule>>,
}

impl<'a> Case<'a> {
    /// Decides the case as it is.
    pub fn decide(&self) -> Decision<'a> {
        let question = Question { category: self.category, action: self.action, on: self.on };
        self.holdings.decide(&question)
    }

    /// The smallest changes that would allow it, least power first. None where it is allowed, and none where no change of
    /// access could: an action that the model does not know, a resource that nobody registered.
    pub fn remedies(&self) -> Vec<Remedy> {
        let known = self.holdings.model.knows(self.category, self.action);
        if self.decide().allowed() || !known || matches!(self.on, On::Unknown) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for permission in self.permission_options() {
            for reach in self.reach_options(&permission) {
                let changes: Vec<Change> =
                    permission.iter().chain(&reach).cloned().chain(self.status_option()).collect();
                if self.after(&changes).decide(self).allowed() {
                    found.push(Remedy { by: self.who_may(&changes), changes });
                }
            }
        }
        found.sort_by_key(|remedy| (self.is_top(remedy), remedy.changes.len()));
        found.truncate(MOST_OFFERED);
        found
    }

    /// Whether it makes a top role of somebody: one change, and the largest that there is.
    fn is_top(&self, remedy: &Remedy) -> bool {
        remedy.changes.iter().any(|change| matches!(change, Change::Role(at) if self.roles[*at].role.top))
    }

    fn status_option(&self) -> Option<Change> {
        let change = if self.invited { Change::Accept } else { Change::Reactivate };
        (!self.holdings.active).then_some(change)
    }

    /// The ways to the permission itself, with the feature that gates it.
    fn permission_options(&self) -> Vec<Vec<Change>> {
        let gives = |set: &PermissionSet| set.expand(self.holdings.model).allows(self.category, self.action);
        let mut options: Vec<Vec<Change>> = Vec::new();
        if self.decide().sources.is_empty() {
            options.push(vec![Change::Grant]);
            let mut templates: Vec<usize> = places(self.templates, |t| gives(&t.permissions));
            templates.sort_by_key(|at| self.templates[*at].permissions.iter().count());
            options.extend(templates.into_iter().map(|at| vec![Change::Template(at)]));
            let roles = places(self.roles, |offered| gives(&offered.permissions));
            options.extend(roles.into_iter().rev().map(|at| vec![Change::Role(at)]));
        } else {
            options.push(Vec::new());
        }
        for option in &mut options {
            // Several features may gate one category: each that is off is switched on.
            let closed = self.after(option).closed(self.category);
            option.extend(closed.into_iter().map(Change::SwitchOn));
        }
        options
    }

    /// The ways to the resource, for somebody changed already.
    fn reach_options(&self, changes: &[Change]) -> Vec<Vec<Change>> {
        let On::Restricted(rules) = self.on else { return vec![Vec::new()] };
        if self.after(changes).decide(self).reached() {
            return vec![Vec::new()];
        }
        let joins = |through| {
            places(rules, move |rule: &Rule| rule.through == through && rule.level.admits(self.action))
        };
        let groups = joins(Through::Team).into_iter().chain(joins(Through::Project)).map(Change::Join);
        let share = Change::Share(least(self.action));
        groups.chain([share]).map(|change| vec![change]).collect()
    }

    /// The member after some changes.
    fn after(&self, changes: &[Change]) -> State<'a> {
        let now = &self.holdings;
        let mut state = State {
            model: now.model,
            active: now.active,
            roles: now.roles.to_vec(),
            template: now.template.clone(),
            direct: now.direct.clone(),
            features: now.features.clone(),
            rules: match self.on {
                On::Restricted(rules) => Some(rules.to_vec()),
                _ => None,
            },
        };
        changes.iter().for_each(|change| self.apply(&mut state, change));
        state
    }

    fn apply(&self, state: &mut State<'a>, change: &Change) {
        match change {
            Change::Reactivate | Change::Accept => state.active = true,
            Change::Grant => state.direct.insert(self.category, self.action),
            Change::Template(at) => {
                let OfferedTemplate { name, permissions } = &self.templates[*at];
                state.template = Some(HeldTemplate { name, permissions });
            }
            Change::Role(at) => {
                let OfferedRole { role, permissions, .. } = &self.roles[*at];
                if state.model.single_role {
                    state.roles.clear();
                }
                state.roles.push(HeldRole { key: &role.key, top: role.top, permissions });
            }
            Change::SwitchOn(at) => {
                if let Some(feature) = state.model.features.get(*at) {
                    state.features.set(&feature.key, true);
                }
            }
            Change::Join(at) => {
                if let Some(rule) = state.rules.iter_mut().flatten().nth(*at) {
                    rule.reaches = true;
                }
            }
            Change::Share(level) => {
                let rule = Rule { through: Through::Member, level: *level, reaches: true };
                state.rules.iter_mut().for_each(|rules| rules.push(rule));
            }
        }
    }

    /// The roles whose holders, by their role alone, may make all of these changes.
    fn who_may(&self, changes: &[Change]) -> Vec<usize> {
        let make = |actor: &OfferedRole| changes.iter().all(|change| self.may_make(actor, change));
        places(self.roles, make)
    }

    /// Whether somebody with this role alone may make the change (ACC-3, ACC-4). Accepting is nobody else's.
    pub fn may_make(&self, actor: &OfferedRole, change: &Change) -> bool {
        let model = self.holdings.model;
        let none = PermissionSet::new();
        let held = [HeldRole { key: &actor.role.key, top: actor.role.top, permissions: &actor.permissions }];
        let own = Holdings {
            model,
            active: true,
            roles: &held,
            template: None,
            direct: &none,
            features: &FeatureAccess::default(),
        };
        let permissions = own.effective();
        let rules = std::slice::from_ref(&actor.role);
        let may = |area, action: &str| {
            let named = model.permission_for(area, action);
            permissions.allows(&named.category, &named.action)
        };
        let manages = may_manage(rules, &self.held);
        let edits = may(Area::Users, "edit") && manages;
        match change {
            Change::Accept => true,
            Change::Reactivate => edits,
            Change::Grant => edits && permissions.allows(self.category, self.action),
            Change::Template(at) => {
                edits && permissions.contains_all(&self.templates[*at].permissions.expand(model))
            }
            Change::Role(at) => edits && may_grant(rules, &self.roles[*at].role),
            Change::SwitchOn(at) => {
                let has = |feature| own.features.is_on(feature, [actor.role.key.as_str()]);
                edits && model.features.get(*at).is_some_and(has)
            }
            Change::Join(at) => match self.on {
                On::Restricted(rules) if rules[*at].through == Through::Project => {
                    may(Area::Projects, "edit") && manages
                }
                _ => may(Area::Teams, "edit") && manages,
            },
            Change::Share(_) => may(Area::Resources, "edit"),
        }
    }
}

impl State<'_> {
    fn holdings(&self) -> Holdings<'_> {
        Holdings {
            model: self.model,
            active: self.active,
            roles: &self.roles,
            template: self.template.clone(),
            direct: &self.direct,
            features: &self.features,
        }
    }

    fn decide(&self, case: &Case<'_>) -> Decision<'_> {
        let on = match &self.rules {
            Some(rules) => On::Restricted(rules),
            None => case.on,
        };
        // Nothing of the answer is borrowed from the question.
        self.holdings().decide(&Question { category: case.category, action: case.action, on })
    }

    /// The features that keep the category closed.
    fn closed(&self, category: &str) -> Vec<usize> {
        let held = self.roles.iter().map(|role| role.key);
        places(&self.model.features, |feature| {
            feature.category == category && !self.features.is_on(feature, held.clone())
        })
    }
}

/// The lowest level that admits the action.
fn least(action: &str) -> Level {
    Level::ALL.into_iter().find(|level| level.admits(action)).unwrap_or(Level::Manage)
}

fn places<T>(list: &[T], fits: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter().enumerate().filter(|(_, one)| fits(one)).map(|(at, _)| at).collect()
}
