//! Who may make roles what (ACC-4, R24 to R29).

use serde_json::json;

use crate::story::{Organization, Person, Story};

/// An organization whose Administrator may change roles: grants administrator and user, no top role.
async fn with_administrator(app: &Story) -> (Organization, Person) {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let patch =
        json!({"permissions": {"users": ["manage"], "agents": ["manage"], "settings": [], "audit": []}});
    acme.alice().patch("roles/administrator", patch).await.has_status(200);
    let adam = acme.joins("adam@acme.test", "administrator").await;
    (acme, adam)
}

story!(
    /// ACC-4, R24: only users:manage changes roles; users:view looks at them.
    changing_roles_needs_the_permission, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let give = json!({"permissions": {"users": ["view", "create", "edit", "delete"]}});
    acme.alice().patch(&format!("members/{}", bob.id), give).await.has_status(200);
    bob.get("roles").await.has_status(200);
    bob.post("roles", json!({"key": "x", "label": "X"})).await.is(403, "forbidden");
    bob.patch("roles/user", json!({"label": "X"})).await.is(403, "forbidden");
    bob.delete("roles/user").await.is(403, "forbidden");
});

story!(
    /// ACC-4, R26: an Administrator shapes what they may grant, and nothing above them.
    nobody_shapes_a_role_above_them, app => {
    let (acme, adam) = with_administrator(&app).await;
    adam.patch("roles/owner", json!({"label": "Boss"})).await.is(403, "outside_grant_rule");
    adam.patch("roles/owner", json!({"permissions": {"users": null}})).await.is(403, "outside_grant_rule");
    adam.delete("roles/owner?reassignTo=user").await.is(403, "outside_grant_rule");
    adam.patch("roles/user", json!({"rank": 1_000})).await.is(403, "outside_grant_rule");
    adam.patch("roles/administrator", json!({"rank": 1_000})).await.is(403, "outside_grant_rule");
    adam.post("roles", json!({"key": "boss", "label": "Boss", "rank": 1_000})).await.is(403, "outside_grant_rule");
    adam.post("roles", json!({"key": "boss", "label": "Boss", "top": true})).await.is(403, "outside_grant_rule");
    adam.patch("roles/user", json!({"top": true})).await.is(403, "outside_grant_rule");
    // What is wrong with it is told to nobody who may not touch it.
    adam.patch("roles/owner", json!({"rank": 99_000_000})).await.is(403, "outside_grant_rule");
    assert!(acme.refusals().await.len() >= 8, "{:?}", acme.whole_audit().await);
    adam.patch("roles/user", json!({"label": "Colleague", "permissions": {"agents": ["view"]}})).await.has_status(200);
});

story!(
    /// ACC-4, R26, R27: nothing gets into a role that its maker does not hold, nor by way of inclusion or rank.
    only_what_one_holds_gets_into_a_role, app => {
    let (acme, adam) = with_administrator(&app).await;
    for permissions in [json!({"settings": ["view"]}), json!({"audit": ["manage"]})] {
        adam.patch("roles/user", json!({"permissions": permissions})).await.is(403, "outside_grant_rule");
        let own = adam.patch("roles/administrator", json!({"permissions": permissions})).await;
        own.is(403, "outside_grant_rule");
        let made = json!({"key": "x", "label": "X", "permissions": permissions});
        adam.post("roles", made.clone()).await.is(403, "outside_grant_rule");
        adam.post("roles?dryRun=true", made).await.is(403, "outside_grant_rule");
    }
    // A role below with more in it: including it would give its holders more than Adam has.
    let auditor = json!({"key": "auditor", "label": "Auditor", "permissions": {"audit": ["view"]}, "rank": 1});
    acme.alice().post("roles", auditor).await.has_status(201);
    let includes = json!({"includesLower": true});
    adam.patch("roles/user", includes.clone()).await.is(403, "outside_grant_rule");
    adam.patch("roles/administrator", includes.clone()).await.is(403, "outside_grant_rule");
    // And by rank: once the role includes lower ones, nobody slides above what they do not hold.
    acme.alice().patch("roles/auditor", json!({"rank": 15})).await.has_status(200);
    let rank = acme.alice().get("roles/user").await.at("/rank").as_i64().unwrap();
    acme.alice().patch("roles/user", json!({"includesLower": true, "rank": 14})).await.has_status(200);
    adam.patch("roles/user", json!({"rank": 16})).await.is(403, "outside_grant_rule");
    adam.patch("roles/user", json!({"rank": rank.min(13)})).await.has_status(200);
});

story!(
    /// ACC-4, R25: a grant rule grows only by roles that one may hand out.
    a_grant_rule_grows_by_what_one_grants, app => {
    let (acme, adam) = with_administrator(&app).await;
    adam.patch("roles/user", json!({"grants": ["owner"]})).await.is(403, "outside_grant_rule");
    adam.patch("roles/administrator", json!({"grants": ["administrator", "user", "owner"]})).await.is(403, "outside_grant_rule");
    adam.post("roles", json!({"key": "x", "label": "X", "grants": ["owner"]})).await.is(403, "outside_grant_rule");
    adam.patch("roles/user", json!({"grants": ["user"]})).await.has_status(200);
    acme.alice().post("roles", json!({"key": "x", "label": "X", "grants": ["owner", "x"]})).await.has_status(201);
    adam.patch("roles/user", json!({"grants": ["user", "x"]})).await.is(403, "outside_grant_rule");
});

story!(
    /// ACC-4: a role whose holders one can't manage is not shaped, whoever the others are.
    a_role_of_somebody_higher_stays, app => {
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.patch("roles/user_manager", json!({"permissions": {"users": ["manage"]}})).await.has_status(200);
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    uma.patch("roles/member", json!({"description": "Everybody."})).await.has_status(200);
    acme.joins_with("olga@acme.test", json!({"roles": ["administrator", "member"]})).await;
    uma.patch("roles/member", json!({"description": "All."})).await.is(403, "outside_grant_rule");
    alice.patch("roles/member", json!({"description": "All."})).await.has_status(200);
});

story!(
    /// ACC-5, R29: a top role with somebody active in it stays, and somebody on top can change roles back.
    somebody_stays_on_top, app => {
    app.leaves_any_mail();
    for preset in ["owner-administrator-user", "admin-user", "ranked-workspace", "owner-admin-manager", "multi-role"] {
        let acme = app.organization(preset).preset(preset).owned_by(&format!("alice@{preset}.test")).await;
        let alice = acme.alice();
        let roles = alice.get("roles").await.has_status(200).at("/data");
        let top = roles[0]["key"].as_str().unwrap().to_owned();
        let path = format!("roles/{top}");
        alice.patch(&path, json!({"top": false})).await.is(409, "last_owner");
        let less = json!({"permissions": {"users": ["view"]}, "includesLower": false});
        alice.patch(&path, less).await.is(409, "no_role_manager");
        let second = json!({"key": "second", "label": "Second", "top": true, "rank": roles[0]["rank"]});
        alice.post("roles", second).await.has_status(201);
        alice.patch(&path, json!({"top": false})).await.is(409, "last_owner");
        alice.delete(&format!("{path}?reassignTo=second")).await.is(403, "own_membership");
        // Somebody who was only invited, or is shut out, keeps nothing on top.
        alice.tries_to_invite(&format!("ivy@{preset}.test"), json!({"role": "second"})).await.has_status(200);
        alice.patch(&path, json!({"top": false})).await.is(409, "last_owner");
        let sam = acme.joins(&format!("sam@{preset}.test"), "second").await;
        // Sam is on top and may not change roles: with the first no longer on top, nobody could.
        alice.patch(&path, json!({"top": false})).await.is(409, "no_role_manager");
        alice.patch("roles/second", json!({"permissions": {"users": ["manage"]}})).await.has_status(200);
        alice.patch(&path, json!({"top": false})).await.has_status(200);
        sam.patch(&path, json!({"top": true})).await.has_status(200);
    }
});

story!(
    /// ACC-5, R29: two who take the top away from each other's roles at once: one top role stays.
    two_at_once_leave_one_on_top, app => {
    app.leaves_any_mail();
    for round in 0..4 {
        let acme = app.organization(&format!("Acme {round}")).owned_by(&format!("alice{round}@acme.test")).await;
        let alice = acme.alice();
        let second = json!({"key": "second", "label": "Second", "top": true, "rank": 20, "permissions": {"users": ["manage"]}});
        alice.post("roles", second).await.has_status(201);
        let sam = acme.joins(&format!("sam{round}@acme.test"), "second").await;
        let answers = crate::story::at_once(2, move |n| {
            let (actor, path) = if n == 0 { (alice.clone(), "roles/second") } else { (sam.clone(), "roles/admin") };
            async move { actor.patch(path, json!({"top": false})).await }
        }).await;
        let done = answers.iter().filter(|answer| answer.is_success()).count();
        assert_eq!(done, 1, "{}", answers.iter().map(ToString::to_string).collect::<String>());
    }
});
