//! What people do with sessions: look at them, switch the organization, end them.

use super::list::{self, After, Filter};
use super::{Named, Session, store};
use crate::access_model::Area;
use crate::audit::{Action, Event, Target};
use crate::base::{MemberId, OrganizationId, Problem, SessionId};
use crate::op::{Caller, Needs, Op, OpError, Signed};

/// Why a session command was refused.
#[derive(Debug)]
pub enum SessionError {
    /// It did not begin, or could not end.
    Op(OpError),
    /// No live session of that id that the caller may see.
    NotFound,
    /// Its owner's roles are outside what the caller may manage (ACC-4).
    OutsideGrantRule,
}

impl From<OpError> for SessionError {
    fn from(error: OpError) -> Self {
        Self::Op(error)
    }
}

impl From<onesql::Error> for SessionError {
    fn from(error: onesql::Error) -> Self {
        Self::Op(error.into())
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Op(error) => error.into(),
            SessionError::NotFound => Self::not_found(),
            SessionError::OutsideGrantRule => Self::new(
                403,
                "outside_grant_rule",
                "This person has a role that you may not manage. Somebody with a higher role can sign them out.",
            ),
        }
    }
}

fn signed(caller: &Caller) -> Result<&Signed, OpError> {
    caller.signed().ok_or(OpError::Unauthenticated)
}

fn target(session: &Session) -> Target {
    Target::new("session", session.id, session.device.name.clone())
}

/// The live sessions that were used in the caller's organization (SES-6).
pub async fn list_here(
    caller: &Caller,
    filter: &Filter,
    page: (After, i64),
) -> Result<Vec<Session>, SessionError> {
    let organization = caller.reads(Needs(Area::Sessions, "view"))?.organization.id;
    let mut reader = caller.app.db.reader();
    if let Filter::Of(member) = filter {
        visible(caller, organization, *member).await?;
    }
    Ok(list::list_in(&mut reader, organization, filter, caller.app.now(), page).await?)
}

async fn visible(
    caller: &Caller,
    organization: OrganizationId,
    member: MemberId,
) -> Result<(), SessionError> {
    let found = list::has_member(&mut caller.app.db.reader(), organization, member).await?;
    if found { Ok(()) } else { Err(SessionError::NotFound) }
}

/// Ends a session of the caller's organization: everywhere where its account is active nowhere else, or else for this
/// organization until the next sign-in there (SES-6).
pub async fn revoke(caller: &Caller, id: SessionId) -> Result<(), SessionError> {
    let mut op = caller.begin(Needs(Area::Sessions, "delete")).await?;
    let outcome = revoke_in(&mut op, id, caller.account()?).await;
    op.finish(outcome).await
}

async fn revoke_in(op: &mut Op, id: SessionId, own: crate::base::AccountId) -> Result<(), SessionError> {
    let (organization, now) = (op.organization_id(), op.now);
    let session = list::find_in(&mut op.tx, organization, id, now).await?.ok_or(SessionError::NotFound)?;
    let event = Event::new(Action::SessionRevoked, target(&session)).with("member", session.name.clone());
    if session.account != own {
        let member = session.member.ok_or(SessionError::NotFound)?;
        let roles = list::roles_of(&mut op.tx, member).await?;
        if !op.standing()?.may_manage(&roles) {
            op.refuse(event);
            return Err(SessionError::OutsideGrantRule);
        }
    }
    store::end_one_in_organization(&mut op.tx, session.account, organization, id, now).await?;
    op.record(event);
    Ok(())
}

/// Signs the caller out: the session ends here and now, on every process (R15).
pub async fn sign_out(caller: &Caller) -> Result<(), SessionError> {
    end_own(caller, signed(caller)?.session).await
}

/// Ends one of the caller's own sessions.
pub async fn end_own(caller: &Caller, id: SessionId) -> Result<(), SessionError> {
    let account = signed(caller)?.account;
    let mut op = Op::begin_account(caller).await?;
    let outcome = end_own_in(&mut op, id, account).await;
    op.finish(outcome).await
}

async fn end_own_in(op: &mut Op, id: SessionId, account: crate::base::AccountId) -> Result<(), SessionError> {
    let found = list::find(&mut op.tx, id).await?.filter(|session| session.account == account);
    let session = found.filter(|s| s.ends_at() > op.now).ok_or(SessionError::NotFound)?;
    if !store::end(&mut op.tx, id, op.now).await? {
        return Err(SessionError::NotFound);
    }
    op.record(Event::new(Action::SessionEnded, target(&session)));
    Ok(())
}

/// Signs the caller out everywhere else; says how many sessions ended.
pub async fn end_others(caller: &Caller) -> Result<u64, SessionError> {
    let signed = signed(caller)?;
    let mut op = Op::begin_account(caller).await?;
    let ended = store::end_all(&mut op.tx, signed.account, Some(signed.session), op.now).await;
    match ended {
        Ok(0) => {
            op.leave_unchanged().await?;
            Ok(0)
        }
        Ok(count) => {
            let target = Target::new("account", signed.account, signed.name.clone());
            op.record(Event::new(Action::SessionEnded, target).with("everywhere_else", count));
            op.finish(Ok(count)).await
        }
        Err(error) => op.finish(Err(error.into())).await,
    }
}

/// Changes the organization that the caller's session is in by default, named by id or slug.
pub async fn switch(caller: &Caller, named: &str) -> Result<OrganizationId, SessionError> {
    let signed = signed(caller)?;
    let mut tx = caller.app.db.begin().await?;
    let now = caller.app.now();
    let found = store::entry(&mut tx, &Named::parse(named), signed.session, signed.account, now).await?;
    let refused = match found {
        None => SessionError::NotFound,
        Some((_, Some(_))) => SessionError::Op(OpError::Unauthenticated),
        Some((organization, None)) => {
            store::switch(&mut tx, signed.session, organization).await?;
            store::touch_in(&mut tx, signed.session, organization, &caller.client, now).await?;
            tx.commit().await?;
            return Ok(organization);
        }
    };
    tx.rollback().await?;
    Err(refused)
}
