//! Questions that arrive while others are at a database server go with the next statement together. A journey to a server
//! costs more than what is read there, so the more there is to do the less one question costs; a lone question never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onesql::Error;
use tokio::sync::oneshot;

use super::asked::{self, Asks, Found, MOST_TOGETHER, Place};
use super::store::SubjectId;
use crate::app::App;
use crate::base::{OrganizationId, Timestamp};

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
    token_hash: [u8; 32],
    organization: Option<Result<OrganizationId, String>>,
    now: Timestamp,
    idle_since: Timestamp,
    subject: SubjectId,
    answer: oneshot::Sender<Read>,
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
        match self.turn(asks) {
            Some(answer) => answer.await.unwrap_or_else(|_| Err(lost())),
            None => {
                let _journey = Journey { together: Arc::clone(self), app: app.clone() };
                asked::find(&mut app.db.reader(), asks).await
            }
        }
    }

    /// `None`: go now. Else the answer will come.
    fn turn(&self, asks: &Asks<'_>) -> Option<oneshot::Receiver<Read>> {
        let mut queue = self.queue();
        if queue.under_way < JOURNEYS {
            queue.under_way += 1;
            return None;
        }
        let (answer, coming) = oneshot::channel();
        let organization = match asks.place {
            Place::Sessions => None,
            Place::Id(id) => Some(Ok(id)),
            Place::Slug(slug) => Some(Err(slug.to_owned())),
        };
        let Asks { token_hash, now, idle_since, subject, .. } = *asks;
        queue.waiting.push_back(Waiting { token_hash, organization, now, idle_since, subject, answer });
        Some(coming)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        let mut queue = self.together.queue();
        let most = queue.waiting.len().min(MOST_TOGETHER);
        let next: Vec<Waiting> = queue.waiting.drain(..most).collect();
        if next.is_empty() {
            queue.under_way -= 1;
            return;
        }
        drop(queue);
        let journey = Journey { together: Arc::clone(&self.together), app: self.app.clone() };
        tokio::spawn(journey.carry(next));
    }
}

impl Journey {
    async fn carry(self, these: Vec<Waiting>) {
        let asks: Vec<Asks<'_>> = these.iter().map(Waiting::asks).collect();
        let mut read = asked::find_together(&mut self.app.db.reader(), &asks).await.map(Vec::into_iter);
        // The next statement need not wait for these to be told.
        drop(self);
        for waiting in these {
            let answer = match &mut read {
                Ok(found) => Ok(found.next().flatten()),
                Err(error) => Err(error.clone()),
            };
            // Whoever asked may have gone.
            waiting.answer.send(answer).ok();
        }
    }
}

impl Waiting {
    fn asks(&self) -> Asks<'_> {
        let place = match &self.organization {
            None => Place::Sessions,
            Some(Ok(id)) => Place::Id(*id),
            Some(Err(slug)) => Place::Slug(slug),
        };
        let Self { token_hash, now, idle_since, subject, .. } = *self;
        Asks { token_hash, place, now, idle_since, subject, thing: None }
    }
}

fn lost() -> Error {
    Error::Unavailable("the statement that carried this question broke off".into())
}
