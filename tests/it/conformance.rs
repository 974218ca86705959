//! What each of the five products promises about access, told through the API as an integrator sees it: what other stories
//! tell already (words, grant rules, previews) does not stand here again.

use axum::http::Method;
use serde_json::{Value, json};

use crate::story::console::opens;
use crate::story::{Organization, Person, Request};

/// Whether a member may do this, as the decision API says, about a category or a resource.
async fn may(acme: &Organization, person: &Person, action: &str, (kind, id): (&str, &str)) -> bool {
    let body = json!({"subject": {"type": "member", "id": person.id}, "action": {"name": action},
        "resource": {"type": kind, "id": id}, "context": {"organization": acme.slug}});
    let request = Request::new(Method::POST, "/access/v1/evaluation").json(&body);
    acme.alice().send(request).await.has_status(200).at("/decision") == true
}

/// What of all that the model knows the person may do: `category:action`, those of one action only.
async fn categories(acme: &Organization, person: &Person, action: &str) -> Vec<String> {
    let permissions = person.get("/session").await.has_status(200).at("/permissions");
    let model = acme.alice().get("access-model").await.has_status(200).column_of("/categories", "/key");
    let has =
        |category: &String| permissions[category].as_array().is_some_and(|all| all.contains(&json!(action)));
    model.into_iter().filter(has).collect()
}

/// The step of the explanation that says no first.
async fn first_failure(
    acme: &Organization,
    person: &Person,
    action: &str,
    resource: &str,
) -> (String, Vec<Value>) {
    let path = format!("access/explain?member={}&action={action}&resource={resource}", person.id);
    let answer = acme.alice().get(&path).await.has_status(200).says("/decision", false);
    let steps = answer.at("/steps");
    let failed = steps.as_array().unwrap().iter().find(|step| step["outcome"] == "fail");
    let failed =
        failed.unwrap_or_else(|| panic!("nothing fails{answer}"))["step"].as_str().unwrap().to_owned();
    (failed, answer.at("/remedies").as_array().cloned().unwrap_or_default())
}

fn thing(category: &str, access: Value) -> Value {
    let visibility = if access == json!([]) { "organization" } else { "restricted" };
    json!({"name": "Thing", "category": category, "visibility": visibility, "access": access})
}

story!(
    /// S0: roles say what somebody can do, teams which shared things they reach; a search for the reason goes that way round.
    owner_administrator_user, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    // AM-1: three roles to choose from, User unless somebody says otherwise.
    assert_eq!(alice.get("roles").await.column("/key"), ["owner", "administrator", "user"]);
    let default = acme.joins_with("bob@acme.test", json!({})).await;
    assert_eq!(default.as_seen_by(&alice).await["roles"][0]["key"], "user");
    // AM-1, ACC-4: an Administrator makes no Owner; a User invites nobody.
    let adam = acme.joins("adam@acme.test", "administrator").await;
    adam.tries_to_invite("x@acme.test", json!({"role": "owner"})).await.is(403, "outside_grant_rule");
    adam.tries_to_invite("y@acme.test", json!({"role": "administrator"})).await.has_status(200);
    default.tries_to_invite("z@acme.test", json!({})).await.is(403, "forbidden");
    // ACC-6, TEAM-1: a shared thing of each of the three kinds is reached by the team, within what the role allows.
    let team = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    for (kind, category) in [("agent", "agents"), ("workflow", "workflows"), ("data_collection", "data_collections")] {
        let path = format!("resources/{kind}/one");
        alice.put(&path, thing(category, json!([{"team": team, "level": "view"}]))).await.has_status(201);
        let allowed = may(&acme, &default, "view", ("category", category)).await;
        assert!(allowed, "AM-1: a User works with {category}");
        assert!(!may(&acme, &default, "view", (kind, "one")).await, "outside the team");
    }
    // ACC-8: the reason is looked for in the role, then the team, then the thing's own rules.
    let (failed, remedies) = first_failure(&acme, &default, "view", "agent:one").await;
    assert_eq!(failed, "team");
    assert!(remedies.iter().any(|remedy| remedy["change"].as_str().unwrap().contains("Sales")), "{remedies:?}");
    let (failed, _) = first_failure(&acme, &default, "manage", "category:settings").await;
    assert_eq!(failed, "role", "an admin area is a matter of the role");
    alice.put(&format!("teams/{team}/members/{}", default.id), json!({})).await.has_status(204);
    for (kind, id) in [("agent", "one"), ("workflow", "one"), ("data_collection", "one")] {
        assert!(may(&acme, &default, "view", (kind, id)).await, "{kind}");
        assert!(!may(&acme, &default, "delete", (kind, id)).await, "the team may look: {kind}");
    }
    let elsewhere = alice.post("projects", json!({"name": "Other"})).await.has_status(201).text_at("/id");
    alice.put("resources/agent/one", thing("agents", json!([{"project": elsewhere, "level": "view"}]))).await.has_status(200);
    assert!(!may(&acme, &default, "view", ("agent", "one")).await, "the thing's own rules");
    // MEM-3: the page of a user shows their teams.
    opens(&alice, &format!("/users/{}", default.id)).await.has_status(200).shows("Sales");
});

story!(
    /// S1: Admins do everything; a User does what permissions and the template allow, and crm where it is switched on.
    admin_user, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("admin-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let all = ["conversations", "settings", "users", "analytics", "integrations", "experiments", "crm"];
    // AM-2: an Admin manages each area; a User by itself nothing.
    assert_eq!(categories(&acme, &alice, "manage").await, all);
    let bob = acme.joins_with("bob@acme.test", json!({})).await;
    assert!(categories(&acme, &bob, "view").await.is_empty());
    // ACC-3: who is no admin neither sees nor changes users, roles, permissions, unless they are allowed to.
    for path in ["members", "invitations", "roles", "role-templates", "seats", &format!("members/{}/effective-permissions", bob.id)] {
        let answer = bob.get(path).await;
        let text = answer.text();
        assert!(answer.status == 403 && !text.contains("alice"), "{answer}");
    }
    opens(&bob, "/users").await.has_status(403).hides("alice@acme.test");
    // ACC-1: the template adds to the role, direct permissions to both; each part can be taken away alone.
    let support = json!({"name": "Support", "permissions": {"conversations": ["view", "edit"], "crm": ["view"]}});
    let template = alice.post("role-templates", support).await.has_status(201).text_at("/id");
    let path = format!("members/{}", bob.id);
    let give = json!({"roleTemplate": template, "permissions": {"analytics": ["view", "export"], "conversations": ["view"]}});
    alice.patch(&path, give).await.has_status(200);
    assert_eq!(categories(&acme, &bob, "view").await, ["conversations", "analytics"]);
    let sources = alice.get(&format!("{path}/effective-permissions")).await.at("/permissions/conversations/0/sources");
    assert_eq!(sources, json!(["template:Support", "direct"]));
    assert!(may(&acme, &bob, "export", ("category", "analytics")).await, "AM-2: analytics has export");
    alice.patch(&path, json!({"roleTemplate": null})).await.has_status(200);
    assert_eq!(categories(&acme, &bob, "edit").await, Vec::<String>::new());
    assert_eq!(categories(&acme, &bob, "view").await, ["conversations", "analytics"], "what was ticked by hand stays");
    alice.patch(&path, json!({"roleTemplate": template})).await.has_status(200);
    // AM-2, ACC-8: crm off takes the crm area and nothing else; the reason is the switch.
    let (failed, _) = first_failure(&acme, &bob, "view", "category:crm").await;
    assert_eq!(failed, "feature");
    alice.patch(&path, json!({"crmAccess": true})).await.has_status(200);
    assert_eq!(categories(&acme, &bob, "view").await, ["conversations", "analytics", "crm"]);
    alice.patch(&path, json!({"crmAccess": false})).await.has_status(200);
    assert_eq!(categories(&acme, &bob, "view").await, ["conversations", "analytics"]);
    alice.patch(&format!("members/{}", alice.id), json!({"crmAccess": false})).await;
    assert_eq!(categories(&acme, &alice, "manage").await, all, "an Admin always has it");
    // ACC-1: whoever is suspended may do nothing; the record stays, with its permissions.
    alice.post(&format!("{path}/suspend"), json!({})).await.has_status(200).says("/permissions/analytics", json!(["view", "export"]));
    assert!(!may(&acme, &bob, "view", ("category", "analytics")).await);
    // AM-2: a User who is allowed to manages other Users, and no Admin.
    let uma = acme.joins("uma@acme.test", "user").await;
    alice.patch(&format!("members/{}", uma.id), json!({"permissions": {"users": ["view", "create", "edit"]}})).await.has_status(200);
    uma.tries_to_invite("new@acme.test", json!({"role": "user"})).await.has_status(200);
    uma.tries_to_invite("boss@acme.test", json!({"role": "admin"})).await.is(403, "outside_grant_rule");
});

story!(
    /// S2: each role does what those below do; what people build belongs to the workspace; roles are by workspace.
    ranked_workspace, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    // AM-3: five roles, highest first; each holds all that the next lower one holds.
    let keys = ["admin", "manager", "editor", "monitor", "agent_user"];
    assert_eq!(alice.get("roles").await.column("/key"), keys);
    let mut people = vec![alice.clone()];
    for key in &keys[1..] {
        people.push(acme.joins(&format!("{key}@acme.test"), key).await);
    }
    for action in ["view", "create", "edit", "delete", "manage"] {
        for (higher, lower) in people.iter().zip(&people[1..]) {
            let (above, below) = (categories(&acme, higher, action).await, categories(&acme, lower, action).await);
            assert!(below.iter().all(|category| above.contains(category)), "{action}: {above:?} {below:?}");
        }
    }
    let [_, manager, editor, monitor, agent] = &people[..] else { unreachable!() };
    // AM-3: who builds, who invites, who only looks, who only has the inbox.
    let built = ["automations", "models", "knowledges"];
    assert_eq!(categories(&acme, editor, "manage").await, built);
    assert_eq!(categories(&acme, manager, "manage").await, ["users", "automations", "models", "knowledges"]);
    assert_eq!(categories(&acme, monitor, "view").await.len(), 8, "all of it");
    assert_eq!(categories(&acme, monitor, "edit").await, ["inbox"]);
    assert_eq!(categories(&acme, agent, "view").await, ["inbox"]);
    for person in [editor, monitor, agent] {
        person.tries_to_invite("x@acme.test", json!({})).await.is(403, "forbidden");
    }
    assert!(may(&acme, editor, "view", ("category", "licensing")).await, "as a Monitor does");
    assert!(!may(&acme, editor, "edit", ("category", "licensing")).await);
    assert!(!may(&acme, manager, "manage", ("category", "licensing")).await);
    // ACC-2: another role counts at the next page; nobody signs in again.
    opens(agent, "/users").await.has_status(403);
    manager.patch(&format!("members/{}", agent.id), json!({"role": "monitor"})).await.has_status(200);
    opens(agent, "/users").await.has_status(200);
    // ACC-6, MEM-6: what somebody registered stays when they are removed.
    alice.put("resources/automation/mine", thing("automations", json!([{"member": editor.id, "level": "manage"}]))).await.has_status(201);
    assert!(may(&acme, editor, "delete", ("automation", "mine")).await);
    alice.delete(&format!("members/{}", editor.id)).await.has_status(204);
    alice.get("resources/automation/mine").await.has_status(200);
    // MEM-9: another role in another workspace.
    let other = app.organization("Other").preset("ranked-workspace").owned_by("olga@other.test").await;
    let there = other.welcomes(monitor, "manager").await;
    there.get("invitations").await.has_status(200);
    there.within(&acme.slug).tries_to_invite("y@acme.test", json!({})).await.is(403, "forbidden");
});

story!(
    /// S3: an Owner has all of it, an Admin users, data and settings, a Bot Manager the projects they are assigned to.
    owner_admin_manager, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-admin-manager").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    assert_eq!(alice.get("roles").await.column("/key"), ["owner", "admin", "bot_manager"]);
    // AM-4: full access.
    assert_eq!(categories(&acme, &alice, "manage").await, ["users", "projects", "bots", "data", "settings"]);
    for role in ["owner", "admin", "bot_manager"] {
        alice.tries_to_invite(&format!("{role}@acme.test"), json!({"role": role})).await.has_status(200);
    }
    // AM-4: an Admin manages users, data and settings, and neither makes nor touches Owners and Admins.
    let adam = acme.joins("adam@acme.test", "admin").await;
    for category in ["users", "data", "settings"] {
        assert!(may(&acme, &adam, "edit", ("category", category)).await, "{category}");
    }
    adam.tries_to_invite("x@acme.test", json!({"role": "owner"})).await.is(403, "outside_grant_rule");
    adam.tries_to_invite("x@acme.test", json!({"role": "admin"})).await.is(403, "outside_grant_rule");
    // TEAM-2, INV-1: projects are assigned with the invitation and bound what a Bot Manager reaches.
    let harbour = alice.post("projects", json!({"name": "Harbour"})).await.has_status(201).text_at("/id");
    let quay = alice.post("projects", json!({"name": "Quay"})).await.has_status(201).text_at("/id");
    for (bot, project) in [("one", &harbour), ("two", &quay)] {
        let bot = format!("resources/bot/{bot}");
        alice.put(&bot, thing("bots", json!([{"project": project, "level": "edit"}]))).await.has_status(201);
    }
    let mona = acme.joins_with("mona@acme.test", json!({"projects": [harbour]})).await;
    assert_eq!(mona.as_seen_by(&alice).await["roles"][0]["key"], "bot_manager", "the default");
    assert!(may(&acme, &mona, "view", ("bot", "one")).await);
    assert!(!may(&acme, &mona, "view", ("bot", "two")).await);
    let (failed, _) = first_failure(&acme, &mona, "view", "bot:two").await;
    assert_eq!(failed, "project");
    assert!(may(&acme, &alice, "manage", ("bot", "two")).await, "an Owner sees all");
    // AM-4: neither other users nor settings.
    for path in ["members", "invitations", "audit-events", "resources"] {
        let answer = mona.get(path).await;
        assert!(answer.status == 403, "{answer}");
    }
    mona.patch("", json!({"name": "Mine"})).await.is(403, "forbidden");
    // MEM-5: disabled and enabled again, at the very next request.
    let path = format!("members/{}", mona.id);
    adam.post(&format!("{path}/suspend"), json!({})).await.has_status(200);
    assert!(!may(&acme, &mona, "view", ("bot", "one")).await);
    adam.post(&format!("{path}/reactivate"), json!({})).await.has_status(200);
    assert!(may(&acme, &mona, "view", ("bot", "one")).await);
});

story!(
    /// S4: several roles together; records of sessions and attempts each with a right of their own.
    multi_role, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let mel = acme.joins_with("mel@acme.test", json!({})).await;
    assert_eq!(mel.as_seen_by(&alice).await["roles"][0]["key"], "member", "the default");
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    let audie = acme.joins("audie@acme.test", "auditor").await;
    // AM-5, ACC-3: which page needs which right, and who has it.
    for (path, who) in [
        ("members", [true, true, false]),
        ("invitations", [true, true, false]),
        ("sessions", [true, true, false]),
        ("login-attempts", [true, true, false]),
        ("audit-events", [false, true, false]),
    ] {
        for (person, sees) in [&uma, &audie, &mel].into_iter().zip(who) {
            let answer = person.get(path).await;
            assert_eq!(answer.status, if sees { 200 } else { 403 }, "{answer}");
        }
    }
    // AM-5, SES-6: the Auditor only looks.
    audie.tries_to_invite("x@acme.test", json!({})).await.is(403, "forbidden");
    audie.patch(&format!("members/{}", mel.id), json!({"firstName": "X"})).await.is(403, "forbidden");
    let session = alice.get(&format!("members/{}/sessions", mel.id)).await.column("/id").remove(0);
    audie.delete(&format!("sessions/{session}")).await.is(403, "forbidden");
    uma.delete(&format!("sessions/{session}")).await.has_status(204);
    mel.get("/session").await.has_status(401);
    // ACC-1, MEM-8: roles add up, and each is taken away alone; it acts with saving.
    mel.signs_in_again().await;
    let path = format!("members/{}", mel.id);
    for (roles, sees) in [
        (json!(["member", "auditor"]), [true, true]),
        (json!(["member", "user_manager", "auditor"]), [true, true]),
        (json!(["member", "user_manager"]), [true, false]),
        (json!(["member"]), [false, false]),
    ] {
        alice.patch(&path, json!({"roles": roles})).await.has_status(200);
        let seen = [mel.get("members").await.status == 200, mel.get("audit-events").await.status == 200];
        assert_eq!(seen, sees, "{roles}");
    }
    alice.patch(&path, json!({"roles": []})).await.has_status(422);
    // AM-5, AM-6: a role of one's own joins them, by its own permissions.
    let made = json!({"key": "desk", "label": "Desk", "permissions": {"login_attempts": ["view"]}});
    alice.post("roles", made).await.has_status(201);
    alice.patch(&path, json!({"roles": ["member", "desk"]})).await.has_status(200);
    mel.get("login-attempts").await.has_status(200);
    mel.get("members").await.is(403, "forbidden");
    // CON-3: whoever can't edit somebody hears who can help.
    opens(&mel, "/users").await.has_status(403).shows("Administrator");
});
