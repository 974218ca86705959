//! Starting a review, deciding about somebody in it, and closing it.

use super::population::{self, Candidate, Foreseen};
use super::{Decided, Decision, Item, Review, Scope, State, first_reminder, store};
use crate::access_model::Area;
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::text::{paragraph, people};
use crate::base::time::DAY;
use crate::base::{MemberId, Problem, ReviewId, Timestamp};
use crate::member::commands::MemberError;
use crate::member::{self, Status};
use crate::op::{Caller, Needs, Op, OpError};
use crate::removal::commands::remove_in;

/// Who may start reviews and decide in them: whoever may remove people.
pub const MAY_REVIEW: Needs = Needs(Area::Users, "delete");

/// People in one review, at the most.
pub const MOST_PEOPLE: usize = 10_000;
/// Code points of a note, at the most.
pub const LONGEST_NOTE: usize = 1_000;
/// Days until somebody counts as dormant or an invitation as unanswered, at the most.
pub const MOST_DAYS: i64 = 3_650;
/// Days until a review is due, at the most.
const MOST_DUE: i64 = 366;

/// Why nothing was done with a review.
#[derive(Debug)]
pub enum ReviewError {
    /// No such review, or nobody of that id in it.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// Nobody fits.
    Nobody,
    /// So many fit: more than one review takes.
    TooMany(usize),
    /// Nobody decides about themselves.
    Own,
    /// The review is closed.
    Closed,
    /// About so many nothing is decided.
    Undecided(i64),
    /// They were removed by an earlier decision.
    AlreadyRemoved,
    /// They are no longer here: nothing can be kept.
    Gone,
    /// They accepted the invitation that nobody had answered.
    Answered,
    /// Somebody changed it meanwhile.
    Stale,
    /// They can't be removed.
    Member(MemberError),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for ReviewError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<MemberError> for ReviewError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Op(error) => Self::Op(error),
            other => Self::Member(other),
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        use ReviewError as E;
        let conflict = |code: &str, detail: &str| Self::conflict(code, detail);
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::Nobody => conflict("nobody_to_review", "Nobody fits. Choose more reasons, or fewer days."),
            E::TooMany(count) => Self::conflict(
                "review_too_large",
                format!(
                    "{count} people fit; a review takes up to {MOST_PEOPLE}. Choose fewer reasons, or more days."
                ),
            ),
            E::Own => Self::new(
                403,
                "own_membership",
                "Nobody reviews themselves. Ask another reviewer to decide about you.",
            ),
            E::Closed => conflict("review_closed", "This review is closed. Start another one."),
            E::Undecided(count) => Self::conflict(
                "review_undecided",
                format!(
                    "Nothing is decided about {}. Decide, or close it with them left open.",
                    people(count)
                ),
            ),
            E::AlreadyRemoved => conflict(
                "already_removed",
                "They were removed by this review already. Invite them again if that was wrong.",
            ),
            E::Gone => conflict(
                "member_gone",
                "They have no place here any more, so there is nothing to keep. Decide to remove them: it is only written down.",
            ),
            E::Answered => conflict(
                "invitation_answered",
                "They accepted the invitation since this review began. Keep them here, or remove them on their own page first.",
            ),
            E::Stale => crate::organization::stale(),
            E::Member(error) => error.into(),
            E::Op(error) => error.into(),
        }
    }
}

/// A review as it was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it shall be called.
    pub name: String,
    /// Whom it shall be about.
    pub scope: Scope,
    /// Until when.
    pub due_at: Timestamp,
}

/// The days of a scope, checked.
pub fn check_scope(checks: &mut Checks, scope: &Scope) {
    if scope.reasons.is_empty() {
        checks.wrong("/scope", "missing", "Choose at least one reason.");
    }
    let days = [("/dormantDays", scope.dormant_days), ("/invitationDays", scope.invitation_days)];
    for (pointer, _) in days.iter().filter(|(_, days)| !(1..=MOST_DAYS).contains(days)) {
        checks.wrong(pointer, "invalid_value", format!("Type a number of days from 1 to {MOST_DAYS}."));
    }
}

/// Whom a review would be about, and the first `most` of them. Nothing is done.
pub async fn foresee(caller: &Caller, scope: &Scope, most: usize) -> Result<Foreseen, ReviewError> {
    let organization = &caller.reads(MAY_REVIEW)?.organization;
    let app = &caller.app;
    Ok(population::foresee(&mut app.db.long_reader(), organization, (scope, app.now()), most).await?)
}

/// Starts a review. Whom it is about is read before and written down; what happens to them later changes nothing in it.
pub async fn start(caller: &Caller, asked: &Asked) -> Result<Review, ReviewError> {
    let now = caller.app.now();
    caller.reads(MAY_REVIEW)?;
    let mut checks = Checks::default();
    let name = checks.name("/name", "The name", &asked.name);
    check_scope(&mut checks, &asked.scope);
    if asked.due_at <= now || asked.due_at > now.plus(MOST_DUE * DAY) {
        checks.wrong("/dueAt", "invalid_value", "Choose a day to come, within a year.");
    }
    checks.done().map_err(ReviewError::Input)?;
    let foreseen = foresee(caller, &asked.scope, MOST_PEOPLE).await?;
    match foreseen.total as usize {
        0 => return Err(ReviewError::Nobody),
        count if count > MOST_PEOPLE => return Err(ReviewError::TooMany(count)),
        _ => {}
    }
    let items: Vec<Item> = (1..).zip(foreseen.first).map(item).collect();
    let mut op = caller.begin(MAY_REVIEW).await?;
    let review = Review {
        id: ReviewId(op.id()),
        organization: op.organization_id(),
        name,
        scope: asked.scope.clone(),
        state: State::Open,
        total: items.len() as i64,
        kept: 0,
        removed: 0,
        due_at: asked.due_at,
        remind_at: Some(first_reminder(asked.due_at, op.now)),
        started_by: caller.account()?,
        started_by_name: op.actor.name.clone(),
        created_at: op.now,
        closed_by_name: None,
        closed_at: None,
        version: 1,
    };
    let outcome: Result<_, ReviewError> = async {
        store::insert(&mut op.tx, &review, &items).await?;
        let reasons: Vec<&str> = review.scope.reasons.iter().map(|reason| reason.as_str()).collect();
        let event = Event::new(Action::ReviewStarted, review.target()).with("reasons", reasons);
        op.record(event.with("people", review.total).with("dueAt", review.due_at.to_string()));
        Ok(review)
    }
    .await;
    op.finish(outcome).await
}

fn item((number, candidate): (i64, Candidate)) -> Item {
    let Candidate { member, roles, grounds } = candidate;
    Item {
        number,
        member: member.id,
        name: member.name(),
        email: member.email,
        roles,
        status: member.status,
        last_login: member.last_login,
        grounds,
        decided: None,
        version: 1,
    }
}

/// Decides about somebody in a review. To remove them is the one removal of everywhere: who may not do it there, may not here.
pub async fn decide(
    caller: &Caller,
    (id, member): (ReviewId, MemberId),
    (decision, note): (Decision, &str),
    version: Option<i64>,
) -> Result<Item, ReviewError> {
    let mut op = caller.begin(MAY_REVIEW).await?;
    let outcome = decide_in(&mut op, (id, member), (decision, note), version).await;
    op.settle(outcome).await
}

async fn decide_in(
    op: &mut Op,
    (id, member): (ReviewId, MemberId),
    (decision, note): (Decision, &str),
    version: Option<i64>,
) -> Result<(Item, bool), ReviewError> {
    let organization = op.organization_id();
    let review = store::find(&mut op.tx, organization, id).await?.ok_or(ReviewError::NotFound)?;
    let before = store::find_item(&mut op.tx, id, member).await?.ok_or(ReviewError::NotFound)?;
    if op.standing()?.member == member {
        let event = Event::new(Action::ReviewDecided, before.target()).with("review", review.name);
        op.refuse(event.with("reason", "own_membership"));
        return Err(ReviewError::Own);
    }
    let note = check_note(decision, note)?;
    if review.state == State::Closed {
        return Err(ReviewError::Closed);
    }
    if version.is_some_and(|version| version != before.version) {
        return Err(ReviewError::Stale);
    }
    match &before.decided {
        Some(was) if was.decision == Decision::Remove => return Err(ReviewError::AlreadyRemoved),
        Some(was) if was.decision == decision && was.note == note => return Ok((before, false)),
        _ => {}
    }
    let gone = carry_out(op, &before, decision).await?;
    let (by_id, by_name) = (op.actor.id.clone(), op.actor.name.clone());
    let decided = Decided { decision, note, by_id, by_name, at: op.now };
    if !store::decide(&mut op.tx, &review, &before, &decided).await? {
        return Err(ReviewError::Stale);
    }
    let was = before.decided.as_ref().map(|was| was.decision.as_str());
    let mut event = Event::new(Action::ReviewDecided, before.target())
        .with("review", review.name)
        .change("decision", was, decision.as_str())
        .with("note", decided.note.clone());
    if gone {
        event = event.with("goneBefore", true);
    }
    op.record(event);
    Ok((Item { version: before.version + 1, decided: Some(decided), ..before }, true))
}

fn check_note(decision: Decision, note: &str) -> Result<String, ReviewError> {
    let mut checks = Checks::default();
    let note = checks.text("/note", "The note", paragraph(note, LONGEST_NOTE));
    checks.done().map_err(ReviewError::Input)?;
    if decision == Decision::Remove && crate::base::text::is_blank(&note) {
        let detail = "Say why they are removed: whoever looks at this review later wants to know.";
        return Err(ReviewError::Input(Problem::field("/note", "missing", detail)));
    }
    Ok(note)
}

/// Does what was decided; says whether they were gone already.
async fn carry_out(op: &mut Op, item: &Item, decision: Decision) -> Result<bool, ReviewError> {
    let organization = op.organization_id();
    let now = member::store::find(&mut op.tx, organization, item.member).await?;
    match (decision, now) {
        (Decision::Keep, None) => Err(ReviewError::Gone),
        (Decision::Keep, Some(_)) => Ok(false),
        (Decision::Remove, None) => Ok(true),
        (Decision::Remove, Some(now)) if item.status == Status::Invited && now.status != Status::Invited => {
            Err(ReviewError::Answered)
        }
        (Decision::Remove, Some(_)) => {
            remove_in(op, item.member, None).await?;
            Ok(false)
        }
    }
}

/// Closes a review: with people left about whom nothing is decided only where that is said.
pub async fn close(
    caller: &Caller,
    id: ReviewId,
    leaves_undecided: bool,
    version: Option<i64>,
) -> Result<Review, ReviewError> {
    let mut op = caller.begin(MAY_REVIEW).await?;
    let outcome = close_in(&mut op, id, leaves_undecided, version).await;
    op.finish(outcome).await
}

async fn close_in(
    op: &mut Op,
    id: ReviewId,
    leaves_undecided: bool,
    version: Option<i64>,
) -> Result<Review, ReviewError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(ReviewError::NotFound)?;
    if before.state == State::Closed {
        return Err(ReviewError::Closed);
    }
    if version.is_some_and(|version| version != before.version) {
        return Err(ReviewError::Stale);
    }
    if before.undecided() > 0 && !leaves_undecided {
        return Err(ReviewError::Undecided(before.undecided()));
    }
    let by = op.actor.name.clone();
    if !store::close(&mut op.tx, &before, &by, op.now).await? {
        return Err(ReviewError::Stale);
    }
    op.record(
        Event::new(Action::ReviewClosed, before.target())
            .with("kept", before.kept)
            .with("removed", before.removed)
            .with("undecided", before.undecided()),
    );
    Ok(Review {
        state: State::Closed,
        closed_by_name: Some(by),
        closed_at: Some(op.now),
        remind_at: None,
        version: before.version + 1,
        ..before
    })
}
