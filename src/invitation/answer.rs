//! Why a letter's link does not do what it is for.

use super::Status;
use super::commands::InviteError;
use crate::base::Problem;
use crate::op::OpError;
use crate::sign_in::enter::EnterError;
use crate::throttle::{self, ChargeError};

/// Why a letter's link does not do what it is for.
#[derive(Debug)]
pub enum AnswerError {
    /// The token is no invitation's.
    Unknown,
    /// A newer letter replaced this one.
    Superseded,
    /// The invitation was answered, withdrawn, or is past its time.
    Closed(Status),
    /// The address has an account: sign in first.
    SignInRequired,
    /// Somebody else is signed in.
    SignedInAsOther,
    /// Somebody else may know the account's password; the challenge says that they may choose a new one.
    PasswordChangeRequired(String),
    /// The link was handed over, and the account has not shown to be the mailbox's reader.
    MailboxUnproven,
    /// Too many answers that show whether an account exists: come back in so many seconds.
    TooMany(u64),
    /// What was typed is wrong.
    Input(Problem),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for AnswerError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ChargeError> for AnswerError {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::TooMany(seconds) => Self::TooMany(seconds),
            ChargeError::Database(error) => error.into(),
        }
    }
}

impl From<InviteError> for AnswerError {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Op(error) => Self::Op(error),
            InviteError::State(status) => Self::Closed(status),
            _ => Self::Superseded,
        }
    }
}

impl From<EnterError> for AnswerError {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Op(error) => Self::Op(error),
            EnterError::Refused(..) => Self::Superseded,
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        use AnswerError as E;
        let gone = |code: &str, detail: &str| Self::new(410, code, detail);
        match error {
            E::Unknown => {
                Self::new(404, "invitation_not_found", "This is no invitation. Check that the link is whole.")
            }
            E::Superseded => {
                gone("invitation_superseded", "A newer letter replaced this one. Use the link in the newest.")
            }
            E::Closed(Status::Expired) => {
                gone("invitation_expired", "This invitation has expired. Ask for a new one.")
            }
            E::Closed(Status::Revoked) => gone("invitation_revoked", "This invitation was withdrawn."),
            E::Closed(Status::Accepted) => {
                gone("invitation_accepted", "This invitation was accepted already. Sign in instead.")
            }
            E::Closed(Status::Declined) => {
                gone("invitation_declined", "This invitation was declined. Ask for a new one.")
            }
            E::Closed(Status::Pending) => {
                Self::conflict("invitation_changed", "The invitation changed a moment ago. Try again.")
            }
            E::SignInRequired => Self::new(
                401,
                "sign_in_required",
                "This address has an account. Sign in with it, then accept.",
            ),
            E::SignedInAsOther => Self::conflict(
                "signed_in_as_other",
                "You are signed in with another address. Sign out, then open the link again.",
            ),
            E::PasswordChangeRequired(challenge) => Self {
                challenge: Some(challenge),
                ..Self::new(
                    403,
                    "password_change_required",
                    "An administrator chose your password, or the one before it, and may know it. Choose a new one, then accept.",
                )
            },
            E::MailboxUnproven => Self::new(
                403,
                "mailbox_unproven",
                "This link was handed over, which does not show that you read this mailbox. Use the link in the letter, or choose a new password by \"Forgot it?\" first.",
            ),
            E::TooMany(seconds) => throttle::too_many(seconds),
            E::Input(problem) => problem,
            E::Op(error) => error.into(),
        }
    }
}
