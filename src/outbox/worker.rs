//! Sends what is due. Each process has one worker; several on one PostgreSQL share the queue by claims that lapse.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use onesql::{Error, Tx, at_once};
use tokio::sync::watch;
use tokio::task::{Id, JoinHandle, JoinSet};
use uuid::Uuid;

use super::domains::{Domains, Turn};
use super::smtp::{Smtp, Undelivered};
use super::store::{self, Claim};
use super::text::Text;
use super::{Stored, schedule, subject};
use crate::app::App;
use crate::base::text::cut;
use crate::base::time::SECOND;
use crate::base::{LetterId, Timestamp};
use crate::settings::{SettingError, Settings};

/// How many letters are on their way at a time.
const HANDS: usize = 20;
/// So many due letters are looked at where those at the front have to wait.
const AHEAD: usize = 256;
/// After so long others may take a letter whose worker is gone.
const CLAIM: i64 = 30 * SECOND;
/// A claim is renewed after a third of its time.
const RENEW_AFTER: i64 = CLAIM / 3;
/// How often the queue is looked at when nobody calls.
const TICK: Duration = Duration::from_secs(1);
/// How long letters that are on their way are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where letters go.
pub enum Post {
    /// To the mail server.
    Smtp(Box<Smtp>),
    /// Nowhere: there is no mail server, and `/mailbox` shows them.
    Mailbox,
}

impl Post {
    /// The post of the settings.
    pub fn new(settings: &Settings) -> Result<Self, SettingError> {
        match &settings.smtp {
            Some(server) => Ok(Self::Smtp(Box::new(Smtp::new(settings, server)?))),
            None => Ok(Self::Mailbox),
        }
    }

    async fn send(&self, app: &App, letter: &Stored, text: &Text) -> Result<(), Undelivered> {
        match self {
            Self::Smtp(smtp) => smtp.send(app, letter, text).await,
            Self::Mailbox => Ok(()),
        }
    }

    async fn close(&self) {
        if let Self::Smtp(smtp) = self {
            smtp.close().await;
        }
    }
}

/// How a try ended.
enum Outcome {
    Sent,
    Ended,
    Undelivered(Undelivered),
}

/// A letter whose try has ended.
struct Tried {
    letter: Stored,
    outcome: Outcome,
}

/// The worker's desk: what is on its way, and what came back and is not yet written down.
struct Desk {
    app: App,
    post: Arc<Post>,
    /// The name in the claims.
    name: Uuid,
    away: JoinSet<Tried>,
    on_their_way: HashMap<Id, (LetterId, String)>,
    domains: Domains,
    back: Vec<Tried>,
    renewed_at: Timestamp,
}

impl Desk {
    fn new(app: &App, post: &Arc<Post>) -> Self {
        let now = app.now();
        Self {
            app: app.clone(),
            post: post.clone(),
            name: app.random.uuid(now),
            away: JoinSet::new(),
            on_their_way: HashMap::new(),
            domains: Domains::default(),
            back: Vec::new(),
            renewed_at: now,
        }
    }

    /// Waits for the next letter to come back; for ever where none is away.
    async fn next_back(&mut self) {
        match self.away.join_next_with_id().await {
            Some(done) => self.take_back(done),
            None => std::future::pending().await,
        }
    }

    fn take_back(&mut self, done: Result<(Id, Tried), tokio::task::JoinError>) {
        match done {
            Ok((id, tried)) => {
                self.on_their_way.remove(&id);
                let later = matches!(tried.outcome, Outcome::Undelivered(Undelivered::Later(_)));
                self.domains.comes_back(&tried.letter.recipient, later, self.app.now());
                self.back.push(tried);
            }
            Err(error) => {
                // Its claim lapses, and it is tried again.
                let letter = self.on_their_way.remove(&error.id());
                if let Some((_, recipient)) = &letter {
                    self.domains.comes_back(recipient, false, self.app.now());
                }
                tracing::error!(letter = ?letter.map(|(id, _)| id), %error, "sending a letter broke off");
            }
        }
    }

    /// Writes down what came back and takes what is due into the free hands, in one transaction; answers how many were
    /// written down.
    async fn turn(&mut self, take_more: bool) -> Result<usize, Error> {
        while let Some(done) = self.away.try_join_next_with_id() {
            self.take_back(done);
        }
        let now = self.app.now();
        let free = if take_more { HANDS - self.on_their_way.len().min(HANDS) } else { 0 };
        let renews = !self.on_their_way.is_empty() && now >= self.renewed_at.plus(RENEW_AFTER);
        let (due, put_off) = if free > 0 { self.choose(now, free).await? } else { Default::default() };
        if self.back.is_empty() && !renews && due.is_empty() && put_off.is_empty() {
            return Ok(0);
        }
        let mut tx = self.app.db.begin().await?;
        for tried in &self.back {
            write_down(&mut tx, self.name, tried, now).await?;
        }
        let claim = Claim { by: self.name, until: now.plus(CLAIM) };
        if renews {
            for (letter, _) in self.on_their_way.values() {
                store::renew(&mut tx, *letter, claim).await?;
            }
        }
        for (letter, until) in put_off {
            store::put_off(&mut tx, letter, until).await?;
        }
        let together = tx.together().await?;
        let claims =
            due.into_iter().map(async |letter| store::claim(&mut &together, letter, claim, now).await);
        let taken: Vec<_> = at_once(claims).await.into_iter().collect::<Result<_, _>>()?;
        drop(together);
        tx.commit().await?;
        if renews || self.on_their_way.is_empty() {
            self.renewed_at = now;
        }
        let written = std::mem::take(&mut self.back).len();
        for letter in taken.into_iter().flatten() {
            let (app, post, id) = (self.app.clone(), self.post.clone(), letter.id);
            let recipient = letter.recipient.clone();
            self.domains.goes(&recipient, now);
            let handle = self.away.spawn(try_to_send(app, post, letter));
            self.on_their_way.insert(handle.id(), (id, recipient));
        }
        Ok(written)
    }

    /// What goes out now, and what is put off until when. Letters that wait for their domain do not stand in the way of those
    /// behind them.
    async fn choose(
        &self,
        now: Timestamp,
        free: usize,
    ) -> Result<(Vec<LetterId>, Vec<(LetterId, Timestamp)>), Error> {
        let mut ahead = free;
        loop {
            let due = store::due(&mut self.app.db.reader(), now, ahead).await?;
            let all = due.len() < ahead;
            let mut promised = Domains::default();
            let (mut go, mut put_off) = (Vec::new(), Vec::new());
            for (letter, recipient) in due {
                match self.domains.turn(&recipient, &promised, now) {
                    Turn::Now if go.len() < free => {
                        promised.goes(&recipient, now);
                        go.push(letter);
                    }
                    Turn::Now | Turn::Soon => {}
                    Turn::NotBefore(until) => put_off.push((letter, until)),
                }
            }
            if go.len() == free || all || ahead >= AHEAD {
                return Ok((go, put_off));
            }
            ahead = AHEAD;
        }
    }

    fn is_empty(&self) -> bool {
        self.on_their_way.is_empty() && self.back.is_empty()
    }
}

async fn try_to_send(app: App, post: Arc<Post>, letter: Stored) -> Tried {
    let outcome = match subject::compose(&mut app.db.reader(), &app, &letter, app.now()).await {
        Ok(Some(found)) if found.is_live => match post.send(&app, &letter, &found.text).await {
            Ok(()) => Outcome::Sent,
            Err(why) => Outcome::Undelivered(why),
        },
        Ok(_) => Outcome::Ended,
        Err(error) => {
            tracing::error!(letter = %letter.id, %error, "a letter that can't be written");
            Outcome::Undelivered(Undelivered::ForNow("the letter could not be written".to_owned()))
        }
    };
    Tried { letter, outcome }
}

async fn write_down(tx: &mut Tx, by: Uuid, tried: &Tried, now: Timestamp) -> Result<(), Error> {
    let letter = &tried.letter;
    let id = letter.id;
    let kind = letter.kind.as_str();
    match &tried.outcome {
        Outcome::Sent => {
            tracing::debug!(letter = %id, kind, "sent");
            store::mark_sent(tx, id, now).await
        }
        Outcome::Ended => {
            tracing::debug!(letter = %id, kind, "not sent: its link has ended");
            store::mark_dropped(tx, id, by).await
        }
        Outcome::Undelivered(Undelivered::ForGood(why)) => {
            tracing::warn!(letter = %id, kind, why, "refused");
            store::mark_failed(tx, id, by, cut(why, 500)).await
        }
        Outcome::Undelivered(Undelivered::ForNow(why) | Undelivered::Later(why)) => {
            tracing::warn!(letter = %id, kind, why, attempts = letter.attempts, "not delivered yet");
            match schedule::pause_after(letter.attempts, now.0 - letter.created_at.0) {
                Some(pause) => store::try_again(tx, id, by, now.plus(pause), cut(why, 500)).await,
                None => store::mark_failed(tx, id, by, cut(why, 500)).await,
            }
        }
    }
}

/// Sends all that is due now and answers how many letters were tried.
pub async fn run_once(app: &App, post: &Arc<Post>) -> Result<usize, Error> {
    let mut desk = Desk::new(app, post);
    let mut tried = 0;
    loop {
        tried += desk.turn(true).await?;
        if desk.is_empty() {
            post.close().await;
            return Ok(tried);
        }
        tokio::select! {
            () = desk.next_back() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// The worker of a process.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Lets what is on its way arrive, takes nothing more, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the mail worker broke off");
        }
    }
}

/// Starts the worker. What waits is tried at once.
pub fn spawn(app: &App, post: Post) -> Worker {
    let (stop, stopped) = watch::channel(false);
    let desk = Desk::new(app, &Arc::new(post));
    Worker { stop, task: tokio::spawn(work(desk, stopped)) }
}

async fn work(mut desk: Desk, mut stopped: watch::Receiver<bool>) {
    let app = desk.app.clone();
    let mut is_begun = false;
    while !*stopped.borrow() {
        if !is_begun {
            is_begun = note(begin(&app).await).is_some();
        }
        let turn = note(desk.turn(true).await);
        if turn.is_some() && desk.is_empty() {
            desk.post.close().await;
        }
        tokio::select! {
            _ = stopped.changed() => break,
            () = app.mail_waits.notified(), if turn.is_some() => {}
            () = desk.next_back(), if turn.is_some() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
    let farewell = async {
        while !desk.is_empty() {
            note(desk.turn(false).await);
            tokio::select! {
                () = desk.next_back() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("letters were still on their way; they are tried again after the next start");
    }
    desk.post.close().await;
}

async fn begin(app: &App) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::make_waiting_due(&mut tx, app.now()).await?;
    tx.commit().await
}

/// The database may be away for a while: the worker says so and goes on.
fn note<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(|error| tracing::error!(%error, "the mail worker can't reach the outbox")).ok()
}
