//! The end of a guest's membership (MEM-15): from that instant on they take no part, and soon after the row goes.

use super::Member;
use crate::base::Timestamp;
use crate::base::problem::Checks;
use crate::base::time::DAY;

/// How long before the end they are told.
pub const TOLD_BEFORE: i64 = 7 * DAY;
/// How far away an end can be: ten years.
pub const FURTHEST: i64 = 3653 * DAY;

/// Reads the end of a membership as the API has it, RFC 3339; `None` is noted as wrong.
pub fn read(checks: &mut Checks, pointer: &str, text: &str) -> Option<Timestamp> {
    let at = text.parse().ok();
    if at.is_none() {
        checks.wrong(
            pointer,
            "invalid_value",
            "Give date and time as 2027-01-31T18:00:00Z, or null for no end.",
        );
    }
    at
}

/// Whether a membership can be given this end.
pub fn check(checks: &mut Checks, pointer: &str, end: Timestamp, now: Timestamp) {
    if end <= now {
        let detail = "This is past. Give a later date, or remove the person to end it now.";
        checks.wrong(pointer, "in_the_past", detail);
    } else if end > now.plus(FURTHEST) {
        checks.wrong(pointer, "too_late", "This is more than ten years away. Give an earlier date, or none.");
    }
}

/// When somebody is to be told of an end.
pub fn reminder(end: Option<Timestamp>) -> Option<Timestamp> {
    end.map(|end| end.plus(-TOLD_BEFORE))
}

impl Member {
    /// The same with this end: of another one they are told anew.
    pub fn ending(mut self, end: Option<Timestamp>) -> Self {
        if end != self.ends_at {
            self.ends_at = end;
            self.end_reminder_at = reminder(end);
        }
        self
    }

    /// An instant, or the end where that is earlier.
    pub fn until(&self, at: Timestamp) -> Timestamp {
        self.ends_at.map_or(at, |end| end.min(at))
    }

    /// Whether the membership has ended.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}
