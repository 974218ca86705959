//! Organizations in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Change};
use crate::access_model::{Area, Labels};
use crate::base::{OrganizationId, Problem, Timestamp};
use crate::http::{
    Answer, Call, Guard, Route, get, json_versioned, kept, object_or_null, patch, patch_field,
};
use crate::op::{Needs, Organization};
use crate::role::store::Role;

/// An organization, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub struct OrganizationBody {
    #[schema(value_type = String)]
    id: OrganizationId,
    slug: String,
    name: String,
    preset: String,
    seat_limit: Option<i64>,
    settings: SettingsBody,
    #[schema(value_type = Object)]
    labels: Labels,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    version: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrganizationSettings)]
struct SettingsBody {
    invitation_lifetime_days: i64,
    default_role: Option<String>,
    require_second_factor: bool,
    links_may_be_copied: bool,
    upgrade_url: Option<String>,
}

impl OrganizationBody {
    /// An organization with its roles.
    pub fn new(o: Organization, roles: &[Role]) -> Self {
        let default_role =
            roles.iter().find(|role| role.definition.default).map(|role| role.definition.key.clone());
        Self {
            id: o.id,
            slug: o.slug,
            name: o.name,
            preset: o.preset,
            seat_limit: o.seat_limit,
            settings: SettingsBody {
                invitation_lifetime_days: o.invitation_lifetime_days,
                default_role,
                require_second_factor: false,
                links_may_be_copied: o.links_may_be_copied,
                upgrade_url: o.upgrade_url,
            },
            labels: o.model.labels.clone(),
            created_at: o.created_at,
            updated_at: o.updated_at,
            version: o.version,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeRequest {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    slug: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<i64>)]
    seat_limit: Option<Option<i64>>,
    #[serde(default, deserialize_with = "object_or_null")]
    settings: Option<ChangeSettings>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeSettings {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<i64>)]
    invitation_lifetime_days: Option<Option<i64>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    default_role: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    links_may_be_copied: Option<Option<bool>>,
    /// Only false, until second factors are there.
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    require_second_factor: Option<Option<bool>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    upgrade_url: Option<Option<String>>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}", one)
            .guard(Guard::Member)
            .summary("One organization")
            .answers::<OrganizationBody>(200),
        patch("/api/v1/organizations/{org}", change)
            .guard(Guard::NeedsOrOperator(Needs(Area::Settings, "edit")))
            .summary("Change an organization; the seat limit by the operator only")
            .takes::<ChangeRequest>()
            .answers::<OrganizationBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "slug_taken"),
                (412, "stale_version"),
                (422, "invalid_input"),
            ]),
    ]
}

async fn body(call: &Call, organization: Organization) -> Result<Answer, Problem> {
    let roles = crate::role::store::list(&mut call.app().db.reader(), organization.id).await?;
    let version = organization.version;
    Ok(json_versioned(200, &OrganizationBody::new(organization, &roles), version))
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.clone();
    body(&call, organization).await
}

async fn change(call: Call) -> Result<Answer, Problem> {
    let id = match &call.caller.standing {
        Some(standing) => standing.organization.id,
        None => {
            let found = super::store::find_named(&mut call.app().db.reader(), call.param("org")).await?;
            found.ok_or_else(Problem::not_found)?.id
        }
    };
    let asked: ChangeRequest = call.json()?;
    let settings = asked.settings.unwrap_or_default();
    if kept("/settings/requireSecondFactor", settings.require_second_factor)? == Some(true) {
        let detail = "A second factor can't be required yet.";
        return Err(Problem::field("/settings/requireSecondFactor", "not_available", detail));
    }
    let change = Change {
        name: kept("/name", asked.name)?,
        slug: kept("/slug", asked.slug)?,
        seat_limit: asked.seat_limit,
        invitation_lifetime_days: kept(
            "/settings/invitationLifetimeDays",
            settings.invitation_lifetime_days,
        )?,
        default_role: kept("/settings/defaultRole", settings.default_role)?,
        links_may_be_copied: kept("/settings/linksMayBeCopied", settings.links_may_be_copied)?,
        upgrade_url: settings.upgrade_url,
    };
    let organization = commands::update(&call.caller, id, &change, call.if_match()).await?;
    body(&call, organization).await
}
