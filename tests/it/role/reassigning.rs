//! Deleting a role that people hold (AM-6).

use onesql::{Query, params};
use serde_json::{Value, json};

use crate::story::Organization;

fn keys(member: &Value) -> Vec<String> {
    member["roles"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect()
}

/// The list beside the table says the same as the table.
async fn agrees(acme: &Organization) {
    const ROLES: &str = "SELECT m.roles, (SELECT COUNT(*) FROM member_roles mr WHERE mr.member_id = m.id),
      (SELECT MIN(-r.rank) FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = m.id), m.role_order
      FROM members m WHERE m.organization_id = $1";
    let rows: Vec<(String, i64, i64, i64)> =
        acme.app.app().db.reader().all(ROLES, params![acme.id]).await.unwrap();
    for (list, count, lowest, order) in rows {
        let listed: Vec<String> = serde_json::from_str(&list).unwrap();
        assert_eq!(listed.len() as i64, count, "{list}");
        assert_eq!(lowest, order);
    }
}

story!(
    /// AM-6, AM-5: whoever holds the role gets the other, once; the invited, too; nothing of it stays anywhere.
    holders_get_another_role, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let made = json!({"key": "helper", "label": "Helper", "rank": 35, "permissions": {"users": ["view"]}});
    alice.post("roles", made.clone()).await.has_status(201);
    alice.patch("roles/user_manager", json!({"grants": ["user_manager", "member", "helper"]})).await.has_status(200);
    let one = acme.joins("one@acme.test", "helper").await;
    acme.joins_with("both@acme.test", json!({"roles": ["helper", "member"]})).await;
    acme.joins_with("three@acme.test", json!({"roles": ["auditor", "helper", "member"]})).await;
    acme.joins_with("other@acme.test", json!({"roles": ["auditor", "helper"]})).await;
    alice.tries_to_invite("ivy@acme.test", json!({"roles": ["helper"]})).await.has_status(200);
    alice.post(&format!("members/{}/suspend", acme.member_id("both@acme.test").await), json!({})).await.has_status(200);
    one.get("members").await.has_status(200);
    let preview = alice.delete("roles/helper?reassignTo=member&dryRun=true").await.has_status(200);
    assert_eq!(preview.at("/effect/losses"), json!({"users:view": 1}), "auditors view users all the same");
    let named = preview.at("/members");
    let ones = named.as_array().unwrap().iter().find(|member| member["id"] == one.id.as_str());
    assert_eq!(ones.unwrap()["losses"], json!(["users:view"]));
    assert_eq!(preview.at("/effect/membersGaining"), 2, "the other was no Member, either");
    alice.delete("roles/helper?reassignTo=helper").await.is(422, "unknown_reference");
    alice.delete("roles/helper?reassignTo=member").await.has_status(204);
    for (who, expected) in [("one", vec!["member"]), ("both", vec!["member"]), ("three", vec!["auditor", "member"]),
        ("other", vec!["auditor", "member"]), ("ivy", vec!["member"])] {
        let member = acme.member(&format!("{who}@acme.test")).await.unwrap();
        assert_eq!(keys(&member), expected, "{who}");
    }
    agrees(&acme).await;
    one.get("members").await.is(403, "forbidden");
    let event = alice.get("audit-events?action=role.deleted").await.at("/data/0/changes");
    assert_eq!((&event["members"]["to"], &event["reassignedTo"]["to"]), (&json!(5), &json!("member")));
    assert_eq!(event["effect"]["to"]["membersLosing"], 1);
    // A later role of the same key is nobody's to hand out but those who may hand out all.
    alice.get("roles/user_manager").await.says("/grants", json!(["user_manager", "member"]));
    alice.post("roles", made).await.has_status(201).says("/memberCount", 0);
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    uma.tries_to_invite("x@acme.test", json!({"roles": ["helper"]})).await.is(403, "outside_grant_rule");
});

story!(
    /// AM-2, AM-3: with one role for each, it is replaced; what was always on for it, or recommended, is forgotten.
    a_later_role_with_the_same_key_inherits_nothing, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let boss = json!({"key": "boss", "label": "Boss", "top": true, "rank": 20, "permissions": {"users": ["manage"], "crm": ["manage"]}});
    alice.post("roles", boss).await.has_status(201);
    let sam = acme.joins("sam@acme.test", "boss").await;
    sam.delete("roles/admin?reassignTo=boss").await.has_status(204);
    assert_eq!(keys(&acme.member("alice@acme.test").await.unwrap()), ["boss"]);
    agrees(&acme).await;
    sam.get("access-model").await.says("/features/0/alwaysOnRoles", json!([]));
    let again = json!({"key": "admin", "label": "Admin", "permissions": {"users": ["view"]}});
    sam.post("roles", again).await.has_status(201);
    let later = acme.joins("later@acme.test", "admin").await;
    assert_eq!(later.as_seen_by(&sam).await["crmAccess"], false);

    let ranked = app.organization("Ranked").preset("ranked-workspace").owned_by("rita@ranked.test").await;
    ranked.joins("ed@ranked.test", "editor").await;
    ranked.owner().delete("roles/editor?reassignTo=monitor").await.has_status(204);
    assert_eq!(keys(&ranked.member("ed@ranked.test").await.unwrap()), ["monitor"]);
    agrees(&ranked).await;
    crate::story::console::opens(&ranked.owner(), "/invitations/new").await.has_status(200).hides("Recommended");
});

story!(
    /// ACC-4: what the holders get must be the actor's to give; another organization's role is none.
    what_they_get_is_within_the_grant_rule, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let other = app.organization("Other").preset("owner-administrator-user").owned_by("olga@other.test").await;
    let alice = acme.alice();
    alice.post("roles", json!({"key": "guest", "label": "Guest"})).await.has_status(201);
    let patch = json!({"permissions": {"users": ["manage"]}, "grants": ["administrator", "user", "guest"]});
    alice.patch("roles/administrator", patch).await.has_status(200);
    acme.joins("gus@acme.test", "guest").await;
    let adam = acme.joins("adam@acme.test", "administrator").await;
    adam.delete("roles/guest?reassignTo=owner").await.is(403, "outside_grant_rule");
    let foreign = other.role_id("user").await;
    adam.delete(&format!("roles/guest?reassignTo={foreign}")).await.is(422, "unknown_reference");
    adam.delete(&format!("roles/{foreign}")).await.is(404, "not_found");
    adam.patch(&format!("roles/{foreign}"), json!({"label": "X"})).await.is(404, "not_found");
    adam.delete("roles/guest?reassignTo=user").await.has_status(204);
    adam.delete("roles/administrator?reassignTo=user").await.is(403, "own_membership");
});
