//! Inviting: every door that invites goes through [`invite_one`].

use super::commands::InviteError;
use super::known::{Ahead, Known, Letters};
use super::{Invitation, Status, Stored, store, told};
use crate::account::Contact;
use crate::audit::{Action, Event, Target};
use crate::base::time::DAY;
use crate::base::{EmailAddress, InvitationId, MemberId};
use crate::member::access::{self, Access, Asked};
use crate::member::commands::role_keys;
use crate::member::{self, Fresh, Member};
use crate::op::{Op, OpError};
use crate::organization::commands::Person;
use crate::outbox::{Delivery, Letter, LetterKind};
use crate::role::store::Role;
use crate::{role, seat};

/// What became of one address.
#[derive(Debug)]
pub enum Outcome {
    /// A new invitation.
    Created(Box<Invitation>),
    /// A pending one was sent again.
    Resent(Box<Invitation>),
    /// An expired, revoked or declined one was renewed.
    Refreshed(Box<Invitation>),
    /// The address stood in the request before.
    Ignored,
    /// It was refused.
    Failed(InviteError),
}

/// The invited person's checked particulars.
pub struct Draft {
    /// The address.
    pub email: EmailAddress,
    /// The first name; may be empty.
    pub first_name: String,
    /// The last name; may be empty.
    pub last_name: String,
    /// A personal message; may be empty.
    pub message: String,
}

/// What is to be given to everybody who is invited, where the actor may give it; a refusal is noted.
pub async fn weigh(op: &mut Op, asked: &Asked, target: Target) -> Result<(Vec<Role>, Access), InviteError> {
    let organization = op.organization_id();
    let roles = role::store::list(&mut op.tx, organization).await?;
    let given = access::resolve(op, &roles, asked, None).await?;
    if let Err(error) = access::judge_grant(op, &roles, None, &given) {
        op.refuse(
            Event::new(Action::InvitationCreated, target)
                .with("reason", "outside_grant_rule")
                .with("roles", role_keys(&given.roles)),
        );
        return Err(error.into());
    }
    Ok((roles, given))
}

/// Invites one address: the one path that every door takes (INV-4).
pub async fn invite_one(
    op: &mut Op,
    roles: &[Role],
    given: &Access,
    draft: Draft,
    ahead: &mut Ahead,
) -> Result<Outcome, InviteError> {
    let Known { member, earlier, letters } = ahead.take(op, draft.email.key()).await?;
    match (member, earlier) {
        (Some(member), _) if member.account.is_some() => Err(InviteError::AlreadyMember),
        (Some(member), Some(earlier)) => {
            judge_invited(op, roles, &member, Action::InvitationResent, &earlier)?;
            if earlier.status(op.now) == Status::Pending {
                let renewed = renew(op, &earlier, &draft.message, Some(&member), &letters).await?;
                return Ok(Outcome::Resent(Box::new(renewed)));
            }
            access::judge_grant(op, roles, Some(&member), given)?;
            take_seat_again(op).await?;
            letters.one_more(op.now)?;
            let member = give(op, roles, &member, given, &draft).await?;
            let renewed = renew(op, &earlier, &draft.message, Some(&member), &letters).await?;
            Ok(Outcome::Refreshed(Box::new(renewed)))
        }
        (None, Some(earlier)) => {
            let member = add_member(op, given, &draft, &letters).await?;
            let renewed = renew(op, &earlier, &draft.message, Some(&member), &letters).await?;
            Ok(Outcome::Refreshed(Box::new(renewed)))
        }
        (_, None) => {
            let member = add_member(op, given, &draft, &letters).await?;
            let invitation = create(op, &member, draft).await?;
            Ok(Outcome::Created(Box::new(invitation)))
        }
    }
}

/// Whether the actor may act on this invited member; a refusal is noted.
pub(super) fn judge_invited(
    op: &mut Op,
    roles: &[Role],
    member: &Member,
    action: Action,
    invitation: &Invitation,
) -> Result<(), InviteError> {
    if let Err(error) = access::judge_manage(op, roles, member) {
        op.refuse(Event::new(action, invitation.target()).with("reason", "outside_grant_rule"));
        return Err(error.into());
    }
    Ok(())
}

/// INV-16: an expired invitation that lost its seat takes one again.
pub(super) async fn take_seat_again(op: &mut Op) -> Result<(), InviteError> {
    if op.organization()?.expired_holds_seat || seat::can_take(op, 1).await? {
        return Ok(());
    }
    Err(InviteError::SeatLimit)
}

async fn add_member(
    op: &mut Op,
    given: &Access,
    draft: &Draft,
    letters: &Letters,
) -> Result<Member, InviteError> {
    if !seat::can_take(op, 1).await? {
        return Err(InviteError::SeatLimit);
    }
    letters.one_more(op.now)?;
    let fresh = Fresh {
        id: MemberId(op.id()),
        organization: op.organization_id(),
        account: None,
        email: draft.email.as_str().to_owned(),
        email_key: draft.email.key().to_owned(),
        first_name: draft.first_name.clone(),
        last_name: draft.last_name.clone(),
        roles: given.roles.clone(),
        template: given.template.as_ref().map(|(id, name, _)| (*id, name.clone())),
        features: given.features.clone(),
        teams: given.teams.clone(),
        projects: given.projects.clone(),
        contact: Contact::default(),
        ends_at: given.ends_at,
    };
    Ok(member::store::insert(&mut op.tx, fresh, op.now).await?)
}

/// Gives an expired invitation's member what the new invitation says.
async fn give(
    op: &mut Op,
    roles: &[Role],
    before: &Member,
    given: &Access,
    draft: &Draft,
) -> Result<Member, InviteError> {
    let mut after = before.clone().ending(given.ends_at);
    after.role_order = member::role_order(&given.roles);
    after.roles = given.roles.iter().map(|role| role.id).collect();
    after.template = given.template.as_ref().map(|(id, name, _)| (*id, name.clone()));
    after.features = given.features.clone();
    after.teams = given.teams.clone();
    after.projects = given.projects.clone();
    if !draft.first_name.is_empty() {
        after.first_name = draft.first_name.clone();
    }
    if !draft.last_name.is_empty() {
        after.last_name = draft.last_name.clone();
    }
    if !member::store::update(&mut op.tx, before, &after, op.now).await? {
        return Err(InviteError::AnsweredMeanwhile);
    }
    let event = Event::new(Action::MemberUpdated, before.target());
    let event = member::told::changed(event, roles, before, &after);
    (!event.changes.is_empty()).then(|| op.record(event));
    Ok(after)
}

async fn create(op: &mut Op, member: &Member, draft: Draft) -> Result<Invitation, InviteError> {
    let id = InvitationId(op.id());
    let letter = Letter { kind: LetterKind::Invitation, subject: id.0, generation: 1, to: &draft.email };
    let letter = op.mail(&letter).await?;
    let invitation = Invitation {
        id,
        organization: member.organization,
        member: Some(member.id),
        email: member.email.clone(),
        email_key: member.email_key.clone(),
        first_name: member.first_name.clone(),
        last_name: member.last_name.clone(),
        message: draft.message,
        roles: member.roles.clone(),
        template: member.template.as_ref().map(|(id, _)| *id),
        teams: member.teams.clone(),
        projects: member.projects.clone(),
        stored: Stored::Pending,
        generation: 1,
        letter,
        sent_count: 1,
        invited_by_id: op.actor.id.clone(),
        invited_by_name: op.actor.name.clone(),
        expires_at: member.until(op.now.plus(op.organization()?.invitation_lifetime_days * DAY)),
        answered_at: None,
        decline_reason: None,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
        delivery: Delivery::queued(),
    };
    store::insert(&mut op.tx, &invitation).await?;
    op.record(told::event(Action::InvitationCreated, &invitation, Some(member)));
    Ok(invitation)
}

/// Sends an invitation with a new link; the old one dies.
pub(super) async fn renew(
    op: &mut Op,
    before: &Invitation,
    message: &str,
    member: Option<&Member>,
    letters: &Letters,
) -> Result<Invitation, InviteError> {
    letters.one_more(op.now)?;
    let action = if before.status(op.now) == Status::Pending {
        Action::InvitationResent
    } else {
        Action::InvitationRefreshed
    };
    let mut after = before.clone();
    after.renew(op.organization()?.invitation_lifetime_days, op.now);
    let to = EmailAddress::parse(&before.email).map_err(|_| InviteError::InvalidEmail)?;
    let letter =
        Letter { kind: LetterKind::Invitation, subject: before.id.0, generation: after.generation, to: &to };
    after.letter = op.mail(&letter).await?;
    after.delivery = Delivery::queued();
    after.invited_by_id = op.actor.id.clone();
    after.invited_by_name = op.actor.name.clone();
    if !message.is_empty() {
        after.message = message.to_owned();
    }
    if let Some(member) = member {
        after.member = Some(member.id);
        after.first_name = member.first_name.clone();
        after.last_name = member.last_name.clone();
        after.roles = member.roles.clone();
        after.template = member.template.as_ref().map(|(id, _)| *id);
        after.teams = member.teams.clone();
        after.projects = member.projects.clone();
        after.expires_at = member.until(after.expires_at);
    }
    if !store::update(&mut op.tx, before, &after, op.now).await? {
        return Err(InviteError::AnsweredMeanwhile);
    }
    after.version += 1;
    after.updated_at = op.now;
    op.record(told::event(action, &after, member.filter(|_| before.member.is_none())));
    Ok(after)
}

/// Invites the owner of a new organization, by whoever makes it.
pub async fn invite_owner(op: &mut Op, person: &Person, roles: &[Role]) -> Result<Member, OpError> {
    let Some(top) = roles.iter().find(|role| role.definition.top) else { return Err(OpError::NotFound) };
    let fresh = Fresh {
        id: MemberId(op.id()),
        organization: op.organization_id(),
        account: None,
        email: person.email.as_str().to_owned(),
        email_key: person.email.key().to_owned(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        roles: vec![top.clone()],
        template: None,
        features: crate::access::FeatureAccess::default(),
        teams: Vec::new(),
        projects: Vec::new(),
        contact: Contact::default(),
        ends_at: None,
    };
    let member = member::store::insert(&mut op.tx, fresh, op.now).await?;
    let draft = Draft {
        email: person.email.clone(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        message: String::new(),
    };
    match create(op, &member, draft).await {
        Ok(_) => Ok(member),
        Err(InviteError::Op(error)) => Err(error),
        Err(_) => Err(OpError::NotFound),
    }
}
