//! The words of notices, and of what whoever runs an organization reads when somebody disowns one.

use onesql::{Error, Query, params};

use super::Stored;
use super::alarm::{About, Alarm};
use super::notice::{self, Happening, Notice};
use super::subject::{Found, link, origin};
use super::text::{self, Action, Words};
use crate::app::App;
use crate::base::secret::Purpose;
use crate::base::{EmailAddress, MemberId, NoticeId, Timestamp};

const READER: &str = "SELECT a.first_name, a.email_key, o.name
  FROM accounts a LEFT JOIN organizations o ON o.id = $2 WHERE a.id = $1";
const MEMBER: &str = "SELECT m.first_name, m.last_name, m.email, o.name
  FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[READER, MEMBER];

/// A notice. Its link lets its reader say that it was not them; it is sent even late, when the link has ended.
pub(super) async fn notice(
    q: &mut impl Query,
    app: &App,
    letter: &Stored,
    now: Timestamp,
) -> Result<Found, Error> {
    let Some(notice) = notice::find(q, NoticeId(letter.subject)).await? else { return Ok(None) };
    let row: Option<(String, String, Option<String>)> =
        q.optional(READER, params![notice.account, notice.organization]).await?;
    let Some((first_name, key, organization)) = row else { return Ok(None) };
    let is_owners = EmailAddress::key_of(&letter.recipient) == key;
    let (subject, mut before) =
        news(&notice, &letter.recipient, is_owners, &organization.unwrap_or_default());
    let Some(link) = link(app, "/notices/", Purpose::Notice, letter) else { return Ok(None) };
    let (asks, answer) = match notice.happening {
        Happening::RoleChanged { .. } => (
            "If you expected this, there is nothing to do. If you did not, say so to those in charge.",
            "I did not expect this",
        ),
        _ => ("If that was you, there is nothing to do. If it was not, say so.", "This was not me"),
    };
    let mut after = Vec::new();
    let mut action = None;
    if notice.ends_at() > now {
        before.push(asks.to_owned());
        action = Some(Action { words: answer, link });
        after.push(format!("The link works until {}.", text::moment(notice.ends_at())));
    } else {
        // Late by more than the link lasts: no mail server could be reached for days.
        let advice =
            "If that was not you, choose a new password and tell an administrator of your organization.";
        after.push(advice.to_owned());
    }
    let greeting = text::greeting(&first_name);
    let words = Words { subject, greeting, before, action, quote: None, after, origin: origin(app) };
    Ok(Some((words, true)))
}

/// Subject and first paragraph.
fn news(notice: &Notice, recipient: &str, is_owners: bool, organization: &str) -> (String, Vec<String>) {
    let at = text::moment(notice.created_at);
    match &notice.happening {
        Happening::PasswordChanged => (
            "Your password was changed".to_owned(),
            vec![format!("The password of your account {recipient} was changed on {at}.")],
        ),
        // Both mailboxes are told; the old one is not told the new address, whoever reads it by now.
        Happening::EmailChanged => (
            "Your e-mail address was changed".to_owned(),
            vec![if is_owners {
                format!("Since {at} you sign in to your account with this address, {recipient}.")
            } else {
                format!("Since {at} your account no longer signs in with this address, {recipient}.")
            }],
        ),
        Happening::NewDevice { device, ip } => (
            format!("New sign-in with {}", text::short(&text::harmless(device))),
            vec![
                format!(
                    "Somebody signed in to your account {recipient} with something that was not used for it before:"
                ),
                format!("{}, from the address {ip}, on {at}.", text::harmless(device)),
            ],
        ),
        Happening::RoleChanged { from, to, by } => {
            let organization = text::harmless(organization);
            let by = match text::harmless(by) {
                name if name.is_empty() => "Your role was changed".to_owned(),
                name => format!("{name} changed your role"),
            };
            (
                format!("Your role in {} was changed", text::short(&organization)),
                vec![format!("{by} in {organization} from {} to {}, on {at}.", roles(from), roles(to))],
            )
        }
    }
}

fn roles(labels: &[String]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| text::harmless(label)).collect();
    if labels.is_empty() { "none".to_owned() } else { text::list(&labels) }
}

/// What whoever runs an organization reads: who disowned what, and where to look.
pub(super) async fn alarm(q: &mut impl Query, app: &App, letter: &Stored) -> Result<Found, Error> {
    let Some(alarm) = Alarm::from_number(letter.generation) else { return Ok(None) };
    let row: Option<(String, String, String, String)> = q.optional(MEMBER, params![letter.subject]).await?;
    let Some((first, last, email, organization)) = row else { return Ok(None) };
    let name = match text::harmless(&format!("{first} {last}")) {
        name if name.is_empty() => email.clone(),
        name => name,
    };
    let organization = text::harmless(&organization);
    let what = match alarm.about {
        About::Password => "a change of their password",
        About::Email => "a change of their e-mail address",
        About::SignIn => "a sign-in to their account",
        About::Roles => "a change of their role",
    };
    let state = match (alarm.secured, alarm.about) {
        (true, _) => "They are signed out everywhere, and the password in use no longer works.",
        (false, About::Roles) => "Nothing was undone: their role is what it was changed to.",
        (false, _) => {
            "They are signed out everywhere. Nothing else was undone: address and password are as they were changed."
        }
    };
    let answers = match alarm.about {
        About::Roles => "answers that they did not expect it",
        _ => "answers that it was not them",
    };
    let words = Words {
        subject: format!("{} {answers}: {what}", text::short(&name)),
        greeting: text::greeting(""),
        before: vec![
            format!("{name} ({email}), a member of {organization}, was told of {what} and {answers}."),
            state.to_owned(),
            "Look at what was done in their name and on them, and talk to them by another way than e-mail. Until it is clear, you can suspend them there.".to_owned(),
        ],
        action: Some(Action {
            words: "Look at this user",
            link: app.settings.public_url.join(&format!("/users/{}", MemberId(letter.subject))),
        }),
        quote: None,
        after: vec![format!("You read this because you run {organization}.")],
        origin: origin(app),
    };
    Ok(Some((words, true)))
}
