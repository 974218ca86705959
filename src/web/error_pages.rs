//! Problems as pages: what happened, who can help, the way on.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Method, header};

use super::caller;
use crate::app::App;
use crate::base::client::Client;
use crate::base::text::isolated;
use crate::base::{Problem, RoleId};
use crate::console::address::Address;
use crate::console::errors::{ErrorInside, Trouble};
use crate::console::layout::{Frame, Place};
use crate::frame;
use crate::http::{Answer, Call, Face, Guard, ListQuery, Received, Route, answer, flash, see_other};
use crate::member::list::{self, Filter, Sort};
use crate::member::{Member, Status};
use crate::op::{Caller, Standing, Who};

/// A page that fails is answered without its frame rather than late.
const FRAMED_WITHIN: Duration = Duration::from_secs(2);

/// The page that tells a problem to whoever asks: inside their organization where they are in one, else bare. The caller is
/// read anew: the frame is what they may see now, whatever the request was about and did.
pub async fn of(app: &App, client: Client, request: Received, problem: &Problem) -> Answer {
    let request_id = client.request_id.clone();
    match tokio::time::timeout(FRAMED_WITHIN, inside(app, client, request, problem)).await {
        Ok(Ok(Some(answer))) => answer,
        // The frame needs the database, which may be what is away.
        _ => bare(problem, &request_id),
    }
}

/// The page that tells a problem to somebody of whom nothing is known.
pub fn bare(problem: &Problem, request_id: &str) -> Answer {
    waiting(answer::html(problem.status, &trouble(problem, request_id).bare()), problem)
}

async fn inside(
    app: &App,
    client: Client,
    request: Received,
    problem: &Problem,
) -> Result<Option<Answer>, Problem> {
    let caller = caller::resolve(app, client, &request.headers, None).await?;
    let call = Call { caller, request: Arc::new(request) };
    let (Some(standing), Some(_)) = (&call.caller.standing, call.caller.signed()) else { return Ok(None) };
    let path = call.request.uri.path();
    let frame = frame::of(&call, Place::at(path)).await?;
    let mut trouble = trouble(problem, &call.caller.client.request_id);
    if let Some(permission) = permission(problem) {
        let roles = if standing.roles.len() == 1 { "Your role here is" } else { "Your roles here are" };
        let (organization, held) = (isolated(&frame.organization.name), &frame.organization.roles);
        trouble.text =
            format!("You do not have the permission {permission} in {organization}. {roles} {held}.");
        trouble.help = Some(who_can_help(&call.caller, standing).await?);
        let (category, action) = permission.split_once(':').unwrap_or_default();
        let asked = Address::new("/access").with("action", action);
        trouble.why = Some(asked.with("resource", format!("category:{category}")).href());
    }
    let (words, address) = way_on(&frame, path);
    let page = ErrorInside { frame, trouble: trouble.way_on(words, address) };
    Ok(Some(waiting(flash::page(&call, problem.status, &page), problem)))
}

/// The list that the address belongs to, or else the first that its reader may see.
fn way_on(frame: &Frame, path: &str) -> (String, &'static str) {
    let mut seen = frame.groups().into_iter().flat_map(|(_, places)| places).map(|(place, _)| place);
    match Place::at(path).filter(|here| frame.places.iter().any(|(place, _)| place == here)) {
        Some(here) => (format!("Back to {}", here.label()), here.href()),
        None => match seen.next() {
            Some(first) => (format!("Go to {}", first.label()), first.href()),
            None => ("Go to your profile".to_owned(), "/profile"),
        },
    }
}

fn trouble(problem: &Problem, request_id: &str) -> Trouble {
    match (problem.status, problem.code.as_str()) {
        (404, _) => Trouble::not_found(),
        (403, "cross_site_request") => Trouble::cross_site(),
        (403, _) => match permission(problem) {
            Some(permission) => {
                Trouble::forbidden(permission, "Somebody who manages users here can give it to you.")
            }
            None => Trouble::refused(problem.detail.clone()),
        },
        (409 | 410 | 412 | 422, _) => Trouble::conflict(problem.detail.clone()),
        (429, _) => too_many(problem),
        (503, _) => Trouble::unavailable(),
        (500.., _) => Trouble::failed(request_id),
        _ => Trouble::bad_request(),
    }
}

/// The permission that is missing, where that is the problem.
fn permission(problem: &Problem) -> Option<&str> {
    let words = || problem.detail.split(' ').find(|word| word.contains(':'));
    (problem.code == "forbidden").then(words)?.map(|word| word.trim_end_matches('.'))
}

fn too_many(problem: &Problem) -> Trouble {
    let wait = match problem.retry_after.unwrap_or(1) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    };
    // What there was too much of, where it is not simply tries.
    let help = Some(problem.detail.clone()).filter(|_| problem.code != "too_many_attempts");
    Trouble { help, ..Trouble::too_many(&wait) }
}

fn waiting(mut answer: Answer, problem: &Problem) -> Answer {
    if let Some(seconds) = problem.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// Where somebody goes whom the route's guard refused because they are signed in, and in no organization: to choose one.
pub fn elsewhere(caller: &Caller, route: &Route, problem: &Problem) -> Option<Answer> {
    let inside = matches!(route.guard, Guard::Needs(_) | Guard::Member);
    let looks = route.face == Face::Page && route.method == Method::GET;
    let homeless = caller.standing.is_none() && matches!(caller.who, Who::Signed(_));
    (inside && looks && homeless && problem.status == 404).then(|| see_other("/organizations"))
}

/// How many names are enough.
const NAMED: i64 = 3;

/// "Ask Mara Lindqvist or Joris Peeters (Admin)": whoever has the top role may change anybody's. Only a member reads this,
/// and no more than names, since they may be without the permission to see who is here.
async fn who_can_help(caller: &Caller, standing: &Standing) -> Result<String, Problem> {
    let organization = standing.organization.id;
    let mut reader = caller.app.db.reader();
    let roles = crate::role::store::list(&mut reader, organization).await?;
    let Some(top) = roles.iter().find(|role| role.definition.top) else {
        return Ok("Somebody who manages users here can give it to you.".to_owned());
    };
    let (names, label) = (names_with(caller, standing, top.id).await?, &top.definition.label);
    Ok(match names.is_empty() {
        true => format!("Somebody with the role {label} can give you a role with it."),
        false => format!("Ask {} ({label}) to give you a role with it.", names.join(" or ")),
    })
}

async fn names_with(caller: &Caller, standing: &Standing, role: RoleId) -> Result<Vec<String>, Problem> {
    let filter = Filter { role: Some(role), status: Some(Status::Active), ..Filter::default() };
    let asked = ListQuery { limit: NAMED, cursor: None, count: false };
    let organization = standing.organization.id;
    let page = list::page(&caller.app, organization, &filter, Sort::default(), &asked).await?;
    // Who has no name is called by their address, which is not told to everybody.
    let names = page.data.iter().map(Member::name).filter(|name| !name.contains('@'));
    Ok(names.map(|name| isolated(&name)).collect())
}
