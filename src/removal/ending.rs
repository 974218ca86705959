//! Memberships that end by themselves (MEM-15). Whoever asks whether somebody takes part compares the instants, so nothing
//! here is urgent: it tells guests beforehand, and takes out those whose end has come. That each is done once rests on the
//! transaction, however many processes look.

use onesql::{Error, Query, params};

use super::commands::{erase_homeless, take_out};
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::base::client::Client;
use crate::base::{EmailAddress, MemberId, OrganizationId, Timestamp};
use crate::member::commands::MemberError;
use crate::member::{Member, Status, store, told};
use crate::op::{Caller, Op, OpError};
use crate::outbox::{Letter, LetterKind};
use crate::{account, invitation, role};

/// How many are looked at in one turn; the rest waits for the next one.
const MOST: i64 = 200;

const TO_TELL: &str = "SELECT organization_id, id FROM members
  WHERE end_reminder_at <= $1 AND status = 'active' ORDER BY end_reminder_at LIMIT $2";
const ENDED: &str = "SELECT organization_id, id FROM members WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2";
const TOLD: &str = "UPDATE members SET end_reminder_at = NULL
  WHERE organization_id = $1 AND id = $2 AND status = 'active' AND end_reminder_at <= $3";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[TO_TELL, ENDED, TOLD];

/// What is to be done with a membership.
#[derive(Clone, Copy)]
enum Turn {
    Tell,
    End,
}

/// Does what is due, and answers how many memberships that changed. One that fails holds up no other.
pub async fn run_once(app: &App) -> Result<usize, MemberError> {
    let (mut done, mut failed) = (0, None);
    for (turn, due) in [(Turn::Tell, TO_TELL), (Turn::End, ENDED)] {
        let rows: Vec<(OrganizationId, MemberId)> =
            app.db.reader().all(due, params![app.now(), MOST]).await?;
        for (organization, member) in rows {
            match take(app, organization, member, turn).await {
                Ok(changed) => done += usize::from(changed),
                Err(error) => failed = Some(error),
            }
        }
    }
    failed.map_or(Ok(done), Err)
}

async fn take(
    app: &App,
    organization: OrganizationId,
    id: MemberId,
    turn: Turn,
) -> Result<bool, MemberError> {
    let caller = Caller { client: Client::local("end-of-membership"), ..Caller::system(app) };
    let mut op = match Op::begin_in(&caller, organization).await {
        Err(OpError::NotFound) => return Ok(false),
        begun => begun?,
    };
    op.actor = Actor::new("system", "", "Roster");
    let outcome = match (store::find(&mut op.tx, organization, id).await, turn) {
        (Err(error), _) => Err(error.into()),
        (Ok(None), _) => Ok(false),
        (Ok(Some(member)), Turn::Tell) => tell(&mut op, &member).await,
        (Ok(Some(member)), Turn::End) => end(&mut op, &member).await,
    };
    op.settle(outcome.map(|changed| (changed, changed))).await
}

/// Tells a guest once of each end, in the transaction that notes it.
async fn tell(op: &mut Op, member: &Member) -> Result<bool, MemberError> {
    let Some(end) = member.ends_at.filter(|end| *end > op.now) else { return Ok(false) };
    if op.tx.execute(TOLD, params![member.organization, member.id, op.now]).await? == 0 {
        return Ok(false);
    }
    mail(op, member, LetterKind::MembershipEnds, member.id.0, end).await?;
    op.record(Event::new(Action::MemberReminded, member.target()).with("endsAt", end.to_string()));
    Ok(true)
}

/// Ends a membership as a removal does; of who is invited the invitation. The last one in charge stays, without an end.
async fn end(op: &mut Op, member: &Member) -> Result<bool, MemberError> {
    let Some(end) = member.ends_at.filter(|_| member.has_ended(op.now)) else { return Ok(false) };
    if member.status == Status::Invited {
        invitation::commands::withdraw_of(op, member).await?;
        return Ok(true);
    }
    let roles = role::store::list(&mut op.tx, member.organization).await?;
    match take_out(op, &roles, member).await {
        Err(MemberError::LastOwner) => return keep(op, member, end).await,
        gone => gone?,
    }
    erase_homeless(op, member).await?;
    let event = Event::new(Action::MemberEnded, member.target()).with("email", member.email.clone());
    op.record(told::went(event, member, &roles));
    let Some(account) = member.account else { return Ok(true) };
    if account::store::find(&mut op.tx, account).await?.is_some() {
        mail(op, member, LetterKind::MembershipEnded, member.organization.0, end).await?;
    }
    Ok(true)
}

async fn keep(op: &mut Op, member: &Member, end: Timestamp) -> Result<bool, MemberError> {
    let after = member.clone().ending(None);
    if !store::update(&mut op.tx, member, &after, op.now).await? {
        return Err(MemberError::Stale);
    }
    mail(op, member, LetterKind::MembershipKept, member.id.0, end).await?;
    let event = Event::new(Action::MemberKept, member.target()).with("reason", "last_owner");
    op.record(event.change("endsAt", end.to_string(), serde_json::Value::Null));
    Ok(true)
}

async fn mail(
    op: &mut Op,
    member: &Member,
    kind: LetterKind,
    subject: uuid::Uuid,
    end: Timestamp,
) -> Result<(), Error> {
    let Ok(to) = EmailAddress::parse(&member.email) else { return Ok(()) };
    op.mail(&Letter { kind, subject, generation: end.0, to: &to }).await?;
    Ok(())
}
