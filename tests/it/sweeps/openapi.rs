//! The OpenAPI document says what is served, and nothing else (API-1).

use std::collections::BTreeSet;

use roster::http::Face;
use serde_json::Value;

fn served() -> BTreeSet<String> {
    let routes = roster::web::routes::all().into_iter().filter(|route| route.face == Face::Api);
    routes.map(|route| format!("{} {}", route.method, route.path)).collect()
}

story!(the_document_is_the_route_table, app => {
    let document = app.visitor().get("/api/openapi.json").await.has_status(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{name} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name} says no success");
            documented.insert(name);
        }
    }
    assert_eq!(documented, served());
    let mut missing = BTreeSet::new();
    references(&document, &document, &mut missing);
    assert!(missing.is_empty(), "references that lead nowhere: {missing:?}");
});

fn references(document: &Value, at: &Value, missing: &mut BTreeSet<String>) {
    match at {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref")
                && document.pointer(to.trim_start_matches('#')).is_none()
            {
                missing.insert(to.clone());
            }
            fields.values().for_each(|value| references(document, value, missing));
        }
        Value::Array(items) => items.iter().for_each(|value| references(document, value, missing)),
        _ => {}
    }
}

#[test]
fn no_route_stands_twice() {
    let mut known = BTreeSet::new();
    for route in roster::web::routes::all() {
        assert!(known.insert(format!("{} {}", route.method, route.path)), "{} {}", route.method, route.path);
    }
}
