//! Roles in the JSON API: reading them. Changing them comes with the roles page.

use serde::Serialize;
use utoipa::ToSchema;

pub use super::label::RoleLabel;
use super::store::{self, Role};
use crate::access_model::Area;
use crate::base::page::Page;
use crate::base::{Problem, RoleId};
use crate::http::{Answer, Call, PAGING, Route, get, json_versioned, page_json};

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

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/roles", list)
            .needs(Area::Roles, "view")
            .summary("The organization's roles, highest first")
            .query(PAGING)
            .answers_page::<RoleBody>(),
        get("/api/v1/organizations/{org}/roles/{id}", one)
            .needs(Area::Roles, "view")
            .summary("One role")
            .answers::<RoleBody>(200),
    ]
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

async fn one(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let named = call.param("id");
    let roles = store::list(&mut call.app().db.reader(), organization).await?;
    let found = roles.into_iter().find(|role| role.definition.key == named || role.id.to_string() == named);
    let role = body(&call, found.ok_or_else(Problem::not_found)?).await?;
    Ok(json_versioned(200, &role, role.version))
}
