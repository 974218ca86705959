//! What an organization knows of an address that is to be invited.

use std::collections::HashMap;

use onesql::{Together, at_once};

use super::commands::InviteError;
use super::{Invitation, store};
use crate::base::time::{HOUR, seconds_until};
use crate::base::{EmailAddress, OrganizationId, Timestamp};
use crate::member::{self, Member};
use crate::op::{Op, OpError};
use crate::outbox::{self, LetterKind};

/// Letters to one mailbox in an hour, at the most, of one organization (INV-5).
pub const LETTERS_AN_HOUR: i64 = 5;

/// Addresses that are looked up at once; each takes some kilobytes meanwhile.
const AT_ONCE: usize = 50;

/// The letters that an organization sent to one mailbox in the last hour.
pub(super) struct Letters {
    sent: i64,
    first: Option<Timestamp>,
}

impl Letters {
    pub(super) async fn read(op: &mut Op, key: &str) -> Result<Self, OpError> {
        let (organization, now) = (op.organization_id(), op.now);
        Ok(Self::count(&op.tx.together().await?, organization, key, now).await?)
    }

    async fn count(
        mut q: &Together<'_>,
        organization: OrganizationId,
        key: &str,
        now: Timestamp,
    ) -> Result<Self, onesql::Error> {
        let (kind, since) = (LetterKind::Invitation, now.plus(-HOUR));
        let (sent, first) = outbox::store::count_recent(&mut q, organization, kind, key, since).await?;
        Ok(Self { sent, first })
    }

    /// Refuses one letter more to a mailbox that got its letters of this hour.
    pub(super) fn one_more(&self, now: Timestamp) -> Result<(), InviteError> {
        match self.first {
            Some(first) if self.sent >= LETTERS_AN_HOUR => {
                Err(InviteError::TooManyLetters(seconds_until(first.plus(HOUR), now)))
            }
            _ => Ok(()),
        }
    }
}

/// What there is of an address.
pub(super) struct Known {
    pub(super) member: Option<Member>,
    pub(super) earlier: Option<Invitation>,
    pub(super) letters: Letters,
}

impl Known {
    async fn read(
        q: &Together<'_>,
        organization: OrganizationId,
        key: &str,
        now: Timestamp,
    ) -> Result<Self, onesql::Error> {
        let (mut members, mut invitations) = (q, q);
        let (member, earlier, letters) = tokio::try_join!(
            member::store::find_by_email(&mut members, organization, key),
            store::find_unaccepted(&mut invitations, organization, key),
            Letters::count(q, organization, key, now),
        )?;
        Ok(Self { member, earlier, letters })
    }
}

/// What is known of addresses that are about to be invited in this command, by key: read together, because each by itself is
/// a journey to the database. Inviting one changes nothing of another.
#[derive(Default)]
pub struct Ahead(HashMap<String, Known>);

impl Ahead {
    /// Reads what is known of the addresses that are some.
    pub async fn read<'a>(op: &mut Op, typed: impl Iterator<Item = &'a str>) -> Result<Self, OpError> {
        let keys: Vec<_> = typed
            .filter_map(|typed| EmailAddress::parse(typed).ok())
            .map(|email| email.key().to_owned())
            .collect();
        let (organization, now) = (op.organization_id(), op.now);
        let together = op.tx.together().await?;
        let mut ahead = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(AT_ONCE) {
            let read = keys.iter().map(|key| Known::read(&together, organization, key, now));
            for (key, known) in keys.iter().zip(at_once(read).await) {
                ahead.insert(key.clone(), known?);
            }
        }
        Ok(Self(ahead))
    }

    /// What is known of an address; once, because whoever asks is about to change it.
    pub(super) async fn take(&mut self, op: &mut Op, key: &str) -> Result<Known, OpError> {
        if let Some(known) = self.0.remove(key) {
            return Ok(known);
        }
        let (organization, now) = (op.organization_id(), op.now);
        Ok(Known::read(&op.tx.together().await?, organization, key, now).await?)
    }
}
