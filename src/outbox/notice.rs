//! What happened to somebody's account or role that they may not have wanted: they are told by letter, and the letter has
//! a link by which they say that it was not them (R04).

use onesql::{Error, FromRow, Query, Row, Tx, params};
use serde::{Deserialize, Serialize};

use super::LetterKind;
use crate::base::time::DAY;
use crate::base::{AccountId, EmailAddress, NoticeId, OrganizationId, Timestamp};

/// How long the link in a notice works.
pub const LIFETIME: i64 = 7 * DAY;

/// What happened, with what its reader needs to tell whether it was them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// Another password.
    PasswordChanged,
    /// Another address; the old and the new one are told.
    EmailChanged,
    /// A sign-in with a browser or program that this account never used before.
    NewDevice {
        /// "Firefox on Windows".
        device: String,
        /// From where.
        ip: String,
    },
    /// Other roles in one organization.
    RoleChanged {
        /// The labels before.
        from: Vec<String>,
        /// The labels since.
        to: Vec<String>,
        /// The name of the member who changed them; empty where it was no member.
        by: String,
    },
}

impl Happening {
    /// The kind of letter that tells it.
    pub fn letter(&self) -> LetterKind {
        match self {
            Self::PasswordChanged => LetterKind::PasswordChanged,
            Self::EmailChanged => LetterKind::EmailChanged,
            Self::NewDevice { .. } => LetterKind::NewDevice,
            Self::RoleChanged { .. } => LetterKind::RoleChanged,
        }
    }
}

/// One notice to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id; the link is made from it.
    pub id: NoticeId,
    /// Whose account.
    pub account: AccountId,
    /// Where it happened; `None` where it concerns the account itself.
    pub organization: Option<OrganizationId>,
    /// What.
    pub happening: Happening,
    /// Who was told, as addresses are compared.
    pub recipient_key: String,
    /// When.
    pub created_at: Timestamp,
    /// When its reader said that it was not them.
    pub disowned_at: Option<Timestamp>,
}

impl Notice {
    /// Whether its link still opens.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.disowned_at.is_none() && self.ends_at() > now
    }

    /// Until when it does.
    pub fn ends_at(&self) -> Timestamp {
        self.created_at.plus(LIFETIME)
    }
}

impl FromRow for Notice {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let happened: String = row.get(3)?;
        Ok(Self {
            id: row.get(0)?,
            account: row.get(1)?,
            organization: row.get(2)?,
            happening: serde_json::from_str(&happened)
                .map_err(|error| Error::Other(format!("a notice: {error}")))?,
            recipient_key: row.get(4)?,
            created_at: row.get(5)?,
            disowned_at: row.get(6)?,
        })
    }
}

const INSERT: &str =
    "INSERT INTO notices (id, account_id, organization_id, happened, recipient_key, created_at)
  VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT id, account_id, organization_id, happened, recipient_key, created_at, disowned_at
  FROM notices WHERE id = $1";
const DISOWN: &str = "UPDATE notices SET disowned_at = $2 WHERE id = $1 AND disowned_at IS NULL";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INSERT, FIND, DISOWN];

/// Keeps what a notice says, for its letter and for what its reader answers.
pub async fn insert(
    tx: &mut Tx,
    id: NoticeId,
    (account, organization): (AccountId, Option<OrganizationId>),
    to: &EmailAddress,
    happening: &Happening,
    now: Timestamp,
) -> Result<(), Error> {
    let happened =
        serde_json::to_string(happening).map_err(|error| Error::Other(format!("a notice: {error}")))?;
    tx.send(INSERT, params![id, account, organization, happened, to.key(), now]).await
}

/// A notice by its id.
pub async fn find(q: &mut impl Query, id: NoticeId) -> Result<Option<Notice>, Error> {
    q.optional(FIND, params![id]).await
}

/// Notes that its reader disowned it; `false` where they had.
pub async fn disown(tx: &mut Tx, id: NoticeId, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(DISOWN, params![id, now]).await? == 1)
}
