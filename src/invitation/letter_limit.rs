//! How many letters one mailbox gets (INV-5).

use super::commands::InviteError;
use crate::base::time::{HOUR, seconds_until};
use crate::op::Op;
use crate::outbox::{self, LetterKind};

/// Letters to one mailbox in an hour, at the most, of one organization (INV-5).
pub const LETTERS_AN_HOUR: i64 = 5;

/// Refuses one letter more to a mailbox that got its letters of this hour.
pub(super) async fn limit_letters(op: &mut Op, key: &str) -> Result<(), InviteError> {
    let since = op.now.plus(-HOUR);
    let organization = op.organization_id();
    let (sent, first) =
        outbox::store::count_recent(&mut op.tx, organization, LetterKind::Invitation, key, since).await?;
    match first {
        Some(first) if sent >= LETTERS_AN_HOUR => {
            Err(InviteError::TooManyLetters(seconds_until(first.plus(HOUR), op.now)))
        }
        _ => Ok(()),
    }
}
