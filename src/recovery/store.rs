//! Every SQL statement about links that were mailed to their owners.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::{EMAIL_CHANGE_LIFETIME, RESET_LIFETIME};
use crate::account::display_name;
use crate::base::{AccountId, EmailAddress, EmailChangeId, MemberId, OrganizationId, ResetId, Timestamp};
use crate::takes_part;

const END_RESETS: &str =
    "UPDATE password_resets SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
const INSERT_RESET: &str =
    "INSERT INTO password_resets (id, account_id, credential_version, created_at, expires_at, ended_at)
  VALUES ($1, $2, $3, $4, $5, $6)";
const LIVE_RESET: &str = "SELECT p.account_id FROM password_resets p JOIN accounts a ON a.id = p.account_id
  WHERE p.id = $1 AND p.ended_at IS NULL AND p.expires_at > $2 AND p.credential_version = a.credential_version";
const USE_RESET: &str =
    "UPDATE password_resets SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2";
const END_CHANGES: &str = "UPDATE email_changes SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
const INSERT_CHANGE: &str =
    "INSERT INTO email_changes (id, account_id, credential_version, email, email_key, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LIVE_CHANGE: &str =
    "SELECT c.account_id, c.email, a.first_name, a.last_name, a.email
  FROM email_changes c JOIN accounts a ON a.id = c.account_id
  WHERE c.id = $1 AND c.ended_at IS NULL AND c.expires_at > $2 AND c.credential_version = a.credential_version";
const USE_CHANGE: &str =
    "UPDATE email_changes SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2";
// Somebody else with this address in an organization of the account, invited perhaps.
const TAKEN_NEXT_DOOR: &str =
    "SELECT COUNT(*) FROM members mine JOIN members other ON other.organization_id = mine.organization_id
  WHERE mine.account_id = $1 AND other.email_key = $2 AND other.id <> mine.id";

// As many as can be expected to act; no letter to a whole company.
const IN_CHARGE: &str = concat!(
    "SELECT DISTINCT m.id, m.email FROM roles r JOIN member_roles mr ON mr.role_id = r.id
  JOIN members m ON m.id = mr.member_id
  WHERE r.organization_id = $1 AND r.is_top AND m.id <> $2 AND ",
    takes_part!("m", "$3"),
    " ORDER BY m.id LIMIT 10"
);

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    END_RESETS,
    INSERT_RESET,
    LIVE_RESET,
    USE_RESET,
    END_CHANGES,
    INSERT_CHANGE,
    LIVE_CHANGE,
    USE_CHANGE,
    TAKEN_NEXT_DOOR,
    IN_CHARGE,
];

/// Keeps a new reset; those before it are dead (R07). Without an account a dead row is kept, so that the work is the same.
pub async fn insert_reset(
    tx: &mut Tx,
    id: ResetId,
    account: Option<(AccountId, i64)>,
    now: Timestamp,
) -> Result<(), Error> {
    let (whose, version) = account.unzip();
    let (version, until) = (version.unwrap_or(0), now.plus(RESET_LIFETIME));
    let ended = if account.is_none() { Some(now) } else { None };
    tx.send(END_RESETS, params![whose, now]).await?;
    let values = params![id, whose, version, now, until, ended];
    tx.send(INSERT_RESET, values).await
}

/// Whose reset this is, where it can still be used.
pub async fn live_reset(q: &mut impl Query, id: ResetId, now: Timestamp) -> Result<Option<AccountId>, Error> {
    let row: Option<(AccountId,)> = q.optional(LIVE_RESET, params![id, now]).await?;
    Ok(row.map(|(account,)| account))
}

/// Uses a reset up; `false` where somebody did.
pub async fn use_reset(tx: &mut Tx, id: ResetId, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(USE_RESET, params![id, now]).await? == 1)
}

/// A change of address that waits for its confirmation.
#[derive(Clone, Debug)]
pub struct LiveChange {
    /// Whose.
    pub account: AccountId,
    /// The new address.
    pub email: String,
    /// The name of the account that asked; its address while it has none.
    pub name: String,
    /// The address that the account has so far.
    pub old_email: String,
}

impl FromRow for LiveChange {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (first, last, old_email): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let name = display_name(&first, &last, &old_email);
        Ok(Self { account: row.get(0)?, email: row.get(1)?, name, old_email })
    }
}

/// Keeps a change that was asked for; those before it are dead.
pub async fn insert_change(
    tx: &mut Tx,
    id: EmailChangeId,
    (account, version): (AccountId, i64),
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), Error> {
    tx.send(END_CHANGES, params![account, now]).await?;
    let (until, address, key) = (now.plus(EMAIL_CHANGE_LIFETIME), email.as_str(), email.key());
    let values = params![id, account, version, address, key, now, until];
    tx.send(INSERT_CHANGE, values).await
}

/// A change by its id, where it can still be confirmed.
pub async fn live_change(
    q: &mut impl Query,
    id: EmailChangeId,
    now: Timestamp,
) -> Result<Option<LiveChange>, Error> {
    q.optional(LIVE_CHANGE, params![id, now]).await
}

/// Uses a change up; `false` where somebody did.
pub async fn use_change(tx: &mut Tx, id: EmailChangeId, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(USE_CHANGE, params![id, now]).await? == 1)
}

/// Whether somebody else has this address in one of the account's organizations.
pub async fn is_taken_next_door(
    q: &mut impl Query,
    account: AccountId,
    email_key: &str,
) -> Result<bool, Error> {
    let row: (i64,) = q.one(TAKEN_NEXT_DOOR, params![account, email_key]).await?;
    Ok(row.0 > 0)
}

/// The addresses of those who hold an organization's top role, up to ten of them, without `but`.
pub async fn in_charge(
    q: &mut impl Query,
    organization: OrganizationId,
    but: MemberId,
    now: Timestamp,
) -> Result<Vec<EmailAddress>, Error> {
    let rows: Vec<(MemberId, String)> = q.all(IN_CHARGE, params![organization, but, now]).await?;
    Ok(rows.iter().filter_map(|(_, email)| EmailAddress::parse(email).ok()).collect())
}
