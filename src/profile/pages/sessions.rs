//! Where one is signed in oneself, and the end of it: one session, or all others (SES-6).

use serde::Deserialize;

use crate::base::{Problem, SessionId};
use crate::console::address::{Address, Turn, summary};
use crate::console::panel::PanelPage;
use crate::console::person::PersonCell;
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, Guard, Route, flash, get, post, see_other};
use crate::profile::view::{OwnSessionsPage, tabs};
use crate::session::api::{asking, own_page};
use crate::session::view::{End, SessionRow, SessionTable};
use crate::session::{Session, commands, list};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/profile/sessions", show).guard(Guard::Account),
        post("/profile/sessions/{id}/end", end).guard(Guard::Account),
        get("/profile/sessions/end-others", ask_others).guard(Guard::Account),
        post("/profile/sessions/end-others", end_others).guard(Guard::Account),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    limit: String,
    back: String,
}

async fn count_others(call: &Call) -> Result<i64, Problem> {
    let account = call.caller.account()?;
    Ok(list::count_own(&mut call.app().db.reader(), account, call.app().now()).await? - 1)
}

async fn show(call: Call) -> Result<Answer, Problem> {
    // The page stands in an organization's frame.
    if call.caller.standing.is_none() {
        return Ok(see_other("/organizations"));
    }
    let state = call.query::<State>()?;
    let (page, asking) = (own_page(&call).await?, asking(&call)?);
    let others = count_others(&call).await?;
    let reader = frame::reader(&call)?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new("/profile/sessions").with("limit", state.limit.trim());
    let rows: Vec<SessionRow> = page.data.iter().map(|session| row(&reader, session, asking)).collect();
    let view = OwnSessionsPage {
        frame: frame::of(&call, None).await?,
        tabs: tabs("/profile/sessions"),
        others,
        pager: address.pager(summary(rows.len(), others + 1, &turn), &turn, page.next_cursor),
        sessions: SessionTable { caption: "Your sessions".to_owned(), of_many: false, rows },
    };
    Ok(flash::page(&call, 200, &view))
}

fn row(reader: &Reader, session: &Session, asking: SessionId) -> SessionRow {
    SessionRow {
        person: PersonCell {
            name: session.name.clone(),
            email: session.email.clone(),
            href: None,
            you: true,
        },
        device: session.device.name.clone(),
        ip: session.ip.clone(),
        started: reader.noted(session.started_at),
        last_active: reader.past(session.last_active_at),
        end: match session.id == asking {
            true => End::SignOut,
            false => End::End(format!("/profile/sessions/{}/end", session.id)),
        },
    }
}

async fn end(call: Call) -> Result<Answer, Problem> {
    let id = call.id::<SessionId>("id")?;
    let found = list::find(&mut call.app().db.reader(), id).await?;
    commands::end_own(&call.caller, id).await?;
    let device = found.map_or(String::new(), |session| session.device.name);
    Ok(flash::redirect(&call, "/profile/sessions", &format!("You are signed out of {device}.")))
}

async fn ask_others(call: Call) -> Result<Answer, Problem> {
    if call.caller.standing.is_none() {
        return Ok(see_other("/organizations"));
    }
    let others = count_others(&call).await?;
    let mut page = PanelPage::new(
        frame::of(&call, None).await?,
        "Sign out everywhere else?",
        "Sign out everywhere else",
    );
    page.back = "/profile/sessions".to_owned();
    page.action = "/profile/sessions/end-others".to_owned();
    page.danger = true;
    page.impact = vec![
        match others {
            0 => "You are signed in nowhere else.".to_owned(),
            1 => "Ends 1 session with its next click. What is not saved there is lost.".to_owned(),
            _ => format!("Ends {others} sessions with their next click. What is not saved there is lost."),
        },
        "This session goes on.".to_owned(),
        "If somebody knows your password, choose a new one as well: otherwise they sign in again.".to_owned(),
    ];
    Ok(flash::page(&call, 200, &page))
}

async fn end_others(call: Call) -> Result<Answer, Problem> {
    let sentence = match commands::end_others(&call.caller).await? {
        0 => "You were signed in nowhere else.".to_owned(),
        1 => "Signed out of 1 other session.".to_owned(),
        count => format!("Signed out of {count} other sessions."),
    };
    Ok(flash::redirect(&call, "/profile/sessions", &sentence))
}
