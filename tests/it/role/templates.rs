//! Role templates: made, changed for everybody who has them, deleted (AM-6, R27).

use serde_json::json;

use crate::story::person::text;

story!(
    /// AM-6: a template is made, found, renamed and deleted; names are told apart without case and accents.
    a_template_is_made_changed_and_deleted, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.get("role-templates").await.has_status(200).says("/data", json!([]));
    let made = json!({"name": "Büro", "permissions": {"analytics": ["view"]}});
    let answer = alice.post("role-templates", made).await.has_status(201).says("/version", 1).says("/memberCount", 0)
        .says("/description", "").says("/permissions", json!({"analytics": ["view"]}));
    let path = format!("role-templates/{}", answer.text_at("/id"));
    assert_eq!(answer.at("/createdAt"), answer.at("/updatedAt"));
    alice.post("role-templates", json!({"name": "BURO"})).await.is(409, "name_taken");
    let other = alice.post("role-templates", json!({"name": "Archive"})).await.has_status(201).text_at("/id");
    assert_eq!(alice.get("role-templates").await.column("/name"), ["Archive", "Büro"]);
    alice.patch(&path, json!({"name": "archive"})).await.is(409, "name_taken");
    alice.patch(&path, json!({"name": "BÜRO", "permissions": {"analytics": null, "crm": ["view"]}})).await.has_status(200)
        .says("/name", "BÜRO").says("/permissions", json!({"crm": ["view"]})).says("/version", 2);
    alice.patch(&path, json!({"permissions": {"crm": ["fly"]}})).await.refuses("/permissions/crm", "unknown_permission");
    alice.patch(&path, json!({"name": ""})).await.refuses("/name", "missing");
    alice.post("role-templates", json!({})).await.refuses("/name", "missing");
    let stale = crate::story::Request::new(axum::http::Method::DELETE, alice.path(&path)).header("if-match", "\"1\"");
    alice.send(stale).await.is(412, "stale_version");
    alice.delete(&path).await.has_status(204);
    alice.get(&path).await.is(404, "not_found");
    alice.delete(&format!("role-templates/{other}?dryRun=true")).await.has_status(200);
    alice.get(&format!("role-templates/{other}")).await.has_status(200);
    assert_eq!(acme.audit().await, ["role_template.created", "role_template.created", "role_template.updated",
        "role_template.deleted"]);
});

story!(
    /// ACC-2, R18: a template is a live link: what it holds now counts at the next request, in every process.
    a_change_of_a_template_acts_at_once, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let there = app.second_process().await;
    let alice = acme.alice();
    let made = json!({"name": "Desk", "permissions": {"users": ["view"]}});
    let id = alice.post("role-templates", made).await.has_status(201).text_at("/id");
    let bob = acme.joins_with("bob@acme.test", json!({"role": "user", "roleTemplate": id})).await;
    let may = async || (bob.get("members").await.status, bob.at(&there).get("members").await.status);
    assert_eq!(may().await, (200, 200));
    let path = format!("role-templates/{id}");
    alice.patch(&path, json!({"permissions": {"users": null}})).await.has_status(200);
    assert_eq!(may().await, (403, 403));
    alice.at(&there).patch(&path, json!({"permissions": {"users": ["view"]}})).await.has_status(200).says("/memberCount", 1);
    assert_eq!(may().await, (200, 200));
    // Deleting says first that somebody has it; then they get another, or none.
    alice.delete(&path).await.is(409, "template_in_use");
    let other = alice.post("role-templates", json!({"name": "Other", "permissions": {"users": ["view"]}})).await.text_at("/id");
    alice.delete(&format!("{path}?reassignTo={id}")).await.is(422, "unknown_reference");
    alice.delete(&format!("{path}?reassignTo={other}&clear=true")).await.is(400, "invalid_parameter");
    alice.delete(&format!("{path}?reassignTo={other}")).await.has_status(204);
    assert_eq!(may().await, (200, 200));
    let path = format!("role-templates/{other}");
    let preview = alice.delete(&format!("{path}?clear=true&dryRun=true")).await.has_status(200);
    assert_eq!(preview.at("/effect/losses"), json!({"users:view": 1}));
    assert_eq!(may().await, (200, 200));
    alice.delete(&format!("{path}?clear=true")).await.has_status(204);
    assert_eq!(may().await, (403, 403));
    assert_eq!(acme.member("bob@acme.test").await.unwrap()["roleTemplate"], json!(null));
});

story!(
    /// R27, ACC-4: a template is changed by whoever holds all of it, before and after, and manages all who have it.
    only_what_one_holds_gets_into_a_template, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let patch = json!({"permissions": {"users": ["manage"], "settings": [], "audit": []}});
    alice.patch("roles/administrator", patch).await.has_status(200);
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let too_much = json!({"name": "X", "permissions": {"audit": ["view"]}});
    adam.post("role-templates", too_much.clone()).await.is(403, "outside_grant_rule");
    let made = adam.post("role-templates", json!({"name": "Y", "permissions": {"users": ["manage"]}})).await.has_status(201);
    let own = format!("role-templates/{}", made.text_at("/id"));
    adam.patch(&own, json!({"permissions": {"audit": ["view"]}})).await.is(403, "outside_grant_rule");
    let id = alice.post("role-templates", too_much).await.has_status(201).text_at("/id");
    let hers = format!("role-templates/{id}");
    adam.patch(&hers, json!({"permissions": {"audit": null}})).await.is(403, "outside_grant_rule");
    adam.patch(&hers, json!({"name": "Z"})).await.is(403, "outside_grant_rule");
    adam.delete(&hers).await.is(403, "outside_grant_rule");
    adam.delete(&format!("{own}?reassignTo={id}")).await.is(403, "outside_grant_rule");
    assert_eq!(acme.refusals().await.len(), 6);
    // An Owner who has it puts it out of the Administrator's reach.
    acme.joins_with("olga@acme.test", json!({"role": "owner", "roleTemplate": text(&made.json(), "id")})).await;
    adam.patch(&own, json!({"name": "Z"})).await.is(403, "outside_grant_rule");
    adam.delete(&format!("{own}?clear=true")).await.is(403, "outside_grant_rule");
    alice.patch(&own, json!({"name": "Z"})).await.has_status(200);
    // One's own is not taken away by oneself.
    let ada = acme.joins_with("ada@acme.test", json!({"role": "owner", "roleTemplate": text(&made.json(), "id")})).await;
    ada.delete(&format!("{own}?clear=true")).await.is(403, "own_membership");
    // Another organization's is none.
    let other = app.organization("Other").owned_by("otto@other.test").await;
    other.owner().get(&format!("role-templates/{id}")).await.is(404, "not_found");
    other.owner().delete(&format!("role-templates/{id}")).await.is(404, "not_found");
});
