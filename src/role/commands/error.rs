//! Why roles stay as they are.

use crate::audit::{Action, Event, Target};
use crate::base::Problem;
use crate::op::{Op, OpError};
use crate::organization;

/// Why roles stay as they are.
#[derive(Debug)]
pub enum RoleError {
    /// No such role here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// More than the actor may do; why.
    Outside(String),
    /// A role that one holds oneself is not deleted by oneself.
    OwnMembership,
    /// Another role has this key.
    KeyTaken,
    /// So many hold it, and nobody said what they get instead.
    InUse(i64),
    /// There is one default role, and no top role is it.
    DefaultRole,
    /// Nobody active would have a top role.
    LastOwner,
    /// Nobody with a top role could change roles any more.
    NobodyLeft,
    /// Somebody changed it meanwhile.
    Stale,
    /// It did not begin or end.
    Op(OpError),
}

impl RoleError {
    /// Refused, for this reason.
    pub fn outside(why: impl Into<String>) -> Self {
        Self::Outside(why.into())
    }

    /// Notes a refused try in the trail where it was refused for lack of right, or kept the organization from harm.
    pub fn note(&self, op: &mut Op, action: Action, target: Target) {
        let code = match self {
            Self::Outside(_) => "outside_grant_rule",
            Self::OwnMembership => "own_membership",
            Self::LastOwner => "last_owner",
            Self::NobodyLeft => "no_role_manager",
            _ => return,
        };
        op.refuse(Event::new(action, target).with("reason", code));
    }
}

impl<E: Into<OpError>> From<E> for RoleError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Self {
        use RoleError as E;
        let conflict = Self::conflict;
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::Outside(why) => {
                Self::new(403, "outside_grant_rule", format!("{why} Ask somebody with a higher role."))
            }
            E::OwnMembership => Self::new(
                403,
                "own_membership",
                "You hold this role yourself, and nobody changes which roles they have. Ask another administrator.",
            ),
            E::KeyTaken => conflict("role_key_taken", "Another role has this key. Choose another."),
            E::InUse(1) => {
                conflict("role_in_use", "1 person holds this role. Say which role they get instead.")
            }
            E::InUse(n) => Self::conflict(
                "role_in_use",
                format!("{n} people hold this role. Say which role they get instead."),
            ),
            E::DefaultRole => conflict(
                "default_role",
                "Exactly one role is the default, and never a top role. Make another role the default first.",
            ),
            E::LastOwner => conflict(
                "last_owner",
                "Nobody active would have a top role any more. Give a top role to somebody first.",
            ),
            E::NobodyLeft => conflict(
                "no_role_manager",
                "Nobody with a top role could change roles afterwards, so this could not be undone.",
            ),
            E::Stale => organization::stale(),
            E::Op(error) => error.into(),
        }
    }
}
