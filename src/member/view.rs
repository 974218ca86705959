//! The pages about users as plain display values.

use askama::Template;

use crate::console::field::{Check, Choices, Field, Select};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::{Heading, Pager, Status, Tabs};
use crate::console::menu::{Does, Menu};
use crate::console::notice::Callout;
use crate::console::person::PersonCell;
use crate::console::role::RoleBadge;
use crate::console::seats::SeatMeter;
use crate::console::time::Moment;

/// The list of users (MEM-1). Its whole state stands in the address.
#[derive(Clone, Debug, Template)]
#[template(path = "member/pages/users.html")]
pub struct UsersPage {
    pub frame: Frame,
    pub seats: SeatMeter,
    pub may_invite: bool,
    pub may_create: bool,
    pub may_review: bool,
    /// "You are the only Admin": why two are better.
    pub advice: Option<Callout>,
    pub search: String,
    pub tabs: Tabs,
    pub filters: Vec<Select>,
    /// What the search form has to carry along: status, the length of a page.
    pub carried: Vec<(&'static str, String)>,
    /// "42 people".
    pub count: String,
    pub headings: Headings,
    pub columns: Columns,
    pub listing: Listing,
    pub pager: Pager,
    /// The address of the list as it is seen, to come back to.
    pub here: String,
    /// The same list as a file.
    pub csv: String,
    /// What can be done to those who are ticked.
    pub bar: Bar,
}

impl UsersPage {
    fn is_first_run(&self) -> bool {
        matches!(self.listing, Listing::FirstRun)
    }
}

/// What the reader may do with one user. The list opens it as a menu: with one in each row a page of fifty would be four times as
/// long.
#[derive(Clone, Debug, Template)]
#[template(path = "member/pages/menu.html")]
pub struct MenuPage {
    pub frame: Frame,
    pub menu: Menu,
    /// The list that one came from.
    pub back: String,
}

/// What the list shows.
#[derive(Clone, Debug)]
pub enum Listing {
    Rows(Vec<Row>),
    /// Nobody but the reader is here yet.
    FirstRun,
    /// The filter matches nobody; where it is cleared, and whom the search alone would have found: name and address.
    NothingFound {
        clear: String,
        near: Vec<(String, String)>,
    },
}

/// The headings that sort.
#[derive(Clone, Debug)]
pub struct Headings {
    pub name: Heading,
    pub role: Heading,
    pub last_login: Heading,
}

/// The columns that the access model shows in the first place.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub templates: bool,
    pub teams: bool,
    /// Label of the feature's column, "CRM access", where the model has a feature.
    pub feature: Option<String>,
}

/// One user.
#[derive(Clone, Debug)]
pub struct Row {
    pub person: PersonCell,
    pub roles: Vec<RoleBadge>,
    pub template: Option<String>,
    pub teams: Vec<String>,
    pub status: Status,
    pub feature: FeatureState,
    pub last_login: Option<Moment>,
    /// The member's id, for ticking; why they can't be ticked.
    pub id: String,
    pub locked: Option<&'static str>,
    /// The last day of a guest.
    pub ends: Option<Moment>,
    /// Whether the reader may do anything with them: what, a page of its own says (see [`MenuPage`]).
    pub menu: bool,
}

impl Row {
    /// Whom the tick selects.
    fn called(&self) -> &str {
        if self.person.name.is_empty() { &self.person.email } else { &self.person.name }
    }

    /// The teams after the first, for the tooltip of "+2".
    fn other_teams(&self) -> String {
        self.teams.get(1..).unwrap_or_default().join(", ")
    }
}

/// A button of the bar below a list of people, for what is done to those who are ticked.
#[derive(Clone, Debug)]
pub struct Button {
    /// The verb's name.
    pub action: &'static str,
    pub label: String,
    pub icon: &'static str,
    pub grave: bool,
}

/// The bar below a list of people.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "member/pages/bar.html")]
pub struct Bar {
    pub organization: String,
    /// What narrows the list, sent along: names and values.
    pub filter: Vec<(&'static str, String)>,
    pub buttons: Vec<Button>,
}

impl askama::filters::HtmlSafe for Bar {}

/// The feature switch of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureState {
    /// The role always has it.
    Always,
    On,
    Off,
}

/// Create somebody directly, with a password to pass on (MEM-2).
#[derive(Clone, Debug, Template)]
#[template(path = "member/pages/create.html")]
pub struct CreateUserPage {
    pub frame: Frame,
    pub seats: SeatMeter,
    pub problem: Option<Callout>,
    pub first_name: Field,
    pub last_name: Field,
    pub email: Field,
    pub phone: Field,
    pub password: Field,
    pub role: Choices,
    /// What handing out a role means, where the access model wants it said.
    pub role_warning: Option<Callout>,
    pub feature: Option<FeatureBox>,
    pub require_change: Check,
}

/// The feature's check box, and what stands there instead while the chosen role always has it.
#[derive(Clone, Debug)]
pub struct FeatureBox {
    pub check: Check,
    /// "Admins always have CRM access."
    pub always: String,
}
