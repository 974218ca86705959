//! Who may do what to whom: the grant rule and the rule of rank, at every door.

use serde_json::{Value, json};

use crate::story::at_once;

story!(
    /// ACC-4, D3, R25: an Administrator neither makes an Owner nor touches one.
    an_administrator_does_nothing_to_an_owner, app => {
    app.leaves_mail("role_changed", &["uma@acme.test"]);
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let uma = acme.joins("uma@acme.test", "user").await;
    let alice = format!("members/{}", acme.alice().id);
    adam.patch(&alice, json!({"firstName": "Al"})).await.is(403, "outside_grant_rule");
    adam.patch(&alice, json!({"role": "user"})).await.is(403, "outside_grant_rule");
    adam.post(&format!("{alice}/suspend"), json!({})).await.is(403, "outside_grant_rule");
    adam.delete(&alice).await.is(403, "outside_grant_rule");
    adam.patch(&format!("members/{}", uma.id), json!({"role": "owner"})).await.is(403, "outside_grant_rule");
    adam.patch(&format!("members/{}", uma.id), json!({"roles": ["owner"]})).await.is(403, "outside_grant_rule");
    assert_eq!(acme.member("alice@acme.test").await.unwrap()["status"], "active");
    assert!(acme.refusals().await.len() >= 5, "{:?}", acme.whole_audit().await);
    adam.patch(&format!("members/{}", uma.id), json!({"role": "administrator"})).await.has_status(200);
});

story!(
    /// ACC-4, D3, AM-3: a Manager hands out Admin, but edits, suspends and removes none; an equal may.
    a_manager_manages_no_admin, app => {
    app.leaves_mail("role_changed", &["ed@acme.test"]);
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let mary = acme.joins("mary@acme.test", "manager").await;
    let ed = acme.joins("ed@acme.test", "editor").await;
    mary.patch(&format!("members/{}", ed.id), json!({"role": "admin"})).await.has_status(200);
    for refused in [
        mary.patch(&format!("members/{}", ed.id), json!({"role": "editor"})).await,
        mary.post(&format!("members/{}/suspend", ed.id), json!({})).await,
        mary.delete(&format!("members/{}", ed.id)).await,
    ] {
        refused.is(403, "outside_grant_rule");
    }
    let max = acme.joins("max@acme.test", "manager").await;
    mary.post(&format!("members/{}/suspend", max.id), json!({})).await.has_status(200);
});

story!(
    /// ACC-4, AM-4: only an Owner edits, removes or suspends an Owner or Admin; an Admin manages Bot Managers.
    an_admin_manages_bot_managers_only, app => {
    app.leaves_mail("role_changed", &["abe@acme.test"]);
    let acme = app.organization("Acme").preset("owner-admin-manager").owned_by("alice@acme.test").await;
    let ada = acme.joins("ada@acme.test", "admin").await;
    let abe = acme.joins("abe@acme.test", "admin").await;
    let bot = acme.joins("bot@acme.test", "bot_manager").await;
    ada.patch(&format!("members/{}", abe.id), json!({"firstName": "X"})).await.is(403, "outside_grant_rule");
    ada.post(&format!("members/{}/suspend", abe.id), json!({})).await.is(403, "outside_grant_rule");
    ada.tries_to_invite("new@example.test", json!({"role": "admin"})).await.is(403, "outside_grant_rule");
    ada.patch(&format!("members/{}", bot.id), json!({"firstName": "Bot"})).await.has_status(200);
    ada.post(&format!("members/{}/suspend", bot.id), json!({})).await.has_status(200);
    acme.alice().patch(&format!("members/{}", abe.id), json!({"role": "bot_manager"})).await.has_status(200);
});

story!(
    /// R25, INV-5: whoever may not hand out a role does not resend, revoke or edit an invitation to it either.
    the_grant_rule_covers_invitations_of_others, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let answer = acme.alice().tries_to_invite("olga@example.test", json!({"role": "owner"})).await.has_status(200);
    let invitation = answer.at("/results/0/invitation");
    adam.resends(&invitation).await.is(403, "outside_grant_rule");
    adam.revokes(&invitation).await.is(403, "outside_grant_rule");
    adam.tries_to_invite("olga@example.test", json!({})).await.is(403, "outside_grant_rule");
    let member = format!("members/{}", invitation["memberId"].as_str().unwrap());
    adam.patch(&member, json!({"role": "user"})).await.is(403, "outside_grant_rule");
    adam.delete(&member).await.is(403, "outside_grant_rule");
    acme.alice().looks_at(&invitation).await.says("/status", "pending").says("/sentCount", 1);
    app.leaves_mail("invitation", &["olga@example.test"]);
});

story!(
    /// ACC-4, R26, A11: nobody edits their own roles, status or permissions; names they may.
    nobody_raises_themselves, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.alice().patch(&format!("members/{}", bob.id), json!({"permissions": {"users": ["view", "edit"]}})).await.has_status(200);
    let own = format!("members/{}", bob.id);
    bob.patch(&own, json!({"role": "admin"})).await.has_status(403);
    bob.patch(&own, json!({"permissions": {"users": ["manage"]}})).await.is(403, "own_membership");
    bob.post(&format!("{own}/suspend"), json!({})).await.has_status(403);
    for (field, value) in [("status", json!("active")), ("accountId", json!("x")), ("id", json!("x")), ("rank", json!(99))] {
        bob.patch(&own, json!({field: value})).await.is(400, "unknown_field");
    }
    acme.alice().patch(&format!("members/{}", acme.alice().id), json!({"role": "user"})).await.has_status(403);
    let member = acme.member("bob@acme.test").await.unwrap();
    assert_eq!(member["roles"][0]["key"], "user");
    assert_eq!(member["permissions"], json!({"users": ["view", "edit"]}));
});

story!(
    /// ACC-4: a direct permission is given only by somebody who holds all of it.
    only_what_one_holds_can_be_given, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let carl = acme.joins("carl@acme.test", "user").await;
    let give = json!({"permissions": {"users": ["view", "edit"], "analytics": ["view"]}});
    acme.alice().patch(&format!("members/{}", bob.id), give).await.has_status(200);
    let path = format!("members/{}", carl.id);
    bob.patch(&path, json!({"permissions": {"analytics": ["view"]}})).await.has_status(200);
    let more = bob.patch(&path, json!({"permissions": {"analytics": ["view", "export"]}})).await;
    assert_eq!(more.status, 403, "{more}");
    let more = bob.patch(&path, json!({"permissions": {"settings": ["manage"]}})).await;
    assert_eq!(more.status, 403, "{more}");
    assert_eq!(acme.member("carl@acme.test").await.unwrap()["permissions"], json!({"analytics": ["view"]}));
});

story!(
    /// D4, R18, ACC-2: a change acts at the member's very next request, up and down, on every process.
    a_change_acts_at_the_next_request, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"; 2]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let there = app.second_process().await;
    let path = format!("members/{}", bob.id);
    for (patch, status) in [
        (json!({"role": "admin"}), 200),
        (json!({"role": "user"}), 403),
        (json!({"permissions": {"users": ["view"]}}), 200),
        (json!({"permissions": {"users": null}}), 403),
        (json!({"permissions": {"users": ["manage"]}}), 200),
        (json!({"permissions": {"users": []}}), 403),
    ] {
        acme.alice().patch(&path, patch.clone()).await.has_status(200);
        let (here, there) = (bob.get("members").await, bob.at(&there).get("members").await);
        assert_eq!((here.status, there.status), (status, status), "after {patch}{here}");
    }
});

story!(
    /// ACC-5, R29, A35: the last active member with the top role stays, by every door.
    the_last_owner_stays, app => {
    for preset in ["owner-administrator-user", "admin-user", "ranked-workspace", "owner-admin-manager", "multi-role"] {
        let owner = format!("alice@{preset}.test");
        let acme = app.organization(preset).preset(preset).owned_by(&owner).await;
        let alice = acme.alice();
        alice.post("members/me/leave", json!({})).await.is(409, "last_owner");
        let own = format!("members/{}", alice.id);
        let default = if preset == "owner-admin-manager" { "bot_manager" } else if preset == "ranked-workspace" { "agent_user" }
            else if preset == "multi-role" { "member" } else { "user" };
        for refused in [
            alice.patch(&own, json!({"role": default})).await,
            alice.post(&format!("{own}/suspend"), json!({})).await,
            alice.delete(&own).await,
        ] {
            assert!([(403, "own_membership"), (409, "last_owner")].contains(&(refused.status, &refused.code())), "{refused}");
        }
        let top = alice.get("session").await.status;
        assert_eq!(top, 404, "sessions are not under an organization");
        assert_eq!(acme.member(&owner).await.unwrap()["status"], "active");
    }
});

story!(
    /// ACC-5: with two owners one may go; the other then stays.
    one_of_two_owners_may_go, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let olga = acme.joins("olga@acme.test", "owner").await;
    olga.post(&format!("members/{}/suspend", acme.alice().id), json!({})).await.has_status(200);
    olga.post("members/me/leave", json!({})).await.is(409, "last_owner");
    olga.post(&format!("members/{}/reactivate", acme.alice().id), json!({})).await.has_status(200);
    olga.post("members/me/leave", json!({})).await.has_status(204);
    acme.alice().signs_in_again().await;
    acme.alice().post("members/me/leave", json!({})).await.is(409, "last_owner");
});

story!(
    /// ACC-5, I4, A35: two owners who demote, suspend, remove each other or leave at once: one is left.
    two_owners_at_once_leave_one, app => {
    app.leaves_any_mail();
    const DEEDS: [&str; 4] = ["leave", "demote", "suspend", "remove"];
    for round in 0..DEEDS.len() * DEEDS.len() {
        let (first, second) = (DEEDS[round / DEEDS.len()], DEEDS[round % DEEDS.len()]);
        let acme = app.organization(&format!("Acme {round}")).preset("owner-administrator-user")
            .owned_by(&format!("alice{round}@acme.test")).await;
        let alice = acme.alice();
        let olga = acme.joins(&format!("olga{round}@acme.test"), "owner").await;
        let (one, other) = (alice.clone(), olga.clone());
        let answers = at_once(2, move |n| {
            let (actor, target, deed) = if n == 0 { (one.clone(), other.clone(), first) } else { (other.clone(), one.clone(), second) };
            let path = format!("members/{}", target.id);
            async move {
                match deed {
                    "leave" => actor.post("members/me/leave", json!({})).await,
                    "demote" => actor.patch(&path, json!({"role": "user"})).await,
                    "suspend" => actor.post(&format!("{path}/suspend"), json!({})).await,
                    _ => actor.delete(&path).await,
                }
            }
        }).await;
        let done = answers.iter().filter(|answer| answer.is_success()).count();
        // Who was demoted may still leave: that is two deeds, one after the other.
        assert!(done >= 1, "{first} and {second}: {}", answers.iter().map(ToString::to_string).collect::<String>());
        let owners = owners(&app, &acme).await;
        assert_eq!(owners, 1, "{first} and {second}");
    }
});

async fn owners(app: &crate::story::Story, acme: &crate::story::Organization) -> i64 {
    use onesql::Query;
    const OWNERS: &str = "SELECT COUNT(*) FROM members m JOIN member_roles mr ON mr.member_id = m.id
      JOIN roles r ON r.id = mr.role_id WHERE m.organization_id = $1 AND m.status = 'active' AND r.is_top = $2";
    let row: (i64,) = app.app().db.reader().one(OWNERS, onesql::params![acme.id, true]).await.unwrap();
    row.0
}

story!(
    /// AM-5, MEM-8: several roles where the model has them, one where it does not; a User Manager grants only its own kinds.
    several_roles_where_the_model_says_so, app => {
    app.leaves_mail("role_changed", &["uma@acme.test"]);
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let uma = acme.joins_with("uma@acme.test", json!({"roles": ["user_manager", "auditor"]})).await;
    let keys = |member: Value| -> Vec<String> {
        member["roles"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(acme.member("uma@acme.test").await.unwrap()), ["user_manager", "auditor"]);
    uma.get("audit-events").await.has_status(200);
    uma.tries_to_invite("x@example.test", json!({"roles": ["member", "user_manager"]})).await.has_status(200);
    uma.tries_to_invite("y@example.test", json!({"roles": ["member", "administrator"]})).await.is(403, "outside_grant_rule");
    uma.tries_to_invite("y@example.test", json!({"role": "auditor"})).await.is(403, "outside_grant_rule");
    acme.alice().patch(&format!("members/{}", uma.id), json!({"roles": ["auditor"]})).await.has_status(200);
    uma.tries_to_invite("z@example.test", json!({})).await.is(403, "forbidden");

    let single = app.organization("Single").owned_by("sue@single.test").await;
    let refused = single.owner().tries_to_invite("x@example.test", json!({"roles": ["admin", "user"]})).await;
    assert_eq!(refused.status, 422, "{refused}");
    app.leaves_mail("invitation", &["x@example.test"]);
});

story!(
    /// MEM-3: where each permission comes from; what a feature withholds.
    effective_permissions_name_their_sources, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("members/{}", bob.id);
    acme.alice().patch(&path, json!({"permissions": {"analytics": ["view"], "crm": ["view"]}})).await.has_status(200);
    let answer = acme.alice().get(&format!("{path}/effective-permissions")).await.has_status(200);
    assert_eq!(answer.at("/permissions/analytics"), json!([{"action": "view", "sources": ["direct"]}]));
    assert_eq!(answer.at("/withheld"), json!([{"category": "crm", "feature": "crm"}]));
    let alice = acme.alice().get(&format!("members/{}/effective-permissions", acme.alice().id)).await.has_status(200);
    assert_eq!(alice.at("/permissions/users/0/sources"), json!(["role:admin"]));
});
