//! What of a member was changed, as the trail keeps it.

use super::Member;
use crate::audit::{Action, Event};
use crate::role::store::Role;

/// A value as the trail keeps it.
fn to_json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Everything but the status, which has events of its own.
pub fn event(roles: &[Role], before: &Member, after: &Member) -> Event {
    let keys = |m: &Member| m.held(roles).iter().map(|role| role.definition.key.clone()).collect::<Vec<_>>();
    Event::new(Action::MemberUpdated, before.target())
        .change("email", before.email.clone(), after.email.clone())
        .change("firstName", before.first_name.clone(), after.first_name.clone())
        .change("lastName", before.last_name.clone(), after.last_name.clone())
        .change("phone", before.phone.clone(), after.phone.clone())
        .change("timeZone", before.time_zone.clone(), after.time_zone.clone())
        .change("locale", before.locale.clone(), after.locale.clone())
        .change("roles", keys(before), keys(after))
        .change("roleTemplate", before.template.clone().map(|t| t.1), after.template.clone().map(|t| t.1))
        .change("permissions", to_json(&before.permissions), to_json(&after.permissions))
        .change("featureAccess", to_json(&before.features), to_json(&after.features))
        .change("teams", to_json(&before.teams), to_json(&after.teams))
        .change("projects", to_json(&before.projects), to_json(&after.projects))
}
