//! The pages of access reviews as plain display values.

use askama::Template;

use super::{Decision, Reason};
use crate::console::field::{Choices, Field};
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::{Pager, Status, Tabs};
use crate::console::notice::Callout;
use crate::console::person::PersonCell;
use crate::console::time::Moment;

/// The list of reviews.
#[derive(Clone, Debug, Template)]
#[template(path = "review/pages/reviews.html")]
pub struct ReviewsPage {
    pub frame: Frame,
    pub may_start: bool,
    pub rows: Vec<ReviewRow>,
    pub pager: Pager,
}

/// A review in the list.
#[derive(Clone, Debug)]
pub struct ReviewRow {
    pub name: String,
    pub href: String,
    pub standing: Standing,
    /// "12 of 40 decided".
    pub progress: String,
    pub due: Moment,
    pub started_by: String,
    pub started: Moment,
}

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Overdue,
    Closed,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Overdue => "Overdue",
            Self::Closed => "Closed",
        }
    }

    fn tone(self) -> &'static str {
        match self {
            Self::Open => "accent",
            Self::Overdue => "warn",
            Self::Closed => "mute",
        }
    }
}

/// Choosing whom a review is about.
#[derive(Clone, Debug, Template)]
#[template(path = "review/pages/start.html")]
pub struct StartPage {
    pub frame: Frame,
    /// Why it was not started.
    pub problem: Option<Callout>,
    pub name: Field,
    pub scope: Choices,
    pub dormant_days: Field,
    pub invitation_days: Field,
    pub due: Field,
    /// How many people it would be about.
    pub counted: Callout,
    /// Which choice the numbers are of.
    pub signature: String,
}

/// A review.
#[derive(Clone, Debug, Template)]
#[template(path = "review/pages/review.html")]
pub struct ReviewPage {
    pub frame: Frame,
    pub name: String,
    pub href: String,
    pub standing: Standing,
    pub started_by: String,
    pub started: Moment,
    pub due: Moment,
    /// Who closed it and when.
    pub closed: Option<(String, Moment)>,
    /// "Not signed in for 90 days".
    pub scope: Vec<String>,
    pub decided: i64,
    pub total: i64,
    pub kept: i64,
    pub removed: i64,
    /// The evidence as a file.
    pub csv: String,
    pub may_close: bool,
    pub tabs: Tabs,
    /// Whether the rows are those with a decision.
    pub shows_decided: bool,
    pub rows: Vec<Row>,
    /// What removing is called here.
    pub verb: String,
    pub pager: Pager,
}

/// Somebody in a review.
#[derive(Clone, Debug)]
pub struct Row {
    pub person: PersonCell,
    pub status: Status,
    pub grounds: Vec<Why>,
    pub roles: String,
    pub last_login: Option<Moment>,
    pub outcome: Option<Outcome>,
    /// Where one says that they are kept.
    pub keep: Option<String>,
    /// Where one says that they are removed.
    pub remove: Option<String>,
}

/// A reason in words.
#[derive(Clone, Debug)]
pub struct Why {
    pub reason: Reason,
    pub detail: String,
}

impl Why {
    fn word(&self) -> &'static str {
        word(self.reason)
    }

    fn tone(&self) -> &'static str {
        match self.reason {
            Reason::SinglePoint => "warn",
            Reason::Privileged => "accent",
            Reason::Dormant | Reason::Invitation | Reason::Everyone => "mute",
        }
    }
}

/// How a reason is called.
pub fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Dormant => "Dormant",
        Reason::Privileged => "Privileged",
        Reason::Invitation => "Unanswered invitation",
        Reason::SinglePoint => "Single point of failure",
        Reason::Everyone => "Everybody",
    }
}

/// What was decided.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub decision: Decision,
    pub note: String,
    pub by: String,
    pub at: Moment,
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self.decision {
            Decision::Keep => "Kept",
            Decision::Remove => "Removed",
        }
    }

    fn tone(&self) -> &'static str {
        match self.decision {
            Decision::Keep => "ok",
            Decision::Remove => "bad",
        }
    }
}
