//! Deleting a role or a role template: a page that asks what those get who have it, and one that says what that does.

use serde::Deserialize;

use super::{Step, all};
use crate::access::store::Preview;
use crate::base::text::isolated;
use crate::base::{Problem, RoleTemplateId};
use crate::console::field::{Choice, Choices};
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::http::{Answer, Call, flash};
use crate::op::Standing;
use crate::role::commands as roles;
use crate::role::store::{Role, count_members, named};
use crate::role_console::view::digest;
use crate::role_template::commands::{self as templates, Instead};
use crate::role_template::{RoleTemplate, store};
use crate::{frame, role_template};

/// What is chosen for those who have what is deleted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Chosen {
    reassign_to: String,
}

/// What the page is about.
struct Asked {
    title: String,
    action: String,
    verb: &'static str,
    /// What is lost, and for whom.
    impact: Vec<String>,
    /// What those can get who have it; none where nobody has.
    choices: Option<Choices>,
    version: i64,
}

/// What came of the form.
enum Came {
    Nothing,
    Shown(Preview),
    Refused(Problem),
}

async fn page(call: &Call, asked: Asked, chosen: &Chosen, came: Came) -> Result<Answer, Problem> {
    let model = &call.standing()?.organization.model;
    let mut page = PanelPage::new(frame::of(call, Place::Roles).await?, asked.title, asked.verb);
    page.action = asked.action;
    page.back = "/roles".to_owned();
    page.danger = true;
    page.impact = asked.impact;
    page.choices = asked.choices;
    page.hidden = vec![("version", asked.version.to_string())];
    let mut status = 200;
    match came {
        Came::Nothing if page.choices.is_some() => {
            page.verb = "Continue".to_owned();
            page.danger = false;
        }
        Came::Nothing => page.hidden.push(("step", "save".to_owned())),
        Came::Shown(preview) => {
            let chosen_label = page.choices.take().and_then(|choices| {
                choices.options.into_iter().find(|o| o.value == chosen.reassign_to).map(|o| o.label)
            });
            page.impact.truncate(1);
            page.impact.extend(chosen_label.map(|label| format!("They get instead: {label}.")));
            let sentences = preview.effect.sentences(Some(model));
            page.impact.extend(match sentences.is_empty() {
                true => vec!["Nobody gains or loses a permission by it.".to_owned()],
                false => sentences,
            });
            page.hidden.push(("reassignTo", chosen.reassign_to.clone()));
            page.hidden.push(("previewed", digest(&preview)));
            page.hidden.push(("step", "save".to_owned()));
        }
        Came::Refused(problem) => {
            status = problem.status;
            if let Some(choices) = &mut page.choices {
                choices.error = problem.at("reassignTo");
                page.verb = "Continue".to_owned();
                page.danger = false;
            } else {
                page = page.settled();
            }
            page.warning = Some(Callout::refused("Not done.", &problem, &["reassignTo"]));
        }
    }
    Ok(flash::page(call, status, &page))
}

fn people(count: i64, verbs: (&str, &str)) -> String {
    match count {
        0 => format!("Nobody {}.", verbs.0),
        1 => format!("1 person {}.", verbs.0),
        n => format!("{n} people {}.", verbs.1),
    }
}

fn find<'a>(call: &Call, all: &'a [Role]) -> Result<&'a Role, Problem> {
    named(all, call.param("id")).ok_or_else(Problem::not_found)
}

async fn about_role(call: &Call, all: &[Role], role: &Role, chosen: &Chosen) -> Result<Asked, Problem> {
    let standing: &Standing = call.standing()?;
    let holders = count_members(&mut call.app().db.reader(), role.id).await?;
    let label = isolated(&role.definition.label);
    let option = |other: &Role| {
        let d = &other.definition;
        let locked = (!standing.may_grant(&other.into()))
            .then(|| format!("Your own role does not allow you to grant {}.", d.label));
        let chosen = match chosen.reassign_to.as_str() {
            "" => d.default && locked.is_none(),
            key => key == d.key,
        };
        Choice { locked, ..Choice::new(&d.key, &d.label).detail(&d.description).chosen(chosen) }
    };
    let options = all.iter().filter(|other| other.id != role.id).map(option).collect();
    Ok(Asked {
        title: format!("Delete the role {label}?"),
        action: format!("/roles/{}/delete", role.id),
        verb: "Delete role",
        impact: vec![
            people(holders, ("has this role, invited or active", "have this role, invited or active")),
            "It can't be undone. A later role with the same key is a new one.".to_owned(),
        ],
        choices: (holders > 0).then(|| Choices {
            name: "reassignTo",
            legend: "What they get instead",
            options,
            wide: true,
            ..Choices::default()
        }),
        version: role.version,
    })
}

/// `GET /roles/{id}/delete`.
pub async fn ask_role(call: Call) -> Result<Answer, Problem> {
    let all = all(&call).await?;
    let chosen = Chosen::default();
    let asked = about_role(&call, &all, find(&call, &all)?, &chosen).await?;
    page(&call, asked, &chosen, Came::Nothing).await
}

/// `POST /roles/{id}/delete`.
pub async fn role(call: Call) -> Result<Answer, Problem> {
    let all = all(&call).await?;
    let role = find(&call, &all)?;
    let (chosen, step) = (call.form::<Chosen>()?, call.form::<Step>()?);
    let to = Some(chosen.reassign_to.as_str()).filter(|to| !to.is_empty());
    let (id, version) = (role.id.to_string(), step.version());
    let done = async {
        let shown = roles::delete(&call.caller, &id, to, version, true).await?;
        if step.step != "save" || !step.is_confirmed(&shown.preview) {
            return Ok(Some(shown.preview));
        }
        roles::delete(&call.caller, &id, to, version, false).await?;
        Ok::<_, Problem>(None)
    };
    let came = match done.await {
        Ok(None) => {
            let sentence = format!("The role {} is deleted.", isolated(&role.definition.label));
            return Ok(flash::redirect(&call, "/roles", &sentence));
        }
        Ok(Some(preview)) => Came::Shown(preview),
        Err(problem) => Came::Refused(problem.for_the_form()?),
    };
    let asked = about_role(&call, &all, role, &chosen).await?;
    page(&call, asked, &chosen, came).await
}

/// The choice of no template at all.
const NONE: &str = "none";

async fn find_template(call: &Call) -> Result<RoleTemplate, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<RoleTemplateId>("id")?;
    let found = role_template::store::find(&mut call.app().db.reader(), organization, id).await?;
    found.ok_or_else(Problem::not_found)
}

async fn about_template(call: &Call, template: &RoleTemplate, chosen: &Chosen) -> Result<Asked, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let others = store::list(&mut call.app().db.reader(), organization.id).await?;
    let option = |other: &RoleTemplate| {
        let held = other.permissions.expand(&organization.model);
        let locked = (!standing.permissions.contains_all(&held))
            .then(|| "It has permissions that you do not hold yourself.".to_owned());
        let id = other.id.to_string();
        let is_chosen = id == chosen.reassign_to;
        Choice { locked, ..Choice::new(id, &other.name).detail(&other.description).chosen(is_chosen) }
    };
    let none = Choice::new(NONE, "No template")
        .detail("They keep what their role and direct grants give.")
        .chosen(["", NONE].contains(&chosen.reassign_to.as_str()));
    let rest = others.iter().filter(|other| other.id != template.id).map(option);
    Ok(Asked {
        title: format!("Delete the template {}?", isolated(&template.name)),
        action: format!("/role-templates/{}/delete", template.id),
        verb: "Delete template",
        impact: vec![
            people(template.members, ("has this template", "have this template")),
            "It can't be undone.".to_owned(),
        ],
        choices: (template.members > 0).then(|| Choices {
            name: "reassignTo",
            legend: "What they get instead",
            options: std::iter::once(none).chain(rest).collect(),
            wide: true,
            ..Choices::default()
        }),
        version: template.version,
    })
}

/// `GET /role-templates/{id}/delete`.
pub async fn ask_template(call: Call) -> Result<Answer, Problem> {
    let template = find_template(&call).await?;
    let chosen = Chosen::default();
    let asked = about_template(&call, &template, &chosen).await?;
    page(&call, asked, &chosen, Came::Nothing).await
}

/// `POST /role-templates/{id}/delete`.
pub async fn template(call: Call) -> Result<Answer, Problem> {
    let template = find_template(&call).await?;
    let (chosen, step) = (call.form::<Chosen>()?, call.form::<Step>()?);
    let instead = match chosen.reassign_to.as_str() {
        "" => Instead::Unsaid,
        NONE => Instead::None,
        id => Instead::Template(id.parse().unwrap_or(RoleTemplateId(uuid::Uuid::nil()))),
    };
    let version = step.version();
    let done = async {
        let shown = templates::delete(&call.caller, template.id, instead, version, true).await?;
        if step.step != "save" || !step.is_confirmed(&shown.preview) {
            return Ok(Some(shown.preview));
        }
        templates::delete(&call.caller, template.id, instead, version, false).await?;
        Ok::<_, Problem>(None)
    };
    let came = match done.await {
        Ok(None) => {
            let sentence = format!("The template {} is deleted.", isolated(&template.name));
            return Ok(flash::redirect(&call, "/roles", &sentence));
        }
        Ok(Some(preview)) => Came::Shown(preview),
        Err(problem) => Came::Refused(problem.for_the_form()?),
    };
    let asked = about_template(&call, &template, &chosen).await?;
    page(&call, asked, &chosen, came).await
}
