//! Login attempts: one row for each try, in each organization that it concerns.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::{Reason, Wanted};
use crate::account::membership::Membership;
use crate::base::client::{Client, Device};
use crate::base::text::cut;
use crate::base::{AccountId, EmailAddress, LoginAttemptId, MemberId, OrganizationId, Randomness, Timestamp};
use crate::session::Method;

const INSERT: &str = "INSERT INTO login_attempts (id, organization_id, account_id, member_id, at, email, email_key, ip, device,
    method, succeeded, reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

macro_rules! of_organization {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM login_attempts
  WHERE organization_id = $1 AND ($2 IS NULL OR succeeded = $2) AND ($3 IS NULL OR at >= $3) AND ($4 IS NULL OR at < $4)
    AND ($5 IS NULL OR email_key LIKE $5 ESCAPE '\\' OR ip LIKE $5 ESCAPE '\\' OR LOWER(device) LIKE $5 ESCAPE '\\')",
            $rest
        )
    };
}
macro_rules! columns {
    ($rest:literal) => {
        of_organization!("id, at, email, member_id, ip, device, method, succeeded, reason", $rest)
    };
}

const LIST: &str = columns!(" AND (at, id) < ($6, $7) ORDER BY at DESC, id DESC LIMIT $8");
const LIST_OF_MEMBER: &str =
    columns!(" AND (at, id) < ($6, $7) AND member_id = $9 ORDER BY at DESC, id DESC LIMIT $8");
const COUNT: &str = of_organization!("COUNT(*)", "");
const COUNT_OF_MEMBER: &str = of_organization!("COUNT(*)", " AND member_id = $6");
const DAYS: &str =
    "SELECT at / 86400000000, COUNT(*) FILTER (WHERE succeeded), COUNT(*) FILTER (WHERE NOT succeeded)
  FROM login_attempts WHERE organization_id = $1 AND at >= $2 GROUP BY 1 ORDER BY 1";
const ORGANIZATION_BY_SLUG: &str = "SELECT id FROM organizations WHERE slug = $1";
const ORGANIZATION_BY_ID: &str = "SELECT id FROM organizations WHERE id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[INSERT, LIST, LIST_OF_MEMBER, COUNT, COUNT_OF_MEMBER, DAYS, ORGANIZATION_BY_SLUG, ORGANIZATION_BY_ID];

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

/// What is known of a try before it is judged.
pub struct Try<'a> {
    /// From where.
    pub client: &'a Client,
    /// For the rows' ids.
    pub random: &'a Randomness,
    /// The address as typed, fit to be kept.
    pub email: String,
    /// The address as compared, fit to be kept.
    pub email_key: String,
    /// How.
    pub method: Method,
}

impl<'a> Try<'a> {
    /// A try with what somebody typed as their address, whatever it is.
    pub fn new(client: &'a Client, random: &'a Randomness, typed: &str, method: Method) -> Self {
        let clean: String = typed.trim().chars().filter(|c| !c.is_control()).collect();
        let email = cut(&clean, 320).to_owned();
        Self { client, random, email_key: EmailAddress::key_of(&email), email, method }
    }

    /// Keeps a success: in the organization entered, or in none.
    pub async fn succeeded(
        &self,
        tx: &mut Tx,
        account: AccountId,
        place: (Option<OrganizationId>, Option<MemberId>),
        now: Timestamp,
    ) -> Result<(), Error> {
        self.insert(tx, Some(account), place, None, now).await
    }

    /// Keeps a failure: in the organization named, or else in each where the account has a place, or else in none.
    pub async fn failed(
        &self,
        tx: &mut Tx,
        whose: (Option<AccountId>, &[Membership]),
        wanted: Wanted,
        reason: Reason,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (account, memberships) = whose;
        let places: Vec<(Option<OrganizationId>, Option<MemberId>)> = match wanted {
            Wanted::Unknown => vec![(None, None)],
            Wanted::One(id) => {
                let member = memberships.iter().find(|m| m.organization == id).map(|m| m.member);
                vec![(Some(id), member)]
            }
            Wanted::Any if memberships.is_empty() => vec![(None, None)],
            Wanted::Any => memberships.iter().map(|m| (Some(m.organization), Some(m.member))).collect(),
        };
        for place in places {
            // Whoever is no member here is unknown here: whether the address has an account elsewhere is not told (D1).
            let here = match reason {
                Reason::WrongPassword if place.0.is_some() && place.1.is_none() => Reason::UnknownUser,
                other => other,
            };
            self.insert(tx, account, place, Some(here), now).await?;
        }
        Ok(())
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        account: Option<AccountId>,
        (organization, member): (Option<OrganizationId>, Option<MemberId>),
        reason: Option<Reason>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = LoginAttemptId(self.random.uuid(now));
        let (ip, device) = (self.client.ip.to_string(), Device::of(&self.client.user_agent).name);
        let (method, succeeded) = (self.method.as_str(), reason.is_none());
        let reason = reason.map(Reason::as_str);
        let values = params![
            id,
            organization,
            account,
            member,
            now,
            self.email,
            self.email_key,
            ip,
            device,
            method,
            succeeded,
            reason
        ];
        tx.execute(INSERT, values).await?;
        Ok(())
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

/// Where a page begins: behind an attempt at this instant and with this id.
#[derive(Clone, Copy, Debug)]
pub struct After(pub Timestamp, pub LoginAttemptId);

impl After {
    /// Before the newest.
    pub const START: Self = Self(Timestamp(i64::MAX), LoginAttemptId(uuid::Uuid::max()));
}

/// An organization's login attempts, newest first.
pub async fn list(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    after: After,
    limit: i64,
) -> Result<Vec<LoginAttempt>, Error> {
    let (succeeded, from, to, like) = (filter.succeeded, filter.from, filter.to, filter.like());
    let After(at, id) = after;
    match filter.member {
        None => q.all(LIST, params![organization, succeeded, from, to, like, at, id, limit]).await,
        Some(member) => {
            let values = params![organization, succeeded, from, to, like, at, id, limit, member];
            q.all(LIST_OF_MEMBER, values).await
        }
    }
}

/// How many attempts a list of them has.
pub async fn count(q: &mut impl Query, organization: OrganizationId, filter: &Filter) -> Result<i64, Error> {
    let (succeeded, from, to, like) = (filter.succeeded, filter.from, filter.to, filter.like());
    let row: (i64,) = match filter.member {
        None => q.one(COUNT, params![organization, succeeded, from, to, like]).await?,
        Some(member) => {
            q.one(COUNT_OF_MEMBER, params![organization, succeeded, from, to, like, member]).await?
        }
    };
    Ok(row.0)
}

/// Successes and failures for each day (in UTC, counted from 1970) since `from`; days without any are left out.
pub async fn days(
    q: &mut impl Query,
    organization: OrganizationId,
    from: Timestamp,
) -> Result<Vec<(i64, i64, i64)>, Error> {
    q.all(DAYS, params![organization, from]).await
}

/// The organization that a try asks for by id or slug.
pub async fn wanted(q: &mut impl Query, named: Option<&str>) -> Result<Wanted, Error> {
    let Some(named) = named else { return Ok(Wanted::Any) };
    let found: Option<(OrganizationId,)> = match crate::session::Named::parse(named) {
        crate::session::Named::Id(id) => q.optional(ORGANIZATION_BY_ID, params![id]).await?,
        crate::session::Named::Slug(slug) => q.optional(ORGANIZATION_BY_SLUG, params![slug]).await?,
    };
    Ok(found.map_or(Wanted::Unknown, |(id,)| Wanted::One(id)))
}
