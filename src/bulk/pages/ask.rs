//! What is to be done to whom: the question behind a button of the bar.

use serde::Deserialize;

use super::{impact, word};
use crate::base::text::people;
use crate::base::{MemberId, Problem};
use crate::bulk::Deed;
use crate::bulk::commands::{self, MOST, Whom};
use crate::bulk::view::AskPage;
use crate::console::address::Address;
use crate::console::field::{Choice, Choices, Select};
use crate::console::layout::Place;
use crate::console::notice::{Callout, Tone};
use crate::http::{Answer, Call, flash, see_other};
use crate::member::api::{TypedFilter, read_filter};
use crate::member::verb::Verb;
use crate::op::Standing;
use crate::role::view::preset_choice;
use crate::{frame, member, role};

/// What the list of users sends along.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Chosen {
    organization: String,
    action: String,
    id: Vec<String>,
    /// `all`: everybody who matches, not those who are ticked.
    whom: String,
    /// The role, team or project.
    to: String,
    q: String,
    status: String,
    role: String,
    team: String,
    project: String,
    not_signed_in_days: String,
}

impl Chosen {
    fn verb(&self) -> Result<Verb, Problem> {
        Verb::parse(&self.action).ok_or_else(Problem::not_found)
    }

    fn filter(&self) -> Vec<(&'static str, String)> {
        self.address().pairs()
    }

    fn address(&self) -> Address {
        Address::new("/users")
            .with("q", self.q.trim())
            .with("role", self.role.trim())
            .with("team", self.team.trim())
            .with("project", self.project.trim())
            .with("notSignedInDays", self.not_signed_in_days.trim())
            .with("status", self.status.trim())
    }

    async fn matching(&self, call: &Call) -> Result<member::list::Filter, Problem> {
        let typed = TypedFilter {
            q: Some(self.q.clone()),
            status: Some(self.status.clone()),
            role: Some(self.role.clone()),
            team: Some(self.team.clone()),
            project: Some(self.project.clone()),
            not_signed_in_days: Some(self.not_signed_in_days.clone()),
            sort: None,
        };
        Ok(read_filter(call, typed).await?.0)
    }

    async fn whom(&self, call: &Call) -> Result<Whom, Problem> {
        if self.whom == "all" {
            return Ok(Whom::Matching(self.matching(call).await?));
        }
        Ok(Whom::Ids(self.ids()))
    }

    /// The boxes of the list hold ids; what else somebody sends is nobody's.
    fn ids(&self) -> Vec<MemberId> {
        self.id.iter().filter_map(|id| id.parse().ok()).collect()
    }

    fn deed(&self) -> Result<Deed, Problem> {
        let action = self.verb()?;
        let to = Some(self.to.clone()).filter(|to| !to.is_empty());
        let only = |wanted: bool| to.clone().filter(|_| wanted);
        Deed {
            action,
            role: only(action == Verb::SetRole),
            team: only(action == Verb::AddToTeam),
            project: only(action == Verb::AddToProject),
        }
        .checked()
    }
}

/// `POST /users/bulk/ask`.
pub(super) async fn ask(call: Call) -> Result<Answer, Problem> {
    let chosen: Chosen = call.form()?;
    call.is_about(&chosen.organization)?;
    question(&call, &chosen, None).await
}

async fn question(call: &Call, chosen: &Chosen, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let (standing, verb) = (call.standing()?, chosen.verb()?);
    if !standing.allows(verb.needs()) {
        return Err(Problem::forbidden(verb.needs().named(&standing.organization.model)));
    }
    let ticked = chosen.ids().len() as i64;
    let filter = chosen.matching(call).await?;
    let most = MOST as i64;
    let organization = standing.organization.id;
    let all =
        member::list::count_up_to(&mut call.app().db.long_reader(), organization, &filter, most + 1).await?;
    let what = what(call, standing, verb, &chosen.to, problem).await?;
    let nowhere = what.as_ref().is_some_and(|select| select.options.is_empty());
    let nobody = ticked == 0 && all == 0;
    let title = match verb {
        Verb::SetRole => "Change role of several people".to_owned(),
        Verb::AddToTeam => "Add several people to a team".to_owned(),
        Verb::AddToProject => "Add several people to a project".to_owned(),
        Verb::Resend => "Send invitations again".to_owned(),
        other => format!("{} several people", word(standing, other)),
    };
    let narrowed = !chosen.filter().is_empty();
    let matching = if narrowed { "that match the filters" } else { "here" };
    let whom = (all > ticked).then(|| {
        let mut options = Vec::new();
        if ticked > 0 {
            let those = format!("The {} selected", people(ticked));
            options.push(Choice::new("", those).chosen(chosen.whom != "all"));
        }
        let everybody = match all > most {
            true => format!("All, more than {}, {matching}", people(most)),
            false => format!("All {} {matching}", people(all)),
        };
        options.push(Choice::new("all", everybody).chosen(chosen.whom == "all"));
        Choices { name: "whom", legend: "Who", options, ..Choices::default() }
    });
    let mut hidden = vec![("action", verb.as_str().to_owned())];
    hidden.extend(chosen.ids().iter().map(|id| ("id", id.to_string())));
    hidden.extend(chosen.filter());
    let said = match (problem, nowhere, nobody) {
        (Some(problem), ..) => {
            Some(Callout::refused("Nothing was done.", problem, &["role", "team", "project"]))
        }
        (None, true, _) => {
            let text = "Make one first, or ask somebody who may.";
            Some(Callout::new(Tone::Warn, "There is none to choose.", text))
        }
        (None, _, true) => {
            Some(Callout::new(Tone::Warn, "Nobody is selected.", "Tick people in the list first."))
        }
        _ => None,
    };
    let view = AskPage {
        frame: frame::of(call, Place::Users).await?,
        title,
        problem: said,
        impact: impact(standing, verb),
        what: what.filter(|_| !nowhere),
        whom,
        hidden,
        back: chosen.address().href(),
        goes_on: !nowhere && !nobody,
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

/// The choice of a role, team or project, where the verb takes one; only roles that the reader may give.
async fn what(
    call: &Call,
    standing: &Standing,
    verb: Verb,
    to: &str,
    problem: Option<&Problem>,
) -> Result<Option<Select>, Problem> {
    let (organization, mut reader) = (standing.organization.id, call.app().db.reader());
    let option = |value: String, label: &str, to: &str| {
        let chosen = value == to;
        Choice::new(value, label).chosen(chosen)
    };
    let (label, name, options): (_, _, Vec<Choice>) = match verb {
        Verb::SetRole => {
            let roles = role::store::list(&mut reader, organization).await?;
            let offered = roles.iter().filter(|role| standing.may_grant(&(*role).into()));
            let preset = preset_choice(&roles);
            let to = if to.is_empty() { preset.first().map_or("", String::as_str) } else { to };
            let option = |value: String, label: &str| option(value, label, to);
            let options = offered.map(|r| option(r.definition.key.clone(), &r.definition.label)).collect();
            ("New role", "role", options)
        }
        Verb::AddToTeam => {
            let teams = member::store::teams(&mut reader, organization).await?;
            ("Team", "team", teams.iter().map(|(id, name)| option(id.to_string(), name, to)).collect())
        }
        Verb::AddToProject => {
            let projects = member::store::projects(&mut reader, organization).await?;
            (
                "Project",
                "project",
                projects.iter().map(|(id, name)| option(id.to_string(), name, to)).collect(),
            )
        }
        _ => return Ok(None),
    };
    let error = problem.and_then(|problem| problem.at(name));
    Ok(Some(Select { error, ..Select::new("to", label, options) }))
}

/// Keeps what is to be done, and shows what would become of each.
pub(super) async fn look(call: Call) -> Result<Answer, Problem> {
    let chosen: Chosen = call.form()?;
    call.is_about(&chosen.organization)?;
    let drafted = async {
        let (deed, whom) = (chosen.deed()?, chosen.whom(&call).await?);
        Ok::<_, Problem>(commands::draft(&call.caller, &deed, &whom).await?)
    };
    match drafted.await {
        Ok(job) => Ok(see_other(&format!("/users/bulk/{}", job.id))),
        Err(problem) if problem.code == "forbidden" || problem.status >= 500 => Err(problem),
        Err(problem) => question(&call, &chosen, Some(&problem.for_the_form()?)).await,
    }
}
