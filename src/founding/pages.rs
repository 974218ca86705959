//! Setting a new installation up in the browser, with the link that the server printed (R10).

use serde::Deserialize;

use super::commands::{self, Candidate, New};
use crate::access_model::Preset;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::console::errors::Trouble;
use crate::console::field::{Choice, Choices, Field};
use crate::console::layout::Bare;
use crate::console::notice::Callout;
use crate::http::mailed_link::SET_UP;
use crate::http::{Answer, Call, Route, flash, get, html, post, refused, see_other};
use crate::organization::commands::OrganizationError;
use crate::organization::view::{SetupDonePage, SetupPage};
use crate::sign_in::api::with_cookie;
use crate::sign_in::commands::{Credentials, sign_in};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/setup/{token}", follow).secret(), get("/setup", show), post("/setup", submit).secret()]
}

async fn follow(call: Call) -> Result<Answer, Problem> {
    Ok(SET_UP.follow(&call))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Typed {
    name: String,
    preset: String,
    first_name: String,
    last_name: String,
    email: String,
    password: Secret,
}

/// The form with what was typed; the first preset is chosen until somebody chooses.
fn page(call: &Call, typed: &Typed) -> SetupPage {
    let presets = &call.app().presets;
    let first = presets.iter().next().map_or("", Preset::key);
    let chosen = if typed.preset.is_empty() { first } else { &typed.preset };
    let option = |preset: &Preset| {
        Choice::new(preset.key(), &preset.model.name)
            .detail(&preset.model.description)
            .chosen(preset.key() == chosen)
    };
    let text = |name, label, value: &str| Field::text(name, label).required().value(value);
    SetupPage {
        bare: Bare { toast: flash::toast(call) },
        problem: None,
        name: text("name", "Name", &typed.name).autocomplete("organization").focused(),
        preset: Choices {
            name: "preset",
            legend: "Access model",
            options: presets.iter().map(option).collect(),
            ..Choices::default()
        },
        first_name: text("firstName", "First name", &typed.first_name).autocomplete("given-name"),
        last_name: text("lastName", "Last name", &typed.last_name).autocomplete("family-name"),
        email: Field::email("email", "E-mail").required().autocomplete("username").value(&typed.email),
        password: Field {
            strength: Some("/password-strength"),
            ..Field::new_password("password", "Password")
        },
    }
}

/// The page for whoever can't set up here, or the problem itself.
fn shut(call: &Call, error: OrganizationError) -> Result<Answer, Problem> {
    let page = match error {
        OrganizationError::SetUpDone => {
            let page = SetupDonePage { bare: Bare { toast: flash::toast(call) } };
            return Ok(SET_UP.used(call, html(410, &page)));
        }
        OrganizationError::SetUpToken => Trouble {
            title: "This is not the set-up link".to_owned(),
            text: "The server prints the link when it starts. Copy the whole of it into the address bar."
                .to_owned(),
            way_on: None,
            ..Trouble::bad_request()
        },
        error => return Err(error.into()),
    };
    Ok(html(403, &page.bare()))
}

async fn show(call: Call) -> Result<Answer, Problem> {
    match commands::check_token(&call.caller, SET_UP.token(&call).unwrap_or_default()).await {
        Ok(()) => Ok(flash::page(&call, 200, &page(&call, &Typed::default()))),
        Err(error) => shut(&call, error),
    }
}

async fn submit(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    let token = SET_UP.token(&call).unwrap_or_default();
    if let Err(error) = commands::check_token(&call.caller, token).await {
        return shut(&call, error);
    }
    let new = New { name: typed.name.clone(), slug: None, preset: typed.preset.clone(), seat_limit: None };
    let candidate = Candidate {
        email: typed.email.clone(),
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
        password: typed.password.clone(),
    };
    match commands::set_up_with_password(&call.caller, token, &new, &candidate).await {
        Ok(created) => Ok(SET_UP.used(&call, enter(&call, &typed, &created.organization.name).await)),
        // Somebody else was faster.
        Err(problem) if problem.code == "setup_done" => shut(&call, OrganizationError::SetUpDone),
        Err(problem) => {
            let problem = problem.for_the_form()?;
            Ok(refused(&problem, &marked(page(&call, &typed), &problem)))
        }
    }
}

/// The form with what is wrong beside each field.
fn marked(mut page: SetupPage, problem: &Problem) -> SetupPage {
    let at = |pointer: &str| {
        problem.errors.iter().find(|error| error.pointer == pointer).map(|error| error.detail.clone())
    };
    page.problem = Some(Callout::refused("Not set up.", problem, &["organization", "owner"]));
    page.name.error = at("/organization/name");
    page.preset.error = at("/organization/preset");
    page.first_name.error = at("/owner/firstName");
    page.last_name.error = at("/owner/lastName");
    page.email.error = at("/owner/email");
    page.password.error = at("/owner/password");
    page
}

/// Signs the first person in. Where that fails they sign in by hand: the installation is set up.
async fn enter(call: &Call, typed: &Typed, organization: &str) -> Answer {
    let credentials = Credentials { email: &typed.email, password: &typed.password, organization: None };
    match sign_in(&call.caller, &credentials).await {
        Ok(signed_in) => {
            let answer = flash::redirect(call, "/", &format!("{organization} is set up. Invite the others."));
            with_cookie(call.app(), answer, signed_in.token.expose())
        }
        Err(error) => {
            let code = Problem::from(error).code;
            tracing::warn!(code, "the first person was not signed in after set-up");
            see_other("/sign-in")
        }
    }
}
