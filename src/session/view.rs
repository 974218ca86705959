//! The page about sessions, and the rows wherever sessions are shown.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Pager;
use crate::console::person::PersonCell;
use crate::console::time::Moment;

/// Where people are signed in (SES-6). Its whole state stands in the address.
#[derive(Clone, Debug, Template)]
#[template(path = "session/pages/sessions.html")]
pub struct SessionsPage {
    pub frame: Frame,
    pub search: String,
    /// What the search form sends along unseen.
    pub carried: Vec<(&'static str, String)>,
    /// "58 sessions".
    pub count: String,
    pub sessions: SessionTable,
    pub pager: Pager,
}

/// Sessions as a table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "session/pages/table.html")]
pub struct SessionTable {
    /// Names the table: "Sessions of Jonas Weber".
    pub caption: String,
    /// Whether it says whose they are.
    pub of_many: bool,
    pub rows: Vec<SessionRow>,
}

impl HtmlSafe for SessionTable {}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub person: PersonCell,
    pub device: String,
    pub ip: String,
    pub started: Moment,
    pub last_active: Moment,
    pub end: End,
}

/// How the reader may end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It is the one that they look with.
    SignOut,
    /// The page that asks.
    Revoke(String),
    /// One's own, elsewhere: at once, for one may sign in again.
    End(String),
    /// Not theirs to end.
    Nothing,
}
