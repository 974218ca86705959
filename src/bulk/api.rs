//! Bulk actions in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Deed;
use super::commands::{self, Came, Whom};
use crate::access_model::Area;
use crate::base::{MemberId, Problem};
use crate::http::{Answer, Call, Route, json, post};
use crate::job::api::{BegunBody, RowBody};
use crate::job::{Judged, Kind};
use crate::member::api::{TypedFilter, read_filter};
use crate::member::verb::Verb;
use crate::role::api::{DRY_RUN, dry_run};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = BulkAction)]
struct Asked {
    /// To these members.
    #[schema(value_type = Option<Vec<String>>)]
    ids: Option<Vec<String>>,
    /// To all that match.
    filter: Option<MemberFilter>,
    action: String,
    role: Option<String>,
    team: Option<String>,
    project: Option<String>,
}

/// As the list of members takes it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MemberFilter {
    q: Option<String>,
    status: Option<String>,
    role: Option<String>,
    team: Option<String>,
    project: Option<String>,
    not_signed_in_days: Option<i64>,
}

/// What came of each.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkResults)]
struct ResultsBody {
    results: Vec<RowBody>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/organizations/{org}/members/bulk", bulk)
            .needs(Area::Users, "view")
            .summary(
                "Do one thing to many members; for more than 200 as a job. With dryRun=true nothing is done, and the first 500 say \
                 what would become of them",
            )
            .query(&[DRY_RUN])
            .takes::<Asked>()
            .answers::<ResultsBody>(200)
            .answers::<BegunBody>(202)
            .problems(&[(403, "outside_grant_rule"), (422, "invalid_input")]),
    ]
}

async fn whom(call: &Call, ids: Option<Vec<String>>, filter: Option<MemberFilter>) -> Result<Whom, Problem> {
    match (ids, filter) {
        (Some(ids), None) => {
            let read = |(at, id): (usize, &String)| {
                let wrong =
                    |_| Problem::field(&format!("/ids/{at}"), "unknown_reference", "This is no member's id.");
                id.parse::<MemberId>().map_err(wrong)
            };
            Ok(Whom::Ids(ids.iter().enumerate().map(read).collect::<Result<_, _>>()?))
        }
        (None, Some(f)) => {
            let days = f.not_signed_in_days.map(|days| days.to_string());
            let MemberFilter { q, status, role, team, project, .. } = f;
            let typed = TypedFilter { q, status, role, team, project, not_signed_in_days: days, sort: None };
            let wrong = |problem: Problem| match problem.status {
                400 => Problem::field("/filter", "invalid_value", problem.detail),
                _ => problem,
            };
            Ok(Whom::Matching(read_filter(call, typed).await.map_err(wrong)?.0))
        }
        _ => Err(Problem::field("/ids", "invalid_value", "Give either ids or a filter.")),
    }
}

async fn bulk(call: Call) -> Result<Answer, Problem> {
    let dry_run = dry_run(&call)?;
    let asked: Asked = call.json()?;
    let action = Verb::parse(&asked.action).ok_or_else(|| {
        let known: Vec<&str> = Verb::ALL.into_iter().map(Verb::as_str).collect();
        Problem::field("/action", "invalid_value", format!("The action must be one of {}.", known.join(", ")))
    })?;
    let (role, team, project) = (asked.role, asked.team, asked.project);
    let deed = Deed { action, role, team, project }.checked()?;
    let whom = whom(&call, asked.ids, asked.filter).await?;
    if dry_run {
        let rows = commands::foretell(&call.caller, &deed, &whom).await?;
        return Ok(json(200, &results(rows)));
    }
    Ok(match commands::carry_out(&call.caller, &deed, &whom).await? {
        Came::Done(rows) => json(200, &results(rows)),
        Came::Job(job) => json(202, &BegunBody::of(&job)),
    })
}

fn results(rows: Vec<Judged>) -> ResultsBody {
    ResultsBody { results: rows.into_iter().map(|row| RowBody::of(Kind::Bulk, row)).collect() }
}
