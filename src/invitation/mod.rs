//! The letter that turns an invited member active.

pub mod accept;
pub mod addresses;
pub mod answer;
pub mod api;
pub mod commands;
pub mod invite;
pub mod known;
pub mod letter_pages;
pub mod many;
pub mod pages;
pub mod public;
pub mod store;
pub mod told;
pub mod view;

#[cfg(test)]
pub mod samples;

use crate::audit::Target;
use crate::base::time::DAY;
use crate::base::{
    InvitationId, LetterId, MemberId, OrganizationId, ProjectId, RoleId, RoleTemplateId, TeamId, Timestamp,
};
use crate::outbox::Delivery;

/// What stands in the database. *Expired* never does: it is a pending one past its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Sent and not answered.
    Pending,
    /// Used.
    Accepted,
    /// Refused by the person.
    Declined,
    /// Withdrawn by an administrator.
    Revoked,
}

impl Stored {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Declined, Self::Revoked]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// The status at an instant, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its link works.
    Pending,
    /// Used.
    Accepted,
    /// Refused by the person.
    Declined,
    /// Past its time.
    Expired,
    /// Withdrawn by an administrator.
    Revoked,
}

impl Status {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Declined, Self::Expired, Self::Revoked]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To which organization.
    pub organization: OrganizationId,
    /// The invited member, gone once it is revoked or declined.
    pub member: Option<MemberId>,
    /// The address as it is shown.
    pub email: String,
    /// The address as it is compared.
    pub email_key: String,
    /// The first name, may be empty.
    pub first_name: String,
    /// The last name, may be empty.
    pub last_name: String,
    /// The inviter's personal message, may be empty.
    pub message: String,
    /// The roles that acceptance gives, or would have given.
    pub roles: Vec<RoleId>,
    /// The role template.
    pub template: Option<RoleTemplateId>,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// What stands in the database.
    pub stored: Stored,
    /// Counts the links; only the newest opens.
    pub generation: i64,
    /// The newest letter.
    pub letter: LetterId,
    /// How many letters were made.
    pub sent_count: i64,
    /// Who invited: the actor's id.
    pub invited_by_id: String,
    /// Who invited: the name at that time.
    pub invited_by_name: String,
    /// Until when the link works.
    pub expires_at: Timestamp,
    /// When it was accepted, declined or revoked.
    pub answered_at: Option<Timestamp>,
    /// Why the person declined.
    pub decline_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
    /// How far the newest letter got.
    pub delivery: Delivery,
}

/// A pending invitation within its time: only this can be accepted, declined or revoked.
#[derive(Clone, Debug)]
pub struct Open(Invitation);

impl Invitation {
    /// The status at an instant. The link works up to, and not at, the instant of expiry.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.stored {
            Stored::Pending if now >= self.expires_at => Status::Expired,
            Stored::Pending => Status::Pending,
            Stored::Accepted => Status::Accepted,
            Stored::Declined => Status::Declined,
            Stored::Revoked => Status::Revoked,
        }
    }

    /// The invitation as one that can be answered, or the status that says why it can't.
    pub fn open(self, now: Timestamp) -> Result<Open, Status> {
        match self.status(now) {
            Status::Pending => Ok(Open(self)),
            status => Err(status),
        }
    }

    /// The invitation as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("invitation", self.id, self.email.clone())
    }

    /// A new link, with a new life of `days` days; the old link dies.
    pub fn renew(&mut self, days: i64, now: Timestamp) {
        self.stored = Stored::Pending;
        self.generation += 1;
        self.sent_count += 1;
        self.expires_at = now.plus(days * DAY);
        self.answered_at = None;
        self.decline_reason = None;
    }
}

impl Open {
    /// The invitation itself.
    pub fn invitation(&self) -> &Invitation {
        &self.0
    }

    fn close(mut self, as_: Stored, now: Timestamp) -> Invitation {
        self.0.stored = as_;
        self.0.answered_at = Some(now);
        self.0
    }

    /// The person came in.
    pub fn accept(self, now: Timestamp) -> Invitation {
        self.close(Stored::Accepted, now)
    }

    /// The person does not want to.
    pub fn decline(self, reason: Option<String>, now: Timestamp) -> Invitation {
        let mut closed = self.close(Stored::Declined, now);
        closed.decline_reason = reason;
        closed
    }

    /// An administrator withdrew it.
    pub fn revoke(self, now: Timestamp) -> Invitation {
        self.close(Stored::Revoked, now)
    }
}
