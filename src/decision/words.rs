//! The chain and its remedies in sentences.

use crate::access::{Case, Change, Decision, Outcome, Reach, Step, Through};
use crate::base::text::isolated;

use crate::resource::AccessRule;

/// Whom and what the sentences are about.
pub struct Words<'a> {
    /// The person's name; `None` where they read about themselves.
    pub name: Option<&'a str>,
    /// Whether the reader may know what others have: teams, projects, templates that this person is not in.
    pub knows_others: bool,
    /// What the status is called here, in lower case.
    pub status: &'a str,
    /// Whether the person is invited, where they are not active.
    pub invited: bool,
    /// The labels of the roles held.
    pub roles: &'a [String],
    /// The name of the role template held.
    pub template: Option<&'a str>,
    /// What the category is called.
    pub category: &'a str,
    /// The permission, as `category:action`.
    pub permission: &'a str,
    /// Whether the access model knows the permission.
    pub known: bool,
    /// What the resource is called, where one is asked about.
    pub resource: Option<&'a str>,
    /// What the resource is shared with, by name, in the order of the case's rules.
    pub shares: &'a [(AccessRule, String)],
    /// Which of them the person is in.
    pub reaches: &'a [bool],
}

fn list(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} {word} {second}"),
        [first, .., _] if names.len() > 4 => {
            format!("{first}, {}, {} {word} {} more", names[1], names[2], names.len() - 3)
        }
        _ => format!("{} {word} {}", names[..names.len() - 1].join(", "), names[names.len() - 1]),
    }
}

impl Words<'_> {
    /// The person as a subject: "Jonas Weber is", "You are".
    fn is(&self) -> String {
        self.name.map_or_else(|| "You are".to_owned(), |name| format!("{} is", isolated(name)))
    }

    fn has(&self) -> String {
        self.name.map_or_else(|| "You have".to_owned(), |name| format!("{} has", isolated(name)))
    }

    fn whom(&self) -> String {
        self.name.map_or_else(|| "you".to_owned(), isolated)
    }

    /// What a step says.
    pub fn detail(&self, step: Step, decision: &Decision<'_>) -> String {
        match step {
            Step::Status => match (decision.active, self.invited) {
                (false, true) => {
                    format!("{} {}: the invitation is not accepted yet.", self.is(), self.status)
                }
                _ => format!("{} {}.", self.is(), self.status),
            },
            Step::Role => self.role(decision),
            Step::Template => self.template(decision),
            Step::Direct => match self.gives(decision, Step::Direct) {
                true => format!("{} {} directly.", self.has(), self.permission),
                false => format!("{} is not given directly.", self.permission),
            },
            Step::Feature => self.feature(decision),
            Step::Team => self.group(decision, Through::Team),
            Step::Project => self.group(decision, Through::Project),
            Step::Visibility => self.visibility(decision),
        }
    }

    fn gives(&self, decision: &Decision<'_>, step: Step) -> bool {
        decision.sources.iter().any(|source| source.step() == step)
    }

    fn role(&self, decision: &Decision<'_>) -> String {
        if !self.known {
            return format!("There is no permission {} here.", self.permission);
        }
        let named = if self.roles.len() == 1 { "role" } else { "roles" };
        let labels = list(self.roles, "and");
        match (self.gives(decision, Step::Role), self.roles.is_empty()) {
            (_, true) => format!("{} no role.", self.has()),
            (true, _) if self.roles.len() == 1 => format!("The role {labels} gives {}.", self.permission),
            (true, _) => format!("Of the roles {labels}, one gives {}.", self.permission),
            (false, _) => {
                let verb = if self.roles.len() == 1 { "does" } else { "do" };
                format!("The {named} {labels} {verb} not give {}.", self.permission)
            }
        }
    }

    fn template(&self, decision: &Decision<'_>) -> String {
        match (self.template, self.gives(decision, Step::Template)) {
            (None, _) => format!("{} no role template.", self.has()),
            (Some(name), true) => format!("The role template {} gives {}.", isolated(name), self.permission),
            (Some(name), false) => {
                format!("The role template {} does not give {}.", isolated(name), self.permission)
            }
        }
    }

    fn feature(&self, decision: &Decision<'_>) -> String {
        match decision.gate {
            None => format!("No feature decides about {}.", self.category),
            Some((feature, true)) => format!("{} is on.", feature.label),
            Some((feature, false)) => {
                format!("{} is off, and without it nothing in {} can be done.", feature.label, self.category)
            }
        }
    }

    /// The names of what the resource is shared with, far enough or not: those that the person is in, or all.
    fn names(&self, through: Through, reached: bool) -> Vec<String> {
        let of = self.shares.iter().zip(self.reaches);
        let fits = of.filter(|((share, _), reaches)| {
            share.subject.kind() == through.as_str() && (!reached || **reaches)
        });
        fits.map(|((_, name), _)| isolated(name)).collect()
    }

    fn group(&self, decision: &Decision<'_>, through: Through) -> String {
        let word = through.as_str();
        match (
            decision.reach,
            decision.outcome(if through == Through::Team { Step::Team } else { Step::Project }),
        ) {
            (_, Outcome::Pass) => {
                format!("It is shared with the {word} {}.", list(&self.names(through, true), "and"))
            }
            (Reach::Closed { .. }, Outcome::Fail) if self.knows_others => {
                let names = self.names(through, false);
                let plural = if names.len() == 1 { "" } else { "s" };
                let reach = match self.names(through, true).is_empty() {
                    true => format!("{} in none of them.", self.is()),
                    false => "What it is shared with is not enough for this action.".to_owned(),
                };
                format!("It is shared with the {word}{plural} {}. {reach}", list(&names, "and"))
            }
            (Reach::Closed { .. }, Outcome::Fail) => format!("None of your {word}s reaches it."),
            (Reach::Closed { .. }, _) if self.knows_others && self.names(through, false).is_empty() => {
                format!("It is shared with no {word}.")
            }
            (Reach::Closed { .. }, _) if self.knows_others => {
                format!("No {word} that it is shared with would be enough for this action.")
            }
            (Reach::NotAsked, _) => "No single resource is asked about.".to_owned(),
            _ => "Not needed.".to_owned(),
        }
    }

    fn visibility(&self, decision: &Decision<'_>) -> String {
        match decision.reach {
            Reach::NotAsked => "No single resource is asked about.".to_owned(),
            Reach::Everyones => "Everybody in the organization reaches it.".to_owned(),
            Reach::Top => "A top role reaches everything.".to_owned(),
            Reach::Through(Through::Member) => format!("It is shared with {} by name.", self.whom()),
            Reach::Through(through) => {
                format!("It is restricted, and a {} lets {} in.", through.as_str(), self.whom())
            }
            Reach::Closed { .. } => {
                format!("It is restricted, and nothing that it is shared with lets {} do this.", self.whom())
            }
            Reach::Unknown => "Nothing of this type and id is registered here.".to_owned(),
        }
    }

    /// One change as a sentence without its end.
    pub fn change(&self, case: &Case<'_>, change: &Change) -> String {
        let whom = self.whom();
        let instead =
            |held: Option<String>| held.map(|held| format!(" in place of {held}")).unwrap_or_default();
        match change {
            Change::Reactivate => format!("Let {whom} in again"),
            Change::Accept => "The invitation is accepted".to_owned(),
            Change::Grant => format!("Give {whom} {} directly", self.permission),
            Change::Template(at) => {
                let held = self.template.filter(|held| *held != case.templates[*at].name).map(isolated);
                format!(
                    "Give {whom} the role template {}{}",
                    isolated(&case.templates[*at].name),
                    instead(held)
                )
            }
            Change::Role(at) => {
                let replaced = case.holdings.model.single_role && !self.roles.is_empty();
                let held = replaced.then(|| list(self.roles, "and"));
                format!("Give {whom} the role {}{}", isolated(&case.roles[*at].label), instead(held))
            }
            Change::SwitchOn(at) => {
                let label = case.holdings.model.features.get(*at).map_or("", |feature| &feature.label);
                format!("Switch {label} on for {whom}")
            }
            Change::Join(at) => {
                let (share, name) = &self.shares[*at];
                format!("Add {whom} to the {} {}", share.subject.kind(), isolated(name))
            }
            Change::Share(level) => {
                format!(
                    "Share {} with {whom} by name, level {}",
                    isolated(self.resource.unwrap_or("it")),
                    level.as_str()
                )
            }
        }
    }

    /// All changes of a remedy as one sentence.
    pub fn changes(&self, case: &Case<'_>, changes: &[Change]) -> String {
        let said: Vec<String> = changes.iter().map(|change| self.change(case, change)).collect();
        let mut sentence = said.first().cloned().unwrap_or_default();
        for next in said.iter().skip(1) {
            let mut letters = next.chars();
            let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            sentence += &format!(", and {first}{}", letters.as_str());
        }
        sentence + "."
    }

    /// Who may make them: those whose role alone is enough for all, or who for each.
    pub fn by(&self, case: &Case<'_>, changes: &[Change], by: &[usize]) -> String {
        let others: Vec<&Change> = changes.iter().filter(|change| **change != Change::Accept).collect();
        let accepts = others.len() < changes.len();
        let labels = |places: &[usize]| {
            let names: Vec<String> = places.iter().map(|at| isolated(&case.roles[*at].label)).collect();
            list(&names, "or")
        };
        let person = self.name.map_or_else(|| "you".to_owned(), isolated);
        if others.is_empty() {
            return format!("{person}, with the link in the letter.");
        }
        let mut said = match by.is_empty() {
            false => format!("Somebody with the role {}", labels(by)),
            true => {
                let each = others.iter().map(|change| {
                    let may: Vec<usize> =
                        (0..case.roles.len()).filter(|at| case.may_make(&case.roles[*at], change)).collect();
                    match may.is_empty() {
                        true => format!("nobody by a role alone ({})", self.change(case, change)),
                        false => {
                            format!("somebody with the role {} ({})", labels(&may), self.change(case, change))
                        }
                    }
                });
                let each: Vec<String> = each.collect();
                format!("Several people: {}", each.join("; "))
            }
        };
        if accepts {
            said += &format!("; {person} accepts");
        }
        said + "."
    }
}
