//! What can be done with a member's status, and why nothing may be done.

use super::access::{self, AccessError};
use super::{Member, Status, store};
use crate::access_model::Area;
use crate::audit::{Action, Event};
use crate::base::{MemberId, Problem, Timestamp};
use crate::op::{Caller, Needs, Op, OpError};
use crate::role::store::Role;
use crate::throttle::{self, ChargeError};
use crate::{role, session};

pub use super::create::{New, create};
pub use super::update::{Change, change_places, preview, update, update_in};

/// Why nothing was done with a member.
#[derive(Debug)]
pub enum MemberError {
    /// No such member here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// It can't be given, or this member can't be managed, by this actor.
    Access(AccessError),
    /// One's own roles, status or permissions.
    OwnMembership,
    /// The last active member with the top role.
    LastOwner,
    /// The address is a member's already.
    AlreadyMember,
    /// The address has an account: invite instead.
    AccountExists,
    /// No seat is free.
    SeatLimit,
    /// The new address is somebody else's.
    EmailInUse,
    /// The account belongs to other organizations, too.
    AccountShared,
    /// Only an active member can be suspended.
    NotActive,
    /// Only a suspended member can be reactivated.
    NotSuspended,
    /// Too many answers that show whether an account exists: come back in so many seconds.
    TooMany(u64),
    /// Somebody changed them meanwhile.
    Stale,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for MemberError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ChargeError> for MemberError {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::TooMany(seconds) => Self::TooMany(seconds),
            ChargeError::Database(error) => error.into(),
        }
    }
}

impl From<AccessError> for MemberError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Op(error) => Self::Op(error),
            AccessError::Input(problem) => Self::Input(problem),
            other => Self::Access(other),
        }
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        use MemberError as E;
        let conflict = Self::conflict;
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::Access(error) => error.into(),
            E::OwnMembership => Self::new(
                403,
                "own_membership",
                "Nobody changes their own role, status or permissions. Ask another administrator.",
            ),
            E::LastOwner => conflict(
                "last_owner",
                "This is the last active member with the top role. Give the top role to somebody else first.",
            ),
            E::AlreadyMember => conflict("already_member", "This address is a member here already."),
            E::AccountExists => conflict(
                "account_exists",
                "This address has an account already; its password is not touched. Invite the person instead.",
            ),
            E::SeatLimit => seat_limit_reached(),
            E::EmailInUse => conflict("email_in_use", "Another account or member has this address."),
            E::AccountShared => conflict(
                "account_shared",
                "This account belongs to other organizations, too; only its owner can change this. Ask the person to do it.",
            ),
            E::NotActive => conflict("not_active", "Only an active member can be changed like this."),
            E::NotSuspended => {
                conflict("not_suspended", "Only somebody who was shut out can be let in again.")
            }
            E::TooMany(seconds) => throttle::too_many(seconds),
            E::Stale => crate::organization::stale(),
            E::Op(error) => error.into(),
        }
    }
}

/// 409: no seat is free.
pub fn seat_limit_reached() -> Problem {
    Problem::conflict(
        "seat_limit_reached",
        "All seats are taken. Remove somebody, revoke an invitation, or have the limit raised.",
    )
}

/// Notes a refused try in the trail where it was refused for lack of right.
pub fn note_refusal(op: &mut Op, action: Action, member: &Member, error: &MemberError) {
    let code = match error {
        MemberError::Access(_) => "outside_grant_rule",
        MemberError::OwnMembership => "own_membership",
        MemberError::LastOwner => "last_owner",
        _ => return,
    };
    op.refuse(Event::new(action, member.target()).with("reason", code));
}

/// The keys of roles, as the audit trail names them.
pub fn role_keys(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.definition.key.clone()).collect()
}

/// ACC-5: one active member with the top role stays when this one goes at `at`, decided under the organization's lock.
pub async fn keep_one_top(op: &mut Op, leaving: &Member, at: Timestamp) -> Result<(), MemberError> {
    let organization = op.organization_id();
    if store::count_other_top(&mut op.tx, organization, leaving.id, at).await? == 0 {
        return Err(MemberError::LastOwner);
    }
    Ok(())
}

/// Shuts an active member out, from the very next request (MEM-5).
pub async fn suspend(caller: &Caller, id: MemberId) -> Result<Member, MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
    let outcome = change_status(&mut op, id, Status::Suspended).await;
    op.finish(outcome).await
}

/// Lets a suspended member in again.
pub async fn reactivate(caller: &Caller, id: MemberId) -> Result<Member, MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
    let outcome = change_status(&mut op, id, Status::Active).await;
    op.finish(outcome).await
}

/// Whether somebody may be suspended, or let in again: the one rule of every door that does it (MEM-5, ACC-5). Nobody becomes
/// or stops being invited by it.
pub async fn judge_status(
    op: &mut Op,
    roles: &[Role],
    before: &Member,
    to: Status,
) -> Result<(), MemberError> {
    match (before.status, to) {
        (Status::Active, Status::Suspended) | (Status::Suspended, Status::Active) => {}
        (_, Status::Active) => return Err(MemberError::NotSuspended),
        _ => return Err(MemberError::NotActive),
    }
    if to == Status::Suspended && before.held(roles).iter().any(|role| role.definition.top) {
        keep_one_top(op, before, op.now).await?;
    }
    Ok(())
}

/// The same inside a command that does it to several.
pub async fn change_status(op: &mut Op, id: MemberId, to: Status) -> Result<Member, MemberError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    let action = if to == Status::Suspended { Action::MemberSuspended } else { Action::MemberReactivated };
    if let Err(error) = judge_others(op, &roles, &before) {
        note_refusal(op, action, &before, &error);
        return Err(error);
    }
    judge_status(op, &roles, &before, to).await?;
    let after = Member { status: to, ..before.clone() };
    if !store::update(&mut op.tx, &before, &after, op.now).await? {
        return Err(MemberError::Stale);
    }
    if let (Status::Suspended, Some(account)) = (to, before.account) {
        session::store::end_in_organization(&mut op.tx, account, organization, op.now).await?;
    }
    op.record(Event::new(action, before.target()).change("status", before.status.as_str(), to.as_str()));
    store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)
}

/// Not oneself, and within what the actor manages.
pub fn judge_others(op: &Op, roles: &[Role], member: &Member) -> Result<(), MemberError> {
    if op.standing()?.member == member.id {
        return Err(MemberError::OwnMembership);
    }
    Ok(access::judge_manage(op, roles, member)?)
}
