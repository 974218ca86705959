//! Leaving an organization in the console: what it means first, and for the only one in charge, what to do instead.

use serde::Deserialize;

use super::commands;
use crate::access_model::Area;
use crate::account::membership;
use crate::base::Problem;
use crate::console::field::Field;
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::frame;
use crate::http::{Answer, Call, Guard, Route, flash, get, post, see_other};
use crate::member::store;
use crate::op::{Needs, OpError};
use crate::session::list::{Filter, count_in};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/leave", ask).guard(Guard::Account), post("/leave", leave).guard(Guard::Account)]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    confirm: String,
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    page(&call, String::new(), None).await
}

async fn page(call: &Call, typed: String, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let Some(standing) = &call.caller.standing else { return Ok(see_other("/organizations")) };
    let organization = &standing.organization;
    let (app, name) = (call.app(), &organization.name);
    let word = &organization.model.labels.words.organization;
    let mut page =
        PanelPage::new(frame::of(call, None).await?, format!("Leave {name}?"), format!("Leave {name}"));
    page.back = "/profile".to_owned();
    page.action = "/leave".to_owned();
    page.danger = true;
    let top = standing.roles.iter().find(|role| role.top);
    let last = match top {
        Some(_) => {
            store::count_other_top(&mut app.db.reader(), organization.id, standing.member, app.now()).await?
                == 0
        }
        None => false,
    };
    if let (Some(top), true) = (top, last) {
        page.title = format!("You are the only {}", top.label);
        page.lead = Some(format!(
            "Without one, nobody could manage people or settings in {name}, or let you back in. Give the role to a second \
             person, then leave."
        ));
        let alone = organization.active_count == 1;
        let text = match alone {
            true => format!("You are the only active person in this {word}. Invite somebody first."),
            false => format!("Open somebody's row among the users and change their role to {}.", top.label),
        };
        let mut callout = Callout::new(Tone::Warn, "You can't leave yet.", text);
        let way = match alone {
            true => Some((Needs(Area::Users, "create"), "Invite somebody", "/invitations/new")),
            false => Some((Needs(Area::Users, "edit"), "Choose somebody", "/users?status=active")),
        };
        callout.way_out = way
            .filter(|(needs, ..)| standing.allows(*needs))
            .map(|(_, words, href)| (words.to_owned(), href.to_owned()));
        page.warning = Some(callout);
        page = page.settled();
        return Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page));
    }
    let sessions =
        count_in(&mut app.db.reader(), organization.id, &Filter::Of(standing.member), app.now()).await?;
    let elsewhere = elsewhere(call).await?;
    page.impact = vec![
        format!("You lose access to {name} at once. Only an invitation brings you back."),
        match sessions {
            0 | 1 => format!("Ends your session in this {word}."),
            several => format!("Ends your {several} sessions in this {word}."),
        },
        "What you made stays, under your name.".to_owned(),
        match elsewhere {
            0 => "Your account stays, without any place to work in.".to_owned(),
            _ => {
                format!("Your account and your other {} stay.", organization.model.labels.words.organizations)
            }
        },
    ];
    let error = problem.and_then(|problem| problem.at("confirm"));
    page.fields = vec![Field::text("confirm", "Confirm").exactly(name).value(typed).error(error)];
    if let Some(problem) = problem {
        page.warning = Some(Callout::refused("Not done.", problem, &["confirm"]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

/// In how many other organizations the caller is active.
async fn elsewhere(call: &Call) -> Result<usize, Problem> {
    let here = call.standing()?.organization.id;
    let places =
        membership::list(&mut call.app().db.reader(), call.caller.account()?, call.app().now()).await?;
    Ok(places.iter().filter(|place| place.active && place.organization != here).count())
}

async fn leave(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    let standing = call.caller.standing.as_ref().ok_or(OpError::NotFound)?;
    let name = standing.organization.name.clone();
    if typed.confirm.trim() != name.trim() {
        let detail = "Type the name exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return page(&call, typed.confirm, Some(&problem)).await;
    }
    let elsewhere = elsewhere(&call).await?;
    match commands::leave(&call.caller).await {
        // Without another place the session has ended, too.
        Ok(()) => {
            let next = if elsewhere > 0 { "/organizations" } else { "/sign-in" };
            Ok(flash::redirect(&call, next, &format!("You left {name}.")))
        }
        Err(error) => page(&call, typed.confirm, Some(&Problem::from(error).for_the_form()?)).await,
    }
}
