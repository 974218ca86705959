//! Login attempts in the console: the last two weeks as a chart, and each of them with its reason (SES-8).

use serde::Deserialize;

use super::attempts_api::page_of;
use super::list::{self, Filter, LoginAttempt};
use super::view::{AttemptRow, AttemptTable, LoginAttemptsPage};
use crate::access_model::{Area, StatusLabels};
use crate::base::Problem;
use crate::console::address::{Address, Turn, summary_of_some};
use crate::console::chart::{Chart, Day};
use crate::console::days::Days;
use crate::console::layout::Place;
use crate::console::list::{Shape, Status, Tab, Tabs};
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, Route, flash, get};
use crate::op::Needs;
use jiff::ToSpan;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/login-attempts", show).needs(Area::LoginAttempts, "view")]
}

/// How many days the chart shows.
const DAYS: i64 = 14;

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    q: String,
    status: String,
    from: String,
    to: String,
    limit: String,
    back: String,
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let organization = call.standing()?.organization.id;
    let state: State = call.query()?;
    let reader = frame::reader(&call)?;
    let days = Days::read(&state.from, &state.to)?;
    let (since, until) = days.instants(&reader);
    let succeeded = match state.status.trim() {
        "success" => Some(true),
        "failed" => Some(false),
        "" => None,
        _ => return Err(Problem::new(400, "invalid_parameter", "status must be success or failed.")),
    };
    let text = state.q.trim().replace('\0', "");
    let filter =
        Filter { succeeded, from: since, to: until, q: (!text.is_empty()).then_some(text), member: None };
    let page = page_of(&call, &filter).await?;
    let counted = list::count_some(&mut call.app().db.long_reader(), organization, &filter).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back.clone() };
    let address = address(&state);
    let (from, to) = days.texts();
    let view = LoginAttemptsPage {
        frame: frame::of(&call, Place::LoginAttempts).await?,
        chart: chart(&call, &reader).await?,
        tabs: tabs(&address, succeeded),
        from,
        to,
        zone: reader.zone_name().to_owned(),
        carried: address.pairs().into_iter().filter(|(name, _)| ["status", "limit"].contains(name)).collect(),
        count: count(counted),
        narrowed: !address.with("limit", "").pairs().is_empty(),
        pager: address.pager(summary_of_some(page.data.len(), counted, &turn), &turn, page.next_cursor),
        attempts: AttemptTable {
            caption: "Login attempts".to_owned(),
            of_many: true,
            rows: rows(&call, &reader, &page.data)?,
        },
        search: state.q,
    };
    Ok(flash::page(&call, 200, &view))
}

fn address(state: &State) -> Address {
    Address::new("/login-attempts")
        .with("q", state.q.trim())
        .with("status", state.status.trim())
        .with("from", state.from.trim())
        .with("to", state.to.trim())
        .with("limit", state.limit.trim())
}

fn tabs(address: &Address, succeeded: Option<bool>) -> Tabs {
    let tab = |label: &str, status: &str, is: Option<bool>| Tab {
        label: label.to_owned(),
        href: address.with("status", status).href(),
        count: None,
        current: succeeded == is,
    };
    let tabs = vec![
        tab("All", "", None),
        tab("Success", "success", Some(true)),
        tab("Failed", "failed", Some(false)),
    ];
    Tabs { label: "Status", tabs }
}

fn count((counted, more): (i64, bool)) -> String {
    match (counted, more) {
        (1, false) => "1 attempt".to_owned(),
        (counted, false) => format!("{counted} attempts"),
        (0, true) => String::new(),
        (counted, true) => format!("{counted} attempts and more"),
    }
}

/// The last days as the reader's calendar has them.
async fn chart(call: &Call, reader: &Reader) -> Result<Chart, Problem> {
    let organization = call.standing()?.organization.id;
    let today = reader.date(reader.now);
    let dates: Vec<_> = (0..DAYS).rev().filter_map(|ago| today.checked_sub(ago.days()).ok()).collect();
    let begins = dates.first().and_then(|first| reader.beginning(*first)).unwrap_or(reader.now);
    let range = (begins, reader.now.plus(1));
    let quarters = list::quarters(&mut call.app().db.long_reader(), organization, range).await?;
    let last = dates.len().saturating_sub(1);
    let day = |(n, date): (usize, &jiff::civil::Date)| {
        let its = || quarters.iter().filter(|quarter| reader.date(quarter.began_at) == *date);
        let label = date.strftime("%-d %b").to_string();
        Day {
            tick: if n == 0 || n == last { label.clone() } else { date.day().to_string() },
            label,
            succeeded: its().map(|quarter| quarter.succeeded).sum(),
            failed: its().map(|quarter| quarter.failed).sum(),
        }
    };
    Ok(Chart { days: dates.iter().enumerate().map(day).collect() })
}

/// Attempts as rows.
pub fn rows(call: &Call, reader: &Reader, attempts: &[LoginAttempt]) -> Result<Vec<AttemptRow>, Problem> {
    let standing = call.standing()?;
    let links = standing.allows(Needs(Area::Users, "view"));
    let words = &standing.organization.model.labels.status;
    let row = |attempt: &LoginAttempt| AttemptRow {
        when: reader.noted_to_the_second(attempt.at),
        email: attempt.email.clone(),
        href: attempt.member.filter(|_| links).map(|member| format!("/users/{member}")),
        ip: attempt.ip.clone(),
        device: attempt.device.clone(),
        status: match attempt.succeeded {
            true => Status::new(Shape::Active, "Success"),
            false => Status::new(Shape::Failed, "Failed"),
        },
        reason: match &attempt.reason {
            Some(code) => reason(code, words),
            None => method(&attempt.method),
        },
        failed: !attempt.succeeded,
    };
    Ok(attempts.iter().map(row).collect())
}

/// Why a try failed, in words.
fn reason(code: &str, words: &StatusLabels) -> String {
    match code {
        "wrong_password" => "Wrong password".to_owned(),
        "unknown_user" => "No such user here".to_owned(),
        "suspended" => words.suspended.clone(),
        "not_a_member" => "Not a member here".to_owned(),
        "too_many_attempts" => "Too many attempts".to_owned(),
        "password_change_required" => "Must choose a new password first".to_owned(),
        other => other.replace('_', " "),
    }
}

fn method(code: &str) -> String {
    match code {
        "password" => "Password".to_owned(),
        "invitation" => "Link of an invitation".to_owned(),
        other => other.replace('_', " "),
    }
}
