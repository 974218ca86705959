//! Results: rows, and what can be read out of their columns.

use crate::{Error, postgres, sqlite};
use uuid::Uuid;

/// One column of a result, as the engine holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// A truth value (PostgreSQL only; SQLite answers 0 and 1).
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes, and ids on SQLite.
    Bytes(&'a [u8]),
    /// An id (PostgreSQL only).
    Uuid(Uuid),
}

impl<'a> ValueRef<'a> {
    /// The text, without copying it: for enums that are stored as words.
    pub fn text(self) -> Result<&'a str, Error> {
        match self {
            ValueRef::Text(text) => Ok(text),
            other => Err(other.is_not("text")),
        }
    }

    /// The bytes, without copying them.
    pub fn bytes(self) -> Result<&'a [u8], Error> {
        match self {
            ValueRef::Bytes(bytes) => Ok(bytes),
            other => Err(other.is_not("bytes")),
        }
    }

    /// Says the kind only: the value itself may be secret.
    fn is_not(self, expected: &'static str) -> Error {
        let found = match self {
            ValueRef::Null => "NULL",
            ValueRef::Bool(_) => "a truth value",
            ValueRef::Int(_) => "a number",
            ValueRef::Text(_) => "text",
            ValueRef::Bytes(_) => "bytes",
            ValueRef::Uuid(_) => "a uuid",
        };
        Error::unexpected(expected, found)
    }
}

/// What can be read out of a column. A newtype hands on to the value inside.
pub trait FromValue: Sized {
    /// Reads the value or says what is wrong with it.
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error>;
}

impl FromValue for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Bool(is) => Ok(is),
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            other => Err(other.is_not("a truth value")),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Int(number) => Ok(number),
            other => Err(other.is_not("a number")),
        }
    }
}

macro_rules! smaller_numbers {
    ($($of:ty),*) => { $(
        impl FromValue for $of {
            fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
                <$of>::try_from(i64::from_value(value)?)
                    .map_err(|_| Error::unexpected(stringify!($of), "a number out of range"))
            }
        }
    )* };
}
smaller_numbers!(i32, u32);

impl FromValue for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        value.text().map(str::to_owned)
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        value.bytes().map(<[u8]>::to_vec)
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        value.bytes()?.try_into().map_err(|_| Error::unexpected("bytes of a fixed length", "another length"))
    }
}

impl FromValue for Uuid {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Uuid(id) => Ok(id),
            ValueRef::Bytes(bytes) => {
                Uuid::from_slice(bytes).map_err(|_| Error::unexpected("a uuid", "bytes of another length"))
            }
            other => Err(other.is_not("a uuid")),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Null => Ok(None),
            some => T::from_value(some).map(Some),
        }
    }
}

/// One row of a result.
pub struct Row<'a>(pub(crate) Engine<'a>);

pub(crate) enum Engine<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column at `index`, counted from zero.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Error> {
        let value = match self.0 {
            Engine::Sqlite(row) => sqlite::column(row, index),
            Engine::Postgres(row) => postgres::column(row, index),
        };
        value.and_then(T::from_value).map_err(|error| error.in_column(index))
    }
}

/// What a row can be read into: a tuple, or a struct that reads its columns one by one.
pub trait FromRow: Sized {
    /// Reads the row or says what is wrong with it.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

macro_rules! tuples {
    ($(($($of:ident $index:literal),+))+) => { $(
        impl<$($of: FromValue),+> FromRow for ($($of,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                Ok(($(row.get::<$of>($index)?,)+))
            }
        }
    )+ };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15)
}
