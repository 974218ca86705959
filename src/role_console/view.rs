//! The pages about roles and role templates as plain display values.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::access::store::Preview;
use crate::access_model::{AccessModel, ActionSet, MANAGE};
use crate::console::field::{Check, Choices, Field, TextArea};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::matrix::{Matrix, title};
use crate::console::menu::Menu;
use crate::console::notice::Callout;
use crate::console::person::Avatar;
use crate::console::role::RoleBadge;
use crate::console::time::Moment;

/// The roles, highest first, and the role templates.
#[derive(Clone, Debug, Template)]
#[template(path = "role_console/pages/roles.html")]
pub struct RolesPage {
    pub frame: Frame,
    pub may_manage: bool,
    /// A role that can raise somebody above itself.
    pub warning: Option<Callout>,
    /// The access model that the roles began with.
    pub model: String,
    /// The areas, a column each.
    pub areas: Vec<String>,
    pub roles: Vec<RoleRow>,
    pub templates: Vec<TemplateRow>,
}

/// One role of the list.
#[derive(Clone, Debug)]
pub struct RoleRow {
    pub href: String,
    pub badge: RoleBadge,
    pub description: String,
    /// "Default", "Top role", "Includes lower roles".
    pub tags: Vec<&'static str>,
    pub people: i64,
    /// The list of those who hold it.
    pub people_href: String,
    pub grants: String,
    pub levels: Vec<Level>,
    pub menu: Menu,
}

/// The highest action of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// 0 to 3, by weight.
    pub weight: u8,
    pub label: String,
}

impl Level {
    /// The highest of these actions: managing above changing above looking.
    pub fn of(actions: Option<&ActionSet>) -> Self {
        const ORDER: [(&str, u8); 6] =
            [(MANAGE, 3), ("edit", 2), ("delete", 2), ("create", 2), ("export", 1), ("view", 1)];
        let Some(actions) = actions else { return Self { weight: 0, label: "None".to_owned() } };
        let known = ORDER.into_iter().find(|(action, _)| actions.contains(action));
        let (action, weight) =
            known.or_else(|| actions.iter().next().map(|own| (own, 1))).unwrap_or(("none", 0));
        Self { weight, label: title(action) }
    }
}

/// One role template of the list.
#[derive(Clone, Debug)]
pub struct TemplateRow {
    pub href: String,
    pub name: String,
    /// "Analytics: View, Export. CRM: View".
    pub adds: String,
    pub people: i64,
    pub updated: Moment,
    pub menu: Menu,
}

/// What a change does, shown before it is saved.
#[derive(Clone, Debug, Template)]
#[template(path = "role_console/pages/weighed.html")]
pub struct Weighed {
    /// One sentence for each number of people.
    pub sentences: Vec<String>,
    /// Who, by name, with what they gain and lose in words.
    pub people: Vec<(String, String, String)>,
    pub more: u64,
    /// What the button says: "Save for 14 people".
    pub verb: String,
    /// What is confirmed, so that nothing else is.
    pub digest: String,
}

impl HtmlSafe for Weighed {}

impl Weighed {
    /// A preview in the words of the organization.
    pub fn of(preview: &Preview, model: &AccessModel) -> Self {
        let called = |list: &[crate::access_model::Permission]| {
            let name =
                |category: &str| model.category(category).map_or(category.to_owned(), |c| c.label.clone());
            let words = list.iter().map(|p| format!("{}: {}", name(&p.category), title(&p.action)));
            words.collect::<Vec<_>>().join(", ")
        };
        let told = |affected: &crate::access::store::Affected| {
            let (gains, losses) = (&affected.difference.gains, &affected.difference.losses);
            let parts =
                [("gains", gains), ("loses", losses)].into_iter().filter(|(_, list)| !list.is_empty());
            let words = parts.map(|(verb, list)| format!("{verb} {}", called(list)));
            (format!("/users/{}", affected.id), affected.name.clone(), words.collect::<Vec<_>>().join("; "))
        };
        Self {
            sentences: preview.effect.sentences(Some(model)),
            people: preview.members.iter().map(told).collect(),
            more: preview.more,
            verb: match preview.effect.affected {
                1 => "Save for 1 person".to_owned(),
                n => format!("Save for {n} people"),
            },
            digest: digest(preview),
        }
    }
}

/// A preview as a form sends it back: the same numbers, or it is shown again.
pub fn digest(preview: &Preview) -> String {
    preview.effect.to_value().to_string()
}

/// Somebody who has a template.
#[derive(Clone, Debug)]
pub struct Holder {
    pub href: String,
    pub name: String,
    pub avatar: Avatar,
    pub roles: String,
}

/// Who has a template.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// The first by name.
    pub people: Vec<Holder>,
    /// How many there are.
    pub count: i64,
}

impl Holders {
    /// How many have it beside those who are named.
    fn more(&self) -> i64 {
        self.count - self.people.len() as i64
    }
}

/// Making a role or changing one, or where the reader may not, looking at it.
#[derive(Clone, Debug, Template)]
#[template(path = "role_console/pages/role.html")]
pub struct RolePage {
    pub frame: Frame,
    pub title: String,
    pub lead: String,
    pub action: String,
    /// Why it can't be changed, where it can't.
    pub locked: Option<Callout>,
    pub problem: Option<Callout>,
    pub weighed: Option<Weighed>,
    /// Only a new one's is chosen.
    pub key: Option<Field>,
    pub label: Field,
    pub description: TextArea,
    pub rank: Field,
    pub checks: Vec<Check>,
    /// What can't be changed here, in a sentence each.
    pub notes: Vec<String>,
    pub grants: Option<Choices>,
    pub matrix: Matrix,
    pub version: i64,
    pub organization: String,
}

/// Making a role template or changing one, or where the reader may not, looking at it.
#[derive(Clone, Debug, Template)]
#[template(path = "role_console/pages/template.html")]
pub struct TemplatePage {
    pub frame: Frame,
    pub title: String,
    pub lead: String,
    pub action: String,
    pub duplicate: Option<String>,
    pub locked: Option<Callout>,
    pub problem: Option<Callout>,
    pub weighed: Option<Weighed>,
    pub name: Field,
    pub description: Field,
    pub matrix: Matrix,
    /// Who has it; none for a new one.
    pub holders: Option<Holders>,
    pub version: i64,
    pub organization: String,
}
