//! The list of an organization's login attempts, newest first, and how many there were in each quarter of an hour.

use onesql::{Error, FromRow, Query, Row, params};
use serde::{Deserialize, Serialize};

use crate::base::page::{MOST_COUNTED, MOST_SEARCHED};
use crate::base::time::MINUTE;
use crate::base::{LoginAttemptId, MemberId, OrganizationId, Timestamp};

macro_rules! within {
    ($key:literal) => {
        concat!(
            " FROM login_attempts WHERE organization_id = $1 AND (at, id) < ($2, $3) AND (at, id) >= ($4, $5)",
            $key
        )
    };
}
macro_rules! matching {
    ($key:literal) => {
        concat!(
            within!($key),
            " AND ($7 IS NULL OR succeeded = $7)
    AND ($8 IS NULL OR email_key LIKE $8 ESCAPE '\\' OR ip LIKE $8 ESCAPE '\\' OR LOWER(device) LIKE $8 ESCAPE '\\')"
        )
    };
}
macro_rules! list {
    ($key:literal) => {
        concat!(
            "SELECT id, at, email, member_id, ip, device, method, succeeded, reason",
            matching!($key),
            " ORDER BY at DESC, id DESC LIMIT $6"
        )
    };
}
macro_rules! count {
    ($key:literal) => {
        concat!("SELECT COUNT(*) FROM (SELECT 1", matching!($key), " LIMIT $6) AS counted")
    };
}
macro_rules! floor {
    ($key:literal) => {
        concat!("SELECT at, id", within!($key), " ORDER BY at DESC, id DESC LIMIT 1 OFFSET $6")
    };
}

const LIST: &str = list!("");
const LIST_OF_MEMBER: &str = list!(" AND member_id = $9");
const COUNT: &str = count!("");
const COUNT_OF_MEMBER: &str = count!(" AND member_id = $9");
// What an index can't narrow is looked for among so many attempts for each page, however many there are.
const FLOOR: &str = floor!("");
const FLOOR_OF_MEMBER: &str = floor!(" AND member_id = $7");
// By the quarter of an hour: every time zone begins its days on one.
const QUARTERS: &str =
    "SELECT at / 900000000, COUNT(*) FILTER (WHERE succeeded), COUNT(*) FILTER (WHERE NOT succeeded)
  FROM login_attempts WHERE organization_id = $1 AND at >= $2 AND at < $3 GROUP BY 1 ORDER BY 1";
/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[LIST, LIST_OF_MEMBER, COUNT, COUNT_OF_MEMBER, FLOOR, FLOOR_OF_MEMBER, QUARTERS];

/// One try to sign in, as an organization sees it.
#[derive(Clone, Debug)]
pub struct LoginAttempt {
    /// Its id.
    pub id: LoginAttemptId,
    /// When.
    pub at: Timestamp,
    /// With which address, as typed.
    pub email: String,
    /// Of which member.
    pub member: Option<MemberId>,
    /// From where.
    pub ip: String,
    /// With what.
    pub device: String,
    /// How.
    pub method: String,
    /// Whether it got in.
    pub succeeded: bool,
    /// Why it did not.
    pub reason: Option<String>,
}

impl FromRow for LoginAttempt {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            email: row.get(2)?,
            member: row.get(3)?,
            ip: row.get(4)?,
            device: row.get(5)?,
            method: row.get(6)?,
            succeeded: row.get(7)?,
            reason: row.get(8)?,
        })
    }
}

/// What a list of attempts is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only successes, or only failures.
    pub succeeded: Option<bool>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Part of the address, the IP address or the device.
    pub q: Option<String>,
    /// Of one member.
    pub member: Option<MemberId>,
}

impl Filter {
    fn like(&self) -> Option<String> {
        self.q.as_deref().map(|q| onesql::like_contains(&q.to_lowercase()))
    }
}

/// The place of an attempt in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// When it was, in microseconds.
    at: i64,
    id: LoginAttemptId,
}

impl Place {
    /// Before the newest.
    pub const START: Self = Self { at: i64::MAX, id: LoginAttemptId(uuid::Uuid::max()) };

    fn at(at: i64) -> Self {
        Self { at, id: LoginAttemptId(uuid::Uuid::nil()) }
    }

    /// When.
    pub fn instant(self) -> Timestamp {
        Timestamp(self.at)
    }
}

impl From<&LoginAttempt> for Place {
    fn from(attempt: &LoginAttempt) -> Self {
        Self { at: attempt.at.0, id: attempt.id }
    }
}

/// What was found, and how far back was looked.
#[derive(Debug)]
pub struct Found {
    /// The attempts, newest first.
    pub attempts: Vec<LoginAttempt>,
    /// Where the search stopped although more may follow; `None` where it came to the end, or found as many as asked for.
    pub further: Option<Place>,
}

/// From where to where: before the first, not before the second.
type Range = (Place, Place);

impl Filter {
    fn range(&self, before: Place) -> Range {
        let to = self.to.map_or(Place::START, |to| Place::at(to.0));
        (before.min(to), Place::at(self.from.map_or(i64::MIN, |from| from.0)))
    }

    /// Whether an index leads to matches only.
    fn is_exact(&self) -> bool {
        self.succeeded.is_none() && self.q.is_none()
    }
}

/// An organization's login attempts, newest first, those before a place.
pub async fn list(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    before: Place,
    limit: i64,
) -> Result<Found, Error> {
    let (upper, mut lower) = filter.range(before);
    let further = floor(q, organization, filter, (upper, lower)).await?;
    lower = lower.max(further.unwrap_or(lower));
    let (succeeded, like) = (filter.succeeded, filter.like());
    let attempts: Vec<LoginAttempt> = match filter.member {
        None => {
            let values =
                params![organization, upper.at, upper.id, lower.at, lower.id, limit, succeeded, like];
            q.all(LIST, values).await?
        }
        Some(member) => {
            let values =
                params![organization, upper.at, upper.id, lower.at, lower.id, limit, succeeded, like, member];
            q.all(LIST_OF_MEMBER, values).await?
        }
    };
    let full = attempts.len() as i64 >= limit;
    Ok(Found { attempts, further: further.filter(|_| !full) })
}

/// Where a search stops; `None` where it comes to the end.
async fn floor(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    (upper, lower): Range,
) -> Result<Option<Place>, Error> {
    if filter.is_exact() {
        return Ok(None);
    }
    let found: Option<(i64, LoginAttemptId)> = match filter.member {
        None => {
            let values = params![organization, upper.at, upper.id, lower.at, lower.id, MOST_SEARCHED];
            q.optional(FLOOR, values).await?
        }
        Some(member) => {
            let values = params![organization, upper.at, upper.id, lower.at, lower.id, MOST_SEARCHED, member];
            q.optional(FLOOR_OF_MEMBER, values).await?
        }
    };
    Ok(found.map(|(at, id)| Place { at, id }))
}

/// How many attempts match, for a program: all of them, however long it takes.
pub async fn count(q: &mut impl Query, organization: OrganizationId, filter: &Filter) -> Result<i64, Error> {
    count_up_to(q, organization, filter, filter.range(Place::START), i64::MAX).await
}

/// How many attempts match, for a person: up to [`MOST_COUNTED`], among the newest that one search looks at. The answer says
/// whether there may be more.
pub async fn count_some(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
) -> Result<(i64, bool), Error> {
    let (upper, lower) = filter.range(Place::START);
    let further = floor(q, organization, filter, (upper, lower)).await?;
    let range = (upper, lower.max(further.unwrap_or(lower)));
    let counted = count_up_to(q, organization, filter, range, MOST_COUNTED + 1).await?;
    Ok((counted.min(MOST_COUNTED), further.is_some() || counted > MOST_COUNTED))
}

async fn count_up_to(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    (upper, lower): Range,
    limit: i64,
) -> Result<i64, Error> {
    let (succeeded, like) = (filter.succeeded, filter.like());
    let row: (i64,) = match filter.member {
        None => {
            let values =
                params![organization, upper.at, upper.id, lower.at, lower.id, limit, succeeded, like];
            q.one(COUNT, values).await?
        }
        Some(member) => {
            let values =
                params![organization, upper.at, upper.id, lower.at, lower.id, limit, succeeded, like, member];
            q.one(COUNT_OF_MEMBER, values).await?
        }
    };
    Ok(row.0)
}

/// What a chart shows of a quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// When it began.
    pub began_at: Timestamp,
    /// How many got in.
    pub succeeded: i64,
    /// How many did not.
    pub failed: i64,
}

impl FromRow for Quarter {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let number: i64 = row.get(0)?;
        Ok(Self { began_at: Timestamp(number * 15 * MINUTE), succeeded: row.get(1)?, failed: row.get(2)? })
    }
}

/// Successes and failures by the quarter of an hour, from one instant until before another; quarters without any are left
/// out.
pub async fn quarters(
    q: &mut impl Query,
    organization: OrganizationId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Quarter>, Error> {
    q.all(QUARTERS, params![organization, from, to]).await
}
