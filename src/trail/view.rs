//! The page about the audit trail, and an event wherever one is shown.

use askama::Template;
use askama::filters::HtmlSafe;

use super::words::{Line, Sentence};
use crate::console::field::Select;
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Pager;
use crate::console::person::Avatar;
use crate::console::time::Moment;

/// The trail (AUD-3). Its whole state stands in the address.
#[derive(Clone, Debug, Template)]
#[template(path = "trail/pages/audit.html")]
pub struct AuditPage {
    pub frame: Frame,
    pub search: String,
    pub filters: Vec<Select>,
    /// The days, as a date field holds them.
    pub from: String,
    pub to: String,
    /// The zone that days and times are of.
    pub zone: String,
    /// "462 entries".
    pub count: String,
    /// Only what was done on one target: its name, and the address without.
    pub only_on: Option<(String, String)>,
    /// Where nothing is narrowed.
    pub clear: Option<String>,
    /// What the search form sends along unseen.
    pub carried: Vec<(&'static str, String)>,
    pub events: Vec<EventRow>,
    /// The search stopped here, and where it goes on.
    pub further: Option<Further>,
    pub pager: Pager,
    pub csv: String,
    pub json_lines: String,
}

/// A search that stopped before the end of the list.
#[derive(Clone, Debug)]
pub struct Further {
    /// Where it goes on.
    pub href: String,
}

/// Who did it, or on whom it was done.
#[derive(Clone, Debug)]
pub struct Party {
    pub name: String,
    pub href: Option<String>,
    pub avatar: Avatar,
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub when: Moment,
    pub who: Party,
    pub sentence: Sentence,
    /// Where the target is found.
    pub target_href: Option<String>,
    pub icon: &'static str,
    pub refused: bool,
    pub changes: Vec<Line>,
    pub origin: Origin,
    /// The trail narrowed to the same actor, and to the same target.
    pub by_them: Option<String>,
    pub on_it: Option<String>,
}

/// From where and in which request, and what proves it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub ip: String,
    pub user_agent: String,
    pub request: String,
    pub id: String,
    pub hash: String,
}

/// Events one below the other, without a column for each part.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "trail/pages/timeline.html")]
pub struct Timeline {
    pub events: Vec<EventRow>,
}

impl HtmlSafe for Timeline {}
