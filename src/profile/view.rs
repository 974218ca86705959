//! One's own profile, as plain display values.

use askama::Template;

use crate::account::view::ProfileFields;
use crate::console::field::Field;
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::{Pager, Tab, Tabs};
use crate::console::notice::Callout;
use crate::session::view::SessionTable;

/// One's own profile (MEM-10).
#[derive(Clone, Debug, Template)]
#[template(path = "profile/pages/profile.html")]
pub struct ProfilePage {
    pub frame: Frame,
    pub tabs: Tabs,
    pub problem: Option<Callout>,
    pub fields: ProfileFields,
    pub new_email: Field,
    pub email_password: Field,
    pub current_password: Field,
    pub new_password: Field,
}

/// Where one is signed in oneself, and the way to end it (SES-6).
#[derive(Clone, Debug, Template)]
#[template(path = "profile/pages/sessions.html")]
pub struct OwnSessionsPage {
    pub frame: Frame,
    pub tabs: Tabs,
    /// How many there are besides the one that looks.
    pub others: i64,
    pub sessions: SessionTable,
    pub pager: Pager,
}

/// The two pages about oneself; `here` is the address of the one that is shown.
pub fn tabs(here: &str) -> Tabs {
    let tab = |label: &str, href: &str| Tab {
        label: label.to_owned(),
        href: href.to_owned(),
        count: None,
        current: href == here,
    };
    Tabs {
        label: "Your account",
        tabs: vec![tab("Profile", "/profile"), tab("Where you are signed in", "/profile/sessions")],
    }
}
