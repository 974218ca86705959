//! Sessions: one signed-in browser or client of an account. The token is random and stored as its hash only (R13); what a
//! session may do is read from the database at every request, so an end of it acts at once on every process (SES-7).

pub mod api;
pub mod commands;
pub mod list;
pub mod pages;
pub mod resolve;
#[cfg(test)]
pub mod samples;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

pub use resolve::resolve;

use crate::base::client::Device;
use crate::base::time::{DAY, MINUTE};
use crate::base::{AccountId, MemberId, OrganizationId, SessionId, Timestamp};

/// What every session token begins with.
pub const TOKEN_PREFIX: &str = "rs_";

/// Without use for so long a session is over.
pub const IDLE_LIFETIME: i64 = 7 * DAY;

/// After so long a session is over in any case.
pub const ABSOLUTE_LIFETIME: i64 = 30 * DAY;

/// The last activity is written no more often than this, so that a request normally only reads.
pub const TOUCH_INTERVAL: i64 = MINUTE;

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// E-mail and password.
    Password,
    /// The link of an invitation.
    Invitation,
}

impl Method {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Invitation => "invitation",
        }
    }
}

/// A live session as its owner, or an administrator of an organization that it was used in, sees it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id; never the secret (R21).
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's membership, where an organization looks at it.
    pub member: Option<MemberId>,
    /// From what: device, browser, system.
    pub device: Device,
    /// From where: for an organization the address that was last seen there (D9).
    pub ip: String,
    /// How it began.
    pub method: String,
    /// When it began; for an organization when it was first used there.
    pub started_at: Timestamp,
    /// When it was last used; for an organization when last used there.
    pub last_active_at: Timestamp,
    /// When it ends at the latest; for an organization reckoned from its first use there (D9).
    pub expires_at: Timestamp,
}

impl Session {
    /// When the session ends unless it is used again.
    pub fn ends_at(&self) -> Timestamp {
        self.expires_at.min(self.last_active_at.plus(IDLE_LIFETIME))
    }
}

/// The organization that a request names in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(&'a str),
}

impl<'a> Named<'a> {
    /// Reads `{org}` of a path: an id or a slug.
    pub fn parse(text: &'a str) -> Self {
        // A text with a NUL is nobody's slug, and no database takes it as a parameter.
        text.parse().map_or(Self::Slug(if text.contains('\0') { "" } else { text }), Self::Id)
    }

    /// The id, where it is one.
    pub fn id(&self) -> Option<OrganizationId> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Slug(_) => None,
        }
    }

    /// The slug, where it is one.
    pub fn slug(&self) -> Option<&'a str> {
        match self {
            Self::Id(_) => None,
            Self::Slug(slug) => Some(slug),
        }
    }
}
