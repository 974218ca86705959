//! Questions that arrive while others are at a database server go with the next statement together. A journey to a server
//! costs more than what is read there, so the more there is to do the less one question costs; a lone question never waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onesql::Error;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::asked::{self, Asker, Asks, Bare, MOST_TOGETHER, Place};
use super::store::SubjectId;
use crate::app::App;
use crate::base::{MemberId, OrganizationId, Timestamp};

/// How many statements of one caller are under way at once.
const JOURNEYS: usize = 2;

/// The questions that wait, by who asks. What a service asks it asks with one session.
#[derive(Default)]
pub struct Together(Mutex<HashMap<Caller, Line>>);

/// Who asks, and where.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Caller {
    token_hash: [u8; 32],
    organization: Option<Result<OrganizationId, String>>,
}

#[derive(Default)]
struct Line {
    under_way: usize,
    waiting: Vec<Waiting>,
}

/// Who asks, and about whom where that was not known; `None` without a live session.
pub type Read = Result<Option<(Asker, Option<Option<Bare>>)>, Error>;

struct Waiting {
    /// About whom something must be read.
    member: Option<MemberId>,
    now: Timestamp,
    idle_since: Timestamp,
    answer: oneshot::Sender<Read>,
}

/// A statement under way. When it ends, however it ends, those that wait go.
struct Journey {
    together: Arc<Together>,
    app: App,
    caller: Caller,
}

/// Whether a question goes now or with the next.
enum Turn {
    Now(Journey),
    Next(oneshot::Receiver<Read>),
}

impl Together {
    /// Reads who asks, and about whom unless that is `known`.
    pub async fn find(self: &Arc<Self>, app: &App, asks: &Asks<'_>, known: bool) -> Read {
        let member = asks.subject.member().filter(|_| !known);
        let turn = (app.db.is_far() && (known || member.is_some())).then(|| self.turn(app, asks, member));
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

    fn turn(self: &Arc<Self>, app: &App, asks: &Asks<'_>, member: Option<MemberId>) -> Turn {
        let Asks { token_hash, now, idle_since, .. } = *asks;
        let organization = match asks.place {
            Place::Sessions => None,
            Place::Id(id) => Some(Ok(id)),
            Place::Slug(slug) => Some(Err(slug.to_owned())),
        };
        let caller = Caller { token_hash, organization };
        let mut lines = self.lines();
        let line = lines.entry(caller.clone()).or_default();
        if line.under_way < JOURNEYS {
            line.under_way += 1;
            return Turn::Now(Journey { together: Arc::clone(self), app: app.clone(), caller });
        }
        let (answer, coming) = oneshot::channel();
        line.waiting.push(Waiting { member, now, idle_since, answer });
        Turn::Next(coming)
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Caller, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journey {
    async fn carry(self, these: Vec<Waiting>) {
        let read = self.read(&these).await;
        // The next statement need not wait for these to be told.
        drop(self);
        for Waiting { member, answer, .. } in these {
            let told = read.as_ref().map_err(Error::clone).map(|read| {
                let (asker, members) = read.as_ref()?;
                let of = |id| members.iter().find(|member| member.member == id).cloned();
                Some((asker.clone(), member.map(of)))
            });
            // Whoever asked may have gone.
            answer.send(told).ok();
        }
    }

    async fn read(&self, these: &[Waiting]) -> Result<Option<(Asker, Vec<Bare>)>, Error> {
        let Some(Waiting { now, idle_since, .. }) = these.last() else { return Ok(None) };
        let place = match &self.caller.organization {
            None => Place::Sessions,
            Some(Ok(id)) => Place::Id(*id),
            Some(Err(slug)) => Place::Slug(slug),
        };
        let (now, idle_since, subject) = (*now, *idle_since, SubjectId::Nobody);
        let asks = Asks { token_hash: self.caller.token_hash, place, now, idle_since, subject, thing: None };
        let members: Vec<MemberId> = these.iter().filter_map(|waiting| waiting.member).collect();
        let mut reader = self.app.db.reader();
        match members.as_slice() {
            [] => Ok(asked::asker(&mut reader, &asks).await?.map(|asker| (asker, Vec::new()))),
            some => asked::find_many(&mut reader, &asks, some).await,
        }
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        let mut lines = self.together.lines();
        let Some(line) = lines.get_mut(&self.caller) else { return };
        let most = line.waiting.len().min(MOST_TOGETHER);
        let next: Vec<Waiting> = line.waiting.drain(..most).collect();
        match Handle::try_current() {
            Ok(runtime) if !next.is_empty() => {
                let (together, app, caller) =
                    (Arc::clone(&self.together), self.app.clone(), self.caller.clone());
                runtime.spawn(Self { together, app, caller }.carry(next));
            }
            _ => {
                line.under_way -= 1;
                if line.under_way == 0 && line.waiting.is_empty() {
                    lines.remove(&self.caller);
                }
            }
        }
    }
}

fn lost() -> Error {
    Error::Unavailable("the statement that carried this question broke off".into())
}
