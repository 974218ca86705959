//! The pages about one user as plain display values.

use askama::Template;

use crate::console::field::{Choices, Field, Picks, Select};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::{Pager, Status};
use crate::console::matrix::Matrix;
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::Callout;
use crate::console::person::Avatar;
use crate::console::role::RoleBadge;
use crate::console::time::Moment;
use crate::member::view::{FeatureBox, FeatureState};
use crate::session::view::SessionTable;
use crate::sign_in::view::AttemptTable;
use crate::trail::view::Timeline;

/// What stands above every tab.
#[derive(Clone, Debug)]
pub struct Head {
    pub id: String,
    pub name: String,
    pub email: String,
    pub avatar: Avatar,
    pub roles: Vec<RoleBadge>,
    pub status: Status,
    /// Where the user is edited, and what the button says.
    pub edit: Option<(String, &'static str)>,
    pub menu: Menu,
    pub tabs: Vec<Tab>,
}

impl Head {
    /// The name, or the address while there is none.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// One tab, at an address of its own.
#[derive(Clone, Debug)]
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// The overview: who it is, what they may do, and what can be done about it.
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    pub head: Head,
    pub facts: Vec<Fact>,
    /// What keeps them out, or waits for them.
    pub state: Option<Callout>,
    pub access: Access,
    /// What can be asked about them: an action, and what it is about.
    pub why: (Select, Select),
    pub teams: Option<Vec<Place>>,
    pub projects: Option<Vec<Place>>,
    pub actions: Vec<Action>,
    /// Why there is nothing to do.
    pub note: Option<String>,
}

/// A team or project that they are in.
#[derive(Clone, Debug)]
pub struct Place {
    pub name: String,
    /// Its page, for whoever may see that.
    pub href: Option<String>,
    /// "Reaches 6 resources", for whoever may see resources.
    pub reaches: Option<String>,
}

/// A line of the overview.
#[derive(Clone, Debug)]
pub struct Fact {
    pub label: &'static str,
    pub value: Value,
    pub sub: Option<String>,
}

/// What stands behind the label.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    At(Moment),
    Nothing(&'static str),
}

/// What they may do.
#[derive(Clone, Debug)]
pub struct Access {
    pub roles: Vec<RoleBadge>,
    pub several_roles: bool,
    /// Name and address.
    pub template: Option<(String, String)>,
    /// Whether templates are shown although there is none.
    pub shows_template: bool,
    /// The feature's label and its state.
    pub feature: Option<(String, FeatureState)>,
    pub matrix: Matrix,
    /// Where the reader may change it: the same as a form.
    pub form: Option<AccessForm>,
}

/// What they may do, to be changed where it is shown.
#[derive(Clone, Debug)]
pub struct AccessForm {
    pub action: String,
    pub version: i64,
    /// The fields as the form was opened with them, as JSON.
    pub was: String,
    pub role: RoleField,
    pub warning: Option<Callout>,
    pub template: Option<Select>,
    /// The chosen template's page.
    pub template_href: Option<String>,
    pub feature: Option<FeatureBox>,
    pub matrix: Matrix,
}

/// One role of a list, or any number of them.
#[derive(Clone, Debug)]
pub enum RoleField {
    One(Select),
    Several(Choices),
}

/// Something that can be done, with what it does.
#[derive(Clone, Debug)]
pub struct Action {
    pub item: Item,
    pub detail: &'static str,
}

impl Action {
    fn href(&self) -> &str {
        match &self.item.does {
            Does::Opens(href) | Does::Asks(href) | Does::Posts(href) | Does::Copies(href) => href,
        }
    }
}

/// Sessions of one user.
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/sessions.html")]
pub struct UserSessionsPage {
    pub frame: Frame,
    pub head: Head,
    pub sessions: SessionTable,
    pub pager: Pager,
}

/// Login attempts of one user.
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/login_attempts.html")]
pub struct UserAttemptsPage {
    pub frame: Frame,
    pub head: Head,
    pub attempts: AttemptTable,
    pub zone: String,
    pub pager: Pager,
}

/// What one user did, and what was done to them.
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/audit.html")]
pub struct UserAuditPage {
    pub frame: Frame,
    pub head: Head,
    pub timeline: Timeline,
    pub zone: String,
    pub pager: Pager,
}

/// What one user could do on another day (ACC-11).
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/past.html")]
pub struct PastPage {
    pub frame: Frame,
    pub head: Head,
    /// The day as the date field holds it, and the last one that can be chosen.
    pub day: String,
    pub today: String,
    pub zone: String,
    /// Why the day is none.
    pub problem: Option<String>,
    /// "at the end of 3 Mar 2026"; empty where no day is chosen.
    pub told: String,
    /// None: they were not here.
    pub then: Option<ThenView>,
    /// Why it is not told, where it can't be.
    pub unknown: Option<String>,
    /// The audit trail of that day, for whoever may look at it, and what it tells of them.
    pub trail: Option<String>,
    pub timeline: Timeline,
}

/// What somebody held and could do.
#[derive(Clone, Debug)]
pub struct ThenView {
    pub status: Status,
    pub roles: Vec<RoleBadge>,
    pub template: Option<String>,
    /// Each feature's label, and whether it was on.
    pub features: Vec<(String, bool)>,
    pub teams: Option<String>,
    pub projects: Option<String>,
    pub matrix: Matrix,
}

/// Editing a user: one form, in a dialog or as this page.
#[derive(Clone, Debug, Template)]
#[template(path = "user_console/pages/edit.html")]
pub struct EditPage {
    pub frame: Frame,
    pub name: String,
    pub action: String,
    /// The page of the user.
    pub user: String,
    pub back: String,
    pub version: i64,
    /// The fields as the form was opened with them, as JSON.
    pub was: String,
    pub problem: Option<Callout>,
    /// What somebody else changed while this was typed.
    pub meanwhile: Vec<Changed>,
    pub first_name: Field,
    pub last_name: Field,
    pub contact: Option<Contact>,
    pub role: Choices,
    pub role_warning: Option<Callout>,
    pub template: Option<Select>,
    pub feature: Option<FeatureBox>,
    pub teams: Option<Picks>,
    pub projects: Option<Picks>,
    /// The last day of the membership.
    pub ends: Field,
    pub matrix: Matrix,
    pub matrix_open: bool,
}

/// What only somebody with an account has.
#[derive(Clone, Debug)]
pub struct Contact {
    pub email: Field,
    pub phone: Field,
    pub time_zone: Select,
    pub locale: Field,
    pub status: Select,
}

/// What one field was and is, in words.
#[derive(Clone, Debug)]
pub struct Changed {
    pub label: String,
    pub was: String,
    pub is: String,
}
