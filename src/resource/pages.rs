//! Resources in the console: the list, one of them, and who sees it (ACC-6).

mod visibility;

use serde::Deserialize;

use super::api::{filter_of, page};
use super::view::{ResourcePage, ResourceRow, ResourcesPage, RuleRow};
use super::{Resource, Subject, Visibility, commands, store};
use crate::access_model::{AccessModel, Area};
use crate::base::text::isolated;
use crate::base::{Problem, ResourceId};
use crate::console::address::{Address, Turn, summary};
use crate::console::field::{Choice, Field, Select};
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::op::Needs;
use crate::role;

/// The routes of the pages.
pub fn routes() -> Vec<Route> {
    let area = Area::Resources;
    vec![
        get("/resources", list).needs(area, "view"),
        get("/resources/{id}", show).needs(area, "view"),
        get("/resources/{id}/visibility", visibility::ask).needs(area, "edit"),
        post("/resources/{id}/visibility", visibility::save).needs(area, "edit"),
        get("/resources/{id}/delete", ask_delete).needs(area, "delete"),
        post("/resources/{id}/delete", delete).needs(area, "delete"),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    q: String,
    limit: String,
    back: String,
}

/// The page of a resource.
fn path(resource: &Resource) -> String {
    format!("/resources/{}", resource.id)
}

fn category(model: &AccessModel, key: &str) -> String {
    model.category(key).map_or_else(|| key.to_owned(), |category| category.label.clone())
}

/// To whom a resource is visible, in few words.
fn visible_to(resource: &Resource) -> String {
    if resource.visibility == Visibility::Organization {
        return "Everybody here".to_owned();
    }
    let count = |is: fn(&Subject) -> bool| resource.access.iter().filter(|rule| is(&rule.subject)).count();
    let parts = [
        (count(|s| matches!(s, Subject::Team(_))), "team", "teams"),
        (count(|s| matches!(s, Subject::Project(_))), "project", "projects"),
        (count(|s| matches!(s, Subject::Member(_))), "person", "people"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if told.is_empty() { "Nobody named".to_owned() } else { told.join(", ") }
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let (state, filter) = (call.query::<State>()?, filter_of(&call)?);
    let page = page(&call, &filter).await?;
    let mut reader = call.app().db.reader();
    let total = store::count(&mut reader, organization.id, &filter).await?;
    let types = store::types(&mut reader, organization.id).await?;
    let clock = frame::reader(&call)?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let kind = filter.kind.clone().unwrap_or_default();
    let address = Address::new("/resources")
        .with("q", state.q.trim())
        .with("type", &*kind)
        .with("limit", state.limit.trim());
    let rows: Vec<ResourceRow> = page
        .data
        .iter()
        .map(|resource| ResourceRow {
            name: resource.name.clone(),
            href: path(resource),
            kind: resource.kind.clone(),
            category: category(&organization.model, &resource.category),
            visible_to: visible_to(resource),
            open: resource.visibility == Visibility::Organization,
            registered: clock.on_the_day(resource.created_at),
        })
        .collect();
    let every = std::iter::once(Choice::new("", "Any type").chosen(kind.is_empty()));
    let options = every.chain(types.iter().map(|key| Choice::new(key, key).chosen(*key == kind))).collect();
    let view = ResourcesPage {
        frame: frame::of(&call, Place::Resources).await?,
        types: (types.len() > 1 || !kind.is_empty()).then(|| Select::new("type", "Type", options)),
        count: if total == 1 { "1 resource".to_owned() } else { format!("{total} resources") },
        filtered: filter.q.is_some() || filter.kind.is_some() || turn.cursor.is_some(),
        pager: address.pager(summary(rows.len(), total, &turn), &turn, page.next_cursor),
        rows,
        search: state.q.trim().to_owned(),
        api: format!("/api/v1/organizations/{}/resources", organization.slug),
        category: organization.model.categories.first().map(|c| c.key.clone()).unwrap_or_default(),
    };
    Ok(flash::page(&call, 200, &view))
}

/// The resource in the path.
async fn find(call: &Call) -> Result<Resource, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<ResourceId>("id")?;
    store::find_by_id(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}

/// What somebody is called who is shown to those only who may see people.
const SOMEBODY: &str = "Somebody";

async fn show(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let may = |area, action| standing.allows(Needs(area, action));
    let resource = find(&call).await?;
    let clock = frame::reader(&call)?;
    let mut reader = call.app().db.reader();
    let named = store::named_rules(&mut reader, resource.id).await?;
    let roles = role::store::list(&mut reader, organization.id).await?;
    let top: Vec<&str> =
        roles.iter().filter(|r| r.definition.top).map(|r| r.definition.label.as_str()).collect();
    let rule = |named: store::NamedRule| {
        let (kind, base, seen) = match named.rule.subject {
            Subject::Team(_) => ("Team", "/teams", may(Area::Teams, "view")),
            Subject::Project(_) => ("Project", "/projects", may(Area::Projects, "view")),
            Subject::Member(_) => ("Person", "/users", may(Area::Users, "view")),
        };
        let hidden = !seen && kind == "Person";
        RuleRow {
            name: if hidden { SOMEBODY.to_owned() } else { named.name },
            href: seen.then(|| format!("{base}/{}", named.rule.subject)),
            kind,
            level: named.rule.level.label(),
        }
    };
    let view = ResourcePage {
        frame: frame::of(&call, Place::Resources).await?,
        href: path(&resource),
        who: may(Area::Users, "view").then(|| {
            let thing = format!("{}:{}", resource.kind, resource.external_id);
            Address::new("/access/who").with("action", "view").with("resource", thing).href()
        }),
        id: resource.id.to_string(),
        category: category(&organization.model, &resource.category),
        registered: clock.past(resource.created_at),
        changed: clock.past(resource.updated_at),
        open: resource.visibility == Visibility::Organization,
        top_roles: top.join(", "),
        rules: named.into_iter().map(rule).collect(),
        may_edit: may(Area::Resources, "edit"),
        may_delete: may(Area::Resources, "delete"),
        name: resource.name,
        kind: resource.kind,
        external_id: resource.external_id,
    };
    Ok(flash::page(&call, 200, &view))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confirmed {
    confirm: String,
    version: String,
}

async fn ask_delete(call: Call) -> Result<Answer, Problem> {
    let resource = find(&call).await?;
    delete_page(&call, &resource, String::new(), None).await
}

async fn delete(call: Call) -> Result<Answer, Problem> {
    let resource = find(&call).await?;
    let typed: Confirmed = call.form()?;
    if typed.confirm.trim() != resource.name {
        let detail = "Type the name exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return delete_page(&call, &resource, typed.confirm, Some(&problem)).await;
    }
    let version = typed.version.parse().ok();
    match commands::delete(&call.caller, &resource.kind, &resource.external_id, version).await {
        Ok(()) => {
            let sentence = format!("{} is taken out.", isolated(&resource.name));
            Ok(flash::redirect(&call, "/resources", &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            delete_page(&call, &resource, typed.confirm, Some(&problem)).await
        }
    }
}

async fn delete_page(
    call: &Call,
    resource: &Resource,
    typed: String,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let title = format!("Take {} out?", isolated(&resource.name));
    let mut page = PanelPage::new(frame::of(call, Place::Resources).await?, title, "Take it out");
    page.back = path(resource);
    page.action = format!("{}/delete", path(resource));
    page.danger = true;
    page.impact = vec![
        format!("Visible to now: {}. After that Roster lets nobody reach it.", visible_to(resource)),
        match resource.access.len() {
            0 => "No rule about it is lost.".to_owned(),
            1 => "1 rule about it is lost.".to_owned(),
            rules => format!("{rules} rules about it are lost."),
        },
        "In your product it stays as it is, and the product can register it again.".to_owned(),
    ];
    let error = problem.and_then(|problem| problem.at("confirm"));
    page.fields = vec![Field::text("confirm", "Confirm").exactly(&resource.name).value(typed).error(error)];
    page.hidden = vec![("version", resource.version.to_string())];
    if let Some(problem) = problem {
        page.warning = Some(Callout::refused("Not done.", problem, &["confirm"]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}
