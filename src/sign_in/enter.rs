//! What every way in ends with: a fresh session, a recorded success, and the answer that hands the token over once.

use super::attempt::Try;
use super::{Reason, Wanted, place};
use crate::account::Account;
use crate::account::membership::{self, Membership};
use crate::audit::{Action, Actor, Event, Target};
use crate::base::OrganizationId;
use crate::base::secret::BearerToken;
use crate::op::{Op, OpError, Signed};
use crate::session::{self, Method, Session};

/// Somebody who just got in.
pub struct SignedIn {
    /// The session's token, shown this once.
    pub token: BearerToken,
    /// The session.
    pub session: Session,
    /// The account.
    pub account: Account,
    /// Its places, suspended ones included.
    pub memberships: Vec<Membership>,
    /// The organization entered.
    pub organization: Option<OrganizationId>,
}

impl SignedIn {
    /// Who that is from now on, to what the same request or program does next.
    pub fn signed(&self, by_cookie: bool) -> Signed {
        Signed {
            account: self.account.id,
            name: self.account.name(),
            email: self.account.email.clone(),
            time_zone: self.account.time_zone.clone(),
            session: self.session.id,
            by_cookie,
            session_organization: self.organization,
            expires_at: self.session.expires_at,
        }
    }
}

/// Why somebody with the right secret does not get in.
#[derive(Debug)]
pub enum EnterError {
    /// There is nothing to enter, and why.
    Refused(Reason, Vec<Membership>),
    /// The command failed.
    Op(OpError),
}

impl From<OpError> for EnterError {
    fn from(error: OpError) -> Self {
        Self::Op(error)
    }
}

impl From<onesql::Error> for EnterError {
    fn from(error: onesql::Error) -> Self {
        Self::Op(error.into())
    }
}

/// Lets an account in whose owner has just proved to be it: begins a session in the organization wanted and records the
/// success. From here on the command's actor is the account.
pub async fn enter(
    op: &mut Op,
    account: Account,
    wanted: Wanted,
    method: Method,
) -> Result<SignedIn, EnterError> {
    let memberships = membership::list(&mut op.tx, account.id, op.now).await?;
    let invited = membership::is_invited(&mut op.tx, &account.email_key, op.now).await?;
    let organization = match place(&memberships, wanted, invited) {
        Ok(organization) => organization,
        Err(reason) => return Err(EnterError::Refused(reason, memberships)),
    };
    let (session, token) = session::store::start(op, &account, organization, method).await?;
    let member = memberships.iter().find(|m| Some(m.organization) == organization).map(|m| m.member);
    let (app, client, now) = (op.app.clone(), op.client().clone(), op.now);
    let attempt = Try::new(&client, &app.random, &account.email, method);
    attempt.succeeded(&mut op.tx, account.id, (organization, member), now).await?;
    if op.actor.kind == "visitor" {
        op.actor = Actor::new("account", account.id, account.name());
    }
    let target = Target::new("session", session.id, session.device.name.clone());
    let mut event = Event::new(Action::SessionStarted, target).with("method", method.as_str());
    if let Some(organization) = organization {
        event = event.with("organization", organization.to_string());
    }
    op.record(event);
    Ok(SignedIn { token, session, account, memberships, organization })
}
