//! The pages of an import as plain display values.

use askama::Template;

use crate::console::field::Select;
use crate::console::filters;
use crate::console::layout::Frame;
use crate::console::list::Tabs;
use crate::console::notice::Callout;
use crate::console::seats::SeatMeter;
use crate::console::time::Moment;
use crate::job::view::{Rows, Tally};

/// Choosing a file.
#[derive(Clone, Debug, Template)]
#[template(path = "import/pages/upload.html")]
pub struct UploadPage {
    pub frame: Frame,
    pub seats: SeatMeter,
    /// That letters are kept instead of sent.
    pub kept: Option<Callout>,
    /// Why the file was not taken.
    pub problem: Option<Callout>,
    /// What is wrong with the choice of a file.
    pub file_error: Option<String>,
    pub role: Select,
    pub template: Option<Select>,
    pub recent: Vec<Recent>,
}

/// An import of before.
#[derive(Clone, Debug)]
pub struct Recent {
    pub href: String,
    pub name: String,
    pub by: String,
    pub at: Moment,
    /// "8 of 12 rows sent".
    pub told: String,
}

/// What would become of each row.
#[derive(Clone, Debug, Template)]
#[template(path = "import/pages/preview.html")]
pub struct PreviewPage {
    pub frame: Frame,
    pub action: String,
    pub file: String,
    pub tally: Tally,
    pub seats: Callout,
    pub tabs: Tabs,
    pub rows: Rows,
    /// How many letters would go out.
    pub sent: i64,
    pub skipped: i64,
}

/// How far it got.
#[derive(Clone, Debug, Template)]
#[template(path = "import/pages/progress.html")]
pub struct ProgressPage {
    pub frame: Frame,
    pub done: i64,
    pub total: i64,
}

/// What became of the rows.
#[derive(Clone, Debug, Template)]
#[template(path = "import/pages/result.html")]
pub struct ResultPage {
    pub frame: Frame,
    /// "people.csv, imported by Ann Lee on".
    pub told: String,
    pub at: Moment,
    pub summary: Callout,
    pub tally: Tally,
    pub action: String,
    pub skipped: i64,
    /// How many invitations could be taken back.
    pub open: i64,
    pub rows: Rows,
}
