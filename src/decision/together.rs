//! Questions that arrive while others are at a database server go with the next statement together. A journey to a server
//! costs more than what is read there, so the more there is to do the less one question costs; a lone question never waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onesql::Error;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::asked::{self, Asks, Found, MOST_TOGETHER, Place};
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

type Read = Result<Option<Found>, Error>;

struct Waiting {
    member: MemberId,
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
    /// Reads what one question needs.
    pub async fn find(self: &Arc<Self>, app: &App, asks: &Asks<'_>) -> Read {
        let turn =
            asks.subject.member().filter(|_| app.db.is_far()).map(|member| self.turn(app, asks, member));
        let read = async || asked::find(&mut app.db.reader(), asks).await;
        match turn {
            None => read().await,
            Some(Turn::Next(answer)) => answer.await.unwrap_or_else(|_| Err(lost())),
            Some(Turn::Now(journey)) => {
                let found = read().await;
                drop(journey);
                found
            }
        }
    }

    fn turn(self: &Arc<Self>, app: &App, asks: &Asks<'_>, member: MemberId) -> Turn {
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
        let mut read = read.map(|found| found.into_iter().flatten());
        for waiting in these {
            let answer = match &mut read {
                Ok(found) => Ok(found.next()),
                Err(error) => Err(error.clone()),
            };
            // Whoever asked may have gone.
            waiting.answer.send(answer).ok();
        }
    }

    async fn read(&self, these: &[Waiting]) -> Result<Option<Vec<Found>>, Error> {
        let Some(Waiting { member, now, idle_since, .. }) = these.last() else { return Ok(None) };
        let place = match &self.caller.organization {
            None => Place::Sessions,
            Some(Ok(id)) => Place::Id(*id),
            Some(Err(slug)) => Place::Slug(slug),
        };
        let (now, idle_since, subject) = (*now, *idle_since, SubjectId::Member(*member));
        let asks = Asks { token_hash: self.caller.token_hash, place, now, idle_since, subject, thing: None };
        let members: Vec<MemberId> = these.iter().map(|waiting| waiting.member).collect();
        asked::find_many(&mut self.app.db.reader(), &asks, &members).await
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
