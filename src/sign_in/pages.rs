//! Signing in and out in the browser, and the start page that leads everybody to their place.

use serde::Deserialize;

use super::api::{with_cookie, without_cookie};
use super::commands::{self, Credentials, SignInError};
use super::enter::SignedIn;
use super::new_password;
use super::view::{NewPasswordPage, SignInPage};
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::console::field::Field;
use crate::console::layout::Bare;
use crate::console::notice::{Callout, Tone};
use crate::http::mailed_link::INVITATION;
use crate::http::{Answer, Call, Guard, Route, flash, get, html, post, refused, see_other};
use crate::op::{Caller, Needs, Who};
use crate::session;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/", start),
        get("/sign-in", show),
        post("/sign-in", submit).secret(),
        get("/sign-in/new-password", again),
        post("/sign-in/new-password", choose).secret(),
        post("/sign-out", sign_out).guard(Guard::Account).secret(),
    ]
}

async fn start(call: Call) -> Result<Answer, Problem> {
    let sees_people =
        call.caller.standing.as_ref().is_some_and(|place| place.allows(Needs(Area::Users, "view")));
    Ok(see_other(match call.caller.signed() {
        None => "/sign-in",
        Some(_) if sees_people => "/users",
        // Who may look after nobody here still has a profile here.
        Some(_) if call.caller.standing.is_some() => "/profile",
        Some(_) => "/organizations",
    }))
}

/// 303 to a page of ours as the person who just got in.
pub fn let_in(call: &Call, signed_in: &SignedIn, path: &str) -> Answer {
    with_cookie(call.app(), see_other(path), signed_in.token.expose())
}

/// Somebody who just got in, as the caller of what the same request does next.
pub fn caller_of(call: &Call, signed_in: &SignedIn) -> Caller {
    let mut caller = Caller::visitor(call.app(), call.caller.client.clone());
    caller.who = Who::Signed(Box::new(signed_in.signed(true)));
    caller
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    email: String,
    password: Secret,
    next: Option<String>,
}

fn page(call: &Call, email: &str, next: Option<String>) -> SignInPage {
    let password =
        Field { aside: Some(("Forgot it?", "/password-reset")), ..Field::password("password", "Password") };
    let email = Field::email("email", "E-mail").required().autocomplete("username").value(email);
    // The cursor stands where typing goes on.
    let (email, password) =
        if email.value.is_empty() { (email.focused(), password) } else { (email, password.focused()) };
    SignInPage {
        bare: Bare { toast: flash::toast(call) },
        host: call.app().settings.public_url.host.clone(),
        problem: None,
        email,
        password,
        next: next.filter(|next| !next.is_empty()),
    }
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let next = call.query::<Wish>()?.next;
    if call.caller.signed().is_some() {
        return Ok(see_other(next.as_deref().unwrap_or("/")));
    }
    Ok(flash::page(&call, 200, &page(&call, "", next)))
}

async fn submit(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    let credentials = Credentials { email: &typed.email, password: &typed.password, organization: None };
    match commands::sign_in(&call.caller, &credentials).await {
        Ok(signed_in) => Ok(let_in(&call, &signed_in, typed.next.as_deref().unwrap_or("/"))),
        Err(SignInError::PasswordChangeRequired(challenge)) => {
            Ok(html(200, &new_password_page(&typed.email, challenge)))
        }
        Err(error) => {
            let problem = mendable(error)?;
            let mut page = page(&call, &typed.email, typed.next);
            page.problem = Some(not_signed_in(&problem));
            Ok(refused(&problem, &page))
        }
    }
}

/// What somebody who types their password again can mend; the rest is no matter of the form.
pub fn mendable(error: SignInError) -> Result<Problem, Problem> {
    let is_wrong = matches!(error, SignInError::Invalid);
    let problem = Problem::from(error);
    if is_wrong { Ok(problem) } else { problem.for_the_form() }
}

/// Why somebody did not get in.
pub fn not_signed_in(problem: &Problem) -> Callout {
    Callout::new(Tone::Bad, "Not signed in.", problem.detail.clone())
}

/// The page that asks for a password of one's own.
pub fn new_password_page(email: &str, challenge: String) -> NewPasswordPage {
    let password = Field {
        strength: Some("/password-strength"),
        ..Field::new_password("password", "New password").focused()
    };
    NewPasswordPage { bare: Bare::default(), problem: None, email: email.to_owned(), password, challenge }
}

/// The page of the forced new password has no address of its own: whoever loads it again begins again.
async fn again(_: Call) -> Result<Answer, Problem> {
    Ok(see_other("/sign-in"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    challenge: Secret,
    password: Secret,
    username: String,
}

async fn choose(call: Call) -> Result<Answer, Problem> {
    let chosen: Chosen = call.form()?;
    let challenge = chosen.challenge.expose();
    match new_password::new_password(&call.caller, challenge, &chosen.password).await {
        Ok(signed_in) => {
            // Whoever came to accept an invitation goes on there.
            let next = INVITATION.token(&call).map_or("/", |_| INVITATION.page());
            Ok(let_in(&call, &signed_in, next))
        }
        Err(SignInError::ChallengeInvalid) => {
            let problem = Problem::from(SignInError::ChallengeInvalid);
            let mut page = page(&call, &chosen.username, None);
            page.problem = Some(not_signed_in(&problem));
            Ok(refused(&problem, &page))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = new_password_page(&chosen.username, challenge.to_owned());
            page.password.error = problem.at("password");
            page.problem = Some(Callout::refused("Not saved.", &problem, &["password"]));
            Ok(refused(&problem, &page))
        }
    }
}

async fn sign_out(call: Call) -> Result<Answer, Problem> {
    session::commands::sign_out(&call.caller).await?;
    Ok(without_cookie(call.app(), flash::redirect(&call, "/sign-in", "You are signed out.")))
}
