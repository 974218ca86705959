//! Removing a user in the console: a page that says what it does and has the address typed.

use serde::Deserialize;

use super::commands;
use crate::access_model::{Area, Verbs};
use crate::base::text::isolated;
use crate::base::{MemberId, Problem};
use crate::console::address::from_list;
use crate::console::field::Field;
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post, see_other};
use crate::member::{Member, Status, store};
use crate::session::list::{Filter, count_in};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/users/{id}/remove", ask).needs(Area::Users, "delete"),
        post("/users/{id}/remove", remove).needs(Area::Users, "delete"),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    confirm: String,
}

async fn find(call: &Call) -> Result<Member, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<MemberId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    if member.id == call.standing()?.member {
        // Nobody removes themselves; they leave.
        return Ok(see_other("/leave"));
    }
    page(&call, &member, String::new(), None).await
}

async fn remove(call: Call) -> Result<Answer, Problem> {
    let member = find(&call).await?;
    let typed: Typed = call.form()?;
    let invited = member.status == Status::Invited;
    if !invited && typed.confirm.trim() != member.email {
        let detail = "Type the e-mail address exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return page(&call, &member, typed.confirm, Some(&problem)).await;
    }
    match commands::remove(&call.caller, member.id, None).await {
        Ok(()) if invited => {
            let sentence =
                format!("The invitation of {} was revoked. Its link is dead.", isolated(&member.name()));
            Ok(flash::redirect(&call, &list(&call)?, &sentence))
        }
        Ok(()) => {
            let sentence = format!("{} has no place here any more.", isolated(&member.name()));
            Ok(flash::redirect(&call, &list(&call)?, &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            page(&call, &member, typed.confirm, Some(&problem)).await
        }
    }
}

/// Where one was before, or the list: the page of who is gone is gone, too.
fn list(call: &Call) -> Result<String, Problem> {
    let back = call.back("/users")?;
    Ok(if back.starts_with("/users/") { "/users".to_owned() } else { back })
}

async fn page(
    call: &Call,
    member: &Member,
    typed: String,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let invited = member.status == Status::Invited;
    let (title, verb) = match invited {
        true => (format!("Revoke the invitation of {}?", isolated(&member.name())), "Revoke invitation"),
        false => {
            let verb = organization.model.labels.verbs.remove.as_str();
            (Verbs::question(verb, &isolated(&member.name())), verb)
        }
    };
    let mut page = PanelPage::new(frame::of(call, Place::Users).await?, title, verb);
    page.back = call.back("/users")?;
    page.action = from_list(&format!("/users/{}/remove", member.id), &page.back);
    page.danger = true;
    if !invited {
        let error = problem.and_then(|problem| problem.at("confirm"));
        page.fields =
            vec![Field::text("confirm", "Confirm").exactly(&member.email).value(typed).error(error)];
    }
    page.impact = impact(call, member).await?;
    if invited {
        page.cancel = "Keep it";
    }
    if let Some(problem) = problem {
        if problem.errors.is_empty() {
            page = page.settled();
        }
        page.warning = Some(Callout::refused("Not done.", problem, &["confirm"]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

/// What it does to remove somebody, or to withdraw their invitation, line by line.
pub async fn impact(call: &Call, member: &Member) -> Result<Vec<String>, Problem> {
    let organization = &call.standing()?.organization;
    let mut impact = if member.status == Status::Invited {
        vec![
            "The link in their e-mail stops working at once. They are not told.".to_owned(),
            "You can invite the same address again later.".to_owned(),
        ]
    } else {
        let (now, theirs) = (call.app().now(), Filter::Of(member.id));
        let sessions = count_in(&mut call.app().db.reader(), organization.id, &theirs, now).await?;
        let ended = match sessions {
            0 => "They are not signed in here now.".to_owned(),
            1 => "Ends 1 session.".to_owned(),
            several => format!("Ends {several} sessions."),
        };
        let account = if organization.removal_erases_account {
            "If they belong nowhere else, their account with their personal data is erased.".to_owned()
        } else {
            let others = &organization.model.labels.words.organizations;
            format!("Their account and their other {others} are not touched.")
        };
        vec![
            format!("They lose access to {} at once. This can't be undone.", organization.name),
            ended,
            "What they made stays, under their name.".to_owned(),
            account,
        ]
    };
    let seats = frame::seats(call).await?;
    if let Some(limit) = seats.limit {
        impact.push(format!("Frees 1 seat: {} of {limit} used.", seats.used().saturating_sub(1)));
    }
    Ok(impact)
}
