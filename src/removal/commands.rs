//! Removing a member, and leaving.

use crate::access_model::Area;
use crate::account;
use crate::audit::{Action, Event, Target};
use crate::base::MemberId;
use crate::invitation;
use crate::member::commands::{MemberError, judge_others, keep_one_top, note_refusal};
use crate::member::{Member, Status, store, told};
use crate::op::{Caller, Needs, Op};
use crate::role::store::Role;
use crate::{role, session};

/// Removes a member, or withdraws the invitation of one who is invited (MEM-6).
pub async fn remove(caller: &Caller, id: MemberId, version: Option<i64>) -> Result<(), MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "delete")).await?;
    let outcome = remove_in(&mut op, id, version).await;
    op.finish(outcome).await
}

/// The same inside a command that does more: the one removal there is.
pub async fn remove_in(op: &mut Op, id: MemberId, version: Option<i64>) -> Result<(), MemberError> {
    let organization = op.organization_id();
    let member = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    if let Err(error) = judge_others(op, &roles, &member) {
        note_refusal(op, Action::MemberRemoved, &member, &error);
        return Err(error);
    }
    if version.is_some_and(|version| version != member.version) {
        return Err(MemberError::Stale);
    }
    if member.status == Status::Invited {
        return Ok(invitation::commands::withdraw_of(op, &member).await?);
    }
    take_out(op, &roles, &member).await?;
    erase_homeless(op, &member).await?;
    let event = Event::new(Action::MemberRemoved, member.target()).with("email", member.email.clone());
    op.record(told::went(event, &member, &roles));
    Ok(())
}

/// Leaves the organization oneself (MEM-9). The account stays, wherever else it belongs: nobody erases themselves by leaving.
pub async fn leave(caller: &Caller) -> Result<(), MemberError> {
    let mut op = Op::begin_as_member(caller).await?;
    let outcome = leave_in(&mut op).await;
    op.finish(outcome).await
}

async fn leave_in(op: &mut Op) -> Result<(), MemberError> {
    let (organization, id) = (op.organization_id(), op.standing()?.member);
    let member = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    take_out(op, &roles, &member).await?;
    op.record(told::went(Event::new(Action::MemberLeft, member.target()), &member, &roles));
    Ok(())
}

/// Ends a membership: sessions here end, the row goes.
pub(super) async fn take_out(op: &mut Op, roles: &[Role], member: &Member) -> Result<(), MemberError> {
    if member.status == Status::Active && member.held(roles).iter().any(|role| role.definition.top) {
        keep_one_top(op, member, op.now).await?;
    }
    if let Some(account) = member.account {
        // Nobody lets it in elsewhere until it is decided whether it goes.
        account::store::lock(&mut op.tx, account).await?;
        session::store::end_in_organization(&mut op.tx, account, member.organization, op.now).await?;
    }
    if !store::delete(&mut op.tx, member, op.now).await? {
        return Err(MemberError::Stale);
    }
    Ok(())
}

/// Erases the account of somebody removed where the access model says so and it belongs nowhere else (MEM-6).
pub(super) async fn erase_homeless(op: &mut Op, member: &Member) -> Result<(), MemberError> {
    let Some(account) = member.account else { return Ok(()) };
    let elsewhere = account::store::count_other_memberships(&mut op.tx, account, member.organization).await?;
    if op.organization()?.removal_erases_account && elsewhere == 0 {
        account::store::delete(&mut op.tx, account).await?;
        op.record(Event::new(Action::AccountErased, Target::new("account", account, member.name())));
    }
    Ok(())
}
