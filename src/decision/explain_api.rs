//! `…/access/explain` and `…/access/who` in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CATEGORY;
use super::ask::Object;
use super::explain::{self, Explanation, Said};
use super::scan::Search;
use super::store::SubjectId;
use crate::access_model::Area;
use crate::account::display_name;
use crate::base::{MemberId, Problem};
use crate::http::{Answer, Call, Guard, Route, get, json, page_json};
use crate::op::Needs;

/// One step of the chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepBody {
    /// `status`, `role`, `template`, `direct`, `feature`, `team`, `project`, `visibility`: each once, in this order.
    step: &'static str,
    /// `pass`, `fail` or `not_needed`.
    outcome: &'static str,
    /// Why, for people.
    detail: String,
}

/// One of the smallest changes that would allow it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RemedyBody {
    /// What to change.
    change: String,
    /// Who may make the change.
    by: String,
}

/// Why somebody can or can't.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ExplanationBody {
    decision: bool,
    steps: Vec<StepBody>,
    remedies: Vec<RemedyBody>,
    revision: i64,
}

/// Somebody by id, name and address.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MemberLabel {
    #[schema(value_type = String)]
    id: MemberId,
    name: String,
    email: String,
}

/// Somebody who can, and what gives it: `role:…`, `template:…`, `direct`.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AbleBody {
    member: MemberLabel,
    sources: Vec<String>,
}

/// The steps as the API shows them.
pub fn bodies(steps: &[Said]) -> Vec<StepBody> {
    let body = |said: &Said| StepBody {
        step: said.step.as_str(),
        outcome: said.outcome.as_str(),
        detail: said.detail.clone(),
    };
    steps.iter().map(body).collect()
}

impl From<Explanation> for ExplanationBody {
    fn from(e: Explanation) -> Self {
        Self {
            decision: e.decision,
            steps: bodies(&e.steps),
            remedies: e.remedies.into_iter().map(|r| RemedyBody { change: r.change, by: r.by }).collect(),
            revision: e.revision,
        }
    }
}

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/access/explain", explained)
            .guard(Guard::Member)
            .summary("Why a member can or can't do something, and what would allow it")
            .query(&[
                ("member", "The member's id; oneself where left out"),
                ("action", "The action, as its category calls it"),
                ("resource", "type:externalId, or category:name"),
            ])
            .answers::<ExplanationBody>(200)
            .problems(&[(400, "invalid_parameter"), (403, "forbidden")]),
        get("/api/v1/organizations/{org}/access/who", who)
            .needs(Area::Users, "view")
            .summary("Who can do something, by name")
            .query(&[
                ("action", "The action, as its category calls it"),
                ("resource", "type:externalId, or category:name"),
                ("limit", "Rows on a page: 1 to 200, 50 unless said"),
                ("cursor", "nextCursor of the page before"),
            ])
            .answers_page::<AbleBody>()
            .problems(&[(400, "invalid_parameter")]),
    ]
}

/// What is asked in an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    member: String,
    action: String,
    resource: String,
}

fn bad(name: &str, says: &str) -> Problem {
    Problem::new(400, "invalid_parameter", format!("{name} {says}."))
}

/// Reads `type:externalId` or `category:name`. The external id may hold colons.
pub fn object(resource: &str) -> Option<Object> {
    let (kind, id) = resource.split_once(':')?;
    (!kind.is_empty() && !id.is_empty()).then(|| Object::new(kind, id))
}

impl Query {
    fn object(&self) -> Result<Object, Problem> {
        if self.action.is_empty() {
            return Err(bad("action", "is missing"));
        }
        object(&self.resource)
            .ok_or_else(|| bad("resource", &format!("must be type:externalId or {CATEGORY}:name")))
    }
}

async fn explained(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let query: Query = call.query()?;
    let member = match query.member.as_str() {
        "" => standing.member,
        text => text.parse().unwrap_or(MemberId(uuid::Uuid::nil())),
    };
    let view = Needs(Area::Users, "view");
    if member != standing.member && !standing.allows(view) {
        return Err(Problem::forbidden(view.named(&standing.organization.model)));
    }
    let object = query.object()?;
    let mut reader = call.app().db.reader();
    let asked = (query.action.as_str(), &object);
    let id = SubjectId::Member(member);
    let explanation = explain::explain(&mut reader, standing, id, asked, standing.allows(view)).await?;
    Ok(json(200, &ExplanationBody::from(explanation)))
}

async fn who(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let query: Query = call.query()?;
    let (object, list) = (query.object()?, call.list()?);
    let search = Search {
        app: call.app(),
        organization: organization.id,
        model: &organization.model,
        action: &query.action,
    };
    let page = search.who(&object, &list).await?;
    Ok(page_json(&page.map(|able| {
        let (first, last, email) = able.name;
        let name = display_name(&first, &last, &email);
        AbleBody { member: MemberLabel { id: able.subject.member, name, email }, sources: able.sources }
    })))
}
