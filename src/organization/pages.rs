//! Where to work: the organizations of the signed-in person.

use serde::Deserialize;

use super::view::SwitchPage;
use crate::account::membership;
use crate::base::Problem;
use crate::console::layout::Bare;
use crate::frame::workspace;
use crate::http::{Answer, Call, Guard, Route, flash, get, post, see_other};
use crate::op::OpError;
use crate::session::commands;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/organizations", choose).guard(Guard::Account),
        post("/organizations", switch).guard(Guard::Account),
    ]
}

async fn choose(call: Call) -> Result<Answer, Problem> {
    let signed = call.caller.signed().ok_or(OpError::Unauthenticated)?;
    let places = membership::list(&mut call.app().db.reader(), signed.account, call.app().now()).await?;
    let words =
        call.caller.standing.as_ref().map(|standing| standing.organization.model.labels.words.clone());
    let page = SwitchPage {
        words: words.unwrap_or_default(),
        bare: Bare { toast: flash::toast(&call) },
        email: signed.email.clone(),
        workspaces: places.iter().filter(|place| place.active).map(workspace).collect(),
        here: call.caller.standing.as_ref().map(|standing| standing.organization.id.to_string()),
    };
    Ok(flash::page(&call, 200, &page))
}

#[derive(Deserialize)]
struct Chosen {
    organization: String,
}

async fn switch(call: Call) -> Result<Answer, Problem> {
    let chosen: Chosen = call.form()?;
    let entered = commands::switch(&call.caller, &chosen.organization).await?;
    let places =
        membership::list(&mut call.app().db.reader(), call.caller.account()?, call.app().now()).await?;
    let name = places.into_iter().find(|place| place.organization == entered).map(|place| place.name);
    Ok(match name {
        Some(name) => flash::redirect(&call, "/", &format!("You are in {name} now.")),
        None => see_other("/"),
    })
}
