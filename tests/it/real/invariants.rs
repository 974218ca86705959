//! What must hold after every fault and every race, read through the API alone (`security.md` section 4).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::Api;

const ACME: &str = "/api/v1/organizations/acme";

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no text {field} in {value}"))
}

/// Checks I1 to I4 and I7 of Acme, whose top role has this key; the caller can read everything there.
pub fn check_invariants(api: &Api, top_role: &str) {
    let members = api.list(&format!("{ACME}/members"));
    let invitations = api.list(&format!("{ACME}/invitations"));
    let seats = api.get(&format!("{ACME}/seats")).ok();
    let mut events = api.list(&format!("{ACME}/audit-events"));
    events.reverse();
    events.retain(|event| event["outcome"] == "done");
    seats_are_counted_right(&seats, &members);
    an_address_stands_once(&members, &invitations);
    invitations_agree_with_their_events(&invitations, &members, &events);
    members_agree_with_their_events(&members, &events);
    let active_top = members.iter().filter(|member| {
        let holds_it =
            member["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role["key"] == top_role));
        holds_it && member["status"] == "active"
    });
    assert!(active_top.count() >= 1, "I4: an active {top_role}");
}

/// I1.
fn seats_are_counted_right(seats: &Value, members: &[Value]) {
    let mut counted = BTreeMap::from([("active", 0), ("suspended", 0), ("invited", 0)]);
    for member in members {
        *counted.get_mut(text(member, "status")).expect("a known status") += 1;
    }
    for (status, count) in &counted {
        assert_eq!(seats[*status].as_i64(), Some(*count), "I1: {status} in {seats}");
    }
    let used = seats["used"].as_i64().expect("used");
    assert_eq!(used, counted.values().sum::<i64>(), "I1: {seats}");
    if let Some(limit) = seats["limit"].as_i64() {
        assert!(used <= limit, "I1: {seats}");
    }
}

/// I2.
fn an_address_stands_once(members: &[Value], invitations: &[Value]) {
    let mut seen = HashSet::new();
    for member in members {
        assert!(
            seen.insert(text(member, "email").to_ascii_lowercase()),
            "I2: two members {}",
            member["email"]
        );
    }
    let mut seen = HashSet::new();
    for invitation in invitations.iter().filter(|invitation| invitation["status"] == "pending") {
        assert!(
            seen.insert(text(invitation, "email").to_ascii_lowercase()),
            "I2: two links for {}",
            invitation["email"]
        );
    }
}

/// I3 and I7: the last event of an invitation is its state, and a pending one has its invited member.
fn invitations_agree_with_their_events(invitations: &[Value], members: &[Value], events: &[Value]) {
    let mut states: HashMap<&str, Vec<&str>> = HashMap::new();
    for event in events {
        if let Some(("invitation", what)) = text(event, "action").split_once('.')
            && what != "link_copied"
        {
            states.entry(text(&event["target"], "id")).or_default().push(what);
        }
    }
    for invitation in invitations {
        let history = states.remove(text(invitation, "id")).unwrap_or_default();
        let expected = match history.last().copied() {
            Some("created" | "resent" | "refreshed") => "pending",
            Some(state) => state,
            None => panic!("I7: no event for {invitation}"),
        };
        assert_eq!(text(invitation, "status"), expected, "I3, I7: after {history:?}: {invitation}");
        assert!(history.iter().filter(|what| **what == "accepted").count() <= 1, "I3: {history:?}");
    }
    assert!(states.is_empty(), "I7: events of invitations that do not exist: {states:?}");
    let pending: HashSet<_> = invitations
        .iter()
        .filter(|invitation| invitation["status"] == "pending")
        .map(|invitation| text(invitation, "memberId"))
        .collect();
    let invited: HashSet<_> = members
        .iter()
        .filter(|member| member["status"] == "invited")
        .map(|member| text(member, "id"))
        .collect();
    assert_eq!(
        pending, invited,
        "I7: each pending invitation has its invited member, and the other way round"
    );
}

/// I7: the status that the last event about a member says.
fn members_agree_with_their_events(members: &[Value], events: &[Value]) {
    let mut statuses: HashMap<&str, &str> = HashMap::new();
    for event in events {
        let id = text(&event["target"], "id");
        match text(event, "action") {
            "member.created" | "member.reactivated" => statuses.insert(id, "active"),
            "member.suspended" => statuses.insert(id, "suspended"),
            "member.removed" | "member.left" => statuses.insert(id, "gone"),
            _ => None,
        };
    }
    let present: HashMap<_, _> =
        members.iter().map(|member| (text(member, "id"), text(member, "status"))).collect();
    for (id, status) in statuses {
        assert_eq!(present.get(id).copied().unwrap_or("gone"), status, "I7: member {id}");
    }
}
