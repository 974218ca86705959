//! What a letter is about, read when it is sent or shown, and the words that follow from it. The link is made here, from
//! the installation's key, and stands nowhere else.

use onesql::{Error, Query, params};

use super::text::{self, Action, Quote, Text, Words};
use super::{LetterKind, Stored, membership_words, notice_words, review_words};
use crate::app::App;
use crate::base::secret::Purpose;
use crate::base::{MemberId, Timestamp};

const INVITATION: &str =
    "SELECT i.status, i.generation, i.expires_at, i.first_name, i.message, i.invited_by_id,
    i.invited_by_name, i.member_id, o.name
  FROM invitations i JOIN organizations o ON o.id = i.organization_id WHERE i.id = $1";
const ROLES: &str = "SELECT r.label FROM member_roles mr JOIN roles r ON r.id = mr.role_id
  WHERE mr.member_id = $1 ORDER BY r.rank DESC, r.label";
const PASSWORD_RESET: &str =
    "SELECT p.credential_version = a.credential_version, p.expires_at, p.ended_at, a.first_name
  FROM password_resets p JOIN accounts a ON a.id = p.account_id WHERE p.id = $1";
const EMAIL_CHANGE: &str =
    "SELECT c.credential_version = a.credential_version, c.expires_at, c.ended_at, a.first_name, a.last_name, a.email
  FROM email_changes c JOIN accounts a ON a.id = c.account_id WHERE c.id = $1";
/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INVITATION, ROLES, PASSWORD_RESET, EMAIL_CHANGE];

/// A letter's text, and whether it still says what is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Its words.
    pub text: Text,
    /// Whether its link opens; a letter that no longer does is not sent.
    pub is_live: bool,
}

/// Reads what a letter is about and writes it; `None` where its subject is gone.
pub async fn compose(
    q: &mut impl Query,
    app: &App,
    letter: &Stored,
    now: Timestamp,
) -> Result<Option<Composed>, Error> {
    let found = match letter.kind {
        LetterKind::Invitation => invitation(q, app, letter, now).await?,
        LetterKind::PasswordReset => password_reset(q, app, letter, now).await?,
        LetterKind::EmailChange => email_change(q, app, letter, now).await?,
        LetterKind::PasswordChanged
        | LetterKind::EmailChanged
        | LetterKind::NewDevice
        | LetterKind::RoleChanged => notice_words::notice(q, app, letter, now).await?,
        LetterKind::Alarm => notice_words::alarm(q, app, letter).await?,
        LetterKind::Review => review_words::reminder(q, app, letter).await?,
        LetterKind::MembershipEnds | LetterKind::MembershipKept => {
            membership_words::of_member(q, app, letter).await?
        }
        LetterKind::MembershipEnded => membership_words::ended(q, app, letter).await?,
    };
    let Some((words, is_live)) = found else { return Ok(None) };
    let text = words.set().map_err(|error| Error::Other(format!("a letter that can't be set: {error}")))?;
    Ok(Some(Composed { text, is_live }))
}

pub(super) type Found = Option<(Words, bool)>;

/// A link to a page of this installation with the token that it needs.
pub(super) fn link(app: &App, path: &str, purpose: Purpose, letter: &Stored) -> Option<String> {
    let generation = u32::try_from(letter.generation).ok()?;
    Some(
        app.settings
            .public_url
            .join(&format!("{path}{}", app.key.token(purpose, letter.subject, generation))),
    )
}

pub(super) fn origin(app: &App) -> String {
    app.settings.public_url.origin().to_owned()
}

type InvitationRow = (String, i64, Timestamp, String, String, String, String, Option<MemberId>, String);

async fn invitation(q: &mut impl Query, app: &App, letter: &Stored, now: Timestamp) -> Result<Found, Error> {
    let row: Option<InvitationRow> = q.optional(INVITATION, params![letter.subject]).await?;
    let Some((status, generation, expires_at, first_name, message, by_id, by_name, member, organization)) =
        row
    else {
        return Ok(None);
    };
    let roles: Vec<(String,)> = match member {
        Some(member) => q.all(ROLES, params![member]).await?,
        None => Vec::new(),
    };
    let roles: Vec<String> = roles.iter().map(|(label,)| text::harmless(label)).collect();
    let organization = text::harmless(&organization);
    // The operator and the command line invite, too, but are nobody whom the reader knows.
    let is_person = by_id.starts_with("mem_") || by_id.starts_with("acct_");
    let inviter = Some(text::harmless(&by_name)).filter(|name| is_person && !name.is_empty());
    let (subject, mut opening) = match &inviter {
        Some(name) => (
            format!("{} invited you to {}", text::short(name), text::short(&organization)),
            format!("{name} invited you to {organization}."),
        ),
        None => (
            format!("You are invited to {}", text::short(&organization)),
            format!("You are invited to {organization}."),
        ),
    };
    match roles.len() {
        0 => {}
        1 => opening.push_str(&format!(" Your role will be {}.", roles[0])),
        _ => opening.push_str(&format!(" Your roles will be {}.", text::list(&roles))),
    }
    let Some(link) = link(app, "/invitations/", Purpose::Invitation, letter) else { return Ok(None) };
    let lines = text::harmless_lines(&message);
    let by = inviter.unwrap_or_else(|| organization.clone());
    let words = Words {
        subject,
        greeting: text::greeting(&first_name),
        before: vec![opening],
        action: Some(Action { words: "Open the invitation", link }),
        quote: (!lines.is_empty()).then_some(Quote { by, lines }),
        after: vec![
            format!("The link is meant for you alone and works until {}.", text::moment(expires_at)),
            "You join only if you accept. If you do nothing, the invitation expires and nothing else happens."
                .to_owned(),
        ],
        origin: origin(app),
    };
    let is_live = status == "pending" && generation == letter.generation && expires_at > now;
    Ok(Some((words, is_live)))
}

async fn password_reset(
    q: &mut impl Query,
    app: &App,
    letter: &Stored,
    now: Timestamp,
) -> Result<Found, Error> {
    let Some((is_current, expires_at, ended_at, first_name)) = q
        .optional::<(bool, Timestamp, Option<Timestamp>, String)>(PASSWORD_RESET, params![letter.subject])
        .await?
    else {
        return Ok(None);
    };
    let Some(link) = link(app, "/password-reset/", Purpose::PasswordReset, letter) else { return Ok(None) };
    let words = Words {
        subject: "Choose a new password".to_owned(),
        greeting: text::greeting(&first_name),
        before: vec![format!(
            "Somebody, probably you, asked for a new password for the account {}.",
            letter.recipient
        )],
        action: Some(Action { words: "Choose a new password", link }),
        quote: None,
        after: vec![
            format!("The link works once, until {}.", text::moment(expires_at)),
            "If it was not you, do nothing: your password stays as it is, and nobody but the owner of this mailbox \
             can change it with this link."
                .to_owned(),
        ],
        origin: origin(app),
    };
    Ok(Some((words, is_current && ended_at.is_none() && expires_at > now)))
}

type EmailChangeRow = (bool, Timestamp, Option<Timestamp>, String, String, String);

async fn email_change(
    q: &mut impl Query,
    app: &App,
    letter: &Stored,
    now: Timestamp,
) -> Result<Found, Error> {
    let found: Option<EmailChangeRow> = q.optional(EMAIL_CHANGE, params![letter.subject]).await?;
    let Some((is_current, expires_at, ended_at, first_name, last_name, old)) = found else {
        return Ok(None);
    };
    // The reader is perhaps not who asked, and must not confirm for a stranger unknowingly: no name in the greeting, and
    // whose account it is before the link.
    let whose = match text::harmless(&format!("{first_name} {last_name}")) {
        name if name.is_empty() => format!("The account {old}"),
        name => format!("The account of {name} ({old})"),
    };
    let Some(link) = link(app, "/email-change/", Purpose::EmailChange, letter) else { return Ok(None) };
    let words = Words {
        subject: "Confirm your new e-mail address".to_owned(),
        greeting: text::greeting(""),
        before: vec![
            format!("{whose} asked to use this address, {}, from now on.", letter.recipient),
            "If that is not you, ignore this letter: nothing happens without the confirmation, and with it your address \
             would belong to somebody else's account."
                .to_owned(),
        ],
        action: Some(Action { words: "Confirm this address", link }),
        quote: None,
        after: vec![format!("The link works once, until {}.", text::moment(expires_at))],
        origin: origin(app),
    };
    Ok(Some((words, is_current && ended_at.is_none() && expires_at > now)))
}
