//! Instants as people read them: relative up to yesterday, then dates; the exact time always at hand.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

use crate::base::time::Timestamp;

/// Whoever reads: the instant of reading and the zone they live in.
#[derive(Clone, Debug)]
pub struct Reader {
    pub now: Timestamp,
    pub zone: TimeZone,
}

const JUST_NOW: &str = "Just now";
const YESTERDAY: &str = "Yesterday";

/// A `<time>` with the machine's, the exact and the spoken form.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<time datetime="{{ datetime }}" title="{{ exact }}">{{ words }}</time>"#,
    ext = "html"
)]
pub struct Moment {
    pub datetime: String,
    pub exact: String,
    pub words: String,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// As it reads inside a line: "Revoked just now".
    pub fn within(mut self) -> Self {
        if [JUST_NOW, YESTERDAY].contains(&self.words.as_str()) {
            self.words = self.words.to_lowercase();
        }
        self
    }
}

/// How much of a lifetime is left: a small bar and words.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/expiry.html")]
pub struct Expiry {
    pub moment: Moment,
    /// Whole per cent that are left.
    pub left: i64,
    /// Less than a day is left.
    pub soon: bool,
    /// The span that was given, in words: "7 days".
    pub of: String,
}

impl HtmlSafe for Expiry {}

impl Reader {
    /// Something that happened: "2 h ago", "Yesterday", "14 Feb".
    pub fn past(&self, at: Timestamp) -> Moment {
        let ago = between(at, self.now);
        let words = match ago.as_mins() {
            ..1 => JUST_NOW.to_owned(),
            minutes @ 1..60 => format!("{minutes} min ago"),
            _ => match self.days_since(at) {
                0 => format!("{} h ago", ago.as_hours()),
                1 => YESTERDAY.to_owned(),
                _ => self.day(at),
            },
        };
        self.moment(at, words)
    }

    /// Something that is to come: "in 5 days", "in 9 h".
    pub fn ahead(&self, at: Timestamp) -> Moment {
        let words = format!("in {}", span(between(self.now, at)));
        self.moment(at, words)
    }

    /// A plain date and time: "23 February, 09:20". Who has told no time zone reads which one it is.
    pub fn exactly(&self, at: Timestamp) -> Moment {
        let format = if self.zone == TimeZone::UTC { "%-d %B, %H:%M UTC" } else { "%-d %B, %H:%M" };
        let words = self.there(at).strftime(format).to_string();
        self.moment(at, words)
    }

    /// A line of a record: "17 Feb, 12:18", with the year where it is another.
    pub fn noted(&self, at: Timestamp) -> Moment {
        self.moment(at, format!("{}, {}", self.day(at), self.there(at).strftime("%H:%M")))
    }

    /// A line of a record that is about seconds: "17 Feb, 12:18:44".
    pub fn noted_to_the_second(&self, at: Timestamp) -> Moment {
        self.moment(at, format!("{}, {}", self.day(at), self.there(at).strftime("%H:%M:%S")))
    }

    /// A day: "4 Nov 2024".
    pub fn on_the_day(&self, at: Timestamp) -> Moment {
        self.moment(at, self.there(at).strftime("%-d %b %Y").to_string())
    }

    /// What the clock shows now in another zone: "14:32".
    pub fn clock_in(&self, zone: &str) -> Option<String> {
        let zone = TimeZone::get(zone).ok()?;
        Some(self.now.to_jiff().to_zoned(zone).strftime("%H:%M").to_string())
    }

    /// The zone's name: "Europe/Brussels".
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The calendar's day of an instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.there(at).date()
    }

    /// When a day of the calendar begins here.
    pub fn beginning(&self, date: Date) -> Option<Timestamp> {
        let begins = date.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(begins.timestamp().as_microsecond()))
    }

    /// The last day of what ends at an instant.
    pub fn last_day(&self, end: Timestamp) -> Date {
        self.date(end.plus(-1))
    }

    /// When a day of the calendar ends here.
    pub fn end_of(&self, date: Date) -> Option<Timestamp> {
        self.beginning(date.tomorrow().ok()?)
    }

    /// What is left of a span that began and ends at given instants.
    pub fn left(&self, began: Timestamp, ends: Timestamp) -> Expiry {
        let (whole, rest) = (between(began, ends), between(self.now, ends));
        let left = (rest.as_secs() * 100 / whole.as_secs().max(1)).clamp(0, 100);
        let words = format!("{} left", span(rest));
        Expiry { moment: self.moment(ends, words), left, soon: rest.as_hours() < 24, of: span(whole) }
    }

    fn moment(&self, at: Timestamp, words: String) -> Moment {
        let there = self.there(at);
        let exact = there.strftime("%-d %b %Y, %H:%M %Z").to_string();
        Moment { datetime: there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), exact, words }
    }

    fn day(&self, at: Timestamp) -> String {
        let (there, today) = (self.there(at), self.there(self.now));
        let format = if there.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
        there.strftime(format).to_string()
    }

    fn days_since(&self, at: Timestamp) -> i64 {
        self.there(self.now).date().duration_since(self.there(at).date()).as_hours() / 24
    }

    fn there(&self, at: Timestamp) -> Zoned {
        at.to_jiff().to_zoned(self.zone.clone())
    }
}

fn between(earlier: Timestamp, later: Timestamp) -> SignedDuration {
    SignedDuration::from_micros(later.0.saturating_sub(earlier.0))
}

/// A span in its largest fitting unit: "6 days", "9 h", "4 min".
fn span(length: SignedDuration) -> String {
    // Half a unit rounds up: six days and 23 hours are seven days to a person.
    match length.as_mins() {
        ..1 => "less than a minute".to_owned(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..2_160 => format!("{} h", minutes / 60),
        minutes => format!("{} days", (minutes + 720) / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader { now: at("2026-02-17T14:30+01:00"), zone: TimeZone::get("Europe/Brussels").expect("a zone") }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn the_past_is_relative_up_to_yesterday() {
        let words = |text| reader().past(at(text)).words;
        assert_eq!(words("2026-02-17T14:29:40+01:00"), "Just now");
        assert_eq!(words("2026-02-17T14:02+01:00"), "28 min ago");
        assert_eq!(words("2026-02-17T00:10+01:00"), "14 h ago");
        assert_eq!(words("2026-02-16T23:50+01:00"), "Yesterday");
        assert_eq!(words("2026-02-14T12:00+01:00"), "14 Feb");
        assert_eq!(words("2025-11-14T12:00+01:00"), "14 Nov 2025");
    }

    #[test]
    fn inside_a_line_no_word_of_ours_is_capital() {
        let words = |text| reader().past(at(text)).within().words;
        assert_eq!(words("2026-02-17T14:29:40+01:00"), "just now");
        assert_eq!(words("2026-02-16T14:29:40+01:00"), "yesterday");
        assert_eq!(words("2026-01-07T12:00+01:00"), "7 Jan");
    }

    #[test]
    fn minutes_win_over_the_change_of_day() {
        let reader = Reader { now: at("2026-02-17T00:10+01:00"), ..reader() };
        assert_eq!(reader.past(at("2026-02-16T23:50+01:00")).words, "20 min ago");
    }

    #[test]
    fn what_is_left_is_told_in_words_and_per_cent() {
        let left = reader().left(at("2026-02-12T10:00+01:00"), at("2026-02-19T10:00+01:00"));
        assert_eq!((left.moment.words.as_str(), left.left, left.soon), ("2 days left", 25, false));
        let soon = reader().left(at("2026-02-10T23:30+01:00"), at("2026-02-17T23:30+01:00"));
        assert_eq!((soon.moment.words.as_str(), soon.soon), ("9 h left", true));
        assert_eq!(soon.of, "7 days");
    }

    #[test]
    fn the_exact_time_names_the_zone() {
        let moment = reader().past(at("2026-02-14T12:00Z"));
        assert_eq!(
            moment.to_string(),
            r#"<time datetime="2026-02-14T13:00:00+01:00" title="14 Feb 2026, 13:00 CET">14 Feb</time>"#
        );
    }
}
