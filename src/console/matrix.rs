//! Permissions as a table: areas by actions, and in each cell where it comes from.

use askama::Template;
use askama::filters::HtmlSafe;

use super::filters;

/// Where a permission comes from, as far as the eye tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Role,
    Template,
    Direct,
    /// Not granted.
    Nobody,
    /// Granted, and taken away by a feature that is off.
    Withheld,
    /// The area does not know the action.
    Absent,
}

impl By {
    /// The value of `data-by`.
    fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Template => "template",
            Self::Direct => "direct",
            Self::Nobody | Self::Withheld | Self::Absent => "none",
        }
    }

    fn is_on(self) -> bool {
        matches!(self, Self::Role | Self::Template | Self::Direct)
    }
}

/// One permission.
#[derive(Clone, Debug)]
pub struct Cell {
    pub by: By,
    /// "View CRM: by the role Editor".
    pub says: String,
    /// What a form sends where it is ticked; nothing where it can't be changed here.
    pub value: Option<String>,
    /// Sent in any case: held directly below what a role or template gives.
    pub kept: Option<String>,
}

/// One area.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: String,
    /// Why nothing of it holds: "Off: CRM access".
    pub note: Option<String>,
    pub cells: Vec<Cell>,
}

/// The table.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/matrix.html")]
pub struct Matrix {
    pub caption: String,
    /// The actions' labels.
    pub actions: Vec<String>,
    pub rows: Vec<Row>,
    /// What the marks mean: each in its words.
    pub legend: Vec<(By, String)>,
}

impl HtmlSafe for Matrix {}

/// `view` as "View".
pub fn title(action: &str) -> String {
    let mut letters = action.replace('_', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}

impl Matrix {
    /// How many permissions come from there.
    pub fn count(&self, by: By) -> usize {
        self.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.by == by).count()
    }

    /// "16 permissions: 7 by role, 6 by template, 3 direct."
    pub fn summary(&self) -> String {
        let counts = [(By::Role, "by role"), (By::Template, "by template"), (By::Direct, "direct")];
        let parts: Vec<(usize, String)> = counts
            .into_iter()
            .map(|(by, words)| (self.count(by), format!("{} {words}", self.count(by))))
            .filter(|(count, _)| *count > 0)
            .collect();
        let all: usize = parts.iter().map(|(count, _)| count).sum();
        let words: Vec<String> = parts.into_iter().map(|(_, words)| words).collect();
        match all {
            0 => "No permissions.".to_owned(),
            1 => format!("1 permission: {}.", words.join(", ")),
            _ => format!("{all} permissions: {}.", words.join(", ")),
        }
    }
}
