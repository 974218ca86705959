//! Sessions in the console: where people are signed in here, and the end of one of them (SES-6).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::api::{asking, filter_of, page_of};
use super::list;
use super::view::{End, SessionRow, SessionTable, SessionsPage};
use super::{Session, commands};
use crate::access_model::Area;
use crate::base::text::isolated;
use crate::base::{MemberId, Problem, SessionId};
use crate::console::address::{Address, Turn, from_list, summary};
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::console::person::PersonCell;
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};
use crate::op::{Needs, OpError};

/// The routes of this noun's pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/sessions", show).needs(Area::Sessions, "view"),
        get("/sessions/{id}/revoke", ask).needs(Area::Sessions, "delete"),
        post("/sessions/{id}/revoke", revoke).needs(Area::Sessions, "delete"),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    q: String,
    limit: String,
    back: String,
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let (state, filter) = (call.query::<State>()?, filter_of(&call)?);
    let page = page_of(&call, &filter).await?;
    let now = call.app().now();
    let total = list::count_in(&mut call.app().db.reader(), organization, &filter, now).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new("/sessions").with("q", state.q.trim()).with("limit", state.limit.trim());
    let reader = frame::reader(&call)?;
    let rows = rows(&call, &reader, &page.data, &address.here(&turn)).await?;
    let view = SessionsPage {
        frame: frame::of(&call, Place::Sessions).await?,
        carried: address.pairs().into_iter().filter(|(name, _)| *name == "limit").collect(),
        count: if total == 1 { "1 session".to_owned() } else { format!("{total} sessions") },
        pager: address.pager(summary(rows.len(), total, &turn), &turn, page.next_cursor),
        sessions: SessionTable { caption: "Sessions".to_owned(), of_many: true, rows },
        search: state.q,
    };
    Ok(flash::page(&call, 200, &view))
}

/// Sessions as rows that lead back to where they are shown.
pub async fn rows(
    call: &Call,
    reader: &Reader,
    sessions: &[Session],
    here: &str,
) -> Result<Vec<SessionRow>, Problem> {
    let asking = asking(call)?;
    let links = call.standing()?.allows(Needs(Area::Users, "view"));
    let manages = manages(call, sessions).await?;
    let row = |session: &Session| SessionRow {
        person: PersonCell {
            name: if session.name == session.email { String::new() } else { session.name.clone() },
            email: session.email.clone(),
            href: session.member.filter(|_| links).map(|member| format!("/users/{member}")),
            you: Some(session.account) == call.caller.account().ok(),
        },
        device: session.device.name.clone(),
        ip: session.ip.clone(),
        started: reader.noted(session.started_at),
        last_active: reader.past(session.last_active_at),
        end: match session.member {
            _ if session.id == asking => End::SignOut,
            Some(member) if manages.get(&member) == Some(&true) => {
                End::Revoke(from_list(&format!("/sessions/{}/revoke", session.id), here))
            }
            _ => End::Nothing,
        },
    };
    Ok(sessions.iter().map(row).collect())
}

/// Whose sessions the reader may end: their own, and those of people whom they manage.
async fn manages(call: &Call, sessions: &[Session]) -> Result<BTreeMap<MemberId, bool>, Problem> {
    let standing = call.standing()?;
    let mut found = BTreeMap::new();
    if !standing.allows(Needs(Area::Sessions, "delete")) {
        return Ok(found);
    }
    let mut reader = call.app().db.reader();
    for member in sessions.iter().filter_map(|session| session.member) {
        if let std::collections::btree_map::Entry::Vacant(place) = found.entry(member) {
            let own = member == standing.member;
            place.insert(own || standing.may_manage(&list::roles_of(&mut reader, member).await?));
        }
    }
    Ok(found)
}

async fn find(call: &Call) -> Result<Session, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<SessionId>("id")?;
    let found = list::find_in(&mut call.app().db.reader(), organization, id, call.app().now()).await?;
    found.ok_or_else(Problem::not_found)
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    let session = find(&call).await?;
    page(&call, &session, None).await
}

async fn page(call: &Call, session: &Session, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization.name;
    let own = session.id == call.caller.signed().ok_or(OpError::Unauthenticated)?.session;
    let title = format!("Sign {} out of {}?", isolated(&session.name), session.device.name);
    let mut page = PanelPage::new(frame::of(call, Place::Sessions).await?, title, "Revoke session");
    page.back = call.back("/sessions")?;
    page.action = from_list(&format!("/sessions/{}/revoke", session.id), &page.back);
    page.danger = true;
    page.impact = vec![
        format!("Ends this session in {organization} with its next click. What is not saved there is lost."),
        "Their other sessions go on, and they can sign in again.".to_owned(),
    ];
    if own {
        page.impact.insert(0, "This is the session that you are using now.".to_owned());
    }
    if let Some(problem) = problem {
        page.warning = Some(Callout::refused("Not done.", problem, &[]));
        page = page.settled();
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

async fn revoke(call: Call) -> Result<Answer, Problem> {
    let session = find(&call).await?;
    match commands::revoke(&call.caller, session.id).await {
        Ok(()) => {
            let sentence = format!(
                "Session revoked. {} is signed out of {}.",
                isolated(&session.name),
                session.device.name
            );
            Ok(flash::redirect(&call, &call.back("/sessions")?, &sentence))
        }
        Err(error) => page(&call, &session, Some(&Problem::from(error).for_the_form()?)).await,
    }
}
