//! The chain: each event's hash covers the event and the hash before it, keyed with the installation's key, so that
//! nobody who can only write the database can make a new chain that holds.

use crate::base::secret::SecretKey;
use crate::base::{EventId, OrganizationId, Timestamp};

/// One event as it stands in the table.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose chain.
    pub organization: OrganizationId,
    /// The place in the chain, from 1.
    pub seq: i64,
    /// The event's id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// `member`, `account`, `operator`, `system`, `visitor`.
    pub actor_type: String,
    /// Who.
    pub actor_id: String,
    /// Their name at that time.
    pub actor_name: String,
    /// What.
    pub action: String,
    /// On what kind of thing.
    pub target_type: String,
    /// On which.
    pub target_id: String,
    /// Its name at that time.
    pub target_name: String,
    /// JSON: field → {from, to}.
    pub changes: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// From where.
    pub ip: String,
    /// With what.
    pub user_agent: String,
    /// In which request.
    pub request_id: String,
    /// The hash over all of it and the hash before.
    pub hash: [u8; 32],
}

/// What stands before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

impl Record {
    /// The hash that this event must have after one with the hash `previous`.
    pub fn hash_after(&self, key: &SecretKey, previous: &[u8; 32]) -> [u8; 32] {
        key.mac(
            b"roster audit event v1",
            &[
                previous,
                self.organization.0.as_bytes(),
                &self.seq.to_be_bytes(),
                self.id.0.as_bytes(),
                &self.at.0.to_be_bytes(),
                self.actor_type.as_bytes(),
                self.actor_id.as_bytes(),
                self.actor_name.as_bytes(),
                self.action.as_bytes(),
                self.target_type.as_bytes(),
                self.target_id.as_bytes(),
                self.target_name.as_bytes(),
                self.changes.as_bytes(),
                self.outcome.as_bytes(),
                self.ip.as_bytes(),
                self.user_agent.as_bytes(),
                self.request_id.as_bytes(),
            ],
        )
    }
}

/// The anchor outside the table: how far a chain goes and the hash of its last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last event's place; 0 for an empty chain.
    pub seq: i64,
    /// The last event's hash.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of an empty chain.
    pub const EMPTY: Self = Self { seq: 0, hash: GENESIS };

    /// The seal that proves the head to whoever has the installation's key.
    pub fn seal(&self, key: &SecretKey, organization: OrganizationId) -> [u8; 32] {
        key.mac(b"roster audit head v1", &[organization.0.as_bytes(), &self.seq.to_be_bytes(), &self.hash])
    }
}
