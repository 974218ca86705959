use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::undo::Settling;
use super::*;
use crate::access_model::{Presets, RoleDefinition};
use crate::base::{EventId, OrganizationId};

const MEMBER: MemberId = MemberId(uuid::Uuid::from_u128(1));

fn role(id: u128, key: &str) -> Role {
    let definition = json!({"key": key, "label": key.to_uppercase(), "rank": id});
    let definition: RoleDefinition = serde_json::from_value(definition).unwrap();
    Role { id: RoleId(uuid::Uuid::from_u128(id)), definition, version: 1 }
}

fn past() -> Past {
    let held = Held {
        status: Status::Active,
        roles: vec![role(10, "user").id],
        template: None,
        permissions: PermissionSet::new(),
        features: FeatureAccess::default(),
        teams: Vec::new(),
        projects: Vec::new(),
    };
    Past {
        member: MEMBER,
        name: String::new(),
        held: Some(held),
        roles: vec![role(10, "user"), role(11, "admin")],
        templates: BTreeMap::new(),
        model: Arc::new(Presets::load().unwrap().find("admin-user").unwrap().model.clone()),
        places: BTreeMap::new(),
        doubts: Vec::new(),
    }
}

fn event(action: &str, target: (&str, String), changes: Value) -> Record {
    Record {
        organization: OrganizationId::INSTALLATION,
        seq: 1,
        id: EventId(uuid::Uuid::nil()),
        at: Timestamp::default(),
        actor_type: "member".into(),
        actor_id: String::new(),
        actor_name: String::new(),
        action: action.into(),
        target_type: target.0.into(),
        target_id: target.1,
        target_name: "Old".into(),
        changes: changes.to_string(),
        outcome: "done".into(),
        ip: String::new(),
        user_agent: String::new(),
        request_id: String::new(),
        hash: [0; 32],
    }
}

fn on_member(action: &str, changes: Value) -> Record {
    event(action, ("member", MEMBER.to_string()), changes)
}

#[test]
fn a_change_is_undone_field_by_field() {
    let mut past = past();
    let changes = json!({"roles": {"from": ["admin"], "to": ["user"]},
        "permissions": {"from": {"users": ["view"]}, "to": {}}, "phone": {"from": "", "to": "1"}});
    past.undo(&on_member("member.updated", changes));
    past.undo(&on_member("member.suspended", json!({"status": {"from": "active", "to": "suspended"}})));
    let held = past.held.clone().unwrap();
    assert_eq!(held.roles, [role(11, "admin").id]);
    assert!(held.permissions.allows("users", "view"));
    assert_eq!(held.status, Status::Active);
    past.undo(&on_member("member.created", json!({"roles": {"from": null, "to": ["admin"]}})));
    assert_eq!(past.held, None);
    past.undo(&on_member("member.removed", json!({"status": {"from": "suspended", "to": null}})));
    assert_eq!(past.held.unwrap().status, Status::Suspended);
}

#[test]
fn what_was_refused_or_done_to_others_changes_nothing() {
    let mut past = past();
    let before = past.held.clone();
    let changes = json!({"roles": {"from": ["admin"], "to": ["user"]}});
    past.undo(&Record { outcome: "refused".into(), ..on_member("member.updated", changes.clone()) });
    past.undo(&event("member.updated", ("member", MemberId(uuid::Uuid::from_u128(2)).to_string()), changes));
    assert_eq!(past.held, before);
}

#[test]
fn a_deleted_role_is_here_again_and_who_had_it_is_told_by_an_older_event() {
    let mut past = past();
    let feature = past.model.features[0].key.clone();
    let gone = json!({"key": {"from": null, "to": "old"}, "rank": {"from": 7, "to": null},
        "permissions": {"from": {"users": ["view"]}, "to": null}, "members": {"from": null, "to": 2},
        "reassignedTo": {"from": null, "to": "user"}, "alwaysOn": {"from": [feature], "to": null}});
    let deleted = event("role.deleted", ("role", RoleId(uuid::Uuid::from_u128(12)).to_string()), gone);
    past.undo(&deleted);
    past.undo(&deleted);
    let old = past.roles.iter().find(|role| role.definition.key == "old").unwrap().clone();
    assert_eq!((old.definition.rank, past.roles.len()), (7, 3));
    assert!(past.model.features[0].always_on_roles.contains(&"old".to_owned()));
    assert!(past.doubts());
    let mut settling = Settling::new(&past);
    settling.read(&mut past, &on_member("member.updated", json!({"phone": {"from": "", "to": "1"}})));
    assert!(past.doubts());
    settling.read(&mut past, &on_member("member.created", json!({"roles": {"from": null, "to": ["old"]}})));
    assert!(!past.doubts());
    assert_eq!(past.held.unwrap().roles, [old.id]);
}

#[test]
fn a_day_stands_for_its_end_but_not_for_later_than_now() {
    let now: Timestamp = "2026-03-03T10:00:00Z".parse().unwrap();
    let told = |text| instant(text, now).map(|at| at.to_string());
    assert_eq!(told("2026-03-02").unwrap(), "2026-03-02T23:59:59.999999Z");
    assert_eq!(told("2026-03-03").unwrap(), "2026-03-03T10:00:00Z");
    assert_eq!(told("2026-03-01T12:00:00+02:00").unwrap(), "2026-03-01T10:00:00Z");
    for none in ["2026-03-04", "2026-03-03T10:00:01Z", "", "yesterday", "2026-02-30", "20260302"] {
        assert_eq!(told(none), None, "{none}");
    }
}
