//! When a letter is tried again (INV-2).

use crate::base::time::{DAY, HOUR, MINUTE, SECOND};

/// The pauses behind the first tries; then it is one hour each.
const FIRST: [i64; 4] = [10 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE];

/// For how long it is tried.
const LONGEST: i64 = 2 * DAY;

/// How long to wait after `attempts` tries of a letter that was queued `age` ago; `None` gives it up. The first tries are
/// made in any case: whoever was switched off for a week has not tried for a week.
pub fn pause_after(attempts: i64, age: i64) -> Option<i64> {
    let done = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    match FIRST.get(done) {
        Some(pause) => Some(*pause),
        None => (age < LONGEST).then_some(HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_tried_for_two_days() {
        let (mut age, mut tries, mut pauses) = (0, 1, Vec::new());
        while let Some(pause) = pause_after(tries, age) {
            pauses.push(pause / SECOND);
            age += pause;
            tries += 1;
        }
        assert_eq!(pauses[..5], [10, 30, 120, 600, 3600]);
        assert_eq!(tries, 53, "five tries in the first quarter of an hour, then 48");
        assert_eq!(age / HOUR, 48);
    }

    proptest! {
        #[test]
        fn every_letter_has_an_end_and_no_pause_is_long(attempts in -5i64..500, age in -DAY..10 * DAY) {
            match pause_after(attempts, age) {
                Some(pause) => prop_assert!((10 * SECOND..=HOUR).contains(&pause)),
                None => prop_assert!(attempts > 4 && age >= 2 * DAY),
            }
        }
    }
}
