//! Teams and projects in the console (TEAM-1, TEAM-2).

mod edit;
mod one;
mod people;

#[cfg(test)]
pub(super) use edit::impact_lines;

use onesql::Reader;
use uuid::Uuid;

use super::api::{page, searched};
use super::view::{GroupRow, GroupsPage};
use super::{Group, Kind, store};
use crate::access_model::Area;
use crate::base::{MemberId, Problem};
use crate::console::address::{Address, Turn, summary};
use crate::console::menu::{Does, Item, Menu};
use crate::console::person::Avatar;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::op::{Needs, Standing};

macro_rules! path {
    ($kind:expr, $rest:literal) => {
        match $kind {
            Kind::Team => concat!("/teams", $rest),
            Kind::Project => concat!("/projects", $rest),
        }
    };
}

/// The routes of the pages.
pub fn routes() -> Vec<Route> {
    Kind::ALL.into_iter().flat_map(routes_of).collect()
}

fn routes_of(kind: Kind) -> Vec<Route> {
    let area = kind.area();
    vec![
        get(path!(kind, ""), move |call| list(call, kind)).needs(area, "view"),
        get(path!(kind, "/new"), move |call| edit::ask_new(call, kind)).needs(area, "create"),
        post(path!(kind, ""), move |call| edit::create(call, kind)).needs(area, "create"),
        get(path!(kind, "/{id}"), move |call| one::show(call, kind)).needs(area, "view"),
        get(path!(kind, "/{id}/edit"), move |call| edit::ask(call, kind)).needs(area, "edit"),
        post(path!(kind, "/{id}/edit"), move |call| edit::save(call, kind)).needs(area, "edit"),
        get(path!(kind, "/{id}/people"), move |call| people::ask(call, kind)).needs(area, "edit"),
        post(path!(kind, "/{id}/people"), move |call| people::add(call, kind)).needs(area, "edit"),
        post(path!(kind, "/{id}/people/{member}/take-out"), move |call| people::take_out(call, kind))
            .needs(area, "edit"),
        get(path!(kind, "/{id}/delete"), move |call| edit::ask_delete(call, kind)).needs(area, "delete"),
        post(path!(kind, "/{id}/delete"), move |call| edit::delete(call, kind)).needs(area, "delete"),
    ]
}

/// What the address of a list says beside its page.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct State {
    q: String,
    limit: String,
    back: String,
}

/// So many of a group's people are shown in its row.
const FACES: i64 = 3;

async fn row(standing: &Standing, reader: &mut Reader, group: Group) -> Result<GroupRow, Problem> {
    let may = |area, action| standing.allows(Needs(area, action));
    let first = (String::new(), MemberId(Uuid::nil()));
    let faces = match may(Area::Users, "view") {
        true => {
            let place = (first.0.as_str(), first.1, FACES);
            store::members(reader, standing.organization.id, group.id, None, place).await?
        }
        false => Vec::new(),
    };
    let resources = match may(Area::Resources, "view") {
        true => Some(store::count_rules(reader, group.id).await?),
        false => None,
    };
    let face = |listed: &store::Listed| {
        let m = &listed.member;
        let named = m.name() != m.email;
        Avatar::person(if named { m.name() } else { String::new() }.as_str(), &m.email)
    };
    Ok(GroupRow {
        href: group.path(),
        faces: faces.iter().map(face).collect(),
        people: crate::base::text::people(group.member_count),
        resources,
        menu: menu(standing, &group),
        name: group.name,
        description: group.description,
    })
}

fn menu(standing: &Standing, group: &Group) -> Menu {
    let (kind, here) = (group.id.kind(), group.path());
    let may = |action| standing.allows(Needs(kind.area(), action));
    let mut items = Vec::new();
    if may("edit") {
        let word = kind.word();
        items.push(Item::new(format!("Edit {word}"), "edit", Does::Asks(format!("{here}/edit"))));
        if standing.allows(Needs(Area::Users, "view")) {
            items.push(Item::new("Add people", "plus", Does::Opens(format!("{here}/people"))));
        }
    }
    if may("delete") {
        let delete = Does::Asks(format!("{here}/delete"));
        items.push(Item::new(format!("Delete {}", kind.word()), "trash", delete).grave());
    }
    let label = format!("Actions for {}", group.name);
    Menu { id: format!("m-{}", group.id), label, items, ..Menu::default() }
}

async fn list(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let state: State = call.query()?;
    let q = searched(Some(state.q.clone()))?;
    let page = page(&call, kind, q.as_deref()).await?;
    let mut reader = call.app().db.reader();
    let total = store::count(&mut reader, standing.organization.id, kind, q.as_deref()).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new(path!(kind, "")).with("q", state.q.trim()).with("limit", state.limit.trim());
    let mut rows = Vec::with_capacity(page.data.len());
    for group in page.data {
        rows.push(row(standing, &mut reader, group).await?);
    }
    let view = GroupsPage {
        frame: frame::of(&call, kind.place()).await?,
        kind,
        may_create: standing.allows(Needs(kind.area(), "create")),
        count: if total == 1 { format!("1 {}", kind.word()) } else { format!("{total} {}", kind.words()) },
        pager: address.pager(summary(rows.len(), total, &turn), &turn, page.next_cursor),
        rows,
        search: state.q.trim().to_owned(),
    };
    Ok(flash::page(&call, 200, &view))
}
