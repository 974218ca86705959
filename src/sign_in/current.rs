//! Who is signed in here, and where: the session, its account, the organization it is in and what it may do there.

use std::sync::Arc;

use axum::body::Bytes;
use onesql::{FromRow, Query, Row, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::{Stamp, Told};
use crate::access_model::PermissionSet;
use crate::account::Account;
use crate::account::api::AccountBody;
use crate::account::membership::{self, MembershipBody, OrganizationName, active_bodies};
use crate::account::store::ACCOUNT_WIDTH;
use crate::app::App;
use crate::base::secret::BearerToken;
use crate::base::{MemberId, Problem};
use crate::http::shown::token;
use crate::http::{Answer, Call, Guard, PAGING, Route, get, json, json_text, page_json, put, to_json};
use crate::member::Member;
use crate::member::body::{MemberBody, own_body};
use crate::op::{self, OpError, Signed, Standing};
use crate::session::api::SessionBody;
use crate::session::list::SESSION_WIDTH;
use crate::session::resolve::{self, Found, RESOLVED_WIDTH};
use crate::session::{Session, commands};
use crate::{
    account_columns, member_columns, member_joins, resolved_columns, resolved_from, session_columns,
};

const WHOLE: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    account_columns!(),
    ", ",
    member_columns!(),
    " FROM sessions s JOIN accounts a ON a.id = s.account_id
  LEFT JOIN members m ON m.organization_id = $2 AND m.account_id = s.account_id",
    member_joins!(),
    "WHERE s.id = $1"
);

// From the token to the answer, because this is what an integrator asks at every request. Only the names of teams and projects
// are read by others, where the member has any.
const CURRENT: &str = concat!(
    "SELECT ",
    resolved_columns!(),
    ", ",
    session_columns!(),
    ", ",
    account_columns!(),
    ", ",
    member_columns!(),
    resolved_from!("o.id = s.organization_id", member_joins!())
);

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[WHOLE, CURRENT];

/// A session, its account, and the account's place in an organization.
pub struct Whole {
    session: Session,
    /// The session's account.
    pub account: Account,
    /// Its membership.
    pub member: Option<Member>,
}

impl Whole {
    fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, onesql::Error> {
        let member_at = at + SESSION_WIDTH + ACCOUNT_WIDTH;
        let member: Option<MemberId> = row.get(member_at)?;
        Ok(Self {
            session: Session::from_columns(row, at)?,
            account: Account::from_columns(row, at + SESSION_WIDTH)?,
            member: member.map(|_| Member::from_columns(row, member_at)).transpose()?,
        })
    }
}

impl FromRow for Whole {
    fn from_row(row: &Row<'_>) -> Result<Self, onesql::Error> {
        Self::from_columns(row, 0)
    }
}

/// Who shows a token, and what there is to say about them.
struct Current(Found, Whole);

impl FromRow for Current {
    fn from_row(row: &Row<'_>) -> Result<Self, onesql::Error> {
        Ok(Self(Found::from_row(row)?, Whole::from_columns(row, RESOLVED_WIDTH)?))
    }
}

/// Who is signed in, and where.
#[derive(Serialize, ToSchema)]
pub struct CurrentSession {
    session: SessionBody,
    account: AccountBody,
    organization: Option<OrganizationName>,
    member: Option<MemberBody>,
    /// All that one may do there.
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
    permissions: PermissionSet,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwitchTo {
    /// Id or slug.
    organization: String,
}

/// The routes of one's own session.
pub fn routes() -> Vec<Route> {
    let told = Arc::new(Told::default());
    vec![
        get("/api/v1/session", move |call| current(call, Arc::clone(&told)))
            .guard(Guard::Asks)
            .summary("Who is signed in, where, and what they may do there")
            .answers::<CurrentSession>(200),
        put("/api/v1/session/organization", switch)
            .guard(Guard::Account)
            .summary("Enter another of one's organizations")
            .takes::<SwitchTo>()
            .answers::<CurrentSession>(200),
        get("/api/v1/account/organizations", organizations)
            .guard(Guard::Account)
            .summary("The organizations that one belongs to, the last used first")
            .query(PAGING)
            .answers_page::<MembershipBody>(),
    ]
}

/// What a session is in an organization, or in none; also the answer to an accepted invitation.
pub async fn describe(call: &Call, standing: Option<&Standing>) -> Result<CurrentSession, Problem> {
    let signed = call.caller.signed().ok_or(OpError::Unauthenticated)?;
    let mut reader = call.app().db.reader();
    let gone = || Problem::from(OpError::Unauthenticated);
    let organization = standing.map(|standing| standing.organization.id);
    let found =
        reader.optional::<Whole>(WHOLE, params![signed.session, organization]).await?.ok_or_else(gone)?;
    tell(call.app(), signed, standing, found).await
}

async fn tell(
    app: &App,
    signed: &Signed,
    standing: Option<&Standing>,
    Whole { session, account, member }: Whole,
) -> Result<CurrentSession, Problem> {
    let member = match (standing, member) {
        (Some(standing), Some(member)) => Some(own_body(app, standing, member).await?),
        _ => None,
    };
    Ok(CurrentSession {
        session: SessionBody::new(session, signed.session),
        organization: standing.map(|s| OrganizationName {
            id: s.organization.id,
            slug: s.organization.slug.clone(),
            name: s.organization.name.clone(),
        }),
        member,
        permissions: standing.map(|s| s.permissions.clone()).unwrap_or_default(),
        account: account.into(),
    })
}

async fn current(call: Call, told: Arc<Told>) -> Result<Answer, Problem> {
    let app = call.app();
    let token = BearerToken::hash(token(&call.request.headers, app)?);
    if told.knows(&token) {
        let stamp = Stamp::find(&told.together, app, &token).await?;
        let stamp = stamp.ok_or_else(Problem::unauthenticated)?;
        if let Some(answer) = told.find(&token, &stamp) {
            if cfg!(debug_assertions) {
                is_still_true(&call, &token, (&stamp, &answer)).await?;
            }
            let here = stamp.place.map(|(organization, ..)| (organization, stamp.active_here_at));
            resolve::touch(app, &call.caller.client, (stamp.session, stamp.last_active_at), here).await;
            return Ok(json_text(answer));
        }
    }
    let (stamp, answer) = read(&call, &token).await?;
    // Of one that ended for its organization the stamp says more than is told.
    if stamp.ended_here_at.is_none() {
        told.keep(token, stamp, answer.clone());
    }
    Ok(json_text(answer))
}

/// The answer, from the database, with the stamp that it is of.
async fn read(call: &Call, token: &[u8; 32]) -> Result<(Stamp, Bytes), Problem> {
    let app = call.app();
    let Current(found, whole) =
        resolve::find(app, CURRENT, token, None).await?.ok_or_else(Problem::unauthenticated)?;
    let stamp = Stamp::of(&found, &whole);
    let (signed, standing) =
        found.who(app, &call.caller.client, false).await?.ok_or_else(Problem::unauthenticated)?;
    let told = tell(app, &signed, standing.as_ref(), whole).await?;
    Ok((stamp, to_json(&told)?))
}

/// Where Roster is tested, every remembered answer is compared with the database's.
async fn is_still_true(
    call: &Call,
    token: &[u8; 32],
    (stamp, answer): (&Stamp, &Bytes),
) -> Result<(), Problem> {
    let (now, true_answer) = read(call, token).await?;
    // Between the two reads somebody may have changed something.
    assert!(now != *stamp || true_answer == *answer, "told: {answer:?}, true: {true_answer:?}");
    Ok(())
}

async fn switch(call: Call) -> Result<Answer, Problem> {
    let body: SwitchTo = call.json()?;
    let organization = commands::switch(&call.caller, &body.organization).await?;
    let account = call.caller.account()?;
    let (reader, now) = (&mut call.app().db.reader(), call.app().now());
    let standing = op::store::find_standing(reader, organization, account, now).await?;
    Ok(json(200, &describe(&call, standing.as_ref()).await?))
}

async fn organizations(call: Call) -> Result<Answer, Problem> {
    let account = call.caller.account()?;
    let memberships = membership::list(&mut call.app().db.reader(), account, call.app().now()).await?;
    let bodies = active_bodies(&memberships);
    let scope = ["own organizations", &account.to_string()];
    Ok(page_json(&call.page_of_whole(bodies, &scope, |m| m.organization.id.to_string())?))
}
