//! Stories about registered resources (ACC-6).

use axum::http::Method;
use serde_json::{Value, json};

use crate::story::Request;
use crate::story::console::{field, follows, opens, row, says, submits};

fn thing(access: Value) -> Value {
    json!({"name": "Rates", "category": "settings", "visibility": "restricted", "access": access})
}

story!(
    /// ACC-6: put creates, puts again and changes nothing, or replaces; found by type and id whatever signs are in it; listed
    /// newest first; taken out.
    a_resource_is_registered_changed_and_taken_out, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let team = alice.post("teams", json!({"name": "Sales"})).await.text_at("/id");
    let project = alice.post("projects", json!({"name": "Harbour"})).await.text_at("/id");
    let path = "resources/data_collection/EU%2FRates%20%C3%BC.2026";
    let open = json!({"name": "Rates", "category": "settings", "visibility": "organization", "type": "data_collection",
        "externalId": "EU/Rates ü.2026"});
    let made = alice.put(path, open.clone()).await.has_status(201).says("/version", 1).says("/access", json!([]));
    assert!(made.text_at("/id").starts_with("res_"));
    assert_eq!(made.headers["etag"], "\"1\"");
    alice.put(path, open).await.has_status(200).says("/version", 1);
    let access = json!([{"member": bob.id, "level": "view"}, {"team": team, "level": "edit"}, {"project": project, "level": "manage"},
        {"member": bob.id, "level": "edit"}, {"team": team, "level": "view"}]);
    // Of several rules for one subject the highest level counts.
    let merged = json!([{"team": team, "level": "edit"}, {"project": project, "level": "manage"}, {"member": bob.id, "level": "edit"}]);
    alice.put(path, thing(access.clone())).await.has_status(200).says("/version", 2).says("/access", merged.clone())
        .says("/visibility", "restricted");
    alice.put(path, thing(access)).await.has_status(200).says("/version", 2);
    let seen = alice.get(path).await.has_status(200).says("/externalId", "EU/Rates ü.2026").says("/access", merged.clone());
    assert_eq!(seen.headers["etag"], "\"2\"");
    app.waits(1_000_000);
    alice.put("resources/agent/a1", json!({"name": "Planner", "category": "settings", "visibility": "organization"})).await.has_status(201);
    let list = alice.get("resources?count=true").await.says("/total", 2).says("/data/1/access", merged);
    assert_eq!(list.column("/name"), ["Planner", "Rates"]);
    let next = alice.get("resources?limit=1").await.text_at("/nextCursor");
    assert_eq!(alice.get(&format!("resources?limit=1&cursor={next}")).await.column("/name"), ["Rates"]);
    alice.get(&format!("resources?limit=1&type=agent&cursor={next}")).await.is(400, "invalid_cursor");
    assert_eq!(alice.get("resources?type=agent&count=true").await.says("/total", 1).column("/externalId"), ["a1"]);
    assert_eq!(alice.get("resources?q=rates%20U").await.column("/name"), ["Rates"]);
    assert_eq!(alice.get("resources?type=agent&q=rates").await.says("/data", json!([])).status, 200);
    let stale = |method| Request::new(method, alice.path(path)).header("if-match", "\"1\"");
    alice.send(stale(Method::PUT).json(&thing(json!([])))).await.is(412, "stale_version");
    alice.send(stale(Method::DELETE)).await.is(412, "stale_version");
    alice.delete(path).await.has_status(204);
    alice.get(path).await.is(404, "not_found");
    alice.delete(path).await.is(404, "not_found");
    assert_eq!(acme.audit().await[2..], ["team.created", "project.created", "resource.created", "resource.updated", "resource.created",
        "resource.deleted"]);
    // The trail has the rules whole, before and after.
    let changes = alice.get("audit-events?action=resource.updated").await.at("/data/0/changes");
    assert_eq!(changes["visibility"], json!({"from": "organization", "to": "restricted"}));
    assert_eq!(changes["access"]["to"].as_array().map(Vec::len), Some(3), "{changes}");
    let gone = alice.get("audit-events?action=resource.deleted").await.at("/data/0/changes");
    assert_eq!(gone["access"]["from"][0], json!({"team": team, "level": "edit"}));
    app.leaves_any_mail();
});

story!(
    /// ACC-6: what is refused, and where.
    a_resource_is_refused_where_it_is_wrong, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let foreign = globex.owner().post("teams", json!({"name": "Sales"})).await.text_at("/id");
    let alice = acme.alice();
    let path = "resources/agent/a";
    let none = json!([]);
    alice.put("resources/Agent/a", thing(none.clone())).await.refuses("/type", "invalid_value");
    alice.put("resources/a:b/a", thing(none.clone())).await.refuses("/type", "invalid_value");
    alice.put(&format!("resources/agent/{}", "x".repeat(201)), thing(none.clone())).await.refuses("/externalId", "invalid_value");
    alice.put("resources/agent/a%00b", thing(none.clone())).await.refuses("/externalId", "invalid_value");
    alice.get("resources/agent/a%00b").await.is(404, "not_found");
    alice.delete("resources/agent/a%00b").await.is(404, "not_found");
    let mut wrong = thing(none.clone());
    wrong["category"] = json!("nonsense");
    alice.put(path, wrong).await.is(422, "unknown_reference").refuses("/category", "unknown_reference");
    for access in [json!([{"team": foreign, "level": "view"}]), json!([{"team": "x", "level": "view"}]),
        json!([{"team": globex.owner().id, "level": "view"}])] {
        alice.put(path, thing(access)).await.is(422, "unknown_reference").refuses("/access/0/team", "unknown_reference");
    }
    alice.put(path, thing(json!([{"member": globex.owner().id, "level": "view"}]))).await.is(422, "unknown_reference");
    alice.put(path, thing(json!([{"level": "view"}]))).await.refuses("/access/0", "invalid_value");
    let two = json!([{"member": alice.id, "team": foreign, "level": "view"}]);
    alice.put(path, thing(two)).await.refuses("/access/0", "invalid_value");
    alice.put(path, thing(json!([{"member": alice.id, "level": "own"}]))).await.refuses("/access/0/level", "invalid_value");
    alice.put(path, thing(json!([{"member": alice.id}]))).await.refuses("/access/0/level", "missing");
    let many: Vec<Value> = (0..1_001).map(|_| json!({"member": alice.id, "level": "view"})).collect();
    alice.put(path, thing(json!(many))).await.refuses("/access", "too_many");
    let mut wrong = thing(none.clone());
    wrong["externalId"] = json!("b");
    alice.put(path, wrong).await.refuses("/externalId", "invalid_value");
    let mut wrong = thing(none.clone());
    wrong["visibility"] = json!("public");
    alice.put(path, wrong).await.refuses("/visibility", "invalid_value");
    alice.put(path, json!({"category": "settings", "visibility": "organization"})).await.refuses("/name", "missing");
    alice.put(path, json!({"name": "A", "category": "settings", "visibility": "organization", "owner": alice.id})).await
        .is(400, "unknown_field");
    assert!(acme.audit().await.is_empty());
    // One that is wanted unchanged must be there.
    let only = Request::new(Method::PUT, alice.path(path)).header("if-match", "\"1\"").json(&thing(none));
    alice.send(only).await.is(412, "stale_version");
});

story!(
    /// ACC-3: what is new needs settings:create, what is there settings:edit, where the model has no category of resources.
    putting_needs_to_create_or_to_edit, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let may = |actions: Value| alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"settings": actions}}));
    may(json!(["create"])).await.has_status(200);
    bob.put("resources/agent/a", thing(json!([]))).await.has_status(201);
    bob.put("resources/agent/a", json!("no object")).await.is(403, "forbidden").shows("settings:edit");
    bob.get("resources").await.is(403, "forbidden").shows("settings:view");
    may(json!(["edit"])).await.has_status(200);
    let mut other = thing(json!([]));
    other["name"] = json!("Other");
    bob.put("resources/agent/a", other).await.has_status(200).says("/name", "Other");
    bob.put("resources/agent/b", thing(json!([]))).await.is(403, "forbidden").shows("settings:create");
    bob.delete("resources/agent/a").await.is(403, "forbidden").shows("settings:delete");
    assert_eq!(acme.refusals().await, ["access.refused", "access.refused", "access.refused"]);
    app.leaves_any_mail();
});

story!(
    /// ACC-6: a resource belongs to the organization: who is removed leaves the rules, and the resource stays.
    who_is_removed_leaves_the_rules, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let invitation = alice.invites("ina@acme.test").await;
    let ina = acme.member_id("ina@acme.test").await;
    let access = json!([{"member": bob.id, "level": "manage"}, {"member": ina, "level": "view"}]);
    alice.put("resources/agent/a", thing(access)).await.has_status(201);
    alice.delete(&format!("members/{}", bob.id)).await.has_status(204);
    alice.get("resources/agent/a").await.says("/access", json!([{"member": ina, "level": "view"}])).says("/version", 2);
    alice.revokes(&invitation).await.has_status(200);
    alice.get("resources/agent/a").await.says("/access", json!([])).says("/visibility", "restricted");
    app.leaves_any_mail();
});

story!(
    /// ACC-6, CON-3: the console lists what is registered, shows who reaches it, and changes that.
    who_sees_a_resource_is_changed_in_the_console, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let page = opens(&alice, "/resources").await.has_status(200);
    says(&page, &["Nothing is registered yet", "PUT /api/v1/organizations/acme/resources/agent/slot-planner"]);
    let team = alice.post("teams", json!({"name": "Sales"})).await.text_at("/id");
    let made = alice.put("resources/agent/a", thing(json!([{"team": team, "level": "edit"}]))).await.has_status(201);
    alice.put("resources/bot/b", json!({"name": "Bot", "category": "settings", "visibility": "organization"})).await.has_status(201);
    let page = opens(&alice, "/resources").await;
    assert_eq!(row(&page, "Rates"), "Rates agent Settings 1 team 15 Jan 2026");
    assert_eq!(row(&page, "Bot"), "Bot bot Settings Everybody here 15 Jan 2026");
    opens(&alice, "/resources?type=bot").await.hides("Rates").shows("Bot");
    says(&opens(&alice, "/resources?q=zzz").await, &["No resource found"]);
    let path = format!("/resources/{}", made.text_at("/id"));
    says(&opens(&alice, &path).await, &["Type agent", "Sales Team Edit", "Admin always."]);
    let edit = format!("{path}/visibility");
    let form = opens(&alice, &edit).await.has_status(200).shows(&format!("name=\"level.{team}\""));
    let version = field(&form, "version");
    let level = format!("level.{team}");
    let typed = |person: &'static str, version: &str| [("visibility", "restricted".to_owned()), (&*level, "view".to_owned()),
        ("person", person.to_owned()), ("personLevel", "manage".to_owned()), ("version", version.to_owned())]
        .map(|(name, value)| (name.to_owned(), value));
    let send = |typed: [(String, String); 5]| {
        let (alice, edit) = (alice.clone(), edit.clone());
        async move {
            let form: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            submits(&alice, &edit, &form).await
        }
    };
    let page = send(typed("carl@acme.test", &version)).await.has_status(422);
    says(&page, &["Not saved.", "Nobody here has this e-mail address."]);
    page.shows("value=\"carl@acme.test\"").shows("value=\"view\" selected");
    let done = send(typed("bob@acme.test", &version)).await;
    says(&follows(&alice, &done).await, &["Who sees Rates is saved.", "Sales Team View", "Bob Baker Person Manage"]);
    // Somebody was quicker.
    let page = send(typed("", &version)).await.has_status(412);
    says(&page, &["Not saved.", "Somebody changed it meanwhile."]);
    alice.get("resources/agent/a").await.says("/access", json!([{"team": team, "level": "view"}, {"member": bob.id, "level": "manage"}]));
    let events = opens(&alice, "/audit?action=resource.updated").await;
    says(&events, &["changed the resource Rates", "Sales (edit)", "Sales (view)"]);
    // Out.
    let ask = opens(&alice, &format!("{path}/delete")).await.has_status(200);
    says(&ask, &["Take Rates out?", "Visible to now: 1 team, 1 person.", "2 rules about it are lost."]);
    submits(&alice, &format!("{path}/delete"), &[("confirm", "rates")]).await.has_status(422);
    let done = submits(&alice, &format!("{path}/delete"), &[("confirm", "Rates"), ("version", &field(&ask, "version"))]).await;
    says(&follows(&alice, &done).await, &["Rates is taken out."]);
    opens(&alice, &path).await.has_status(404);
});

story!(
    /// ACC-10: who gains and who loses what is told before it is saved, by API and page, and stands in the trail; telling
    /// changes nothing, and names nobody to whoever may not see people.
    a_change_of_visibility_is_foretold, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let team = alice.post("teams", json!({"name": "Sales"})).await.text_at("/id");
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view", "edit"]}})).await.has_status(200);
    let open = json!({"name": "Planner", "category": "agents", "visibility": "organization"});
    alice.put("resources/agent/planner?dryRun=true", open.clone()).await.has_status(200).says("/effect/membersGaining", 0);
    alice.get("resources/agent/planner").await.is(404, "not_found");
    alice.put("resources/agent/planner", open.clone()).await.has_status(201);
    let narrow = |level: &str| json!({"name": "Planner", "category": "agents", "visibility": "restricted", "access": [{"team": team, "level": level}]});
    let told = alice.put("resources/agent/planner?dryRun=true", narrow("view")).await.has_status(200);
    assert_eq!(told.at("/effect"), json!({"gains": {}, "losses": {"agents:edit": 1, "agents:view": 1}, "membersGaining": 0, "membersLosing": 1}));
    assert_eq!(told.column_of("/members", "/name"), ["Bob Baker"]);
    alice.get("resources/agent/planner").await.says("/visibility", "organization").says("/version", 1);
    alice.patch(&format!("members/{}", bob.id), json!({"teams": [team]})).await.has_status(200);
    let id = alice.get("resources/agent/planner").await.text_at("/id");
    let path = format!("/resources/{id}/visibility");
    let level = format!("level.{team}");
    let form = [("visibility", "restricted"), (level.as_str(), "view"), ("version", "1")];
    let shown = submits(&alice, &path, &form).await.has_status(200);
    says(&shown, &["Not saved yet. This is what it does:", "1 user loses Agents: Edit. It concerns Bob Baker.", "Save all the same"]);
    alice.get("resources/agent/planner").await.says("/version", 1);
    let mut sure = form.to_vec();
    sure.push(("step", "save"));
    submits(&alice, &path, &sure).await.has_status(303);
    alice.get("resources/agent/planner").await.says("/visibility", "restricted").says("/version", 2);
    let changes = alice.get("audit-events?action=resource.updated").await.at("/data/0/changes");
    assert_eq!(changes["effect"]["to"]["losses"], json!({"agents:edit": 1}), "{changes}");
    app.leaves_any_mail();
});
