//! `/users/{id}/past`: what one user could do on another day (ACC-11).

use serde::Deserialize;

use super::{find, head, roles};
use crate::access_model::Area;
use crate::audit::list::Filter;
use crate::base::{Problem, Timestamp};
use crate::console::address::Address;
use crate::console::layout::Place;
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::member::pages::status;
use crate::op::Needs;
use crate::past::Then;
use crate::past::api::unknown;
use crate::past::read::{self, Found};
use crate::role::view::badge;
use crate::trail::pages::Teller;
use crate::trail::view::Timeline;
use crate::user_console::permissions::Table;
use crate::user_console::view::{PastPage, ThenView};
use crate::{audit, member};

/// So many changes of a day are shown; the audit trail has them all.
const SHOWN: i64 = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    at: String,
}

/// The page; without a day the form alone.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let (found, roles) = (find(&call).await?, roles(&call).await?);
    let standing = call.standing()?;
    let (organization, state) = (standing.organization.id, call.query::<State>()?);
    let reader = frame::reader(&call)?;
    let now = call.app().now();
    let day = state.at.trim().parse::<jiff::civil::Date>().ok();
    let begins = day.and_then(|day| reader.beginning(day)).filter(|begins| *begins <= now);
    let ends = day.and_then(|day| reader.beginning(day.tomorrow().ok()?)).map(|next| next.plus(-1).min(now));
    let asked = begins.zip(ends);
    let mut view = PastPage {
        frame: frame::of(&call, Place::Users).await?,
        head: head(&call, &found, &roles, "/past")?,
        zone: reader.zone_name().to_owned(),
        today: reader.date(now).to_string(),
        problem: (asked.is_none() && !state.at.trim().is_empty())
            .then(|| "Choose a day that has begun, such as yesterday.".to_owned()),
        day: state.at.trim().to_owned(),
        told: String::new(),
        then: None,
        unknown: None,
        trail: None,
        timeline: Timeline::default(),
    };
    let Some((begins, ends)) = asked else { return Ok(flash::page(&call, 200, &view)) };
    view.told = match ends == now {
        true => "now".to_owned(),
        false => format!("at the end of {}", reader.on_the_day(ends).words),
    };
    match read::find(&mut call.app().db.long_reader(), organization, found.id, ends).await? {
        Found::Then(then) => view.then = Some(shown(&call, &then)?),
        Found::Unknown => view.unknown = Some(unknown().detail),
        Found::NotThen | Found::Nobody => {}
    }
    if standing.allows(Needs(Area::Audit, "view")) {
        let on_them = Address::new("/audit").with("target", found.id.to_string());
        let the_day = on_them.with("from", view.day.clone()).with("to", view.day.clone());
        view.trail = Some(the_day.href());
        view.timeline = changes(&call, &found, begins, ends).await?;
    }
    Ok(flash::page(&call, 200, &view))
}

async fn changes(
    call: &Call,
    member: &member::Member,
    from: Timestamp,
    to: Timestamp,
) -> Result<Timeline, Problem> {
    let organization = call.standing()?.organization.id;
    let target = Some(member.id.to_string());
    let filter = Filter { target, from: Some(from), to: Some(to.plus(1)), ..Filter::default() };
    let start = audit::list::Place::START;
    let found = audit::list::list(&mut call.app().db.reader(), organization, &filter, start, SHOWN).await?;
    let teller = Teller::new(call, frame::reader(call)?).await?;
    Ok(Timeline { events: found.events.iter().map(|record| teller.row(record)).collect() })
}

fn shown(call: &Call, then: &Then) -> Result<ThenView, Problem> {
    let organization = &call.standing()?.organization;
    let (model, held) = (&then.past.model, then.roles());
    let keys = || held.iter().map(|role| role.definition.key.as_str());
    let on = |feature| then.held.features.is_on(feature, keys());
    let names = |names: Vec<String>| (!names.is_empty()).then(|| names.join(", "));
    let matrix = then.explained(|explained| {
        let table = Table { model, roles: &then.past.roles, explained, name: then.past.name.clone() };
        table.shown()
    });
    Ok(ThenView {
        status: status(organization, then.held.status),
        roles: held.iter().map(|role| badge(role, &then.past.roles)).collect(),
        template: then.template().map(|(_, name)| name.to_owned()),
        features: model.features.iter().map(|feature| (feature.label.clone(), on(feature))).collect(),
        teams: names(then.held.teams.iter().map(|id| then.place(id)).collect()),
        projects: names(then.held.projects.iter().map(|id| then.place(id)).collect()),
        matrix,
    })
}
