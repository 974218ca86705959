//! The words of the letter that reminds of an access review.

use onesql::{Error, Query, params};

use super::subject::{Found, origin};
use super::text::{self, Action, Words};
use super::{LetterKind, Stored};
use crate::app::App;
use crate::base::{ReviewId, Timestamp};

const REVIEW: &str = "SELECT r.name, r.state, r.total, r.kept + r.removed, r.due_at, o.name, COALESCE(a.first_name, '')
  FROM reviews r JOIN organizations o ON o.id = r.organization_id LEFT JOIN accounts a ON a.id = r.started_by WHERE r.id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[REVIEW];

type ReviewRow = (String, String, i64, i64, Timestamp, String, String);

/// A reminder. It is not sent once the review is closed.
pub(super) async fn reminder(q: &mut impl Query, app: &App, letter: &Stored) -> Result<Found, Error> {
    let row: Option<ReviewRow> = q.optional(REVIEW, params![letter.subject]).await?;
    let Some((name, state, total, decided, due_at, organization, first_name)) = row else { return Ok(None) };
    let (name, organization) = (text::harmless(&name), text::harmless(&organization));
    let overdue = letter.generation == LetterKind::OVERDUE;
    let due = text::moment(due_at);
    let (subject, when) = match overdue {
        true => ("is overdue", format!("was due on {due}")),
        false => ("is due soon", format!("is due on {due}")),
    };
    let left = match total - decided {
        0 => "Everything is decided; it only has to be closed.".to_owned(),
        left => format!("{decided} of {total} are decided, {left} are left."),
    };
    let words = Words {
        subject: format!("The access review {} {subject}", text::short(&name)),
        greeting: text::greeting(&first_name),
        before: vec![format!("The access review {name} in {organization}, which you started, {when}."), left],
        action: Some(Action {
            words: "Open the review",
            link: app.settings.public_url.join(&format!("/reviews/{}", ReviewId(letter.subject))),
        }),
        quote: None,
        after: vec!["Sign in to decide; nothing happens by opening the page.".to_owned()],
        origin: origin(app),
    };
    Ok(Some((words, state == "open")))
}
