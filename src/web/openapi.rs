//! The OpenAPI 3.1 document, made from the route table: what stands there is what is served.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use crate::base::Problem;
use crate::http::route::{Success, path_parameters};
use crate::http::{Answer, Call, Face, Guard, PAGING, Route, answer, get};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/api/openapi.json", serve).summary("This document").answers_file("application/json")]
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
    let parameters = parameters(route);
    let mut responses = Map::new();
    let done =
        |kind: &str, schema: Value| json!({"description": "Done", "content": {kind: {"schema": schema}}});
    for (status, body) in &route.operation.answers {
        let response = match body {
            Success::Nothing => json!({"description": "Done"}),
            Success::One(named) => done("application/json", reference(named)),
            Success::Page(named) => {
                let page = json!({"type": "object", "required": ["data", "nextCursor"], "properties": {
                    "data": {"type": "array", "items": reference(named)},
                    "nextCursor": {"type": ["string", "null"]},
                    "total": {"type": "integer"}
                }});
                done("application/json", page)
            }
            Success::File("application/json") => done("application/json", json!({"type": "object"})),
            Success::File(media_type) => done(media_type, json!({"type": "string"})),
        };
        responses.insert(status.to_string(), response);
    }
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (status, code) in
        common_problems(route.guard).iter().chain(input_problems(route)).chain(route.operation.problems)
    {
        let codes = by_status.entry(*status).or_default();
        if !codes.contains(code) {
            codes.push(code);
        }
    }
    for (status, codes) in by_status {
        let content =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.insert(status.to_string(), json!({"description": codes.join(", "), "content": content}));
    }
    let mut operation = Map::new();
    operation.insert("operationId".into(), json!(operation_id(route)));
    operation.insert("summary".into(), json!(route.operation.summary));
    operation.insert("parameters".into(), Value::Array(parameters));
    if let Some(named) = &route.operation.request {
        let schema = json!({"schema": reference(named)});
        let content = match route.method {
            Method::PATCH => json!({"application/merge-patch+json": schema, "application/json": schema}),
            _ => json!({"application/json": schema}),
        };
        operation.insert("requestBody".into(), json!({"content": content}));
    }
    operation.insert("responses".into(), Value::Object(responses));
    if route.guard != Guard::Public {
        operation.insert("security".into(), json!([{"session": []}, {"bearer": []}]));
    }
    Value::Object(operation)
}

/// `GET /api/v1/organizations/{org}/members` is `getOrganizationsOrgMembers`.
fn operation_id(route: &Route) -> String {
    let mut id = route.method.as_str().to_ascii_lowercase();
    let path = route.path.trim_start_matches("/api/v1").trim_start_matches("/api");
    for word in path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        id.push_str(&word[..1].to_ascii_uppercase());
        id.push_str(&word[1..]);
    }
    id
}

fn parameters(route: &Route) -> Vec<Value> {
    let text = json!({"type": "string"});
    let path = path_parameters(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": text}));
    let is_page = route.operation.answers.iter().any(|(_, body)| matches!(body, Success::Page(_)));
    let own = route.operation.query;
    let paging = PAGING.iter().filter(|(name, _)| is_page && own.iter().all(|(known, _)| known != name));
    let query = own
        .iter()
        .chain(paging)
        .map(|(name, meaning)| json!({"name": name, "in": "query", "description": meaning, "schema": text}));
    let header = match route.method {
        Method::PATCH | Method::DELETE => {
            Some(("If-Match", "The version as it was read; 412 where it is another by now"))
        }
        Method::POST if !route.secret && !matches!(route.guard, Guard::Public | Guard::Asks) => {
            Some(("Idempotency-Key", "The same key and body within 24 hours gives the same answer"))
        }
        _ => None,
    };
    let header = header
        .map(|(name, meaning)| json!({"name": name, "in": "header", "description": meaning, "schema": text}));
    path.chain(query).chain(header).collect()
}

/// What can be wrong with any body or list query.
fn input_problems(route: &Route) -> &'static [(u16, &'static str)] {
    let is_page = route.operation.answers.iter().any(|(_, body)| matches!(body, Success::Page(_)));
    match (&route.operation.request, is_page) {
        (Some(_), _) => &[
            (400, "invalid_json"),
            (400, "unknown_field"),
            (413, "too_large"),
            (415, "unsupported_media_type"),
            (422, "invalid_input"),
        ],
        (None, true) => &[(400, "invalid_parameter"), (400, "invalid_cursor")],
        (None, false) => &[],
    }
}

fn common_problems(guard: Guard) -> &'static [(u16, &'static str)] {
    match guard {
        Guard::Public => &[],
        Guard::Account | Guard::OperatorOrAccount | Guard::Asks => &[(401, "unauthenticated")],
        Guard::Member => &[(401, "unauthenticated"), (404, "not_found")],
        Guard::Needs(_) | Guard::NeedsOrOperator(_) | Guard::Operator => {
            &[(401, "unauthenticated"), (403, "forbidden"), (404, "not_found")]
        }
    }
}
