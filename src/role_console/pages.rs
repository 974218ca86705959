//! The list of roles and role templates.

mod remove;
mod role;
mod template;

use serde::Deserialize;

use super::view::{Level, RoleRow, RolesPage, TemplateRow, digest};
use crate::access::store::Preview;
use crate::access_model::{AccessModel, Area, AskedPermissions, PermissionSet};
use crate::base::Problem;
use crate::base::problem::FieldProblem;
use crate::console::layout::Place;
use crate::console::matrix::title;
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::op::{Needs, Standing};
use crate::role::store::{self, Role};
use crate::role::view::badge;
use crate::role::{RoleRef, permissions_with_lower, stands_above};
use crate::role_template::{self, RoleTemplate};

/// The routes of the roles' pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/roles", list).needs(Area::Roles, "view"),
        get("/roles/new", role::new).needs(Area::Roles, "manage"),
        post("/roles/new", role::create).needs(Area::Roles, "manage"),
        get("/roles/{id}", role::show).needs(Area::Roles, "view"),
        post("/roles/{id}", role::save).needs(Area::Roles, "manage"),
        get("/roles/{id}/delete", remove::ask_role).needs(Area::Roles, "manage"),
        post("/roles/{id}/delete", remove::role).needs(Area::Roles, "manage"),
        get("/role-templates/new", template::new).needs(Area::Roles, "manage"),
        post("/role-templates/new", template::create).needs(Area::Roles, "manage"),
        get("/role-templates/{id}", template::show).needs(Area::Roles, "view"),
        post("/role-templates/{id}", template::save).needs(Area::Roles, "manage"),
        get("/role-templates/{id}/delete", remove::ask_template).needs(Area::Roles, "manage"),
        post("/role-templates/{id}/delete", remove::template).needs(Area::Roles, "manage"),
    ]
}

/// Which step a form is at: shown what it does, or meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    step: String,
    /// What was shown, as [`digest`] says it.
    previewed: String,
    /// The version that the form was opened with.
    version: i64,
    /// The organization that it was opened in.
    organization: String,
}

impl Step {
    /// Whether it may be done: it touches nobody, or what it does was shown and is still the same.
    fn is_confirmed(&self, preview: &Preview) -> bool {
        preview.effect.affected == 0 || self.step == "save" && self.previewed == digest(preview)
    }

    fn version(&self) -> Option<i64> {
        (self.version > 0).then_some(self.version)
    }
}

/// What is asked for by ticking boxes: each area whole, as it stands in the form.
fn ticked(model: &AccessModel, ticked: &[String]) -> AskedPermissions {
    let area = |category: &crate::access_model::Category| {
        let of = |value: &String| {
            let (area, action) = value.split_once(':')?;
            (area == category.key).then(|| action.to_owned())
        };
        let actions: Vec<String> = ticked.iter().filter_map(of).collect();
        (category.key.clone(), Some(actions))
    };
    Some(model.categories.iter().map(area).collect())
}

/// The boxes as a set.
fn set_of(ticked: &[String]) -> PermissionSet {
    ticked.iter().filter_map(|value| value.split_once(':')).collect()
}

/// The set as boxes.
fn boxes(set: &PermissionSet) -> Vec<String> {
    set.iter().map(|permission| permission.to_string()).collect()
}

/// A refusal because this is taken, said beside the field.
fn beside(problem: Problem, code: &str, pointer: &str) -> Problem {
    if problem.code != code {
        return problem;
    }
    let errors = vec![FieldProblem::new(pointer, code, problem.detail.clone())];
    Problem { errors, ..problem }
}

fn may_manage(standing: &Standing) -> bool {
    standing.allows(Needs(Area::Roles, "manage"))
}

/// Whether the reader may change a role, as far as the role itself tells; who holds it is looked at by the command.
fn may_shape(standing: &Standing, role: &Role) -> bool {
    let (role, actor) = (RoleRef::from(role), standing.role_refs());
    may_manage(standing) && standing.may_grant(&role) && !stands_above(&role, &actor)
}

async fn all(call: &Call) -> Result<Vec<Role>, Problem> {
    Ok(store::list(&mut call.app().db.reader(), call.standing()?.organization.id).await?)
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let model = &organization.model;
    let roles = all(&call).await?;
    let templates = role_template::store::list(&mut call.app().db.reader(), organization.id).await?;
    let reader = frame::reader(&call)?;
    let mut rows = Vec::with_capacity(roles.len());
    for role in &roles {
        let people = store::count_members(&mut call.app().db.reader(), role.id).await?;
        rows.push(row(standing, &roles, role, people));
    }
    let view = RolesPage {
        frame: frame::of(&call, Place::Roles).await?,
        may_manage: may_manage(standing),
        warning: raises(standing, &roles),
        model: model.name.clone(),
        areas: model.categories.iter().map(|category| category.label.clone()).collect(),
        roles: rows,
        templates: templates
            .into_iter()
            .map(|template| TemplateRow {
                href: format!("/role-templates/{}", template.id),
                adds: adds(model, &template.permissions),
                people: template.members,
                updated: reader.past(template.updated_at),
                menu: template_menu(standing, &template),
                name: template.name,
            })
            .collect(),
    };
    Ok(flash::page(&call, 200, &view))
}

fn row(standing: &Standing, roles: &[Role], role: &Role, people: i64) -> RoleRow {
    let (d, model) = (&role.definition, &standing.organization.model);
    let definitions: Vec<_> = roles.iter().map(|role| role.definition.clone()).collect();
    let allowed = permissions_with_lower(d, &definitions).expand(model);
    let tags = [
        (d.default, "Default role"),
        (d.top, "Top role: one active person always has one"),
        (d.includes_lower, "Includes the lower roles"),
    ];
    RoleRow {
        href: format!("/roles/{}", role.id),
        badge: badge(role, roles),
        description: d.description.clone(),
        tags: tags.into_iter().filter(|(is, _)| *is).map(|(_, tag)| tag).collect(),
        people,
        people_href: format!("/users?role={}", d.key),
        grants: granted(role, roles),
        levels: model.categories.iter().map(|c| Level::of(allowed.actions(&c.key))).collect(),
        menu: role_menu(standing, role),
    }
}

/// "Everyone", "Administrator and below", "User Manager, Member".
fn granted(role: &Role, roles: &[Role]) -> String {
    let d = &role.definition;
    let given: Vec<&Role> = roles.iter().filter(|other| d.grants.contains(&other.definition.key)).collect();
    let Some(highest) = given.iter().max_by_key(|role| role.definition.rank) else {
        return if d.top { "Everyone" } else { "Nobody" }.to_owned();
    };
    let highest = &highest.definition;
    let below = roles.iter().filter(|role| role.definition.rank <= highest.rank).count();
    let labels: Vec<&str> = given.iter().map(|role| role.definition.label.as_str()).collect();
    match given.len() {
        _ if d.top => "Everyone".to_owned(),
        all if all == roles.len() => "Everyone".to_owned(),
        some if some > 1 && some == below => format!("{} and below", highest.label),
        _ => labels.join(", "),
    }
}

fn role_menu(standing: &Standing, role: &Role) -> Menu {
    let here = format!("/roles/{}", role.id);
    let opens = |path: String| Does::Opens(path);
    let mut items = Vec::new();
    if may_shape(standing, role) {
        items.push(Item::new("Edit", "edit", opens(here.clone())));
    }
    if may_manage(standing) {
        let address = format!("/roles/new?like={}", role.definition.key);
        items.push(Item::new("Duplicate", "copy", opens(address)));
    }
    let people = format!("/users?role={}", role.definition.key);
    items.push(Item::new("Show people", "users", opens(people)));
    let own = standing.roles.iter().any(|held| held.id == role.id);
    if may_shape(standing, role) && !role.definition.default && !own {
        items.push(Item::new("Delete", "trash", Does::Asks(format!("{here}/delete"))).grave());
    }
    let label = format!("Actions for {}", role.definition.label);
    Menu { id: format!("m-{}", role.id), label, items, ..Menu::default() }
}

fn template_menu(standing: &Standing, template: &RoleTemplate) -> Menu {
    let here = format!("/role-templates/{}", template.id);
    let mut items = Vec::new();
    if may_manage(standing) {
        items.push(Item::new("Edit", "edit", Does::Opens(here.clone())));
        let like = format!("/role-templates/new?like={}", template.id);
        items.push(Item::new("Duplicate", "copy", Does::Opens(like)));
    }
    items.push(Item::new("Show people", "users", Does::Opens(format!("{here}#people"))));
    if may_manage(standing) {
        items.push(Item::new("Delete", "trash", Does::Asks(format!("{here}/delete"))).grave());
    }
    let label = format!("Actions for {}", template.name);
    Menu { id: format!("m-{}", template.id), label, items, ..Menu::default() }
}

/// Roles that can raise somebody above themselves.
fn raises(standing: &Standing, roles: &[Role]) -> Option<Callout> {
    let above = |role: &Role| {
        let own = [RoleRef::from(role)];
        let higher = |other: &&Role| {
            let granted = role.definition.grants.contains(&other.definition.key);
            granted && stands_above(&RoleRef::from(*other), &own)
        };
        roles.iter().find(higher).map(|other| (role.clone(), other.definition.label.clone()))
    };
    let (role, higher) = roles.iter().filter(|role| !role.definition.top).find_map(above)?;
    let label = &role.definition.label;
    let text =
        "They can raise somebody above themselves. If that is not wanted, change what the role may grant.";
    let callout = Callout::new(Tone::Warn, format!("{label} may grant {higher}."), text);
    Some(match may_shape(standing, &role) {
        true => callout.way_out(format!("Edit {label}"), format!("/roles/{}", role.id)),
        false => callout,
    })
}

/// "Analytics: View, Export. CRM: View".
fn adds(model: &AccessModel, permissions: &PermissionSet) -> String {
    let areas = model.categories.iter().filter_map(|category| {
        let actions = permissions.actions(&category.key)?;
        let actions: Vec<String> = actions.iter().map(title).collect();
        Some(format!("{}: {}", category.label, actions.join(", ")))
    });
    let all: Vec<String> = areas.collect();
    if all.is_empty() { "Nothing yet".to_owned() } else { all.join(". ") }
}
