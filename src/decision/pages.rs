//! The access check in the console: why somebody can or can't, what would allow it, and who can (ACC-8, ACC-9).

mod who;

use serde::Deserialize;

use super::ask::Object;
use super::explain::{self, Explanation, Offered, Said};
use super::explain_api::object;
use super::list;
use super::store::SubjectId;
use super::view::{AccessPage, AnswerView, LinkView, PartView, RemedyView};
use crate::access::{Change, Outcome, Step};
use crate::access_model::{AccessModel, Area};
use crate::base::text::{cut, isolated};
use crate::base::{MemberId, Problem};
use crate::console::address::Address;
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::matrix::title;
use crate::console::notice::{Callout, Tone};
use crate::frame;
use crate::http::{Answer, Call, Guard, ListQuery, Route, flash, get};
use crate::member::list::{self as members, Filter, Sort};
use crate::member::{Member, store};
use crate::op::{Needs, Standing};

/// The routes of these pages.
pub fn routes() -> Vec<Route> {
    vec![get("/access", check).guard(Guard::Member), get("/access/who", who::show).needs(Area::Users, "view")]
}

/// A question in an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    who: String,
    action: String,
    resource: String,
    back: String,
}

/// Stands behind a category that is asked about as a whole.
const WHOLE: &str = " (everything)";

/// How many people are offered to choose from.
const OFFERED: i64 = 100;

async fn check(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let query: Query = call.query()?;
    let all = standing.allows(Needs(Area::Users, "view"));
    let found = if all { find(&call, &query).await? } else { Found::One(standing.member) };
    let asked = object(&query.resource).filter(|_| !query.action.is_empty());
    let mut view = AccessPage {
        frame: frame::of(&call, Place::AccessCheck).await?,
        own_only: !all,
        who: query.who.trim().to_owned(),
        who_error: match found {
            Found::Nobody => Some(nobody(&query)),
            Found::NotAsked if asked.is_some() => Some("Name the person you ask about.".to_owned()),
            _ => None,
        },
        people: if all { people(&call).await? } else { Vec::new() },
        action: actions(&standing.organization.model, &query),
        resource: resources(&call, &query, all).await?,
        problem: None,
        matches: Vec::new(),
        answer: None,
    };
    match (found, asked) {
        (Found::One(id), Some(object)) => {
            let explanation = answer(&call, id, (&query.action, &object), all).await?;
            match explanation {
                Some((member, explanation)) => {
                    if all {
                        view.who = member.email.clone();
                    }
                    view.answer = Some(shown(standing, &member, (&query, &explanation)));
                }
                None => view.who_error = Some(nobody(&query)),
            }
        }
        (Found::One(id), None) if all => {
            let member = store::find(&mut call.app().db.reader(), standing.organization.id, id).await?;
            view.who = member.map_or(view.who, |member| member.email);
        }
        (Found::Several(people), _) => {
            let same =
                Address::new("/access").with("action", &*query.action).with("resource", &*query.resource);
            let link = |m: &Member| (m.name(), m.email.clone(), same.with("who", m.id.to_string()).href());
            view.matches = people.iter().map(link).collect();
            let text = "Choose one of them, or type the e-mail address.";
            view.problem = Some(Callout::new(Tone::Plain, "Several people fit what you typed.", text));
        }
        _ => {}
    }
    Ok(flash::page(&call, 200, &view))
}

fn nobody(query: &Query) -> String {
    let typed = isolated(cut(query.who.trim(), 80));
    format!("Nobody here fits “{typed}”. Type a part of the name, or the whole e-mail address.")
}

/// Whom the typed text means.
enum Found {
    NotAsked,
    Nobody,
    One(MemberId),
    Several(Vec<Member>),
}

async fn find(call: &Call, query: &Query) -> Result<Found, Problem> {
    let organization = call.standing()?.organization.id;
    let typed = query.who.trim();
    if typed.is_empty() {
        return Ok(Found::NotAsked);
    }
    if typed.contains('\0') || typed.chars().count() > 200 {
        return Ok(Found::Nobody);
    }
    if let Ok(id) = typed.parse::<MemberId>() {
        return Ok(Found::One(id));
    }
    let key = typed.to_ascii_lowercase();
    if let Some(member) = store::find_by_email(&mut call.app().db.reader(), organization, &key).await? {
        return Ok(Found::One(member.id));
    }
    let filter = Filter { q: Some(typed.to_owned()), ..Filter::default() };
    let asked = ListQuery { limit: 10, cursor: None, count: false };
    let mut page = members::page(call.app(), organization, &filter, Sort::default(), &asked).await?;
    Ok(match page.data.len() {
        0 => Found::Nobody,
        1 => Found::One(page.data.remove(0).id),
        _ => Found::Several(page.data),
    })
}

async fn people(call: &Call) -> Result<Vec<(String, String)>, Problem> {
    let organization = call.standing()?.organization.id;
    let asked = ListQuery { limit: OFFERED, cursor: None, count: false };
    let page = members::page(call.app(), organization, &Filter::default(), Sort::default(), &asked).await?;
    Ok(page.data.into_iter().map(|member| (member.email.clone(), member.name())).collect())
}

/// The fields of a question about somebody whom another page knows.
pub async fn question(call: &Call) -> Result<(Select, Select), Problem> {
    let (standing, query) = (call.standing()?, Query::default());
    let action = Select { id: "why-action", ..actions(&standing.organization.model, &query) };
    Ok((action, Select { id: "why-resource", ..resources(call, &query, true).await? }))
}

/// Every action, in reading order; what the address asks about stays chosen, known or not.
fn actions(model: &AccessModel, query: &Query) -> Select {
    let chosen = &*query.action;
    let option = |key: &str| Choice::new(key, title(key)).chosen(key == chosen);
    let mut options: Vec<Choice> = model.actions().into_iter().map(option).collect();
    let known = options.iter().any(|option| option.chosen);
    if !chosen.is_empty() && !known {
        options.push(Choice::new(chosen, isolated(cut(chosen, 80))).chosen(true));
    }
    let mut select = Select::new("action", "Action", options);
    select.error = match (chosen.is_empty(), known) {
        (true, _) => (!query.resource.is_empty()).then_some("Choose an action."),
        (false, known) => (!known).then_some("No area here knows this action."),
    }
    .map(str::to_owned);
    select
}

/// Whole categories, then the first resources by type. Names of resources are for those who may view users or resources.
async fn resources(call: &Call, query: &Query, all: bool) -> Result<Select, Problem> {
    let chosen = &*query.resource;
    let standing = call.standing()?;
    let model = &standing.organization.model;
    let whole = |key: &str| format!("category:{key}");
    let mut options: Vec<Choice> = model
        .categories
        .iter()
        .map(|c| Choice::new(whole(&c.key), format!("{}{WHOLE}", c.label)).chosen(whole(&c.key) == chosen))
        .collect();
    if all || standing.allows(Needs(Area::Resources, "view")) {
        let things = list::choices(&mut call.app().db.reader(), standing.organization.id).await?;
        options.extend(things.into_iter().map(|(kind, id, name)| {
            let value = format!("{kind}:{id}");
            Choice::new(&value, format!("{name} ({kind})")).chosen(value == chosen)
        }));
    }
    // What the address asks about stays chosen, listed or not.
    if !chosen.is_empty() && !options.iter().any(|option| option.chosen) {
        options.push(Choice::new(chosen, isolated(cut(chosen, 80))).chosen(true));
    }
    let mut select = Select::new("resource", "Resource", options);
    if object(chosen).is_none() && !(chosen.is_empty() && query.action.is_empty()) {
        select.error = Some("Nothing here goes by this name. Choose an area or a resource.".to_owned());
    }
    Ok(select)
}

async fn answer(
    call: &Call,
    id: MemberId,
    (action, object): (&str, &Object),
    all: bool,
) -> Result<Option<(Member, Explanation)>, Problem> {
    let standing = call.standing()?;
    let mut reader = call.app().db.reader();
    let found =
        explain::read_with_member(&mut reader, standing, (SubjectId::Member(id), call.app().now()), object)
            .await?;
    Ok(found.map(|(member, facts)| (member, facts.explain(standing, action, all))))
}

fn shown(standing: &Standing, member: &Member, (query, e): (&Query, &Explanation)) -> AnswerView {
    let own = member.id == standing.member;
    let (who, can) = match (own, e.decision) {
        (true, true) => ("You".to_owned(), "can"),
        (true, false) => ("You".to_owned(), "can’t"),
        (false, true) => (isolated(&member.name()), "can"),
        (false, false) => (isolated(&member.name()), "can’t"),
    };
    let answer = if e.decision { "Yes" } else { "No" };
    let verdict = format!("{answer}. {who} {can} {} {}.", query.action, isolated(&e.object));
    let all = standing.allows(Needs(Area::Users, "view"));
    let asked = Address::new("/access/who").with("action", &*query.action).with("resource", &*query.resource);
    let parts = parts(e);
    AnswerView {
        allowed: e.decision,
        summary: summary(&parts, e),
        text: text(&verdict, e),
        verdict,
        parts,
        remedies: e.remedies.iter().map(|offered| remedy(standing, member, query, offered)).collect(),
        no_remedy: match (all, e.known) {
            (false, _) => "Ask whoever manages users here: they can look into it and change it.",
            (true, false) => "Nothing here goes by this name. Register the resource, or choose another one.",
            (true, true) => "No change of access would: the access model does not know this action here.",
        },
        revision: e.revision,
        who_can: all.then(|| asked.href()),
        about: match (own, all) {
            (true, _) => None,
            (false, _) => Some((format!("Open {who}"), format!("/users/{}", member.id))),
        },
    }
}

fn summary(parts: &[PartView], e: &Explanation) -> String {
    if e.decision {
        return "Every link of the chain holds.".to_owned();
    }
    let words = ["they are not let in", "nothing gives the permission", "nothing lets them reach it"];
    let missing: Vec<&str> =
        parts.iter().zip(words).filter(|(part, _)| !part.good).map(|(_, words)| words).collect();
    match missing[..] {
        [one] => format!("One link is missing: {one}."),
        [first, last] => format!("Two links are missing: {first}, and {last}. Both are needed."),
        _ => format!("Three links are missing: {}. All of them are needed.", missing.join(", ")),
    }
}

/// The chain as three questions, in the order in which a person would ask them.
fn parts(e: &Explanation) -> Vec<PartView> {
    let said =
        |steps: &[Step]| -> Vec<&Said> { e.steps.iter().filter(|said| steps.contains(&said.step)).collect() };
    let (way_in, may, reach) = (
        said(&[Step::Status]),
        said(&[Step::Role, Step::Template, Step::Direct, Step::Feature]),
        said(&[Step::Team, Step::Project, Step::Visibility]),
    );
    let holds = |said: &[&Said]| said.iter().all(|said| said.outcome != Outcome::Fail);
    let given = may[..3].iter().any(|said| said.outcome == Outcome::Pass);
    let reach_asked = reach.iter().any(|said| said.outcome != Outcome::NotNeeded);
    let part = |title, good, answer, said: &[&Said]| PartView {
        title,
        good,
        answer,
        links: said.iter().map(|said| link(said, given)).collect(),
    };
    let yes = |good: bool| if good { "Yes" } else { "No" };
    let mut parts = vec![
        part("1. Is the account allowed in?", holds(&way_in), yes(holds(&way_in)), &way_in),
        part(
            "2. May they do it?",
            holds(&may),
            match (given, holds(&may)) {
                (true, true) => "Yes",
                (true, false) => "No, a feature is off",
                _ => "No, nothing gives it",
            },
            &may,
        ),
    ];
    if reach_asked {
        parts.push(part("3. Can they reach this resource?", holds(&reach), yes(holds(&reach)), &reach));
    }
    parts
}

/// A source that does not give is no missing link where any other could give as well: only the last one stops.
fn link(said: &Said, given: bool) -> LinkView {
    let (state, icon) = match (said.outcome, said.step) {
        (Outcome::Pass, _) => ("pass", "check"),
        (Outcome::Fail, Step::Role | Step::Template) => ("miss", "minus"),
        (Outcome::Fail, _) => ("stop", "x"),
        (Outcome::NotNeeded, _) => ("miss", "minus"),
    };
    let label = match said.step {
        Step::Status => "Status",
        Step::Role => "Role",
        Step::Template => "Role template",
        Step::Direct => "Direct permission",
        Step::Feature => "Feature",
        Step::Team => "Team",
        Step::Project => "Project",
        Step::Visibility => "Visibility",
    };
    let outcome = match (said.outcome, said.step) {
        (Outcome::Pass, Step::Role | Step::Template | Step::Direct) => "Gives it",
        (Outcome::Pass, Step::Team | Step::Project) => "Reaches it",
        (Outcome::Pass, _) => "Passes",
        (Outcome::NotNeeded, _) => "Not needed",
        (Outcome::Fail, Step::Role | Step::Template) if !given => "Does not give it",
        (Outcome::Fail, Step::Visibility) => "Blocks",
        (Outcome::Fail, _) => "Missing",
    };
    LinkView { state, icon, label, outcome, detail: said.detail.clone() }
}

fn text(verdict: &str, e: &Explanation) -> String {
    let mut text = format!("{verdict}\n");
    for said in &e.steps {
        text += &format!("{}: {} – {}\n", said.step.as_str(), said.outcome.as_str(), said.detail);
    }
    for offered in &e.remedies {
        text += &format!("To allow it: {} {}\n", offered.change, offered.by);
    }
    text + &format!("Revision {}", e.revision)
}

/// Where the reader makes the first change, where they may edit such a thing at all; the command judges for good.
fn remedy(standing: &Standing, member: &Member, query: &Query, offered: &Offered) -> RemedyView {
    let user = format!("/users/{}", member.id);
    let may = |area| standing.allows(Needs(area, "edit"));
    let own = standing.member == member.id;
    let way = match offered.parts.first().map(|(change, _)| change) {
        _ if own => None,
        Some(Change::Accept) => Some(("Open", user)),
        Some(Change::Share(_)) if may(Area::Resources) => {
            let (kind, id) = query.resource.split_once(':').unwrap_or_default();
            Some(("Find it", Address::new("/resources").with("type", kind).with("q", id).href()))
        }
        Some(Change::Share(_)) => None,
        Some(_) if may(Area::Users) => {
            let back = Address::new(user.clone()).href();
            Some(("Change", Address::new(format!("{user}/edit")).with("back", back).href()))
        }
        _ => None,
    };
    RemedyView { change: offered.change.clone(), by: offered.by.clone(), way }
}
