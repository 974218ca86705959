//! Keeping login attempts: one row for each try, in each organization that it concerns.

use onesql::{Error, Query, Tx, params};

use super::{Reason, Wanted};
use crate::account::membership::Membership;
use crate::base::client::{Client, Device};
use crate::base::text::cut;
use crate::base::{AccountId, EmailAddress, LoginAttemptId, MemberId, OrganizationId, Randomness, Timestamp};
use crate::session::Method;

const INSERT: &str = "INSERT INTO login_attempts (id, organization_id, account_id, member_id, at, email, email_key, ip, device,
    method, succeeded, reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const ORGANIZATION_BY_SLUG: &str = "SELECT id FROM organizations WHERE slug = $1";
const ORGANIZATION_BY_ID: &str = "SELECT id FROM organizations WHERE id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INSERT, ORGANIZATION_BY_SLUG, ORGANIZATION_BY_ID];

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
        tx.send(INSERT, values).await?;
        Ok(())
    }
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
