//! Access reviews (MEM-14): who should be looked at, as they were when the review began, and who decided what about each.

pub mod api;
pub mod commands;
pub mod export;
pub mod pages;
pub mod population;
pub mod store;
pub mod view;
pub mod worker;

#[cfg(test)]
pub mod samples;

use serde::{Deserialize, Serialize};

use crate::audit::Target;
use crate::base::time::DAY;
use crate::base::{AccountId, MemberId, OrganizationId, ReviewId, Timestamp};
use crate::member::Status;

/// Why somebody stands in a review.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Has not signed in for so many days.
    Dormant,
    /// Lets others in or manages them, or holds a top role.
    Privileged,
    /// Was invited so many days ago and has not answered.
    Invitation,
    /// The only active member who may do something.
    SinglePoint,
    /// Everybody is looked at.
    Everyone,
}

impl Reason {
    /// Every reason, in the order of the form.
    pub const ALL: [Self; 5] =
        [Self::Dormant, Self::Privileged, Self::Invitation, Self::SinglePoint, Self::Everyone];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dormant => "dormant",
            Self::Privileged => "privileged",
            Self::Invitation => "invitation",
            Self::SinglePoint => "single_point",
            Self::Everyone => "everyone",
        }
    }

    /// The reason of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Days without a sign-in, where nothing is said.
pub const DORMANT_DAYS: i64 = 90;
/// Days without an answer to an invitation, where nothing is said.
pub const INVITATION_DAYS: i64 = 14;
/// Days until a review is due, where nothing is said.
pub const DUE_DAYS: i64 = 14;
/// So long before it is due goes the first reminder.
pub const REMINDED_BEFORE: i64 = 3 * DAY;

/// Whom a review is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Whoever has one of these reasons.
    pub reasons: Vec<Reason>,
    /// After so many days without a sign-in somebody counts as dormant.
    pub dormant_days: i64,
    /// After so many days an invitation counts as unanswered.
    pub invitation_days: i64,
}

impl Scope {
    /// The reasons with the days that nobody said.
    pub fn of(reasons: Vec<Reason>) -> Self {
        Self { reasons, dormant_days: DORMANT_DAYS, invitation_days: INVITATION_DAYS }
    }

    /// Whether it is about everybody with this reason.
    pub fn has(&self, reason: Reason) -> bool {
        self.reasons.contains(&reason)
    }
}

/// A reason with what it rests on, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ground {
    /// The reason.
    pub reason: Reason,
    /// "Last signed in on 1 Aug 2025".
    pub detail: String,
}

/// What is decided about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// They keep their access.
    Keep,
    /// They are removed, or their invitation is withdrawn.
    Remove,
}

impl Decision {
    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
        }
    }

    /// The decision of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Keep, Self::Remove].into_iter().find(|decision| decision.as_str() == text)
    }
}

/// Whether decisions are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They are.
    Open,
    /// No more.
    Closed,
}

impl State {
    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Closed].into_iter().find(|state| state.as_str() == text)
    }
}

/// A review.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// In which organization.
    pub organization: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Whom it is about.
    pub scope: Scope,
    /// Whether decisions are taken.
    pub state: State,
    /// How many people stand in it.
    pub total: i64,
    /// About how many it was decided that they stay.
    pub kept: i64,
    /// About how many that they go.
    pub removed: i64,
    /// Until when everything should be decided.
    pub due_at: Timestamp,
    /// When the next letter about it goes out.
    pub remind_at: Option<Timestamp>,
    /// The account that began it.
    pub started_by: AccountId,
    /// That person's name then.
    pub started_by_name: String,
    /// When it began.
    pub created_at: Timestamp,
    /// The name of who closed it.
    pub closed_by_name: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl Review {
    /// About how many nothing is decided.
    pub fn undecided(&self) -> i64 {
        self.total - self.kept - self.removed
    }

    /// About how many something is.
    pub fn decided(&self) -> i64 {
        self.kept + self.removed
    }

    /// Whether it is open and should not be any more.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Open && now >= self.due_at
    }

    /// The review as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("review", self.id, self.name.clone())
    }
}

/// Somebody in a review, as they were when it began.
#[derive(Clone, Debug)]
pub struct Item {
    /// Counts from 1, by name.
    pub number: i64,
    /// Who.
    pub member: MemberId,
    /// The name, or the address while there was none.
    pub name: String,
    /// The address.
    pub email: String,
    /// The labels of the roles.
    pub roles: Vec<String>,
    /// The status.
    pub status: Status,
    /// When they last signed in.
    pub last_login: Option<Timestamp>,
    /// Why they stand in it.
    pub grounds: Vec<Ground>,
    /// What was decided.
    pub decided: Option<Decided>,
    /// Counts the decisions, from 1.
    pub version: i64,
}

/// A decision, and who took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Why; may be empty where somebody is kept.
    pub note: String,
    /// The member who decided.
    pub by_id: String,
    /// Their name then.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

impl Item {
    /// The person as the audit trail names them.
    pub fn target(&self) -> Target {
        Target::new("member", self.member, self.name.clone())
    }
}

/// When the first letter about a review goes out that begins now: three days before it is due, or else when it is.
pub fn first_reminder(due_at: Timestamp, now: Timestamp) -> Timestamp {
    let early = due_at.plus(-REMINDED_BEFORE);
    if early > now { early } else { due_at }
}
