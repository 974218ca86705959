//! Which sessions are alive: of one person, and of an organization.

use onesql::{Error, FromRow, Query, Row, params};

use super::{ABSOLUTE_LIFETIME, IDLE_LIFETIME, Session};
use crate::account::display_name;
use crate::base::client::Device;
use crate::base::{AccountId, MemberId, OrganizationId, SessionId, Timestamp};
use crate::op::StandingRole;
use crate::role::RoleRef;

/// The columns of a session `s` with its account `a`, in the order of [`Session::from_columns`].
#[macro_export]
macro_rules! session_columns {
    () => {
        "s.id, s.account_id, a.first_name, a.last_name, a.email, NULL, s.device, s.browser, s.os, s.ip, s.method,
    s.started_at, s.last_active_at, s.expires_at"
    };
}

/// How many columns a session takes.
pub const SESSION_WIDTH: usize = 14;

macro_rules! of_account {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::session_columns!(),
            " FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE ",
            $rest
        )
    };
}

// Only what happened in this organization: address and times are those seen there (D9). Used elsewhere alone for a week it
// is not shown, and its end is reckoned from its beginning here, or either would tell of the use elsewhere.
macro_rules! in_organization {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM session_organizations so JOIN sessions s ON s.id = so.session_id JOIN members m ON m.id = so.member_id
  WHERE so.organization_id = $1 AND so.ended_at IS NULL AND s.ended_at IS NULL AND s.expires_at > $2 AND so.last_active_at > $3",
            $rest
        )
    };
}
const _: () = assert!(ABSOLUTE_LIFETIME == 2_592_000_000_000, "as the columns below have it");
macro_rules! columns_in_organization {
    ($rest:literal) => {
        in_organization!(
            "s.id, s.account_id, m.first_name, m.last_name, m.email, m.id, s.device, s.browser, s.os, so.ip, s.method,
    so.started_at, so.last_active_at, so.started_at + 2592000000000",
            $rest
        )
    };
}

const ONE: &str = of_account!("s.id = $1");
const OWN: &str = of_account!(
    "s.account_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_active_at > $3
    AND (s.last_active_at, s.id) < ($4, $5)
  ORDER BY s.last_active_at DESC, s.id DESC LIMIT $6"
);
const COUNT_OWN: &str = "SELECT COUNT(*) FROM sessions s
  WHERE s.account_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_active_at > $3";
const ONE_IN: &str = columns_in_organization!(" AND so.session_id = $4");
const LIST_IN: &str = columns_in_organization!(
    " AND (so.last_active_at, so.session_id) < ($4, $5)
    AND ($7 IS NULL OR m.search LIKE $7 ESCAPE '\\' OR LOWER(s.device) LIKE $7 ESCAPE '\\' OR so.ip LIKE $7 ESCAPE '\\')
  ORDER BY so.last_active_at DESC, so.session_id DESC LIMIT $6"
);
const LIST_OF_MEMBER: &str = columns_in_organization!(
    " AND so.member_id = $7 AND (so.last_active_at, so.session_id) < ($4, $5)
  ORDER BY so.last_active_at DESC, so.session_id DESC LIMIT $6"
);
const COUNT_IN: &str = in_organization!(
    "COUNT(*)",
    " AND ($4 IS NULL OR m.search LIKE $4 ESCAPE '\\' OR LOWER(s.device) LIKE $4 ESCAPE '\\' OR so.ip LIKE $4 ESCAPE '\\')"
);
const COUNT_OF_MEMBER: &str = in_organization!("COUNT(*)", " AND so.member_id = $4");
const ROLES_OF: &str =
    "SELECT r.packed FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = $1";
const HAS_MEMBER: &str = "SELECT id FROM members WHERE organization_id = $1 AND id = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[ONE, OWN, COUNT_OWN, ONE_IN, LIST_IN, LIST_OF_MEMBER, COUNT_IN, COUNT_OF_MEMBER, ROLES_OF, HAS_MEMBER];

impl Session {
    /// Reads [`session_columns!`] that begin at column `at`.
    pub fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        let (first, last, email): (String, String, String) =
            (row.get(at + 2)?, row.get(at + 3)?, row.get(at + 4)?);
        Ok(Self {
            id: row.get(at)?,
            account: row.get(at + 1)?,
            name: display_name(&first, &last, &email),
            email,
            member: row.get(at + 5)?,
            device: Device { name: row.get(at + 6)?, browser: row.get(at + 7)?, os: row.get(at + 8)? },
            ip: row.get(at + 9)?,
            method: row.get(at + 10)?,
            started_at: row.get(at + 11)?,
            last_active_at: row.get(at + 12)?,
            expires_at: row.get(at + 13)?,
        })
    }
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Self::from_columns(row, 0)
    }
}

/// Where a page begins: behind a session with this last activity and id.
#[derive(Clone, Copy, Debug)]
pub struct After(pub Timestamp, pub SessionId);

impl After {
    /// Before the first.
    pub const START: Self = Self(Timestamp(i64::MAX), SessionId(uuid::Uuid::max()));
}

/// A session by its id, alive or not.
pub async fn find(q: &mut impl Query, id: SessionId) -> Result<Option<Session>, Error> {
    q.optional(ONE, params![id]).await
}

/// The live sessions of an account, the last used first.
pub async fn own(
    q: &mut impl Query,
    account: AccountId,
    now: Timestamp,
    after: After,
    limit: i64,
) -> Result<Vec<Session>, Error> {
    q.all(OWN, params![account, now, now.plus(-IDLE_LIFETIME), after.0, after.1, limit]).await
}

/// How many live sessions an account has.
pub async fn count_own(q: &mut impl Query, account: AccountId, now: Timestamp) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT_OWN, params![account, now, now.plus(-IDLE_LIFETIME)]).await?;
    Ok(row.0)
}

/// A live session that was used in an organization.
pub async fn find_in(
    q: &mut impl Query,
    organization: OrganizationId,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<Session>, Error> {
    q.optional(ONE_IN, params![organization, now, now.plus(-IDLE_LIFETIME), id]).await
}

/// Which of an organization's sessions are asked for.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All, or those whose owner, device or address has this in it.
    Matching(Option<String>),
    /// Those of one member.
    Of(MemberId),
}

/// The live sessions that were used in an organization, the last used there first.
pub async fn list_in(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    now: Timestamp,
    (after, limit): (After, i64),
) -> Result<Vec<Session>, Error> {
    let idle = now.plus(-IDLE_LIFETIME);
    match filter {
        Filter::Matching(text) => {
            let like = pattern(text);
            q.all(LIST_IN, params![organization, now, idle, after.0, after.1, limit, like]).await
        }
        Filter::Of(member) => {
            q.all(LIST_OF_MEMBER, params![organization, now, idle, after.0, after.1, limit, member]).await
        }
    }
}

/// How many sessions a list of them has.
pub async fn count_in(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    now: Timestamp,
) -> Result<i64, Error> {
    let idle = now.plus(-IDLE_LIFETIME);
    let row: (i64,) = match filter {
        Filter::Matching(text) => q.one(COUNT_IN, params![organization, now, idle, pattern(text)]).await?,
        Filter::Of(member) => q.one(COUNT_OF_MEMBER, params![organization, now, idle, member]).await?,
    };
    Ok(row.0)
}

fn pattern(text: &Option<String>) -> Option<String> {
    text.as_deref().map(|text| onesql::like_contains(&crate::base::text::fold(text)))
}

/// A member's roles as the two rules read them.
pub async fn roles_of(q: &mut impl Query, member: MemberId) -> Result<Vec<RoleRef>, Error> {
    let rows: Vec<(String,)> = q.all(ROLES_OF, params![member]).await?;
    let broken = |e: serde_json::Error| Error::Other(format!("role: {e}"));
    rows.iter()
        .map(|(packed,)| {
            serde_json::from_str::<StandingRole>(packed).map(|r| RoleRef::from(&r)).map_err(broken)
        })
        .collect()
}

/// Whether an organization has this member.
pub async fn has_member(
    q: &mut impl Query,
    organization: OrganizationId,
    member: MemberId,
) -> Result<bool, Error> {
    let row: Option<(MemberId,)> = q.optional(HAS_MEMBER, params![organization, member]).await?;
    Ok(row.is_some())
}
