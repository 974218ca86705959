//! Every SQL statement that begins, touches and ends sessions.

use onesql::{Error, Query, Tx, params};

use super::{ABSOLUTE_LIFETIME, Method, Named, Session, TOKEN_PREFIX};
use crate::account::Account;
use crate::base::client::{Client, Device};
use crate::base::secret::BearerToken;
use crate::base::{AccountId, OrganizationId, SessionId, Timestamp};
use crate::op::{Op, OpError};
use crate::outbox::notice::Happening;
use crate::takes_part;

const INSERT: &str =
    "INSERT INTO sessions (id, token_hash, account_id, organization_id, ip, user_agent, device, browser, os, method,
    started_at, last_active_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)";
const KNOWN_DEVICE: &str = "SELECT EXISTS (SELECT 1 FROM sessions WHERE account_id = $1),
  EXISTS (SELECT 1 FROM sessions WHERE account_id = $1 AND device = $2)";
// Entering is a fresh proof: what an administrator ended here before begins anew.
const ENTER: &str = concat!(
    "INSERT INTO session_organizations (session_id, organization_id, member_id, started_at, last_active_at, ip)
  SELECT $1, m.organization_id, m.id, $4, $4, $5 FROM members m
  WHERE m.organization_id = $2 AND m.account_id = $3 AND ",
    takes_part!("m", "$4"),
    "
  ON CONFLICT (session_id, organization_id) DO UPDATE
  SET member_id = excluded.member_id, last_active_at = excluded.last_active_at, ip = excluded.ip, ended_at = NULL"
);
const SIGNED_IN: &str =
    "UPDATE members SET last_login_at = $3 WHERE organization_id = $1 AND account_id = $2";
const TOUCH: &str =
    "UPDATE sessions SET last_active_at = $2 WHERE id = $1 AND ended_at IS NULL AND last_active_at < $2";
const TOUCH_IN: &str = concat!(
    "INSERT INTO session_organizations (session_id, organization_id, member_id, started_at, last_active_at, ip)
  SELECT s.id, m.organization_id, m.id, $3, $3, $4
  FROM sessions s JOIN members m ON m.organization_id = $2 AND m.account_id = s.account_id AND ",
    takes_part!("m", "$3"),
    "
  WHERE s.id = $1 AND s.ended_at IS NULL
  ON CONFLICT (session_id, organization_id) DO UPDATE SET last_active_at = excluded.last_active_at, ip = excluded.ip
  WHERE session_organizations.ended_at IS NULL"
);
const ENTRY: &str = concat!(
    "SELECT o.id, so.ended_at FROM organizations o JOIN members m ON m.organization_id = o.id AND m.account_id = $4 AND ",
    takes_part!("m", "$5"),
    "
  LEFT JOIN session_organizations so ON so.session_id = $3 AND so.organization_id = o.id
  WHERE o.id = CASE WHEN $1 IS NOT NULL THEN $1 ELSE (SELECT id FROM organizations WHERE slug = $2) END"
);
const SWITCH: &str = "UPDATE sessions SET organization_id = $2 WHERE id = $1 AND ended_at IS NULL";
const RENEW_TOKEN: &str = "UPDATE sessions SET token_hash = $2 WHERE id = $1 AND ended_at IS NULL";
const END: &str = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
const END_ALL: &str = "UPDATE sessions SET ended_at = $2
  WHERE account_id = $1 AND ended_at IS NULL AND ($3 IS NULL OR id <> $3)";
// Ends everywhere only where the account is active nowhere else (SES-6).
const END_WITHOUT_OTHER_MEMBERSHIP: &str = concat!(
    "UPDATE sessions SET ended_at = $4
  WHERE account_id = $1 AND ($3 IS NULL OR id = $3) AND ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM members m WHERE m.account_id = $1 AND m.organization_id <> $2 AND ",
    takes_part!("m", "$4"),
    ")"
);
// Those that were not used there yet as well: no session that was alive at a suspension survives it. Nothing of what they
// did elsewhere is copied (D9).
const END_IN: &str = "INSERT INTO session_organizations (session_id, organization_id, member_id, started_at, last_active_at, ip, ended_at)
  SELECT s.id, $2, m.id, $4, $4, '', $4 FROM sessions s JOIN members m ON m.organization_id = $2 AND m.account_id = s.account_id
  WHERE s.account_id = $1 AND ($3 IS NULL OR s.id = $3) AND s.ended_at IS NULL
  ON CONFLICT (session_id, organization_id) DO UPDATE SET ended_at = excluded.ended_at
  WHERE session_organizations.ended_at IS NULL";
// What was mailed to somebody before they were suspended or removed opens nothing afterwards (R17).
const END_RESETS: &str =
    "UPDATE password_resets SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
const END_EMAIL_CHANGES: &str =
    "UPDATE email_changes SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    super::resolve::IN_SESSIONS,
    super::resolve::IN_ID,
    super::resolve::IN_SLUG,
    INSERT,
    KNOWN_DEVICE,
    ENTER,
    SIGNED_IN,
    TOUCH,
    TOUCH_IN,
    ENTRY,
    SWITCH,
    RENEW_TOKEN,
    END,
    END_ALL,
    END_WITHOUT_OTHER_MEMBERSHIP,
    END_IN,
    END_RESETS,
    END_EMAIL_CHANGES,
];

/// Begins a session inside a command; where it enters an organization that is the member's last login (MEM-7). The token
/// is shown to its owner once and stored as a hash.
pub async fn start(
    op: &mut Op,
    account: &Account,
    organization: Option<OrganizationId>,
    method: Method,
) -> Result<(Session, BearerToken), Error> {
    let client = op.client().clone();
    let token = BearerToken::generate(TOKEN_PREFIX, &op.app.random);
    let session = Session {
        id: SessionId(op.id()),
        account: account.id,
        name: account.name(),
        email: account.email.clone(),
        member: None,
        device: Device::of(&client.user_agent),
        ip: client.ip.to_string(),
        method: method.as_str().to_owned(),
        started_at: op.now,
        last_active_at: op.now,
        expires_at: op.now.plus(ABSOLUTE_LIFETIME),
    };
    tell_new_device(op, account, &session).await?;
    let hash = BearerToken::hash(token.expose());
    let values = params![
        session.id,
        hash,
        session.account,
        organization,
        session.ip,
        client.user_agent,
        session.device.name,
        session.device.browser,
        session.device.os,
        session.method,
        session.started_at,
        session.expires_at
    ];
    op.tx.send(INSERT, values).await?;
    if let Some(organization) = organization {
        enter(op, session.id, account.id, organization).await?;
    }
    Ok((session, token))
}

/// Whoever had a session before hears by letter of one with something that they never used.
async fn tell_new_device(op: &mut Op, account: &Account, session: &Session) -> Result<(), Error> {
    let (device, ip) = (session.device.name.clone(), session.ip.clone());
    let (had_any, had_this): (bool, bool) = op.tx.one(KNOWN_DEVICE, params![account.id, device]).await?;
    match account.address() {
        Some(to) if had_any && !had_this => {
            op.notify(account.id, &to, &Happening::NewDevice { device, ip }).await
        }
        _ => Ok(()),
    }
}

/// Gives a session another token; the one before opens nothing any more (SES-10).
pub async fn renew_token(op: &mut Op, session: SessionId) -> Result<BearerToken, OpError> {
    let token = BearerToken::generate(TOKEN_PREFIX, &op.app.random);
    let hash = BearerToken::hash(token.expose());
    match op.tx.execute(RENEW_TOKEN, params![session, hash]).await? {
        0 => Err(OpError::Unauthenticated),
        _ => Ok(token),
    }
}

/// Brings a session into an organization that its account just signed in to, or accepted an invitation of.
pub async fn enter(
    op: &mut Op,
    session: SessionId,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), Error> {
    let (now, ip) = (op.now, op.client().ip.to_string());
    op.tx.send(SWITCH, params![session, organization]).await?;
    op.tx.send(ENTER, params![session, organization, account, now, ip]).await?;
    op.tx.send(SIGNED_IN, params![organization, account, now]).await?;
    Ok(())
}

/// Notes that a session is used.
pub async fn touch(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<(), Error> {
    tx.send(TOUCH, params![session, now]).await
}

/// Notes that a session is used in an organization.
pub async fn touch_in(
    tx: &mut Tx,
    session: SessionId,
    organization: OrganizationId,
    client: &Client,
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(TOUCH_IN, params![session, organization, now, client.ip.to_string()]).await
}

/// The organization of that name, where the account is active in it, and when the session ended for it.
pub async fn entry(
    tx: &mut Tx,
    named: &Named<'_>,
    session: SessionId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<(OrganizationId, Option<Timestamp>)>, Error> {
    tx.optional(ENTRY, params![named.id(), named.slug(), session, account, now]).await
}

/// Changes the organization that a session is in by default.
pub async fn switch(tx: &mut Tx, session: SessionId, organization: OrganizationId) -> Result<bool, Error> {
    Ok(tx.execute(SWITCH, params![session, organization]).await? == 1)
}

/// Ends one session everywhere; `false` where it had ended.
pub async fn end(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(END, params![session, now]).await? == 1)
}

/// Ends every session of an account, but for `keep`; says how many.
pub async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> Result<u64, Error> {
    tx.execute(END_ALL, params![account, now, keep]).await
}

/// Ends the sessions of an account for one organization: until the next sign-in there, or everywhere where the account
/// has no other active membership; mailed links to a new password or address die, too. For suspension and removal; the
/// order of that and this does not matter.
pub async fn end_in_organization(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<(), Error> {
    end_here(tx, account, organization, None, now).await?;
    tx.send(END_RESETS, params![account, now]).await?;
    tx.send(END_EMAIL_CHANGES, params![account, now]).await
}

/// Like [`end_in_organization`], for one session: an administrator's revoke (SES-6).
pub async fn end_one_in_organization(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    session: SessionId,
    now: Timestamp,
) -> Result<(), Error> {
    end_here(tx, account, organization, Some(session), now).await
}

async fn end_here(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    session: Option<SessionId>,
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(END_WITHOUT_OTHER_MEMBERSHIP, params![account, organization, session, now]).await?;
    tx.send(END_IN, params![account, organization, session, now]).await
}
