//! Letters on their way: one row each, written in the transaction of the command that sends it, delivered by the worker
//! with retries over restarts. A row holds ids, never a token (INV-3).

#[cfg(test)]
pub mod samples;
pub mod store;
pub mod view;

use crate::base::EmailAddress;

/// What a letter is about. The worker makes text, link and token from the subject when it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// An invitation; the subject is the invitation.
    Invitation,
    /// A link to choose a new password; the subject is the reset.
    PasswordReset,
    /// A link to confirm a new address; the subject is the change.
    EmailChange,
    /// A notice that the password was changed; the subject is the account.
    PasswordChanged,
    /// A notice to the old and the new address that the address was changed; the subject is the account.
    EmailChanged,
}

impl LetterKind {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::EmailChange => "email_change",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invitation, Self::PasswordReset, Self::EmailChange, Self::PasswordChanged, Self::EmailChanged]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A letter to be queued.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// What it is about.
    pub kind: LetterKind,
    /// The id of its subject.
    pub subject: uuid::Uuid,
    /// Which of the subject's links it carries; 0 where there is one only.
    pub generation: i64,
    /// To whom: one address, never a list.
    pub to: &'a EmailAddress,
}
