//! Reminds whoever began a review that it is due soon, and that it is overdue: each once, whatever process looks first.

use super::commands::MAY_REVIEW;
use super::{Review, State, store};
use crate::account;
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::base::{EmailAddress, OrganizationId, ReviewId};
use crate::op::{self, Caller, Op, OpError};
use crate::outbox::{Letter, LetterKind};

/// Reviews that are looked at together.
const TOGETHER: i64 = 100;

/// Sends what is due, and answers how many letters that were.
pub async fn remind(app: &App) -> Result<usize, OpError> {
    let mut sent = 0;
    loop {
        let due = store::to_remind(&mut app.db.reader(), app.now(), TOGETHER).await?;
        let count = due.len() as i64;
        for (organization, id) in due {
            sent += usize::from(remind_of(app, organization, id).await?);
        }
        if count < TOGETHER {
            return Ok(sent);
        }
    }
}

async fn remind_of(app: &App, organization: OrganizationId, id: ReviewId) -> Result<bool, OpError> {
    let mut op = Op::begin_in(&Caller::system(app), organization).await?;
    op.actor = Actor::new("system", "", "Roster");
    let outcome = remind_in(&mut op, organization, id).await;
    op.settle(outcome.map(|told| (told == Some(true), told.is_some()))).await
}

/// Whether a letter went out; `None` where another process was first, or nothing is due any more.
async fn remind_in(op: &mut Op, organization: OrganizationId, id: ReviewId) -> Result<Option<bool>, OpError> {
    let Some(review) = store::find(&mut op.tx, organization, id).await? else { return Ok(None) };
    let Some(due) = review.remind_at.filter(|at| *at <= op.now && review.state == State::Open) else {
        return Ok(None);
    };
    let overdue = op.now >= review.due_at;
    let next = (!overdue).then_some(review.due_at);
    if !store::reminded(&mut op.tx, id, due, next).await? {
        return Ok(None);
    }
    let to = reader(op, &review).await?;
    if let Some(to) = &to {
        let generation = if overdue { LetterKind::OVERDUE } else { LetterKind::DUE_SOON };
        op.mail(&Letter { kind: LetterKind::Review, subject: id.0, generation, to }).await?;
    }
    let event = Event::new(Action::ReviewReminded, review.target()).with("overdue", overdue);
    op.record(event.with("undecided", review.undecided()).with("mailed", to.is_some()));
    Ok(Some(to.is_some()))
}

/// The mailbox of whoever began it, as long as they may still decide in it.
async fn reader(op: &mut Op, review: &Review) -> Result<Option<EmailAddress>, OpError> {
    let standing =
        op::store::find_standing(&mut op.tx, review.organization, review.started_by, op.now).await?;
    if !standing.is_some_and(|standing| standing.allows(MAY_REVIEW)) {
        return Ok(None);
    }
    let account = account::store::find(&mut op.tx, review.started_by).await?;
    Ok(account.and_then(|account| EmailAddress::parse(&account.email).ok()))
}
