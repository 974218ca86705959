//! What letters say. Text and HTML are made from the same words. Names and messages come from people who may mean harm:
//! what they typed is shown, but links nowhere and forges no line (A29, A39).

use askama::Template;

use crate::base::Timestamp;
use crate::base::text::{cut, is_invisible};

/// A letter ready to be sent or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// The plain part. Its first URL is the link.
    pub plain: String,
    /// The HTML part.
    pub html: String,
    /// What the reader shall open.
    pub link: Option<String>,
}

/// Something to open.
#[derive(Clone, Debug)]
pub struct Action {
    /// The words on the button: "Open the invitation".
    pub words: &'static str,
    /// Where it leads.
    pub link: String,
}

/// What a person wrote.
#[derive(Clone, Debug)]
pub struct Quote {
    /// Who.
    pub by: String,
    /// What, line by line.
    pub lines: Vec<String>,
}

/// The words of a letter, from top to bottom.
#[derive(Clone, Debug)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// "Hello Femke,".
    pub greeting: String,
    /// Paragraphs above the action.
    pub before: Vec<String>,
    /// What to open.
    pub action: Option<Action>,
    /// What somebody wrote along.
    pub quote: Option<Quote>,
    /// Paragraphs below.
    pub after: Vec<String>,
    /// Where this Roster is.
    pub origin: String,
}

#[derive(Template)]
#[template(path = "outbox/mail/letter.txt")]
struct Plain<'a> {
    greeting: &'a str,
    before: &'a [String],
    action: Option<&'a Action>,
    quote: Option<&'a Quote>,
    after: &'a [String],
    origin: &'a str,
}

#[derive(Template)]
#[template(path = "outbox/mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    greeting: &'a str,
    before: &'a [String],
    action: Option<&'a Action>,
    quote: Option<&'a Quote>,
    after: &'a [String],
    origin: &'a str,
}

impl Words {
    /// Sets the words as text and as HTML.
    pub fn set(self) -> Result<Text, askama::Error> {
        let Self { subject, greeting, before, action, quote, after, origin } = &self;
        let (action, quote) = (action.as_ref(), quote.as_ref());
        let plain = Plain { greeting, before, action, quote, after, origin }.render()?;
        let html = Html { subject, greeting, before, action, quote, after, origin }.render()?;
        Ok(Text { subject: self.subject, plain, html, link: self.action.map(|action| action.link) })
    }
}

/// A text of one line that somebody typed, made harmless: no control and no invisible characters, and nothing that a
/// mail program would turn into a link.
pub fn harmless(text: &str) -> String {
    let seen = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_invisible(*c));
    let seen: String = seen.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(seen.len());
    let mut before = ' ';
    let mut rest = seen.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            // A domain's dot becomes one that no link goes over; 3.5 and "Acme Inc." keep theirs.
            '.' if before.is_alphanumeric()
                && after.is_alphanumeric()
                && !(before.is_ascii_digit() && after.is_ascii_digit()) =>
            {
                out.push('\u{2024}');
            }
            ':' if after == '/' => out.push_str(": "),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A name for a subject line, where long ones would hide the rest.
pub fn short(name: &str) -> String {
    let start = cut(name, 60);
    if start.len() == name.len() { name.to_owned() } else { format!("{}…", start.trim_end()) }
}

/// A message of several lines, each made harmless; no more than one empty line in a row.
pub fn harmless_lines(message: &str) -> Vec<String> {
    let mut lines: Vec<String> = message.trim().lines().map(harmless).collect();
    lines.dedup_by(|next, previous| next.is_empty() && previous.is_empty());
    if lines.iter().all(String::is_empty) { Vec::new() } else { lines }
}

/// "Hello Femke,", or without a name "Hello,".
pub fn greeting(first_name: &str) -> String {
    match harmless(first_name) {
        name if name.is_empty() => "Hello,".to_owned(),
        name => format!("Hello {name},"),
    }
}

/// "Admin", "Admin and Auditor", "Admin, Auditor and Monitor".
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "Tuesday, 24 February 2026, 13:30 UTC": nobody knows where the reader lives.
pub fn moment(at: Timestamp) -> String {
    at.to_jiff().strftime("%A, %-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_links_nowhere_and_forges_no_line() {
        assert_eq!(harmless("Acme Inc."), "Acme Inc.");
        assert_eq!(harmless("Release 3.5"), "Release 3.5");
        assert_eq!(harmless("see http://evil.example/x"), "see http: //evil․example/x");
        assert_eq!(harmless("www.evil.example"), "www․evil․example");
        assert_eq!(harmless("Bob\r\nBcc: eve@evil.example"), "Bob Bcc: eve@evil․example");
        assert_eq!(harmless("a\u{202e}b\u{200b}.c"), "ab․c");
    }

    #[test]
    fn lists_and_times_are_read_aloud() {
        let names = ["Admin", "Auditor", "Monitor"].map(str::to_owned);
        assert_eq!(list(&names), "Admin, Auditor and Monitor");
        assert_eq!(list(&names[..2]), "Admin and Auditor");
        assert_eq!(moment("2026-02-24T13:30:00Z".parse().unwrap()), "Tuesday, 24 February 2026, 13:30 UTC");
    }

    #[test]
    fn a_message_keeps_its_lines() {
        assert_eq!(harmless_lines("Hi\r\n.\r\n\r\n\r\nDATA"), ["Hi", ".", "", "DATA"]);
        assert!(harmless_lines(" \n\u{200b}").is_empty());
    }

    proptest! {
        #[test]
        fn nothing_typed_becomes_a_url(text in "[a-z:/.\\PC\\n\u{200b}]{0,40}", scheme in "(http|https|ftp)://[a-z.]{1,9}") {
            let out = harmless(&format!("{text}{scheme}"));
            prop_assert!(!out.contains("://") && !out.contains("www.e"));
            prop_assert!(!out.chars().any(char::is_control));
        }
    }
}
