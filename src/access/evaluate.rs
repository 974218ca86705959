use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::FeatureAccess;
use crate::access_model::{AccessModel, Category, Feature, PermissionSet};

/// A role that a member holds, with what it allows (lower roles included already, where it includes them).
#[derive(Clone, Debug)]
pub struct HeldRole<'a> {
    pub key: &'a str,
    /// Whether it is a top role: its holders see every resource (ACC-6).
    pub top: bool,
    pub permissions: &'a PermissionSet,
}

/// The role template of a member.
#[derive(Clone, Debug)]
pub struct HeldTemplate<'a> {
    pub name: &'a str,
    pub permissions: &'a PermissionSet,
}

/// Everything that decides what a member may do (ACC-1).
#[derive(Clone, Debug)]
pub struct Holdings<'a> {
    pub model: &'a AccessModel,
    /// Whether the member's status is active. Nobody else may do anything.
    pub active: bool,
    pub roles: &'a [HeldRole<'a>],
    pub template: Option<HeldTemplate<'a>>,
    pub direct: &'a PermissionSet,
    pub features: &'a FeatureAccess,
}

/// Where a permission comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source<'a> {
    Role(&'a str),
    Template(&'a str),
    Direct,
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Role(key) => write!(f, "role:{key}"),
            Source::Template(name) => write!(f, "template:{name}"),
            Source::Direct => f.write_str("direct"),
        }
    }
}

impl Serialize for Source<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One allowed action and all that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given<'a> {
    pub action: &'a str,
    pub sources: Vec<Source<'a>>,
}

/// A category that the member would have if the feature were on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withheld<'a> {
    pub category: &'a str,
    pub feature: &'a str,
}

/// The effective permissions with where each comes from, and what a feature withholds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explained<'a> {
    pub permissions: BTreeMap<&'a str, Vec<Given<'a>>>,
    pub withheld: Vec<Withheld<'a>>,
}

impl<'a> Holdings<'a> {
    /// What the member may do, and nothing else: what every request asks.
    pub fn effective(&self) -> PermissionSet {
        if !self.active {
            return PermissionSet::new();
        }
        let mut held = PermissionSet::new();
        self.given().for_each(|(_, permissions)| held.add_all(permissions));
        let closed = self.model.features.iter().filter(|feature| !self.is_on(feature));
        closed.fold(held.expand(self.model), |held, feature| held.without_category(&feature.category))
    }

    /// What the member may do and why, and what is withheld: what people look at.
    pub fn explained(&self) -> Explained<'a> {
        let mut explained = Explained::default();
        if !self.active {
            return explained;
        }
        for category in &self.model.categories {
            let given = self.given_in(category);
            if given.is_empty() {
                continue;
            }
            let mut closed = self.withholding(&category.key).peekable();
            if closed.peek().is_none() {
                explained.permissions.insert(&category.key, given);
            }
            explained.withheld.extend(closed.map(|f| Withheld { category: &category.key, feature: &f.key }));
        }
        explained
    }

    /// What gives the action, whatever the status and the features say.
    pub fn sources(&self, category: &str, action: &str) -> Vec<Source<'a>> {
        match self.model.category(category) {
            Some(category) if category.actions.contains(action) => self.sources_in(category, action),
            _ => Vec::new(),
        }
    }

    /// The features that are off for this member and close the category.
    pub fn withholding(&self, category: &str) -> impl Iterator<Item = &'a Feature> {
        let model = self.model;
        model.features.iter().filter(move |feature| feature.category == category && !self.is_on(feature))
    }

    fn is_on(&self, feature: &Feature) -> bool {
        self.features.is_on(feature, self.roles.iter().map(|role| role.key))
    }

    /// Every set of permissions that the member holds, in the order in which a person would look.
    fn given(&self) -> impl Iterator<Item = (Source<'a>, &'a PermissionSet)> {
        let roles = self.roles.iter().map(|role| (Source::Role(role.key), role.permissions));
        let template = self.template.iter().map(|held| (Source::Template(held.name), held.permissions));
        roles.chain(template).chain([(Source::Direct, self.direct)])
    }

    fn given_in(&self, category: &'a Category) -> Vec<Given<'a>> {
        let actions = category.actions.iter();
        let given = actions.map(|action| Given { action, sources: self.sources_in(category, action) });
        given.filter(|given| !given.sources.is_empty()).collect()
    }

    /// `manage` gives every action, but only where it is itself an action of the category.
    fn sources_in(&self, category: &Category, action: &str) -> Vec<Source<'a>> {
        let manageable = category.actions.contains(crate::access_model::MANAGE);
        let gives = |permissions: &PermissionSet| {
            permissions.actions(&category.key).is_some_and(|held| {
                held.contains(action) || (manageable && held.contains(crate::access_model::MANAGE))
            })
        };
        self.given().filter(|(_, permissions)| gives(permissions)).map(|(source, _)| source).collect()
    }
}
