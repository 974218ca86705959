use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{AccessModel, ActionSet, RoleDefinition};

/// How many days an invitation may stay open.
pub const INVITATION_LIFETIME_DAYS: RangeInclusive<u16> = 1..=365;

/// Something that does not fit together in an access model, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: the keys and indexes that lead there, for example `roles.1.grants.0`.
    pub path: String,
    pub message: String,
}

/// Whether a text can be the key of a category, an action, a feature or a role.
pub fn is_key(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.len() <= 63 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain)
}

/// Checks that a model and its roles fit together. No fault: they do.
pub fn check(model: &AccessModel, roles: &[RoleDefinition]) -> Vec<Fault> {
    let mut faults = Faults::default();
    faults.check_settings(model, roles);
    faults.check_labels(model);
    faults.check_categories(model);
    faults.check_features(model, roles);
    for (place, role) in roles.iter().enumerate() {
        faults.check_role(model, roles, (place, role));
    }
    faults.check_hierarchy(roles);
    faults.0
}

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault { path: path.into(), message: message.into() });
    }

    fn require_text(&mut self, path: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            let path = path.into();
            self.add(path.clone(), format!("{path} is empty. Write what people shall read there."));
        }
    }

    fn require_category(&mut self, path: String, model: &AccessModel, (who, key): (&str, &str)) {
        if model.category(key).is_none() {
            let fix = suggestion(key, model.categories.iter().map(|c| c.key.as_str()));
            self.add(path, format!("{who} names {key:?}, which is no category of this file. {fix}"));
        }
    }

    fn require_role(&mut self, path: String, roles: &[RoleDefinition], (who, key): (&str, &str)) {
        if roles.iter().all(|role| role.key != key) {
            let fix = suggestion(key, roles.iter().map(|role| role.key.as_str()));
            self.add(path, format!("{who} {key:?}, which is no role of this file. {fix}"));
        }
    }

    /// Keys are well formed and stand once.
    fn check_keys<'a>(&mut self, list: &str, keys: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (place, key) in keys.enumerate() {
            let path = format!("{list}.{place}.key");
            if !is_key(key) {
                let form = "Use lower-case letters, digits and _, beginning with a letter.";
                self.add(path, format!("{key:?} can't be a key. {form}"));
            } else if !seen.insert(key) {
                self.add(
                    path,
                    format!("the key {key:?} stands twice among the {list}. Rename or remove one."),
                );
            }
        }
    }

    fn check_settings(&mut self, model: &AccessModel, roles: &[RoleDefinition]) {
        self.require_text("name", &model.name);
        if !INVITATION_LIFETIME_DAYS.contains(&model.invitation_lifetime_days) {
            let (least, most) = (INVITATION_LIFETIME_DAYS.start(), INVITATION_LIFETIME_DAYS.end());
            let days = model.invitation_lifetime_days;
            let message =
                format!("invitationLifetimeDays is {days}. Write {least} to {most}, for example 7.");
            self.add("invitationLifetimeDays", message);
        }
        for (area, key) in [("users", &model.areas.users), ("settings", &model.areas.settings)] {
            self.require_category(format!("areas.{area}"), model, (&format!("areas.{area}"), key));
        }
        if let Some(recommendation) = &model.role_picker.recommendation {
            let who = "the role picker recommends";
            self.require_role("rolePicker.recommendation.role".into(), roles, (who, &recommendation.role));
            self.require_text("rolePicker.recommendation.text", &recommendation.text);
        }
    }

    fn check_labels(&mut self, model: &AccessModel) {
        let labels = &model.labels;
        let words = labels.words.entries().map(|entry| ("words", entry));
        let status = labels.status.entries().map(|entry| ("status", entry));
        let invitation = labels.invitation.entries().map(|entry| ("invitation", entry));
        let verbs = labels.verbs.entries().map(|entry| ("verbs", entry));
        for (table, (name, text)) in words.chain(status).chain(invitation).chain(verbs) {
            self.require_text(format!("labels.{table}.{name}"), text);
        }
    }

    fn check_categories(&mut self, model: &AccessModel) {
        self.check_keys("categories", model.categories.iter().map(|c| c.key.as_str()));
        for (place, category) in model.categories.iter().enumerate() {
            self.require_text(format!("categories.{place}.label"), &category.label);
            if category.actions.is_empty() {
                let message = format!("category {:?} has no action. Add at least \"view\".", category.key);
                self.add(format!("categories.{place}.actions"), message);
            }
            for action in category.actions.iter().filter(|action| !is_key(action)) {
                let message = format!("{action:?} can't be an action. Use lower-case letters, digits and _.");
                self.add(format!("categories.{place}.actions"), message);
            }
        }
    }

    fn check_features(&mut self, model: &AccessModel, roles: &[RoleDefinition]) {
        self.check_keys("features", model.features.iter().map(|f| f.key.as_str()));
        for (place, feature) in model.features.iter().enumerate() {
            let who = format!("feature {:?}", feature.key);
            self.require_text(format!("features.{place}.label"), &feature.label);
            self.require_category(format!("features.{place}.category"), model, (&who, &feature.category));
            for (nth, role) in feature.always_on_roles.iter().enumerate() {
                let path = format!("features.{place}.alwaysOnRoles.{nth}");
                self.require_role(path, roles, (&format!("{who} is always on for"), role));
            }
        }
    }

    fn check_role(
        &mut self,
        model: &AccessModel,
        roles: &[RoleDefinition],
        (place, role): (usize, &RoleDefinition),
    ) {
        let who = format!("role {:?}", role.key);
        self.require_text(format!("roles.{place}.label"), &role.label);
        for (nth, granted) in role.grants.iter().enumerate() {
            let path = format!("roles.{place}.grants.{nth}");
            self.require_role(path.clone(), roles, (&format!("{who} grants"), granted));
            if role.grants[..nth].contains(granted) {
                self.add(path, format!("{who} grants {granted:?} twice. Remove one."));
            }
        }
        for (category, actions) in role.permissions.categories() {
            let path = format!("roles.{place}.permissions.{category}");
            match model.category(category) {
                None => self.require_category(path, model, (&who, category)),
                Some(found) => self.check_actions(path, (&who, actions), (category, &found.actions)),
            }
        }
    }

    fn check_actions(
        &mut self,
        path: String,
        (who, actions): (&str, &ActionSet),
        (category, known): (&str, &ActionSet),
    ) {
        for action in actions.iter().filter(|action| !known.contains(action)) {
            let fix = suggestion(action, known.iter());
            self.add(
                path.clone(),
                format!("{who} allows {action:?}, which is no action of category {category:?}. {fix}"),
            );
        }
    }

    /// One default role, ranks that differ, and the highest role on top.
    fn check_hierarchy(&mut self, roles: &[RoleDefinition]) {
        self.check_keys("roles", roles.iter().map(|role| role.key.as_str()));
        for (place, role) in roles.iter().enumerate() {
            if let Some(other) = roles[..place].iter().find(|other| other.rank == role.rank) {
                let (key, other, rank) = (&role.key, &other.key, role.rank);
                let message =
                    format!("roles {other:?} and {key:?} both have rank {rank}. Give each its own.");
                self.add(format!("roles.{place}.rank"), message);
            }
        }
        let mut defaults = roles.iter().enumerate().filter(|(_, role)| role.default);
        match (defaults.next(), defaults.next()) {
            (None, _) => self.add("roles", "no role is the default one. Write default = true for one role."),
            (Some((_, first)), Some((place, second))) => self.add(
                format!("roles.{place}.default"),
                format!(
                    "roles {:?} and {:?} are both the default one. Keep default = true for one.",
                    first.key, second.key
                ),
            ),
            (Some((place, role)), None) if role.top => self.add(
                format!("roles.{place}.default"),
                format!("role {:?} is both top and default. Nobody gets a top role by default.", role.key),
            ),
            (Some(_), None) => {}
        }
        match roles.iter().enumerate().max_by_key(|(_, role)| (role.rank, role.top)) {
            Some((place, highest)) if !highest.top => {
                let key = &highest.key;
                let message =
                    format!("role {key:?} ranks highest, but is no top role. Write top = true for it.");
                self.add(format!("roles.{place}"), message);
            }
            _ => {}
        }
    }
}

/// How to mend an unknown word: the nearest known one, or all that are known.
pub(super) fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let nearest = known.iter().map(|k| (strsim::damerau_levenshtein(word, k), k)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 2 => format!("Did you mean {nearest:?}?"),
        Some(_) => format!("Known are {}.", known.join(", ")),
        None => "There is none yet.".to_owned(),
    }
}
