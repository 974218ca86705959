//! Changing what a user may do: role, suspension. Each change has a page that asks first, at its own address.

use serde::Deserialize;

use crate::access_model::Verbs;
use crate::base::text::isolated;
use crate::base::{MemberId, Problem};
use crate::console::address::from_list;
use crate::console::field::Choices;
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::http::{Answer, Call, flash};
use crate::member::access::Asked;
use crate::member::commands::{self, Change, MemberError};
use crate::member::{Member, store};
use crate::role::store::Role;
use crate::role::view::{choices, warning};
use crate::session::list::{Filter, count_in};
use crate::{frame, role};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    role: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Beforehand {
    role: String,
}

pub async fn find(call: &Call) -> Result<Member, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<MemberId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

/// A page that asks about a member; with a problem it says why the change was refused.
async fn panel(
    call: &Call,
    member: &Member,
    verb: &str,
    problem: Option<&Problem>,
) -> Result<PanelPage, Problem> {
    let frame = frame::of(call, Place::Users).await?;
    let mut page = PanelPage::new(frame, Verbs::question(verb, &isolated(&member.name())), verb);
    page.back = call.back("/users")?;
    page.warning = problem.map(|problem| Callout::refused("Not done.", problem, &["role", "roles"]));
    Ok(page)
}

fn answer(call: &Call, page: &PanelPage, problem: Option<&Problem>) -> Answer {
    flash::page(call, problem.map_or(200, |problem| problem.status), page)
}

/// The answer to a question without fields: once refused, it is refused as often as it is asked.
fn once(call: &Call, page: PanelPage, problem: Option<&Problem>) -> Answer {
    let page = if problem.is_some() { page.settled() } else { page };
    answer(call, &page, problem)
}

/// `GET /users/{id}/role`; `?role=` chooses one beforehand.
pub async fn ask_role(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    let Beforehand { role } = call.query()?;
    let chosen = if role.is_empty() { Vec::new() } else { vec![role] };
    role_page(&call, &member, chosen, None).await
}

async fn role_page(
    call: &Call,
    member: &Member,
    mut chosen: Vec<String>,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let roles = role::store::list(&mut call.app().db.reader(), standing.organization.id).await?;
    if chosen.is_empty() && problem.is_none() {
        chosen = member.held(&roles).iter().map(|role| role.definition.key.clone()).collect();
    }
    let single = standing.organization.model.single_role;
    let verb = if single { "Change role" } else { "Change roles" };
    let mut page = panel(call, member, verb, problem).await?;
    page.title = format!("{verb} of {}", isolated(&member.name()));
    page.action = from_list(&format!("/users/{}/role", member.id), &page.back);
    page.lead = Some("It applies on the next page that they open. They stay signed in.".to_owned());
    if page.warning.is_none() {
        let asked: Vec<Role> =
            roles.iter().filter(|role| chosen.contains(&role.definition.key)).cloned().collect();
        page.warning = warning(standing, &asked);
    }
    let error = problem.and_then(|problem| problem.at("role").or_else(|| problem.at("roles")));
    page.choices = Some(Choices { wide: false, error, ..choices(standing, &roles, &chosen) });
    Ok(answer(call, &page, problem))
}

/// `POST /users/{id}/role`.
pub async fn role(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    let chosen: Chosen = call.form()?;
    let asked = Asked { roles: Some(chosen.role.clone()), ..Asked::default() };
    let change = Change { asked, ..Change::default() };
    match commands::update(&call.caller, before.id, &change, None).await {
        Ok(member) => {
            let organization = call.standing()?.organization.id;
            let roles = role::store::list(&mut call.app().db.reader(), organization).await?;
            let labels: Vec<&str> =
                member.held(&roles).iter().map(|role| role.definition.label.as_str()).collect();
            let sentence = format!(
                "{} now has the {} {}. It applies from the next page that they open.",
                isolated(&member.name()),
                if labels.len() == 1 { "role" } else { "roles" },
                labels.join(", ")
            );
            Ok(flash::redirect(&call, &call.back("/users")?, &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            role_page(&call, &before, chosen.role, Some(&problem)).await
        }
    }
}

/// `GET /users/{id}/suspend`.
pub async fn ask_suspend(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    suspend_page(&call, &member, None).await
}

async fn suspend_page(call: &Call, member: &Member, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let mut page = panel(call, member, &organization.model.labels.verbs.suspend, problem).await?;
    page.action = from_list(&format!("/users/{}/suspend", member.id), &page.back);
    page.danger = true;
    let seats = match organization.seat_limit {
        Some(limit) => format!("They keep using 1 of your {limit} seats."),
        None => "They still count as one of your people.".to_owned(),
    };
    let (now, theirs) = (call.app().now(), Filter::Of(member.id));
    let sessions = count_in(&mut call.app().db.reader(), organization.id, &theirs, now).await?;
    page.impact = vec![
        format!("Ends their access to {} with their next click.", organization.name),
        match sessions {
            0 => "They are not signed in here.".to_owned(),
            1 => "Signs them out of 1 session.".to_owned(),
            several => format!("Signs them out of {several} sessions."),
        },
        "Their role, teams and history stay as they are.".to_owned(),
        seats,
    ];
    Ok(once(call, page, problem))
}

/// `POST /users/{id}/suspend`.
pub async fn suspend(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    match commands::suspend(&call.caller, before.id).await {
        Ok(member) => {
            let sentence = format!("{} has no access any more, from this moment.", isolated(&member.name()));
            Ok(flash::redirect(&call, &call.back("/users")?, &sentence))
        }
        Err(error) => suspend_page(&call, &before, Some(&mendable(error)?)).await,
    }
}

fn mendable(error: MemberError) -> Result<Problem, Problem> {
    Problem::from(error).for_the_form()
}

/// `GET /users/{id}/reactivate`.
pub async fn ask_reactivate(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    reactivate_page(&call, &member, None).await
}

async fn reactivate_page(call: &Call, member: &Member, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let mut page = panel(call, member, &organization.model.labels.verbs.reactivate, problem).await?;
    page.action = from_list(&format!("/users/{}/reactivate", member.id), &page.back);
    page.impact = vec![
        format!("They can sign in to {} again, with the password that they have.", organization.name),
        "They get back the role and teams that they had.".to_owned(),
    ];
    Ok(once(call, page, problem))
}

/// `POST /users/{id}/reactivate`.
pub async fn reactivate(call: Call) -> Result<Answer, Problem> {
    let before = find(&call).await?;
    match commands::reactivate(&call.caller, before.id).await {
        Ok(member) => {
            let sentence = format!("{} can sign in again.", isolated(&member.name()));
            Ok(flash::redirect(&call, &call.back("/users")?, &sentence))
        }
        Err(error) => reactivate_page(&call, &before, Some(&mendable(error)?)).await,
    }
}
