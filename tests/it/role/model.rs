//! Changing an organization's own access model (AM-6).

use serde_json::{Value, json};

use crate::story::Organization;

async fn categories(acme: &Organization) -> Vec<Value> {
    acme.owner().get("access-model").await.has_status(200).at("/categories").as_array().unwrap().clone()
}

story!(
    /// AM-6, ACC-10: a new area is there for the top role to hand on; one that goes takes its permissions along, everywhere
    /// and for ever.
    an_area_comes_and_goes, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let mut with = categories(&acme).await;
    with.push(json!({"key": "billing", "label": "Billing", "actions": ["view", "manage"]}));
    let preview = alice.patch("access-model?dryRun=true", json!({"categories": with})).await.has_status(200);
    assert_eq!(preview.at("/effect/gains"), json!({"billing:view": 1, "billing:manage": 1}));
    assert_eq!(categories(&acme).await.len() + 1, with.len());
    alice.patch("access-model", json!({"categories": with})).await.has_status(200);
    alice.get("/session").await.says("/permissions/billing", json!(["view", "manage"]));
    let template = json!({"name": "Books", "permissions": {"billing": ["view"], "users": ["view"]}});
    let template = alice.post("role-templates", template).await.has_status(201).text_at("/id");
    alice.patch("roles/user", json!({"permissions": {"billing": ["view"]}})).await.has_status(200);
    let give = json!({"permissions": {"billing": ["manage"]}, "roleTemplate": template});
    alice.patch(&format!("members/{}", bob.id), give).await.has_status(200);
    bob.get("/session").await.says("/permissions/billing", json!(["view", "manage"]));

    let without: Vec<Value> = with.iter().filter(|c| c["key"] != "billing").cloned().collect();
    let preview = alice.patch("access-model?dryRun=true", json!({"categories": without})).await.has_status(200);
    assert_eq!(preview.at("/effect"), json!({"gains": {}, "losses": {"billing:view": 2, "billing:manage": 2},
        "membersGaining": 0, "membersLosing": 2}));
    assert_eq!(preview.at("/members").as_array().unwrap().len(), 2);
    alice.patch("access-model", json!({"categories": without})).await.has_status(200);
    bob.get("/session").await.says("/permissions", json!({"users": ["view"]}));
    let event = alice.get("audit-events?action=access_model.updated").await.at("/data/0/changes");
    assert_eq!(event["effect"]["to"]["membersLosing"], 2);
    // It comes back empty: only the top role gets it.
    alice.patch("access-model", json!({"categories": with})).await.has_status(200);
    bob.get("/session").await.says("/permissions", json!({"users": ["view"]}));
    alice.get("roles/user").await.says("/permissions", json!({}));
    alice.get(&format!("role-templates/{template}")).await.says("/permissions", json!({"users": ["view"]}));
    assert_eq!(acme.member("bob@acme.test").await.unwrap()["permissions"], json!({}));
});

story!(
    /// AM-6, ACC-4: only a top role changes the model; what does not fit together is told by field.
    only_the_top_changes_the_model, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"users": ["manage"]}})).await.has_status(200);
    bob.patch("access-model", json!({"nonsense": 1})).await.is(403, "outside_grant_rule");
    assert_eq!(acme.refusals().await, ["access_model.updated"]);
    let areas = categories(&acme).await;
    let without = |key: &str| areas.iter().filter(|c| c["key"] != key).cloned().collect::<Vec<_>>();
    alice.patch("access-model", json!({"categories": without("users")})).await.refuses("/categories", "invalid_value");
    alice.patch("access-model", json!({"categories": without("crm")})).await
        .refuses("/features/0/category", "invalid_value");
    let twice = [&areas[..], &areas[..1]].concat();
    alice.patch("access-model", json!({"categories": twice})).await.refuses("/categories/7/key", "invalid_value");
    let mut wrong = areas.clone();
    wrong[0]["colour"] = json!("red");
    alice.patch("access-model", json!({"categories": wrong})).await.is(400, "unknown_field");
    alice.patch("access-model", json!({"preset": "x"})).await.is(400, "unknown_field");
    alice.patch("access-model", json!({"labels": {"words": {"planet": "x"}}})).await.is(400, "unknown_field");
    alice.patch("access-model", json!({"labels": {"words": {"member": ""}}})).await.refuses("/labels/words/member", "invalid_value");
    // Nobody could change roles any more: a feature that is off would close the users.
    let features = json!([{"key": "crm", "label": "CRM access", "category": "users"}]);
    alice.patch("access-model", json!({"features": features})).await.is(409, "no_role_manager");
    let labels = json!({"labels": {"words": {"member": "colleague", "members": "colleagues"}}});
    let answer = alice.patch("access-model", labels).await.has_status(200).says("/labels/words/member", "colleague");
    let stale = crate::story::Request::new(axum::http::Method::PATCH, alice.path("access-model")).header("if-match", "\"1\"");
    alice.send(stale.json(&json!({"singleRole": false}))).await.is(412, "stale_version");
    assert!(answer.at("/labels/verbs/remove") == "Delete user");
    alice.patch("access-model", json!({"labels": {"words": {"member": null}}})).await.says("/labels/words/member", "user");
});

story!(
    /// AM-1, AM-5: several roles become one only while nobody holds several; the actions of an area grow and shrink.
    one_role_or_several, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins_with("bob@acme.test", json!({"roles": ["auditor", "member"]})).await;
    alice.patch("access-model", json!({"singleRole": true})).await.is(409, "several_roles_held");
    alice.patch(&format!("members/{}", bob.id), json!({"roles": ["member"]})).await.has_status(200);
    alice.patch("access-model", json!({"singleRole": true})).await.has_status(200).says("/singleRole", true);
    let refused = alice.patch(&format!("members/{}", bob.id), json!({"roles": ["auditor", "member"]})).await;
    assert_eq!(refused.status, 422, "{refused}");
    let mut areas = categories(&acme).await;
    areas[0]["actions"] = json!(["view", "create", "edit", "delete", "manage", "approve"]);
    alice.patch("access-model", json!({"categories": areas})).await.has_status(200);
    let key = areas[0]["key"].as_str().unwrap();
    let session = alice.get("/session").await.at("/permissions");
    assert!(session[key].as_array().unwrap().contains(&json!("approve")), "{session}");
});
