//! What can go wrong in a database, in words that are the same on both engines.

use std::fmt;

/// Why a statement, a commit or a migration did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// `one` found no row. The only error that does not poison a transaction.
    NoRow,
    /// A unique index refused the row; the text is the engine's and only for people.
    Unique(String),
    /// A referenced row is missing, or a row is still referenced.
    ForeignKey(String),
    /// A CHECK or NOT NULL constraint refused the row.
    Check(String),
    /// Somebody else was in the way (SQLITE_BUSY, 40001, 40P01): run the whole command again.
    Busy,
    /// The disk is full.
    Full,
    /// The database cannot be reached, or did not answer in time.
    Unavailable(String),
    /// The connection was lost while committing: done or not, nobody can say.
    OutcomeUnknown,
    /// A migration is changed, missing, misplaced or broken.
    Migration(String),
    /// A value is not of the type that was asked for, or cannot be stored as text (NUL).
    Type {
        /// The result column, counted from zero, where there is one.
        column: Option<usize>,
        /// What was asked for.
        expected: &'static str,
        /// What was there.
        found: String,
    },
    /// Anything else: a mistake in the statement, or an engine in trouble.
    Other(String),
}

impl Error {
    /// For `FromValue` outside this crate: the stored value is none of those we know.
    pub fn unexpected(expected: &'static str, found: impl Into<String>) -> Error {
        Error::Type { column: None, expected, found: found.into() }
    }

    pub(crate) fn in_column(self, index: usize) -> Error {
        match self {
            Error::Type { expected, found, .. } => Error::Type { column: Some(index), expected, found },
            other => other,
        }
    }

    /// What a failed COMMIT means: unless the engine said why, nobody knows the outcome.
    pub(crate) fn while_committing(self) -> Error {
        match self {
            Error::Unavailable(_) | Error::Other(_) => Error::OutcomeUnknown,
            known => known,
        }
    }

    /// What a poisoned transaction answers to everything but a rollback.
    pub(crate) fn poisoned() -> Error {
        Error::Other("the transaction has failed; only a rollback is possible".into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoRow => f.write_str("no such row"),
            Error::Unique(what) => write!(f, "not unique: {what}"),
            Error::ForeignKey(what) => write!(f, "broken reference: {what}"),
            Error::Check(what) => write!(f, "refused by a constraint: {what}"),
            Error::Busy => f.write_str("the database is busy; try again"),
            Error::Full => f.write_str("the disk of the database is full"),
            Error::Unavailable(why) => write!(f, "the database is not available: {why}"),
            Error::OutcomeUnknown => {
                f.write_str("the connection was lost during commit; the outcome is unknown")
            }
            Error::Migration(why) => write!(f, "migration: {why}"),
            Error::Type { column, expected, found } => {
                write!(f, "expected {expected}, found {found}")?;
                column.map_or(Ok(()), |column| write!(f, " in column {column}"))
            }
            Error::Other(why) => write!(f, "database error: {why}"),
        }
    }
}

impl std::error::Error for Error {}
