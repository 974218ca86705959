//! The frame, from the session's organization and its account.

use crate::access_model::Area;
use crate::account::membership::{self, Membership};
use crate::base::Problem;
use crate::console::layout::{Entry, Frame, Person, Place, Workspace};
use crate::console::seats::SeatMeter;
use crate::console::time::Reader;
use crate::http::{Call, flash};
use crate::op::{Needs, OpError, Standing, StandingRole};
use crate::seat;

/// The frame of a page inside the session's organization.
pub async fn of(call: &Call, here: impl Into<Option<Place>>) -> Result<Frame, Problem> {
    let standing = call.standing()?;
    let signed = call.caller.signed().ok_or(OpError::Unauthenticated)?;
    let organization = &standing.organization;
    let (q, now) = (&mut call.app().db.reader(), call.app().now());
    let others = membership::others(q, signed.account, organization.id, now).await?;
    // Who has no name is called by their address.
    let name = if signed.name == signed.email { String::new() } else { signed.name.clone() };
    Ok(Frame {
        organization: Workspace {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            roles: labels(&standing.roles),
        },
        others: others.iter().map(workspace).collect(),
        person: Person { name, email: signed.email.clone() },
        places: places(call, standing).await?,
        here: here.into(),
        toast: flash::toast(call),
        labels: organization.model.labels.clone(),
    })
}

/// An organization that somebody belongs to.
pub fn workspace(place: &Membership) -> Workspace {
    Workspace { id: place.organization.to_string(), name: place.name.clone(), roles: labels(&place.roles) }
}

fn labels(roles: &[StandingRole]) -> String {
    roles.iter().map(|role| role.label.as_str()).collect::<Vec<_>>().join(", ")
}

async fn places(call: &Call, standing: &Standing) -> Result<Vec<Entry>, Problem> {
    let may_see = |area| standing.allows(Needs(area, "view"));
    let mut places = Vec::new();
    if may_see(Area::Users) {
        let o = &standing.organization;
        let people = number(o.active_count + o.suspended_count + o.invited_count);
        let expired = match o.invited_count {
            0 => 0,
            _ => seat::count_expired(&mut call.app().db.reader(), o.id, call.app().now()).await?,
        };
        let pending = Some(number(o.invited_count - expired)).filter(|count| *count > 0);
        places.extend([(Place::Users, Some(people)), (Place::Invitations, pending)]);
    }
    let records = [
        (Area::Teams, Place::Teams),
        (Area::Projects, Place::Projects),
        (Area::Roles, Place::Roles),
        (Area::Resources, Place::Resources),
        (Area::Users, Place::AccessCheck),
        (Area::Users, Place::Reviews),
        (Area::Sessions, Place::Sessions),
        (Area::LoginAttempts, Place::LoginAttempts),
        (Area::Audit, Place::Audit),
    ];
    places.extend(records.into_iter().filter(|(area, _)| may_see(*area)).map(|(_, place)| (place, None)));
    Ok(places)
}

/// A count for display; counts are never negative.
fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// How the signed-in person reads instants: now, and in their own time zone where they chose one.
pub fn reader(call: &Call) -> Result<Reader, Problem> {
    let signed = call.caller.signed().ok_or(OpError::Unauthenticated)?;
    let zone = jiff::tz::TimeZone::get(&signed.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(Reader { now: call.app().now(), zone })
}

/// The seat meter of the session's organization.
pub async fn seats(call: &Call) -> Result<SeatMeter, Problem> {
    let organization = &call.standing()?.organization;
    let app = call.app();
    let seats = seat::count(&mut app.db.reader(), organization, app.now()).await?;
    let expired = if organization.expired_holds_seat {
        seat::count_expired(&mut app.db.reader(), organization.id, app.now()).await?
    } else {
        0
    };
    Ok(SeatMeter {
        limit: seats.limit.map(number),
        active: number(seats.active),
        invited: number(seats.invited - expired),
        suspended: number(seats.suspended),
        expired: number(expired),
        upgrade: organization.upgrade_url.clone(),
        labels: organization.model.labels.clone(),
    })
}
