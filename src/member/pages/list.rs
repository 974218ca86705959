//! The list of users: search, tabs, filters, order and pages, all of it in the address.

use serde::Deserialize;

use super::row::Looker;
use crate::access_model::{Area, Shown};
use crate::base::Problem;
use crate::base::page::MOST_COUNTED;
use crate::base::text::people;
use crate::console::address::{Address, Turn, summary};
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::list::{Direction, Heading, Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, ListQuery, flash};
use crate::member::api::filter_of;
use crate::member::list::{self, Filter, Sort, SortKey};
use crate::member::verb::Verb;
use crate::member::view::{Bar, Button, Columns, Headings, Listing, Row, UsersPage};
use crate::member::{Status, store};
use crate::op::{Needs, Organization, Standing};
use crate::role;
use crate::role::store::Role;

/// What the address says beyond the filter.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct State {
    q: String,
    role: String,
    team: String,
    project: String,
    not_signed_in_days: String,
    limit: String,
    back: String,
}

/// `GET /users`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let (state, (filter, sort)) = (call.query::<State>()?, filter_of(&call).await?);
    let asked = ListQuery { count: false, ..call.list()? };
    let page = list::page(call.app(), organization.id, &filter, sort, &asked).await?;
    let whole = asked.cursor.is_none() && page.next_cursor.is_none();
    // Of a longer list at least one page is full, this one or the one before.
    let seen = if whole { page.data.len() as i64 } else { asked.limit };
    let (total, more) = count(&call, organization, &filter, (seen, whole)).await?;
    let turn = Turn { cursor: asked.cursor, back: state.back.clone() };
    let address = address(&state, &filter, sort);
    let roles = role::store::list(&mut call.app().db.reader(), organization.id).await?;
    let columns = columns(organization);
    let teams = store::teams(&mut call.app().db.reader(), organization.id).await?;
    let projects = store::projects(&mut call.app().db.reader(), organization.id).await?;
    let places = [
        place("team", ["Team", "Any team"], &teams, &state.team),
        place("project", ["Project", "Any project"], &projects, &state.project),
    ];
    let shown = page.data.len();
    let summary = match (more, &turn.cursor) {
        (false, _) => summary(shown, total, &turn),
        (true, None) => format!("{shown} shown"),
        (true, Some(_)) => format!("{shown} more shown"),
    };
    let pager = address.pager(summary, &turn, page.next_cursor);
    let here = address.here(&turn);
    let looker = Looker::new(standing, &roles, &teams, frame::reader(&call)?);
    let rows = page.data.iter().map(|member| looker.row(member)).collect();
    let view = UsersPage {
        frame: frame::of(&call, Place::Users).await?,
        seats: frame::seats(&call).await?,
        may_invite: standing.allows(Needs(Area::Users, "create")),
        may_create: standing.allows(Needs(Area::Users, "create")),
        may_review: standing.allows(Needs(Area::Users, "delete")),
        advice: advice(&call, standing).await?,
        tabs: tabs(organization, &address, &filter),
        filters: filters(&roles, places, &state, sort),
        carried: carried(&address),
        count: if more { format!("More than {}", people(total)) } else { people(total) },
        headings: headings(&address, sort),
        columns,
        listing: listing(&call, rows, organization, &state, &filter).await?,
        pager,
        here,
        csv: csv(organization, &address),
        bar: bar(standing, &address, !projects.is_empty()),
        search: state.q,
    };
    Ok(flash::page(&call, 200, &view))
}

/// In an organization of more people than this a search is not counted beyond its page.
const LARGE: i64 = 10_000;

/// How many match, and whether they are more than are counted for a person. Without a filter the organization's own counters
/// know, and of a list that ends on its first page everybody is seen.
async fn count(
    call: &Call,
    o: &Organization,
    filter: &Filter,
    (seen, whole): (i64, bool),
) -> Result<(i64, bool), Problem> {
    Ok(match (filter.q.is_some(), whole) {
        (_, true) => (seen, false),
        (true, false) if everybody(o) > LARGE => (seen, true),
        (false, false) if !filter.is_about_places_or_logins() => match filter.status {
            None => (everybody(o), false),
            Some(status) => (with_status(o, status), false),
        },
        (_, false) => {
            let most = MOST_COUNTED + 1;
            let found = list::count_up_to(&mut call.app().db.search_reader(), o.id, filter, most).await?;
            (found.min(MOST_COUNTED), found > MOST_COUNTED)
        }
    })
}

fn everybody(o: &Organization) -> i64 {
    o.active_count + o.invited_count + o.suspended_count
}

fn with_status(o: &Organization, status: Status) -> i64 {
    match status {
        Status::Active => o.active_count,
        Status::Invited => o.invited_count,
        Status::Suspended => o.suspended_count,
    }
}

fn address(state: &State, filter: &Filter, sort: Sort) -> Address {
    let sort = if sort == Sort::default() { "" } else { sort.as_str() };
    Address::new("/users")
        .with("q", state.q.trim())
        .with("role", state.role.trim())
        .with("team", state.team.trim())
        .with("project", state.project.trim())
        .with("notSignedInDays", state.not_signed_in_days.trim())
        .with("status", filter.status.map_or("", Status::as_str))
        .with("sort", sort)
        .with("limit", state.limit.trim())
}

/// Whether some people are left out. Order and length of a page leave nobody out.
fn is_narrowed(address: &Address) -> bool {
    !address.with("sort", "").with("limit", "").pairs().is_empty()
}

/// What the search form sends along unseen: what it has no field for.
fn carried(address: &Address) -> Vec<(&'static str, String)> {
    address.pairs().into_iter().filter(|(name, _)| ["status", "limit"].contains(name)).collect()
}

fn tabs(o: &Organization, address: &Address, filter: &Filter) -> Tabs {
    // The counters know nothing of a search; numbers that do not fit it would mislead.
    let counted = !is_narrowed(&address.with("status", ""));
    let tab = |label: &str, status: Option<Status>| Tab {
        label: label.to_owned(),
        href: address.with("status", status.map_or("", Status::as_str)).href(),
        count: counted
            .then(|| status.map_or_else(|| everybody(o), |status| with_status(o, status)))
            .and_then(|count| u64::try_from(count).ok()),
        current: filter.status == status,
    };
    let words = &o.model.labels.status;
    let tabs = vec![
        tab("All", None),
        tab(&words.active, Some(Status::Active)),
        tab(&words.invited, Some(Status::Invited)),
        tab(&words.suspended, Some(Status::Suspended)),
    ];
    Tabs { label: "Status", tabs }
}

/// The address of the same list as a file: what narrows it and its order.
fn csv(organization: &Organization, address: &Address) -> String {
    let file = format!("/api/v1/organizations/{}/members.csv", organization.slug);
    let query = address.with("limit", "").pairs();
    query.into_iter().fold(Address::new(file), |file, (name, value)| file.with(name, value)).href()
}

fn filters(roles: &[Role], places: [Option<Select>; 2], state: &State, sort: Sort) -> Vec<Select> {
    let any = |label: &str, chosen: &str| Choice::new("", label).chosen(chosen.is_empty());
    let by_role = roles.iter().map(|role| {
        let d = &role.definition;
        Choice::new(&d.key, &d.label).chosen(state.role == d.key || state.role == role.id.to_string())
    });
    let by_role = std::iter::once(any("Any role", &state.role)).chain(by_role).collect();
    let mut filters = vec![Select::new("role", "Role", by_role)];
    filters.extend(places.into_iter().flatten());
    let days = state.not_signed_in_days.trim();
    if !days.is_empty() {
        // Shown where an address says so, so that nobody wonders who is missing.
        let idle = Choice::new(days, format!("Not for {days} days")).chosen(true);
        filters.push(Select::new("notSignedInDays", "Last login", vec![any("Any last login", days), idle]));
    }
    filters.push(orders(sort));
    filters
}

/// The filter by team or project, where there is one to choose.
fn place(
    name: &'static str,
    [label, any]: [&'static str; 2],
    known: &[(impl ToString, String)],
    chosen: &str,
) -> Option<Select> {
    let first = Choice::new("", any).chosen(chosen.is_empty());
    let option = |(id, name): &(_, String)| {
        let id = ToString::to_string(id);
        let is_chosen = id == chosen;
        Choice::new(id, name).chosen(is_chosen)
    };
    let options = std::iter::once(first).chain(known.iter().map(option)).collect();
    (!known.is_empty()).then(|| Select::new(name, label, options))
}

/// Every order of the list; three of them are in the table's headings, too.
fn orders(sort: Sort) -> Select {
    let words = [
        ("name", "By name"),
        ("-name", "By name, Z first"),
        ("email", "By e-mail"),
        ("-email", "By e-mail, Z first"),
        ("role", "By role"),
        ("-role", "By role, lowest first"),
        ("-lastLogin", "By last login"),
        ("lastLogin", "By last login, oldest first"),
        ("-createdAt", "Newest first"),
        ("createdAt", "Oldest first"),
    ];
    let option = |(key, label): (&str, &str)| {
        let value = if key == Sort::default().as_str() { "" } else { key };
        Choice::new(value, label).chosen(key == sort.as_str())
    };
    Select::new("sort", "Sort", words.into_iter().map(option).collect())
}

fn headings(address: &Address, sort: Sort) -> Headings {
    let heading = |label: &str, key: SortKey, class: &'static str| {
        // The latest login is what one looks for first; everything else begins at its beginning.
        let turned = if sort.key == key { !sort.descending } else { key == SortKey::LastLogin };
        let next = Sort { key, descending: turned };
        let shown = if next == Sort::default() { "" } else { next.as_str() };
        let direction = if sort.descending { Direction::Descending } else { Direction::Ascending };
        Heading {
            label: label.to_owned(),
            href: address.with("sort", shown).href(),
            class,
            direction: (sort.key == key).then_some(direction),
        }
    };
    Headings {
        name: heading("Name", SortKey::Name, "lead"),
        role: heading("Role", SortKey::Role, ""),
        last_login: heading("Last login", SortKey::LastLogin, "tail"),
    }
}

fn columns(organization: &Organization) -> Columns {
    let model = &organization.model;
    Columns {
        templates: model.shows(Shown::RoleTemplates),
        teams: model.shows(Shown::Teams),
        feature: model.features.first().map(|feature| feature.label.clone()),
    }
}

async fn listing(
    call: &Call,
    rows: Vec<Row>,
    o: &Organization,
    state: &State,
    filter: &Filter,
) -> Result<Listing, Problem> {
    let filtered = is_narrowed(&address(state, filter, Sort::default()));
    Ok(match (rows.is_empty(), filtered) {
        (true, _) => Listing::NothingFound { clear: "/users".to_owned(), near: near(call, o, filter).await? },
        (false, false) if everybody(o) == 1 => Listing::FirstRun,
        (false, _) => Listing::Rows(rows),
    })
}

/// Whom the search finds without the other filters: mostly somebody in another status.
async fn near(call: &Call, o: &Organization, filter: &Filter) -> Result<Vec<(String, String)>, Problem> {
    const ENOUGH: i64 = 3;
    if filter.q.is_none() || (filter.status.is_none() && !filter.is_about_places_or_logins()) {
        return Ok(Vec::new());
    }
    let alone = Filter { q: filter.q.clone(), ..Filter::default() };
    let asked = ListQuery { limit: ENOUGH, cursor: None, count: false };
    let found = list::page(call.app(), o.id, &alone, Sort::default(), &asked).await?;
    Ok(found.data.iter().map(|member| (member.name(), format!("/users/{}", member.id))).collect())
}

/// What the reader may do to several people at once.
fn bar(standing: &Standing, address: &Address, has_projects: bool) -> Bar {
    let model = &standing.organization.model;
    let fits = |verb: &Verb| match verb {
        Verb::AddToTeam => model.shows(Shown::Teams),
        Verb::AddToProject => has_projects,
        _ => true,
    };
    let verbs = &model.labels.verbs;
    let button = |verb: Verb| {
        let (label, icon) = match verb {
            Verb::SetRole => ("Change role", "shield"),
            Verb::AddToTeam => ("Add to team", "team"),
            Verb::AddToProject => ("Add to project", "stack"),
            Verb::Resend => ("Resend", "mail"),
            Verb::Suspend => (&*verbs.suspend, "pause"),
            Verb::Reactivate => (&*verbs.reactivate, "check"),
            Verb::Remove => (&*verbs.remove, "trash"),
        };
        Button { action: verb.as_str(), label: label.to_owned(), icon, grave: verb == Verb::Remove }
    };
    let may = |verb: &Verb| standing.allows(verb.needs()) && fits(verb);
    Bar {
        organization: standing.organization.id.to_string(),
        filter: address.with("sort", "").with("limit", "").pairs(),
        buttons: Verb::ALL.into_iter().filter(may).map(button).collect(),
    }
}

/// Why two in charge are better than one, for the only one.
async fn advice(call: &Call, standing: &Standing) -> Result<Option<Callout>, Problem> {
    let o = &standing.organization;
    let Some(top) = standing.roles.iter().find(|role| role.top) else { return Ok(None) };
    let alone = everybody(o) > 1
        && store::count_other_top(&mut call.app().db.reader(), o.id, standing.member, call.app().now())
            .await?
            == 0;
    let text = "If you leave, nobody can manage people or settings. Give a second person the role.";
    Ok(alone.then(|| Callout::new(Tone::Warn, format!("You are the only {}.", top.label), text)))
}
