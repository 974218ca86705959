//! The OpenAPI 3.1 document, made from the route table: what stands there is what is served.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use crate::base::Problem;
use crate::http::{Answer, Call, Face, Guard, Route, answer, get};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/api/openapi.json", serve).summary("This document").answers_nothing(200)]
}

async fn serve(_: Call) -> Result<Answer, Problem> {
    Ok(answer::json(200, &document()))
}

/// The document.
pub fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    add(&mut schemas, crate::http::route::named::<Problem>().schemas);
    for route in super::routes::all().iter().filter(|route| route.face == Face::Api) {
        let method = route.method.as_str().to_ascii_lowercase();
        paths.entry(route.path).or_default().insert(method, operation(route, &mut schemas));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Roster",
            "version": "1",
            "description": "User management: organizations, members, invitations, roles, sessions, audit."
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-roster"},
                "bearer": {"type": "http", "scheme": "bearer"}
            }
        }
    })
}

fn add(schemas: &mut BTreeMap<String, Value>, of: fn() -> Vec<(String, RefOr<Schema>)>) {
    for (name, schema) in of() {
        schemas.entry(name).or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
    }
}

fn operation(route: &Route, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut reference = |named: &crate::http::route::Named| {
        add(schemas, named.schemas);
        json!({"$ref": format!("#/components/schemas/{}", named.name)})
    };
    let mut parameters: Vec<Value> = path_parameters(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    for (name, meaning) in route.operation.query {
        parameters
            .push(json!({"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}));
    }
    let mut responses = Map::new();
    for (status, body, page) in &route.operation.answers {
        let response = match body {
            None => json!({"description": "Done"}),
            Some(named) => {
                let item = reference(named);
                let schema = if *page {
                    json!({"type": "object", "required": ["data", "nextCursor"], "properties": {
                        "data": {"type": "array", "items": item},
                        "nextCursor": {"type": ["string", "null"]},
                        "total": {"type": "integer"}
                    }})
                } else {
                    item
                };
                json!({"description": "Done", "content": {"application/json": {"schema": schema}}})
            }
        };
        responses.insert(status.to_string(), response);
    }
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (status, code) in common_problems(route.guard).iter().chain(route.operation.problems) {
        by_status.entry(*status).or_default().push(code);
    }
    for (status, codes) in by_status {
        let content =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.insert(status.to_string(), json!({"description": codes.join(", "), "content": content}));
    }
    let mut operation = Map::new();
    operation.insert("summary".into(), json!(route.operation.summary));
    operation.insert("parameters".into(), Value::Array(parameters));
    if let Some(named) = &route.operation.request {
        let schema = reference(named);
        operation.insert("requestBody".into(), json!({"content": {"application/json": {"schema": schema}}}));
    }
    operation.insert("responses".into(), Value::Object(responses));
    if route.guard != Guard::Public {
        operation.insert("security".into(), json!([{"session": []}, {"bearer": []}]));
    }
    Value::Object(operation)
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn common_problems(guard: Guard) -> &'static [(u16, &'static str)] {
    match guard {
        Guard::Public => &[],
        Guard::Account | Guard::OperatorOrAccount => &[(401, "unauthenticated")],
        Guard::Member => &[(401, "unauthenticated"), (404, "not_found")],
        Guard::Needs(_) | Guard::NeedsOrOperator(_) | Guard::Operator => {
            &[(401, "unauthenticated"), (403, "forbidden"), (404, "not_found")]
        }
    }
}
