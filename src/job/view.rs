//! Jobs in the console, as plain display values.

use askama::Template;

use super::{Counts, Kind, Outcome};

/// A row of a job.
#[derive(Clone, Debug)]
pub struct Line {
    pub row: i64,
    pub email: String,
    pub name: String,
    /// Where the person is found.
    pub href: Option<String>,
    pub outcome: Outcome,
    pub detail: String,
}

impl Line {
    fn word(&self) -> &'static str {
        word(self.outcome)
    }

    fn tone(&self) -> &'static str {
        tone(self.outcome)
    }
}

/// How an outcome is called.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "Created",
        Outcome::Resent => "Resent",
        Outcome::Refreshed => "Refreshed",
        Outcome::Ignored => "Ignored",
        Outcome::Done => "Done",
        Outcome::Skipped => "Skipped",
        Outcome::Failed => "Failed",
    }
}

/// The tone of an outcome's badge.
fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created | Outcome::Done => "ok",
        Outcome::Resent | Outcome::Refreshed => "accent",
        Outcome::Ignored | Outcome::Skipped => "mute",
        Outcome::Failed => "bad",
    }
}

/// How many rows came out how.
#[derive(Clone, Debug, Template)]
#[template(path = "job/pages/tally.html")]
pub struct Tally(pub Vec<Cell>);

impl askama::filters::HtmlSafe for Tally {}

impl Tally {
    /// Of a job of this kind.
    pub fn of(kind: Kind, counts: Counts) -> Self {
        let cell = |outcome: &Outcome| Cell { outcome: *outcome, count: counts.get(*outcome) };
        Self(kind.outcomes().iter().map(cell).collect())
    }
}

/// How many rows came out like this.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub outcome: Outcome,
    pub count: i64,
}

impl Cell {
    fn word(&self) -> &'static str {
        word(self.outcome)
    }

    fn tone(&self) -> &'static str {
        tone(self.outcome)
    }
}

/// Rows of a job.
#[derive(Clone, Debug, Template)]
#[template(path = "job/pages/rows.html")]
pub struct Rows {
    pub caption: String,
    /// Whether rows are known by their number.
    pub numbered: bool,
    pub lines: Vec<Line>,
    /// Where the rows behind these are.
    pub next: Option<String>,
    /// What to say where there are none.
    pub none: &'static str,
}

impl askama::filters::HtmlSafe for Rows {}
