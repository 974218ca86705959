//! `…/access/who` in the JSON API, and what `…/access/explain` takes and answers: the past is asked there, too.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CATEGORY;
use super::ask::Object;
use super::explain::{Explanation, Said};
use super::scan::Search;
use crate::access_model::Area;
use crate::account::display_name;
use crate::base::{MemberId, Problem, Timestamp};
use crate::http::{Answer, Call, Route, get, page_json};

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
pub struct ExplanationBody {
    /// The instant, where one of the past was asked about; nothing can be changed about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
    /// Whether it is allowed.
    pub decision: bool,
    /// The chain.
    pub steps: Vec<StepBody>,
    /// What would allow it.
    pub remedies: Vec<RemedyBody>,
    /// The organization's revision at the time of the answer.
    pub revision: i64,
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
            at: None,
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
pub struct Query {
    /// About whom; oneself where empty.
    pub member: String,
    /// The action.
    pub action: String,
    resource: String,
    /// An instant of the past.
    pub at: Option<String>,
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
    /// On what.
    pub fn object(&self) -> Result<Object, Problem> {
        if self.action.is_empty() {
            return Err(bad("action", "is missing"));
        }
        object(&self.resource)
            .ok_or_else(|| bad("resource", &format!("must be type:externalId or {CATEGORY}:name")))
    }
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
