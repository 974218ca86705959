//! Members in the JSON API.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::access::Asked;
pub use super::body::*;
use super::commands::{self, Change, New};
use super::list::{self, Filter, Sort};
use super::{Member, Status, end, store};
use crate::access_model::Area;
use crate::base::problem::Checks;
use crate::base::secret::Secret;
use crate::base::time::DAY;
use crate::base::{MemberId, Problem, RoleId, Timestamp};
use crate::http::{
    Answer, Call, NoFields, Route, get, json_versioned, kept, page_json, patch, patch_field, post,
};
use crate::role;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateMember {
    email: String,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    #[schema(value_type = String)]
    password: Secret,
    role: Option<String>,
    roles: Option<Vec<String>>,
    feature_access: Option<BTreeMap<String, bool>>,
    crm_access: Option<bool>,
    /// When the membership ends by itself, RFC 3339.
    ends_at: Option<String>,
    require_password_change: Option<bool>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeMember {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    first_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    role: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<String>>)]
    roles: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    role_template: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<BTreeMap<String, Option<Vec<String>>>>)]
    permissions: Option<Option<BTreeMap<String, Option<Vec<String>>>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<BTreeMap<String, Option<bool>>>)]
    feature_access: Option<Option<BTreeMap<String, Option<bool>>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<bool>)]
    crm_access: Option<Option<bool>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<String>>)]
    teams: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<Vec<String>>)]
    projects: Option<Option<Vec<String>>>,
    /// When the membership ends by itself, RFC 3339; null: never.
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    ends_at: Option<Option<String>>,
}

/// The end of a membership, as a body has it.
pub fn end_of(pointer: &str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let mut checks = Checks::default();
    let end = text.and_then(|text| end::read(&mut checks, pointer, &text));
    checks.done()?;
    Ok(end)
}

/// `role` or `roles`, never both.
pub fn one_or_many(role: Option<String>, roles: Option<Vec<String>>) -> Result<Option<Vec<String>>, Problem> {
    match (role, roles) {
        (Some(_), Some(_)) => {
            Err(Problem::field("/role", "invalid_value", "Give either role or roles, not both."))
        }
        (Some(role), None) => Ok(Some(vec![role])),
        (None, roles) => Ok(roles),
    }
}

/// `featureAccess` with `crmAccess` as a shorthand for its switch `crm`.
pub fn features(
    map: Option<BTreeMap<String, bool>>,
    crm: Option<bool>,
) -> Result<BTreeMap<String, bool>, Problem> {
    let mut map = map.unwrap_or_default();
    if let Some(on) = crm
        && map.insert("crm".to_owned(), on).is_some_and(|before| before != on)
    {
        let detail = "featureAccess says the opposite; give one of them.";
        return Err(Problem::field("/crmAccess", "invalid_value", detail));
    }
    Ok(map)
}

const FILTERS: &[(&str, &str)] = &[
    ("q", "Part of name or e-mail address"),
    ("status", "invited, active or suspended"),
    ("role", "A role's key"),
    ("team", "A team's id"),
    ("project", "A project's id"),
    ("notSignedInDays", "Who did not sign in for so many days"),
    ("sort", "name, email, role, lastLogin or createdAt; with - for descending"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/members", list_members)
            .needs(Area::Users, "view")
            .summary("The organization's members")
            .query(FILTERS)
            .answers_page::<MemberBody>(),
        post("/api/v1/organizations/{org}/members", create)
            .needs(Area::Users, "create")
            .summary("Create a member directly, with a password")
            .takes::<CreateMember>()
            .answers::<MemberBody>(201)
            .problems(&[
                (403, "outside_grant_rule"),
                (409, "already_member"),
                (409, "account_exists"),
                (409, "seat_limit_reached"),
                (422, "invalid_input"),
                (429, "too_many_attempts"),
            ]),
        get("/api/v1/organizations/{org}/members.csv", super::export::csv)
            .needs(Area::Users, "view")
            .summary("The filtered list as CSV")
            .answers_file("text/csv")
            .query(FILTERS),
        get("/api/v1/organizations/{org}/members/{id}", one)
            .needs(Area::Users, "view")
            .summary("One member")
            .answers::<MemberBody>(200),
        patch("/api/v1/organizations/{org}/members/{id}", change)
            .needs(Area::Users, "edit")
            .summary("Change a member; with dryRun=true the answer is an EffectPreview")
            .query(&[role::api::DRY_RUN])
            .takes::<ChangeMember>()
            .answers::<MemberBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "last_owner"),
                (409, "email_in_use"),
                (409, "account_shared"),
                (412, "stale_version"),
                (422, "feature_always_on"),
                (422, "invalid_input"),
                (429, "too_many_attempts"),
            ]),
        post("/api/v1/organizations/{org}/members/{id}/suspend", suspend)
            .needs(Area::Users, "edit")
            .summary("Shut a member out until they are reactivated")
            .answers::<MemberBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "last_owner"),
                (409, "not_active"),
            ]),
        post("/api/v1/organizations/{org}/members/{id}/reactivate", reactivate)
            .needs(Area::Users, "edit")
            .summary("Let a suspended member in again")
            .answers::<MemberBody>(200)
            .problems(&[(403, "outside_grant_rule"), (403, "own_membership"), (409, "not_suspended")]),
    ]
}

/// A filter of members as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "what each is, the filter itself says")]
pub struct TypedFilter {
    pub q: Option<String>,
    pub status: Option<String>,
    pub role: Option<String>,
    pub team: Option<String>,
    pub project: Option<String>,
    pub not_signed_in_days: Option<String>,
    pub sort: Option<String>,
}

fn bad(name: &str, says: &str) -> Problem {
    Problem::new(400, "invalid_parameter", format!("{name} {says}."))
}

/// Filter and order from the query; a role, team or project that is not here matches nobody.
pub async fn filter_of(call: &Call) -> Result<(Filter, Sort), Problem> {
    read_filter(call, call.query()?).await
}

/// Filter and order as they were typed anywhere.
pub async fn read_filter(call: &Call, raw: TypedFilter) -> Result<(Filter, Sort), Problem> {
    let text = |value: Option<String>| value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let organization = call.standing()?.organization.id;
    let mut filter = Filter { q: text(raw.q), ..Filter::default() };
    if filter.q.as_deref().is_some_and(|q| q.contains('\0') || q.chars().count() > 200) {
        return Err(bad("q", "must be up to 200 characters without control characters"));
    }
    if let Some(status) = text(raw.status) {
        filter.status = Some(
            Status::parse(&status).ok_or_else(|| bad("status", "must be invited, active or suspended"))?,
        );
    }
    if let Some(named) = text(raw.role) {
        let roles = role::store::list(&mut call.app().db.reader(), organization).await?;
        let found = role::store::named(&roles, &named);
        // No role of this organization has the nil id: an unknown one matches nobody.
        filter.role = Some(found.map_or(RoleId(uuid::Uuid::nil()), |role| role.id));
    }
    if let Some(team) = text(raw.team) {
        filter.team = Some(team.parse().map_err(|_| bad("team", "must be a team's id"))?);
    }
    if let Some(project) = text(raw.project) {
        filter.project = Some(project.parse().map_err(|_| bad("project", "must be a project's id"))?);
    }
    if let Some(days) = text(raw.not_signed_in_days) {
        let days: i64 = days
            .parse()
            .ok()
            .filter(|d| (0..=36_500).contains(d))
            .ok_or_else(|| bad("notSignedInDays", "must be a number of days"))?;
        filter.not_signed_in = Some((days, call.app().now().plus(-days * DAY)));
    }
    let sort = match text(raw.sort) {
        None => Sort::default(),
        Some(sort) => Sort::parse(&sort).ok_or_else(|| {
            bad("sort", "must be name, email, role, lastLogin or createdAt, with - for descending")
        })?,
    };
    Ok((filter, sort))
}

async fn list_members(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let (filter, sort) = filter_of(&call).await?;
    let page = list::page(call.app(), organization.id, &filter, sort, &call.list()?).await?;
    let names = Names::of(call.app(), organization, &page.data).await?;
    Ok(page_json(&page.map(|member| body(organization, &names, member))))
}

async fn find(call: &Call) -> Result<Member, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<MemberId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn show(call: &Call, status: u16, member: Member) -> Result<Answer, Problem> {
    let version = member.version;
    let body = one_body(call.app(), &call.standing()?.organization, member).await?;
    Ok(json_versioned(status, &body, version))
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    show(&call, 200, member).await
}

async fn create(call: Call) -> Result<Answer, Problem> {
    let asked: CreateMember = call.json()?;
    let new = New {
        email: asked.email,
        first_name: asked.first_name,
        last_name: asked.last_name,
        phone: asked.phone.unwrap_or_default(),
        password: asked.password,
        asked: Asked {
            roles: one_or_many(asked.role, asked.roles)?,
            features: features(asked.feature_access, asked.crm_access)?,
            ends_at: Some(end_of("/endsAt", asked.ends_at)?),
            ..Asked::default()
        },
        require_password_change: asked.require_password_change.unwrap_or(true),
    };
    let member = commands::create(&call.caller, new).await?;
    show(&call, 201, member).await
}

async fn change(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    let dry_run = role::api::dry_run(&call)?;
    let asked: ChangeMember = call.json()?;
    // A switch without a value is off, as for somebody new.
    let off = || {
        call.standing().map(|s| s.organization.model.features.iter().map(|f| (f.key.clone(), None)).collect())
    };
    let switches: Option<BTreeMap<String, Option<bool>>> = match asked.feature_access {
        Some(None) => Some(off()?),
        Some(Some(switches)) => Some(switches),
        None => None,
    };
    let switches = switches.map(|map| map.into_iter().map(|(key, on)| (key, on.unwrap_or(false))).collect());
    let change = Change {
        email: kept("/email", asked.email)?,
        first_name: kept("/firstName", asked.first_name)?,
        last_name: kept("/lastName", asked.last_name)?,
        phone: asked.phone.map(Option::unwrap_or_default),
        time_zone: asked.time_zone.map(Option::unwrap_or_default),
        locale: asked.locale.map(Option::unwrap_or_default),
        asked: Asked {
            roles: one_or_many(kept("/role", asked.role)?, kept("/roles", asked.roles)?)?,
            template: asked.role_template,
            features: features(switches, asked.crm_access.map(Option::unwrap_or_default))?,
            teams: asked.teams.map(Option::unwrap_or_default),
            projects: asked.projects.map(Option::unwrap_or_default),
            ends_at: asked.ends_at.map(|end| end_of("/endsAt", end)).transpose()?,
        },
        permissions: asked.permissions,
        // The API suspends and reactivates at addresses of their own.
        status: None,
    };
    if dry_run {
        let preview = commands::preview(&call.caller, member.id, &change, call.if_match()).await?;
        return Ok(role::api::previewed(&preview));
    }
    let member = commands::update(&call.caller, member.id, &change, call.if_match()).await?;
    show(&call, 200, member).await
}

async fn suspend(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    call.json_or_default::<NoFields>()?;
    let member = commands::suspend(&call.caller, member.id).await?;
    show(&call, 200, member).await
}

async fn reactivate(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    call.json_or_default::<NoFields>()?;
    let member = commands::reactivate(&call.caller, member.id).await?;
    show(&call, 200, member).await
}
