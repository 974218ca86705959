//! Every route as visitor, stranger and plain member against a table that a reader can check (R22, R24); with ids of
//! another organization; and with every permission but the one that it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use onesql::{Query, params};
use roster::access_model::{KNOWN_ACTIONS, MANAGE};
use roster::http::{Face, Guard, Route};
use serde_json::{Map, Value, json};

use super::world::{World, call, is_forbidden, name};
use crate::story::{Organization, Person};

const EXPECTED: &str = include_str!("routes.txt");

fn table() -> BTreeMap<String, String> {
    let lines = EXPECTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[..2].join(" "), words[2..].join(" "))
        })
        .collect()
}

/// Routes, with those last that end what later calls need.
fn routes() -> Vec<Route> {
    let mut routes = roster::web::routes::all();
    routes.sort_by_key(|route| route.path.ends_with("/leave"));
    routes
}

async fn anew(person: &Person) -> Person {
    person.with_token(&person.signs_in().await.has_status(200).text_at("/token"))
}

story!(
    /// R22, R24: what a visitor, a stranger (the owner of another organization) and a plain member get.
    every_route_answers_as_the_table_says, app => {
    let world = World::begin(&app).await;
    let ids = world.ids(&world.acme).await;
    let expected = table();
    let mut wrong = String::new();
    let mut known = BTreeSet::new();
    for route in routes() {
        let mut got = Vec::new();
        got.push(call(&route, &app.visitor(), &ids).await.status.to_string());
        for person in [world.globex.owner(), world.bob.clone()] {
            got.push(call(&route, &anew(&person).await, &ids).await.status.to_string());
        }
        let (route, got) = (name(&route), got.join(" "));
        match expected.get(&route) {
            Some(says) if *says == got => {}
            Some(says) => writeln!(wrong, "{route} {got}   (the table says {says})").unwrap(),
            None => writeln!(wrong, "{route} {got}   (not in the table)").unwrap(),
        }
        known.insert(route);
    }
    for route in expected.keys().filter(|route| !known.contains(*route)) {
        writeln!(wrong, "{route} is in the table, but no longer served").unwrap();
    }
    assert!(wrong.is_empty(), "tests/it/sweeps/routes.txt (visitor, stranger, plain member):\n{wrong}");
});

/// What must not change when others knock.
async fn traces(of: &Organization) -> (i64, i64, Vec<String>) {
    const LETTERS: &str = "SELECT COUNT(*) FROM outbox WHERE organization_id = $1";
    const SESSIONS: &str =
        "SELECT id FROM sessions WHERE organization_id = $1 AND ended_at IS NULL ORDER BY id";
    let mut reader = of.app.app().db.reader();
    let letters: (i64,) = reader.one(LETTERS, params![of.id]).await.unwrap();
    let sessions: Vec<(uuid::Uuid,)> = reader.all(SESSIONS, params![of.id]).await.unwrap();
    (of.revision().await, letters.0, sessions.iter().map(|(id,)| id.to_string()).collect())
}

story!(
    /// R22, A7: an administrator who puts another organization's ids into their own paths finds nothing, and changes nothing.
    foreign_ids_are_not_found, app => {
    let world = World::begin(&app).await;
    let mut ids = world.ids(&world.globex).await;
    ids.insert("organizations", world.acme.slug.clone());
    let before = traces(&world.globex).await;
    let mut wrong = String::new();
    for route in routes() {
        let page = route.face == Face::Page && route.path.contains("/{id}");
        let scoped = route.path.starts_with("/api/v1/organizations/{org}/") || route.path.contains("/account/sessions/");
        if !page && !scoped || route.path.matches('{').count() < if route.path.contains("{org}") { 2 } else { 1 } {
            continue;
        }
        // What the product calls a thing says nothing of other organizations: putting it registers it here.
        if route.method == axum::http::Method::PUT && route.path.contains("/resources/") {
            continue;
        }
        let answer = call(&route, &world.acme.alice(), &ids).await;
        let found = match route.face {
            Face::Api => (answer.status, answer.code().as_str()) != (404, "not_found"),
            Face::Page => answer.status != 404,
        };
        if found {
            writeln!(wrong, "{}: {} {}", name(&route), answer.status, answer.text()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(traces(&world.globex).await, before);
});

/// Every permission of a model except one, and `manage` of its category only where that is the one that is left.
fn all_but(model: &Value, category: &str, action: &str) -> Value {
    let mut permissions = Map::new();
    for row in model["categories"].as_array().unwrap() {
        let key = row["key"].as_str().unwrap();
        if key == category {
            let known = row["actions"].as_array().unwrap().iter().filter_map(Value::as_str);
            let rest: Vec<&str> = known.filter(|a| *a != action && *a != MANAGE).collect();
            permissions.insert(key.to_owned(), json!(rest));
        } else {
            permissions.insert(key.to_owned(), json!([MANAGE]));
        }
    }
    Value::Object(permissions)
}

story!(
    /// R24, ACC-3: who holds every permission but one is forbidden exactly the routes that need it.
    one_missing_permission_closes_exactly_its_routes, app => {
    let world = World::begin(&app).await;
    let alice = world.acme.alice();
    let model = alice.get("access-model").await.has_status(200).json();
    let preset = app.app().presets.find("admin-user").unwrap();
    let needed = |route: &Route| match route.guard {
        Guard::Needs(needs) | Guard::NeedsOrOperator(needs) => Some(needs.named(&preset.model)),
        _ => None,
    };
    let guarded: Vec<Route> = routes().into_iter().filter(|route| needed(route).is_some()).collect();
    let mut missing: Vec<(String, String)> =
        guarded.iter().filter_map(needed).map(|p| (p.category.to_string(), p.action.to_string())).collect();
    missing.extend(KNOWN_ACTIONS.iter().map(|action| ("conversations".to_owned(), (*action).to_owned())));
    missing.sort();
    missing.dedup();
    let path = format!("members/{}", world.bob.id);
    let mut wrong = String::new();
    for (category, action) in missing {
        let permissions = all_but(&model, &category, &action);
        let mut patch = json!({"permissions": permissions});
        patch["featureAccess"] = json!({"crm": true});
        alice.patch(&path, patch).await.has_status(200);
        let ids = world.ids(&world.acme).await;
        for route in &guarded {
            let permission = needed(route).unwrap();
            // `manage` includes the rest: whoever lacks any of them has none that only it gives.
            let lacks = permission.action.as_str() == action || permission.action.as_str() == MANAGE;
            let closed = permission.category.as_str() == category && lacks;
            let answer = call(route, &world.bob, &ids).await;
            let forbidden = is_forbidden(route, &answer);
            if forbidden != closed {
                writeln!(wrong, "without {category}:{action}: {} {} {}", name(route), answer.status, answer.text()).unwrap();
            }
            if forbidden && closed {
                assert!(answer.text().contains(&permission.to_string()), "{answer}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
});

story!(
    /// R23, A8: the organization in the path decides; one in the query, the body or the session does not.
    the_path_names_the_organization, app => {
    let world = World::begin(&app).await;
    let alice = world.acme.alice();
    let before = traces(&world.globex).await;
    let members = alice.get("members?org=globex&organization=globex").await;
    members.hides("globex.test");
    alice.post("invitations", json!({"email": "x@example.test", "organization": "globex"})).await.is(400, "unknown_field");
    alice.within("globex").get("members").await.is(404, "not_found");
    alice.within("globex").tries_to_invite("x@example.test", json!({})).await.is(404, "not_found");
    alice.within("nowhere").get("members").await.is(404, "not_found");
    alice.within(&world.acme.id.to_string()).get("members").await.has_status(200);
    // References in a body are looked up in the path's organization only.
    let foreign = world.globex.role_id("user").await;
    let path = format!("members/{}", world.bob.id);
    let answer = alice.patch(&path, json!({"roles": [foreign]})).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert!(answer.text().contains("unknown_reference"), "{answer}");
    assert_eq!(traces(&world.globex).await, before);
});
