//! Reading `houses.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Act, Device};

/// One organization of the demonstration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct House {
    pub name: String,
    pub preset: String,
    pub seats: Option<i64>,
    #[serde(default)]
    pub teams: Vec<String>,
    #[serde(default)]
    pub projects: Vec<String>,
    #[serde(default)]
    pub templates: Vec<Template>,
    /// What teams and projects are for, by their names.
    #[serde(default)]
    pub about: BTreeMap<String, String>,
    /// What the house's product registered.
    #[serde(default)]
    pub things: Vec<Thing>,
    /// The first one sets the organization up and does what others seem to do to each other.
    pub people: Vec<Somebody>,
}

/// A role template, with its permissions as `category:action`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub name: String,
    pub about: String,
    pub permissions: Vec<String>,
}

/// A thing of a house's product. Visible to everybody where it names nobody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thing {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub name: String,
    pub category: String,
    /// So many days ago it was registered.
    pub days: i64,
    #[serde(default)]
    pub teams: Vec<String>,
    #[serde(default)]
    pub projects: Vec<String>,
    /// By address.
    #[serde(default)]
    pub people: Vec<String>,
    #[serde(default)]
    pub level: String,
}

/// Somebody, and what became of them. An address may stand in several houses: it is the same person.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Somebody {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub roles: Vec<String>,
    #[serde(default)]
    pub teams: Vec<String>,
    #[serde(default)]
    pub projects: Vec<String>,
    /// The name of their role template.
    #[serde(default)]
    pub template: String,
    #[serde(default)]
    pub time_zone: String,
    /// Whether the model's feature is switched on for them.
    #[serde(default)]
    pub feature: bool,
    pub life: Vec<Moment>,
}

/// So many days ago, at this hour and minute of the day (UTC), this happened.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Moment {
    pub days: i64,
    pub hour: i64,
    pub minute: i64,
    pub act: Act,
}

impl TryFrom<String> for Moment {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (days, rest) = text.split_once(' ')?;
            let (time, rest) = rest.split_once(' ')?;
            let (hour, minute) = time.split_once(':')?;
            let (verb, more) = rest.split_once(' ').unwrap_or((rest, ""));
            let act = act(verb, more)?;
            Some(Self {
                days: days.parse().ok()?,
                hour: hour.parse().ok()?,
                minute: minute.parse().ok()?,
                act,
            })
        };
        read().ok_or_else(|| format!("{text:?} is not like \"12 9:30 signs-in desk\""))
    }
}

fn act(verb: &str, more: &str) -> Option<Act> {
    Some(match verb {
        "founds" => Act::Founds,
        "invited" => Act::Invited(more.to_owned()),
        "resent" => Act::Resent,
        "revoked" => Act::Revoked,
        "accepts" => Act::Accepts,
        "declines" => Act::Declines(more.to_owned()),
        "created" => Act::Created,
        "signs-in" => Act::SignsIn(device(more)?),
        "mistypes" => Act::Mistypes(device(more)?),
        "becomes" => Act::Becomes(more.split(',').map(str::to_owned).collect()),
        "suspended" => Act::Suspended,
        "reactivated" => Act::Reactivated,
        "removed" => Act::Removed,
        _ => return None,
    })
}

fn device(name: &str) -> Option<Device> {
    Some(match name {
        "desk" => Device::Desk,
        "laptop" => Device::Laptop,
        "phone" => Device::Phone,
        "tablet" => Device::Tablet,
        "stranger" => Device::Stranger,
        _ => return None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Everything {
    houses: Vec<House>,
}

/// The houses, in the order of the presets.
pub(super) fn houses() -> Result<Vec<House>, String> {
    let read: Everything = toml::from_str(include_str!("houses.toml")).map_err(|error| error.to_string())?;
    Ok(read.houses)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_data_can_be_read() {
        let houses = super::houses().expect("sound data");
        assert_eq!(houses.len(), 5);
        assert!(houses.iter().all(|house| house.people[0].life[0].act == super::Act::Founds));
    }
}
