//! Every SQL statement about accounts.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::{Account, name_key, search_text};
use crate::base::{AccountId, OrganizationId, Timestamp};

/// The columns of an account `a`.
#[macro_export]
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_key, a.email_verified, a.first_name, a.last_name, a.phone, a.time_zone, a.locale,
    a.password_hash, a.must_change_password, a.password_foreign_since, a.credential_version, a.created_at, a.updated_at,
    a.version"
    };
}

/// How many columns an account takes.
pub const ACCOUNT_WIDTH: usize = 16;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", account_columns!(), " FROM accounts a ", $rest)
    };
}

const FIND: &str = select!("WHERE a.id = $1");
const FIND_BY_EMAIL: &str = select!("WHERE a.email_key = $1");
const INSERT: &str = "INSERT INTO accounts (id, email, email_key, email_verified, first_name, last_name, phone, time_zone, locale,
    password_hash, must_change_password, password_foreign_since, credential_version, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const UPDATE: &str = "UPDATE accounts SET email = $2, email_key = $3, email_verified = $4, first_name = $5, last_name = $6,
    phone = $7, time_zone = $8, locale = $9, password_hash = $10, must_change_password = $11, password_foreign_since = $12,
    credential_version = $13, updated_at = $14, version = version + 1
  WHERE id = $1 AND version = $15";
const FOLLOW: &str = "UPDATE members SET email = $2, email_key = $3, first_name = $4, last_name = $5, name_key = $6, search = $7,
    updated_at = $8, phone = $9, time_zone = $10, locale = $11, version = version + 1 WHERE account_id = $1";
const FOLLOW_IN_TEAMS: &str = "UPDATE team_members SET name_key = $2
  WHERE member_id IN (SELECT id FROM members WHERE account_id = $1) AND name_key <> $2";
const FOLLOW_IN_PROJECTS: &str = "UPDATE project_members SET name_key = $2
  WHERE member_id IN (SELECT id FROM members WHERE account_id = $1) AND name_key <> $2";
const COUNT_OTHER_MEMBERSHIPS: &str =
    "SELECT COUNT(*) FROM members WHERE account_id = $1 AND organization_id <> $2";
const DELETE: &str = "DELETE FROM accounts WHERE id = $1";
const LOCK: &str = "UPDATE accounts SET version = version WHERE id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    FIND,
    FIND_BY_EMAIL,
    INSERT,
    UPDATE,
    FOLLOW,
    FOLLOW_IN_TEAMS,
    FOLLOW_IN_PROJECTS,
    COUNT_OTHER_MEMBERSHIPS,
    DELETE,
    LOCK,
];

impl Account {
    /// Reads [`account_columns!`] that begin at column `at`.
    pub fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(at)?,
            email: row.get(at + 1)?,
            email_key: row.get(at + 2)?,
            email_verified: row.get(at + 3)?,
            first_name: row.get(at + 4)?,
            last_name: row.get(at + 5)?,
            phone: row.get(at + 6)?,
            time_zone: row.get(at + 7)?,
            locale: row.get(at + 8)?,
            password_hash: row.get(at + 9)?,
            must_change_password: row.get(at + 10)?,
            password_foreign_since: row.get(at + 11)?,
            credential_version: row.get(at + 12)?,
            created_at: row.get(at + 13)?,
            updated_at: row.get(at + 14)?,
            version: row.get(at + 15)?,
        })
    }
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Self::from_columns(row, 0)
    }
}

/// An account by its id.
pub async fn find(q: &mut impl Query, id: AccountId) -> Result<Option<Account>, Error> {
    q.optional(FIND, params![id]).await
}

/// An account, locked for this transaction. Two organizations hold two locks: whoever decides by the memberships of an
/// account (may its address change, may it be erased) takes this one first, and whoever lets the account join another
/// organization writes its row ([`update_or_retry`]), so that one of them waits for the other.
pub async fn lock(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, Error> {
    tx.send(LOCK, params![id]).await?;
    tx.optional(FIND, params![id]).await
}

/// An account by its address's key.
pub async fn find_by_email(q: &mut impl Query, email_key: &str) -> Result<Option<Account>, Error> {
    q.optional(FIND_BY_EMAIL, params![email_key]).await
}

/// Keeps a new account.
pub async fn insert(tx: &mut Tx, a: &Account) -> Result<(), Error> {
    let values = params![
        a.id,
        a.email,
        a.email_key,
        a.email_verified,
        a.first_name,
        a.last_name,
        a.phone,
        a.time_zone,
        a.locale,
        a.password_hash,
        a.must_change_password,
        a.password_foreign_since,
        a.credential_version,
        a.created_at,
        a.updated_at,
        a.version
    ];
    tx.send(INSERT, values).await
}

/// Writes an account as it was changed since it was read; `false` where somebody changed it meanwhile.
pub async fn update(tx: &mut Tx, a: &Account, now: Timestamp) -> Result<bool, Error> {
    let values = params![
        a.id,
        a.email,
        a.email_key,
        a.email_verified,
        a.first_name,
        a.last_name,
        a.phone,
        a.time_zone,
        a.locale,
        a.password_hash,
        a.must_change_password,
        a.password_foreign_since,
        a.credential_version,
        now,
        a.version
    ];
    Ok(tx.execute(UPDATE, values).await? == 1)
}

/// Like [`update`], for commands that are simply run once more where somebody changed the account meanwhile.
pub async fn update_or_retry(tx: &mut Tx, a: &Account, now: Timestamp) -> Result<(), Error> {
    if update(tx, a, now).await? { Ok(()) } else { Err(Error::Busy) }
}

/// Lets an account's memberships carry its names and address.
pub async fn follow(tx: &mut Tx, a: &Account, now: Timestamp) -> Result<(), Error> {
    let key = name_key(&a.first_name, &a.last_name, &a.email);
    let search = search_text(&a.first_name, &a.last_name, &a.email);
    let values = params![
        a.id,
        a.email,
        a.email_key,
        a.first_name,
        a.last_name,
        key,
        search,
        now,
        a.phone,
        a.time_zone,
        a.locale
    ];
    tx.send(FOLLOW, values).await?;
    tx.send(FOLLOW_IN_TEAMS, params![a.id, key]).await?;
    tx.send(FOLLOW_IN_PROJECTS, params![a.id, key]).await
}

/// In how many organizations beside this one the account has a place, suspended ones included.
pub async fn count_other_memberships(
    q: &mut impl Query,
    id: AccountId,
    organization: OrganizationId,
) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT_OTHER_MEMBERSHIPS, params![id, organization]).await?;
    Ok(row.0)
}

/// Erases an account with its sessions, resets and changes. Its memberships are gone already.
pub async fn delete(tx: &mut Tx, id: AccountId) -> Result<(), Error> {
    tx.send(DELETE, params![id]).await
}
