//! The words of letters about the end of a membership (MEM-15).

use onesql::{Error, Query, params};

use super::subject::{Found, origin};
use super::text::{self, Words};
use super::{LetterKind, Stored};
use crate::app::App;
use crate::base::{EmailAddress, Timestamp};

const MEMBER: &str = "SELECT m.first_name, m.ends_at, o.name
  FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.id = $1";
const ORGANIZATION: &str = "SELECT a.first_name, o.name
  FROM organizations o LEFT JOIN accounts a ON a.email_key = $2 WHERE o.id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[MEMBER, ORGANIZATION];

/// That it ends, as long as it ends then; or that it goes on.
pub(super) async fn of_member(q: &mut impl Query, app: &App, letter: &Stored) -> Result<Found, Error> {
    let row: Option<(String, Option<Timestamp>, String)> =
        q.optional(MEMBER, params![letter.subject]).await?;
    let Some((first_name, ends_at, organization)) = row else { return Ok(None) };
    let (organization, end) = (text::harmless(&organization), Timestamp(letter.generation));
    let (name, at) = (text::short(&organization), text::moment(end));
    Ok(Some(match letter.kind {
        LetterKind::MembershipKept => {
            let before = vec![
                format!("Your membership of {organization} was to end on {at}."),
                "It goes on: nobody else there has the role that is in charge. It has no end date any more."
                    .to_owned(),
            ];
            let after = "Give the role to somebody else. Then an administrator can set an end date again.";
            (words(app, format!("Your membership of {name} goes on"), &first_name, before, after), true)
        }
        _ => {
            let before = vec![
                format!("Your membership of {organization} ends on {at}."),
                "From then on you can't sign in there. What you made stays, under your name.".to_owned(),
            ];
            let after = "If you need access for longer, ask an administrator there for a later date.";
            let words =
                words(app, format!("Your membership of {name} ends soon"), &first_name, before, after);
            (words, ends_at == Some(end))
        }
    }))
}

/// That it has ended.
pub(super) async fn ended(q: &mut impl Query, app: &App, letter: &Stored) -> Result<Found, Error> {
    let key = EmailAddress::key_of(&letter.recipient);
    let row: Option<(Option<String>, String)> =
        q.optional(ORGANIZATION, params![letter.subject, key]).await?;
    let Some((first_name, organization)) = row else { return Ok(None) };
    let organization = text::harmless(&organization);
    let at = text::moment(Timestamp(letter.generation));
    let before = vec![
        format!("Your membership of {organization} ended on {at}, the date that was set for it."),
        "You can't sign in there any more. Your account and what you made stay.".to_owned(),
    ];
    let after = "If you need access again, ask an administrator there to invite you.";
    let subject = format!("Your membership of {} has ended", text::short(&organization));
    Ok(Some((words(app, subject, &first_name.unwrap_or_default(), before, after), true)))
}

fn words(app: &App, subject: String, first_name: &str, before: Vec<String>, after: &str) -> Words {
    let greeting = text::greeting(first_name);
    Words {
        subject,
        greeting,
        before,
        action: None,
        quote: None,
        after: vec![after.to_owned()],
        origin: origin(app),
    }
}
