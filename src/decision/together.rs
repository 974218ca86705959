//! Who asks, and about whom, read for several questions of one caller at once where the database is a server.

use std::sync::Arc;

use onesql::Error;

use super::asked::{self, Asker, Asks, Bare, Place};
use super::store::SubjectId;
use crate::app::App;
use crate::base::together::{Question, Together, Turn, lost};
use crate::base::{MemberId, OrganizationId, Timestamp};

/// Who asks, and where. What a service asks it asks with one session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    token_hash: [u8; 32],
    organization: Option<Result<OrganizationId, String>>,
}

/// Who asks, and about whom where that was not known; `None` without a live session.
pub type Read = Result<Option<(Asker, Option<Option<Bare>>)>, Error>;

/// A question of a caller.
pub struct Asked {
    /// About whom something must be read.
    member: Option<MemberId>,
    now: Timestamp,
    idle_since: Timestamp,
}

impl Question for Asked {
    type Line = Caller;
    type Answer = Read;
    type With = App;

    async fn ask(app: &App, caller: &Caller, these: &[Self]) -> Vec<Read> {
        let read = read(app, caller, these).await;
        let told = |asked: &Self| {
            read.as_ref().map_err(Error::clone).map(|read| {
                let (asker, members) = read.as_ref()?;
                let of = |id| members.iter().find(|member| member.member == id).cloned();
                Some((asker.clone(), asked.member.map(of)))
            })
        };
        these.iter().map(told).collect()
    }
}

/// Reads who asks, and about whom unless that is `known`.
pub async fn find(together: &Arc<Together<Asked>>, app: &App, asks: &Asks<'_>, known: bool) -> Read {
    let member = asks.subject.member().filter(|_| !known);
    let turn = (app.db.is_far() && (known || member.is_some())).then(|| {
        let Asks { token_hash, now, idle_since, .. } = *asks;
        let organization = match asks.place {
            Place::Sessions => None,
            Place::Id(id) => Some(Ok(id)),
            Place::Slug(slug) => Some(Err(slug.to_owned())),
        };
        together.turn(app, Caller { token_hash, organization }, Asked { member, now, idle_since })
    });
    let under_way = match turn {
        Some(Turn::Next(answer)) => return answer.await.unwrap_or_else(|_| Err(lost())),
        Some(Turn::Now(journey)) => Some(journey),
        None => None,
    };
    let mut reader = app.db.reader();
    let found = match known {
        true => asked::asker(&mut reader, asks).await?.map(|asker| (asker, None)),
        false => asked::find(&mut reader, asks).await?.map(|found| (found.0, Some(found.1))),
    };
    drop(under_way);
    Ok(found)
}

async fn read(app: &App, caller: &Caller, these: &[Asked]) -> Result<Option<(Asker, Vec<Bare>)>, Error> {
    let Some(Asked { now, idle_since, .. }) = these.last() else { return Ok(None) };
    let place = match &caller.organization {
        None => Place::Sessions,
        Some(Ok(id)) => Place::Id(*id),
        Some(Err(slug)) => Place::Slug(slug),
    };
    let (now, idle_since, subject) = (*now, *idle_since, SubjectId::Nobody);
    let asks = Asks { token_hash: caller.token_hash, place, now, idle_since, subject, thing: None };
    let members: Vec<MemberId> = these.iter().filter_map(|asked| asked.member).collect();
    let mut reader = app.db.reader();
    match members.as_slice() {
        [] => Ok(asked::asker(&mut reader, &asks).await?.map(|asker| (asker, Vec::new()))),
        some => asked::find_many(&mut reader, &asks, some).await,
    }
}
