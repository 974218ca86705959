//! Making, naming, describing and listing teams and projects (TEAM-1, TEAM-2).

use serde_json::json;

use crate::story::Request;

story!(
    /// TEAM-1, TEAM-2: made, renamed, described and listed by name; each change is in the trail, what changed nothing is not.
    groups_are_made_and_renamed, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for (list, prefix) in [("teams", "team_"), ("projects", "proj_")] {
        let made = alice.post(list, json!({"name": " Zoo ", "description": "Keeps\r\nanimals"})).await.has_status(201);
        let made = made.says("/name", "Zoo").says("/description", "Keeps\nanimals").says("/memberCount", 0).says("/version", 1);
        assert_eq!(made.headers["etag"], "\"1\"");
        let id = made.text_at("/id");
        assert!(id.starts_with(prefix), "{id}");
        alice.post(list, json!({"name": "Apples"})).await.has_status(201).says("/description", "");
        alice.post(list, json!({"name": "éclairs"})).await.has_status(201);
        assert_eq!(alice.get(list).await.column("/name"), ["Apples", "éclairs", "Zoo"]);
        let first = alice.get(&format!("{list}?limit=2&count=true")).await.says("/total", 3);
        let next = first.text_at("/nextCursor");
        assert_eq!(alice.get(&format!("{list}?limit=2&cursor={next}")).await.says("/nextCursor", json!(null)).column("/name"), ["Zoo"]);
        alice.get(&format!("{list}?q=zoo&cursor={next}")).await.is(400, "invalid_cursor");
        assert_eq!(alice.get(&format!("{list}?q=ECL&count=true")).await.says("/total", 1).column("/name"), ["éclairs"]);

        let path = format!("{list}/{id}");
        alice.patch(&path, json!({"name": "ZOO"})).await.has_status(200).says("/name", "ZOO").says("/version", 2);
        alice.patch(&path, json!({"name": "ZOO"})).await.has_status(200).says("/version", 2);
        alice.patch(&path, json!({"description": null})).await.has_status(200).says("/description", "").says("/name", "ZOO");
        alice.patch(&path, json!({"name": "Eclairs"})).await.is(409, "name_taken");
        alice.patch(&path, json!({"name": null})).await.refuses("/name", "missing");
        alice.post(list, json!({"name": "aPPles"})).await.is(409, "name_taken");
        alice.post(list, json!({"name": " "})).await.refuses("/name", "missing");
        alice.post(list, json!({"name": "x".repeat(101)})).await.refuses("/name", "too_long");
        alice.post(list, json!({"name": "x", "description": "y".repeat(501)})).await.refuses("/description", "too_long");
        alice.post(list, json!({"name": "x", "members": []})).await.is(400, "unknown_field");
        let stale = Request::new(axum::http::Method::PATCH, alice.path(&path)).json(&json!({"name": "Ark"}));
        alice.send(stale.header("if-match", "\"1\"")).await.is(412, "stale_version");
        let stale = Request::new(axum::http::Method::DELETE, alice.path(&path)).header("if-match", "\"1\"");
        alice.send(stale).await.is(412, "stale_version");
        alice.get(&path).await.has_status(200).says("/name", "ZOO").says("/version", 3);
        alice.get(&format!("{list}/{id}x")).await.is(404, "not_found");
        alice.delete(&path).await.has_status(204);
        alice.get(&path).await.is(404, "not_found");
        alice.delete(&path).await.is(404, "not_found");
    }
    let kind = |noun: &str| ["created", "created", "created", "updated", "updated", "deleted"].map(|verb| format!("{noun}.{verb}"));
    assert_eq!(acme.audit().await, [kind("team"), kind("project")].concat());
});

story!(
    /// ACC-3: teams are governed by a category of their own where the model has one, else by that of the users; who may see
    /// teams but no users is shown nobody.
    teams_have_permissions_of_their_own, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let team = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("teams/{team}");
    bob.get(&path).await.is(403, "forbidden").shows("teams:view");
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"teams": ["view", "edit"]}})).await.has_status(200);
    bob.get(&path).await.has_status(200);
    bob.get(&format!("{path}/members")).await.is(403, "forbidden").shows("users:view").hides("alice@acme.test");
    bob.patch(&path, json!({"name": "Trade"})).await.has_status(200);
    bob.delete(&path).await.is(403, "forbidden").shows("teams:delete");
    bob.post("teams", json!({"name": "More"})).await.is(403, "forbidden").shows("teams:create");
    assert_eq!(acme.refusals().await, ["access.refused", "access.refused"]);
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let hank = globex.joins("hank@globex.test", "user").await;
    hank.get("teams").await.is(403, "forbidden").shows("users:view");
    app.leaves_any_mail();
});

story!(
    /// TEAM-1: of two who take one name at the same time, one gets it.
    one_name_is_taken_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let make = || alice.post("teams", json!({"name": "Sales"}));
    let (one, other) = tokio::join!(make(), make());
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [201, 409]);
});
