//! What events are called.

use super::*;
use crate::base::{EventId, Timestamp};

struct Nobody;

impl Called for Nobody {
    fn called(&self, field: &str, id: &str) -> Option<String> {
        (field == "roles" && id == "user").then(|| "User".to_owned())
    }
}

fn record(action: &str, outcome: &str, changes: &str) -> Record {
    Record {
        organization: OrganizationId::INSTALLATION,
        seq: 1,
        id: EventId(uuid::Uuid::nil()),
        at: Timestamp::default(),
        actor_type: "member".into(),
        actor_id: String::new(),
        actor_name: "Alice".into(),
        action: action.into(),
        target_type: "member".into(),
        target_id: String::new(),
        target_name: "Bob Baker".into(),
        changes: changes.into(),
        outcome: outcome.into(),
        ip: String::new(),
        user_agent: String::new(),
        request_id: String::new(),
        hash: [0; 32],
    }
}

fn told(action: &str, outcome: &str, changes: &str) -> String {
    sentence(&record(action, outcome, changes)).text()
}

#[test]
fn an_event_is_a_sentence() {
    assert_eq!(told("member.suspended", "done", "{}"), "suspended Bob Baker");
    assert_eq!(told("member.suspended", "refused", "{}"), "tried to suspend Bob Baker");
    let roles = r#"{"roles":{"from":["user"],"to":["admin"]}}"#;
    assert_eq!(told("member.updated", "done", roles), "changed the roles of Bob Baker");
    assert_eq!(told("member.updated", "done", "{}"), "changed Bob Baker");
    let needs = r#"{"permission":{"from":null,"to":"users:edit"}}"#;
    assert_eq!(
        told("access.refused", "refused", needs),
        "tried something that needs the permission users:edit"
    );
    assert_eq!(told("thing.made", "done", "{}"), "thing.made: Bob Baker");
}

#[test]
fn every_action_has_words_with_the_same_target() {
    for action in Action::ALL {
        let words = words(*action);
        assert_eq!(words.done.contains("{}"), words.tried.contains("{}"), "{}", action.as_str());
        assert!(!words.title.is_empty());
    }
}

#[test]
fn what_changed_reads_from_and_to() {
    let changes = r#"{"roles":{"from":["user"],"to":["admin","x"]},"phone":{"from":"","to":"12"},
        "featureAccess":{"from":{"crm":false},"to":{"crm":true}},"permissions":{"from":{},"to":{"crm":["view","edit"]}},
        "seatLimit":{"from":null,"to":5}}"#;
    let lines = lines(&record("member.updated", "done", changes), &Nobody);
    let told: Vec<String> = lines
        .into_iter()
        .map(|line| match line.before {
            Some(before) => format!("{}: {before} → {}", line.label, line.after),
            None => format!("{}: {}", line.label, line.after),
        })
        .collect();
    let expected = [
        "Feature access: crm off → crm on",
        "Permissions: nothing → crm: view, edit",
        "Phone: nothing → 12",
        "Roles: User → admin, x",
        "Seat limit: 5",
    ];
    let mut told = told;
    told.sort();
    assert_eq!(told, expected);
}
