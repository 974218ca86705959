//! Letters on their way: one row each, written in the transaction of the command that sends it, delivered by the worker
//! with retries over restarts. A row holds ids, never a token (INV-3).

pub mod alarm;
mod domains;
pub mod membership_words;
pub mod message;
pub mod notice;
pub mod notice_words;
pub mod review_words;
pub mod schedule;
pub mod smtp;
pub mod store;
pub mod subject;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub mod worker;

use crate::base::{EmailAddress, LetterId, Timestamp};

/// What a letter is about. The worker makes text, link and token from the subject when it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// An invitation; the subject is the invitation.
    Invitation,
    /// A link to choose a new password; the subject is the reset.
    PasswordReset,
    /// A link to confirm a new address; the subject is the change.
    EmailChange,
    /// A notice that the password was changed; the subject is the notice.
    PasswordChanged,
    /// A notice to the old and the new address that the address was changed; the subject is the notice.
    EmailChanged,
    /// A notice of a sign-in with something new; the subject is the notice.
    NewDevice,
    /// A notice of other roles in an organization; the subject is the notice.
    RoleChanged,
    /// What whoever runs an organization reads when somebody disowns a notice; the subject is the member, and the
    /// generation an [`alarm::Alarm`].
    Alarm,
    /// A reminder of an access review; the subject is the review, and the generation says whether it is overdue.
    Review,
    /// Tells a guest that their membership ends; the subject is the member, and the generation the instant.
    MembershipEnds,
    /// Tells a guest that it has; the subject is the organization, since the member is gone.
    MembershipEnded,
    /// Tells somebody that it goes on, since nobody else is in charge; the subject is the member.
    MembershipKept,
}

impl LetterKind {
    /// The generation of the reminder before the due date.
    pub const DUE_SOON: i64 = 1;
    /// The generation of the reminder once it is past.
    pub const OVERDUE: i64 = 2;

    const ALL: [Self; 12] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::EmailChange,
        Self::PasswordChanged,
        Self::EmailChanged,
        Self::NewDevice,
        Self::RoleChanged,
        Self::Alarm,
        Self::Review,
        Self::MembershipEnds,
        Self::MembershipEnded,
        Self::MembershipKept,
    ];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::EmailChange => "email_change",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
            Self::NewDevice => "new_device",
            Self::RoleChanged => "role_changed",
            Self::Alarm => "alarm",
            Self::Review => "review",
            Self::MembershipEnds => "membership_ends",
            Self::MembershipEnded => "membership_ended",
            Self::MembershipKept => "membership_kept",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far a letter came, as an administrator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Waits for its first or its next try.
    Queued,
    /// A mail server took it.
    Sent,
    /// Given up, or not sent because its link had ended.
    Failed,
}

/// What became of a letter so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How far it came.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// What the last try that failed met with.
    pub last_error: Option<String>,
    /// When a mail server took it.
    pub sent_at: Option<Timestamp>,
}

impl Delivery {
    /// Of a letter that was queued by this very command.
    pub fn queued() -> Self {
        Self { state: DeliveryState::Queued, attempts: 0, last_error: None, sent_at: None }
    }
}

/// A letter as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: LetterId,
    /// What it is about.
    pub kind: LetterKind,
    /// The id of its subject.
    pub subject: uuid::Uuid,
    /// Which of the subject's links it carries.
    pub generation: i64,
    /// To whom.
    pub recipient: String,
    /// The same in every repeat.
    pub message_id: String,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// A letter to be queued.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// What it is about.
    pub kind: LetterKind,
    /// The id of its subject.
    pub subject: uuid::Uuid,
    /// Which of the subject's links it carries; 0 where there is one only. Of a letter without a link what its kind says.
    pub generation: i64,
    /// To whom: one address, never a list.
    pub to: &'a EmailAddress,
}
