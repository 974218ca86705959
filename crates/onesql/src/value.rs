//! Parameters: five types that both engines store, with typed NULLs.

use crate::Error;
use uuid::Uuid;

/// The types that both engines know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// BOOLEAN, or INTEGER 0 and 1 on SQLite.
    Bool,
    /// 64-bit integer.
    Int,
    /// UTF-8 text without NUL.
    Text,
    /// Bytes.
    Bytes,
    /// UUID, or 16 bytes on SQLite.
    Uuid,
}

/// One parameter of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// NULL of a type: PostgreSQL cannot prepare `$1 IS NULL OR x = $1` without it.
    Null(Type),
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An id.
    Uuid(Uuid),
}

impl Value<'_> {
    pub(crate) fn type_of(&self) -> Type {
        match self {
            Value::Null(of) => *of,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::Uuid(_) => Type::Uuid,
        }
    }

    /// SQLite would take NUL in a text and PostgreSQL refuses it, so both refuse it here.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Value::Text(text) if text.as_bytes().contains(&0) => {
                Err(Error::unexpected("text without NUL characters", "text with a NUL character"))
            }
            _ => Ok(()),
        }
    }
}

/// What can be a parameter. A newtype names its `TYPE` and hands on to the value inside.
pub trait ToValue {
    /// The type that a NULL of this kind has.
    const TYPE: Type;
    /// The parameter.
    fn to_value(&self) -> Value<'_>;
}

macro_rules! to_value {
    ($($of:ty, $kind:ident, $this:ident => $value:expr;)*) => { $(
        impl ToValue for $of {
            const TYPE: Type = Type::$kind;
            fn to_value(&self) -> Value<'_> {
                let $this = self;
                Value::$kind($value)
            }
        }
    )* };
}

to_value! {
    bool, Bool, it => *it;
    i64, Int, it => *it;
    i32, Int, it => i64::from(*it);
    u32, Int, it => i64::from(*it);
    str, Text, it => it;
    String, Text, it => it;
    [u8], Bytes, it => it;
    Vec<u8>, Bytes, it => it;
    Uuid, Uuid, it => *it;
}

impl<const N: usize> ToValue for [u8; N] {
    const TYPE: Type = Type::Bytes;
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    const TYPE: Type = T::TYPE;
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    const TYPE: Type = T::TYPE;
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null(T::TYPE), ToValue::to_value)
    }
}

/// The parameters of a statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] };
}

/// The pattern `%needle%` with `\`, `%` and `_` taken literally, for `LIKE $1 ESCAPE '\'`.
pub fn like_contains(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len() + 2);
    pattern.push('%');
    for c in needle.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
