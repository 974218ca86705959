//! Adding people to a team or project, several at once, and taking them out.

use serde::Deserialize;

use super::State;
use super::one::moves;
use crate::access_model::Area;
use crate::base::page::Page;
use crate::base::text::isolated;
use crate::base::{MemberId, Problem};
use crate::console::address::{Address, Turn};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::frame;
use crate::group::api::{find, find_member, searched};
use crate::group::view::{Candidate, Failure, PeoplePage};
use crate::group::{Group, Kind, commands};
use crate::http::{Answer, Call, ListQuery, flash, refused};
use crate::member::list::{self, Filter, Sort};
use crate::member::{Member, store};
use crate::op::Needs;
use crate::role;

/// So many are added by one form.
const MOST_AT_ONCE: usize = 200;

/// `GET /teams/{id}/people`.
pub async fn ask(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    page(&call, &group, call.query()?, Outcome::default()).await
}

/// What became of those who were chosen.
#[derive(Default)]
struct Outcome {
    status: u16,
    said: Option<Callout>,
    failures: Vec<Failure>,
    /// Who stays chosen.
    chosen: Vec<MemberId>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    q: String,
    member: Vec<String>,
}

fn is_in(group: &Group, member: &Member) -> bool {
    match group.id {
        crate::group::GroupId::Team(id) => member.teams.contains(&id),
        crate::group::GroupId::Project(id) => member.projects.contains(&id),
    }
}

async fn page(call: &Call, group: &Group, state: State, outcome: Outcome) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = standing.organization.id;
    let filter = Filter { q: searched(Some(state.q.clone()))?, ..Filter::default() };
    let asked = ListQuery { count: false, ..call.list()? };
    // Whom one may add by name is whom one may see.
    let sees_people = standing.allows(Needs(Area::Users, "view"));
    let found = match sees_people {
        true => list::page(call.app(), organization, &filter, Sort::default(), &asked).await?,
        false => Page { data: Vec::new(), next_cursor: None, total: None },
    };
    let unseen = (!sees_people).then(|| {
        let text =
            "People are shown to those only who may see them. Somebody who manages users can give you that.";
        Callout::new(Tone::Plain, "You may not see whom there is to add.", text)
    });
    let roles = role::store::list(&mut call.app().db.reader(), organization).await?;
    let people: Vec<Candidate> = found
        .data
        .iter()
        .map(|member| {
            let locked = match (is_in(group, member), moves(standing, member, &roles)) {
                (true, _) => Some("In it already"),
                (false, true) => None,
                (false, false) if member.id == standing.member => {
                    Some("You can't add yourself. Ask another administrator.")
                }
                (false, false) => Some("Their role is beyond what yours may manage."),
            };
            Candidate {
                id: member.id.to_string(),
                name: member.name(),
                email: member.email.clone(),
                chosen: outcome.chosen.contains(&member.id) && locked.is_none(),
                locked: locked.map(str::to_owned),
            }
        })
        .collect();
    let turn = Turn { cursor: asked.cursor, back: state.back };
    let href = group.path();
    let address = Address::new(format!("{href}/people")).with("q", state.q.trim());
    let view = PeoplePage {
        frame: frame::of(call, group.id.kind().place()).await?,
        kind: group.id.kind(),
        name: group.name.clone(),
        search: state.q.trim().to_owned(),
        outcome: outcome.said.or(unseen),
        failures: outcome.failures,
        pager: address.pager(format!("{} shown", people.len()), &turn, found.next_cursor),
        people,
        href,
    };
    Ok(flash::page(call, if outcome.status == 0 { 200 } else { outcome.status }, &view))
}

/// `POST /teams/{id}/people`: each is judged and added on their own.
pub async fn add(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let group = find(&call, kind).await?;
    let chosen: Chosen = call.form()?;
    let state = State { q: chosen.q, ..State::default() };
    let ids: Vec<MemberId> = chosen.member.iter().filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        let text = match ids.is_empty() {
            true => "Tick the people to add.".to_owned(),
            false => format!("Add up to {MOST_AT_ONCE} people at once."),
        };
        let said = Some(Callout::new(Tone::Bad, "Nobody was added.", text));
        return page(&call, &group, state, Outcome { status: 422, said, ..Outcome::default() }).await;
    }
    let organization = call.standing()?.organization.id;
    let (mut added, mut failures, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        match commands::add(&call.caller, group.id, id).await {
            Ok(member) => added.push(member.name()),
            Err(error) => {
                let problem = Problem::from(error);
                let found = store::find(&mut call.app().db.reader(), organization, id).await?;
                let name = found.map_or_else(|| "Somebody who is gone".to_owned(), |member| member.name());
                failures.push(Failure { name, why: problem.detail });
                left.push(id);
            }
        }
    }
    let told = match added.as_slice() {
        [] => "Nobody was added".to_owned(),
        [one] => format!("{} is in {} now", isolated(one), isolated(&group.name)),
        several => format!("{} people are in {} now", several.len(), isolated(&group.name)),
    };
    if failures.is_empty() {
        return Ok(flash::redirect(&call, &group.path(), &format!("{told}.")));
    }
    let text = match failures.len() {
        1 => "1 person was not added; the reason stands below.".to_owned(),
        several => format!("{several} people were not added; the reasons stand below."),
    };
    let said = Some(Callout::new(Tone::Warn, format!("{told}."), text));
    page(&call, &group, state, Outcome { status: 200, said, failures, chosen: left }).await
}

/// `POST /teams/{id}/people/{member}/take-out`. It can be undone, so nothing is asked first.
pub async fn take_out(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let (group, member) = (find(&call, kind).await?, find_member(&call).await?);
    match commands::take_out(&call.caller, group.id, member).await {
        Ok(member) => {
            let (who, what) = (isolated(&member.name()), isolated(&group.name));
            let sentence = format!("{who} is out of {what}. You can add them again under Add people.");
            Ok(flash::redirect(&call, &back(&call, &group)?, &sentence))
        }
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = PanelPage::new(frame::of(&call, kind.place()).await?, "Not taken out", "");
            page.lead = Some(problem.detail.clone());
            page.back = group.path();
            page.cancel = "Back";
            Ok(refused(&problem, &page))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

/// The page of the group that one came from, search and all; else its first one.
fn back(call: &Call, group: &Group) -> Result<String, Problem> {
    let said = call.query::<Back>()?.back;
    let own = said.split('?').next() == Some(group.path().as_str());
    Ok(if own { said } else { group.path() })
}
