//! The form of a role template: what it does is shown before it is saved.

use serde::Deserialize;

use super::role::matrix;
use super::{Step, all, beside, boxes, may_manage, ticked};
use crate::access::store::Preview;
use crate::access_model::AccessModel;
use crate::base::text::isolated;
use crate::base::{Problem, RoleTemplateId};
use crate::console::field::Field;
use crate::console::layout::Place;
use crate::console::notice::{Callout, Tone};
use crate::console::person::Avatar;
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::role::store::Role;
use crate::role_console::view::{Holder, Holders, TemplatePage, Weighed};
use crate::role_template::commands::{self, Change};
use crate::role_template::{RoleTemplate, store};

/// The fields that problems are shown beside.
const SHOWN: &[&str] = &["name", "description"];

/// The fields of the form as they are typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    description: String,
    permission: Vec<String>,
}

impl Typed {
    fn of(template: &RoleTemplate) -> Self {
        Self {
            name: template.name.clone(),
            description: template.description.clone(),
            permission: boxes(&template.permissions),
        }
    }

    fn change(&self, model: &AccessModel) -> Change {
        Change {
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            permissions: Some(ticked(model, &self.permission)),
        }
    }
}

/// What came of the form before it is shown again.
#[derive(Default)]
struct Came {
    problem: Option<Problem>,
    preview: Option<Preview>,
    version: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Like {
    like: String,
}

async fn find(call: &Call) -> Result<RoleTemplate, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<RoleTemplateId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

/// `GET /role-templates/new`, filled like the template that `like` names.
pub async fn new(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let like = match call.query::<Like>()?.like.parse() {
        Ok(id) => store::find(&mut call.app().db.reader(), organization, id).await?,
        Err(_) => None,
    };
    let typed = like.map_or_else(Typed::default, |template| Typed {
        name: format!("{} copy", template.name),
        ..Typed::of(&template)
    });
    page(&call, None, &typed, Came::default()).await
}

/// `POST /role-templates/new`.
pub async fn create(call: Call) -> Result<Answer, Problem> {
    let (typed, step) = (call.form::<Typed>()?, call.form::<Step>()?);
    let change = typed.change(&call.standing()?.organization.model);
    let done = async {
        call.is_about(&step.organization)?;
        Ok::<_, Problem>(commands::create(&call.caller, &change, false).await?.now)
    };
    match done.await {
        Ok(template) => {
            let name = isolated(&template.name);
            let sentence = format!("The template {name} can be given to people now.");
            Ok(flash::redirect(&call, "/roles", &sentence))
        }
        Err(problem) => {
            let came = Came {
                problem: Some(beside(problem.for_the_form()?, "name_taken", "/name")),
                ..Came::default()
            };
            page(&call, None, &typed, came).await
        }
    }
}

/// `GET /role-templates/{id}`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let template = find(&call).await?;
    page(&call, Some(&template), &Typed::of(&template), Came::default()).await
}

/// `POST /role-templates/{id}`.
pub async fn save(call: Call) -> Result<Answer, Problem> {
    let template = find(&call).await?;
    let (typed, step) = (call.form::<Typed>()?, call.form::<Step>()?);
    let (change, version) = (typed.change(&call.standing()?.organization.model), step.version());
    let done = async {
        let shown = commands::update(&call.caller, template.id, &change, version, true).await?;
        if !step.is_confirmed(&shown.preview) {
            return Ok(Err(shown.preview));
        }
        let outcome = commands::update(&call.caller, template.id, &change, version, false).await?;
        Ok::<_, Problem>(Ok(outcome.now))
    };
    match done.await {
        Ok(Ok(now)) => {
            let sentence = match now.version == template.version {
                true => "Nothing was changed.".to_owned(),
                false => {
                    let name = isolated(&now.name);
                    format!("The template {name} is saved. It applies the next time they do anything.")
                }
            };
            Ok(flash::redirect(&call, "/roles", &sentence))
        }
        Ok(Err(preview)) => {
            let came = Came { preview: Some(preview), version, problem: None };
            page(&call, Some(&template), &typed, came).await
        }
        Err(problem) => {
            let came = Came {
                problem: Some(beside(problem.for_the_form()?, "name_taken", "/name")),
                version,
                preview: None,
            };
            page(&call, Some(&template), &typed, came).await
        }
    }
}

async fn page(
    call: &Call,
    template: Option<&RoleTemplate>,
    typed: &Typed,
    came: Came,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let problem = came.problem.as_ref();
    let wrong = |field: &str| problem.and_then(|problem| problem.at(field));
    let stale = problem.is_some_and(|problem| problem.status == 412);
    let manages = may_manage(standing);
    let title = template.map_or("New template", |template| template.name.as_str()).to_owned();
    let view = TemplatePage {
        frame: frame::of(call, Place::Roles).await?,
        lead: match template.map(|template| template.members) {
            None => "A named set of permissions, added to somebody’s role.".to_owned(),
            Some(1) => "Role template, used by 1 person.".to_owned(),
            Some(n) => format!("Role template, used by {n} people."),
        },
        action: template.map_or("/role-templates/new".to_owned(), |t| format!("/role-templates/{}", t.id)),
        duplicate: template.filter(|_| manages).map(|t| format!("/role-templates/new?like={}", t.id)),
        locked: (!manages).then(|| {
            let needed = crate::op::Needs(crate::access_model::Area::Roles, "manage");
            let text = format!("This needs the permission {}.", needed.named(&organization.model));
            Callout::new(Tone::Plain, "You can look at this template, not change it.", text)
        }),
        problem: problem.map(|problem| Callout::refused("Not saved.", problem, SHOWN)),
        weighed: came.preview.as_ref().map(|preview| Weighed::of(preview, &organization.model)),
        name: Field::text("name", "Name").required().value(&typed.name).error(wrong("name")),
        description: Field::text("description", "Description")
            .value(&typed.description)
            .error(wrong("description")),
        matrix: matrix(&organization.model, &typed.permission, &standing.permissions, &title),
        holders: match template {
            Some(template) => {
                Some(Holders { people: holders(call, template).await?, count: template.members })
            }
            None => None,
        },
        version: match came.version {
            Some(version) if !stale => version,
            _ => template.map_or(0, |template| template.version),
        },
        organization: organization.id.to_string(),
        title,
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

/// The first who have a template, by name.
async fn holders(call: &Call, template: &RoleTemplate) -> Result<Vec<Holder>, Problem> {
    let organization = call.standing()?.organization.id;
    let roles = all(call).await?;
    let found = store::holders(&mut call.app().db.reader(), organization, template.id).await?;
    let holder = |(id, first, last, email, held): store::HolderRow| {
        let labels: Vec<&str> = roles
            .iter()
            .filter(|role: &&Role| held.0.contains(&role.id))
            .map(|role| role.definition.label.as_str())
            .collect();
        let name = crate::account::display_name(&first, &last, &email);
        Holder {
            href: format!("/users/{id}"),
            avatar: Avatar::person(&name, &email),
            roles: labels.join(", "),
            name,
        }
    };
    Ok(found.into_iter().map(holder).collect())
}
