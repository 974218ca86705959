//! E-mail addresses: what a mail server would take (RFC 5321, 6531), kept as typed with a lower-case domain and compared
//! without regard to ASCII case, the domain in its ASCII form.

use std::fmt;

use email_address::Options;
use unicode_normalization::UnicodeNormalization;

/// A checked e-mail address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    shown: String,
    key: String,
}

/// A text that is no e-mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidEmail;

impl EmailAddress {
    /// Checks and normalises an address. Refused are display names, comments, quoted local parts (mail programs disagree
    /// on where they go), address literals, and domains without a dot or with a numeric top label.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        if text.len() > 254 {
            return Err(InvalidEmail);
        }
        let text: String = text.nfc().collect();
        let (local, domain, ascii) = Self::read(&text)?;
        let key = format!("{}@{ascii}", local.to_ascii_lowercase());
        // Lower case is no domain of its own for some letters, such as İ: those are shown as mail servers know them.
        let domain = match domain.to_lowercase() {
            lower if lower == domain => lower,
            lower => match Self::read(&format!("{local}@{lower}")) {
                Ok((_, _, same)) if same == ascii => lower,
                _ => ascii,
            },
        };
        Ok(Self { shown: format!("{local}@{domain}"), key })
    }

    /// The local part, the domain, and the domain's ASCII form.
    fn read(text: &str) -> Result<(&str, &str, String), InvalidEmail> {
        if text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(InvalidEmail);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        email_address::EmailAddress::parse_with_options(text, options).map_err(|_| InvalidEmail)?;
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        if local.starts_with('"') || local.starts_with('-') || super::text::fold(local).is_empty() {
            return Err(InvalidEmail);
        }
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidEmail)?;
        let top = ascii.rsplit('.').next().unwrap_or_default();
        if !ascii.contains('.') || top.len() < 2 || top.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidEmail);
        }
        if local.len() > 64 || local.len() + 1 + ascii.len() > 254 {
            return Err(InvalidEmail);
        }
        Ok((local, domain, ascii))
    }

    /// What is shown and mailed to.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// What two spellings of one mailbox have in common; the form that is compared and unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key of any text: of an address its [`key`](Self::key), of nonsense the text in lower case, so that a sign-in
    /// attempt with nonsense is counted like any other.
    pub fn key_of(text: &str) -> String {
        match Self::parse(text) {
            Ok(address) => address.key,
            Err(_) => super::text::cut(text.trim(), 320).to_ascii_lowercase(),
        }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_a_mail_server_takes() {
        for good in [
            "bob@example.com",
            "allen.bowman95@demo.local",
            "bob+tag@example.co.uk",
            "o'neil@example.com",
            "jörg@bücher.example",
            "a@xn--bcher-kva.example",
        ] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for bad in [
            "",
            "bob",
            "bob@",
            "@example.com",
            "bob@example",
            "bob@127.0.0.1",
            "bob@[127.0.0.1]",
            "bob@x_y.com",
            "a@b@c.com",
            "Bob <bob@example.com>",
            "bob@example.com,eve@example.com",
            "bob@-x.com",
            "bob@example..com",
            ".bob@example.com",
            "bob..b@example.com",
            "bob@example.com\r\nBcc: eve@example.com",
            "bo\0b@example.com",
            "\"bob@evil.com\"@example.com",
            "-oQ@example.com",
            "bob@example.c",
            "bob@example.com.",
            "bob\u{202e}@example.com",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
    }

    #[test]
    fn spellings_of_one_mailbox_have_one_key() {
        let a = EmailAddress::parse("Ann@Example.COM").unwrap();
        assert_eq!(a.as_str(), "Ann@example.com");
        assert_eq!(a.key(), "ann@example.com");
        assert_eq!(
            EmailAddress::parse("x@bücher.example").unwrap().key(),
            EmailAddress::parse("x@xn--bcher-kva.example").unwrap().key()
        );
        // Lower case that is no domain is not shown: a letter to it could not be sent.
        let dotted = EmailAddress::parse("a@İstanbul.example").unwrap();
        assert_eq!(EmailAddress::parse(dotted.as_str()), Ok(dotted));
        // Accents tell two people apart (A20).
        assert_ne!(
            EmailAddress::parse("mike@example.com").unwrap().key(),
            EmailAddress::parse("miké@example.com").unwrap().key()
        );
    }
}
