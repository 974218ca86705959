//! Problems as pages: what happened, who can help, the way on.

use axum::http::{HeaderValue, Method, header};

use crate::base::{Problem, RoleId};
use crate::console::errors::ErrorPage;
use crate::http::{Answer, Face, Guard, ListQuery, Route, answer, see_other};
use crate::member::Status;
use crate::member::list::{self, Filter, Sort};
use crate::op::{Caller, Standing, Who};

/// The page that tells a problem to a person.
pub fn of(problem: &Problem, request_id: &str) -> Answer {
    let page = match (problem.status, problem.code.as_str()) {
        (404, _) => ErrorPage::not_found(),
        (403, "cross_site_request") => ErrorPage::cross_site(),
        (403, "forbidden") => forbidden(problem, "Somebody who manages users here can give it to you."),
        (403, _) => ErrorPage::refused(problem.detail.clone()),
        (409 | 410 | 412 | 422, _) => ErrorPage::conflict(problem.detail.clone()),
        (429, _) => too_many(problem),
        (503, _) => ErrorPage::unavailable(),
        (500.., _) => ErrorPage::failed(request_id),
        _ => ErrorPage::bad_request(),
    };
    rendered(problem, &page)
}

fn rendered(problem: &Problem, page: &ErrorPage) -> Answer {
    let mut answer = answer::html(problem.status, page);
    if let Some(seconds) = problem.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

fn forbidden(problem: &Problem, help: impl Into<String>) -> ErrorPage {
    let permission = problem.detail.split(' ').find(|word| word.contains(':'));
    ErrorPage::forbidden(permission.map_or("for this", |word| word.trim_end_matches('.')), help)
}

fn too_many(problem: &Problem) -> ErrorPage {
    let wait = match problem.retry_after.unwrap_or(1) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    };
    ErrorPage { help: Some(problem.detail.clone()), ..ErrorPage::too_many(&wait) }
}

/// The answer to somebody whom the route's guard refused: a page says who can help, or leads to where one can go on.
pub async fn refusal(caller: &Caller, route: &Route, problem: Problem) -> Result<Answer, Problem> {
    if route.face == Face::Api {
        return Err(problem);
    }
    let inside = matches!(route.guard, Guard::Needs(_) | Guard::Member);
    match (problem.status, &caller.standing) {
        // Signed in, and in no organization: choose one first.
        (404, None) if inside && route.method == Method::GET && matches!(caller.who, Who::Signed(_)) => {
            Ok(see_other("/organizations"))
        }
        (403, Some(standing)) if problem.code == "forbidden" => {
            let page = forbidden(&problem, who_can_help(caller, standing).await?);
            Ok(rendered(&problem, &page))
        }
        _ => Err(problem),
    }
}

/// How many names are enough.
const NAMED: i64 = 3;

/// "Ask Mara Lindqvist or another Admin": only a member reads this.
async fn who_can_help(caller: &Caller, standing: &Standing) -> Result<String, Problem> {
    let organization = standing.organization.id;
    let mut reader = caller.app.db.reader();
    let roles = crate::role::store::list(&mut reader, organization).await?;
    let Some(top) = roles.iter().find(|role| role.definition.top) else {
        return Ok("Somebody who manages users here can give it to you.".to_owned());
    };
    let names = names_with(caller, standing, top.id).await?;
    Ok(format!("Ask {} ({}) to give you a role with it.", names.join(" or "), top.definition.label))
}

async fn names_with(caller: &Caller, standing: &Standing, role: RoleId) -> Result<Vec<String>, Problem> {
    let filter = Filter { role: Some(role), status: Some(Status::Active), ..Filter::default() };
    let asked = ListQuery { limit: NAMED, cursor: None, count: false };
    let organization = standing.organization.id;
    let page = list::page(&caller.app, organization, &filter, Sort::default(), &asked).await?;
    Ok(page.data.iter().map(crate::member::Member::name).collect())
}
