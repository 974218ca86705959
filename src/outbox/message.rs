//! A letter as the bytes that go to the mail server (RFC 5322): one recipient, the row's Message-ID, plain text and HTML.

use std::time::{Duration, SystemTime};

use lettre::address::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, Date, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::Stored;
use super::smtp::Undelivered;
use super::text::Text;
use crate::app::App;
use crate::base::{EmailAddress, Timestamp};

/// Tells other machines not to answer with "I am on holiday" (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Says that a letter can't be put into bytes; another try would not change it.
pub fn unwritable(error: impl std::fmt::Display) -> Undelivered {
    Undelivered::ForGood(format!("the letter can't be written: {error}"))
}

/// The address as mail servers know it: the domain in ASCII, so that only a local part can need SMTPUTF8.
pub fn envelope_address(address: &EmailAddress) -> Result<Address, Undelivered> {
    let local = address.as_str().rsplit_once('@').map_or("", |(local, _)| local);
    let domain = address.key().rsplit_once('@').map_or("", |(_, domain)| domain);
    Address::new(local, domain).map_err(unwritable)
}

/// Writes the letter.
pub fn write(app: &App, letter: &Stored, to: &Address, text: &Text) -> Result<Vec<u8>, Undelivered> {
    let parts = MultiPart::alternative()
        // Known beforehand, so that a repeat is the same letter; nobody else knows the id.
        .boundary(crate::base::id::encode_base32(letter.id.0))
        .singlepart(part(ContentType::TEXT_PLAIN, &text.plain))
        .singlepart(part(ContentType::TEXT_HTML, &text.html));
    let message = Message::builder()
        .date(date(app.now()).into())
        .from(app.settings.mail_from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(text.subject.clone())
        .message_id(Some(letter.message_id.clone()))
        .header(AutoSubmitted)
        .multipart(parts)
        .map_err(unwritable)?;
    Ok(message.formatted())
}

/// Plain where it can be, else quoted-printable: both can be read in the source.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let plain = Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::SevenBit);
    let body =
        plain.or_else(|_| Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable));
    // Quoted-printable takes every text.
    let body = body.unwrap_or_else(Body::new);
    SinglePart::builder().header(kind).body(body)
}

fn date(at: Timestamp) -> Date {
    Date::new(SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(at.0).unwrap_or(0)))
}
