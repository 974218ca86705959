//! Who can do something, as a page.

use super::{Query, WHOLE, actions, resources};
use crate::account::display_name;
use crate::base::Problem;
use crate::base::page::Page;
use crate::base::text::{cut, isolated};
use crate::console::address::{Address, Turn};
use crate::console::layout::Place;
use crate::console::person::Avatar;
use crate::decision::explain_api::object;
use crate::decision::scan::Search;
use crate::decision::view::{WhoPage, WhoRow};
use crate::http::{Answer, Call, flash};
use crate::{frame, role};

/// `GET /access/who`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let query: Query = call.query()?;
    let asked = object(&query.resource).filter(|_| !query.action.is_empty());
    if query.action.is_empty() && query.resource.is_empty() {
        return Ok(crate::http::see_other("/access"));
    }
    let list = call.list()?;
    let search = Search {
        app: call.app(),
        organization: organization.id,
        model: &organization.model,
        action: &query.action,
    };
    let page = match asked {
        Some(object) => search.who(&object, &list).await?,
        None => Page { data: Vec::new(), next_cursor: None, total: None },
    };
    let mut reader = call.app().db.reader();
    let labels = role::store::labels(&mut reader, organization.id).await?;
    let resource = resources(&call, &query, true).await?;
    let name = resource.options.iter().find(|option| option.chosen).map(|option| option.label.clone());
    let (action, whole) = (&*query.action, &*query.resource);
    let why = Address::new("/access").with("action", action).with("resource", whole);
    let rows: Vec<WhoRow> = page
        .data
        .into_iter()
        .map(|able| {
            let (first, last, email) = able.name;
            let name = display_name(&first, &last, &email);
            WhoRow {
                avatar: Avatar::person(&name, &email),
                name,
                email,
                href: format!("/users/{}", able.subject.member),
                sources: able
                    .sources
                    .iter()
                    .map(|source| told(source, &labels))
                    .collect::<Vec<_>>()
                    .join(", "),
                why: why.with("who", able.subject.member.to_string()).href(),
            }
        })
        .collect();
    let turn = Turn { cursor: list.cursor.clone(), back: query.back.clone() };
    let address = Address::new("/access/who").with("action", action).with("resource", whole);
    let view = WhoPage {
        frame: frame::of(&call, Place::AccessCheck).await?,
        phrase: format!(
            "{} {}",
            if action.is_empty() { "reach" } else { cut(action, 80) },
            isolated(cut(name.as_deref().unwrap_or(whole), 200).trim_end_matches(WHOLE))
        ),
        action: actions(&organization.model, &query),
        resource,
        pager: address.pager(format!("{} shown, by name", rows.len()), &turn, page.next_cursor),
        rows,
    };
    Ok(flash::page(&call, 200, &view))
}

/// A source in words: "role Editor", "role template Support lead", "given directly".
fn told(source: &str, labels: &[role::label::RoleLabel]) -> String {
    match source.split_once(':') {
        Some(("role", key)) => {
            let label = labels.iter().find(|role| role.key == key).map_or(key, |role| &role.label);
            format!("role {}", isolated(label))
        }
        Some((_, name)) => format!("role template {}", isolated(name)),
        None => "given directly".to_owned(),
    }
}
