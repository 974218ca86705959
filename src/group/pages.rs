//! Teams and projects in the console (TEAM-1, TEAM-2).

mod edit;
mod one;
mod people;

#[cfg(test)]
pub(super) use edit::impact_lines;

use super::Kind;
use super::api::{page, searched};
use super::view::{GroupRow, GroupsPage};
use crate::base::Problem;
use crate::console::address::{Address, Turn, summary};
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::op::Needs;

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

fn people_of(count: i64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

async fn list(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let state: State = call.query()?;
    let q = searched(Some(state.q.clone()))?;
    let page = page(&call, kind, q.as_deref()).await?;
    let mut reader = call.app().db.reader();
    let total = super::store::count(&mut reader, standing.organization.id, kind, q.as_deref()).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new(path!(kind, "")).with("q", state.q.trim()).with("limit", state.limit.trim());
    let rows: Vec<GroupRow> = page
        .data
        .into_iter()
        .map(|group| GroupRow {
            href: group.path(),
            people: people_of(group.member_count),
            name: group.name,
            description: group.description,
        })
        .collect();
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
