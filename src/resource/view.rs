//! The pages about resources as plain display values.

use askama::Template;

use crate::console::field::{Choices, Field, Select};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Pager;
use crate::console::notice::Callout;
use crate::console::time::Moment;

/// The registered resources. Its whole state stands in the address.
#[derive(Clone, Debug, Template)]
#[template(path = "resource/pages/resources.html")]
pub struct ResourcesPage {
    pub frame: Frame,
    pub search: String,
    /// Types to narrow the list to; none where there is one type at most.
    pub types: Option<Select>,
    /// "7 resources".
    pub count: String,
    pub filtered: bool,
    pub rows: Vec<ResourceRow>,
    pub pager: Pager,
    /// Where products register theirs.
    pub api: String,
    /// A category that the example can name.
    pub category: String,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct ResourceRow {
    pub name: String,
    pub href: String,
    pub kind: String,
    pub category: String,
    /// "Everybody here", "2 teams, 1 person".
    pub visible_to: String,
    pub open: bool,
    pub registered: Moment,
}

/// One resource: what it is, and to whom it is visible.
#[derive(Clone, Debug, Template)]
#[template(path = "resource/pages/resource.html")]
pub struct ResourcePage {
    pub frame: Frame,
    pub name: String,
    pub href: String,
    /// The page of those who can do something with it, for who may see people.
    pub who: Option<String>,
    pub id: String,
    pub kind: String,
    pub external_id: String,
    pub category: String,
    pub registered: Moment,
    pub changed: Moment,
    pub open: bool,
    /// The labels of the roles that see everything.
    pub top_roles: String,
    pub rules: Vec<RuleRow>,
    pub may_edit: bool,
    pub may_delete: bool,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct RuleRow {
    pub name: String,
    pub href: Option<String>,
    /// "Team", "Project", "Person".
    pub kind: &'static str,
    pub level: &'static str,
}

/// Changing to whom a resource is visible.
#[derive(Clone, Debug, Template)]
#[template(path = "resource/pages/visibility.html")]
pub struct VisibilityPage {
    pub frame: Frame,
    pub name: String,
    pub href: String,
    pub problem: Option<Callout>,
    pub visibility: Choices,
    pub rules: Vec<RuleChoice>,
    /// Whether there are more teams or projects than are shown.
    pub more: bool,
    /// None: whoever edits may not look people up.
    pub person: Option<(Field, Select)>,
    pub version: String,
    /// `save` where what it does is shown already.
    pub step: String,
}

/// A team, project or person with the level that is chosen for them.
#[derive(Clone, Debug)]
pub struct RuleChoice {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    /// The name of the level; empty: no access.
    pub level: String,
}

impl RuleChoice {
    /// What can be chosen: value and label.
    pub const LEVELS: [(&'static str, &'static str); 4] =
        [("", "No access"), ("view", "View"), ("edit", "Edit"), ("manage", "Manage")];
}
