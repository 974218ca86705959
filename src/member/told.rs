//! A member's access as the audit trail keeps it: whole where they come or go, field by field where it changes, so that it
//! can be told later what they could do on a day (ACC-11).

use serde_json::Value;

use super::Member;
use crate::audit::Event;
use crate::role::store::Role;

/// A value as the trail keeps it.
fn to_json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Roles by key, the role template by name, permissions, switches, teams and projects by id, and the end.
fn access(m: &Member, roles: &[Role]) -> [(&'static str, Value); 7] {
    let keys: Vec<_> = m.held(roles).iter().map(|role| role.definition.key.clone()).collect();
    [
        ("roles", to_json(&keys)),
        ("roleTemplate", to_json(&m.template.as_ref().map(|(_, name)| name))),
        ("permissions", to_json(&m.permissions)),
        ("featureAccess", to_json(&m.features)),
        ("teams", to_json(&m.teams)),
        ("projects", to_json(&m.projects)),
        ("endsAt", to_json(&m.ends_at)),
    ]
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Notes what somebody came with; what is left out is nothing.
pub fn came(event: Event, m: &Member, roles: &[Role]) -> Event {
    let some = access(m, roles).into_iter().filter(|(_, value)| !is_empty(value));
    some.fold(event, |event, (field, value)| event.with(field, value))
}

/// Notes what somebody had who goes; what is left out is nothing.
pub fn went(event: Event, m: &Member, roles: &[Role]) -> Event {
    let event = event.change("status", m.status.as_str(), Value::Null);
    let some = access(m, roles).into_iter().filter(|(_, value)| !is_empty(value));
    some.fold(event, |event, (field, value)| event.change(field, value, Value::Null))
}

/// Notes what of a member was changed.
pub fn changed(event: Event, roles: &[Role], before: &Member, after: &Member) -> Event {
    let event = event
        .change("email", before.email.clone(), after.email.clone())
        .change("firstName", before.first_name.clone(), after.first_name.clone())
        .change("lastName", before.last_name.clone(), after.last_name.clone())
        .change("phone", before.phone.clone(), after.phone.clone())
        .change("timeZone", before.time_zone.clone(), after.time_zone.clone())
        .change("locale", before.locale.clone(), after.locale.clone());
    let both = access(before, roles).into_iter().zip(access(after, roles));
    both.fold(event, |event, ((field, from), (_, to))| event.change(field, from, to))
}
