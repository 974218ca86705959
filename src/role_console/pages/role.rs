//! The form of a role: what it does is shown before it is saved.

use serde::Deserialize;

use super::{Step, all, beside, boxes, may_shape, set_of, ticked};
use crate::access::Explained;
use crate::access::store::Preview;
use crate::access_model::{AccessModel, PermissionSet};
use crate::base::Problem;
use crate::base::text::isolated;
use crate::console::field::{Check, Choice, Choices, Field, TextArea};
use crate::console::layout::Place;
use crate::console::matrix::Matrix;
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::op::Standing;
use crate::role::RoleRef;
use crate::role::commands::{self, Change};
use crate::role::store::{Role, named};
use crate::role_console::view::{RolePage, Weighed};
use crate::user_console::permissions::{Grants, Table};

/// The fields that problems are shown beside.
const SHOWN: &[&str] = &["key", "label", "description", "rank", "grants"];

/// The fields of the form as they are typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Typed {
    key: String,
    label: String,
    description: String,
    rank: String,
    permission: Vec<String>,
    includes_lower: bool,
    grants: Vec<String>,
    default: bool,
    top: bool,
}

impl Typed {
    fn of(role: &Role) -> Self {
        let d = &role.definition;
        Self {
            key: d.key.clone(),
            label: d.label.clone(),
            description: d.description.clone(),
            rank: d.rank.to_string(),
            permission: boxes(&d.permissions),
            includes_lower: d.includes_lower,
            grants: d.grants.clone(),
            default: d.default,
            top: d.top,
        }
    }

    /// What the form asks for; what it has no box for stays.
    fn change(&self, standing: &Standing, roles: &[Role], was: Option<&Role>) -> Result<Change, Problem> {
        let rank = match self.rank.trim() {
            "" => None,
            text => Some(text.replace(['\u{2212}', '\u{2013}'], "-").parse().map_err(|_| {
                Problem::field("/rank", "invalid_value", "A rank is a whole number, for example 20.")
            })?),
        };
        let is_top = was.is_some_and(|was| was.definition.top);
        // A box that is locked is not sent; what it stands for stays.
        let locked = was.into_iter().flat_map(|was| &was.definition.grants).filter(|key| {
            let role = roles.iter().find(|role| role.definition.key == **key);
            role.is_some_and(|role| !standing.may_grant(&RoleRef::from(role)))
        });
        let grants: Vec<String> = self.grants.iter().chain(locked).cloned().collect();
        Ok(Change {
            label: Some(self.label.clone()),
            description: Some(self.description.clone()),
            rank,
            permissions: Some(ticked(&standing.organization.model, &self.permission)),
            includes_lower: Some(self.includes_lower),
            grants: (!is_top).then_some(grants),
            default: (!is_top && self.default).then_some(true),
            top: on_top(standing).then_some(self.top),
        })
    }
}

fn on_top(standing: &Standing) -> bool {
    standing.roles.iter().any(|role| role.top)
}

/// What came of the form before it is shown again.
#[derive(Default)]
struct Came {
    problem: Option<Problem>,
    preview: Option<Preview>,
    /// The version that it was opened with, where that is not the role's own.
    version: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Like {
    like: String,
}

/// `GET /roles/new`, filled like the role that `like` names.
pub async fn new(call: Call) -> Result<Answer, Problem> {
    let roles = all(&call).await?;
    let like = call.query::<Like>()?.like;
    let typed = match named(&roles, &like) {
        Some(role) => Typed {
            key: String::new(),
            label: format!("{} copy", role.definition.label),
            default: false,
            top: false,
            ..Typed::of(role)
        },
        None => Typed::default(),
    };
    page(&call, &roles, None, &typed, Came::default()).await
}

/// `POST /roles/new`.
pub async fn create(call: Call) -> Result<Answer, Problem> {
    let (standing, roles) = (call.standing()?, all(&call).await?);
    let (typed, step) = (call.form::<Typed>()?, call.form::<Step>()?);
    let done = async {
        call.is_about(&step.organization)?;
        let change = typed.change(standing, &roles, None)?;
        let key = typed.key.trim();
        // A new role touches people, too: those whose roles include the lower ones.
        let shown = commands::create(&call.caller, key, &change, true).await?;
        if !step.is_confirmed(&shown.preview) {
            return Ok(Err(shown.preview));
        }
        Ok::<_, Problem>(Ok(commands::create(&call.caller, key, &change, false).await?.now))
    };
    match done.await {
        Ok(Err(preview)) => {
            let came = Came { preview: Some(preview), ..Came::default() };
            page(&call, &roles, None, &typed, came).await
        }
        Ok(Ok(role)) => {
            let label = isolated(&role.definition.label);
            let sentence = format!("The role {label} can be given to people now.");
            Ok(flash::redirect(&call, "/roles", &sentence))
        }
        Err(problem) => {
            let problem = beside(problem.for_the_form()?, "role_key_taken", "/key");
            let came = Came { problem: Some(problem), ..Came::default() };
            page(&call, &roles, None, &typed, came).await
        }
    }
}

/// `GET /roles/{id}`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let roles = all(&call).await?;
    let role = named(&roles, call.param("id")).ok_or_else(Problem::not_found)?;
    page(&call, &roles, Some(role), &Typed::of(role), Came::default()).await
}

/// `POST /roles/{id}`.
pub async fn save(call: Call) -> Result<Answer, Problem> {
    let (standing, roles) = (call.standing()?, all(&call).await?);
    let role = named(&roles, call.param("id")).ok_or_else(Problem::not_found)?;
    let (typed, step) = (call.form::<Typed>()?, call.form::<Step>()?);
    let (id, version) = (role.id.to_string(), step.version());
    let done = async {
        let change = typed.change(standing, &roles, Some(role))?;
        let shown = commands::update(&call.caller, &id, &change, version, true).await?;
        if !step.is_confirmed(&shown.preview) {
            return Ok(Err(shown.preview));
        }
        Ok::<_, Problem>(Ok(commands::update(&call.caller, &id, &change, version, false).await?.now))
    };
    match done.await {
        Ok(Ok(now)) => {
            let label = isolated(&now.definition.label);
            let sentence = match now.version == role.version {
                true => "Nothing was changed.".to_owned(),
                false => format!("The role {label} is saved. It applies the next time they do anything."),
            };
            Ok(flash::redirect(&call, "/roles", &sentence))
        }
        Ok(Err(preview)) => {
            let came = Came { preview: Some(preview), version, problem: None };
            page(&call, &roles, Some(role), &typed, came).await
        }
        Err(problem) => {
            let came = Came { problem: Some(problem.for_the_form()?), version, preview: None };
            page(&call, &roles, Some(role), &typed, came).await
        }
    }
}

async fn page(
    call: &Call,
    roles: &[Role],
    role: Option<&Role>,
    typed: &Typed,
    came: Came,
) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let problem = came.problem.as_ref();
    let wrong = |field: &str| problem.and_then(|problem| problem.at(field));
    let stale = problem.is_some_and(|problem| problem.status == 412);
    let label = role.map_or("New role", |role| role.definition.label.as_str()).to_owned();
    let locked = role.filter(|role| !may_shape(standing, role)).map(|_| {
        let own: Vec<&str> = standing.roles.iter().map(|role| role.label.as_str()).collect();
        let text = format!("Your role is {}. Somebody with a higher role can change it.", own.join(", "));
        Callout::new(Tone::Plain, "You can look at this role, not change it.", text)
    });
    let others = roles.iter().filter(|other| role.is_none_or(|role| role.id != other.id));
    let order: Vec<String> =
        others.map(|other| format!("{} {}", other.definition.label, other.definition.rank)).collect();
    let top = role.is_some_and(|role| role.definition.top);
    let notes = [
        (top, "A top role may grant every role, later ones included."),
        (
            role.is_some_and(|role| role.definition.default),
            "This is the default role: what people get where nobody chooses.",
        ),
    ];
    let mut rank = Field::text("rank", "Rank");
    if role.is_some() {
        rank = rank.required();
    }
    let view = RolePage {
        frame: frame::of(call, Place::Roles).await?,
        lead: match role {
            Some(role) => format!("Role, key {}.", role.definition.key),
            None => "The baseline for everyone whom you give it to.".to_owned(),
        },
        title: label.clone(),
        action: role.map_or("/roles/new".to_owned(), |role| format!("/roles/{}", role.id)),
        locked,
        problem: problem.map(|problem| Callout::refused("Not saved.", problem, SHOWN)),
        weighed: came.preview.as_ref().map(|preview| Weighed::of(preview, &organization.model)),
        key: role.is_none().then(|| {
            let hint = "How programs call it: lower-case letters, digits and _. It stays as it is.";
            Field::text("key", "Key").required().value(&typed.key).hint(hint).error(wrong("key"))
        }),
        label: Field::text("label", "Name")
            .required()
            .value(&typed.label)
            .error(wrong("label").map(|text| text.replace("The label", "The name"))),
        description: TextArea {
            name: "description",
            label: "Description",
            rows: 2,
            value: typed.description.clone(),
            error: wrong("description"),
            longest: Some(500),
            ..TextArea::default()
        },
        rank: rank
            .value(&typed.rank)
            .hint(format!("A larger rank is higher. The others: {}.", order.join(", ")))
            .error(wrong("rank")),
        checks: checks(standing, role, typed),
        notes: notes.into_iter().filter(|(is, _)| *is).map(|(_, note)| note.to_owned()).collect(),
        grants: (!top).then(|| grants(standing, roles, typed, wrong("grants"))),
        matrix: matrix(&organization.model, &typed.permission, &standing.permissions, &label),
        // Whoever reads that somebody else was quicker saves on top of it next.
        version: match came.version {
            Some(version) if !stale => version,
            _ => role.map_or(0, |role| role.version),
        },
        organization: organization.id.to_string(),
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}

fn check(name: &str, label: &str, detail: &str, on: bool) -> Check {
    Check {
        name: name.to_owned(),
        label: label.to_owned(),
        detail: Some(detail.to_owned()),
        on,
        switch: false,
    }
}

fn checks(standing: &Standing, role: Option<&Role>, typed: &Typed) -> Vec<Check> {
    let is = |flag: fn(&Role) -> bool| role.is_some_and(flag);
    let mut checks = vec![check(
        "includesLower",
        "Includes the lower roles",
        "Also allows what every role of a lower rank allows.",
        typed.includes_lower,
    )];
    if !is(|role| role.definition.default || role.definition.top) {
        let detail = "What people get where nobody chooses. The one that is it now no longer is.";
        checks.push(check("default", "Default role", detail, typed.default));
    }
    if on_top(standing) {
        let detail =
            "May grant every role and stands above all others. One active person always has a top role.";
        checks.push(check("top", "Top role", detail, typed.top));
    }
    checks
}

/// The roles that holders may grant; those that the reader may not grant are shown, and locked.
fn grants(standing: &Standing, roles: &[Role], typed: &Typed, error: Option<String>) -> Choices {
    let option = |role: &Role| {
        let d = &role.definition;
        let locked = (!standing.may_grant(&role.into()))
            .then(|| format!("Your own role does not allow you to grant {}.", d.label));
        Choice { locked, ..Choice::new(&d.key, &d.label).chosen(typed.grants.contains(&d.key)) }
    };
    Choices {
        name: "grants",
        legend: "May grant",
        options: roles.iter().map(option).collect(),
        many: true,
        wide: true,
        hint: Some("Which roles somebody with this role may give to others, and take from them.".to_owned()),
        error,
    }
}

/// The boxes of a role or a template; what the reader does not hold is locked.
pub fn matrix(model: &AccessModel, typed: &[String], own: &PermissionSet, name: &str) -> Matrix {
    let table = Table { model, roles: &[], explained: &Explained::default(), name: name.to_owned() };
    let mut matrix = table.form(&Grants { direct: &set_of(typed), own });
    matrix.caption = format!("Permissions of {name}");
    matrix.legend.clear();
    for cell in matrix.rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.says = cell.says.replace("granted directly", "granted");
    }
    matrix
}
