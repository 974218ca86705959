//! Changing an organization.

use super::store;
use crate::access_model::Area;
use crate::audit::{Action, Event, Target};
use crate::base::problem::Checks;
use crate::base::{EmailAddress, OrganizationId, Problem};
use crate::op::{Authority, Caller, Needs, Op, OpError, Organization, Who};
use crate::role::store::Role;
use crate::role::{self, RoleRef};

/// Why no organization was made or changed.
#[derive(Debug)]
pub enum OrganizationError {
    /// What was asked for is wrong.
    Input(Problem),
    /// The slug is somebody else's.
    SlugTaken,
    /// The installation is set up already.
    SetUpDone,
    /// The set-up token is wrong.
    SetUpToken,
    /// Somebody changed it meanwhile.
    Stale,
    /// Only the operator sets the seat limit.
    OperatorOnly,
    /// The default role would be one, named here, that the actor may not hand out.
    OutsideGrantRule(String),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for OrganizationError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<OrganizationError> for Problem {
    fn from(error: OrganizationError) -> Self {
        use OrganizationError as E;
        match error {
            E::Input(problem) => problem,
            E::SlugTaken => {
                Self::conflict("slug_taken", "Another organization has this slug. Choose another.")
            }
            E::SetUpDone => {
                Self::new(410, "setup_done", "This installation is set up already. Sign in instead.")
            }
            E::SetUpToken => Self::new(
                403,
                "invalid_setup_token",
                "This is not the set-up token that the server printed when it started. Copy it from there.",
            ),
            E::Stale => super::stale(),
            E::OperatorOnly => {
                Self::new(403, "forbidden", "The seat limit is set by the operator, with an operator's key.")
            }
            E::OutsideGrantRule(role) => Self::new(
                403,
                "outside_grant_rule",
                format!(
                    "Your role does not allow you to hand out {role}, so it can't be the default. Ask somebody whose role does."
                ),
            ),
            E::Op(error) => error.into(),
        }
    }
}

/// A person's address and name.
#[derive(Clone, Debug)]
pub struct Person {
    /// The address.
    pub email: EmailAddress,
    /// The first name, may be empty for an invited person.
    pub first_name: String,
    /// The last name, may be empty for an invited person.
    pub last_name: String,
}

pub fn is_slug(slug: &str) -> bool {
    let parts_hold = slug
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    (1..=48).contains(&slug.len()) && parts_hold
}

/// Changes of an organization; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The name.
    pub name: Option<String>,
    /// The slug.
    pub slug: Option<String>,
    /// The seat limit; the operator's alone.
    pub seat_limit: Option<Option<i64>>,
    /// Days that a link works: 1 to 365.
    pub invitation_lifetime_days: Option<i64>,
    /// The key of the role that people get where nobody chooses.
    pub default_role: Option<String>,
    /// Whether links may be copied.
    pub links_may_be_copied: Option<bool>,
    /// Where more seats can be had.
    pub upgrade_url: Option<Option<String>>,
}

/// Changes an organization: a member with the permission everything but the seat limit, the operator the seat limit.
pub async fn update(
    caller: &Caller,
    organization: OrganizationId,
    change: &Change,
    version: Option<i64>,
) -> Result<Organization, OrganizationError> {
    let by_operator = matches!(caller.who, Who::Operator(_) | Who::System);
    let mut op = if by_operator {
        Op::begin_in(caller, organization).await?
    } else {
        caller.begin(Needs(Area::Settings, "edit")).await?
    };
    let outcome = update_in(&mut op, change, version, by_operator).await;
    op.settle(outcome).await
}

async fn update_in(
    op: &mut Op,
    change: &Change,
    version: Option<i64>,
    by_operator: bool,
) -> Result<(Organization, bool), OrganizationError> {
    let before = op.organization()?.clone();
    let mut after = before.clone();
    let roles = crate::role::store::list(&mut op.tx, before.id).await?;
    let default_before = roles.iter().find(|r| r.definition.default).map(|r| r.definition.key.clone());
    if change.seat_limit.is_some() && !by_operator {
        let target = Target::new("organization", before.id, before.name.clone());
        op.refuse(Event::new(Action::SeatLimitChanged, target));
        return Err(OrganizationError::OperatorOnly);
    }
    judge_default(op, change, &roles, default_before.as_deref())?;
    apply(change, &mut after, &roles).map_err(OrganizationError::Input)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(OrganizationError::Stale);
    }
    if after.slug != before.slug && store::slug_owner(&mut op.tx, &after.slug).await?.is_some() {
        return Err(OrganizationError::SlugTaken);
    }
    let mut default_after = default_before.clone();
    if let Some(role) = change.default_role.as_ref().and_then(|named| role::store::named(&roles, named)) {
        default_after = Some(role.definition.key.clone());
    }
    let action = if before.seat_limit == after.seat_limit {
        Action::OrganizationUpdated
    } else {
        Action::SeatLimitChanged
    };
    let target = Target::new("organization", after.id, after.name.clone());
    let event = Event::new(action, target)
        .change("name", before.name.clone(), after.name.clone())
        .change("slug", before.slug.clone(), after.slug.clone())
        .change("seatLimit", before.seat_limit, after.seat_limit)
        .change("invitationLifetimeDays", before.invitation_lifetime_days, after.invitation_lifetime_days)
        .change("linksMayBeCopied", before.links_may_be_copied, after.links_may_be_copied)
        .change("upgradeUrl", before.upgrade_url.clone(), after.upgrade_url.clone())
        .change("defaultRole", default_before.clone(), default_after.clone());
    if event.changes.is_empty() {
        return Ok((before, false));
    }
    store::update(&mut op.tx, &after, op.now).await?;
    if let Some(key) = default_after.filter(|_| event.changes.contains_key("defaultRole")) {
        store::set_default_role(&mut op.tx, before.id, &key, op.now).await?;
    }
    op.record(event);
    Ok((Organization { version: before.version + 1, updated_at: op.now, ..after }, true))
}

/// ACC-4: whoever comes without a choice gets the default role, so that it is given by whoever made it the default.
fn judge_default(
    op: &mut Op,
    change: &Change,
    roles: &[Role],
    before: Option<&str>,
) -> Result<(), OrganizationError> {
    let named = change.default_role.as_ref().and_then(|named| role::store::named(roles, named));
    let Some(role) = named.filter(|role| Some(role.definition.key.as_str()) != before) else { return Ok(()) };
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    if standing.may_grant(&RoleRef::from(role)) {
        return Ok(());
    }
    let target = Target::new("role", role.id, role.definition.label.clone());
    op.refuse(Event::new(Action::RoleUpdated, target).with("reason", "outside_grant_rule"));
    Err(OrganizationError::OutsideGrantRule(role.definition.label.clone()))
}

fn apply(change: &Change, to: &mut Organization, roles: &[Role]) -> Result<(), Problem> {
    let mut checks = Checks::default();
    if let Some(name) = &change.name {
        to.name = checks.line("/name", "The organization's name", name, 100);
    }
    if let Some(slug) = &change.slug {
        if !is_slug(slug) {
            checks.wrong(
                "/slug",
                "invalid_slug",
                "A slug is 1 to 48 letters a to z, digits and single hyphens inside.",
            );
        }
        to.slug = slug.clone();
    }
    if let Some(limit) = change.seat_limit {
        if limit.is_some_and(|limit| !(1..=10_000_000).contains(&limit)) {
            checks.wrong(
                "/seatLimit",
                "out_of_range",
                "The seat limit must be from 1 to 10,000,000, or null for none.",
            );
        }
        to.seat_limit = limit;
    }
    if let Some(days) = change.invitation_lifetime_days {
        if !(1..=365).contains(&days) {
            checks.wrong(
                "/settings/invitationLifetimeDays",
                "out_of_range",
                "An invitation lives 1 to 365 days.",
            );
        }
        to.invitation_lifetime_days = days;
    }
    if let Some(named) = &change.default_role {
        match role::store::named(roles, named) {
            None => checks.wrong("/settings/defaultRole", "unknown_reference", "There is no such role here."),
            Some(role) if role.definition.top => {
                checks.wrong(
                    "/settings/defaultRole",
                    "invalid_value",
                    "The top role can't be what people get by default.",
                );
            }
            Some(_) => {}
        }
    }
    if let Some(allowed) = change.links_may_be_copied {
        to.links_may_be_copied = allowed;
    }
    if let Some(url) = &change.upgrade_url {
        if url.as_ref().is_some_and(|url| {
            !url.starts_with("https://") || url.len() > 500 || url.chars().any(char::is_control)
        }) {
            checks.wrong(
                "/settings/upgradeUrl",
                "invalid_value",
                "The upgrade link must begin with https:// and be up to 500 characters.",
            );
        }
        to.upgrade_url = url.clone();
    }
    checks.done()
}
