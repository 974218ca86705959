//! A range of days in the address of a list: what two date fields send, in the reader's zone.

use jiff::ToSpan;
use jiff::civil::Date;

use super::time::Reader;
use crate::base::{Problem, Timestamp};

/// From the beginning of one day to the end of another; either may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Days {
    /// Reads what the fields sent; 400 where it is no day.
    pub fn read(from: &str, to: &str) -> Result<Self, Problem> {
        let day = |name: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<Date>().map(Some).map_err(|_| {
                Problem::new(400, "invalid_parameter", format!("{name} must be a day such as 2026-02-17."))
            }),
        };
        Ok(Self { from: day("from", from)?, to: day("to", to)? })
    }

    /// The instants: not before, and before.
    pub fn instants(self, reader: &Reader) -> (Option<Timestamp>, Option<Timestamp>) {
        let after = self.to.and_then(|day| day.checked_add(1.day()).ok());
        (self.from.and_then(|day| reader.beginning(day)), after.and_then(|day| reader.beginning(day)))
    }

    /// The fields' values.
    pub fn texts(self) -> (String, String) {
        let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        (text(self.from), text(self.to))
    }
}
