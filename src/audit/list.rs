//! The list of audit events, newest first: by time, or narrowed by actor, action or target, each along an index of its own.
//!
//! What an index can't narrow (a second filter, a text) is looked for among a bounded number of events for each page, so
//! that no filter costs more than another, however long the trail is.

use onesql::{Error, Query, params};
use serde::{Deserialize, Serialize};

use super::chain::Record;
use crate::base::page::{MOST_COUNTED, MOST_SEARCHED};
use crate::base::{OrganizationId, Timestamp};

macro_rules! columns {
    () => {
        "organization_id, seq, id, at, actor_type, actor_id, actor_name, action,
    target_type, target_id, target_name, changes, outcome, ip, user_agent, request_id, hash"
    };
}

macro_rules! within {
    ($key:literal) => {
        concat!(
            " FROM audit_events WHERE organization_id = $1 AND (at, seq) < ($2, $3) AND (at, seq) >= ($4, $5)",
            $key
        )
    };
}

macro_rules! matching {
    ($key:literal) => {
        concat!(
            within!($key),
            " AND ($7 IS NULL OR actor_id = $7) AND ($8 IS NULL OR action = $8) AND ($9 IS NULL OR target_id = $9)
    AND ($10 IS NULL OR LOWER(actor_name) LIKE $10 ESCAPE '\\' OR LOWER(target_name) LIKE $10 ESCAPE '\\'
      OR action LIKE $10 ESCAPE '\\')"
        )
    };
}

macro_rules! list {
    ($key:literal) => {
        concat!("SELECT ", columns!(), matching!($key), " ORDER BY at DESC, seq DESC LIMIT $6")
    };
}

macro_rules! count {
    ($key:literal) => {
        concat!("SELECT COUNT(*) FROM (SELECT 1", matching!($key), " LIMIT $6) AS counted")
    };
}

macro_rules! floor {
    ($key:literal) => {
        concat!("SELECT at, seq", within!($key), " ORDER BY at DESC, seq DESC LIMIT 1 OFFSET $6")
    };
}

const LIST: &str = list!("");
const LIST_BY_ACTOR: &str = list!(" AND actor_id = $11");
const LIST_BY_ACTION: &str = list!(" AND action = $11");
const LIST_BY_TARGET: &str = list!(" AND target_id = $11");
const COUNT: &str = count!("");
const COUNT_BY_ACTOR: &str = count!(" AND actor_id = $11");
const COUNT_BY_ACTION: &str = count!(" AND action = $11");
const COUNT_BY_TARGET: &str = count!(" AND target_id = $11");
const FLOOR: &str = floor!("");
const FLOOR_BY_ACTOR: &str = floor!(" AND actor_id = $7");
const FLOOR_BY_ACTION: &str = floor!(" AND action = $7");
const FLOOR_BY_TARGET: &str = floor!(" AND target_id = $7");

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    LIST,
    LIST_BY_ACTOR,
    LIST_BY_ACTION,
    LIST_BY_TARGET,
    COUNT,
    COUNT_BY_ACTOR,
    COUNT_BY_ACTION,
    COUNT_BY_TARGET,
    FLOOR,
    FLOOR_BY_ACTOR,
    FLOOR_BY_ACTION,
    FLOOR_BY_TARGET,
];

/// What a list of events is narrowed to.
#[derive(Default, Clone, Debug)]
pub struct Filter {
    /// The actor's id.
    pub actor: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// The target's id.
    pub target: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Part of the actor's or target's name, or of the action.
    pub q: Option<String>,
    /// The id of the actor or the target.
    pub party: Option<String>,
}

/// The place of an event in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// When it was, in microseconds.
    at: i64,
    seq: i64,
}

impl Place {
    /// Before the newest.
    pub const START: Self = Self { at: i64::MAX, seq: i64::MAX };

    /// The first instant that it stands for.
    pub fn at(self) -> Timestamp {
        Timestamp(self.at)
    }
}

impl From<&Record> for Place {
    fn from(record: &Record) -> Self {
        Self { at: record.at.0, seq: record.seq }
    }
}

/// What was found, and how far back was looked.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, newest first.
    pub events: Vec<Record>,
    /// Where the search stopped although more may follow; `None` where it came to the end, or found as many as asked for.
    pub further: Option<Place>,
}

/// Along which index a list is read.
#[derive(Clone, Copy)]
enum Way<'a> {
    Time,
    Actor(&'a str),
    Action(&'a str),
    Target(&'a str),
}

/// From where to where: before `upper`, not before `lower`.
#[derive(Clone, Copy)]
struct Range {
    upper: Place,
    lower: Place,
}

impl Filter {
    fn pattern(&self) -> Option<String> {
        self.q.as_deref().map(|q| onesql::like_contains(&q.to_lowercase()))
    }

    /// The ways that lead to every match: one, or two where somebody may be either actor or target.
    fn ways(&self) -> Vec<Way<'_>> {
        match (&self.party, &self.target, &self.actor, &self.action) {
            (Some(party), ..) => vec![Way::Actor(party), Way::Target(party)],
            (None, Some(target), ..) => vec![Way::Target(target)],
            (None, None, Some(actor), _) => vec![Way::Actor(actor)],
            (None, None, None, Some(action)) => vec![Way::Action(action)],
            (None, None, None, None) => vec![Way::Time],
        }
    }

    /// Whether the way leads to matches only.
    fn is_exact(&self, way: Way<'_>) -> bool {
        let rest = |actor: bool, action: bool, target: bool| {
            (actor && self.actor.is_some())
                || (action && self.action.is_some())
                || (target && self.target.is_some())
        };
        let more = match (way, self.party.is_some()) {
            (_, true) => rest(true, true, true),
            (Way::Time, _) => false,
            (Way::Actor(_), _) => rest(false, true, true),
            (Way::Action(_), _) => rest(true, false, true),
            (Way::Target(_), _) => rest(true, true, false),
        };
        !more && self.q.is_none()
    }

    fn range(&self, before: Place) -> Range {
        let to = self.to.map_or(Place::START, |to| Place { at: to.0, seq: 0 });
        Range {
            upper: before.min(to),
            lower: Place { at: self.from.map_or(i64::MIN, |from| from.0), seq: 0 },
        }
    }
}

/// Events of an organization, newest first, those before a place.
pub async fn list(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    before: Place,
    limit: i64,
) -> Result<Found, Error> {
    let (mut range, ways) = (filter.range(before), filter.ways());
    let mut further = None;
    for way in &ways {
        if !filter.is_exact(*way) {
            further = further.max(floor(q, organization, *way, range, MOST_SEARCHED).await?);
        }
    }
    range.lower = range.lower.max(further.unwrap_or(range.lower));
    let mut events = Vec::new();
    for way in &ways {
        events.extend(along(q, organization, filter, (*way, range), limit).await?);
    }
    if ways.len() > 1 {
        // Whoever did something to themselves was met on both ways.
        events.sort_by_key(|record| std::cmp::Reverse(Place::from(record)));
        events.dedup_by_key(|record| record.seq);
        events.truncate(limit as usize);
    }
    let full = events.len() as i64 >= limit;
    Ok(Found { events, further: further.filter(|_| !full) })
}

/// Where a search that looks at so many events stops; `None` where there are not so many.
async fn floor(
    q: &mut impl Query,
    organization: OrganizationId,
    way: Way<'_>,
    Range { upper, lower }: Range,
    skipped: i64,
) -> Result<Option<Place>, Error> {
    macro_rules! run {
        ($sql:expr $(, $key:expr)?) => {
            q.optional(
                $sql,
                params![organization, upper.at, upper.seq, lower.at, lower.seq, skipped $(, $key)?],
            )
            .await?
        };
    }
    let found: Option<(i64, i64)> = match way {
        Way::Time => run!(FLOOR),
        Way::Actor(id) => run!(FLOOR_BY_ACTOR, id),
        Way::Action(name) => run!(FLOOR_BY_ACTION, name),
        Way::Target(id) => run!(FLOOR_BY_TARGET, id),
    };
    Ok(found.map(|(at, seq)| Place { at, seq }))
}

macro_rules! matching {
    ($organization:expr, $filter:expr, $range:expr, $limit:expr $(, $key:expr)?) => {
        params![
            $organization,
            $range.upper.at,
            $range.upper.seq,
            $range.lower.at,
            $range.lower.seq,
            $limit,
            $filter.actor,
            $filter.action,
            $filter.target,
            $filter.pattern()
            $(, $key)?
        ]
    };
}

async fn along(
    q: &mut impl Query,
    organization: OrganizationId,
    f: &Filter,
    (way, range): (Way<'_>, Range),
    limit: i64,
) -> Result<Vec<Record>, Error> {
    match way {
        Way::Time => q.all(LIST, matching!(organization, f, range, limit)).await,
        Way::Actor(id) => q.all(LIST_BY_ACTOR, matching!(organization, f, range, limit, id)).await,
        Way::Action(name) => q.all(LIST_BY_ACTION, matching!(organization, f, range, limit, name)).await,
        Way::Target(id) => q.all(LIST_BY_TARGET, matching!(organization, f, range, limit, id)).await,
    }
}

/// How many events match, for a program: all of them, however long it takes.
pub async fn count(q: &mut impl Query, organization: OrganizationId, filter: &Filter) -> Result<i64, Error> {
    count_up_to(q, organization, filter, (filter.range(Place::START), i64::MAX)).await
}

/// How many events match, for a person: up to [`MOST_COUNTED`], among the newest that one search looks at. The answer says
/// whether there may be more.
pub async fn count_some(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
) -> Result<(i64, bool), Error> {
    let mut range = filter.range(Place::START);
    let mut further = None;
    for way in filter.ways() {
        if !filter.is_exact(way) {
            further = further.max(floor(q, organization, way, range, MOST_SEARCHED).await?);
        }
    }
    range.lower = range.lower.max(further.unwrap_or(range.lower));
    let counted = count_up_to(q, organization, filter, (range, MOST_COUNTED + 1)).await?;
    Ok((counted.min(MOST_COUNTED), further.is_some() || counted > MOST_COUNTED))
}

async fn count_up_to(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    (range, limit): (Range, i64),
) -> Result<i64, Error> {
    let mut sum = 0;
    for way in filter.ways() {
        let mut f = filter.clone();
        let (sql, key) = match (way, &filter.party) {
            (Way::Time, _) => (COUNT, None),
            (Way::Actor(id), _) => (COUNT_BY_ACTOR, Some(id)),
            (Way::Action(name), _) => (COUNT_BY_ACTION, Some(name)),
            (Way::Target(id), _) => (COUNT_BY_TARGET, Some(id)),
        };
        let row: (i64,) = match key {
            None => q.one(sql, matching!(organization, f, range, limit)).await?,
            Some(key) => q.one(sql, matching!(organization, f, range, limit, key)).await?,
        };
        sum += row.0;
        // What somebody did to themselves is counted once.
        if let (Way::Target(id), Some(_)) = (way, &filter.party)
            && filter.actor.as_deref().is_none_or(|actor| actor == id)
        {
            f.actor = Some(id.to_owned());
            let row: (i64,) = q.one(COUNT_BY_TARGET, matching!(organization, f, range, limit, id)).await?;
            sum -= row.0;
        }
    }
    Ok(sum)
}
