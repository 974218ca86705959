//! The forgotten password and the confirmation of a new address in the browser.

use serde::Deserialize;

use super::commands::{self, RecoveryError};
use super::email;
use super::store::LiveChange;
use super::view::*;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::console::field::Field;
use crate::console::layout::Bare;
use crate::console::notice::{Callout, Tone};
use crate::http::mailed_link::{EMAIL_CHANGE, PASSWORD_RESET};
use crate::http::{Answer, Call, Route, flash, get, html, post, refused};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/password-reset", ask),
        post("/password-reset", send).secret(),
        get("/password-reset/{token}", follow_reset).secret(),
        get("/password-reset/confirm", show_reset),
        post("/password-reset/confirm", reset).secret(),
        get("/email-change/{token}", follow_change).secret(),
        get("/email-change", show_change),
        post("/email-change", confirm_change).secret(),
    ]
}

fn bare(call: &Call) -> Bare {
    Bare { toast: flash::toast(call) }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    email: String,
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    let email = Field::email("email", "E-mail").required().autocomplete("username").focused();
    Ok(flash::page(&call, 200, &RequestPage { bare: bare(&call), problem: None, email }))
}

/// The same page for every address, whatever it is (R06).
async fn send(call: Call) -> Result<Answer, Problem> {
    let asked: Asked = call.form()?;
    commands::request_reset(&call.caller, &asked.email).await?;
    Ok(html(200, &SentPage { bare: Bare::default(), email: asked.email }))
}

async fn follow_reset(call: Call) -> Result<Answer, Problem> {
    Ok(PASSWORD_RESET.follow(&call))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    password: Secret,
}

fn reset_page(call: &Call) -> ResetPage {
    let password = Field {
        strength: Some("/password-strength"),
        ..Field::new_password("password", "New password").focused()
    };
    ResetPage { bare: bare(call), problem: None, password }
}

fn reset_closed(call: &Call) -> Answer {
    PASSWORD_RESET.used(call, html(410, &ResetClosedPage { bare: bare(call) }))
}

async fn show_reset(call: Call) -> Result<Answer, Problem> {
    let Some(token) = PASSWORD_RESET.token(&call) else { return Ok(reset_closed(&call)) };
    match commands::look_at_reset(&call.caller, token).await {
        Ok(_) => Ok(flash::page(&call, 200, &reset_page(&call))),
        Err(RecoveryError::LinkInvalid(_)) => Ok(reset_closed(&call)),
        Err(error) => Err(error.into()),
    }
}

async fn reset(call: Call) -> Result<Answer, Problem> {
    let chosen: Chosen = call.form()?;
    let Some(token) = PASSWORD_RESET.token(&call) else { return Ok(reset_closed(&call)) };
    match commands::reset(&call.caller, token, &chosen.password).await {
        Ok(()) => {
            let answer = flash::redirect(&call, "/sign-in", "Your password is changed. Sign in with it.");
            Ok(PASSWORD_RESET.used(&call, answer))
        }
        Err(RecoveryError::LinkInvalid(_)) => Ok(reset_closed(&call)),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = reset_page(&call);
            page.password.error = problem.at("password");
            page.problem = Some(Callout::refused("Not saved.", &problem, &["password"]));
            Ok(refused(&problem, &page))
        }
    }
}

async fn follow_change(call: Call) -> Result<Answer, Problem> {
    Ok(EMAIL_CHANGE.follow(&call))
}

fn change_closed(call: &Call) -> Answer {
    EMAIL_CHANGE.used(call, html(410, &EmailChangeClosedPage { bare: bare(call) }))
}

fn change_page(call: &Call, change: LiveChange, problem: Option<Callout>) -> EmailChangePage {
    let LiveChange { email, name, old_email, .. } = change;
    EmailChangePage { bare: bare(call), problem, email, name, old_email }
}

async fn show_change(call: Call) -> Result<Answer, Problem> {
    let Some(token) = EMAIL_CHANGE.token(&call) else { return Ok(change_closed(&call)) };
    match email::look_at_change(&call.caller, token).await {
        Ok((_, change)) => Ok(flash::page(&call, 200, &change_page(&call, change, None))),
        Err(RecoveryError::LinkInvalid(_)) => Ok(change_closed(&call)),
        Err(error) => Err(error.into()),
    }
}

async fn confirm_change(call: Call) -> Result<Answer, Problem> {
    let Some(token) = EMAIL_CHANGE.token(&call) else { return Ok(change_closed(&call)) };
    let change = match email::look_at_change(&call.caller, token).await {
        Ok((_, change)) => change,
        Err(RecoveryError::LinkInvalid(_)) => return Ok(change_closed(&call)),
        Err(error) => return Err(error.into()),
    };
    match email::confirm_change(&call.caller, token).await {
        Ok(()) => {
            let sentence = format!("Your e-mail is {} now.", change.email);
            Ok(EMAIL_CHANGE.used(&call, flash::redirect(&call, "/", &sentence)))
        }
        Err(RecoveryError::LinkInvalid(_)) => Ok(change_closed(&call)),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let callout = Callout::new(Tone::Bad, "Not changed.", problem.detail.clone());
            Ok(refused(&problem, &change_page(&call, change, Some(callout))))
        }
    }
}
