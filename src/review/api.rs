//! Access reviews in the JSON API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::commands::{self, Asked};
use super::store::{self, Which};
use super::{DORMANT_DAYS, DUE_DAYS, Decision, Ground, INVITATION_DAYS, Item, Reason, Review, Scope, export};
use crate::access_model::Area;
use crate::base::page::{CursorScope, Page};
use crate::base::problem::Checks;
use crate::base::time::DAY;
use crate::base::{AccountId, MemberId, Problem, ReviewId, Timestamp};
use crate::http::{Answer, Call, PAGING, Route, get, json, json_versioned, page_json, patch, post};

/// A review, as the API shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Review)]
struct ReviewBody {
    #[schema(value_type = String)]
    id: ReviewId,
    name: String,
    state: &'static str,
    /// Whoever has one of these reasons stands in it.
    scope: Vec<Reason>,
    dormant_days: i64,
    invitation_days: i64,
    total: i64,
    kept: i64,
    removed: i64,
    undecided: i64,
    #[schema(value_type = String)]
    due_at: Timestamp,
    overdue: bool,
    started_by: StartedBy,
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// The name of who closed it.
    closed_by: Option<String>,
    #[schema(value_type = Option<String>)]
    closed_at: Option<Timestamp>,
    version: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReviewStartedBy)]
struct StartedBy {
    #[schema(value_type = String)]
    id: AccountId,
    name: String,
}

/// Somebody in a review, as they were when it began.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReviewItem)]
struct ItemBody {
    #[schema(value_type = String)]
    member_id: MemberId,
    name: String,
    email: String,
    roles: Vec<String>,
    status: &'static str,
    #[schema(value_type = Option<String>)]
    last_login: Option<Timestamp>,
    reasons: Vec<Ground>,
    decision: Option<Decision>,
    note: Option<String>,
    decided_by: Option<DecidedBy>,
    #[schema(value_type = Option<String>)]
    decided_at: Option<Timestamp>,
    version: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReviewDecidedBy)]
struct DecidedBy {
    id: String,
    name: String,
}

/// Whom a review would be about.
#[derive(Serialize, ToSchema)]
#[schema(as = ReviewForeseen)]
struct ForeseenBody {
    /// People; whoever has several reasons counts once.
    total: i64,
    /// People by reason.
    counts: BTreeMap<&'static str, i64>,
}

fn body(review: &Review, now: Timestamp) -> ReviewBody {
    let r = review.clone();
    ReviewBody {
        id: r.id,
        state: r.state.as_str(),
        total: r.total,
        kept: r.kept,
        removed: r.removed,
        undecided: r.undecided(),
        due_at: r.due_at,
        overdue: r.is_overdue(now),
        name: r.name,
        scope: r.scope.reasons,
        dormant_days: r.scope.dormant_days,
        invitation_days: r.scope.invitation_days,
        started_by: StartedBy { id: r.started_by, name: r.started_by_name },
        created_at: r.created_at,
        closed_by: r.closed_by_name,
        closed_at: r.closed_at,
        version: r.version,
    }
}

fn item_body(item: Item) -> ItemBody {
    let (decision, note, decided_by, decided_at) = match item.decided {
        Some(d) => {
            let by = DecidedBy { id: d.by_id, name: d.by_name };
            (Some(d.decision), Some(d.note), Some(by), Some(d.at))
        }
        None => (None, None, None, None),
    };
    ItemBody {
        member_id: item.member,
        name: item.name,
        email: item.email,
        roles: item.roles,
        status: item.status.as_str(),
        last_login: item.last_login,
        reasons: item.grounds,
        decision,
        note,
        decided_by,
        decided_at,
        version: item.version,
    }
}

/// Whom to look at, and until when.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartReview {
    name: String,
    /// Whoever has one of these reasons.
    scope: Vec<Reason>,
    /// Days without a sign-in; 90 unless said.
    dormant_days: Option<i64>,
    /// Days without an answer to an invitation; 14 unless said.
    invitation_days: Option<i64>,
    /// In 14 days unless said.
    #[schema(value_type = Option<String>)]
    due_at: Option<String>,
}

/// What is decided about somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideItem {
    decision: Decision,
    /// Why; needed to remove.
    note: Option<String>,
}

/// How a review is closed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CloseReview {
    /// Close it although about some nothing is decided.
    #[serde(default)]
    leave_undecided: bool,
}

const ITEMS_LISTED: &[(&str, &str)] = &[
    ("decided", "true: those about whom something is decided; false: the others"),
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/reviews", list)
            .needs(Area::Users, "view")
            .summary("The organization's access reviews, newest first")
            .query(PAGING)
            .answers_page::<ReviewBody>(),
        post("/api/v1/organizations/{org}/reviews", start)
            .needs(Area::Users, "delete")
            .summary("Start an access review, or tell how many people it would be about")
            .query(&[("dryRun", "true: nothing is done, the answer counts people by reason")])
            .takes::<StartReview>()
            .answers::<ForeseenBody>(200)
            .answers::<ReviewBody>(201)
            .problems(&[(409, "nobody_to_review"), (409, "review_too_large"), (422, "invalid_input")]),
        get("/api/v1/organizations/{org}/reviews/{id}", one)
            .needs(Area::Users, "view")
            .summary("An access review")
            .answers::<ReviewBody>(200),
        get("/api/v1/organizations/{org}/reviews/{id}/items", items)
            .needs(Area::Users, "view")
            .summary("Who stands in a review, by name, as they were when it began")
            .query(ITEMS_LISTED)
            .answers_page::<ItemBody>(),
        patch("/api/v1/organizations/{org}/reviews/{id}/items/{member}", decide)
            .needs(Area::Users, "delete")
            .summary(
                "Keep somebody, or remove them; what was kept can be removed later, not the other way round",
            )
            .takes::<DecideItem>()
            .answers::<ItemBody>(200)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "already_removed"),
                (409, "invitation_answered"),
                (409, "last_owner"),
                (409, "member_gone"),
                (409, "review_closed"),
                (412, "stale_version"),
                (422, "invalid_input"),
            ]),
        post("/api/v1/organizations/{org}/reviews/{id}/close", close)
            .needs(Area::Users, "delete")
            .summary("Close a review; with people left undecided only where that is said")
            .takes::<CloseReview>()
            .answers::<ReviewBody>(200)
            .problems(&[(409, "review_closed"), (409, "review_undecided"), (412, "stale_version")]),
        get("/api/v1/organizations/{org}/reviews/{id}/evidence.csv", evidence)
            .needs(Area::Users, "view")
            .summary("Everybody in a review and what was decided about each, by whom, when and why, as CSV")
            .answers_file("text/csv"),
    ]
}

/// The asked page of the reviews.
pub(super) async fn page(call: &Call) -> Result<Page<Review>, Problem> {
    let organization = call.standing()?.organization.id;
    let asked = call.list()?;
    let text = organization.to_string();
    let scope = CursorScope { key: &call.app().key, parts: &["reviews", &text] };
    let place = match &asked.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => (i64::MAX, ReviewId(Uuid::max())),
    };
    let mut reader = call.app().db.reader();
    let place = ((Timestamp(place.0), place.1), asked.limit + 1);
    let rows = store::list(&mut reader, organization, place).await?;
    let mut page = Page::cut(rows, asked.limit, |last| scope.write(&(last.created_at.0, last.id)));
    if asked.count {
        page.total = Some(store::count(&mut reader, organization).await?);
    }
    Ok(page)
}

/// The asked page of the people of a review.
pub(super) async fn items_page(call: &Call, review: &Review, which: Which) -> Result<Page<Item>, Problem> {
    let asked = call.list()?;
    let (text, filter) = (review.id.to_string(), format!("{which:?}"));
    let scope = CursorScope { key: &call.app().key, parts: &["review items", &text, &filter] };
    let after: i64 = asked.cursor.as_deref().map(|cursor| scope.read(cursor)).transpose()?.unwrap_or(0);
    let mut reader = call.app().db.reader();
    let rows = store::items(&mut reader, review.id, which, (after, asked.limit + 1)).await?;
    let mut page = Page::cut(rows, asked.limit, |last| scope.write(&last.number));
    if asked.count {
        page.total = Some(match which {
            Which::All => review.total,
            Which::Undecided => review.undecided(),
            Which::Decided => review.decided(),
        });
    }
    Ok(page)
}

/// The review in the path.
pub(super) async fn find(call: &Call) -> Result<Review, Problem> {
    let (organization, id) = (call.standing()?.organization.id, call.id::<ReviewId>("id")?);
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let now = call.app().now();
    Ok(page_json(&page(&call).await?.map(|review| body(&review, now))))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filters {
    dry_run: Option<String>,
    decided: Option<String>,
}

/// A parameter that is true, false or left out.
fn flag(name: &str, text: Option<&str>) -> Result<Option<bool>, Problem> {
    match text {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::new(400, "invalid_parameter", format!("{name} must be true or false."))),
    }
}

async fn start(call: Call) -> Result<Answer, Problem> {
    let dry_run = flag("dryRun", call.query::<Filters>()?.dry_run.as_deref())?.unwrap_or(false);
    let sent: StartReview = call.json()?;
    let now = call.app().now();
    let mut reasons = sent.scope;
    reasons.sort_unstable();
    reasons.dedup();
    let scope = Scope {
        reasons,
        dormant_days: sent.dormant_days.unwrap_or(DORMANT_DAYS),
        invitation_days: sent.invitation_days.unwrap_or(INVITATION_DAYS),
    };
    if dry_run {
        let mut checks = Checks::default();
        commands::check_scope(&mut checks, &scope);
        checks.done()?;
        let foreseen = commands::foresee(&call.caller, &scope, 0).await?;
        let counts = scope.reasons.iter().map(|reason| (reason.as_str(), foreseen.count(*reason)));
        return Ok(json(200, &ForeseenBody { counts: counts.collect(), total: foreseen.total }));
    }
    let due_at = match sent.due_at {
        None => now.plus(DUE_DAYS * DAY),
        Some(text) => text.parse().map_err(|_| {
            let detail = "Send an instant such as 2026-03-31T17:00:00Z.";
            Problem::field("/dueAt", "invalid_value", detail)
        })?,
    };
    let review = commands::start(&call.caller, &Asked { name: sent.name, scope, due_at }).await?;
    Ok(json_versioned(201, &body(&review, now), review.version))
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let review = find(&call).await?;
    Ok(json_versioned(200, &body(&review, call.app().now()), review.version))
}

async fn items(call: Call) -> Result<Answer, Problem> {
    let which = match flag("decided", call.query::<Filters>()?.decided.as_deref())? {
        None => Which::All,
        Some(true) => Which::Decided,
        Some(false) => Which::Undecided,
    };
    let review = find(&call).await?;
    Ok(page_json(&items_page(&call, &review, which).await?.map(item_body)))
}

async fn decide(call: Call) -> Result<Answer, Problem> {
    let (review, member) = (find(&call).await?, call.id::<MemberId>("member")?);
    let sent: DecideItem = call.json()?;
    let decision = (sent.decision, sent.note.as_deref().unwrap_or_default());
    let item = commands::decide(&call.caller, (review.id, member), decision, call.if_match()).await?;
    let version = item.version;
    Ok(json_versioned(200, &item_body(item), version))
}

async fn close(call: Call) -> Result<Answer, Problem> {
    let review = find(&call).await?;
    let sent: CloseReview = call.json_or_default()?;
    let review = commands::close(&call.caller, review.id, sent.leave_undecided, call.if_match()).await?;
    Ok(json_versioned(200, &body(&review, call.app().now()), review.version))
}

async fn evidence(call: Call) -> Result<Answer, Problem> {
    let review = find(&call).await?;
    Ok(export::evidence(call.app(), review))
}
