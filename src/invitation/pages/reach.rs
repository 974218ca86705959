//! What an invitation gives beside roles: a role template, teams, projects.

use super::invite::Form;
use crate::access_model::Shown;
use crate::base::Problem;
use crate::console::field::{Choice, Picks, Select};
use crate::http::Call;
use crate::invitation::view::Reach;
use crate::member::store;

/// What the access model shows first, and what else the organization has.
pub async fn read(call: &Call, form: &Form, wrong: Option<String>) -> Result<(Reach, Reach), Problem> {
    let organization = &call.standing()?.organization;
    let mut reader = call.app().db.reader();
    let templates = store::templates(&mut reader, organization.id).await?;
    let teams = store::teams(&mut reader, organization.id).await?;
    let projects = store::projects(&mut reader, organization.id).await?;
    let all = Reach {
        template: template(&templates, &form.role_template, wrong),
        teams: picks("teams", "Teams", &teams, &form.teams),
        projects: picks("projects", "Projects", &projects, &form.projects),
    };
    let part = |first: bool| {
        let here = |what| organization.model.shows(what) == first;
        Reach {
            template: all.template.clone().filter(|_| here(Shown::RoleTemplates)),
            teams: all.teams.clone().filter(|_| here(Shown::Teams)),
            projects: all.projects.clone().filter(|_| here(Shown::Projects)),
        }
    };
    Ok((part(true), part(false)))
}

fn template(known: &[(impl ToString, String)], chosen: &str, error: Option<String>) -> Option<Select> {
    let none = Choice::new("", "None").chosen(chosen.is_empty());
    let options = std::iter::once(none).chain(known.iter().map(|known| option(known, |id| id == chosen)));
    let select = Select::new("roleTemplate", "Role template", options.collect());
    (!known.is_empty()).then(|| Select { error, ..select.hint("Adds permissions to the role.") })
}

fn picks(
    name: &'static str,
    legend: &'static str,
    known: &[(impl ToString, String)],
    chosen: &[String],
) -> Option<Picks> {
    let options: Vec<Choice> =
        known.iter().map(|known| option(known, |id| chosen.iter().any(|chosen| chosen == id))).collect();
    (!options.is_empty()).then_some(Picks { name, legend, options })
}

fn option((id, label): &(impl ToString, String), is_chosen: impl Fn(&str) -> bool) -> Choice {
    let id = id.to_string();
    let chosen = is_chosen(&id);
    Choice::new(id, label).chosen(chosen)
}
