//! Resources in the JSON API: products register theirs here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Put, Wanted, WantedRule};
use super::store::{self, Filter};
use super::{AccessRule, Level, Resource, Visibility, is_external_id, is_type};
use crate::access::store::Preview;
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::{Problem, ResourceId, Timestamp};
use crate::http::object::Object;
use crate::http::{
    Answer, Call, Guard, Route, delete, get, json, json_versioned, no_content, page_json, put,
};
use crate::op::{Needs, Op};
use crate::role::api::{DRY_RUN, dry_run, previewed};

/// A resource, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Resource)]
struct ResourceBody {
    #[schema(value_type = String)]
    id: ResourceId,
    r#type: String,
    external_id: String,
    name: String,
    category: String,
    visibility: Visibility,
    #[schema(value_type = Vec<AccessItem>)]
    access: Vec<serde_json::Value>,
    version: i64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
}

impl From<Resource> for ResourceBody {
    fn from(r: Resource) -> Self {
        Self {
            id: r.id,
            r#type: r.kind,
            external_id: r.external_id,
            name: r.name,
            category: r.category,
            visibility: r.visibility,
            access: r.access.into_iter().map(AccessRule::to_json).collect(),
            version: r.version,
            created_at: r.created_at,
            updated_at: r.updated_at,
        }
    }
}

/// One rule: exactly one of team, project and member, by id.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccessItem {
    team: Option<String>,
    project: Option<String>,
    member: Option<String>,
    level: Level,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutResource {
    /// As in the path, where it stands here at all.
    r#type: Option<String>,
    /// As in the path, where it stands here at all.
    external_id: Option<String>,
    name: String,
    category: String,
    visibility: Visibility,
    #[serde(default)]
    #[schema(value_type = Vec<AccessItem>)]
    access: Vec<Object<AccessItem>>,
}

const LISTED: &[(&str, &str)] = &[
    ("type", "Those of one type"),
    ("q", "Part of name or external id"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];
const LIST: &str = "/api/v1/organizations/{org}/resources";
const ONE: &str = "/api/v1/organizations/{org}/resources/{type}/{externalId}";

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get(LIST, list)
            .needs(Area::Resources, "view")
            .summary("The registered resources, newest first")
            .query(LISTED)
            .answers_page::<ResourceBody>(),
        get(ONE, one)
            .needs(Area::Resources, "view")
            .summary("One resource")
            .answers::<ResourceBody>(200),
        // Whether it needs the permission to create or the one to edit is seen when it is known what is there.
        put(ONE, put_resource)
            .guard(Guard::Member)
            .summary("Register a resource, or replace what is registered of it; of several rules for one subject the highest level counts; with dryRun=true the answer is an EffectPreview")
            .query(&[DRY_RUN])
            .takes::<PutResource>()
            .answers::<ResourceBody>(200)
            .answers::<ResourceBody>(201)
            .problems(&[
                (403, "forbidden"),
                (412, "stale_version"),
                (422, "unknown_reference"),
                (422, "invalid_input"),
            ]),
        delete(ONE, remove)
            .needs(Area::Resources, "delete")
            .summary("Take a resource out: every question about it is denied from then on")
            .answers_nothing(204)
            .problems(&[(412, "stale_version")]),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    r#type: Option<String>,
    q: Option<String>,
}

/// What a list is narrowed to by its address.
pub(super) fn filter_of(call: &Call) -> Result<Filter, Problem> {
    let asked: Asked = call.query()?;
    let text = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let (kind, q) = (text(asked.r#type), text(asked.q));
    for (name, text) in [("type", &kind), ("q", &q)] {
        if text.as_deref().is_some_and(|text| text.contains('\0') || text.chars().count() > 200) {
            let detail = format!("{name} must be up to 200 characters without control characters.");
            return Err(Problem::new(400, "invalid_parameter", detail));
        }
    }
    Ok(Filter { kind, q })
}

/// A page of the resources that match.
pub(super) async fn page(call: &Call, filter: &Filter) -> Result<Page<Resource>, Problem> {
    let organization = call.standing()?.organization.id;
    let asked = call.list()?;
    let (text, narrowed) = (organization.to_string(), format!("{filter:?}"));
    let scope = CursorScope { key: &call.app().key, parts: &["resources", &text, &narrowed] };
    let before: Option<ResourceId> = asked.cursor.as_deref().map(|cursor| scope.read(cursor)).transpose()?;
    let mut reader = call.app().db.reader();
    let rows = store::page(&mut reader, organization, filter, before, asked.limit + 1).await?;
    let mut page = Page::cut(rows, asked.limit, |last| scope.write(&last.id));
    if asked.count {
        page.total = Some(store::count(&mut reader, organization, filter).await?);
    }
    Ok(page)
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let filter = filter_of(&call)?;
    Ok(page_json(&page(&call, &filter).await?.map(ResourceBody::from)))
}

/// The resource in the path, where there is one.
async fn in_path(call: &Call) -> Result<Option<Resource>, Problem> {
    let organization = call.standing()?.organization.id;
    let (kind, external_id) = (call.param("type"), call.param("externalId"));
    if !is_type(kind) || !is_external_id(external_id) {
        return Ok(None);
    }
    Ok(store::find(&mut call.app().db.reader(), organization, kind, external_id).await?)
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let resource = in_path(&call).await?.ok_or_else(Problem::not_found)?;
    let version = resource.version;
    Ok(json_versioned(200, &ResourceBody::from(resource), version))
}

async fn put_resource(call: Call) -> Result<Answer, Problem> {
    let needs = commands::needs(in_path(&call).await?.is_some());
    if let Err(error) = call.caller.reads(needs) {
        // The body is not looked at; the refusal is recorded as any other.
        return Err(match Op::begin(&call.caller, needs).await {
            Ok(op) => {
                op.leave_unchanged().await?;
                Problem::from(error)
            }
            Err(refused) => Problem::from(refused),
        });
    }
    let wanted = wanted(&call)?;
    if dry_run(&call)? {
        let preview = commands::preview(&call.caller, &wanted, call.if_match()).await?;
        let sees_people = call.standing()?.allows(Needs(Area::Users, "view"));
        return Ok(match preview {
            Some(preview) if sees_people => previewed(&preview),
            // Who may not see people gets the numbers.
            Some(Preview { effect, .. }) => {
                let more = effect.affected;
                previewed(&Preview { effect, members: Vec::new(), more })
            }
            // Too many people to look at each: no number is better than a wrong one.
            None => json(200, &serde_json::json!({"effect": null, "members": [], "more": 0})),
        });
    }
    match commands::put(&call.caller, &wanted, call.if_match()).await? {
        Put::Created(made) => Ok(json_versioned(201, &ResourceBody::from(made.clone()), made.version)),
        Put::Kept(kept) => Ok(json_versioned(200, &ResourceBody::from(kept.clone()), kept.version)),
    }
}

fn wanted(call: &Call) -> Result<Wanted, Problem> {
    let asked: PutResource = call.json()?;
    for (pointer, said, path) in
        [("/type", &asked.r#type, "type"), ("/externalId", &asked.external_id, "externalId")]
    {
        if said.as_deref().is_some_and(|said| said != call.param(path)) {
            let detail = format!("The {path} in the body is not the one in the path; leave it out.");
            return Err(Problem::field(pointer, "invalid_value", detail));
        }
    }
    let mut access = Vec::with_capacity(asked.access.len());
    for (at, Object(item)) in asked.access.into_iter().enumerate() {
        let (kind, id) = match (item.team, item.project, item.member) {
            (Some(id), None, None) => ("team", id),
            (None, Some(id), None) => ("project", id),
            (None, None, Some(id)) => ("member", id),
            _ => {
                let detail = "A rule names exactly one team, project or member.";
                return Err(Problem::field(&format!("/access/{at}"), "invalid_value", detail));
            }
        };
        access.push(WantedRule { kind, id, level: item.level });
    }
    Ok(Wanted {
        kind: call.param("type").to_owned(),
        external_id: call.param("externalId").to_owned(),
        name: asked.name,
        category: asked.category,
        visibility: asked.visibility,
        access,
    })
}

async fn remove(call: Call) -> Result<Answer, Problem> {
    let resource = in_path(&call).await?.ok_or_else(Problem::not_found)?;
    commands::delete(&call.caller, &resource.kind, &resource.external_id, call.if_match()).await?;
    Ok(no_content())
}
