//! Questions that arrive while others are at a database server go with the next statement together. A journey to a server
//! costs more than what is read there, so the more there is to do the less one question costs; a lone question never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onesql::Error;
use tokio::sync::oneshot;

use super::asked::{self, Asks, Found, MOST_TOGETHER, Place};
use super::store::SubjectId;
use crate::app::App;
use crate::base::{MemberId, OrganizationId, Timestamp};

/// How many statements are under way at once.
const JOURNEYS: usize = 2;

/// The questions that wait.
#[derive(Default)]
pub struct Together(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    under_way: usize,
    waiting: VecDeque<Waiting>,
}

type Read = Result<Option<Found>, Error>;

struct Waiting {
    caller: Caller,
    member: MemberId,
    now: Timestamp,
    idle_since: Timestamp,
    answer: oneshot::Sender<Read>,
}

/// Who asks, and where. What a service asks it asks with one session, so hardly ever do two that wait differ in this.
#[derive(Clone, PartialEq, Eq)]
struct Caller {
    token_hash: [u8; 32],
    organization: Option<Result<OrganizationId, String>>,
}

/// A statement under way. When it ends, however it ends, those that wait go.
struct Journey {
    together: Arc<Together>,
    app: App,
}

impl Together {
    /// Reads what one question needs.
    pub async fn find(self: &Arc<Self>, app: &App, asks: &Asks<'_>) -> Read {
        if !app.db.is_far() {
            return asked::find(&mut app.db.reader(), asks).await;
        }
        let waits = asks.subject.member().and_then(|member| self.turn(asks, member));
        match waits {
            Some(answer) => answer.await.unwrap_or_else(|_| Err(lost())),
            None => {
                let _journey = Journey::begin(self, app);
                asked::find(&mut app.db.reader(), asks).await
            }
        }
    }

    /// `None`: go now. Else the answer will come.
    fn turn(&self, asks: &Asks<'_>, member: MemberId) -> Option<oneshot::Receiver<Read>> {
        let mut queue = self.queue();
        if queue.under_way < JOURNEYS {
            return None;
        }
        let (answer, coming) = oneshot::channel();
        let organization = match asks.place {
            Place::Sessions => None,
            Place::Id(id) => Some(Ok(id)),
            Place::Slug(slug) => Some(Err(slug.to_owned())),
        };
        let Asks { token_hash, now, idle_since, .. } = *asks;
        let caller = Caller { token_hash, organization };
        queue.waiting.push_back(Waiting { caller, member, now, idle_since, answer });
        Some(coming)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journey {
    fn begin(together: &Arc<Together>, app: &App) -> Self {
        together.queue().under_way += 1;
        Self { together: Arc::clone(together), app: app.clone() }
    }

    async fn carry(self, these: Vec<Waiting>) {
        let (Some(caller), Some(latest)) = (these.first().map(Waiting::caller), these.last()) else { return };
        let asks = Asks { now: latest.now, idle_since: latest.idle_since, ..caller };
        let members: Vec<MemberId> = these.iter().map(|waiting| waiting.member).collect();
        let read = asked::find_many(&mut self.app.db.reader(), &asks, &members).await;
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
}

impl Drop for Journey {
    fn drop(&mut self) {
        let mut queue = self.together.queue();
        queue.under_way -= 1;
        let next = queue.next();
        drop(queue);
        if !next.is_empty() {
            tokio::spawn(Self::begin(&self.together, &self.app).carry(next));
        }
    }
}

impl Queue {
    /// The one that waits longest, and all that can go with it.
    fn next(&mut self) -> Vec<Waiting> {
        let Some(first) = self.waiting.pop_front() else { return Vec::new() };
        let mut next = vec![first];
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting.caller == next[0].caller && next.len() < MOST_TOGETHER {
                true => next.push(waiting),
                false => self.waiting.push_back(waiting),
            }
        }
        next
    }
}

impl Waiting {
    fn caller(&self) -> Asks<'_> {
        let place = match &self.caller.organization {
            None => Place::Sessions,
            Some(Ok(id)) => Place::Id(*id),
            Some(Err(slug)) => Place::Slug(slug),
        };
        let Self { member, now, idle_since, .. } = *self;
        let subject = SubjectId::Member(member);
        Asks { token_hash: self.caller.token_hash, place, now, idle_since, subject, thing: None }
    }
}

fn lost() -> Error {
    Error::Unavailable("the statement that carried this question broke off".into())
}
