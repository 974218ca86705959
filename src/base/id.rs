//! Ids as TypeIDs: a prefix that names the noun, then a UUIDv7 in 26 characters of Crockford's base32.
//! In the database they are native UUIDs (PostgreSQL) or 16 bytes (SQLite).

use std::fmt;
use std::str::FromStr;

use onesql::{FromValue, ToValue, Type, Value, ValueRef};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is no id of the expected noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a valid id")
    }
}

/// What each byte stands for; 32 and above for nothing.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// The 26 characters of a UUID in TypeID's base32, most significant bits first.
fn base32(id: Uuid) -> [u8; 26] {
    let mut bits = id.as_u128();
    let mut out = [0u8; 26];
    for place in out.iter_mut().rev() {
        *place = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    out
}

/// Letters and digits as text.
fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

/// The 26 characters of a UUID in TypeID's base32.
pub fn encode_base32(id: Uuid) -> String {
    ascii(&base32(id)).to_owned()
}

/// The UUID behind 26 characters of base32; strict: lower case only, no overflow.
pub fn decode_base32(text: &str) -> Result<Uuid, InvalidId> {
    let bytes = text.as_bytes();
    if bytes.len() != 26 || bytes[0] > b'7' {
        return Err(InvalidId);
    }
    let mut bits: u128 = 0;
    for byte in bytes {
        let digit = DIGITS[usize::from(*byte)];
        if digit >= 32 {
            return Err(InvalidId);
        }
        bits = (bits << 5) | u128::from(digit);
    }
    Ok(Uuid::from_u128(bits))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(ascii(&base32(self.0)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let rest = text.strip_prefix(concat!($prefix, "_")).ok_or(InvalidId)?;
                decode_base32(rest).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                const HEAD: &str = concat!($prefix, "_");
                let mut text = [0; HEAD.len() + 26];
                let (head, id) = text.split_at_mut(HEAD.len());
                head.copy_from_slice(HEAD.as_bytes());
                id.copy_from_slice(&base32(self.0));
                to.serialize_str(ascii(&text))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(|_| serde::de::Error::custom(concat!("expected an id that begins with ", $prefix, "_")))
            }
        }

        impl ToValue for $name {
            const TYPE: Type = Type::Uuid;
            fn to_value(&self) -> Value<'_> {
                Value::Uuid(self.0)
            }
        }

        impl FromValue for $name {
            fn from_value(value: ValueRef<'_>) -> Result<Self, onesql::Error> {
                Uuid::from_value(value).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person's identity for signing in.
    AccountId "acct";
    /// A tenant.
    OrganizationId "org";
    /// A person's place in one organization.
    MemberId "mem";
    /// The letter that turns an invited member active.
    InvitationId "inv";
    /// A role of an organization.
    RoleId "role";
    /// A role template.
    RoleTemplateId "tmpl";
    /// A team.
    TeamId "team";
    /// A project.
    ProjectId "proj";
    /// A registered resource.
    ResourceId "res";
    /// A signed-in browser or client.
    SessionId "sess";
    /// One try to sign in.
    LoginAttemptId "att";
    /// One audit event.
    EventId "evt";
    /// An operator's key.
    OperatorKeyId "opk";
    /// A letter in the outbox.
    LetterId "mail";
    /// A password reset.
    ResetId "rst";
    /// A change of e-mail address that waits for its confirmation.
    EmailChangeId "emc";
    /// A notice of what somebody may not have done themselves.
    NoticeId "ntc";
    /// Work that outlives a request.
    JobId "job";
    /// An access review.
    ReviewId "rev";
}

impl OrganizationId {
    /// The installation itself, where an audit event belongs to no organization.
    pub const INSTALLATION: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_specifications_examples_hold() {
        // The valid examples of the TypeID specification 0.3.
        assert_eq!(encode_base32(Uuid::nil()), "00000000000000000000000000");
        assert_eq!(encode_base32(Uuid::from_u128(u128::MAX)), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        let id = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(encode_base32(id), "01h455vb4pex5vsknk084sn02q");
        assert!(decode_base32("8zzzzzzzzzzzzzzzzzzzzzzzzz").is_err());
        assert!("mem_01H455VB4PEX5VSKNK084SN02Q".parse::<MemberId>().is_err());
        assert!("inv_01h455vb4pex5vsknk084sn02q".parse::<MemberId>().is_err());
    }

    proptest! {
        #[test]
        fn every_id_reads_back(bits: u128) {
            let id = MemberId(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<MemberId>(), Ok(id));
        }
    }
}
