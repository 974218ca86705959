//! The seat meter: how many places are taken, and the way out when none is left.

use askama::Template;
use askama::filters::HtmlSafe;

use super::notice::{Callout, Tone};
use crate::access_model::Labels;

/// Seats of an organization at one instant.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/pages/seats.html")]
pub struct SeatMeter {
    /// None: no limit.
    pub limit: Option<u64>,
    pub active: u64,
    pub invited: u64,
    pub suspended: u64,
    /// Expired invitations that still hold a seat (where the access model says so).
    pub expired: u64,
    /// Where more seats are to be had, if the operator configured it.
    pub upgrade: Option<String>,
    /// What a status is called here.
    pub labels: Labels,
}

impl HtmlSafe for SeatMeter {}

impl SeatMeter {
    pub fn used(&self) -> u64 {
        self.active + self.invited + self.suspended + self.expired
    }

    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.used() >= limit)
    }

    /// Warned from nine tenths on.
    fn tone(&self) -> Tone {
        match self.limit {
            Some(_) if self.is_full() => Tone::Bad,
            Some(limit) if self.used() * 10 >= limit * 9 => Tone::Warn,
            _ => Tone::Plain,
        }
    }

    /// Why inviting and creating is blocked, and the two ways out.
    pub fn full(&self) -> Option<Callout> {
        let limit = self.limit.filter(|_| self.is_full())?;
        let text = "Nobody loses access. To invite or create somebody, first remove somebody who no longer needs a place.";
        let callout = Callout::new(Tone::Bad, format!("All {limit} seats are in use."), text);
        Some(match &self.upgrade {
            Some(address) => callout.way_out("Get more seats", address),
            None => callout,
        })
    }

    /// The same on a page that is not the list of people: without more seats to be had, it leads to whom one could remove.
    pub fn full_away(&self, may_see_users: bool) -> Option<Callout> {
        let full = self.full()?;
        let leads = full.way_out.is_some() || !may_see_users;
        Some(if leads { full } else { full.way_out("See who is here", "/users") })
    }

    /// "2 seats left", from nine tenths on.
    fn nearly(&self) -> Option<String> {
        (self.tone() == Tone::Warn).then(|| match self.left() {
            1 => "Only 1 seat left".to_owned(),
            left => format!("Only {left} seats left"),
        })
    }

    /// Per cent of the bar: active, invited (pending or expired), suspended.
    fn widths(&self) -> (u64, u64, u64) {
        let whole = self.limit.unwrap_or_default().max(1);
        let percent = |count: u64| (count * 100 / whole).min(100);
        (percent(self.active), percent(self.invited + self.expired), percent(self.suspended))
    }

    fn left(&self) -> u64 {
        self.limit.unwrap_or_default().saturating_sub(self.used())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_warns_from_nine_tenths_and_blocks_when_full() {
        let meter = |active| SeatMeter { limit: Some(50), active, ..SeatMeter::default() };
        assert_eq!(
            (meter(44).tone(), meter(45).tone(), meter(50).tone()),
            (Tone::Plain, Tone::Warn, Tone::Bad)
        );
        assert!(meter(49).full().is_none());
        assert!(meter(50).full().is_some());
        assert!(!SeatMeter { active: 1_000, ..SeatMeter::default() }.is_full());
    }
}
