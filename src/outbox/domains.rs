//! Which letters wait so that the mail of one domain does not hold the rest: a domain whose server asks one letter after the other to come back later is
//! left alone for a while, and one that is slow gets no more than its share of the hands.

use std::collections::HashMap;

use crate::base::Timestamp;
use crate::base::time::{MINUTE, SECOND};

/// Letters to one domain that are on their way at a time.
const SHARE: usize = 16;
/// So many letters in a row have to be asked to wait: a single mailbox may be full.
const ENOUGH: usize = 5;
/// A domain that was asked to wait waits this long, then twice as long each time, up to [`LONGEST`].
const FIRST: i64 = 10 * SECOND;
const LONGEST: i64 = 10 * MINUTE;
/// A domain of which nothing came back for so long is slow.
const SLOW: i64 = 5 * SECOND;

/// Whether a letter goes out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It does.
    Now,
    /// In a moment, when others to the same domain have come back.
    Soon,
    /// Not before.
    NotBefore(Timestamp),
}

#[derive(Default)]
struct Domain {
    away: usize,
    /// When the last one came back, or the first went out.
    moved_at: Timestamp,
    /// How many in a row were asked to wait.
    refused: usize,
    pause: i64,
    paused_until: Timestamp,
}

/// What a worker knows of the domains that it writes to. It forgets those that are well.
#[derive(Default)]
pub struct Domains(HashMap<String, Domain>);

fn of(recipient: &str) -> String {
    recipient.rsplit('@').next().unwrap_or_default().to_lowercase()
}

impl Domains {
    /// Whether a letter to this address goes out now, beside those that were just `promised` to.
    pub fn turn(&self, recipient: &str, promised: &Self, now: Timestamp) -> Turn {
        let name = of(recipient);
        let promised = promised.0.get(&name).map_or(0, |domain| domain.away);
        match self.0.get(&name) {
            Some(domain) if domain.paused_until > now => Turn::NotBefore(domain.paused_until),
            Some(domain) if domain.away >= SHARE && now >= domain.moved_at.plus(SLOW) => {
                Turn::NotBefore(now.plus(SLOW))
            }
            Some(domain) if domain.away + promised >= SHARE => Turn::Soon,
            None if promised >= SHARE => Turn::Soon,
            _ => Turn::Now,
        }
    }

    /// A letter goes out.
    pub fn goes(&mut self, recipient: &str, now: Timestamp) {
        let domain = self.0.entry(of(recipient)).or_default();
        if domain.away == 0 {
            domain.moved_at = now;
        }
        domain.away += 1;
    }

    /// A letter came back; `asked_to_wait` where the server takes nothing for this address at the moment.
    pub fn comes_back(&mut self, recipient: &str, asked_to_wait: bool, now: Timestamp) {
        let name = of(recipient);
        let Some(domain) = self.0.get_mut(&name) else { return };
        domain.away = domain.away.saturating_sub(1);
        domain.moved_at = now;
        if !asked_to_wait {
            (domain.refused, domain.pause, domain.paused_until) = (0, 0, Timestamp::default());
        } else if domain.paused_until <= now {
            // Those that were on their way together lengthen it once.
            domain.refused += 1;
            if domain.refused >= ENOUGH {
                domain.pause = (domain.pause * 2).clamp(FIRST, LONGEST);
                domain.paused_until = now.plus(domain.pause);
            }
        }
        if domain.away == 0 && domain.pause == 0 {
            self.0.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(i64) -> Timestamp =
        |seconds| Timestamp::default().plus(1_000_000 * SECOND + seconds * SECOND);

    #[test]
    fn a_domain_that_asks_to_wait_is_left_alone_for_longer_each_time() {
        let (mut domains, none) = (Domains::default(), Domains::default());
        let mut now = AT(0);
        for pause in [10, 20, 40, 80, 160, 320, 600, 600] {
            assert_eq!(domains.turn("ann@Slow.test", &none, now), Turn::Now);
            for _ in 0..ENOUGH {
                domains.goes("ann@slow.test", now);
            }
            for _ in 0..ENOUGH {
                domains.comes_back("ann@slow.test", true, now);
            }
            assert_eq!(domains.turn("bo@slow.test", &none, now), Turn::NotBefore(now.plus(pause * SECOND)));
            assert_eq!(domains.turn("bo@other.test", &none, now), Turn::Now);
            now = now.plus(pause * SECOND);
        }
        domains.goes("ann@slow.test", now);
        domains.comes_back("ann@slow.test", false, now);
        assert!(domains.0.is_empty(), "a domain that is well is forgotten");
    }

    #[test]
    fn a_full_mailbox_holds_nobody_else_up() {
        let (mut domains, none) = (Domains::default(), Domains::default());
        for second in 0..100 {
            domains.goes("full@big.test", AT(second));
            domains.goes("ann@big.test", AT(second));
            domains.comes_back("full@big.test", true, AT(second));
            domains.comes_back("ann@big.test", false, AT(second));
            assert_eq!(domains.turn("bo@big.test", &none, AT(second)), Turn::Now);
        }
        assert!(domains.0.is_empty());
    }

    #[test]
    fn a_slow_domain_gets_its_share_and_the_rest_goes_on() {
        let (mut domains, none) = (Domains::default(), Domains::default());
        for _ in 0..SHARE {
            assert_eq!(domains.turn("ann@slow.test", &none, AT(0)), Turn::Now);
            domains.goes("ann@slow.test", AT(0));
        }
        assert_eq!(domains.turn("bo@slow.test", &none, AT(4)), Turn::Soon);
        assert_eq!(domains.turn("bo@slow.test", &none, AT(5)), Turn::NotBefore(AT(10)));
        assert_eq!(domains.turn("bo@other.test", &none, AT(5)), Turn::Now);
        domains.comes_back("ann@slow.test", false, AT(6));
        assert_eq!(domains.turn("bo@slow.test", &none, AT(6)), Turn::Now);
    }
}
