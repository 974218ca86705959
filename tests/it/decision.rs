//! Stories about decisions: may somebody do something, why, who may, and what would change it (ACC-6 to ACC-9, ACC-12).

mod remembered;

use axum::http::Method;
use serde_json::{Value, json};

use crate::story::console::{opens, says};
use crate::story::{Organization, Person, Request};

/// `POST /access/v1/…` by somebody.
async fn asks(person: &Person, face: &str, body: Value) -> crate::story::Answer {
    person.send(Request::new(Method::POST, format!("/access/v1/{face}")).json(&body)).await
}

fn question(acme: &Organization, member: &str, action: &str, (kind, id): (&str, &str)) -> Value {
    json!({
        "subject": {"type": "member", "id": member},
        "action": {"name": action},
        "resource": {"type": kind, "id": id},
        "context": {"organization": acme.slug}
    })
}

/// Twice, because the second answer may rest on what the first one had to read.
async fn decides(asker: &Person, question: Value) -> bool {
    let first = asks(asker, "evaluation", question.clone()).await.has_status(200).at("/decision") == true;
    let again = asks(asker, "evaluation", question).await.has_status(200).at("/decision") == true;
    assert_eq!(first, again);
    first
}

/// The outcomes of an explanation, in order.
fn outcomes(explained: &crate::story::Answer) -> Vec<String> {
    explained.column_of("/steps", "/outcome")
}

/// A house with a team Sales, a project Harbour, a restricted agent and somebody who may edit agents.
async fn house(app: &crate::story::Story) -> (Organization, Person, String, String) {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    let team = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let project = alice.post("projects", json!({"name": "Harbour"})).await.has_status(201).text_at("/id");
    let access = json!([{"team": team, "level": "view"}, {"project": project, "level": "edit"}]);
    let agent =
        json!({"name": "Planner", "category": "agents", "visibility": "restricted", "access": access});
    alice.put("resources/agent/planner", agent).await.has_status(201);
    let open = json!({"name": "Greeter", "category": "agents", "visibility": "organization"});
    alice.put("resources/agent/greeter", open).await.has_status(201);
    (acme, bob, team, project)
}

story!(
    /// ACC-6, ACC-7, ACC-12: permission and visibility decide together; the answer names the revision; the next request obeys.
    a_decision_needs_permission_and_visibility, app => {
    let (acme, bob, team, project) = house(&app).await;
    let alice = acme.alice();
    let planner = ("agent", "planner");
    let may = async |action: &str, on| decides(&alice, question(&acme, &bob.id, action, on)).await;
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": []}})).await.has_status(200);
    assert!(!may("delete", planner).await, "nobody gave it");
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view", "edit", "delete"]}})).await.has_status(200);
    assert!(may("edit", ("category", "agents")).await);
    assert!(may("delete", ("agent", "greeter")).await, "everybody sees it");
    assert!(!may("view", planner).await, "it is shared with others");
    alice.put(&format!("teams/{team}/members/{}", bob.id), json!({})).await.has_status(204);
    assert!(may("view", planner).await);
    assert!(!may("edit", planner).await, "the team may look");
    alice.put(&format!("projects/{project}/members/{}", bob.id), json!({})).await.has_status(204);
    assert!(may("edit", planner).await);
    assert!(!may("delete", planner).await, "edit is not manage");
    assert!(may("delete", ("category", "agents")).await);
    assert!(decides(&alice, question(&acme, &alice.id, "delete", planner)).await, "a top role sees all");
    for (kind, id) in [("agent", "nothing"), ("robot", "planner"), ("category", "nonsense"), ("", ""), ("agent", "a\0b")] {
        assert!(!may("view", (kind, id)).await, "{kind} {id}");
    }
    let revision = acme.revision().await;
    let answer = asks(&alice, "evaluation", question(&acme, &bob.id, "edit", planner)).await;
    assert_eq!(answer.json(), json!({"decision": true, "context": {"revision": revision}}));
    alice.post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    assert!(!may("edit", planner).await);
    let answer = asks(&alice, "evaluation", question(&acme, &bob.id, "edit", planner)).await;
    assert_eq!(answer.json(), json!({"decision": false, "context": {"revision": revision + 1}}));
    app.leaves_any_mail();
});

story!(
    /// ACC-7: by account or member; the organization by id, slug or the session's; properties and unknown fields count for nothing.
    questions_are_asked_in_the_words_of_the_standard, app => {
    let (acme, bob, ..) = house(&app).await;
    let alice = acme.alice();
    let base = || question(&acme, &alice.id, "view", ("agent", "planner"));
    let account = alice.get(&format!("members/{}", alice.id)).await.text_at("/accountId");
    let with = |pointer: &str, value: Value| { let mut body = base(); *body.pointer_mut(pointer).unwrap() = value; body };
    assert!(decides(&alice, with("/subject", json!({"type": "account", "id": account, "properties": {"a": 1}}))).await);
    assert!(decides(&alice, with("/context", json!({"organization": acme.id, "ip": "192.0.2.1"}))).await);
    assert!(decides(&alice, with("/context", json!({}))).await, "the session's organization");
    for subject in [json!({"type": "user", "id": alice.id}), json!({"type": "account", "id": alice.id}),
        json!({"type": "member", "id": "nobody"}), json!({"type": "member", "id": "mem_01h455vb4pex5vsknk084sn02q"})] {
        assert!(!decides(&alice, with("/subject", subject)).await);
    }
    for (pointer, value) in [("/subject", json!({"id": "a"})), ("/subject", Value::Null), ("/action", json!("view")),
        ("/resource", json!([])), ("/context", json!(7)), ("/action/name", json!(7))] {
        assert_eq!(asks(&alice, "evaluation", with(pointer, value.clone())).await.status, 400, "{pointer} {value}");
    }
    for text in ["", "{", "[]", "\"a\"", "null"] {
        let request = Request::new(Method::POST, "/access/v1/evaluation").body("application/json", text);
        assert_eq!(alice.send(request).await.status, 400, "{text}");
        let request = Request::new(Method::POST, "/access/v1/evaluation").body("application/json", text);
        app.visitor().send(request).await.is(401, "unauthenticated");
    }
    let echoed = Request::new(Method::POST, "/access/v1/evaluation").header("x-request-id", "abc-1").json(&base());
    assert_eq!(alice.send(echoed).await.headers["x-request-id"], "abc-1");
    let found = app.visitor().send(Request::new(Method::GET, "/.well-known/authzen-configuration")).await.has_status(200);
    let base = found.text_at("/policy_decision_point");
    assert_eq!(found.text_at("/access_evaluation_endpoint"), format!("{base}/access/v1/evaluation"));
    assert_eq!(found.text_at("/search_action_endpoint"), format!("{base}/access/v1/search/action"));
    // Everybody about themselves; about others only who may view users.
    assert_eq!(asks(&bob, "evaluation", question(&acme, &bob.id, "view", ("agent", "greeter"))).await.status, 200);
    asks(&bob, "evaluation", question(&acme, &alice.id, "view", ("agent", "greeter"))).await.is(403, "forbidden");
    let unknown = question(&acme, "mem_01h455vb4pex5vsknk084sn02q", "view", ("agent", "greeter"));
    asks(&bob, "evaluation", unknown).await.is(403, "forbidden");
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    asks(&globex.owner(), "evaluation", question(&acme, &alice.id, "view", ("agent", "greeter"))).await.is(404, "not_found");
    assert!(!decides(&globex.owner(), question(&globex, &alice.id, "view", ("agent", "greeter"))).await);
    asks(&app.visitor(), "evaluation", json!({})).await.is(401, "unauthenticated");
    app.leaves_any_mail();
});

story!(
    /// ACC-7: many at once, with what is common above; each answered on its own, in order; semantics that stop early.
    many_questions_are_answered_in_order, app => {
    let (acme, bob, ..) = house(&app).await;
    let alice = acme.alice();
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view"]}})).await.has_status(200);
    let on = |id: &str| json!({"resource": {"type": "agent", "id": id}});
    let mut batch = json!({
        "subject": {"type": "member", "id": bob.id},
        "action": {"name": "view"},
        "context": {"organization": acme.slug},
        "evaluations": [on("greeter"), on("planner"), on("nothing"), {"resource": {"type": "category", "id": "agents"}},
            {"resource": {"type": "agent", "id": "planner"}, "subject": {"type": "member", "id": alice.id}}, {}, {"resource": 7},
            {"resource": {"type": "agent", "id": "greeter"}, "context": {"organization": "elsewhere"}}]
    });
    let answer = asks(&alice, "evaluations", batch.clone()).await.has_status(200);
    let decisions: Vec<Value> = (0..8).map(|at| answer.at(&format!("/evaluations/{at}/decision"))).collect();
    assert_eq!(json!(decisions), json!([true, false, false, true, true, false, false, false]));
    assert_eq!(answer.at("/evaluations/0/context/revision"), json!(acme.revision().await));
    assert_eq!(answer.at("/evaluations/5/context/error/status"), 400);
    assert_eq!(answer.at("/evaluations/6/context/error/status"), 400);
    assert_eq!(answer.at("/evaluations/7/context/error/status"), 404);
    for (semantic, count) in [("execute_all", 8), ("deny_on_first_deny", 2), ("permit_on_first_permit", 1)] {
        batch["options"] = json!({"evaluations_semantic": semantic});
        let answer = asks(&alice, "evaluations", batch.clone()).await.has_status(200);
        assert_eq!(answer.at("/evaluations").as_array().map(Vec::len), Some(count), "{semantic}");
    }
    batch["options"] = json!({"evaluations_semantic": "any"});
    asks(&alice, "evaluations", batch.clone()).await.has_status(400);
    // Without questions it is one question.
    let one = asks(&alice, "evaluations", question(&acme, &bob.id, "view", ("agent", "greeter"))).await;
    assert_eq!(one.at("/decision"), true);
    let about_others = asks(&bob, "evaluations", json!({"context": {"organization": acme.slug}, "action": {"name": "view"},
        "resource": {"type": "agent", "id": "greeter"},
        "evaluations": [{"subject": {"type": "member", "id": alice.id}}, {"subject": {"type": "member", "id": bob.id}}]})).await;
    assert_eq!(about_others.at("/evaluations/0/context/error/status"), 403);
    assert_eq!(about_others.at("/evaluations/1/decision"), true);
    app.leaves_any_mail();
});

story!(
    /// ACC-8: the chain in order, each step once, and remedies that name what to change and who may.
    why_somebody_can_not, app => {
    let (acme, bob, team, project) = house(&app).await;
    let alice = acme.alice();
    let why = async |action: &str, resource: &str| {
        alice.get(&format!("access/explain?member={}&action={action}&resource={resource}", bob.id)).await.has_status(200)
    };
    let explained = why("delete", "agent:planner").await;
    assert_eq!(explained.column_of("/steps", "/step"),
        ["status", "role", "template", "direct", "feature", "team", "project", "visibility"]);
    assert_eq!(explained.at("/decision"), false);
    assert_eq!(outcomes(&explained),
        ["pass", "fail", "fail", "fail", "not_needed", "not_needed", "not_needed", "fail"]);
    assert_eq!(explained.text_at("/remedies/0/change"),
        "Give Bob Baker agents:delete directly, and share Planner with Bob Baker by name, level manage.");
    assert_eq!(explained.text_at("/remedies/0/by"), "Somebody with the role Owner or Administrator.");
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view", "edit"]}})).await.has_status(200);
    let explained = why("edit", "agent:planner").await;
    assert_eq!(outcomes(&explained),
        ["pass", "not_needed", "not_needed", "pass", "not_needed", "not_needed", "fail", "fail"]);
    assert_eq!(explained.text_at("/remedies/0/change"), "Add Bob Baker to the project Harbour.");
    assert_eq!(outcomes(&why("view", "agent:planner").await)[5..], ["fail", "fail", "fail"]);
    alice.put(&format!("projects/{project}/members/{}", bob.id), json!({})).await.has_status(204);
    let explained = why("edit", "agent:planner").await;
    assert_eq!(outcomes(&explained),
        ["pass", "not_needed", "not_needed", "pass", "not_needed", "not_needed", "pass", "pass"]);
    assert_eq!((explained.at("/decision"), explained.at("/remedies")), (json!(true), json!([])));
    alice.put(&format!("teams/{team}/members/{}", bob.id), json!({})).await.has_status(204);
    assert_eq!(outcomes(&why("view", "agent:planner").await)[5..], ["pass", "not_needed", "pass"]);
    assert_eq!(outcomes(&why("view", "category:agents").await)[5..], ["not_needed", "not_needed", "not_needed"]);
    assert_eq!(outcomes(&why("view", "agent:nothing").await)[7..], ["fail"]);
    assert_eq!(why("view", "agent:nothing").await.at("/remedies"), json!([]));
    // The chain in an AuthZEN answer is the same.
    let mut asked = question(&acme, &bob.id, "edit", ("agent", "planner"));
    asked["context"]["explain"] = json!(true);
    assert_eq!(asks(&alice, "evaluation", asked).await.at("/context/steps"), explained.at("/steps"));
    // One's own chain is everybody's; it names nothing of others, and nobody else's is told.
    let own = bob.get("access/explain?action=delete&resource=agent:planner").await.has_status(200);
    assert_eq!((own.at("/decision"), own.at("/remedies")), (json!(false), json!([])));
    assert!(own.text().contains("You are active.") && !own.text().contains("alice"), "{}", own.text());
    bob.get(&format!("access/explain?member={}&action=view&resource=agent:planner", alice.id)).await.is(403, "forbidden");
    for query in ["action=view", "resource=agent:a", "action=view&resource=agent", "action=view&resource=:a"] {
        alice.get(&format!("access/explain?{query}")).await.is(400, "invalid_parameter");
    }
    alice.get("access/explain?member=nobody&action=view&resource=agent:planner").await.is(404, "not_found");
    app.leaves_any_mail();
});

story!(
    /// ACC-8, AM-2: a feature that is off is a step of its own, and switching it on a remedy.
    a_feature_stands_in_the_chain, app => {
    let acme = app.organization("Acme").preset("admin-user").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"crm": ["view"]}})).await.has_status(200);
    let path = format!("access/explain?member={}&action=view&resource=category:crm", bob.id);
    let explained = alice.get(&path).await;
    assert_eq!(outcomes(&explained)[4], "fail");
    assert_eq!(explained.at("/remedies"), json!([
        {"change": "Switch CRM access on for Bob Baker.", "by": "Somebody with the role Admin."}]));
    alice.patch(&format!("members/{}", bob.id), json!({"crmAccess": true})).await.has_status(200);
    assert_eq!(outcomes(&alice.get(&path).await.says("/decision", true))[4], "pass");
    app.leaves_any_mail();
});

story!(
    /// ACC-9, ACC-7: who can, by name and page; and the searches of the standard agree.
    who_can_and_what_can_somebody_do, app => {
    let (acme, bob, team, _) = house(&app).await;
    let alice = acme.alice();
    acme.joins("carl@acme.test", "administrator").await;
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view"]}, "teams": [team]})).await.has_status(200);
    let who = alice.get("access/who?action=view&resource=agent:planner").await.has_status(200);
    assert_eq!(who.column("/member/id"), [alice.id.clone(), bob.id.clone()]);
    assert_eq!(who.at("/data/0/sources"), json!(["role:owner"]));
    let all = alice.get("access/who?action=view&resource=agent:greeter").await.column("/member/email");
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = alice.get(&format!("access/who?action=view&resource=agent:greeter&limit=1&cursor={cursor}")).await.has_status(200);
        paged.extend(page.column("/member/email"));
        match page.at("/nextCursor").as_str() { Some(next) => cursor = next.to_owned(), None => break }
    }
    assert_eq!((all.len(), &paged), (3, &all));
    alice.get(&format!("access/who?action=edit&resource=agent:greeter&cursor={cursor}")).await.is(400, "invalid_cursor");
    bob.get("access/who?action=view&resource=agent:greeter").await.is(403, "forbidden");
    let context = json!({"organization": acme.slug});
    let found = asks(&alice, "search/subject", json!({"subject": {"type": "member"}, "action": {"name": "view"},
        "resource": {"type": "agent", "id": "planner"}, "context": context})).await.has_status(200);
    assert_eq!(found.column_of("/results", "/id"), who.column("/member/id"));
    assert_eq!(found.at("/page/next_token"), "");
    let which = json!({"subject": {"type": "member", "id": bob.id}, "action": {"name": "view"}, "resource": {"type": "agent"},
        "context": context, "page": {"limit": 1}});
    let first = asks(&bob, "search/resource", which.clone()).await.has_status(200);
    assert_eq!(first.at("/results"), json!([{"type": "agent", "id": "greeter"}]));
    let mut next = which;
    next["page"]["token"] = first.at("/page/next_token");
    assert_eq!(asks(&bob, "search/resource", next).await.column_of("/results", "/id"), ["planner"]);
    let can = asks(&alice, "search/action", json!({"subject": {"type": "member", "id": bob.id},
        "resource": {"type": "agent", "id": "planner"}, "context": context})).await;
    assert_eq!(can.at("/results"), json!([{"name": "view"}]));
    asks(&bob, "search/action", json!({"subject": {"type": "member", "id": alice.id},
        "resource": {"type": "agent", "id": "planner"}, "context": context})).await.is(403, "forbidden");
    asks(&bob, "search/subject", json!({"subject": {"type": "member"}, "action": {"name": "view"},
        "resource": {"type": "agent", "id": "planner"}, "context": context})).await.is(403, "forbidden");
    app.leaves_any_mail();
});

story!(
    /// ACC-8, ACC-9: the page answers in the three questions of a person; names people who fit; shows who can.
    the_access_check_answers_on_a_page, app => {
    let (acme, bob, team, _) = house(&app).await;
    let alice = acme.alice();
    says(&opens(&alice, "/access").await.has_status(200), &["Nothing is asked yet", "Planner (agent)", "Agents (everything)"]);
    let page = opens(&alice, "/access?who=bob%40ACME.test&action=edit&resource=agent%3Aplanner").await.has_status(200);
    says(&page, &["No. Bob Baker can’t edit Planner.", "Two links are missing", "1. Is the account allowed in?",
        "2. May they do it?", "No, nothing gives it", "3. Can they reach this resource?",
        "Give Bob Baker agents:edit directly, and add Bob Baker to the project Harbour.",
        "Somebody with the role Owner or Administrator."]);
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"agents": ["view"]}, "teams": [team]})).await.has_status(200);
    let path = format!("/access?who={}&action=view&resource=agent%3Aplanner", bob.id);
    says(&opens(&alice, &path).await.has_status(200), &["Yes. Bob Baker can view Planner.", "Every link of the chain holds.",
        "It is shared with the team Sales."]);
    says(&opens(&alice, "/access?who=nobody&action=view&resource=agent%3Aplanner").await, &["Nobody here fits “nobody”."]);
    acme.joins("bobby@acme.test", "user").await;
    says(&opens(&alice, "/access?who=Bob&action=view&resource=agent%3Aplanner").await, &["Several people fit what you typed."]);
    says(&opens(&alice, "/access?who=Bob%00&action=&resource=nonsense").await.has_status(200), &["Nobody here fits"]);
    says(&opens(&alice, &format!("/access?who={}&action=view&resource=agent%3Anothing", bob.id)).await,
        &["Nothing of this type and id is registered here.", "Nothing here goes by this name."]);
    let who = opens(&alice, "/access/who?action=view&resource=agent%3Aplanner").await.has_status(200);
    says(&who, &["Who can view Planner (agent)?", "role Owner", "given directly"]);
    says(&opens(&alice, "/access/who?action=fly&resource=agent%3Aplanner").await, &["No area here knows this action."]);
    says(&opens(&alice, "/access/who?action=edit&resource=planner").await, &["Nothing here goes by this name."]);
    says(&opens(&alice, "/access/who?action=delete&resource=category%3Aaudit").await, &["Who can delete Audit log?"]);
    let unnamed = opens(&alice, "/access?who=&action=view&resource=zzz").await.has_status(200);
    says(&unnamed, &["Nothing here goes by this name. Choose an area or a resource."]);
    let unnamed = opens(&alice, "/access?who=&action=view&resource=category%3Aagents").await.has_status(200);
    says(&unnamed, &["Name the person you ask about."]);
    // From the user, from the resource.
    says(&opens(&alice, &format!("/users/{}", bob.id)).await, &["Check access"]);
    let id = alice.get("resources/agent/planner").await.text_at("/id");
    says(&opens(&alice, &format!("/resources/{id}")).await, &["Who can?"]);
    app.leaves_any_mail();
});

story!(
    /// ACC-8: from a forbidden page to the own chain, without a name of anybody else or of what others have.
    why_can_i_not_see_this, app => {
    let (acme, bob, ..) = house(&app).await;
    let refused = opens(&bob, "/users").await.has_status(403);
    says(&refused, &["Why can’t I?"]);
    refused.shows("/access?action=view&#38;resource=category%3Ausers");
    let own = opens(&bob, "/access?action=view&resource=category%3Ausers").await.has_status(200);
    says(&own, &["No. You can’t view Users.", "You are active.", "The role User does not give users:view.",
        "Ask whoever manages users here"]);
    // Whoever is named in an address of his: he reads about himself.
    let other = opens(&bob, &format!("/access?who={}&action=view&resource=agent%3Aplanner", acme.alice().id)).await;
    says(&other.has_status(200), &["You can’t view agent:planner", "None of your teams reaches it."]);
    for page in [&own, &opens(&bob, "/access?action=view&resource=agent%3Aplanner").await] {
        let text = crate::story::console::read(page);
        for secret in ["Alice", "alice@acme.test", "Sales", "Harbour", "Planner"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    opens(&bob, "/access/who?action=view&resource=agent%3Aplanner").await.has_status(403);
    app.leaves_any_mail();
});

story!(
    /// ACC-2: what is changed through one process (a template, a role, a team, a visibility) acts in the other at the very next
    /// request, in decisions and on pages, with no new sign-in.
    what_one_process_changes_the_other_decides_by, app => {
    let (acme, bob, team, _) = house(&app).await;
    let (alice, there) = (acme.alice(), app.second_process().await);
    let (alice_there, bob_there) = (alice.at(&there), bob.at(&there));
    let template = json!({"name": "Support", "permissions": {"users": ["view"]}});
    let template = alice.post("role-templates", template).await.has_status(201).text_at("/id");
    let (template, member) = (format!("role-templates/{template}"), format!("members/{}", bob.id));
    alice.patch("roles/user", json!({"permissions": {"agents": null, "users": null}})).await.has_status(200);
    let given = json!({"roleTemplate": template.trim_start_matches("role-templates/")});
    alice.patch(&member, given).await.has_status(200);
    let users = |action: &str| question(&acme, &bob.id, action, ("category", "users"));
    for (change, view, edit) in [
        (json!({"users": ["view"]}), true, false),
        (json!({"users": ["view", "edit"]}), true, true),
        (json!({"users": ["edit"]}), false, true),
        (json!({"users": null}), false, false),
        (json!({"users": ["manage"]}), true, true),
    ] {
        alice.patch(&template, json!({"permissions": change})).await.succeeds();
        for asker in [&alice_there, &bob_there] {
            assert_eq!((decides(asker, users("view")).await, decides(asker, users("edit")).await), (view, edit), "{change}");
        }
        let page = crate::story::console::opens(&bob_there, "/users").await;
        assert_eq!(page.status, if view { 200 } else { 403 }, "{change}{page}");
    }
    // The other way round, and with a role.
    alice_there.patch(&template, json!({"permissions": {"users": null}})).await.has_status(200);
    assert!(!decides(&bob, users("view")).await);
    for on in [true, false] {
        let set = if on { json!({"agents": ["view", "edit"], "users": ["view"]}) } else { json!({"agents": null, "users": null}) };
        alice.patch("roles/user", json!({"permissions": set})).await.has_status(200);
        assert_eq!(decides(&bob_there, question(&acme, &bob.id, "edit", ("category", "agents"))).await, on);
        let page = crate::story::console::opens(&bob_there, "/users").await;
        assert_eq!(page.status, if on { 200 } else { 403 }, "{page}");
    }
    alice.patch("roles/user", json!({"permissions": {"agents": ["manage"]}})).await.has_status(200);
    let planner = || question(&acme, &bob.id, "view", ("agent", "planner"));
    let place = format!("teams/{team}/members/{}", bob.id);
    for _ in 0..2 {
        assert!(!decides(&bob_there, planner()).await);
        alice.put(&place, json!({})).await.has_status(204);
        assert!(decides(&bob_there, planner()).await, "in the team");
        alice.delete(&place).await.has_status(204);
    }
    for (visibility, sees) in [("organization", true), ("restricted", false), ("organization", true)] {
        let agent = json!({"name": "Planner", "category": "agents", "visibility": visibility, "access": []});
        alice.put("resources/agent/planner", agent).await.has_status(200);
        let answer = asks(&bob_there, "evaluation", planner()).await.says("/decision", sees);
        assert_eq!(answer.at("/context/revision"), acme.revision().await, "both know the newest revision");
    }
    app.leaves_any_mail();
});

story!(
    /// ACC-3: who may ask about others is decided alike by one question, by many and by a search, and as at every door of
    /// Roster's own: `manage` of the area is enough, even where the area no longer lists `view`.
    every_face_lets_the_same_people_ask, app => {
    let (acme, bob, ..) = house(&app).await;
    let alice = acme.alice();
    let mut categories = alice.get("access-model").await.at("/categories");
    let users = categories.as_array_mut().unwrap().iter_mut().find(|c| c["key"] == "users").unwrap();
    users["actions"] = json!(["create", "edit", "delete", "manage"]);
    alice.patch("access-model", json!({"categories": categories})).await.has_status(200);
    alice.get("members").await.has_status(200);
    let one = || question(&acme, &bob.id, "view", ("agent", "greeter"));
    asks(&alice, "evaluation", one()).await.has_status(200);
    let many = asks(&alice, "evaluations", json!({"evaluations": [one()]})).await.has_status(200);
    assert!(many.at("/evaluations/0/context/revision").is_number(), "{many}");
    let who = json!({"subject": {"type": "member"}, "action": {"name": "view"}, "resource": {"type": "agent", "id": "greeter"},
        "context": {"organization": acme.slug}});
    asks(&alice, "search/subject", who).await.has_status(200);
    let mut other = one();
    other["subject"]["id"] = json!(alice.id);
    asks(&bob, "evaluation", other).await.is(403, "forbidden");
    app.leaves_any_mail();
});
