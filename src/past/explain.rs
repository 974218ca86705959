//! Why somebody could or couldn't at an instant: the chain of that time (ACC-8, ACC-11).

use onesql::{Error, Query};

use super::read::{self, Found};
use super::{Then, thing};
use crate::access::OfferedTemplate;
use crate::base::{MemberId, Timestamp};
use crate::decision::Subject;
use crate::decision::ask::Object;
use crate::decision::explain::{Facts, What, Who};
use crate::member::Status;
use crate::op::{Standing, StandingRole};
use crate::role::permissions_with_lower;

/// What an explanation needs, or why there is none.
pub enum Told {
    /// It was so.
    Facts(Box<Facts>),
    /// The trail does not hold enough.
    Unknown,
    /// Not here at that time.
    NotThen,
    /// Never here.
    Nobody,
}

/// Reads what was so at an instant.
pub async fn read(
    q: &mut impl Query,
    standing: &Standing,
    member: MemberId,
    object: &Object,
    at: Timestamp,
) -> Result<Told, Error> {
    let organization = standing.organization.id;
    let then = match read::find(q, organization, member, at).await? {
        Found::Then(then) => then,
        Found::Unknown => return Ok(Told::Unknown),
        Found::NotThen => return Ok(Told::NotThen),
        Found::Nobody => return Ok(Told::Nobody),
    };
    let on = match object {
        Object::Category(category) => What::category(category),
        Object::Thing(kind, id) => match thing::find(q, organization, (kind, id), &then).await? {
            None => What::unknown(object.asked()),
            Some(thing) => What::thing((thing.category, thing.name), thing.visibility, thing.shares, member),
        },
    };
    Ok(Told::Facts(Box::new(facts(*then, on, object.asked()))))
}

fn facts(mut then: Then, on: What, asked: String) -> Facts {
    // Ranks were others, too.
    then.past.roles.sort_by_key(|r| (!r.definition.top, -r.definition.rank, r.definition.key.clone()));
    let definitions: Vec<_> = then.past.roles.iter().map(|role| role.definition.clone()).collect();
    let held = then.roles().into_iter().map(|role| StandingRole {
        id: role.id,
        key: role.definition.key.clone(),
        label: role.definition.label.clone(),
        rank: role.definition.rank,
        top: role.definition.top,
        grants: role.definition.grants.clone(),
        permissions: permissions_with_lower(&role.definition, &definitions),
    });
    let template = then.held.template.and_then(|id| then.past.templates.get(&id)).cloned();
    let who = Who {
        name: then.past.name.clone(),
        status: then.held.status,
        roles: then.held.roles.clone(),
        template: template.as_ref().map(|(name, _)| name.clone()),
    };
    let subject = Subject {
        member: then.past.member,
        account: None,
        active: then.held.status == Status::Active,
        roles: held.collect(),
        template,
        direct: then.held.permissions.clone(),
        features: then.held.features.clone(),
        teams: then.held.teams.clone(),
        projects: then.held.projects.clone(),
    };
    let offered = then.past.templates.into_values();
    let templates = offered.map(|(name, permissions)| OfferedTemplate { name, permissions }).collect();
    Facts { who, subject, model: then.past.model, roles: then.past.roles, templates, on, asked, now: false }
}
