//! Stories: what people do and what must come of it, told once and run on both engines.
//!
//! A story gets a fresh database, a clock that stands until it is moved and randomness that is the same at every run. Its
//! requests go through the whole router, without sockets. When it ends, every audit chain must hold, the counters must
//! agree with the rows, and every letter must have been read or named.

pub mod answer;
pub mod browser;
pub mod console;
pub mod database;
pub mod founding;
pub mod mailbox;
pub mod organization;
pub mod person;
pub mod process;

use std::future::Future;
use std::sync::{Arc, Mutex};

use onesql::{Engine, Query, params};
use roster::app::App;
use roster::base::Timestamp;

pub use answer::Answer;
pub use organization::Organization;
pub use person::Person;
pub use process::{Process, Request};

/// Declares a story and its two tests, `name::sqlite` and `name::postgres`.
macro_rules! story {
    ($(#[$about:meta])* $name:ident, $app:ident => $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$about])*
            async fn story($app: $crate::story::Story) $body

            #[test]
            fn sqlite() {
                $crate::story::tell(onesql::Engine::Sqlite, story);
            }

            #[test]
            fn postgres() {
                $crate::story::tell(onesql::Engine::Postgres, story);
            }
        }
    };
}

/// What a story begins with. Cheap to clone.
#[derive(Clone)]
pub struct Story {
    /// The server process that everybody talks to, unless they are sent to another.
    pub process: Process,
    inner: Arc<Inner>,
}

struct Inner {
    database_url: String,
    read: Mutex<Vec<String>>,
    left: Mutex<Vec<String>>,
    any_mail: Mutex<bool>,
    tokens: Mutex<Vec<String>>,
}

/// When every story begins: a Thursday morning.
pub const BEGINNING: &str = "2026-01-15T09:00:00Z";

/// Runs a story on one engine.
pub fn tell<F, Fut>(engine: Engine, story: F)
where
    F: FnOnce(Story) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let database = database::Fresh::create(engine);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let told = runtime.block_on(async {
        let app = Story::begin(&database.url).await;
        let told = tokio::spawn(story(app.clone())).await;
        if told.is_ok() {
            app.check_the_end().await;
        }
        app.process.app.db.close().await;
        told
    });
    drop(runtime);
    drop(database);
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Does the same `count` times at once and gives back what came of each.
pub async fn at_once<T, F, Fut>(count: usize, act: F) -> Vec<T>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(act(n))).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        match task.await {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    outcomes
}

impl Story {
    async fn begin(database_url: &str) -> Self {
        let clock = roster::base::Clock::fixed(BEGINNING.parse::<Timestamp>().unwrap());
        let random = roster::base::Randomness::seeded(1);
        let process = Process::start(database_url, clock, random).await;
        let inner = Inner {
            database_url: database_url.to_owned(),
            read: Mutex::default(),
            left: Mutex::default(),
            any_mail: Mutex::default(),
            tokens: Mutex::default(),
        };
        Self { process, inner: Arc::new(inner) }
    }

    /// The parts of the first process.
    pub fn app(&self) -> &App {
        &self.process.app
    }

    /// Another server process on the same database, with the same clock.
    pub async fn second_process(&self) -> Process {
        let app = self.app();
        Process::start(&self.inner.database_url, app.clock.clone(), app.random.clone()).await
    }

    /// Another server process with settings of its own.
    pub async fn process_with(&self, settings: &[(&str, &str)]) -> Process {
        let app = self.app();
        Process::start_with(&self.inner.database_url, app.clock.clone(), app.random.clone(), settings).await
    }

    /// The operator, by a new key.
    pub async fn operator(&self) -> Person {
        let caller = roster::op::Caller::system(self.app());
        let (_, key) = roster::operator::commands::create_key(&caller).await.unwrap();
        self.visitor().with_token(key.expose())
    }

    /// Begins an organization's tale: `app.organization("acme").preset("admin-user").owned_by("alice@acme.test").await`.
    pub fn organization(&self, name: &str) -> organization::Beginning {
        organization::Beginning::new(self.clone(), name)
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Person {
        Person::visitor(self)
    }

    /// Lets time pass.
    pub fn waits(&self, micros: i64) {
        self.app().clock.advance(micros);
    }

    /// Notes that a letter was read by its receiver.
    pub fn has_read(&self, letter: String) {
        self.inner.read.lock().unwrap().push(letter);
    }

    /// Whether a letter was read by its receiver.
    pub fn was_read(&self, letter: &str) -> bool {
        self.inner.read.lock().unwrap().iter().any(|read| read == letter)
    }

    /// Says that letters of this kind to these people are still unread when the story ends: `leaves_mail("invitation",
    /// &["bob@example.test"])`.
    pub fn leaves_mail(&self, kind: &str, to: &[&str]) {
        self.inner.left.lock().unwrap().extend(to.iter().map(|to| format!("{kind} to {to}")));
    }

    /// Says that this story is not about mail.
    pub fn leaves_any_mail(&self) {
        *self.inner.any_mail.lock().unwrap() = true;
    }

    /// Notes a session's token: it may stand nowhere at rest.
    pub fn knows_token(&self, token: &str) {
        self.inner.tokens.lock().unwrap().push(token.to_owned());
    }

    async fn check_the_end(&self) {
        self.check_mail().await;
        self.check_audit_chains().await;
        self.check_counters().await;
        self.check_secrets().await;
    }

    /// Neither a password nor a token of a session or a letter stands in the database's file (INV-3, R11, R33, SES-10).
    async fn check_secrets(&self) {
        let Some(path) = self.inner.database_url.strip_prefix("sqlite://") else { return };
        let mut secrets = self.inner.tokens.lock().unwrap().clone();
        secrets.extend(mailbox::letters(self.app()).await.into_iter().map(|letter| letter.token));
        secrets.push(person::PASSWORD.to_owned());
        for file in [path.to_owned(), format!("{path}-wal")] {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret} stands in {file}");
            }
        }
    }

    async fn check_mail(&self) {
        if *self.inner.any_mail.lock().unwrap() {
            return;
        }
        let letters = mailbox::letters(self.app()).await;
        let read = self.inner.read.lock().unwrap();
        let mut unread: Vec<String> =
            letters.iter().filter(|letter| !read.contains(&letter.id)).map(mailbox::Letter::told).collect();
        let mut left = self.inner.left.lock().unwrap().clone();
        unread.sort();
        left.sort();
        assert_eq!(unread, left, "letters that nobody read (left) and those that the story names (right)");
    }

    async fn check_audit_chains(&self) {
        let app = self.app();
        for report in roster::audit::verify::verify_all(&app.db, &app.key).await.unwrap() {
            assert!(report.faults.is_empty(), "audit chain of {}: {:?}", report.organization, report.faults);
        }
    }

    /// The counters on the organization, from which seats are given, agree with the members; no chain of references is
    /// broken; at least one active member holds the top role; never more seats than there are.
    pub async fn check_counters(&self) {
        const COUNTERS: &str = "SELECT o.slug, o.active_count, o.suspended_count, o.invited_count,
            (SELECT COUNT(*) FROM members m WHERE m.organization_id = o.id AND m.status = 'active'),
            (SELECT COUNT(*) FROM members m WHERE m.organization_id = o.id AND m.status = 'suspended'),
            (SELECT COUNT(*) FROM members m WHERE m.organization_id = o.id AND m.status = 'invited')
          FROM organizations o";
        type Row = (String, i64, i64, i64, i64, i64, i64);
        let rows: Vec<Row> = self.app().db.reader().all(COUNTERS, params![]).await.unwrap();
        for (slug, active, suspended, invited, has_active, has_suspended, has_invited) in rows {
            let counted = (active, suspended, invited);
            let there = (has_active, has_suspended, has_invited);
            assert_eq!(counted, there, "active, suspended, invited of {slug}: counters (left), rows (right)");
        }
    }
}
