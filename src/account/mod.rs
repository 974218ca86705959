//! A person's identity for signing in.

pub mod api;
pub mod commands;
pub mod membership;
pub mod pages;
pub mod password;
pub mod store;
pub mod view;

#[cfg(test)]
pub mod samples;

use crate::audit::Target;
use crate::base::problem::Checks;
use crate::base::text::fold;
use crate::base::{AccountId, EmailAddress, Timestamp};

/// A person's identity for signing in: one per address in the whole installation.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The address as it is shown.
    pub email: String,
    /// The address as it is compared.
    pub email_key: String,
    /// Whether a mailed link proved that the person reads this mailbox.
    pub email_verified: bool,
    /// First name, empty until the profile is complete.
    pub first_name: String,
    /// Last name, empty until the profile is complete.
    pub last_name: String,
    /// Telephone, empty where none is given.
    pub phone: String,
    /// IANA time zone, empty where none is given.
    pub time_zone: String,
    /// BCP 47 language tag, empty where none is given.
    pub locale: String,
    /// The password's hash in PHC string format; `None` where the person has no password.
    pub password_hash: Option<String>,
    /// Whether the next sign-in must choose a new password.
    pub must_change_password: bool,
    /// Since when somebody else than the reader of the mailbox may know the password; `None` where its reader chose it.
    pub password_foreign_since: Option<Timestamp>,
    /// Raised by every change of password or address: what was mailed or challenged before is dead.
    pub credential_version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

impl Account {
    /// The person's name, or the address while there is none.
    pub fn name(&self) -> String {
        display_name(&self.first_name, &self.last_name, &self.email)
    }

    /// The account as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("account", self.id, self.name())
    }

    /// Whether who signs in is known to be who reads this mailbox: a mailed link proved the address, and the password was
    /// chosen by its reader. Nobody else joins another organization, or is given one.
    pub fn speaks_for_its_mailbox(&self) -> bool {
        self.email_verified && self.password_foreign_since.is_none()
    }

    /// What its memberships carry along.
    pub fn contact(&self) -> Contact {
        Contact { phone: self.phone.clone(), time_zone: self.time_zone.clone(), locale: self.locale.clone() }
    }

    /// The address, parsed. It was checked when it was stored.
    pub fn address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.email).ok()
    }
}

/// How, at which hours and in which language to reach somebody.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// The telephone; may be empty.
    pub phone: String,
    /// The IANA time zone; may be empty.
    pub time_zone: String,
    /// The language tag; may be empty.
    pub locale: String,
}

/// "First Last", or the address while there is no name.
pub fn display_name(first: &str, last: &str, email: &str) -> String {
    match (first.is_empty(), last.is_empty()) {
        (true, true) => email.to_owned(),
        (false, true) => first.to_owned(),
        (true, false) => last.to_owned(),
        (false, false) => format!("{first} {last}"),
    }
}

/// What people are sorted by: the folded name, or the folded address while there is none.
pub fn name_key(first: &str, last: &str, email: &str) -> String {
    fold(&display_name(first, last, email))
}

/// What people are searched in: name and address, folded.
pub fn search_text(first: &str, last: &str, email: &str) -> String {
    fold(&format!("{first} {last} {email}"))
}

/// A checked telephone number: digits and the marks that people put between them; may be empty.
pub fn check_phone(checks: &mut Checks, pointer: &str, text: &str) -> String {
    let text = text.trim();
    let fits =
        text.chars().all(|c| c.is_ascii_digit() || " +-./()".contains(c)) && text.chars().count() <= 40;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !text.is_empty() && (!fits || digits < 3) {
        checks.wrong(
            pointer,
            "invalid_phone",
            "This is not a telephone number. Use digits, spaces and a leading +.",
        );
    }
    text.to_owned()
}

/// A checked IANA time zone, spelled as the database spells it; may be empty.
pub fn check_time_zone(checks: &mut Checks, pointer: &str, text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let zone = jiff::tz::TimeZone::get(text).ok();
    match zone.as_ref().and_then(|zone| zone.iana_name()) {
        Some(name) => name.to_owned(),
        None => {
            let detail = "This is no time zone of the IANA database. An example: Europe/Berlin.";
            checks.wrong(pointer, "unknown_time_zone", detail);
            String::new()
        }
    }
}

/// A checked language tag (BCP 47, by its form); may be empty.
pub fn check_locale(checks: &mut Checks, pointer: &str, text: &str) -> String {
    let text = text.trim();
    let fits = text.len() <= 35
        && text
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !text.is_empty() && !fits {
        checks.wrong(pointer, "invalid_locale", "This is no language tag. An example: en-GB.");
    }
    text.to_owned()
}
