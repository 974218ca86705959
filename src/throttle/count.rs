//! How failures are counted and what they cost: pure arithmetic.

use crate::base::Timestamp;
use crate::base::time::{DAY, MINUTE, SECOND, seconds_until};

/// After so long without a try a count begins anew.
pub const MEMORY: i64 = DAY;
/// A try whose outcome never came (its server ended) is forgotten after this.
const LOST: i64 = MINUTE;
/// The longest wait.
const LONGEST: i64 = 15 * MINUTE;

/// How many failures are free, and how they are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures without a wait.
    pub free: i64,
    /// One failure is forgotten in this time; `None`: none until there is a success or a day of quiet.
    pub leak: Option<i64>,
    /// Whether a success forgives the failures before it.
    pub forgiven: bool,
}

/// What is known under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// Failures that count.
    pub failures: i64,
    /// Tries under judgement.
    pub pending: i64,
    /// When the last try was charged or failed.
    pub last_at: Timestamp,
    /// Until when every try is refused.
    pub blocked_until: Timestamp,
}

/// Why a try is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// For so many seconds.
    Blocked(u64),
    /// As many tries as are free are being judged: look again when they are.
    Contended,
}

impl Count {
    /// The count with what time has made of it.
    fn at(mut self, rule: Rule, now: Timestamp) -> Self {
        let quiet = (now.0 - self.last_at.0).max(0);
        if quiet >= MEMORY {
            return Self { last_at: now, ..Self::default() };
        }
        if quiet >= LOST {
            self.pending = 0;
        }
        if let Some(leak) = rule.leak {
            let forgotten = quiet / leak;
            self.failures = (self.failures - forgotten).max(0);
            // What is left of the interval counts for the next one.
            self.last_at = self.last_at.plus(forgotten * leak);
        }
        self
    }

    /// One more try under judgement, or why not.
    pub fn admitted(self, rule: Rule, now: Timestamp) -> Result<Self, Refusal> {
        let mut count = self.at(rule, now);
        if now < count.blocked_until {
            return Err(Refusal::Blocked(seconds_until(count.blocked_until, now)));
        }
        // Beyond the free failures one try at a time is judged.
        if count.failures >= rule.free && count.pending > 0 {
            return Err(Refusal::Blocked(1));
        }
        if count.failures < rule.free && count.failures + count.pending >= rule.free {
            return Err(Refusal::Contended);
        }
        count.pending += 1;
        if rule.leak.is_none() {
            count.last_at = now;
        }
        Ok(count)
    }

    /// The try was wrong: one failure more, and beyond the free ones a wait that doubles from a second.
    pub fn failed(self, rule: Rule, now: Timestamp) -> Self {
        let mut count = self.at(rule, now).withdrawn();
        count.failures += 1;
        if rule.leak.is_none() || count.failures == 1 {
            count.last_at = now;
        }
        if count.failures >= rule.free {
            let doubled = u32::try_from(count.failures - rule.free).unwrap_or(u32::MAX).min(20);
            count.blocked_until = now.plus((SECOND << doubled).min(LONGEST));
        }
        count
    }

    /// The try was right.
    pub fn succeeded(self, rule: Rule, now: Timestamp) -> Self {
        let mut count = self.withdrawn();
        if rule.forgiven {
            count.failures = 0;
            count.blocked_until = Timestamp(0);
            count.last_at = now;
        }
        count
    }

    /// One more of something that is only counted, or the seconds until one is forgotten.
    pub fn counted(self, rule: Rule, now: Timestamp) -> Result<Self, u64> {
        let mut count = self.at(rule, now);
        if count.failures >= rule.free {
            let next = count.last_at.plus(rule.leak.unwrap_or(MEMORY));
            return Err(seconds_until(next, now));
        }
        count.failures += 1;
        if count.failures == 1 || rule.leak.is_none() {
            count.last_at = now;
        }
        Ok(count)
    }

    /// The try was not judged.
    pub fn withdrawn(mut self) -> Self {
        self.pending = (self.pending - 1).max(0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: Rule = Rule { free: 10, leak: None, forgiven: true };

    fn start() -> Timestamp {
        Timestamp(1_800_000_000_000_000)
    }

    #[test]
    fn ten_are_free_then_the_wait_doubles_to_a_quarter_of_an_hour() {
        let (mut count, mut now) = (Count::default(), start());
        for _ in 0..10 {
            count = count.admitted(RULE, now).unwrap().failed(RULE, now);
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            let Err(Refusal::Blocked(seconds)) = count.admitted(RULE, now) else { panic!("not blocked") };
            waits.push(seconds);
            now = now.plus(seconds as i64 * SECOND);
            count = count.admitted(RULE, now).unwrap().failed(RULE, now);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert!(count.succeeded(RULE, now).admitted(RULE, now).is_ok(), "a success forgives all");
        assert!(count.admitted(RULE, now.plus(DAY)).is_ok(), "a quiet day, too");
    }

    #[test]
    fn a_network_forgets_with_time_and_not_by_success() {
        let rule = Rule { free: 3, leak: Some(MINUTE), forgiven: false };
        let (mut count, now) = (Count::default(), start());
        for _ in 0..3 {
            count = count.admitted(rule, now).unwrap().failed(rule, now);
        }
        assert_eq!(count.succeeded(rule, now).failures, 3);
        assert_eq!(count.at(rule, now.plus(MINUTE + 1)).failures, 2);
        assert_eq!(count.at(rule, now.plus(3 * MINUTE)).failures, 0);
    }

    #[test]
    fn letters_are_counted_and_forgotten_one_by_one() {
        let rule = Rule { free: 2, leak: Some(MINUTE), forgiven: false };
        let now = start();
        let two = Count::default().counted(rule, now).unwrap().counted(rule, now).unwrap();
        assert_eq!(two.counted(rule, now.plus(SECOND)), Err(59));
        let again = two.counted(rule, now.plus(MINUTE)).unwrap();
        assert_eq!(again.counted(rule, now.plus(MINUTE)), Err(60));
        assert!(again.counted(rule, now.plus(2 * MINUTE)).is_ok());
    }

    proptest! {
        /// However tries overlap, no more are judged without a wait than are free (I12).
        #[test]
        fn tries_at_once_get_no_more_judgements(steps in proptest::collection::vec(any::<bool>(), 1..200)) {
            let (mut count, now, mut judged) = (Count::default(), start(), 0);
            for charge in steps {
                if charge {
                    if let Ok(next) = count.admitted(RULE, now) {
                        count = next;
                        judged += 1;
                    }
                } else if count.pending > 0 {
                    count = count.failed(RULE, now);
                }
                prop_assert!(judged <= RULE.free);
            }
        }
    }
}
