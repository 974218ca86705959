use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// The actions that every preset knows, in the order in which people read them.
pub const KNOWN_ACTIONS: [&str; 6] = ["view", "create", "edit", "delete", MANAGE, "export"];

/// The action that includes every other action of its category.
pub const MANAGE: &str = "manage";

/// The actions of one category: the known ones in reading order, then others alphabetically.
///
/// A session check parses several of these, so the known actions are bits and cost no allocation.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ActionSet {
    known: u8,
    others: BTreeSet<Box<str>>,
}

fn bit(action: &str) -> Option<u8> {
    KNOWN_ACTIONS.iter().position(|known| *known == action).map(|place| 1 << place)
}

impl ActionSet {
    /// Adds one action.
    pub fn insert(&mut self, action: &str) {
        match bit(action) {
            Some(bit) => self.known |= bit,
            None => {
                self.others.insert(action.into());
            }
        }
    }

    /// Whether this very action stands in the set.
    pub fn contains(&self, action: &str) -> bool {
        match bit(action) {
            Some(bit) => self.known & bit != 0,
            None => self.others.contains(action),
        }
    }

    /// Whether the set allows the action, by name or because it holds `manage`.
    pub fn allows(&self, action: &str) -> bool {
        self.contains(action) || self.contains(MANAGE)
    }

    /// Whether no action is in the set.
    pub fn is_empty(&self) -> bool {
        self.known == 0 && self.others.is_empty()
    }

    /// The actions in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let known = KNOWN_ACTIONS.iter().enumerate().filter(|(place, _)| self.known & (1 << place) != 0);
        known.map(|(_, action)| *action).chain(self.others.iter().map(|action| &**action))
    }

    /// Adds every action of the other set.
    pub fn add_all(&mut self, other: &ActionSet) {
        self.known |= other.known;
        self.others.extend(other.others.iter().cloned());
    }

    /// The actions of this set that stand in the other, too.
    pub fn intersection(&self, other: &ActionSet) -> ActionSet {
        let others = self.others.intersection(&other.others).cloned().collect();
        ActionSet { known: self.known & other.known, others }
    }

    /// The actions of this set that the other does not allow.
    pub fn beyond(&self, other: &ActionSet) -> ActionSet {
        if other.contains(MANAGE) {
            return ActionSet::default();
        }
        let others = self.others.difference(&other.others).cloned().collect();
        ActionSet { known: self.known & !other.known, others }
    }
}

impl<'a> FromIterator<&'a str> for ActionSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(actions: I) -> Self {
        let mut set = ActionSet::default();
        actions.into_iter().for_each(|action| set.insert(action));
        set
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ActionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ActionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Actions)
    }
}

struct Actions;

impl<'de> Visitor<'de> for Actions {
    type Value = ActionSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of actions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ActionSet, A::Error> {
        let mut set = ActionSet::default();
        while let Some(Word(word)) = seq.next_element()? {
            match word {
                Ok(bit) => set.known |= bit,
                Err(other) => {
                    set.others.insert(other);
                }
            }
        }
        Ok(set)
    }
}

/// One action on its way in: the bit of a known one, or the word.
struct Word(Result<u8, Box<str>>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneWord;
        impl Visitor<'_> for OneWord {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an action")
            }
            fn visit_str<E>(self, action: &str) -> Result<Word, E> {
                Ok(Word(bit(action).ok_or_else(|| action.into())))
            }
        }
        deserializer.deserialize_str(OneWord)
    }
}
