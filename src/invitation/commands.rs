//! What can be done with an invitation, and why nothing may be done.

use serde_json::Value;

use super::invite::{judge_invited, renew, take_seat_again};
use super::known::Letters;
use super::{Invitation, Status, Stored, store};
use crate::access_model::Area;
use crate::audit::{Action, Event};
use crate::base::secret::Purpose;
use crate::base::{InvitationId, Problem};
use crate::member::access::AccessError;
use crate::member::commands::seat_limit_reached;
use crate::member::{self, Member, told};
use crate::op::{Caller, Needs, Op, OpError};
use crate::role;

pub use super::invite::{Outcome, invite_owner};
pub use super::many::{Request, foretell, invite};

/// Why somebody was not invited, or an invitation not changed.
#[derive(Debug)]
pub enum InviteError {
    /// No such invitation here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// The address is none.
    InvalidEmail,
    /// The address is a member's already.
    AlreadyMember,
    /// No seat is free.
    SeatLimit,
    /// The mailbox got its letters of this hour.
    TooManyLetters(u64),
    /// It can't be given, or the invited member can't be managed, by this actor.
    Access(AccessError),
    /// The invitation's state does not allow it.
    State(Status),
    /// It was answered or renewed meanwhile.
    AnsweredMeanwhile,
    /// Links are not copied in this organization.
    CopyNotAllowed,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for InviteError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<AccessError> for InviteError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Op(error) => Self::Op(error),
            AccessError::Input(problem) => Self::Input(problem),
            other => Self::Access(other),
        }
    }
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        use InviteError as E;
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::InvalidEmail => Self {
                code: "invalid_email".to_owned(),
                ..Self::field(
                    "/email",
                    "invalid_email",
                    "This is not a full e-mail address. Check the part after the @.",
                )
            },
            E::AlreadyMember => Self::conflict("already_member", "This address is a member here already."),
            E::SeatLimit => seat_limit_reached(),
            E::TooManyLetters(seconds) => Self::too_many(
                "too_many_letters",
                "This mailbox got five letters within an hour. Wait a while before the next one.",
                seconds,
            ),
            E::Access(error) => error.into(),
            E::State(status) => state_problem(status),
            E::AnsweredMeanwhile => Self::conflict(
                "invitation_changed",
                "The invitation was answered or renewed a moment ago. Load it again.",
            ),
            E::CopyNotAllowed => Self::new(
                403,
                "link_copying_disabled",
                "Here links go by mail only. Somebody with access to the settings can change that.",
            ),
            E::Op(error) => error.into(),
        }
    }
}

/// 409 by the name of the state.
fn state_problem(status: Status) -> Problem {
    let (code, detail) = match status {
        Status::Accepted => ("invitation_accepted", "This invitation was accepted already."),
        Status::Declined => {
            ("invitation_declined", "This invitation was declined. Invite the person again if need be.")
        }
        Status::Expired => ("invitation_expired", "This invitation has expired. Send it again to renew it."),
        Status::Revoked => {
            ("invitation_revoked", "This invitation was revoked. Invite the person again if need be.")
        }
        Status::Pending => ("invitation_pending", "This invitation is pending."),
    };
    Problem::conflict(code, detail)
}

/// Sends a pending or expired invitation again (INV-5).
pub async fn resend(caller: &Caller, id: InvitationId) -> Result<Invitation, InviteError> {
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    let outcome = resend_in(&mut op, id).await;
    op.finish(outcome).await
}

/// The same inside a command that sends several.
pub async fn resend_in(op: &mut Op, id: InvitationId) -> Result<Invitation, InviteError> {
    let (invitation, member) = find_with_member(op, id, Action::InvitationResent).await?;
    match invitation.status(op.now) {
        Status::Pending => {}
        Status::Expired => take_seat_again(op).await?,
        status => return Err(InviteError::State(status)),
    }
    let letters = Letters::read(op, &invitation.email_key).await?;
    renew(op, &invitation, "", member.as_ref(), &letters).await
}

/// The invitation with its member, whom the actor may manage.
async fn find_with_member(
    op: &mut Op,
    id: InvitationId,
    action: Action,
) -> Result<(Invitation, Option<Member>), InviteError> {
    let organization = op.organization_id();
    let invitation = store::find(&mut op.tx, organization, id).await?.ok_or(InviteError::NotFound)?;
    let Some(member) = invitation.member else { return Ok((invitation, None)) };
    let member = member::store::find(&mut op.tx, organization, member).await?;
    if let Some(member) = &member {
        let roles = role::store::list(&mut op.tx, organization).await?;
        judge_invited(op, &roles, member, action, &invitation)?;
    }
    Ok((invitation, member))
}

/// Withdraws a pending invitation; the invited member is gone and the seat is free (INV-6).
pub async fn revoke(caller: &Caller, id: InvitationId) -> Result<Invitation, InviteError> {
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    let outcome = revoke_in(&mut op, id).await;
    op.finish(outcome).await
}

/// The same inside a command that withdraws several.
pub async fn revoke_in(op: &mut Op, id: InvitationId) -> Result<Invitation, InviteError> {
    let (invitation, member) = find_with_member(op, id, Action::InvitationRevoked).await?;
    let closed = invitation.clone().open(op.now).map_err(InviteError::State)?.revoke(op.now);
    close(op, &invitation, closed, member.as_ref(), Action::InvitationRevoked).await
}

/// Writes a closed invitation and takes its member out.
pub(super) async fn close(
    op: &mut Op,
    before: &Invitation,
    mut closed: Invitation,
    member: Option<&Member>,
    action: Action,
) -> Result<Invitation, InviteError> {
    closed.member = None;
    let mut event = Event::new(action, closed.target()).with("email", closed.email.clone());
    if let Some(member) = member {
        let roles = role::store::list(&mut op.tx, member.organization).await?;
        event = told::went(event.change("member", member.id.to_string(), Value::Null), member, &roles);
    }
    if !store::update(&mut op.tx, before, &closed, op.now).await? {
        return Err(InviteError::AnsweredMeanwhile);
    }
    if let Some(member) = member
        && !member::store::delete(&mut op.tx, member, op.now).await?
    {
        return Err(InviteError::AnsweredMeanwhile);
    }
    closed.version += 1;
    closed.updated_at = op.now;
    op.record(event);
    Ok(closed)
}

/// Withdraws the invitation of an invited member who is deleted from the list, expired or not.
pub async fn withdraw_of(op: &mut Op, member: &Member) -> Result<(), OpError> {
    let organization = op.organization_id();
    let Some(before) = store::find_unaccepted(&mut op.tx, organization, &member.email_key).await? else {
        let roles = role::store::list(&mut op.tx, organization).await?;
        member::store::delete(&mut op.tx, member, op.now).await?;
        op.record(told::went(Event::new(Action::MemberRemoved, member.target()), member, &roles));
        return Ok(());
    };
    let mut closed = before.clone();
    closed.stored = Stored::Revoked;
    closed.answered_at = Some(op.now);
    match close(op, &before, closed, Some(member), Action::InvitationRevoked).await {
        Ok(_) => Ok(()),
        Err(InviteError::Op(error)) => Err(error),
        Err(_) => Err(OpError::NotFound),
    }
}

/// The link of a pending invitation, to be handed over by other means; only where the organization allows it. It is not
/// the letter's link: who has seen it has not shown to read the mailbox. That it was looked at is recorded.
pub async fn copy_link(caller: &Caller, id: InvitationId) -> Result<(Invitation, String), InviteError> {
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    let outcome = async {
        if !op.organization()?.links_may_be_copied {
            return Err(InviteError::CopyNotAllowed);
        }
        let (invitation, _) = find_with_member(&mut op, id, Action::InvitationLinkCopied).await?;
        let open = invitation.open(op.now).map_err(InviteError::State)?;
        let invitation = open.invitation().clone();
        op.record(Event::new(Action::InvitationLinkCopied, invitation.target()));
        Ok(invitation)
    }
    .await;
    let invitation = op.finish(outcome).await?;
    let generation = u32::try_from(invitation.generation).unwrap_or_default();
    let token = caller.app.key.token(Purpose::CopiedInvitation, invitation.id.0, generation);
    let link = caller.app.settings.public_url.join(&format!("/invitations/{token}"));
    Ok((invitation, link))
}
