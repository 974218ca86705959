//! The pages that the letter leads to: accept by whichever door is the reader's, decline, and why a link opens nothing.

use serde::Deserialize;

use super::Status;
use super::accept::{self, AnswerError, Joined, Look, Newcomer, Way};
use super::view::{AcceptPage, Closed, ClosedPage, DeclinePage, Door, Letter};
use crate::base::secret::{BearerToken, Secret};
use crate::base::{EmailAddress, Problem};
use crate::console::field::Field;
use crate::console::layout::Bare;
use crate::console::notice::Callout;
use crate::console::time::Reader;
use crate::http::mailed_link::INVITATION;
use crate::http::{Answer, Call, Guard, Route, flash, get, html, post, refused, see_other};
use crate::role;
use crate::session;
use crate::sign_in::api::{with_cookie, without_cookie};
use crate::sign_in::commands::{Credentials, SignInError, sign_in};
use crate::sign_in::pages::{caller_of, let_in, mendable, new_password_page, not_signed_in};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/invitations/{token}", follow).secret(),
        get("/invitation", show),
        post("/invitation", submit).secret(),
        post("/invitation/switch", switch).guard(Guard::Account).secret(),
        get("/invitation/decline", ask_decline),
        post("/invitation/decline", decline).secret(),
    ]
}

async fn follow(call: Call) -> Result<Answer, Problem> {
    Ok(INVITATION.follow(&call))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Typed {
    first_name: String,
    last_name: String,
    password: Secret,
}

/// What the browser's letter says. The outer error is no matter of the letter; the inner answer tells why it opens nothing.
async fn opened(call: &Call) -> Result<Result<Look, Answer>, Problem> {
    let Some(token) = INVITATION.token(call) else { return Ok(Err(closed(call, Closed::Unknown))) };
    match accept::look(&call.caller, token).await {
        Ok(look) => Ok(Ok(look)),
        Err(error) => why_closed(error).map(|reason| Err(closed(call, reason))),
    }
}

fn why_closed(error: AnswerError) -> Result<Closed, Problem> {
    Ok(match error {
        AnswerError::Unknown => Closed::Unknown,
        AnswerError::Superseded => Closed::Superseded,
        AnswerError::Closed(Status::Expired) => Closed::Expired,
        AnswerError::Closed(Status::Revoked) => Closed::Revoked,
        AnswerError::Closed(Status::Accepted) => Closed::Accepted,
        AnswerError::Closed(Status::Declined) => Closed::Declined,
        other => return Err(other.into()),
    })
}

fn closed(call: &Call, closed: Closed) -> Answer {
    let status = match closed {
        Closed::Unknown => 404,
        Closed::Thanks => 200,
        _ => 410,
    };
    let page = ClosedPage { bare: Bare { toast: flash::toast(call) }, closed };
    INVITATION.used(call, html(status, &page))
}

/// The door that is the reader's.
fn door(call: &Call, look: &Look, typed: Option<&Typed>) -> Door {
    let invitation = &look.invitation;
    match call.caller.signed() {
        Some(signed) if EmailAddress::key_of(&signed.email) == invitation.email_key => {
            Door::SignedIn { name: signed.name.clone() }
        }
        Some(signed) => Door::SomebodyElse { email: signed.email.clone() },
        None if look.account.is_some() => {
            Door::Account { password: Box::new(Field::password("password", "Password").focused()) }
        }
        None => {
            let (first, last) = typed.map_or((&invitation.first_name, &invitation.last_name), |typed| {
                (&typed.first_name, &typed.last_name)
            });
            let name = |name, label, value: &str| Field::text(name, label).required().value(value);
            let names = vec![
                name("firstName", "First name", first).autocomplete("given-name").focused(),
                name("lastName", "Last name", last).autocomplete("family-name"),
            ];
            let password =
                Field { strength: Some("/password-strength"), ..Field::new_password("password", "Password") };
            Door::NewPerson { names, password: Box::new(password), copied: look.way == Way::Copy }
        }
    }
}

async fn page(call: &Call, look: &Look, typed: Option<&Typed>) -> Result<AcceptPage, Problem> {
    let invitation = &look.invitation;
    let all = role::store::list(&mut call.app().db.reader(), look.organization.id).await?;
    // Who is not in yet has told no time zone.
    let reader = Reader { now: call.app().now(), zone: jiff::tz::TimeZone::UTC };
    let description = match look.roles.as_slice() {
        [one] => Some(one.definition.description.clone()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let letter = Letter {
        organization: look.organization.name.clone(),
        organizations: look.organization.model.labels.words.organizations.clone(),
        inviter: invitation.invited_by_name.clone(),
        email: invitation.email.clone(),
        roles: look.roles.iter().map(|role| role::view::badge(role, &all)).collect(),
        role_text: description,
        message: Some(invitation.message.clone()).filter(|text| !text.is_empty()),
        until: reader.exactly(invitation.expires_at),
        left: reader.left(invitation.created_at, invitation.expires_at),
    };
    let bare = Bare { toast: flash::toast(call) };
    Ok(AcceptPage { bare, letter, problem: None, door: door(call, look, typed) })
}

async fn show(call: Call) -> Result<Answer, Problem> {
    match opened(&call).await? {
        Ok(look) => Ok(flash::page(&call, 200, &page(&call, &look, None).await?)),
        Err(answer) => Ok(answer),
    }
}

async fn submit(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    let look = match opened(&call).await? {
        Ok(look) => look,
        Err(answer) => return Ok(answer),
    };
    let token = INVITATION.token(&call).unwrap_or_default();
    if call.caller.signed().is_none() && look.account.is_some() {
        return sign_in_and_join(&call, token, (&look, &typed)).await;
    }
    let newcomer = Newcomer {
        password: typed.password.clone(),
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
        phone: String::new(),
        time_zone: String::new(),
    };
    match accept::accept(&call.caller, token, newcomer).await {
        Ok(joined) => Ok(welcome(&call, &look, joined)),
        Err(AnswerError::PasswordChangeRequired(challenge)) => {
            Ok(html(200, &new_password_page(&look.invitation.email, challenge)))
        }
        Err(error @ AnswerError::MailboxUnproven) => not_joined(&call, &look, &typed, error).await,
        Err(error @ AnswerError::SignInRequired) if look.way == Way::Copy => {
            not_joined(&call, &look, &typed, error).await
        }
        // The page shows the door that it is by now.
        Err(AnswerError::SignInRequired | AnswerError::SignedInAsOther) => Ok(see_other(INVITATION.page())),
        Err(AnswerError::Input(problem)) => {
            let problem = problem.for_the_form()?;
            let page = marked(page(&call, &look, Some(&typed)).await?, &problem);
            Ok(refused(&problem, &page))
        }
        Err(error) => why_closed(error).map(|reason| closed(&call, reason)),
    }
}

/// The page again, with why it does not open the door like this.
async fn not_joined(call: &Call, look: &Look, typed: &Typed, error: AnswerError) -> Result<Answer, Problem> {
    let problem = Problem::from(error);
    let mut page = page(call, look, Some(typed)).await?;
    page.problem = Some(Callout::refused("Not joined.", &problem, &[]));
    Ok(refused(&problem, &page))
}

/// The form with what is wrong beside each field.
fn marked(mut page: AcceptPage, problem: &Problem) -> AcceptPage {
    if let Door::NewPerson { names, password, .. } = &mut page.door {
        for name in names {
            name.error = problem.at(name.name);
        }
        password.error = problem.at("password");
    }
    page.problem = Some(Callout::refused("Not joined.", problem, &["firstName", "lastName", "password"]));
    page
}

/// Into the organization: a new person completes their profile first.
fn welcome(call: &Call, look: &Look, joined: Joined) -> Answer {
    let answer = match joined.signed_in {
        Some(signed_in) => let_in(call, &signed_in, "/profile/complete"),
        None => with_new_token(call, joined_answer(call, look), joined.token.as_ref()),
    };
    INVITATION.used(call, answer)
}

fn with_new_token(call: &Call, answer: Answer, token: Option<&BearerToken>) -> Answer {
    match token {
        Some(token) => with_cookie(call.app(), answer, token.expose()),
        None => answer,
    }
}

fn joined_answer(call: &Call, look: &Look) -> Answer {
    flash::redirect(call, "/", &format!("You have joined {}.", look.organization.name))
}

/// Somebody with an account gives its password and joins at once.
async fn sign_in_and_join(
    call: &Call,
    token: &str,
    (look, typed): (&Look, &Typed),
) -> Result<Answer, Problem> {
    let email = &look.invitation.email;
    let credentials = Credentials { email, password: &typed.password, organization: None };
    let signed_in = match sign_in(&call.caller, &credentials).await {
        Ok(signed_in) => signed_in,
        Err(SignInError::PasswordChangeRequired(challenge)) => {
            return Ok(html(200, &new_password_page(email, challenge)));
        }
        Err(error) => {
            let problem = mendable(error)?;
            let mut page = page(call, look, Some(typed)).await?;
            page.problem = Some(not_signed_in(&problem));
            return Ok(refused(&problem, &page));
        }
    };
    match accept::accept_signed_in(&caller_of(call, &signed_in), token).await {
        Ok(joined) => {
            let answer = INVITATION.used(call, joined_answer(call, look));
            let token = joined.token.unwrap_or(signed_in.token);
            Ok(with_cookie(call.app(), answer, token.expose()))
        }
        Err(AnswerError::PasswordChangeRequired(challenge)) => {
            let page = html(200, &new_password_page(email, challenge));
            Ok(with_cookie(call.app(), page, signed_in.token.expose()))
        }
        // They are signed in, whatever became of the invitation: its page says what.
        Err(_) => Ok(let_in(call, &signed_in, INVITATION.page())),
    }
}

/// Signs out whoever is signed in, so that the invited person can come in.
async fn switch(call: Call) -> Result<Answer, Problem> {
    session::commands::sign_out(&call.caller).await?;
    Ok(without_cookie(call.app(), see_other(INVITATION.page())))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Declined {
    reason: String,
}

fn decline_page(look: &Look, reason: &str) -> DeclinePage {
    let inviter = look.invitation.invited_by_name.clone();
    DeclinePage {
        bare: Bare::default(),
        organization: look.organization.name.clone(),
        reason: Field::text("reason", "Reason").hint(format!("Shown to {inviter}.")).value(reason),
        inviter,
    }
}

async fn ask_decline(call: Call) -> Result<Answer, Problem> {
    match opened(&call).await? {
        Ok(look) => Ok(html(200, &decline_page(&look, ""))),
        Err(answer) => Ok(answer),
    }
}

async fn decline(call: Call) -> Result<Answer, Problem> {
    let declined: Declined = call.form()?;
    let look = match opened(&call).await? {
        Ok(look) => look,
        Err(answer) => return Ok(answer),
    };
    let token = INVITATION.token(&call).unwrap_or_default();
    match accept::decline(&call.caller, token, &declined.reason).await {
        Ok(()) => Ok(closed(&call, Closed::Thanks)),
        Err(AnswerError::Input(problem)) => {
            let problem = problem.for_the_form()?;
            let mut page = decline_page(&look, &declined.reason);
            page.reason.error = problem.at("reason");
            Ok(refused(&problem, &page))
        }
        Err(error) => why_closed(error).map(|reason| closed(&call, reason)),
    }
}
