//! Jobs: work on many rows that goes on in the background and survives a crash, and what came of each row.

pub mod api;
pub mod commands;
pub mod store;
pub mod view;

use crate::audit::Target;
use crate::base::{AccountId, InvitationId, JobId, MemberId, OrganizationId, Timestamp};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Invites everybody in a CSV file (INV-11).
    Import,
    /// Does one thing to many members (MEM-11).
    Bulk,
}

impl Kind {
    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Bulk => "bulk",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Import, Self::Bulk].into_iter().find(|kind| kind.as_str() == text)
    }

    /// How its rows can come out.
    pub fn outcomes(self) -> &'static [Outcome] {
        use Outcome as O;
        match self {
            Self::Import => &[O::Created, O::Resent, O::Refreshed, O::Ignored, O::Failed],
            Self::Bulk => &[O::Done, O::Skipped, O::Failed],
        }
    }
}

/// How far a job got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Looked at, and not yet begun.
    Draft,
    /// Under way, or waiting for a worker.
    Running,
    /// Every row was judged.
    Done,
    /// Broken off: who began it may no longer do this.
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
    /// Of a bulk action: it was done.
    Done,
    /// Of a bulk action: there was nothing to do.
    Skipped,
    /// It was refused.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order of the tally.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Resent,
        Self::Refreshed,
        Self::Ignored,
        Self::Done,
        Self::Skipped,
        Self::Failed,
    ];

    /// The name in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Resent => "resent",
            Self::Refreshed => "refreshed",
            Self::Ignored => "ignored",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether something came of it: a letter, or a change.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Created | Self::Resent | Self::Refreshed | Self::Done)
    }
}

/// A row with what became of it, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Counts from 1: the records of a file, its header and blank lines not counted, or the people of a bulk action.
    pub row: i64,
    /// The address, as it stands in a file, cut at 320 characters.
    pub email: String,
    /// The first name, likewise, cut at 100 characters.
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
    /// The member of a bulk action.
    pub member: Option<MemberId>,
}

impl Judged {
    /// A row of which nothing came, for this reason.
    pub fn failed(row: i64, code: &str, detail: &str) -> Self {
        Self {
            row,
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            outcome: Outcome::Failed,
            code: Some(code.to_owned()),
            detail: Some(detail.to_owned()),
            invitation: None,
            member: None,
        }
    }
}

/// How many rows came out how, in the order of [`Outcome::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub [i64; 7]);

impl Counts {
    /// Counts rows.
    pub fn of(rows: &[Judged]) -> Self {
        let mut counts = Self::default();
        rows.iter().for_each(|row| counts.take(row.outcome));
        counts
    }

    /// Counts one.
    pub fn take(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }

    /// How many came out like this.
    pub fn get(&self, outcome: Outcome) -> i64 {
        self.0[outcome as usize]
    }

    /// How many were judged.
    pub fn done(&self) -> i64 {
        self.0.iter().sum()
    }

    /// Of how many something came.
    pub fn changed(&self) -> i64 {
        Outcome::ALL.iter().filter(|outcome| outcome.is_change()).map(|outcome| self.get(*outcome)).sum()
    }

    /// Adds others.
    pub fn add(&mut self, more: Self) {
        for (sum, more) in self.0.iter_mut().zip(more.0) {
            *sum += more;
        }
    }
}

/// Work on many rows.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// In which organization.
    pub organization: OrganizationId,
    /// What is done.
    pub kind: Kind,
    /// How far it got.
    pub state: State,
    /// Whose: everything is done by this account's rights at that moment.
    pub account: AccountId,
    /// The person's name when it was begun.
    pub actor_name: String,
    /// From where it was begun: address and program.
    pub client: (String, String),
    /// What people call it: the file's name, or what is done.
    pub name: String,
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
    /// When it was given.
    pub created_at: Timestamp,
    /// When the last row was judged.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// How many rows are done; none of a draft.
    pub fn done(&self) -> i64 {
        if self.state == State::Draft { 0 } else { self.counts.done() }
    }

    /// The job as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new(self.kind.as_str(), self.id, self.name.clone())
    }
}
