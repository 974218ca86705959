//! The tabs about what happened: sessions, login attempts and the audit trail of one user, each at its own address.

use serde::Deserialize;

use super::{find, head, roles};
use crate::access_model::Area;
use crate::audit;
use crate::base::Problem;
use crate::console::address::{Address, Turn, summary, summary_of_some};
use crate::console::layout::Place;
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::op::Needs;
use crate::session::{self, list::Filter as Sessions, view::SessionTable};
use crate::sign_in::{self, view::AttemptTable};
use crate::trail;
use crate::trail::pages::Teller;
use crate::trail::view::Timeline;
use crate::user_console::view::{UserAttemptsPage, UserAuditPage, UserSessionsPage};

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    limit: String,
    back: String,
}

/// The tab's address, and which page of it is read.
fn place(call: &Call, path: String) -> Result<(Address, Turn), Problem> {
    // The tabs stand under a person's name.
    call.caller.reads(Needs(Area::Users, "view"))?;
    let state: State = call.query()?;
    let address = Address::new(path).with("limit", state.limit.trim());
    Ok((address, Turn { cursor: call.list()?.cursor, back: state.back }))
}

/// `GET /users/{id}/sessions`.
pub async fn sessions(call: Call) -> Result<Answer, Problem> {
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    let (address, turn) = place(&call, format!("/users/{}/sessions", member.id))?;
    let filter = Sessions::Of(member.id);
    let page = session::api::page_of(&call, &filter).await?;
    let (organization, now) = (call.standing()?.organization.id, call.app().now());
    let total = session::list::count_in(&mut call.app().db.reader(), organization, &filter, now).await?;
    let reader = frame::reader(&call)?;
    let rows = session::pages::rows(&call, &reader, &page.data, &address.here(&turn)).await?;
    let view = UserSessionsPage {
        frame: frame::of(&call, Place::Users).await?,
        head: head(&call, &member, &roles, "/sessions")?,
        pager: address.pager(summary(rows.len(), total, &turn), &turn, page.next_cursor),
        sessions: SessionTable { caption: format!("Sessions of {}", member.name()), of_many: false, rows },
    };
    Ok(flash::page(&call, 200, &view))
}

/// `GET /users/{id}/login-attempts`.
pub async fn login_attempts(call: Call) -> Result<Answer, Problem> {
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    let (address, turn) = place(&call, format!("/users/{}/login-attempts", member.id))?;
    let filter = sign_in::list::Filter { member: Some(member.id), ..sign_in::list::Filter::default() };
    let page = sign_in::attempts_api::page_of(&call, &filter).await?;
    let organization = call.standing()?.organization.id;
    let counted = sign_in::list::count_some(&mut call.app().db.long_reader(), organization, &filter).await?;
    let reader = frame::reader(&call)?;
    let view = UserAttemptsPage {
        frame: frame::of(&call, Place::Users).await?,
        head: head(&call, &member, &roles, "/login-attempts")?,
        zone: reader.zone_name().to_owned(),
        pager: address.pager(summary_of_some(page.data.len(), counted, &turn), &turn, page.next_cursor),
        attempts: AttemptTable {
            caption: format!("Login attempts of {}", member.name()),
            of_many: false,
            rows: sign_in::attempts_pages::rows(&call, &reader, &page.data)?,
        },
    };
    Ok(flash::page(&call, 200, &view))
}

/// `GET /users/{id}/audit`.
pub async fn audit(call: Call) -> Result<Answer, Problem> {
    let (member, roles) = (find(&call).await?, roles(&call).await?);
    let (address, turn) = place(&call, format!("/users/{}/audit", member.id))?;
    let filter = audit::list::Filter { party: Some(member.id.to_string()), ..audit::list::Filter::default() };
    let page = trail::api::page_of(&call, &filter).await?;
    let organization = call.standing()?.organization.id;
    let counted = audit::list::count_some(&mut call.app().db.long_reader(), organization, &filter).await?;
    let reader = frame::reader(&call)?;
    let zone = reader.zone_name().to_owned();
    let teller = Teller::new(&call, reader).await?;
    let view = UserAuditPage {
        frame: frame::of(&call, Place::Users).await?,
        head: head(&call, &member, &roles, "/audit")?,
        zone,
        pager: address.pager(summary_of_some(page.data.len(), counted, &turn), &turn, page.next_cursor),
        timeline: Timeline { events: page.data.iter().map(|record| teller.row(record)).collect() },
    };
    Ok(flash::page(&call, 200, &view))
}
