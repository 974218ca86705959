//! The pages of a bulk action as plain display values.

use askama::Template;

use crate::console::field::{Choices, Field, Select};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Tabs;
use crate::console::notice::Callout;
use crate::console::time::Moment;
use crate::job::view::{Rows, Tally};

/// What is to be done, and to whom.
#[derive(Clone, Debug, Template)]
#[template(path = "bulk/pages/ask.html")]
pub struct AskPage {
    pub frame: Frame,
    pub title: String,
    pub problem: Option<Callout>,
    /// What it means, one line each.
    pub impact: Vec<String>,
    /// The role, team or project.
    pub what: Option<Select>,
    /// Those who are chosen, or all that match.
    pub whom: Option<Choices>,
    /// Sent along unseen.
    pub hidden: Vec<(&'static str, String)>,
    pub back: String,
    /// Whether there is anything to go on with.
    pub goes_on: bool,
}

/// What would become of each.
#[derive(Clone, Debug, Template)]
#[template(path = "bulk/pages/preview.html")]
pub struct PreviewPage {
    pub frame: Frame,
    pub name: String,
    pub action: String,
    pub tally: Tally,
    /// That only the first were looked at.
    pub notice: Option<Callout>,
    pub impact: Vec<String>,
    pub tabs: Tabs,
    pub rows: Rows,
    /// The word to be typed before what can't be undone.
    pub confirm: Option<Field>,
    pub problem: Option<Callout>,
    /// The button: what is done, and to how many; none where nothing would be.
    pub verb: Option<String>,
    pub danger: bool,
}

/// How far it got.
#[derive(Clone, Debug, Template)]
#[template(path = "bulk/pages/progress.html")]
pub struct ProgressPage {
    pub frame: Frame,
    pub name: String,
    pub done: i64,
    pub total: i64,
}

/// What became of each.
#[derive(Clone, Debug, Template)]
#[template(path = "bulk/pages/result.html")]
pub struct ResultPage {
    pub frame: Frame,
    pub name: String,
    pub by: String,
    pub at: Moment,
    pub summary: Callout,
    pub tally: Tally,
    pub action: String,
    pub tabs: Tabs,
    pub rows: Rows,
}

/// The bulk actions of the last weeks.
#[derive(Clone, Debug, Template)]
#[template(path = "bulk/pages/recent.html")]
pub struct RecentPage {
    pub frame: Frame,
    pub recent: Vec<Recent>,
}

/// A bulk action of before.
#[derive(Clone, Debug)]
pub struct Recent {
    pub href: String,
    pub name: String,
    pub by: String,
    pub at: Moment,
    /// "40 of 42 done".
    pub told: String,
}
