//! The end of a membership in forms.

use crate::base::{Problem, Timestamp};
use crate::console::field::Field;
use crate::console::time::Reader;

/// The end of a membership as a form has it: its last day in the reader's zone, or nothing.
pub fn of_form(text: &str, reader: &Reader) -> Result<Option<Timestamp>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let end = text.trim().parse().ok().and_then(|day| reader.end_of(day));
    let wrong = || Problem::field("/endsAt", "invalid_value", "Give the last day as 2027-01-31, or none.");
    end.map(Some).ok_or_else(wrong)
}

/// The field for it.
pub fn field(value: &str, reader: &Reader, error: Option<String>) -> Field {
    let hint =
        format!("The last day of the membership, in {}. They are told a week before.", reader.zone_name());
    Field::day("endsAt", "Ends").hint(hint).value(value).error(error)
}
