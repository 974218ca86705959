//! Role templates in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Change, Instead};
use super::{RoleTemplate, store};
use crate::access_model::{Area, AskedPermissions, PermissionSet};
use crate::base::{Problem, RoleTemplateId, Timestamp};
use crate::http::{
    Answer, Call, PAGING, Route, delete, get, json_versioned, kept, no_content, page_json, patch,
    patch_field, post,
};
use crate::role::api::{DRY_RUN, EffectPreview, dry_run, previewed};

/// A role template, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoleTemplate)]
struct TemplateBody {
    #[schema(value_type = String)]
    id: RoleTemplateId,
    name: String,
    description: String,
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>)]
    permissions: PermissionSet,
    member_count: i64,
    version: i64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
}

impl From<RoleTemplate> for TemplateBody {
    fn from(t: RoleTemplate) -> Self {
        Self {
            id: t.id,
            name: t.name,
            description: t.description,
            permissions: t.permissions,
            member_count: t.members,
            version: t.version,
            created_at: t.created_at,
            updated_at: t.updated_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateTemplate {
    name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<Vec<String>>>>)]
    permissions: Option<AskedPermissions>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeTemplate {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<Vec<String>>>>)]
    permissions: Option<AskedPermissions>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/role-templates", list)
            .needs(Area::Roles, "view")
            .summary("The organization's role templates by name")
            .query(PAGING)
            .answers_page::<TemplateBody>(),
        post("/api/v1/organizations/{org}/role-templates", create)
            .needs(Area::Roles, "manage")
            .summary("Make a role template")
            .query(&[DRY_RUN])
            .takes::<CreateTemplate>()
            .answers::<TemplateBody>(201)
            .answers::<EffectPreview>(200)
            .problems(&[(403, "outside_grant_rule"), (409, "name_taken"), (422, "invalid_input")]),
        get("/api/v1/organizations/{org}/role-templates/{id}", one)
            .needs(Area::Roles, "view")
            .summary("One role template")
            .answers::<TemplateBody>(200),
        patch("/api/v1/organizations/{org}/role-templates/{id}", change)
            .needs(Area::Roles, "manage")
            .summary("Change a role template for everybody who has it; with dryRun=true the answer is an EffectPreview")
            .query(&[DRY_RUN])
            .takes::<ChangeTemplate>()
            .answers::<TemplateBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "name_taken"),
                (409, "no_role_manager"),
                (412, "stale_version"),
                (422, "invalid_input"),
            ]),
        delete("/api/v1/organizations/{org}/role-templates/{id}", remove)
            .needs(Area::Roles, "manage")
            .summary("Delete a role template; whoever has it gets another, or none")
            .query(&[
                ("reassignTo", "Id of the template that those who have it get"),
                ("clear", "true: those who have it get none"),
                DRY_RUN,
            ])
            .answers_nothing(204)
            .answers::<EffectPreview>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "template_in_use"),
                (409, "no_role_manager"),
                (412, "stale_version"),
                (422, "unknown_reference"),
            ]),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    reassign_to: Option<String>,
    clear: Option<String>,
}

impl Asked {
    fn instead(&self) -> Result<Instead, Problem> {
        let bad = |says: &str| Problem::new(400, "invalid_parameter", says);
        let clear = match self.clear.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(bad("clear must be true or false.")),
        };
        match &self.reassign_to {
            Some(_) if clear => Err(bad("Give either reassignTo or clear=true, not both.")),
            // What is no id is the id of nothing here.
            Some(id) => Ok(Instead::Template(id.parse().unwrap_or(RoleTemplateId(uuid::Uuid::nil())))),
            None if clear => Ok(Instead::None),
            None => Ok(Instead::Unsaid),
        }
    }
}

fn show(status: u16, template: RoleTemplate) -> Answer {
    let version = template.version;
    json_versioned(status, &TemplateBody::from(template), version)
}

/// 404 before the body is looked at.
async fn find(call: &Call) -> Result<RoleTemplate, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<RoleTemplateId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let all = store::list(&mut call.app().db.reader(), organization).await?;
    let page =
        call.page_of_whole(all, &["role-templates", &organization.to_string()], |t| t.id.to_string())?;
    Ok(page_json(&page.map(TemplateBody::from)))
}

async fn one(call: Call) -> Result<Answer, Problem> {
    Ok(show(200, find(&call).await?))
}

async fn create(call: Call) -> Result<Answer, Problem> {
    let (dry_run, asked) = (dry_run(&call)?, call.json::<CreateTemplate>()?);
    let change =
        Change { name: Some(asked.name), description: asked.description, permissions: asked.permissions };
    let outcome = commands::create(&call.caller, &change, dry_run).await?;
    Ok(if dry_run { previewed(&outcome.preview) } else { show(201, outcome.now) })
}

async fn change(call: Call) -> Result<Answer, Problem> {
    let template = find(&call).await?;
    let (dry_run, asked) = (dry_run(&call)?, call.json::<ChangeTemplate>()?);
    let change = Change {
        name: kept("/name", asked.name)?,
        description: asked.description.map(Option::unwrap_or_default),
        permissions: asked.permissions,
    };
    let outcome = commands::update(&call.caller, template.id, &change, call.if_match(), dry_run).await?;
    Ok(if dry_run { previewed(&outcome.preview) } else { show(200, outcome.now) })
}

async fn remove(call: Call) -> Result<Answer, Problem> {
    let template = find(&call).await?;
    let (dry_run, instead) = (dry_run(&call)?, call.query::<Asked>()?.instead()?);
    let outcome = commands::delete(&call.caller, template.id, instead, call.if_match(), dry_run).await?;
    Ok(if dry_run { previewed(&outcome.preview) } else { no_content() })
}
