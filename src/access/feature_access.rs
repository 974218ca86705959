use std::collections::BTreeMap;

use onesql::{FromValue, ValueRef};
use serde::{Deserialize, Serialize};

use crate::access_model::{AccessModel, Feature};

/// The switches of one member, in JSON `{"crm": true}`. What is not set follows the feature's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureAccess(BTreeMap<String, bool>);

impl FromValue for FeatureAccess {
    fn from_value(value: ValueRef<'_>) -> Result<Self, onesql::Error> {
        match value.text()? {
            "{}" => Ok(Self::default()),
            text => Self::from_json(text).map_err(|e| onesql::Error::Other(format!("feature access: {e}"))),
        }
    }
}

impl FeatureAccess {
    /// Reads the JSON text that the database keeps.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The compact JSON text that the database keeps.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a map of strings to booleans is JSON")
    }

    /// Sets one switch.
    pub fn set(&mut self, feature: &str, on: bool) {
        self.0.insert(feature.to_owned(), on);
    }

    /// The switches that were set, by feature.
    pub fn switches(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(feature, on)| (feature.as_str(), *on))
    }

    /// Whether a member with these roles has the feature.
    pub fn is_on<'a>(&self, feature: &Feature, roles: impl IntoIterator<Item = &'a str>) -> bool {
        feature.always_on_for(roles) || self.0.get(&feature.key).copied().unwrap_or(feature.default_on)
    }

    /// Every feature of the model with whether a member with these roles has it: what people see.
    pub fn effective<'a>(
        &self,
        model: &AccessModel,
        roles: impl IntoIterator<Item = &'a str> + Clone,
    ) -> FeatureAccess {
        let shown = model.features.iter().map(|f| (f.key.clone(), self.is_on(f, roles.clone())));
        FeatureAccess(shown.collect())
    }
}

impl<'a> FromIterator<(&'a str, bool)> for FeatureAccess {
    fn from_iter<I: IntoIterator<Item = (&'a str, bool)>>(switches: I) -> Self {
        FeatureAccess(switches.into_iter().map(|(feature, on)| (feature.to_owned(), on)).collect())
    }
}
