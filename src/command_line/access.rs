//! `roster access`: what a member could do at an instant.

use std::process::ExitCode;

use clap::Args;

use super::{Failure, organization};
use crate::access::{On, Question, Step};
use crate::app::App;
use crate::base::{EmailAddress, MemberId, OrganizationId};
use crate::member;
use crate::past::api::{ThenBody, no_instant, not_then, unknown};
use crate::past::read::{self, Found};
use crate::past::{Then, instant};

/// `roster access`.
#[derive(Debug, Args)]
pub(super) struct Access {
    /// An instant of the past, or a day: its end in UTC; now unless said
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// The organization's slug or id
    #[arg(long)]
    organization: String,
    /// The member's id, which the trail knows of those who are gone, or the address of one who is here
    #[arg(long)]
    member: String,
    /// Ask about one action, as its category calls it
    #[arg(long, requires = "resource")]
    action: Option<String>,
    /// The category that it is about, as category:users
    #[arg(long, requires = "action")]
    resource: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn obey(app: &App, asked: Access) -> Result<ExitCode, Failure> {
    let organization = organization::find(app, &asked.organization).await?.id;
    let member = named(app, organization, &asked.member).await?;
    let now = app.now();
    let at = match &asked.at {
        Some(text) => instant(text, now).ok_or_else(no_instant)?,
        None => now,
    };
    let then = match read::find(&mut app.db.long_reader(), organization, member, at).await? {
        Found::Then(then) => then,
        Found::Unknown => return Err(unknown().into()),
        Found::NotThen => return Err(not_then().into()),
        Found::Nobody => return Err(nobody(&asked.member)),
    };
    match (&asked.action, &asked.resource) {
        (Some(action), Some(resource)) => {
            let category = resource.strip_prefix("category:");
            let category = category.ok_or_else(|| {
                Failure::new("Only categories are told of the past: --resource category:users, for example.")
            })?;
            decide(&then, category, action, asked.json)
        }
        _ => all(&then, asked.json),
    }
}

fn nobody(named: &str) -> Failure {
    Failure::new(format!("There is no member {named:?}. Somebody who is gone is known by their id alone."))
}

async fn named(app: &App, organization: OrganizationId, text: &str) -> Result<MemberId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let email = EmailAddress::parse(text).map_err(|_| nobody(text))?;
    let found = member::store::find_by_email(&mut app.db.reader(), organization, email.key()).await?;
    found.map(|member| member.id).ok_or_else(|| nobody(text))
}

fn decide(then: &Then, category: &str, action: &str, json: bool) -> Result<ExitCode, Failure> {
    let question = Question { category, action, on: On::Category };
    then.ask(|holdings| {
        let decision = holdings.decide(&question);
        let sources: Vec<String> = decision.sources.iter().map(ToString::to_string).collect();
        let steps: Vec<_> = Step::ALL
            .iter()
            .map(|step| serde_json::json!({"step": step.as_str(), "outcome": decision.outcome(*step).as_str()}))
            .collect();
        let allowed = decision.allowed();
        if json {
            let answer = serde_json::json!({
                "at": then.at, "decision": allowed, "status": then.held.status.as_str(),
                "sources": sources, "steps": steps,
            });
            super::print_json(&answer)?;
        } else {
            let may = if allowed { "could" } else { "could not" };
            println!("{} {may} {action} {category} at {}.", then.past.name, then.at);
            println!("Status {}; given by {}.", then.held.status, list(&sources));
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn all(then: &Then, json: bool) -> Result<ExitCode, Failure> {
    then.explained(|explained| {
        if json {
            super::print_json(&ThenBody::new(then, explained))?;
            return Ok(ExitCode::SUCCESS);
        }
        let roles: Vec<String> = then.roles().iter().map(|role| role.definition.label.clone()).collect();
        println!("{} at {}: {}; {}.", then.past.name, then.at, then.held.status, list(&roles));
        for (category, given) in &explained.permissions {
            for given in given {
                let sources: Vec<String> = given.sources.iter().map(ToString::to_string).collect();
                println!("  {category}:{}  {}", given.action, list(&sources));
            }
        }
        for withheld in &explained.withheld {
            println!("  {} is withheld: {} is off", withheld.category, withheld.feature);
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
}
