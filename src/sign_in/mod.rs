//! Signing in: one answer and one amount of work for everything that is wrong (R05), a new session for everything that is
//! right (R13), and a record of each try (SES-8).

pub mod api;
pub mod attempt;
pub mod attempts_api;
pub mod attempts_pages;
pub mod commands;
pub mod current;
pub mod enter;
pub mod list;
pub mod new_password;
pub mod pages;
pub mod told;
pub mod view;

#[cfg(test)]
pub mod samples;

pub use crate::throttle;

use crate::account::membership::Membership;
use crate::base::OrganizationId;

/// Why a try to sign in failed, as an organization's administrators read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not the account's password.
    WrongPassword,
    /// No account, or none that belongs to the organization named.
    UnknownUser,
    /// The right password, but suspended.
    Suspended,
    /// The right password, but no member of the organization named.
    NotAMember,
    /// Not judged: too many failures before it.
    TooManyAttempts,
    /// The right password, but a new one must be chosen first.
    PasswordChangeRequired,
}

impl Reason {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::UnknownUser => "unknown_user",
            Self::Suspended => "suspended",
            Self::NotAMember => "not_a_member",
            Self::TooManyAttempts => "too_many_attempts",
            Self::PasswordChangeRequired => "password_change_required",
        }
    }
}

/// The organization that a try asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None named: the one last used.
    Any,
    /// This one.
    One(OrganizationId),
    /// One that does not exist.
    Unknown,
}

/// Where somebody with the right password gets in: an organization, or none where they belong to none (any more).
///
/// `memberships` stand in the order of their last use; `invited` says whether an invitation to their address is open.
pub fn place(
    memberships: &[Membership],
    wanted: Wanted,
    invited: bool,
) -> Result<Option<OrganizationId>, Reason> {
    match wanted {
        Wanted::Unknown => Err(Reason::NotAMember),
        Wanted::One(id) => match memberships.iter().find(|m| m.organization == id) {
            Some(m) if m.active => Ok(Some(id)),
            Some(_) => Err(Reason::Suspended),
            None => Err(Reason::NotAMember),
        },
        Wanted::Any => match memberships.iter().find(|m| m.active) {
            Some(m) => Ok(Some(m.organization)),
            // Only suspended ones: nothing to enter, unless an open invitation waits.
            None if !memberships.is_empty() && !invited => Err(Reason::Suspended),
            None => Ok(None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemberId;
    use uuid::Uuid;

    fn membership(n: u128, active: bool) -> Membership {
        Membership {
            member: MemberId(Uuid::from_u128(n)),
            active,
            organization: OrganizationId(Uuid::from_u128(n)),
            slug: String::new(),
            name: String::new(),
            roles: Vec::new(),
        }
    }

    #[test]
    fn people_get_into_the_place_that_is_theirs() {
        let id = |n| OrganizationId(Uuid::from_u128(n));
        let both = [membership(1, false), membership(2, true), membership(3, true)];
        assert_eq!(place(&both, Wanted::Any, false), Ok(Some(id(2))), "the first active one");
        assert_eq!(place(&both, Wanted::One(id(3)), false), Ok(Some(id(3))));
        assert_eq!(place(&both, Wanted::One(id(1)), true), Err(Reason::Suspended));
        assert_eq!(place(&both, Wanted::One(id(4)), true), Err(Reason::NotAMember));
        assert_eq!(place(&both, Wanted::Unknown, true), Err(Reason::NotAMember));
        assert_eq!(place(&both[..1], Wanted::Any, false), Err(Reason::Suspended));
        assert_eq!(place(&both[..1], Wanted::Any, true), Ok(None), "an invitation waits");
        assert_eq!(place(&[], Wanted::Any, false), Ok(None), "an account without any membership");
    }
}
