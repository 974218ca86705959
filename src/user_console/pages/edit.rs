//! Editing a user: through the command that the API uses, and with nothing lost where somebody else was quicker.

use super::asked::{Meanwhile, Opened, Typed};
use super::{find, manages, roles};
use crate::access_model::Shown;
use crate::account::pages::zones;
use crate::base::Problem;
use crate::base::text::isolated;
use crate::console::address::from_list;
use crate::console::field::{Choice, Choices, Field, Picks, Select};
use crate::console::layout::Place;
use crate::console::matrix::Matrix;
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, flash, see_other};
use crate::member::access::AccessError;
use crate::member::commands::{self, MemberError};
use crate::member::pages::{end, feature_box, status as mark};
use crate::member::{Member, Status, holdings, store};
use crate::op::Organization;
use crate::role::store::Role;
use crate::role::view::{choices, warning};
use crate::user_console::permissions::{Grants, Table, called};
use crate::user_console::view::{AccessForm, Changed, Contact, EditPage, RoleField};

/// The fields that problems are shown beside.
const SHOWN: &[&str] = &[
    "firstName",
    "lastName",
    "email",
    "phone",
    "timeZone",
    "locale",
    "role",
    "roles",
    "roleTemplate",
    "endsAt",
];

/// What came of the form before it is shown again.
#[derive(Default)]
struct Came {
    status: u16,
    problem: Option<Problem>,
    /// Somebody else saved meanwhile: what they changed.
    meanwhile: Option<Vec<Meanwhile>>,
}

/// `GET /users/{id}/edit`.
pub async fn ask(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    if member.id == standing.member {
        return Ok(see_other("/profile"));
    }
    if !manages(standing, &member, &roles) {
        return Err(AccessError::NotManageable(member.name()).into());
    }
    let is = Typed::of(&member, &roles, &standing.organization, &frame::reader(&call)?);
    page(&call, &member, &roles, &is, Came { status: 200, ..Came::default() }).await
}

/// `POST /users/{id}/edit`.
pub async fn save(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    let opened: Opened = call.form()?;
    let reader = frame::reader(&call)?;
    let is = Typed::of(&member, &roles, organization, &reader);
    let mut typed = call.form::<Typed>()?.tidied();
    if member.account.is_none() {
        typed = typed.without_account(&is);
    }
    if opened.part == "access" {
        typed = typed.access_only(&is);
    }
    // What the form has no box for stays.
    if feature_box(standing, &roles, is.feature).is_none() {
        typed.feature = is.feature;
    }
    if Status::parse(&typed.status).is_none() {
        typed.status.clone_from(&is.status);
    }
    if opened.version != member.version && manages(standing, &member, &roles) {
        return conflict(&call, &member, &roles, (&typed, &opened)).await;
    }
    let here = call.back("/users")?;
    if typed == is {
        return Ok(flash::redirect(&call, &here, "Nothing was changed."));
    }
    let saved = match typed.change(&is, standing, &reader) {
        Ok(change) => commands::update(&call.caller, member.id, &change, Some(opened.version)).await,
        Err(problem) => Err(MemberError::Input(problem)),
    };
    match saved {
        Ok(after) => {
            let name = isolated(&after.name());
            let sentence = match typed.email == is.email {
                false => format!(
                    "{name} is saved. They sign in with {} from now on; both addresses were told.",
                    after.email
                ),
                true => format!("{name} is saved. It applies the next time they do anything."),
            };
            Ok(flash::redirect(&call, &here, &sentence))
        }
        Err(MemberError::Stale) => {
            let member = find(&call).await?;
            conflict(&call, &member, &roles, (&typed, &opened)).await
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let came = Came { status: problem.status, problem: Some(problem), meanwhile: None };
            page(&call, &member, &roles, &typed, came).await
        }
    }
}

/// Somebody else saved while this was typed: says what, keeps what was typed, and would save on top of it.
async fn conflict(
    call: &Call,
    member: &Member,
    roles: &[Role],
    (typed, opened): (&Typed, &Opened),
) -> Result<Answer, Problem> {
    let is = Typed::of(member, roles, &call.standing()?.organization, &frame::reader(call)?);
    let was: Typed = serde_json::from_str(&opened.was).unwrap_or_else(|_| is.clone());
    let (merged, changed) = typed.merged(&was, &is);
    page(call, member, roles, &merged, Came { status: 409, problem: None, meanwhile: Some(changed) }).await
}

async fn page(
    call: &Call,
    member: &Member,
    roles: &[Role],
    typed: &Typed,
    came: Came,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let reader = frame::reader(call)?;
    let places = Places::read(call).await?;
    let problem = came.problem.as_ref();
    let wrong = |field: &str| problem.and_then(|problem| problem.at(field));
    let name =
        |field, label, value: &str| Field::text(field, label).required().value(value).error(wrong(field));
    let is = Typed::of(member, roles, organization, &reader);
    let (user, back) = (format!("/users/{}", member.id), call.back("/users")?);
    let meanwhile = came.meanwhile.as_ref();
    let callout = match (meanwhile, problem) {
        (Some(_), _) => Some(Callout::new(
            Tone::Bad,
            format!(
                "Not saved. {} was changed {}, after this form was opened.",
                member.name(),
                reader.past(member.updated_at).within().words
            ),
            "What you typed is kept below; what you had not touched is as it is now. Look, then save again.",
        )),
        (None, Some(problem)) => Some(Callout::refused("Not saved.", problem, SHOWN)),
        (None, None) => None,
    };
    let view = EditPage {
        frame: frame::of(call, Place::Users).await?,
        name: member.name(),
        action: from_list(&format!("{user}/edit"), &back),
        user,
        back,
        version: member.version,
        was: serde_json::to_string(&is).unwrap_or_default(),
        problem: callout,
        meanwhile: meanwhile
            .map(|lines| lines.iter().map(|line| places.told(line, roles, organization)).collect())
            .unwrap_or_default(),
        first_name: name("firstName", "First name", &typed.first_name),
        last_name: name("lastName", "Last name", &typed.last_name),
        contact: member.account.map(|_| contact(organization, typed, wrong)),
        role: Choices {
            error: wrong("role").or_else(|| wrong("roles")),
            ..choices(standing, roles, &typed.role)
        },
        role_warning: warning(standing, roles).filter(|_| typed.role == is.role),
        template: places.template(typed, wrong("roleTemplate")),
        feature: feature_box(standing, roles, typed.feature),
        ends: end::field(&typed.ends_at, &reader, wrong("endsAt")),
        teams: picks("teams", "Teams", &places.teams, &typed.teams),
        projects: picks("projects", "Projects", &places.projects, &typed.projects),
        matrix: matrix(call, member, roles, typed).await?,
        matrix_open: organization.model.shows(Shown::DirectPermissions) && !typed.permission.is_empty()
            || typed.permission != is.permission,
    };
    Ok(flash::page(call, came.status, &view))
}

fn contact(organization: &Organization, typed: &Typed, wrong: impl Fn(&str) -> Option<String>) -> Contact {
    let mut time_zone = Select::new("timeZone", "Time zone", zones(&typed.time_zone));
    time_zone.error = wrong("timeZone");
    let hint =
        "They sign in with it. A new one acts at once, both addresses are told, and they are signed out.";
    Contact {
        email: Field::email("email", "E-mail")
            .required()
            .hint(hint)
            .value(&typed.email)
            .error(wrong("email")),
        phone: Field::telephone("phone", "Phone number").value(&typed.phone).error(wrong("phone")),
        time_zone,
        locale: Field::text("locale", "Language")
            .hint("As a tag: en, en-GB, de.")
            .value(&typed.locale)
            .error(wrong("locale")),
        status: status(organization, typed),
    }
}

fn status(organization: &Organization, typed: &Typed) -> Select {
    let words = &organization.model.labels.status;
    let option = |status: Status, label: &String| {
        Choice::new(status.as_str(), label).chosen(typed.status == status.as_str())
    };
    let options = vec![option(Status::Active, &words.active), option(Status::Suspended, &words.suspended)];
    let hint =
        format!("Who is {} can't sign in here; everything else stays.", words.suspended.to_lowercase());
    Select::new("status", "Status", options).hint(hint)
}

async fn matrix(call: &Call, member: &Member, roles: &[Role], typed: &Typed) -> Result<Matrix, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let held = holdings::read(&mut call.app().db.reader(), organization, member, roles).await?;
    let direct = typed.permissions();
    Ok(held.ask(organization, member, true, |holdings| {
        let explained = holdings.explained();
        let table = Table { model: &organization.model, roles, explained: &explained, name: member.name() };
        table.form(&Grants { direct: &direct, own: &standing.permissions })
    }))
}

/// What somebody may do as a form on their page: it is saved, and where it can't be, shown again, as the whole user is.
pub async fn access_form(call: &Call, member: &Member, roles: &[Role]) -> Result<AccessForm, Problem> {
    let standing = call.standing()?;
    let is = Typed::of(member, roles, &standing.organization, &frame::reader(call)?);
    let choices = choices(standing, roles, &is.role);
    let role = match choices.many {
        true => RoleField::Several(Choices { hint: None, ..choices }),
        false => {
            let locked: Vec<&str> = choices
                .options
                .iter()
                .filter(|option| option.locked.is_some())
                .map(|option| option.label.as_str())
                .collect();
            let hint = match locked.is_empty() {
                true => choices.hint,
                false => {
                    Some(format!("Your own role does not allow you to hand out {}.", locked.join(" or ")))
                }
            };
            let select = Select::new(choices.name, choices.legend, choices.options);
            RoleField::One(Select { id: "access-role", hint, ..select })
        }
    };
    let template = Places::read(call).await?.template(&is, None);
    let user = format!("/users/{}", member.id);
    Ok(AccessForm {
        action: from_list(&format!("{user}/edit"), &user),
        version: member.version,
        was: serde_json::to_string(&is).unwrap_or_default(),
        role,
        warning: warning(standing, roles),
        template: template.map(|select| Select { id: "access-template", hint: None, ..select }),
        template_href: member.template.as_ref().map(|(id, _)| format!("/role-templates/{id}")),
        feature: feature_box(standing, roles, is.feature),
        matrix: matrix(call, member, roles, &is).await?,
    })
}

/// What can be chosen beside roles.
struct Places {
    templates: Vec<(String, String)>,
    teams: Vec<(String, String)>,
    projects: Vec<(String, String)>,
}

impl Places {
    async fn read(call: &Call) -> Result<Self, Problem> {
        let organization = call.standing()?.organization.id;
        let mut reader = call.app().db.reader();
        let text = |id: &dyn ToString, name: String| (id.to_string(), name);
        let templates = store::templates(&mut reader, organization).await?;
        let teams = store::teams(&mut reader, organization).await?;
        let projects = store::projects(&mut reader, organization).await?;
        Ok(Self {
            templates: templates.into_iter().map(|(id, name)| text(&id, name)).collect(),
            teams: teams.into_iter().map(|(id, name)| text(&id, name)).collect(),
            projects: projects.into_iter().map(|(id, name)| text(&id, name)).collect(),
        })
    }

    fn template(&self, typed: &Typed, error: Option<String>) -> Option<Select> {
        if self.templates.is_empty() {
            return None;
        }
        let none = Choice::new("", "None").chosen(typed.role_template.is_empty());
        let option = |(id, name): &(String, String)| Choice::new(id, name).chosen(*id == typed.role_template);
        let options = std::iter::once(none).chain(self.templates.iter().map(option)).collect();
        let select = Select::new("roleTemplate", "Role template", options);
        Some(Select {
            error,
            ..select.hint("Adds permissions to the role. Without one, only role and direct grants count.")
        })
    }

    /// A field that changed, in the words of the organization for keys and ids.
    fn told(&self, line: &Meanwhile, roles: &[Role], organization: &Organization) -> Changed {
        let model = &organization.model;
        let places = || self.templates.iter().chain(&self.teams).chain(&self.projects);
        let known = |key: &str| match line.label {
            "Role" => {
                let role = roles.iter().find(|role| role.definition.key == key);
                role.map(|role| role.definition.label.clone())
            }
            "Status" => Status::parse(key).map(|status| mark(organization, status).label),
            "Direct permissions" => called(model, key),
            _ => places().find(|(id, _)| id == key).map(|(_, name)| name.clone()),
        };
        let called = |key: &String| known(key).unwrap_or_else(|| key.clone());
        let words = |list: &[String]| {
            let named: Vec<String> = list.iter().filter(|one| !one.is_empty()).map(called).collect();
            if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
        };
        let label = match (line.label, model.features.first()) {
            ("Feature access", Some(feature)) => feature.label.clone(),
            (label, _) => label.to_owned(),
        };
        Changed { label, was: words(&line.was), is: words(&line.is) }
    }
}

fn picks(
    name: &'static str,
    legend: &'static str,
    known: &[(String, String)],
    chosen: &[String],
) -> Option<Picks> {
    let option = |(id, label): &(String, String)| Choice::new(id, label).chosen(chosen.contains(id));
    let options: Vec<Choice> = known.iter().map(option).collect();
    (!options.is_empty()).then_some(Picks { name, legend, options })
}
