//! The audit trail in the console: searched, narrowed, taken along as a file.

use serde::Deserialize;

use super::api::page_of;
use super::view::{AuditPage, EventRow, Further, Origin, Party};
use super::words::{self, Called};
use crate::access_model::Area;
use crate::audit::Action;
use crate::audit::chain::Record;
use crate::audit::list::{self, Filter};
use crate::base::{MemberId, Problem, ReviewId};
use crate::console::address::{Address, Turn, summary_of_some};
use crate::console::days::Days;
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::person::Avatar;
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, ListQuery, Route, flash, get};
use crate::member;
use crate::member::api::Names;
use crate::op::{Needs, Standing};

/// The routes of this noun's pages.
pub fn routes() -> Vec<Route> {
    vec![get("/audit", show).needs(Area::Audit, "view")]
}

/// What the address says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    q: String,
    actor: String,
    action: String,
    target: String,
    from: String,
    to: String,
    limit: String,
    back: String,
}

/// How many people the list of actors offers.
const OFFERED: i64 = 100;

async fn show(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let state: State = call.query()?;
    let reader = frame::reader(&call)?;
    let days = Days::read(&state.from, &state.to)?;
    let filter = filter(&state, days, &reader)?;
    let page = page_of(&call, &filter).await?;
    let counted = list::count_some(&mut call.app().db.long_reader(), organization.id, &filter).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back.clone() };
    let address = address(&state);
    let teller = Teller::new(&call, reader).await?;
    let narrowed = !address.with("limit", "").pairs().is_empty();
    let pager = address.pager(summary_of_some(page.data.len(), counted, &turn), &turn, page.next_cursor);
    let only_on = (!state.target.trim().is_empty()).then(|| {
        let found = page.data.first().map(|record| record.target_name.clone());
        (found.unwrap_or_else(|| state.target.clone()), address.with("target", "").href())
    });
    let files = files(&organization.slug, &filter, &state);
    let (from, to) = days.texts();
    let view = AuditPage {
        frame: frame::of(&call, Place::Audit).await?,
        filters: vec![actors(&call, &state, &page.data).await?, actions(&state)],
        from,
        to,
        zone: teller.reader.zone_name().to_owned(),
        count: count(counted),
        only_on,
        clear: narrowed.then(|| "/audit".to_owned()),
        carried: address.pairs().into_iter().filter(|(name, _)| ["target", "limit"].contains(name)).collect(),
        events: page.data.iter().map(|record| teller.row(record)).collect(),
        further: pager.next.clone().map(|href| Further { href }),
        pager,
        csv: format!("{}.csv{}", files.0, files.1),
        json_lines: format!("{}.jsonl{}", files.0, files.1),
        search: state.q,
    };
    Ok(flash::page(&call, 200, &view))
}

fn count((counted, more): (i64, bool)) -> String {
    match (counted, more) {
        (1, false) => "1 entry".to_owned(),
        (counted, false) => format!("{counted} entries"),
        (0, true) => String::new(),
        (counted, true) => format!("{counted} entries and more"),
    }
}

fn filter(state: &State, days: Days, reader: &Reader) -> Result<Filter, Problem> {
    let text = |name: &str, value: &str| match value.trim() {
        "" => Ok(None),
        long if long.contains('\0') || long.chars().count() > 200 => {
            let says = format!("{name} must be up to 200 characters without control characters.");
            Err(Problem::new(400, "invalid_parameter", says))
        }
        value => Ok(Some(value.to_owned())),
    };
    let (from, to) = days.instants(reader);
    Ok(Filter {
        actor: text("actor", &state.actor)?,
        action: text("action", &state.action)?,
        target: text("target", &state.target)?,
        from,
        to,
        q: text("q", &state.q)?,
        party: None,
    })
}

fn address(state: &State) -> Address {
    Address::new("/audit")
        .with("q", state.q.trim())
        .with("actor", state.actor.trim())
        .with("action", state.action.trim())
        .with("target", state.target.trim())
        .with("from", state.from.trim())
        .with("to", state.to.trim())
        .with("limit", state.limit.trim())
}

/// Where the files with the same events are: the path without its ending, and the query.
fn files(slug: &str, filter: &Filter, state: &State) -> (String, String) {
    let instant = |at: Option<crate::base::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let whole = Address::new("")
        .with("q", state.q.trim())
        .with("actor", state.actor.trim())
        .with("action", state.action.trim())
        .with("target", state.target.trim())
        .with("from", instant(filter.from))
        .with("to", instant(filter.to));
    (format!("/api/v1/organizations/{slug}/audit-events"), whole.href())
}

/// Who may have done it: the people here, as far as the reader may know them, and whoever is chosen already.
async fn actors(call: &Call, state: &State, events: &[Record]) -> Result<Select, Problem> {
    let standing = call.standing()?;
    let chosen = state.actor.trim();
    let mut options = vec![Choice::new("", "Anybody").chosen(chosen.is_empty())];
    if standing.allows(Needs(Area::Users, "view")) {
        let asked = ListQuery { limit: OFFERED, cursor: None, count: false };
        let (nobody, sort) = (member::list::Filter::default(), member::list::Sort::default());
        let people =
            member::list::page(call.app(), standing.organization.id, &nobody, sort, &asked).await?.data;
        options.extend(people.iter().map(|m| {
            let id = m.id.to_string();
            let is_chosen = id == chosen;
            Choice::new(id, m.name()).chosen(is_chosen)
        }));
    }
    if !options.iter().any(|option| option.chosen) {
        let name = events.first().map_or(chosen, |record| record.actor_name.as_str());
        options.push(Choice::new(chosen, name).chosen(true));
    }
    Ok(Select::new("actor", "Who", options))
}

fn actions(state: &State) -> Select {
    let chosen = state.action.trim();
    let any = Choice::new("", "Any event").chosen(chosen.is_empty());
    let known = Action::ALL.iter().map(|action| {
        Choice::new(action.as_str(), words::words(*action).title).chosen(action.as_str() == chosen)
    });
    let mut options: Vec<Choice> = std::iter::once(any).chain(known).collect();
    if !options.iter().any(|option| option.chosen) {
        options.push(Choice::new(chosen, chosen).chosen(true));
    }
    Select::new("action", "Event", options)
}

/// Tells events to a reader: in their time, with the names of today, with links where they may go.
pub struct Teller<'a> {
    reader: Reader,
    names: Names,
    standing: &'a Standing,
}

impl Called for Teller<'_> {
    fn called(&self, field: &str, id: &str) -> Option<String> {
        if field == "expiresAt" {
            return id.parse().ok().map(|at| self.reader.noted(at).words);
        }
        let found = match field {
            "roles" | "defaultRole" | "grants" | "reassignedTo" => self.names.role_called(id),
            "teams" | "projects" | "team" | "project" => {
                Some(self.names.place_called(id).unwrap_or("one that was deleted"))
            }
            _ => None,
        };
        found.map(str::to_owned)
    }
}

impl<'a> Teller<'a> {
    /// For whoever calls.
    pub async fn new(call: &'a Call, reader: Reader) -> Result<Self, Problem> {
        let standing = call.standing()?;
        let names = Names::of_all(call.app(), &standing.organization, true).await?;
        Ok(Self { reader, names, standing })
    }

    /// An event.
    pub fn row(&self, record: &Record) -> EventRow {
        let narrowed = |field: &'static str, id: &str| {
            (!id.is_empty()).then(|| Address::new("/audit").with(field, id).href())
        };
        EventRow {
            when: self.reader.noted(record.at),
            who: Party {
                name: record.actor_name.clone(),
                href: self.user(&record.actor_type, &record.actor_id),
                avatar: avatar(record).small(),
            },
            sentence: words::sentence(record),
            target_href: self.user(&record.target_type, &record.target_id),
            icon: icon(&record.action),
            refused: record.outcome == "refused",
            changes: words::lines(record, self),
            origin: Origin {
                ip: record.ip.clone(),
                user_agent: record.user_agent.clone(),
                request: record.request_id.clone(),
                id: record.id.to_string(),
                hash: record.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            },
            by_them: narrowed("actor", &record.actor_id),
            on_it: narrowed("target", &record.target_id),
        }
    }

    /// The page of a user or of an access review, for who may look at users.
    fn user(&self, kind: &str, id: &str) -> Option<String> {
        let page = match kind {
            "member" if id.parse::<MemberId>().is_ok() => "users",
            "review" if id.parse::<ReviewId>().is_ok() => "reviews",
            _ => return None,
        };
        self.standing.allows(Needs(Area::Users, "view")).then(|| format!("/{page}/{id}"))
    }
}

/// People have a hue of their own; what is no person has none.
fn avatar(record: &Record) -> Avatar {
    match record.actor_type.as_str() {
        "member" | "account" => Avatar::person(&record.actor_name, &record.actor_id),
        _ => Avatar::person("", &record.actor_name),
    }
}

fn icon(action: &str) -> &'static str {
    match action.split('.').next().unwrap_or_default() {
        "invitation" => "mail",
        "role" | "role_template" => "shield",
        "team" => "team",
        "project" => "stack",
        "session" => "login",
        "account" => "key",
        "organization" | "installation" => "building",
        "access" => "lock",
        "review" => "check",
        _ => "person",
    }
}
