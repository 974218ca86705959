//! Lists of ids in one column: roles, teams, projects.

use onesql::{Error, FromValue, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A list of ids as its column holds it.
pub fn write_ids(ids: &[impl Serialize]) -> String {
    serde_json::to_string(ids).unwrap_or_default()
}

/// A list of ids in its column.
pub struct Ids<T>(pub Vec<T>);

impl<T: DeserializeOwned> Ids<T> {
    /// Reads the column's text.
    pub fn read(text: &str) -> Result<Self, Error> {
        if text == "[]" {
            return Ok(Self(Vec::new()));
        }
        serde_json::from_str(text).map(Self).map_err(|e| Error::Other(format!("list of ids: {e}")))
    }
}

impl<T: DeserializeOwned> FromValue for Ids<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        Self::read(value.text()?)
    }
}
