//! Teams and projects in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Change};
use super::{Group, GroupId, Impact, Kind, store};
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::{MemberId, Problem, Timestamp};
use crate::http::{
    Answer, Call, Route, delete, get, json_versioned, kept, no_content, page_json, patch, patch_field, post,
    put,
};
use crate::member;
use crate::member::api::{MemberBody, Names, body as member_body};
use crate::op::{Needs, Standing};

/// A team or project, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Group)]
struct GroupBody {
    #[schema(value_type = String)]
    id: GroupId,
    name: String,
    description: String,
    member_count: i64,
    version: i64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    /// What its deletion would close; with `impact=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    impact: Option<ImpactBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = GroupImpact)]
struct ImpactBody {
    /// How many are in it.
    members: i64,
    /// What they could no longer reach.
    resources: Vec<ClosedBody>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResourceOutOfReach)]
struct ClosedBody {
    r#type: String,
    external_id: String,
    name: String,
    /// How many members reach it through this team or project alone; those with a top role reach it anyway.
    losing: i64,
}

impl From<Group> for GroupBody {
    fn from(g: Group) -> Self {
        Self {
            id: g.id,
            name: g.name,
            description: g.description,
            member_count: g.member_count,
            version: g.version,
            created_at: g.created_at,
            updated_at: g.updated_at,
            impact: None,
        }
    }
}

impl From<Impact> for ImpactBody {
    fn from(impact: Impact) -> Self {
        let resources = impact.resources.into_iter().map(|r| ClosedBody {
            r#type: r.kind,
            external_id: r.external_id,
            name: r.name,
            losing: r.losing,
        });
        Self { members: impact.members, resources: resources.collect() }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateGroup {
    name: String,
    description: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeGroup {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
}

const LISTED: &[(&str, &str)] = &[
    ("q", "Part of the name"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];
const MEMBERS_LISTED: &[(&str, &str)] = &[
    ("q", "Part of name or e-mail address"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];

/// A text of each kind.
macro_rules! of_kind {
    ($kind:expr, $before:literal, $after:literal) => {
        match $kind {
            Kind::Team => concat!($before, "team", $after),
            Kind::Project => concat!($before, "project", $after),
        }
    };
}

macro_rules! path {
    ($kind:expr, $rest:literal) => {
        of_kind!($kind, "/api/v1/organizations/{org}/", $rest)
    };
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    Kind::ALL.into_iter().flat_map(routes_of).collect()
}

fn routes_of(kind: Kind) -> Vec<Route> {
    let area: Area = kind.area();
    vec![
        get(path!(kind, "s"), move |call| list(call, kind))
            .needs(area, "view")
            .summary(of_kind!(kind, "The organization's ", "s by name"))
            .query(LISTED)
            .answers_page::<GroupBody>(),
        post(path!(kind, "s"), move |call| create(call, kind))
            .needs(area, "create")
            .summary(of_kind!(kind, "Create a ", ""))
            .takes::<CreateGroup>()
            .answers::<GroupBody>(201)
            .problems(&[(409, "name_taken"), (422, "invalid_input")]),
        get(path!(kind, "s/{id}"), move |call| one(call, kind))
            .needs(area, "view")
            .summary(of_kind!(
                kind,
                "One ",
                "; with impact=true, for whoever may delete it, what that would close"
            ))
            .query(&[("impact", "true adds what its deletion would close, and to how many")])
            .answers::<GroupBody>(200),
        patch(path!(kind, "s/{id}"), move |call| change(call, kind))
            .needs(area, "edit")
            .summary(of_kind!(kind, "Rename or describe a ", ""))
            .takes::<ChangeGroup>()
            .answers::<GroupBody>(200)
            .problems(&[(409, "name_taken"), (412, "stale_version"), (422, "invalid_input")]),
        delete(path!(kind, "s/{id}"), move |call| remove(call, kind))
            .needs(area, "delete")
            .summary(of_kind!(
                kind,
                "Delete a ",
                "; its people stay, what was opened to it alone closes to them"
            ))
            .answers_nothing(204)
            .problems(&[(412, "stale_version")]),
        get(path!(kind, "s/{id}/members"), move |call| members(call, kind))
            .needs(Area::Users, "view")
            .summary(of_kind!(
                kind,
                "The members of a ",
                " by name; whoever asks needs to see both it and its members"
            ))
            .query(MEMBERS_LISTED)
            .answers_page::<MemberBody>(),
        put(path!(kind, "s/{id}/members/{member}"), move |call| add(call, kind))
            .needs(area, "edit")
            .summary(of_kind!(kind, "Add a member to a ", ""))
            .answers_nothing(204)
            .problems(&[(403, "outside_grant_rule"), (403, "own_membership")]),
        delete(path!(kind, "s/{id}/members/{member}"), move |call| take_out(call, kind))
            .needs(area, "edit")
            .summary(of_kind!(kind, "Take a member out of a ", ""))
            .answers_nothing(204)
            .problems(&[(403, "outside_grant_rule"), (403, "own_membership")]),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: Option<String>,
    impact: Option<String>,
}

/// What is searched for, where anything is.
pub(super) fn searched(q: Option<String>) -> Result<Option<String>, Problem> {
    let q = q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if q.as_deref().is_some_and(|q| q.contains('\0') || q.chars().count() > 200) {
        let detail = "q must be up to 200 characters without control characters.";
        return Err(Problem::new(400, "invalid_parameter", detail));
    }
    Ok(q)
}

/// A page of the groups of a kind.
pub(super) async fn page(call: &Call, kind: Kind, q: Option<&str>) -> Result<Page<Group>, Problem> {
    let organization = call.standing()?.organization.id;
    let asked = call.list()?;
    let text = organization.to_string();
    let scope = CursorScope { key: &call.app().key, parts: &[kind.words(), &text, q.unwrap_or_default()] };
    let after: Option<String> = asked.cursor.as_deref().map(|cursor| scope.read(cursor)).transpose()?;
    let mut reader = call.app().db.reader();
    let of = (organization, kind);
    let rows = store::page(&mut reader, of, q, after.as_deref(), asked.limit + 1).await?;
    let mut page = Page::cut(rows, asked.limit, |last| scope.write(&crate::base::text::fold(&last.name)));
    if asked.count {
        page.total = Some(store::count(&mut reader, organization, kind, q).await?);
    }
    Ok(page)
}

async fn list(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let q = searched(call.query::<Asked>()?.q)?;
    Ok(page_json(&page(&call, kind, q.as_deref()).await?.map(GroupBody::from)))
}

/// The group in the path.
pub(super) async fn find(call: &Call, kind: Kind) -> Result<Group, Problem> {
    let organization = call.standing()?.organization.id;
    let id = kind.parse(call.param("id")).ok_or_else(Problem::not_found)?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

fn show(status: u16, group: Group, impact: Option<Impact>) -> Answer {
    let version = group.version;
    let body = GroupBody { impact: impact.map(ImpactBody::from), ..GroupBody::from(group) };
    json_versioned(status, &body, version)
}

async fn one(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let impact = match call.query::<Asked>()?.impact.as_deref() == Some("true") {
        // What is registered is told to those only whom it concerns.
        true => {
            call.caller.reads(Needs(kind.area(), "delete"))?;
            let organization = call.standing()?.organization.id;
            Some(store::impact(&mut call.app().db.reader(), organization, &group).await?)
        }
        false => None,
    };
    Ok(show(200, group, impact))
}

async fn create(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let asked: CreateGroup = call.json()?;
    let description = asked.description.unwrap_or_default();
    let group = commands::create(&call.caller, kind, &asked.name, &description).await?;
    Ok(show(201, group, None))
}

async fn change(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let asked: ChangeGroup = call.json()?;
    let change = Change {
        name: kept("/name", asked.name)?,
        description: asked.description.map(Option::unwrap_or_default),
    };
    let group = commands::update(&call.caller, group.id, &change, call.if_match()).await?;
    Ok(show(200, group, None))
}

async fn remove(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    commands::delete(&call.caller, group.id, call.if_match()).await?;
    Ok(no_content())
}

/// A member's place in the order of a group.
#[derive(Serialize, Deserialize)]
struct Place(String, MemberId);

/// A page of the members of a group. Who is a member here is told to those only who may see members (ACC-3).
pub(super) async fn members_page<'a>(
    call: &'a Call,
    group: GroupId,
    q: Option<&str>,
) -> Result<(&'a Standing, Page<store::Listed>), Problem> {
    let standing = call.caller.reads(Needs(Area::Users, "view"))?;
    call.caller.reads(Needs(group.kind().area(), "view"))?;
    let (organization, asked) = (standing.organization.id, call.list()?);
    let parts = [organization.to_string(), group.to_string()];
    let parts = ["group members", &parts[0], &parts[1], q.unwrap_or_default()];
    let scope = CursorScope { key: &call.app().key, parts: &parts };
    let first = || Place(String::new(), MemberId(uuid::Uuid::nil()));
    let Place(name_key, id) = match &asked.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => first(),
    };
    let mut reader = call.app().db.reader();
    let after = (name_key.as_str(), id, asked.limit + 1);
    let rows = store::members(&mut reader, organization, group, q, after).await?;
    let mut page = Page::cut(rows, asked.limit, |last| {
        scope.write(&Place(last.member.name_key.clone(), last.member.id))
    });
    if asked.count {
        page.total = Some(store::count_members(&mut reader, organization, group, q).await?);
    }
    Ok((standing, page))
}

async fn members(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let q = searched(call.query::<Asked>()?.q)?;
    let group = find(&call, kind).await?;
    let (standing, page) = members_page(&call, group.id, q.as_deref()).await?;
    let names = Names::of_all(call.app(), &standing.organization, true).await?;
    Ok(page_json(&page.map(|listed| member_body(&standing.organization, &names, listed.member))))
}

/// The member in the path.
pub(super) async fn find_member(call: &Call) -> Result<MemberId, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<MemberId>("member")?;
    let found = member::store::find(&mut call.app().db.reader(), organization, id).await?;
    found.map(|member| member.id).ok_or_else(Problem::not_found)
}

async fn add(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let (group, member) = (find(&call, kind).await?, find_member(&call).await?);
    commands::add(&call.caller, group.id, member).await?;
    Ok(no_content())
}

async fn take_out(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let (group, member) = (find(&call, kind).await?, find_member(&call).await?);
    commands::take_out(&call.caller, group.id, member).await?;
    Ok(no_content())
}
