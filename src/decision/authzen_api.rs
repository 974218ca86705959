//! OpenID AuthZEN Authorization API 1.0: one question, many questions, and the metadata document.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ask::{self, Asking, Batch, Decisions, Object, Places};
use super::explain;
use super::explain_api::{StepBody, bodies};
use super::store::SubjectId;
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::text::cut;
use crate::http::call::read_json;
use crate::http::{Answer, Call, Guard, Route, answer, get, post};
use crate::op::Needs;

/// How many questions one request may hold.
const MOST_QUESTIONS: usize = 1_000;

/// A subject or a resource. Its properties count for nothing: Roster decides by what it knows itself.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Entity {
    /// `member` or `account`; of a resource its type, or `category`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    pub id: String,
}

/// What somebody would do.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ActionBody {
    /// As the category calls it: `view`, `edit` …
    pub name: String,
}

/// What goes with a question.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct ContextBody {
    /// The organization by id or slug; else the session's.
    pub organization: Option<String>,
    /// Whether the answer shall hold the chain.
    #[serde(default)]
    pub explain: bool,
}

/// One question; in a batch each part may be left out that stands above.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
struct Evaluation {
    subject: Option<Entity>,
    action: Option<ActionBody>,
    resource: Option<Entity>,
    context: Option<ContextBody>,
}

/// How a batch ends: `execute_all`, `deny_on_first_deny`, `permit_on_first_permit`.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
struct BatchOptions {
    evaluations_semantic: Option<String>,
}

/// Many questions.
#[derive(Clone, Debug, Deserialize, ToSchema)]
struct Evaluations {
    #[serde(flatten)]
    above: Evaluation,
    #[serde(default)]
    #[schema(value_type = Vec<Evaluation>)]
    evaluations: Vec<Value>,
    #[serde(default)]
    options: BatchOptions,
}

/// The same, where every question can be read: then each is read once.
#[derive(Deserialize)]
struct Readable {
    #[serde(flatten)]
    above: Evaluation,
    #[serde(default)]
    evaluations: Vec<Evaluation>,
    #[serde(default)]
    options: BatchOptions,
}

/// A batch as it is answered.
struct Questions {
    above: Evaluation,
    evaluations: Vec<Result<Evaluation, Problem>>,
    options: BatchOptions,
}

impl Questions {
    async fn of(call: &Call) -> Result<Self, Problem> {
        if is_json(call)
            && let Ok(Readable { above, evaluations, options }) = read_json(&call.request.body)
        {
            return Ok(Self { above, evaluations: evaluations.into_iter().map(Ok).collect(), options });
        }
        let Evaluations { above, evaluations, options } = body(call).await?;
        let read = |item| {
            serde_json::from_value(item).map_err(|error| {
                Problem::new(400, "invalid_input", format!("This evaluation can't be read: {error}."))
            })
        };
        Ok(Self { above, evaluations: evaluations.into_iter().map(read).collect(), options })
    }
}

/// What goes with an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnswerContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
}

/// An answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionBody {
    decision: bool,
    context: AnswerContext,
}

/// The answers of a batch, in the order of the questions.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct DecisionsBody {
    evaluations: Vec<DecisionBody>,
}

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    let decisions = Arc::new(Decisions::default());
    let with = Arc::clone(&decisions);
    let one = move |call| evaluation(call, Arc::clone(&with));
    let many = move |call| evaluations(call, Arc::clone(&decisions));
    vec![
        post("/access/v1/evaluation", one)
            .guard(Guard::Asks)
            .summary("Decide whether a subject may do an action on a resource (AuthZEN)")
            .takes::<Evaluation>()
            .answers::<DecisionBody>(200)
            .problems(&[(400, "invalid_input"), (403, "forbidden"), (404, "not_found")]),
        post("/access/v1/evaluations", many)
            .guard(Guard::Asks)
            .body_limit(1024 * 1024)
            .summary("Decide many questions at once (AuthZEN)")
            .takes::<Evaluations>()
            .answers::<DecisionsBody>(200)
            .problems(&[(400, "invalid_input"), (403, "forbidden"), (404, "not_found")]),
        get("/.well-known/authzen-configuration", configuration)
            .summary("Where the decisions are asked for (AuthZEN metadata)")
            .answers_file("application/json"),
    ]
}

/// The body; whatever is wrong with it is 400 here, as AuthZEN says. An unreadable body of nobody is still 401.
pub async fn body<T: for<'de> Deserialize<'de>>(call: &Call) -> Result<T, Problem> {
    let read = match is_json(call) {
        true => read_json(&call.request.body).map_err(|problem| Problem { status: 400, ..problem }),
        false => Err(Problem::new(415, "unsupported_media_type", "Send the body as application/json.")),
    };
    if read.is_err() {
        Places::new(call).place(None).await.map(|_| ()).or_else(known)?;
    }
    read
}

fn is_json(call: &Call) -> bool {
    let kind = call.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// That somebody is in no organization is not what is wrong here; that nobody is signed in is.
fn known(problem: Problem) -> Result<(), Problem> {
    if problem.status == 401 { Err(problem) } else { Ok(()) }
}

/// Reads a subject: an id of another kind is nobody.
pub fn subject_of(entity: &Entity) -> SubjectId {
    let member = || entity.id.parse().map(SubjectId::Member).ok();
    let account = || entity.id.parse().map(SubjectId::Account).ok();
    let found = match entity.kind.as_str() {
        "member" => member(),
        "account" => account(),
        _ => None,
    };
    found.unwrap_or(SubjectId::Nobody)
}

fn missing(pointer: &str) -> Problem {
    let detail = format!("{} is missing.", pointer.trim_start_matches('/'));
    Problem { status: 400, ..Problem::field(pointer, "missing", detail) }
}

impl Evaluation {
    fn above(self, above: &Evaluation) -> Self {
        Self {
            subject: self.subject.or_else(|| above.subject.clone()),
            action: self.action.or_else(|| above.action.clone()),
            resource: self.resource.or_else(|| above.resource.clone()),
            context: self.context.or_else(|| above.context.clone()),
        }
    }

    fn asking(self) -> Result<(Asking, bool), Problem> {
        let subject = self.subject.ok_or_else(|| missing("/subject"))?;
        let action = self.action.ok_or_else(|| missing("/action"))?;
        let resource = self.resource.ok_or_else(|| missing("/resource"))?;
        let context = self.context.unwrap_or_default();
        let asking = Asking {
            organization: context.organization,
            subject: subject_of(&subject),
            action: action.name,
            object: Object::new(resource.kind, resource.id),
        };
        Ok((asking, context.explain))
    }
}

async fn evaluation(call: Call, decisions: Arc<Decisions>) -> Result<Answer, Problem> {
    let (asking, explains) = body::<Evaluation>(&call).await?.asking()?;
    one(&call, &decisions, &asking, explains).await
}

async fn one(call: &Call, decisions: &Decisions, asking: &Asking, explains: bool) -> Result<Answer, Problem> {
    let answered = ask::one(call, decisions, asking).await?;
    let steps = if explains { steps(call, &mut Places::new(call), asking).await? } else { None };
    let context = AnswerContext { revision: Some(answered.revision), steps, error: None };
    Ok(answer::json(200, &DecisionBody { decision: answered.decision, context }))
}

/// The chain; none about somebody who is no member.
async fn steps(
    call: &Call,
    places: &mut Places<'_>,
    asking: &Asking,
) -> Result<Option<Vec<StepBody>>, Problem> {
    let standing = places.place(asking.organization.as_deref()).await?;
    let object = &asking.object;
    let mut reader = call.app().db.reader();
    let facts = explain::read(&mut reader, standing, (asking.subject, call.app().now()), object).await?;
    let may_view = standing.allows(Needs(Area::Users, "view"));
    Ok(facts.map(|facts| bodies(&facts.explain(standing, &asking.action, may_view).steps)))
}

async fn evaluations(call: Call, decisions: Arc<Decisions>) -> Result<Answer, Problem> {
    let asked = Questions::of(&call).await?;
    if asked.evaluations.is_empty() {
        let (asking, explains) = asked.above.asking()?;
        return one(&call, &decisions, &asking, explains).await;
    }
    if asked.evaluations.len() > MOST_QUESTIONS {
        let detail = format!("One request may hold {MOST_QUESTIONS} evaluations; send the rest in another.");
        return Err(Problem::new(400, "too_many_evaluations", detail));
    }
    let stops_at = match asked.options.evaluations_semantic.as_deref() {
        None | Some("execute_all") => None,
        Some("deny_on_first_deny") => Some(false),
        Some("permit_on_first_permit") => Some(true),
        Some(other) => {
            let detail = format!("There is no evaluations_semantic \"{}\".", cut(other, 60));
            return Err(Problem::new(400, "invalid_input", detail));
        }
    };
    let (mut batch, mut places) = (Batch::new(&call, &decisions), Places::new(&call));
    // Who asks is judged before what is asked, and once for all.
    let common = asked.above.context.as_ref().and_then(|context| context.organization.clone());
    batch.asker(common.as_deref()).await?;
    let mut evaluations = Vec::with_capacity(asked.evaluations.len());
    for item in asked.evaluations {
        let body = match item.and_then(|item| item.above(&asked.above).asking()) {
            Ok(item) => answer_one(&call, (&mut batch, &mut places), item).await?,
            Err(problem) => refused(&problem),
        };
        let stops = stops_at == Some(body.decision);
        evaluations.push(body);
        if stops {
            break;
        }
    }
    Ok(answer::json(200, &DecisionsBody { evaluations }))
}

async fn answer_one(
    call: &Call,
    (batch, places): (&mut Batch<'_>, &mut Places<'_>),
    (asking, explains): (Asking, bool),
) -> Result<DecisionBody, Problem> {
    let answered = match batch.answer(&asking).await {
        Ok(answered) => answered,
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => return Ok(refused(&problem)),
    };
    let steps = if explains { steps(call, places, &asking).await? } else { None };
    let context = AnswerContext { revision: Some(answered.revision), steps, error: None };
    Ok(DecisionBody { decision: answered.decision, context })
}

/// One question of a batch that could not be answered: the others are.
fn refused(problem: &Problem) -> DecisionBody {
    let error = json!({"status": problem.status, "code": problem.code, "message": problem.detail});
    DecisionBody {
        decision: false,
        context: AnswerContext { revision: None, steps: None, error: Some(error) },
    }
}

async fn configuration(call: Call) -> Result<Answer, Problem> {
    let base = call.app().settings.public_url.origin();
    let at = |path: &str| format!("{base}/access/v1/{path}");
    Ok(answer::json(
        200,
        &json!({
            "policy_decision_point": base,
            "access_evaluation_endpoint": at("evaluation"),
            "access_evaluations_endpoint": at("evaluations"),
            "search_subject_endpoint": at("search/subject"),
            "search_resource_endpoint": at("search/resource"),
            "search_action_endpoint": at("search/action"),
        }),
    ))
}
