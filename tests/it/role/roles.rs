//! Roles of one's own: made, changed, previewed, deleted.

use serde_json::{Value, json};

use crate::story::Organization;

const PRESETS: [&str; 5] =
    ["owner-administrator-user", "admin-user", "ranked-workspace", "owner-admin-manager", "multi-role"];

async fn role(acme: &Organization, key: &str) -> Value {
    let answer = acme.owner().get(&format!("roles/{key}")).await.has_status(200);
    answer.at("")
}

story!(
    /// AM-6: in every preset whoever has the top role makes a role, hands it out, changes and deletes it.
    a_role_is_made_changed_and_deleted_in_every_preset, app => {
    app.leaves_any_mail();
    for preset in PRESETS {
        let acme = app.organization(preset).preset(preset).owned_by(&format!("alice@{preset}.test")).await;
        let alice = acme.alice();
        let made = json!({"key": "support_lead", "label": "Support lead", "permissions": {"users": ["view"]}});
        let answer = alice.post("roles", made.clone()).await.has_status(201);
        answer.says("/key", "support_lead").says("/memberCount", 0).says("/grants", json!([])).says("/default", false)
            .says("/includesLower", false).says("/top", false).says("/version", 1);
        alice.post("roles", made).await.is(409, "role_key_taken");
        let bob = acme.joins(&format!("bob@{preset}.test"), "support_lead").await;
        bob.get("members").await.has_status(200);
        bob.post("members", json!({})).await.is(403, "forbidden");
        let patch = json!({"label": "Lead", "permissions": {"users": ["view", "create"]}, "rank": 3});
        alice.patch("roles/support_lead", patch).await.has_status(200).says("/label", "Lead").says("/version", 2)
            .says("/memberCount", 1);
        assert_ne!(bob.post("members", json!({})).await.status, 403);
        alice.patch("roles/support_lead", json!({"permissions": {"users": null}})).await.has_status(200);
        bob.get("members").await.is(403, "forbidden");
        alice.delete("roles/support_lead").await.is(409, "role_in_use");
        let default = role_where(&acme, "default").await;
        let path = format!("roles/support_lead?reassignTo={default}");
        alice.delete(&path).await.has_status(204);
        let roles = acme.member(&format!("bob@{preset}.test")).await.unwrap()["roles"].clone();
        assert_eq!(roles[0]["key"], default.as_str());
        alice.get("roles/support_lead").await.is(404, "not_found");
    }
});

async fn role_where(acme: &Organization, flag: &str) -> String {
    let roles = acme.owner().get("roles?limit=200").await.has_status(200).at("/data");
    let found = roles.as_array().unwrap().iter().find(|role| role[flag] == true).cloned();
    found.unwrap()["key"].as_str().unwrap().to_owned()
}

story!(
    /// ACC-10, AUD-1: the trail says what a change of a role did, in numbers; a preview says the same and does nothing.
    a_change_is_previewed_and_recorded, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for name in ["bob", "carl"] {
        acme.joins(&format!("{name}@acme.test"), "user").await;
    }
    alice.tries_to_invite("later@acme.test", json!({"role": "user"})).await.has_status(200);
    let (events, revision) = (acme.whole_audit().await.len(), role(&acme, "user").await["version"].clone());
    let patch = json!({"permissions": {"analytics": ["view", "export"]}});
    let preview = alice.patch("roles/user?dryRun=true", patch.clone()).await.has_status(200);
    let effect = json!({"gains": {"analytics:view": 2, "analytics:export": 2}, "losses": {},
        "membersGaining": 2, "membersLosing": 0});
    assert_eq!(preview.at("/effect"), effect);
    assert_eq!(preview.at("/more"), json!(0));
    assert_eq!(preview.at("/members/0/gains"), json!(["analytics:view", "analytics:export"]));
    assert_eq!(preview.at("/members/0/losses"), json!([]));
    assert_eq!(preview.at("/members/1/id"), json!(acme.member_id("carl@acme.test").await));
    assert_eq!((acme.whole_audit().await.len(), &role(&acme, "user").await["version"]), (events, &revision));
    alice.patch("roles/user?dryRun=maybe", patch.clone()).await.is(400, "invalid_parameter");

    alice.patch("roles/user", patch.clone()).await.has_status(200);
    let event = alice.get("audit-events?action=role.updated").await.has_status(200).at("/data/0/changes");
    assert_eq!(event["effect"]["to"], effect);
    assert_eq!(event["permissions"]["to"], json!({"analytics": ["view", "export"]}));
    assert_eq!(acme.audit().await.last().unwrap(), "role.updated");
    // The same again changes nothing, and is not recorded.
    alice.patch("roles/user", patch).await.has_status(200);
    assert_eq!(acme.audit().await.iter().filter(|action| *action == "role.updated").count(), 1);
    // Made and deleted by preview: nothing is made and nothing deleted.
    alice.post("roles?dryRun=true", json!({"key": "x", "label": "X"})).await.has_status(200).says("/more", 0);
    alice.get("roles/x").await.is(404, "not_found");
    alice.delete("roles/user?dryRun=true").await.is(409, "default_role");
    alice.post("roles", json!({"key": "x", "label": "X"})).await.has_status(201);
    alice.delete("roles/x?dryRun=true").await.has_status(200).says("/effect/membersLosing", 0);
    alice.delete("roles/x").await.has_status(204);
});

story!(
    /// api.md: what is wrong is told by field; a stale version is refused.
    wrong_input_is_told_by_field, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.post("roles", json!({"label": "X"})).await.refuses("/key", "missing");
    for key in ["", "Admin", "1st", "a b", "x-y"] {
        alice.post("roles", json!({"key": key, "label": "X"})).await.refuses("/key", "invalid_key");
    }
    alice.post("roles", json!({"key": "x", "label": " "})).await.refuses("/label", "missing");
    let unknown = json!({"key": "x", "label": "X", "permissions": {"users": ["fly"]}});
    alice.post("roles", unknown).await.refuses("/permissions/users", "unknown_permission");
    alice.post("roles", json!({"key": "x", "label": "X", "grants": ["nobody"]})).await.is(422, "unknown_reference");
    alice.post("roles", json!({"key": "x", "label": "X", "rank": 99_000_000})).await.refuses("/rank", "out_of_range");
    alice.post("roles", json!({"key": "x", "label": "X", "id": "y"})).await.is(400, "unknown_field");
    alice.patch("roles/user", json!({"key": "other"})).await.is(400, "unknown_field");
    alice.patch("roles/user", json!({"label": null})).await.refuses("/label", "missing");
    alice.patch("roles/nobody", json!({})).await.is(404, "not_found");
    alice.delete("roles/user?reassignTo=nobody").await.is(422, "unknown_reference");
    alice.patch("roles/user", json!({"grants": null})).await.has_status(200).says("/grants", json!([]));
    let stale = |method| {
        let request = crate::story::Request::new(method, alice.path("roles/user")).header("if-match", "\"1\"");
        alice.send(request.json(&json!({"label": "Person"})))
    };
    stale(axum::http::Method::PATCH).await.is(412, "stale_version");
    stale(axum::http::Method::DELETE).await.is(412, "stale_version");
});

story!(
    /// AM-6: there is one default role; it moves, and is neither unset nor deleted nor a top role.
    there_is_one_default_role, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.patch("roles/user", json!({"default": false})).await.is(409, "default_role");
    alice.patch("roles/admin", json!({"default": true})).await.is(409, "default_role");
    alice.patch("roles/user", json!({"top": true})).await.is(409, "default_role");
    alice.delete("roles/user?reassignTo=admin").await.is(409, "default_role");
    alice.post("roles", json!({"key": "guest", "label": "Guest", "default": true})).await.has_status(201).says("/default", true);
    assert_eq!(role(&acme, "user").await["default"], false);
    alice.get("").await.has_status(200).says("/settings/defaultRole", "guest");
    alice.delete("roles/user").await.has_status(204);
    alice.delete("roles/guest").await.is(409, "default_role");
});

story!(
    /// ACC-2, AM-3: a role that includes the lower ones follows them, in every process at once, up and down.
    what_is_included_follows_at_once, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let ed = acme.joins("ed@acme.test", "editor").await;
    let there = app.second_process().await;
    let may = async || (ed.get("members").await.status, ed.at(&there).get("members").await.status);
    assert_eq!(may().await, (200, 200), "a monitor views everything");
    let alice = acme.alice();
    alice.patch("roles/monitor", json!({"permissions": {"users": null}})).await.has_status(200);
    assert_eq!(may().await, (403, 403));
    alice.patch("roles/agent_user", json!({"permissions": {"users": ["view"]}})).await.has_status(200);
    assert_eq!(may().await, (200, 200));
    alice.patch("roles/editor", json!({"includesLower": false})).await.has_status(200);
    assert_eq!(may().await, (403, 403));
    let lower = role(&acme, "agent_user").await["rank"].as_i64().unwrap() - 1;
    alice.patch("roles/editor", json!({"includesLower": true, "rank": lower})).await.has_status(200);
    assert_eq!(may().await, (403, 403), "ranked below them, nothing is included");
    let listed = alice.get("members?sort=role").await.has_status(200).column("/email");
    assert_eq!(listed, ["alice@acme.test", "ed@acme.test"]);
});
