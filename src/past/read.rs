//! Reading the trail for one member: the events on them and those on what they may hold, each along an index of its own,
//! merged newest first, a bounded number of them in memory.

use std::collections::VecDeque;

use onesql::{Error, Query};

use super::undo::Settling;
use super::{Held, Past, Then};
use crate::audit::Action;
use crate::audit::chain::Record;
use crate::audit::list::{self, Filter, Place};
use crate::base::{MemberId, OrganizationId, Timestamp};
use crate::{access, member, organization, role};

/// Events that are read at once along one way.
const BATCH: i64 = 200;

/// What is done to others than the member, and tells of them.
const ELSEWHERE: [Action; 16] = [
    Action::AccessModelUpdated,
    Action::InvitationCreated,
    Action::InvitationRefreshed,
    Action::InvitationAccepted,
    Action::InvitationRevoked,
    Action::InvitationDeclined,
    Action::RoleCreated,
    Action::RoleUpdated,
    Action::RoleDeleted,
    Action::TemplateCreated,
    Action::TemplateUpdated,
    Action::TemplateDeleted,
    Action::TeamUpdated,
    Action::TeamDeleted,
    Action::ProjectUpdated,
    Action::ProjectDeleted,
];

/// Events of one kind, newest first.
struct Way {
    filter: Filter,
    next: Place,
    read: VecDeque<Record>,
    ended: bool,
}

impl Way {
    fn new(filter: Filter) -> Self {
        Self { filter, next: Place::START, read: VecDeque::new(), ended: false }
    }

    async fn fill(&mut self, q: &mut impl Query, organization: OrganizationId) -> Result<(), Error> {
        if self.read.is_empty() && !self.ended {
            let found = list::list(q, organization, &self.filter, self.next, BATCH).await?;
            self.ended = (found.events.len() as i64) < BATCH;
            if let Some(last) = found.events.last() {
                self.next = Place::from(last);
            }
            self.read = found.events.into();
        }
        Ok(())
    }
}

/// Several ways as one.
pub(super) struct Ways(Vec<Way>);

impl Ways {
    /// What fits a filter.
    pub(super) fn one(filter: Filter) -> Self {
        Self(vec![Way::new(filter)])
    }

    /// What concerns a member, within the bounds of `filter`.
    fn of(member: MemberId, bounds: &Filter) -> Self {
        let own = Filter { target: Some(member.to_string()), ..bounds.clone() };
        let others = ELSEWHERE
            .iter()
            .map(|action| Filter { action: Some(action.as_str().to_owned()), ..bounds.clone() });
        Self(std::iter::once(own).chain(others).map(Way::new).collect())
    }

    pub(super) async fn next(
        &mut self,
        q: &mut impl Query,
        organization: OrganizationId,
    ) -> Result<Option<Record>, Error> {
        for way in &mut self.0 {
            way.fill(q, organization).await?;
        }
        let newest = self.0.iter_mut().max_by_key(|way| way.read.front().map(Place::from));
        Ok(newest.and_then(|way| way.read.pop_front()))
    }
}

/// What is known of somebody at an instant.
#[derive(Clone, Debug)]
pub enum Found {
    /// They were here.
    Then(Box<Then>),
    /// The access model was changed since, and the trail does not hold what that took from roles, templates and members: a
    /// wrong answer would be worse than none.
    Unknown,
    /// They were not, but are known.
    NotThen,
    /// Nobody ever had this id here.
    Nobody,
}

/// A member of an organization at an instant.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    member: MemberId,
    at: Timestamp,
) -> Result<Found, Error> {
    let Some(today) = today(q, organization, member).await? else { return Ok(Found::Nobody) };
    let mut past = today.0;
    let mut known = past.held.is_some();
    let created_at = today.1;
    // The trail is read after the state: what comes between is undone although it was never seen.
    let after = Filter { from: Some(at.plus(1)), ..Filter::default() };
    let mut ways = Ways::of(member, &after);
    while let Some(record) = ways.next(q, organization).await? {
        if changes_model(&record) {
            return Ok(Found::Unknown);
        }
        past.undo(&record);
        if record.target_type == "member" && record.target_id == member.to_string() {
            record.target_name.clone_into(&mut past.name);
        } else if past.name.is_empty() && past.concerns(&record) {
            // Somebody who never came in is known by the address of the invitation.
            record.target_name.clone_into(&mut past.name);
        }
        known |= past.held.is_some();
    }
    if past.doubts() {
        let before = Filter { to: Some(at.plus(1)), ..Filter::default() };
        let mut ways = Ways::of(member, &before);
        let mut settling = Settling::new(&past);
        while past.doubts()
            && let Some(record) = ways.next(q, organization).await?
        {
            settling.read(&mut past, &record);
        }
    }
    match past.held.take().filter(|_| created_at.is_none_or(|created_at| created_at <= at)) {
        Some(held) => Ok(Found::Then(Box::new(Then { at, held, past }))),
        None if known || was_here(q, organization, member).await? => Ok(Found::NotThen),
        None => Ok(Found::Nobody),
    }
}

/// Whether an event changed what there is to be allowed, and not only what things are called.
fn changes_model(record: &Record) -> bool {
    let named = |field: &str| record.changes.contains(&format!("\"{field}\":"));
    record.action == Action::AccessModelUpdated.as_str()
        && record.outcome == "done"
        && (named("categories") || named("features"))
}

async fn was_here(q: &mut impl Query, organization: OrganizationId, member: MemberId) -> Result<bool, Error> {
    let filter = Filter { target: Some(member.to_string()), ..Filter::default() };
    let found = list::list(q, organization, &filter, Place::START, 1).await?;
    Ok(found.events.iter().any(|record| record.target_type == "member"))
}

async fn today(
    q: &mut impl Query,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<(Past, Option<Timestamp>)>, Error> {
    let Some(found) = organization::store::find(q, organization).await? else { return Ok(None) };
    let here = member::store::find(q, organization, id).await?;
    let templates = access::store::templates(q, organization).await?;
    let teams = member::store::teams(q, organization).await?;
    let projects = member::store::projects(q, organization).await?;
    let teams = teams.into_iter().map(|(id, name)| (id.to_string(), name));
    let projects = projects.into_iter().map(|(id, name)| (id.to_string(), name));
    let past = Past {
        member: id,
        name: here.as_ref().map(member::Member::name).unwrap_or_default(),
        held: here.as_ref().map(Held::from),
        roles: role::store::list(q, organization).await?,
        templates: templates.into_iter().map(|(id, name, held)| (id, (name, held))).collect(),
        model: found.model,
        places: teams.chain(projects).collect(),
        doubts: Vec::new(),
    };
    Ok(Some((past, here.map(|m| m.created_at))))
}
