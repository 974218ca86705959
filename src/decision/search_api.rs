//! The searches of AuthZEN: which subjects, which resources, which actions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ask::{Object, Places};
use super::authzen_api::{ActionBody, ContextBody, Entity, body, subject_of};
use super::scan::Search;
use super::store::SubjectId;
use super::{Asked, CATEGORY, Subject, list};
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::page::{DEFAULT_LIMIT, MOST};
use crate::http::{Answer, Call, Guard, ListQuery, Route, answer, post};
use crate::op::{Needs, Standing};

/// What is searched may leave its id out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
struct Sought {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
}

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
struct PageBody {
    /// `next_token` of the page before.
    token: Option<String>,
    /// Results on a page: 1 to 200, 50 unless said.
    limit: Option<i64>,
}

/// A search. What is searched has a type and no id; a search for actions has no action.
#[derive(Clone, Debug, Deserialize, ToSchema)]
struct SearchBody {
    subject: Sought,
    action: Option<ActionBody>,
    resource: Sought,
    #[serde(default)]
    context: ContextBody,
    #[serde(default)]
    page: PageBody,
}

/// Where the next page begins; empty on the last one.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct NextPage {
    next_token: String,
}

/// What was found: subjects, resources or actions.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ResultsBody {
    #[schema(value_type = Vec<Object>)]
    results: Vec<Value>,
    page: NextPage,
    #[schema(value_type = Object)]
    context: Value,
}

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    let search = |route: Route, summary| {
        route.guard(Guard::Asks).summary(summary).takes::<SearchBody>().answers::<ResultsBody>(200).problems(
            &[(400, "invalid_input"), (400, "invalid_cursor"), (403, "forbidden"), (404, "not_found")],
        )
    };
    vec![
        search(post("/access/v1/search/subject", subjects), "Who can do this (AuthZEN)"),
        search(post("/access/v1/search/resource", resources), "On what somebody can do this (AuthZEN)"),
        search(post("/access/v1/search/action", actions), "What somebody can do with this (AuthZEN)"),
    ]
}

fn missing(pointer: &str) -> Problem {
    let detail = format!("{} is missing.", pointer.trim_start_matches('/').replace('/', "."));
    Problem { status: 400, ..Problem::field(pointer, "missing", detail) }
}

impl SearchBody {
    fn action(&self) -> Result<&str, Problem> {
        self.action.as_ref().map(|action| action.name.as_str()).ok_or_else(|| missing("/action"))
    }

    fn subject(&self) -> Result<SubjectId, Problem> {
        let id = self.subject.id.clone().ok_or_else(|| missing("/subject/id"))?;
        Ok(subject_of(&Entity { kind: self.subject.kind.clone(), id }))
    }

    fn object(&self) -> Result<Object, Problem> {
        let id = self.resource.id.as_deref().ok_or_else(|| missing("/resource/id"))?;
        Ok(Object::new(&self.resource.kind, id))
    }

    fn list(&self) -> Result<ListQuery, Problem> {
        let limit = self.page.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MOST).contains(&limit) {
            let detail = format!("page.limit must be a number from 1 to {MOST}.");
            return Err(Problem::new(400, "invalid_input", detail));
        }
        let cursor = self.page.token.clone().filter(|token| !token.is_empty());
        Ok(ListQuery { limit, cursor, count: false })
    }
}

fn found(results: Vec<Value>, next: Option<String>, standing: &Standing) -> Answer {
    answer::json(
        200,
        &ResultsBody {
            results,
            page: NextPage { next_token: next.unwrap_or_default() },
            context: json!({"revision": standing.organization.revision}),
        },
    )
}

fn may_view(standing: &Standing) -> Result<(), Problem> {
    let needed = Needs(Area::Users, "view");
    match standing.allows(needed) {
        true => Ok(()),
        false => Err(Problem::forbidden(needed.named(&standing.organization.model))),
    }
}

/// The subject that is asked about: oneself, or with `users:view` anybody here.
async fn subject_for(call: &Call, standing: &Standing, id: SubjectId) -> Result<Option<Subject>, Problem> {
    let subject =
        list::subject(&mut call.app().db.reader(), standing.organization.id, id, call.app().now()).await?;
    if subject.as_ref().is_none_or(|subject| subject.member != standing.member) {
        may_view(standing)?;
    }
    Ok(subject)
}

fn search<'a>(call: &'a Call, standing: &'a Standing, action: &'a str) -> Search<'a> {
    let organization = &standing.organization;
    Search { app: call.app(), organization: organization.id, model: &organization.model, action }
}

async fn subjects(call: Call) -> Result<Answer, Problem> {
    let asked: SearchBody = body(&call).await?;
    let mut places = Places::new(&call);
    let standing = places.place(asked.context.organization.as_deref()).await?;
    may_view(standing)?;
    let (object, list) = (asked.object()?, asked.list()?);
    let kind = asked.subject.kind.as_str();
    if !["member", "account"].contains(&kind) {
        return Ok(found(Vec::new(), None, standing));
    }
    let page = search(&call, standing, asked.action()?).who(&object, &list).await?;
    let result = |able: super::scan::Able| match (kind, able.subject.account) {
        ("member", _) => Some(json!({"type": "member", "id": able.subject.member})),
        (_, account) => account.map(|id| json!({"type": "account", "id": id})),
    };
    Ok(found(page.data.into_iter().filter_map(result).collect(), page.next_cursor, standing))
}

async fn resources(call: Call) -> Result<Answer, Problem> {
    let asked: SearchBody = body(&call).await?;
    let mut places = Places::new(&call);
    let standing = places.place(asked.context.organization.as_deref()).await?;
    let subject = subject_for(&call, standing, asked.subject()?).await?;
    let (action, list) = (asked.action()?, asked.list()?);
    let Some(subject) = subject else { return Ok(found(Vec::new(), None, standing)) };
    let (kind, model) = (asked.resource.kind.as_str(), &standing.organization.model);
    let result = |id: &str| json!({"type": kind, "id": id});
    if kind == CATEGORY {
        let keys = model.categories.iter().map(|category| category.key.as_str());
        let able = keys.filter(|key| subject.may(model, action, Asked::Category(key)));
        return Ok(found(able.map(result).collect(), None, standing));
    }
    if kind.contains('\0') {
        return Ok(found(Vec::new(), None, standing));
    }
    let page = search(&call, standing, action).which(&subject, kind, &list).await?;
    let results = page.data.iter().map(|thing| result(&thing.external_id)).collect();
    Ok(found(results, page.next_cursor, standing))
}

async fn actions(call: Call) -> Result<Answer, Problem> {
    let asked: SearchBody = body(&call).await?;
    let mut places = Places::new(&call);
    let standing = places.place(asked.context.organization.as_deref()).await?;
    let subject = subject_for(&call, standing, asked.subject()?).await?;
    let object = asked.object()?;
    let Some(subject) = subject else { return Ok(found(Vec::new(), None, standing)) };
    let (organization, model) = (standing.organization.id, &standing.organization.model);
    let thing = match &object {
        Object::Category(_) => None,
        Object::Thing(kind, id) => list::thing(&mut call.app().db.reader(), organization, (kind, id)).await?,
    };
    let (category, on) = match (&object, &thing) {
        (Object::Category(category), _) => (category.as_str(), Asked::Category(category)),
        (_, Some(thing)) => (thing.category.as_str(), Asked::Thing(Some(thing))),
        (_, None) => ("", Asked::Thing(None)),
    };
    let known = model.category(category).map(|category| &category.actions);
    let able =
        known.into_iter().flat_map(|actions| actions.iter()).filter(|action| subject.may(model, action, on));
    Ok(found(able.map(|name| json!({"name": name})).collect(), None, standing))
}
