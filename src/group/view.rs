//! The pages about teams and projects as plain display values.

use askama::Template;

use super::Kind;
use crate::console::field::{Field, TextArea};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::{Pager, Status};
use crate::console::menu::Menu;
use crate::console::notice::Callout;
use crate::console::person::{Avatar, PersonCell};
use crate::console::role::RoleBadge;
use crate::console::time::Moment;

/// The teams or projects of an organization.
#[derive(Clone, Debug, Template)]
#[template(path = "group/pages/groups.html")]
pub struct GroupsPage {
    pub frame: Frame,
    pub kind: Kind,
    pub search: String,
    pub may_create: bool,
    /// "7 teams".
    pub count: String,
    pub rows: Vec<GroupRow>,
    pub pager: Pager,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct GroupRow {
    pub name: String,
    pub href: String,
    pub description: String,
    /// The first by name, for whoever may see people.
    pub faces: Vec<Avatar>,
    /// "9 people".
    pub people: String,
    /// How many resources are shared with it, for whoever may see them.
    pub resources: Option<i64>,
    pub menu: Menu,
}

impl GroupsPage {
    fn shows_resources(&self) -> bool {
        self.rows.iter().any(|row| row.resources.is_some())
    }

    fn has_menus(&self) -> bool {
        self.rows.iter().any(|row| !row.menu.is_empty())
    }
}

/// One team or project: who is in it, and what that opens to them.
#[derive(Clone, Debug, Template)]
#[template(path = "group/pages/group.html")]
pub struct GroupPage {
    pub frame: Frame,
    pub kind: Kind,
    pub name: String,
    pub href: String,
    /// What it is for, and "9 people reach 6 resources through this team."
    pub description: String,
    pub reach: String,
    pub people: i64,
    pub may_edit: bool,
    pub may_delete: bool,
    /// None: whoever reads may not see people.
    pub members: Option<Members>,
    /// None: whoever reads may not see resources.
    pub resources: Option<Vec<Reach>>,
    /// Whether there are more resources than are shown.
    pub more_resources: bool,
}

/// The members of a group, a page of them.
#[derive(Clone, Debug)]
pub struct Members {
    pub search: String,
    pub rows: Vec<MemberRow>,
    pub pager: Pager,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct MemberRow {
    pub person: PersonCell,
    pub roles: Vec<RoleBadge>,
    pub status: Status,
    pub added: Moment,
    /// Where they are taken out, for whoever may.
    pub take_out: Option<String>,
}

/// A resource that is opened to a group.
#[derive(Clone, Debug)]
pub struct Reach {
    pub name: String,
    pub href: String,
    pub kind: String,
    /// "View".
    pub level: &'static str,
    /// "This team alone".
    pub who: String,
    /// Who can view it, for whoever may see people.
    pub who_can: Option<String>,
}

/// Making or renaming a team or project.
#[derive(Clone, Debug, Template)]
#[template(path = "group/pages/edit.html")]
pub struct EditPage {
    pub frame: Frame,
    pub kind: Kind,
    /// What is edited, by name; none: it is made.
    pub existing: Option<String>,
    pub action: String,
    pub back: String,
    pub problem: Option<Callout>,
    pub name: Field,
    pub description: TextArea,
    pub version: String,
}

/// Adding people: a search, and check boxes for whom it finds.
#[derive(Clone, Debug, Template)]
#[template(path = "group/pages/people.html")]
pub struct PeoplePage {
    pub frame: Frame,
    pub kind: Kind,
    pub name: String,
    pub href: String,
    pub search: String,
    /// What became of those who were chosen, where not all went well.
    pub outcome: Option<Callout>,
    pub failures: Vec<Failure>,
    pub people: Vec<Candidate>,
    pub pager: Pager,
}

/// Somebody who was not added, and why.
#[derive(Clone, Debug)]
pub struct Failure {
    pub name: String,
    pub why: String,
}

/// Somebody who can be added.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: String,
    pub name: String,
    pub email: String,
    pub chosen: bool,
    /// Why they can't be chosen.
    pub locked: Option<String>,
}
