//! One's own profile in the console: what others see, and the password (MEM-10).

pub mod sessions;

use serde::Deserialize;

use super::view::{ProfilePage, tabs};
use crate::account::commands::update_profile;
use crate::account::pages::{SHOWN, Typed, fields};
use crate::account::store;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::console::field::Field;
use crate::console::notice::Callout;
use crate::http::{Answer, Call, Guard, Route, flash, get, post, refused, see_other};
use crate::op::OpError;
use crate::{frame, recovery};

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/profile", show).guard(Guard::Account),
        post("/profile", save).guard(Guard::Account),
        post("/profile/email", change_email).guard(Guard::Account).secret(),
        post("/profile/password", change_password).guard(Guard::Account).secret(),
    ]
}

async fn page(call: &Call, typed: Option<&Typed>, problem: Option<&Problem>) -> Result<ProfilePage, Problem> {
    let found = store::find(&mut call.app().db.reader(), call.caller.account()?).await?;
    let own = Typed::from(found.ok_or(OpError::Unauthenticated)?);
    Ok(ProfilePage {
        frame: frame::of(call, None).await?,
        tabs: tabs("/profile"),
        problem: problem.map(|problem| Callout::refused("Not saved.", problem, SHOWN)),
        fields: fields(typed.unwrap_or(&own), problem),
        new_email: Field::email("email", "New e-mail").required(),
        email_password: Field::password("emailPassword", "Your password"),
        current_password: Field::password("currentPassword", "Current password"),
        new_password: Field {
            strength: Some("/password-strength"),
            ..Field::new_password("newPassword", "New password")
        },
    })
}

async fn show(call: Call) -> Result<Answer, Problem> {
    // The page stands in an organization's frame.
    if call.caller.standing.is_none() {
        return Ok(see_other("/organizations"));
    }
    Ok(flash::page(&call, 200, &page(&call, None, None).await?))
}

async fn save(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    match update_profile(&call.caller, typed.clone().into(), None).await {
        Ok(_) => Ok(flash::redirect(&call, "/profile", "Your profile is saved.")),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            Ok(refused(&problem, &page(&call, Some(&typed), Some(&problem)).await?))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Address {
    email: String,
    email_password: Secret,
}

/// The answer is the same whoever has the new address already.
async fn change_email(call: Call) -> Result<Answer, Problem> {
    let typed: Address = call.form()?;
    match recovery::email::request_change(&call.caller, &typed.email, &typed.email_password).await {
        Ok(()) => {
            let sentence = format!(
                "Look into {}: your e-mail changes when you open the link there.",
                typed.email.trim()
            );
            Ok(flash::redirect(&call, "/profile", &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = page(&call, None, None).await?;
            page.new_email = page.new_email.value(typed.email).error(problem.at("email"));
            page.email_password.error = problem.at("currentPassword");
            let shown = ["email", "currentPassword"];
            page.problem = Some(Callout::refused("E-mail not changed.", &problem, &shown));
            Ok(refused(&problem, &page))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Passwords {
    current_password: Secret,
    new_password: Secret,
}

async fn change_password(call: Call) -> Result<Answer, Problem> {
    let typed: Passwords = call.form()?;
    let (current, new) = (&typed.current_password, &typed.new_password);
    match recovery::commands::change_password(&call.caller, current, new).await {
        Ok(()) => Ok(flash::redirect(
            &call,
            "/profile",
            "Your password is changed. You are signed out everywhere else.",
        )),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = page(&call, None, None).await?;
            page.current_password.error = problem.at("currentPassword");
            page.new_password.error = problem.at("newPassword");
            let shown = ["currentPassword", "newPassword"];
            page.problem = Some(Callout::refused("Password not changed.", &problem, &shown));
            Ok(refused(&problem, &page))
        }
    }
}
