use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use onesql::{FromValue, ValueRef};
use serde::{Deserialize, Serialize, Serializer};

use super::AccessModel;
use super::action_set::ActionSet;

/// One thing that a person may do, written `category:action`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    pub category: String,
    pub action: String,
}

impl Permission {
    /// The permission for an action of a category.
    pub fn new(category: impl Into<String>, action: impl Into<String>) -> Self {
        Permission { category: category.into(), action: action.into() }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.category, self.action)
    }
}

/// A text that is not of the form `category:action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPermission;

impl fmt::Display for NotAPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a permission is written category:action, for example users:view")
    }
}

impl std::error::Error for NotAPermission {}

impl FromStr for Permission {
    type Err = NotAPermission;

    fn from_str(text: &str) -> Result<Self, NotAPermission> {
        let (category, action) = text.split_once(':').ok_or(NotAPermission)?;
        if category.is_empty() || action.is_empty() || action.contains(':') {
            return Err(NotAPermission);
        }
        Ok(Permission::new(category, action))
    }
}

/// A set of permissions, in JSON `{"category": ["action", …]}`. A category without actions vanishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, ActionSet>")]
pub struct PermissionSet {
    categories: BTreeMap<String, ActionSet>,
}

impl From<BTreeMap<String, ActionSet>> for PermissionSet {
    fn from(mut categories: BTreeMap<String, ActionSet>) -> Self {
        categories.retain(|_, actions| !actions.is_empty());
        PermissionSet { categories }
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.categories.serialize(serializer)
    }
}

impl FromValue for PermissionSet {
    fn from_value(value: ValueRef<'_>) -> Result<Self, onesql::Error> {
        match value.text()? {
            "{}" => Ok(Self::new()),
            text => Self::from_json(text).map_err(|e| onesql::Error::Other(format!("permissions: {e}"))),
        }
    }
}

impl PermissionSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the JSON text that the database keeps.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The compact JSON text that the database keeps; equal sets give equal texts.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a map of strings to lists of strings is JSON")
    }

    /// Adds one permission.
    pub fn insert(&mut self, category: &str, action: &str) {
        match self.categories.get_mut(category) {
            Some(actions) => actions.insert(action),
            None => {
                self.categories.insert(category.to_owned(), ActionSet::from_iter([action]));
            }
        }
    }

    /// Replaces what the set holds of one category; an empty set of actions removes it.
    pub fn replace(&mut self, category: &str, actions: ActionSet) {
        if actions.is_empty() {
            self.categories.remove(category);
        } else {
            self.categories.insert(category.to_owned(), actions);
        }
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    /// Whether the action is allowed, by name or by `manage` of its category.
    pub fn allows(&self, category: &str, action: &str) -> bool {
        self.categories.get(category).is_some_and(|actions| actions.allows(action))
    }

    /// Whether everything in the other set is allowed by this one.
    pub fn contains_all(&self, other: &PermissionSet) -> bool {
        other.beyond(self).is_empty()
    }

    /// What this set holds and the other does not allow.
    pub fn beyond(&self, other: &PermissionSet) -> PermissionSet {
        let beyond = self.categories.iter().map(|(category, actions)| match other.categories.get(category) {
            Some(allowed) => (category.clone(), actions.beyond(allowed)),
            None => (category.clone(), actions.clone()),
        });
        beyond.collect::<BTreeMap<_, _>>().into()
    }

    /// Adds everything of the other set.
    pub fn add_all(&mut self, other: &PermissionSet) {
        for (category, actions) in &other.categories {
            match self.categories.get_mut(category) {
                Some(held) => held.add_all(actions),
                None => {
                    self.categories.insert(category.clone(), actions.clone());
                }
            }
        }
    }

    /// What stands in this set or in the other.
    #[must_use]
    pub fn union(mut self, other: &PermissionSet) -> PermissionSet {
        self.add_all(other);
        self
    }

    /// The set without one category.
    #[must_use]
    pub fn without_category(mut self, category: &str) -> PermissionSet {
        self.categories.remove(category);
        self
    }

    /// What the set means in a model: `manage` spelled out as every action of its category, and
    /// nothing of what the model does not (or no longer) know.
    #[must_use]
    pub fn expand(&self, model: &AccessModel) -> PermissionSet {
        let known = model.categories.iter().filter_map(|category| {
            let actions = self.categories.get(&category.key)?;
            let defined = &category.actions;
            let manages = actions.intersection(defined).contains(super::MANAGE);
            Some((
                category.key.clone(),
                if manages { defined.clone() } else { actions.intersection(defined) },
            ))
        });
        known.collect::<BTreeMap<_, _>>().into()
    }

    /// The categories with their actions, in alphabetical order.
    pub fn categories(&self) -> impl Iterator<Item = (&str, &ActionSet)> {
        self.categories.iter().map(|(category, actions)| (category.as_str(), actions))
    }

    /// The actions of one category, where there are any.
    pub fn actions(&self, category: &str) -> Option<&ActionSet> {
        self.categories.get(category)
    }

    /// Every permission that the set names.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.categories().flat_map(|(category, actions)| {
            actions.iter().map(move |action| Permission::new(category, action))
        })
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(permissions: I) -> Self {
        let mut set = PermissionSet::new();
        permissions.into_iter().for_each(|(category, action)| set.insert(category, action));
        set
    }
}
