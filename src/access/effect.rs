//! What a change does to what people may do: who gains and who loses what (ACC-10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::access_model::{AccessModel, Permission, PermissionSet};
use crate::console::matrix::title;

/// How many members gain and lose each permission, in JSON
/// `{"gains": {"analytics:export": 14}, "losses": {}, "membersGaining": 14, "membersLosing": 0}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Members by permission that they have afterwards and do not have now.
    pub gains: BTreeMap<String, u64>,
    /// Members by permission that they have now and will not have.
    pub losses: BTreeMap<String, u64>,
    /// Members who gain something.
    #[serde(rename = "membersGaining")]
    pub gaining: u64,
    /// Members who lose something.
    #[serde(rename = "membersLosing")]
    pub losing: u64,
    /// Members who gain or lose something.
    #[serde(skip)]
    pub affected: u64,
}

/// What one member gains and loses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What is allowed afterwards and not before.
    pub gains: Vec<Permission>,
    /// What was allowed before and is not afterwards.
    pub losses: Vec<Permission>,
}

impl Difference {
    /// What lies between two sets that are spelled out, each in its model.
    pub fn between(before: &PermissionSet, after: &PermissionSet) -> Self {
        Self { gains: missing(after, before), losses: missing(before, after) }
    }

    /// The same in numbers: of one member.
    pub fn effect(&self) -> Effect {
        let mut effect = Effect::default();
        effect.add(self, 1);
        effect
    }

    /// Whether nothing is gained or lost.
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }
}

/// What stands in the one and not, by name, in the other: `manage` of a model that has grown does not stand for what is new.
fn missing(from: &PermissionSet, other: &PermissionSet) -> Vec<Permission> {
    let known = |p: &Permission| other.actions(&p.category).is_some_and(|held| held.contains(&p.action));
    from.iter().filter(|permission| !known(permission)).collect()
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = |list: &[Permission]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        BTreeMap::from([("gains", names(&self.gains)), ("losses", names(&self.losses))]).serialize(serializer)
    }
}

impl Effect {
    /// Counts so many members who differ like this.
    pub fn add(&mut self, difference: &Difference, members: u64) {
        for permission in &difference.gains {
            *self.gains.entry(permission.to_string()).or_default() += members;
        }
        for permission in &difference.losses {
            *self.losses.entry(permission.to_string()).or_default() += members;
        }
        self.gaining += if difference.gains.is_empty() { 0 } else { members };
        self.losing += if difference.losses.is_empty() { 0 } else { members };
        self.affected += if difference.is_empty() { 0 } else { members };
    }

    /// Whether nobody gains or loses anything.
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }

    /// As the audit trail keeps it.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What happens in sentences, one for each number of people: "14 users gain Analytics: View and Export." A model, where
    /// there is one, says what it calls its people and categories.
    pub fn sentences(&self, model: Option<&AccessModel>) -> Vec<String> {
        let mut told = tell(&self.gains, ("gains", "gain"), model);
        told.extend(tell(&self.losses, ("loses", "lose"), model));
        told
    }
}

fn tell(
    changes: &BTreeMap<String, u64>,
    (one, many): (&str, &str),
    model: Option<&AccessModel>,
) -> Vec<String> {
    let mut by_number: BTreeMap<std::cmp::Reverse<u64>, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (permission, members) in changes {
        let (category, action) = permission.split_once(':').unwrap_or((permission, ""));
        let label = model.and_then(|model| model.category(category)).map_or(category, |c| c.label.as_str());
        let of_number = by_number.entry(std::cmp::Reverse(*members)).or_default();
        let action = if model.is_some() { title(action) } else { action.to_owned() };
        of_number.entry(label.to_owned()).or_default().push(action);
    }
    let words = model.map(|model| &model.labels.words);
    let sentence = |(members, categories): (std::cmp::Reverse<u64>, BTreeMap<String, Vec<String>>)| {
        let people = match members.0 {
            1 => format!("1 {} {one}", words.map_or("user", |w| w.member.as_str())),
            n => format!("{n} {} {many}", words.map_or("users", |w| w.members.as_str())),
        };
        let list = categories.iter().map(|(label, actions)| format!("{label}: {}", actions.join(", ")));
        format!("{people} {}.", list.collect::<Vec<_>>().join("; "))
    };
    by_number.into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> PermissionSet {
        pairs.iter().copied().collect()
    }

    #[test]
    fn who_gains_and_who_loses_is_counted() {
        let mut effect = Effect::default();
        let before = set(&[("crm", "view"), ("users", "view")]);
        let after = set(&[("crm", "view"), ("analytics", "view"), ("analytics", "export")]);
        effect.add(&Difference::between(&before, &after), 14);
        effect.add(&Difference::between(&set(&[]), &set(&[("analytics", "view")])), 1);
        effect.add(&Difference::between(&after, &after), 99);
        assert_eq!((effect.gaining, effect.losing, effect.affected), (15, 14, 15));
        assert_eq!(
            effect.to_value(),
            serde_json::json!({"gains": {"analytics:view": 15, "analytics:export": 14}, "losses": {"users:view": 14},
                "membersGaining": 15, "membersLosing": 14})
        );
        assert_eq!(
            effect.sentences(None),
            [
                "15 users gain analytics: view.",
                "14 users gain analytics: export.",
                "14 users lose users: view."
            ]
        );
    }

    #[test]
    fn an_action_that_is_new_is_gained_even_by_who_manages() {
        let (before, after) = (set(&[("crm", "manage")]), set(&[("crm", "manage"), ("crm", "export")]));
        assert_eq!(Difference::between(&before, &after).gains, [Permission::new("crm", "export")]);
    }

    #[test]
    fn one_person_gains_alone() {
        let mut effect = Effect::default();
        effect.add(&Difference::between(&set(&[]), &set(&[("crm", "view")])), 1);
        assert_eq!(effect.sentences(None), ["1 user gains crm: view."]);
    }
}
