//! Roles in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Change, Outcome};
pub use super::label::RoleLabel;
use super::store::{self, Role};
use crate::access::store::Preview;
use crate::access_model::{Area, AskedPermissions};
use crate::base::page::Page;
use crate::base::{Problem, RoleId};
use crate::http::{
    Answer, Call, PAGING, Route, delete, get, json, json_versioned, kept, no_content, page_json, patch,
    patch_field, post,
};

/// A role, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
pub struct RoleBody {
    #[schema(value_type = String)]
    id: RoleId,
    key: String,
    label: String,
    description: String,
    rank: i64,
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
    permissions: crate::access_model::PermissionSet,
    includes_lower: bool,
    grants: Vec<String>,
    default: bool,
    top: bool,
    member_count: i64,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRole {
    key: String,
    label: String,
    description: Option<String>,
    rank: Option<i64>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<Vec<String>>>>)]
    permissions: Option<AskedPermissions>,
    includes_lower: Option<bool>,
    grants: Option<Vec<String>>,
    default: Option<bool>,
    top: Option<bool>,
}

/// The key can't be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeRole {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    label: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<i64>)]
    rank: Option<Option<i64>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<Vec<String>>>>)]
    permissions: Option<AskedPermissions>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    includes_lower: Option<Option<bool>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<String>>)]
    grants: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    default: Option<Option<bool>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    top: Option<Option<bool>>,
}

/// The query parameter of everything that can be previewed.
pub const DRY_RUN: (&str, &str) =
    ("dryRun", "true answers 200 with what the change would do, and does nothing");

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/roles", list)
            .needs(Area::Roles, "view")
            .summary("The organization's roles, highest first")
            .query(PAGING)
            .answers_page::<RoleBody>(),
        post("/api/v1/organizations/{org}/roles", create)
            .needs(Area::Roles, "manage")
            .summary("Make a role")
            .query(&[DRY_RUN])
            .takes::<CreateRole>()
            .answers::<RoleBody>(201)
            .answers::<EffectPreview>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "role_key_taken"),
                (409, "default_role"),
                (422, "invalid_input"),
            ]),
        get("/api/v1/organizations/{org}/roles/{id}", one)
            .needs(Area::Roles, "view")
            .summary("One role")
            .answers::<RoleBody>(200),
        patch("/api/v1/organizations/{org}/roles/{id}", change)
            .needs(Area::Roles, "manage")
            .summary("Change a role; with dryRun=true the answer is an EffectPreview")
            .query(&[DRY_RUN])
            .takes::<ChangeRole>()
            .answers::<RoleBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "default_role"),
                (409, "last_owner"),
                (409, "no_role_manager"),
                (412, "stale_version"),
                (422, "invalid_input"),
            ]),
        delete("/api/v1/organizations/{org}/roles/{id}", remove)
            .needs(Area::Roles, "manage")
            .summary("Delete a role; whoever holds it gets another")
            .query(&[("reassignTo", "Id or key of the role that its holders get"), DRY_RUN])
            .answers_nothing(204)
            .answers::<EffectPreview>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "role_in_use"),
                (409, "default_role"),
                (409, "last_owner"),
                (409, "no_role_manager"),
                (412, "stale_version"),
                (422, "unknown_reference"),
            ]),
    ]
}

/// What a change would do, in numbers and by name. For the document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "camelCase")]
pub struct EffectPreview {
    effect: EffectBody,
    members: Vec<AffectedBody>,
    /// How many more are affected.
    more: u64,
}

/// Members by permission that they gain or lose.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[serde(rename_all = "camelCase")]
#[schema(as = Effect)]
struct EffectBody {
    gains: std::collections::BTreeMap<String, u64>,
    losses: std::collections::BTreeMap<String, u64>,
    members_gaining: u64,
    members_losing: u64,
}

/// One whom a change affects.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[schema(as = AffectedMember)]
struct AffectedBody {
    id: String,
    name: String,
    gains: Vec<String>,
    losses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    dry_run: Option<String>,
    reassign_to: Option<String>,
}

/// Whether the change is only to be shown.
pub fn dry_run(call: &Call) -> Result<bool, Problem> {
    match call.query::<Asked>()?.dry_run.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::new(400, "invalid_parameter", "dryRun must be true or false.")),
    }
}

/// The answer to a dry run.
pub fn previewed(preview: &Preview) -> Answer {
    json(200, preview)
}

async fn body(call: &Call, role: Role) -> Result<RoleBody, Problem> {
    let member_count = store::count_members(&mut call.app().db.reader(), role.id).await?;
    let Role { id, definition: d, version } = role;
    Ok(RoleBody {
        id,
        key: d.key,
        label: d.label,
        description: d.description,
        rank: d.rank,
        permissions: d.permissions,
        includes_lower: d.includes_lower,
        grants: d.grants,
        default: d.default,
        top: d.top,
        member_count,
        version,
    })
}

async fn show(call: &Call, status: u16, role: Role) -> Result<Answer, Problem> {
    let role = body(call, role).await?;
    Ok(json_versioned(status, &role, role.version))
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let roles = store::list(&mut call.app().db.reader(), organization).await?;
    let page =
        call.page_of_whole(roles, &["roles", &organization.to_string()], |role| role.id.to_string())?;
    let mut data = Vec::with_capacity(page.data.len());
    for role in page.data {
        data.push(body(&call, role).await?);
    }
    Ok(page_json(&Page { data, next_cursor: page.next_cursor, total: page.total }))
}

/// 404 before the body is looked at.
async fn find(call: &Call) -> Result<Role, Problem> {
    let organization = call.standing()?.organization.id;
    let roles = store::list(&mut call.app().db.reader(), organization).await?;
    store::named(&roles, call.param("id")).cloned().ok_or_else(Problem::not_found)
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let role = find(&call).await?;
    show(&call, 200, role).await
}

async fn create(call: Call) -> Result<Answer, Problem> {
    let (dry_run, asked) = (dry_run(&call)?, call.json::<CreateRole>()?);
    let change = Change {
        label: Some(asked.label),
        description: asked.description,
        rank: asked.rank,
        permissions: asked.permissions,
        includes_lower: asked.includes_lower,
        grants: asked.grants,
        default: asked.default,
        top: asked.top,
    };
    let Outcome { now, preview } = commands::create(&call.caller, &asked.key, &change, dry_run).await?;
    if dry_run { Ok(previewed(&preview)) } else { show(&call, 201, now).await }
}

async fn change(call: Call) -> Result<Answer, Problem> {
    let role = find(&call).await?;
    let (dry_run, asked) = (dry_run(&call)?, call.json::<ChangeRole>()?);
    let change = Change {
        label: kept("/label", asked.label)?,
        description: asked.description.map(Option::unwrap_or_default),
        rank: kept("/rank", asked.rank)?,
        permissions: asked.permissions,
        includes_lower: kept("/includesLower", asked.includes_lower)?,
        grants: asked.grants.map(Option::unwrap_or_default),
        default: kept("/default", asked.default)?,
        top: kept("/top", asked.top)?,
    };
    let id = role.id.to_string();
    let outcome = commands::update(&call.caller, &id, &change, call.if_match(), dry_run).await?;
    if dry_run { Ok(previewed(&outcome.preview)) } else { show(&call, 200, outcome.now).await }
}

async fn remove(call: Call) -> Result<Answer, Problem> {
    let role = find(&call).await?;
    let (dry_run, id) = (dry_run(&call)?, role.id.to_string());
    let to = call.query::<Asked>()?.reassign_to;
    let outcome = commands::delete(&call.caller, &id, to.as_deref(), call.if_match(), dry_run).await?;
    Ok(if dry_run { previewed(&outcome.preview) } else { no_content() })
}
