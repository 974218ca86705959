//! `…/members/{id}/effective-permissions` and `…/access/explain` in the JSON API: today, or at an instant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::explain::{self, Told};
use super::read::{self, Found};
use super::{Then, instant};
use crate::access::Explained;
use crate::access_model::Area;
use crate::base::{MemberId, Problem, Timestamp};
use crate::decision;
use crate::decision::explain_api::{ExplanationBody, Query as Asked};
use crate::decision::store::SubjectId;
use crate::http::{Answer, Call, Guard, Route, get, json};
use crate::member::body::TemplateLabel;
use crate::member::{self, Status, holdings};
use crate::op::Needs;
use crate::role;
use crate::role::label::RoleLabel;

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/members/{id}/effective-permissions", effective)
            .needs(Area::Users, "view")
            .summary("What a member may do, or could do at an instant, and where each permission comes from")
            .query(&[(
                "at",
                "An instant of the past, or a day: its end in UTC. The answer has then at, status, roles and roleTemplate, too",
            )])
            .answers::<EffectivePermissions>(200)
            .problems(&[(400, "invalid_parameter"), (404, "not_a_member_then"), (409, "past_unknown")]),
        get("/api/v1/organizations/{org}/access/explain", explained)
            .guard(Guard::Member)
            .summary("Why a member can or can't do something, and what would allow it; or why they could or couldn't")
            .query(&[
                ("member", "The member's id; oneself where left out"),
                ("action", "The action, as its category calls it"),
                ("resource", "type:externalId, or category:name"),
                ("at", "An instant of the past, or a day: its end in UTC. The answer has then at, and remedies is empty"),
            ])
            .answers::<ExplanationBody>(200)
            .problems(&[
                (400, "invalid_parameter"),
                (403, "forbidden"),
                (404, "not_a_member_then"),
                (409, "past_unknown"),
            ]),
    ]
}

/// What a member may do and where each permission comes from: `role:…`, `template:…` or `direct`. For the document; the
/// evaluator writes it.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct EffectivePermissions {
    at: Option<String>,
    status: Option<String>,
    roles: Option<Vec<RoleLabel>>,
    role_template: Option<TemplateLabel>,
    permissions: BTreeMap<String, Vec<EffectiveAction>>,
    withheld: Vec<WithheldCategory>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct EffectiveAction {
    action: String,
    sources: Vec<String>,
}

/// A category that a feature, off for this member, takes away.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct WithheldCategory {
    category: String,
    feature: String,
}

/// What somebody could do at an instant.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThenBody<'a> {
    at: Timestamp,
    status: &'static str,
    roles: Vec<RoleLabel>,
    role_template: Option<TemplateLabel>,
    #[serde(flatten)]
    explained: &'a Explained<'a>,
}

impl<'a> ThenBody<'a> {
    /// Of this member, with what the evaluator says.
    pub fn new(then: &Then, explained: &'a Explained<'a>) -> Self {
        let label = |role: &&role::store::Role| RoleLabel {
            id: role.id,
            key: role.definition.key.clone(),
            label: role.definition.label.clone(),
        };
        Self {
            at: then.at,
            status: then.held.status.as_str(),
            roles: then.roles().iter().map(label).collect(),
            role_template: then.template().map(|(id, name)| TemplateLabel { id, name: name.to_owned() }),
            explained,
        }
    }
}

/// 400: no instant of the past.
pub fn no_instant() -> Problem {
    let says =
        "at must be an instant like 2026-03-03T12:00:00Z, or a day like 2026-03-03, and not in the future.";
    Problem::new(400, "invalid_parameter", says)
}

/// 404: known, but not here at that time.
pub fn not_then() -> Problem {
    Problem::new(404, "not_a_member_then", "They were not a member of this organization at that time.")
}

/// 409: the trail does not hold enough.
pub fn unknown() -> Problem {
    Problem::conflict(
        "past_unknown",
        "The areas or features of the access model were changed since, and what roles allowed before that is not told. Ask about \
         a later instant.",
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    at: Option<String>,
}

async fn effective(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let (id, query) = (call.id::<MemberId>("id")?, call.query::<Query>()?);
    let mut reader = call.app().db.reader();
    let Some(at) = query.at else {
        let found = member::store::find(&mut reader, organization.id, id).await?;
        let member = found.ok_or_else(Problem::not_found)?;
        let roles = role::store::list(&mut reader, organization.id).await?;
        let held = holdings::read(&mut reader, organization, &member, &roles).await?;
        let active = member.status == Status::Active;
        return Ok(held.ask(organization, &member, active, |holdings| json(200, &holdings.explained())));
    };
    let at = instant(&at, call.app().now()).ok_or_else(no_instant)?;
    match read::find(&mut call.app().db.long_reader(), organization.id, id, at).await? {
        Found::Then(then) => Ok(then.explained(|explained| json(200, &ThenBody::new(&then, explained)))),
        Found::Unknown => Err(unknown()),
        Found::NotThen => Err(not_then()),
        Found::Nobody => Err(Problem::not_found()),
    }
}

async fn explained(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let query: Asked = call.query()?;
    let member = match query.member.as_str() {
        "" => standing.member,
        text => text.parse().unwrap_or(MemberId(uuid::Uuid::nil())),
    };
    let view = Needs(Area::Users, "view");
    if member != standing.member && !standing.allows(view) {
        return Err(Problem::forbidden(view.named(&standing.organization.model)));
    }
    let (object, all) = (query.object()?, standing.allows(view));
    let Some(at) = query.at else {
        let asked = (query.action.as_str(), &object);
        let (mut reader, id) = (call.app().db.reader(), SubjectId::Member(member));
        let explanation =
            decision::explain::explain(&mut reader, standing, (id, call.app().now()), asked, all).await?;
        return Ok(json(200, &ExplanationBody::from(explanation)));
    };
    let at = instant(&at, call.app().now()).ok_or_else(no_instant)?;
    let facts = match explain::read(&mut call.app().db.long_reader(), standing, member, &object, at).await? {
        Told::Facts(facts) => facts,
        Told::Unknown => return Err(unknown()),
        Told::NotThen => return Err(not_then()),
        Told::Nobody => return Err(Problem::not_found()),
    };
    let explanation = facts.explain(standing, &query.action, all);
    Ok(json(200, &ExplanationBody { at: Some(at), ..explanation.into() }))
}
