//! Inviting everybody in a CSV file (INV-11): the file, the job that works through it, and what came of each row.

pub mod api;
pub mod commands;
pub mod file;
mod judge;
pub mod multipart;
pub mod pages;
pub mod store;
pub mod undo;
pub mod view;
pub mod worker;

#[cfg(test)]
pub mod samples;

use crate::audit::Target;
use crate::base::{AccountId, InvitationId, JobId, OrganizationId, Timestamp};

/// How far an import got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Looked at, and not yet begun.
    Draft,
    /// Under way, or waiting for a worker.
    Running,
    /// Every row was judged.
    Done,
    /// Broken off: who began it may no longer invite.
    Failed,
}

impl State {
    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Running, Self::Done, Self::Failed].into_iter().find(|s| s.as_str() == text)
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A new invitation.
    Created,
    /// A pending one was sent again.
    Resent,
    /// An expired, revoked or declined one was renewed.
    Refreshed,
    /// An earlier row that did not fail had the address.
    Ignored,
    /// It was refused.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order of the tally.
    pub const ALL: [Self; 5] = [Self::Created, Self::Resent, Self::Refreshed, Self::Ignored, Self::Failed];

    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Resent => "resent",
            Self::Refreshed => "refreshed",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether a letter goes out.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Created | Self::Resent | Self::Refreshed)
    }
}

/// A row with what became of it, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Counts records from 1, the header and blank lines not counted.
    pub row: i64,
    /// The address as it stands in the file, cut at 320 characters.
    pub email: String,
    /// The first name as it stands there, cut at 100 characters.
    pub first_name: String,
    /// The last name, likewise.
    pub last_name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, as a stable word, where nothing was sent.
    pub code: Option<String>,
    /// Why and what to do, as a sentence.
    pub detail: Option<String>,
    /// The invitation that was made, sent again or renewed.
    pub invitation: Option<InvitationId>,
}

/// How many rows came out how, in the order of [`Outcome::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub [i64; 5]);

impl Counts {
    /// Counts rows.
    pub fn of(rows: &[Judged]) -> Self {
        Self(Outcome::ALL.map(|outcome| rows.iter().map(|row| i64::from(row.outcome == outcome)).sum()))
    }

    /// How many came out like this.
    pub fn get(&self, outcome: Outcome) -> i64 {
        Outcome::ALL.iter().zip(self.0).find(|(known, _)| **known == outcome).map_or(0, |(_, count)| count)
    }

    /// How many were judged.
    pub fn done(&self) -> i64 {
        self.0.iter().sum()
    }

    /// How many letters go out.
    pub fn sent(&self) -> i64 {
        Outcome::ALL.iter().filter(|outcome| outcome.is_sent()).map(|outcome| self.get(*outcome)).sum()
    }
}

/// An import.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// In which organization.
    pub organization: OrganizationId,
    /// How far it got.
    pub state: State,
    /// Whose: everything is done by this account's rights at that moment.
    pub account: AccountId,
    /// The person's name when the file was given.
    pub actor_name: String,
    /// From where the file came: address and program.
    pub client: (String, String),
    /// The file's name.
    pub file_name: String,
    /// The role for everyone by key; the default role where there is none.
    pub role: Option<String>,
    /// The role template for everyone by id.
    pub template: Option<String>,
    /// How many rows there are.
    pub total: i64,
    /// How many seats it takes, as far as that was foretold.
    pub seats: i64,
    /// How the rows judged so far came out; of a draft, how they would.
    pub counts: Counts,
    /// When the file was given.
    pub created_at: Timestamp,
    /// When the last row was judged.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// How many rows are done; none of a draft.
    pub fn done(&self) -> i64 {
        if self.state == State::Draft { 0 } else { self.counts.done() }
    }

    /// The import as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("import", self.id, self.file_name.clone())
    }
}
