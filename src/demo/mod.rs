//! `roster demo`: five organizations, one for each preset, with a history of some weeks. Everything in it was done by the
//! program's own commands, at the instants at which it seems to have been done.

mod act;
mod create;
mod data;

pub use act::{DemoError, Guest, fill};

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "harbour lantern seven oaks";

/// What can happen to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    /// They set the organization up.
    Founds,
    /// They are invited, perhaps with a personal message.
    Invited(String),
    /// The letter is sent once more.
    Resent,
    /// The invitation is withdrawn.
    Revoked,
    /// They accept.
    Accepts,
    /// They decline, and perhaps say why.
    Declines(String),
    /// They are created with a password.
    Created,
    /// They sign in.
    SignsIn(Device),
    /// They give a wrong password.
    Mistypes(Device),
    /// They get other roles.
    Becomes(Vec<String>),
    /// They are shut out.
    Suspended,
    /// They are let in again.
    Reactivated,
    /// They are removed.
    Removed,
    /// The product registers a thing: its place among the house's.
    Registers(usize),
}

/// What somebody signs in with, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device {
    Desk,
    Laptop,
    Phone,
    Tablet,
    /// Somebody who tries passwords.
    Stranger,
}

impl Device {
    fn agent(self) -> &'static str {
        match self {
            Self::Desk => "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            Self::Laptop => {
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15"
            }
            Self::Phone => {
                "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
            }
            Self::Tablet => {
                "Mozilla/5.0 (iPad; CPU OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
            }
            Self::Stranger => "python-requests/2.32.5",
        }
    }

    /// An address of the ranges that are kept for documentation (RFC 5737, RFC 3849).
    fn address(self, somebody: usize) -> std::net::IpAddr {
        let host = u8::try_from(somebody % 200).unwrap_or_default() + 10;
        match self {
            Self::Desk | Self::Laptop => std::net::Ipv4Addr::new(192, 0, 2, host).into(),
            Self::Tablet => std::net::Ipv4Addr::new(198, 51, 100, host).into(),
            Self::Phone => std::net::Ipv6Addr::new(0x2001, 0xdb8, u16::from(host), 0, 0, 0, 0, 7).into(),
            Self::Stranger => std::net::Ipv4Addr::new(203, 0, 113, 66).into(),
        }
    }
}
