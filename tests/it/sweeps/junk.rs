//! Nonsense in every field, query and path of every route: never a server error, and the same answer on both engines
//! (R53, A19, A37).

use std::sync::{Arc, Mutex};

use axum::http::Method;
use onesql::Engine;
use roster::base::time::HOUR;
use roster::http::Route;
use serde_json::{Map, Value, json};

use super::world::{Ids, World, fill, name};
use crate::story::{Person, Request, Story, tell};

/// JSON texts: what a body holds may be no Unicode at all, which a `Value` can't say.
fn values() -> Vec<String> {
    let long = format!("\"{}\"", "x".repeat(300_000));
    let middle = format!("\"{}\"", "x".repeat(60_000));
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide = format!("[{}1]", "1,".repeat(20_000));
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "18446744073709551616",
        "9223372036854775807",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"a\\u0000b@example.test\"",
        "\"\\ud800\"",
        "\"\\u202e\\u200b\"",
        "\"\\u0007\"",
        "\"x\"",
        "\"a@b.test,c@d.test\"",
        "\"a@b.test\\r\\nBcc: c@d.test\"",
        "\"'; DROP TABLE members; --\"",
        "\"%00\"",
        "\"../../etc/passwd\"",
        "[]",
        "[\"a@b.test\",\"c@d.test\"]",
        "[null]",
        "[[]]",
        "{}",
        "{\"a\":{}}",
        "{\"email\":\"a@b.test\"}",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([middle, long, deep, wide])
    .collect()
}

const BODIES: &[&str] = &[
    "",
    " ",
    "{",
    "[]",
    "null",
    "0",
    "\"\"",
    "{}{}",
    "{\"a\":1,\"a\":2}",
    "{\"\\u0000\":1}",
    "\u{feff}{}",
    "{\"email\":}",
    "{\"email\":\"a@b.test\",\"email\":\"c@d.test\"}",
];

const TYPES: &[&str] = &[
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "application/json; charset=utf-16",
    "multipart/form-data",
];

const QUERIES: &[&str] = &[
    "",
    "0",
    "-1",
    "1e3",
    "201",
    "18446744073709551616",
    "%00",
    "%ff%fe",
    "%",
    "%ed%a0%80",
    "x",
    "true",
    "a%00b",
    "[]",
    "'%20OR%201=1",
    "%25",
    "_",
    "%5c",
    "2026-13-45T99:99:99Z",
    "0000-01-01T00:00:00Z",
    "mem_00000000000000000000000000",
];

const SEGMENTS: &[&str] = &[
    "0",
    "-1",
    "%00",
    "%ff",
    "%2e%2e",
    "..%2f..",
    "me",
    "mem_",
    "mem_zzzzzzzzzzzzzzzzzzzzzzzzzz",
    "%F0%9F%99%82",
    "'",
    "MEM_01H455VB4PEX5VSKNK084SN02Q",
    "mem_01h455vb4pex5vsknk084sn02q",
];

/// What stands in the other fields of a body, so that the one with nonsense is looked at.
fn plausible(field: &str) -> Value {
    match field {
        "email" => json!("somebody@example.test"),
        "password" | "newPassword" => json!("another-Kettle 5 orbits nine"),
        "currentPassword" => json!("not the password of anybody"),
        "token" | "challenge" => json!("AAAA"),
        "preset" => json!("admin-user"),
        "slug" => json!("somewhere"),
        "organization" => json!("acme"),
        "role" => json!("user"),
        _ => json!("Some Text"),
    }
}

/// The fields of a route's body: name and whether it must be there; nested ones are left as they are.
fn fields(document: &Value, route: &Route) -> Vec<(String, bool)> {
    let method = route.method.as_str().to_ascii_lowercase();
    let operation = &document["paths"][route.path][&method];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let to = schema["$ref"].as_str().unwrap_or_default();
    let schema = document.pointer(to.trim_start_matches('#')).unwrap_or(&Value::Null);
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    properties.keys().map(|key| (key.clone(), required.contains(&key.as_str()))).collect()
}

fn body(fields: &[(String, bool)], with: &str, value: &str) -> String {
    let mut others = Map::new();
    for (field, required) in fields {
        if *required && field != with {
            others.insert(field.clone(), plausible(field));
        }
    }
    let others = Value::Object(others).to_string();
    let rest = if others == "{}" { "}" } else { &format!(",{}", &others[1..]) };
    format!("{{{}:{value}{rest}", json!(with))
}

/// The requests that are tried on one route.
fn tries(document: &Value, route: &Route, ids: &Ids) -> Vec<(String, Request)> {
    let path = fill(route.path, ids);
    let request = |path: &str| Request::new(route.method.clone(), path);
    let mut tries = Vec::new();
    if [Method::POST, Method::PUT, Method::PATCH].contains(&route.method) {
        let fields = fields(document, route);
        for (field, _) in &fields {
            for value in values() {
                let label = value.chars().take(40).collect::<String>();
                let body = body(&fields, field, &value);
                tries.push((format!("{field} = {label}"), request(&path).body("application/json", body)));
            }
        }
        for body in BODIES {
            tries.push((format!("body {body}"), request(&path).body("application/json", *body)));
        }
        tries.push(("body of no Unicode".into(), request(&path).body("application/json", vec![0xff, 0xfe])));
        for kind in TYPES {
            tries.push((format!("type {kind}"), request(&path).body(kind, "{}")));
        }
    }
    for (parameter, _) in route.operation.query {
        for value in QUERIES {
            let path = format!("{path}?{parameter}={value}");
            tries.push((format!("?{parameter}={value}"), request(&path)));
        }
        tries.push((format!("?{parameter} twice"), request(&format!("{path}?{parameter}=1&{parameter}=2"))));
    }
    tries
}

/// Nonsense in place of each parameter of the path.
fn paths(route: &Route, ids: &Ids) -> Vec<(String, Request)> {
    let parts: Vec<&str> = route.path.split('/').collect();
    let mut tries = Vec::new();
    for (place, _) in parts.iter().enumerate().filter(|(_, part)| part.starts_with('{')) {
        let long = "x".repeat(4_000);
        for segment in SEGMENTS.iter().copied().chain([long.as_str()]) {
            let mut parts = parts.clone();
            parts[place] = segment;
            let path = fill(&parts.join("/"), ids);
            let label = format!("path {}", path.chars().take(120).collect::<String>());
            tries.push((label, Request::new(route.method.clone(), path)));
        }
    }
    tries
}

async fn try_all(app: Story, heard: Arc<Mutex<Vec<String>>>) {
    let world = World::begin(&app).await;
    let world = World { acme: world.acme.by_id(), ..world };
    let alice = world.acme.alice();
    let document = alice.get("/api/openapi.json").await.json();
    let mut tried = 0;
    for route in roster::web::routes::all() {
        let mut ids = world.ids(&world.acme).await;
        ids.insert("organizations", world.acme.id.to_string());
        let visitor = app.visitor();
        let owner = anew(&alice).await;
        for (label, request) in tries(&document, &route, &ids).into_iter().chain(paths(&route, &ids)) {
            let mut line = format!("{}: {label}:", name(&route));
            for person in [&visitor, &owner] {
                // From somewhere else each time, or else only the first tries would be looked at.
                let mut request = request.clone();
                request.peer = (std::net::Ipv4Addr::from_bits(0x0a00_0000 + tried), 40_000).into();
                tried += 1;
                let answer = person.send(request).await;
                line.push_str(&format!(" {} {}", answer.status, answer.code()));
            }
            heard.lock().unwrap().push(line);
        }
        settle(&world).await;
    }
}

async fn anew(person: &Person) -> Person {
    person.with_token(&person.signs_in().await.has_status(200).text_at("/token"))
}

/// The owner is still there, whatever was tried, and so are the counters.
async fn settle(world: &World) {
    world.acme.app.check_counters().await;
    world.acme.app.waits(HOUR);
    world.acme.alice().signs_in_again().await;
    world.acme.alice().get("/session").await.has_status(200);
}

#[test]
fn nonsense_is_refused_alike_on_both_engines() {
    let heard = |engine| {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let write = Arc::clone(&lines);
        tell(engine, move |app| try_all(app, write));
        Arc::try_unwrap(lines).unwrap().into_inner().unwrap()
    };
    let (sqlite, postgres) = (heard(Engine::Sqlite), heard(Engine::Postgres));
    assert!(sqlite.len() > 500, "only {} tries", sqlite.len());
    let differ: Vec<String> = sqlite
        .iter()
        .zip(&postgres)
        .filter(|(a, b)| a != b)
        .map(|(a, b)| format!("SQLite     {a}\nPostgreSQL {b}"))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert_eq!(sqlite.len(), postgres.len());
}
