//! Access reviews in the console (MEM-14).

mod decide;
mod one;
mod start;

use serde::Deserialize;

use super::api::page;
use super::commands::MAY_REVIEW;
use super::view::{ReviewRow, ReviewsPage, Standing};
use super::{Reason, Review, Scope, State, store};
use crate::access_model::Area;
use crate::base::{Problem, Timestamp};
use crate::console::address::{Address, Turn, summary};
use crate::console::layout::Place;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get, post};

/// The routes of the pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/reviews", list).needs(Area::Users, "view"),
        get("/reviews/new", start::ask).needs(Area::Users, "delete"),
        post("/reviews", start::start).needs(Area::Users, "delete"),
        get("/reviews/{id}", one::show).needs(Area::Users, "view"),
        get("/reviews/{id}/items/{member}/keep", decide::ask_keep).needs(Area::Users, "delete"),
        post("/reviews/{id}/items/{member}/keep", decide::keep).needs(Area::Users, "delete"),
        get("/reviews/{id}/items/{member}/remove", decide::ask_remove).needs(Area::Users, "delete"),
        post("/reviews/{id}/items/{member}/remove", decide::remove).needs(Area::Users, "delete"),
        get("/reviews/{id}/close", decide::ask_close).needs(Area::Users, "delete"),
        post("/reviews/{id}/close", decide::close).needs(Area::Users, "delete"),
    ]
}

/// What the address of a list says beside its page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    show: String,
    limit: String,
    back: String,
}

async fn list(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let shown: Shown = call.query()?;
    let page = page(&call).await?;
    let total = store::count(&mut call.app().db.reader(), standing.organization.id).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: shown.back };
    let address = Address::new("/reviews").with("limit", shown.limit.trim());
    let reader = frame::reader(&call)?;
    let row = |review: Review| ReviewRow {
        href: path(&review),
        standing: stands(&review, reader.now),
        progress: format!("{} of {} decided", review.decided(), review.total),
        due: reader.on_the_day(review.due_at),
        started: reader.past(review.created_at),
        started_by: review.started_by_name,
        name: review.name,
    };
    let view = ReviewsPage {
        frame: frame::of(&call, Place::Reviews).await?,
        may_start: standing.allows(MAY_REVIEW),
        pager: address.pager(summary(page.data.len(), total, &turn), &turn, page.next_cursor),
        rows: page.data.into_iter().map(row).collect(),
    };
    Ok(flash::page(&call, 200, &view))
}

/// The address of a review.
fn path(review: &Review) -> String {
    format!("/reviews/{}", review.id)
}

fn stands(review: &Review, now: Timestamp) -> Standing {
    match review.state {
        State::Closed => Standing::Closed,
        State::Open if review.is_overdue(now) => Standing::Overdue,
        State::Open => Standing::Open,
    }
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// Who has a reason, in words.
fn about(reason: Reason, scope: &Scope) -> String {
    match reason {
        Reason::Dormant => format!("Not signed in for {}", days(scope.dormant_days)),
        Reason::Privileged => "Privileged people".to_owned(),
        Reason::Invitation => format!("Invitations unanswered for {}", days(scope.invitation_days)),
        Reason::SinglePoint => "Single points of failure".to_owned(),
        Reason::Everyone => "Everybody".to_owned(),
    }
}
