//! Signing in, as plain display values.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::console::chart::Chart;
use crate::console::field::Field;
use crate::console::filters;
use crate::console::layout::{Bare, Frame};
use crate::console::list::{Pager, Status, Tabs};
use crate::console::notice::Callout;
use crate::console::time::Moment;

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in/pages/sign_in.html")]
pub struct SignInPage {
    pub bare: Bare,
    /// The host of the public URL: where the password goes.
    pub host: String,
    pub problem: Option<Callout>,
    pub email: Field,
    pub password: Field,
    /// Where to go afterwards; checked again by whoever reads it.
    pub next: Option<String>,
}

/// A new password before anything else (MEM-2): the one in use was chosen by an administrator.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in/pages/new_password.html")]
pub struct NewPasswordPage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    pub email: String,
    pub password: Field,
    pub challenge: String,
}

/// Tries to sign in (SES-8). Its whole state stands in the address.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in/pages/login_attempts.html")]
pub struct LoginAttemptsPage {
    pub frame: Frame,
    pub chart: Chart,
    pub search: String,
    pub tabs: Tabs,
    /// The days, as a date field holds them.
    pub from: String,
    pub to: String,
    /// The zone that days and times are of.
    pub zone: String,
    /// What the search form sends along unseen.
    pub carried: Vec<(&'static str, String)>,
    /// "288 attempts".
    pub count: String,
    pub narrowed: bool,
    pub attempts: AttemptTable,
    pub pager: Pager,
}

/// Login attempts as a table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_in/pages/attempts.html")]
pub struct AttemptTable {
    /// Names the table: "Login attempts of Jonas Weber".
    pub caption: String,
    /// Whether it says with which address.
    pub of_many: bool,
    pub rows: Vec<AttemptRow>,
}

impl HtmlSafe for AttemptTable {}

/// One try.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    pub when: Moment,
    pub email: String,
    /// Where the user is found, if it is one of ours.
    pub href: Option<String>,
    pub ip: String,
    pub device: String,
    pub status: Status,
    /// Why it failed, or how it got in.
    pub reason: String,
    pub failed: bool,
}
