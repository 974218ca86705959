//! Inviting one or many.

use serde::Deserialize;

use super::reach;
use crate::base::Problem;
use crate::console::field::{Choices, Field, TextArea};
use crate::console::layout::Place;
use crate::console::notice::{Callout, Tone};
use crate::http::{Answer, Call, flash};
use crate::invitation::addresses::addresses;
use crate::invitation::commands::{self, InviteError, Outcome, Request};
use crate::invitation::many::MOST_ADDRESSES;
use crate::invitation::view::{InvitePage, Outcome as OutcomeLine};
use crate::member::access::Asked;
use crate::member::pages::{end, feature_box, switches};
use crate::role::view::{choices, preset_choice, warning};
use crate::{frame, mailbox, op, role};

/// What is typed; a batch shares everything but the address.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Form {
    organization: String,
    emails: String,
    first_name: String,
    last_name: String,
    role: Vec<String>,
    pub role_template: String,
    ends_at: String,
    feature: bool,
    pub teams: Vec<String>,
    pub projects: Vec<String>,
    message: String,
    /// Said by the button that only looks.
    check: String,
}

/// What came of the form before this page: outcomes, or a refusal.
#[derive(Default)]
struct Came {
    results: Vec<OutcomeLine>,
    /// The outcomes are what would come of it.
    foretold: bool,
    problem: Option<Problem>,
    status: u16,
}

/// Whom to invite, as an address can say beforehand ("Invite again").
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Beforehand {
    emails: String,
    first_name: String,
    last_name: String,
    role: String,
}

/// `GET /invitations/new`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let said: Beforehand = call.query()?;
    let blank = blank(&call).await?;
    let roles: Vec<String> = said.role.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
    let form = Form {
        emails: said.emails,
        first_name: said.first_name,
        last_name: said.last_name,
        role: if roles.is_empty() { blank.role } else { roles },
        ..blank
    };
    page(&call, form, Came { status: 200, ..Came::default() }).await
}

async fn blank(call: &Call) -> Result<Form, Problem> {
    let organization = &call.standing()?.organization;
    let roles = role::store::list(&mut call.app().db.reader(), organization.id).await?;
    Ok(Form {
        role: preset_choice(&roles),
        feature: organization.model.features.first().is_some_and(|feature| feature.default_on),
        ..Form::default()
    })
}

/// `POST /invitations`.
pub async fn submit(mut call: Call) -> Result<Answer, Problem> {
    let form: Form = call.form()?;
    call.is_about(&form.organization)?;
    let emails = addresses(&form.emails);
    let one = emails.len() == 1;
    let places = |ids: &Vec<String>| (!ids.is_empty()).then(|| ids.clone());
    let ends_at = match end::of_form(&form.ends_at, &frame::reader(&call)?) {
        Ok(end) => end,
        Err(problem) => {
            let came = Came { status: problem.status, problem: Some(problem), ..Came::default() };
            return page(&call, form, came).await;
        }
    };
    let request = Request {
        emails,
        first_name: form.first_name.clone(),
        last_name: form.last_name.clone(),
        asked: Asked {
            roles: Some(form.role.clone()),
            template: Some(Some(form.role_template.clone()).filter(|id| !id.is_empty())),
            features: switches(call.standing()?, &form.role, form.feature),
            teams: places(&form.teams),
            projects: places(&form.projects),
            ends_at: Some(ends_at),
        },
        message: form.message.clone(),
    };
    if !form.check.is_empty() {
        return match commands::foretell(&call.caller, &request, one).await {
            Ok(outcomes) => {
                let results = outcomes.into_iter().map(|(email, outcome)| line(email, outcome)).collect();
                page(&call, form, Came { results, foretold: true, status: 200, ..Came::default() }).await
            }
            Err(error) => refused(&call, form, error).await,
        };
    }
    match commands::invite(&call.caller, &request, one).await {
        Ok(outcomes) => match outcomes.as_slice() {
            [(email, outcome)] if !matches!(outcome, Outcome::Failed(_)) => {
                let sentence = match call.app().settings.smtp {
                    Some(_) => format!("An invitation is on its way to {email}."),
                    None => format!("{email} is invited. The letter is kept on the server."),
                };
                Ok(flash::redirect(&call, "/invitations", &sentence))
            }
            _ => {
                read_again(&mut call).await?;
                show_outcomes(&call, outcomes, form).await
            }
        },
        Err(error) => refused(&call, form, error).await,
    }
}

async fn refused(call: &Call, form: Form, error: InviteError) -> Result<Answer, Problem> {
    let problem = Problem::from(error).for_the_form()?;
    let status = problem.status;
    page(call, form, Came { problem: Some(problem), status, ..Came::default() }).await
}

/// The page that follows counts those whom this request has just invited.
async fn read_again(call: &mut Call) -> Result<(), Problem> {
    let (organization, account) = (call.standing()?.organization.id, call.caller.account()?);
    let (reader, now) = (&mut call.app().db.reader(), call.app().now());
    let standing = op::store::find_standing(reader, organization, account, now).await?;
    call.caller.standing = standing;
    Ok(())
}

/// The outcome of each address, above a form that holds what still needs mending.
async fn show_outcomes(call: &Call, outcomes: Vec<(String, Outcome)>, sent: Form) -> Result<Answer, Problem> {
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        .map(|(email, _)| email.as_str())
        .collect();
    let nothing_sent = outcomes.iter().all(|(_, o)| matches!(o, Outcome::Failed(_) | Outcome::Ignored));
    let form = match failed.is_empty() {
        true => blank(call).await?,
        false => Form { emails: failed.join("\n"), ..sent },
    };
    let results = outcomes.into_iter().map(|(email, outcome)| line(email, outcome)).collect();
    page(call, form, Came { results, status: if nothing_sent { 422 } else { 200 }, ..Came::default() }).await
}

fn line(email: String, outcome: Outcome) -> OutcomeLine {
    let (outcome, tone, detail) = match outcome {
        Outcome::Created(_) => ("Created", Tone::Ok, "New invitation.".to_owned()),
        Outcome::Resent(_) => {
            ("Resent", Tone::Ok, "Was pending; a new link replaces the old one.".to_owned())
        }
        Outcome::Refreshed(_) => {
            ("Refreshed", Tone::Ok, "Was closed or expired; gets a new link.".to_owned())
        }
        Outcome::Ignored => ("Ignored", Tone::Plain, "Stood in the list before.".to_owned()),
        Outcome::Failed(error) => ("Failed", Tone::Bad, Problem::from(error).detail),
    };
    OutcomeLine { email, outcome, tone, detail }
}

/// "Sent 6 invitations. 2 addresses were skipped."
fn summary(results: &[OutcomeLine], by_mail: bool) -> Option<Callout> {
    let count = |wanted: fn(Tone) -> bool| results.iter().filter(|line| wanted(line.tone)).count();
    let (sent, failed) = (count(|tone| tone == Tone::Ok), count(|tone| tone == Tone::Bad));
    let ignored = results.len() - sent - failed;
    let many = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {several}"),
    };
    let title = match sent {
        0 => "Nothing was sent.".to_owned(),
        _ if !by_mail => format!("Made {}.", many(sent, "invitation", "invitations")),
        _ => format!("Sent {}.", many(sent, "invitation", "invitations")),
    };
    let mut text = Vec::new();
    if ignored > 0 {
        text.push(format!("{} skipped.", many(ignored, "repeated address was", "repeated addresses were")));
    }
    if failed > 0 {
        text.push(format!(
            "{} below: mend and send again.",
            many(failed, "address failed and stands", "addresses failed and stand")
        ));
    } else if sent > 0 {
        let where_to =
            if by_mail { "E-mails go out in the background." } else { "The letters are kept on the server." };
        text.push(where_to.to_owned());
    }
    let tone = if failed == 0 {
        Tone::Ok
    } else if sent == 0 {
        Tone::Bad
    } else {
        Tone::Warn
    };
    let callout = Callout::new(tone, title, text.join(" "));
    let told = if sent > 0 { callout.way_out("See how they are delivered", "/invitations") } else { callout };
    (!results.is_empty()).then_some(told)
}

/// "6 invitations would go out; nothing was sent."
fn would(results: &[OutcomeLine]) -> Callout {
    let sent = results.iter().filter(|line| line.tone == Tone::Ok).count();
    let title = match sent {
        0 => "No invitation would go out.".to_owned(),
        1 => "1 invitation would go out.".to_owned(),
        count => format!("{count} invitations would go out."),
    };
    let tone = if sent == results.len() { Tone::Ok } else { Tone::Warn };
    Callout::new(tone, title, "Nothing was sent yet. Mend the list or send.")
}

async fn page(call: &Call, form: Form, came: Came) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let mut reader = call.app().db.reader();
    let roles = role::store::list(&mut reader, organization.id).await?;
    let at = |field: &str| came.problem.as_ref().and_then(|problem| problem.at(field));
    let shown =
        ["emails", "email", "firstName", "lastName", "role", "roles", "roleTemplate", "message", "endsAt"];
    let (first, more) = reach::read(call, &form, at("roleTemplate")).await?;
    let view = InvitePage {
        frame: frame::of(call, Place::Invitations).await?,
        seats: frame::seats(call).await?,
        problem: came.problem.as_ref().map(|p| Callout::refused("Nothing was sent.", p, &shown)),
        kept: mailbox::pages::notice(call),
        lifetime_days: u16::try_from(organization.invitation_lifetime_days).unwrap_or_default(),
        emails: TextArea {
            name: "emails",
            label: "E-mail addresses",
            rows: 4,
            hint: Some(format!("Separate with commas, spaces or new lines. Up to {MOST_ADDRESSES} at once.")),
            error: at("emails").or_else(|| at("email")),
            required: true,
            focus: came.results.is_empty(),
            value: form.emails,
            ..TextArea::default()
        },
        first_name: Field::text("firstName", "First name").value(form.first_name).error(at("firstName")),
        last_name: Field::text("lastName", "Last name").value(form.last_name).error(at("lastName")),
        roles: Choices { error: at("role").or_else(|| at("roles")), ..choices(standing, &roles, &form.role) },
        role_warning: warning(standing, &roles),
        first,
        feature: feature_box(standing, &roles, form.feature),
        more,
        ends: end::field(&form.ends_at, &frame::reader(call)?, at("endsAt")),
        message: TextArea {
            name: "message",
            label: "Personal message",
            rows: 3,
            hint: Some("Plain text. It stands in the e-mail and on the page that it leads to.".to_owned()),
            error: at("message"),
            value: form.message,
            longest: Some(2000),
            ..TextArea::default()
        },
        summary: match came.foretold {
            true => Some(would(&came.results)),
            false => summary(&came.results, call.app().settings.smtp.is_some()),
        },
        foretold: came.foretold,
        results: came.results,
    };
    Ok(flash::page(call, came.status, &view))
}
