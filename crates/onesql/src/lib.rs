//! One SQL text over SQLite and PostgreSQL.
//!
//! Every statement is one constant text with `$1` placeholders that runs on both engines; this crate is the only
//! place that knows which one does. Not used, because the engines differ: `NOW()`, `::cast`, arrays, `ILIKE`,
//! deferred constraints. Say `ESCAPE` after `LIKE`, `NULLS LAST` in an order, `CAST(SUM(x) AS BIGINT)`.

mod at_once;
mod error;
mod migrate;
mod postgres;
mod reader;
mod row;
mod sqlite;
mod together;
mod tx;
mod value;

pub use at_once::at_once;
pub use error::Error;
pub use migrate::Migration;
pub use reader::Reader;
pub use row::{FromRow, FromValue, Row, ValueRef};
pub use together::Together;
pub use tx::Tx;
pub use value::{ToValue, Type, Value, like_contains};

use reader::Kind;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Which engine runs: for logs and test harnesses, never for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file.
    Sqlite,
    /// A server.
    Postgres,
}

/// How many connections to hold; the defaults fit most machines.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// SQLite: connections for short reads; one for each core unless said.
    pub readers: Option<usize>,
    /// PostgreSQL: connections of this process; 16 unless said. A quarter is for what is asked most, half at most have a transaction.
    pub postgres_connections: Option<usize>,
}

/// A database. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
}

enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite://path` (the parent folder is created) or `postgres://…`.
    pub async fn open(url: &str, options: Options) -> Result<Db, Error> {
        let backend = match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => {
                Backend::Sqlite(sqlite::Sqlite::open(path, &options).await?)
            }
            Some(("postgres" | "postgresql", _)) => {
                Backend::Postgres(postgres::Postgres::open(url, &options).await?)
            }
            // The address may hold a password, so it is not repeated.
            _ => return Err(Error::Other("a database address is sqlite://path or postgres://…".into())),
        };
        Ok(Db { backend: Arc::new(backend) })
    }

    /// Applies what is missing and answers how many steps that were. Safe when several processes start at once.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<usize, Error> {
        migrate::migrate(self, migrations).await
    }

    /// Begins a write transaction. While it is open await nothing but the database: on SQLite it is the only one.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.begin_as(false).await
    }

    /// Like `begin`, for a transaction of hundreds of rows: on SQLite it shares its sync with nobody, and each row costs less.
    pub async fn begin_large(&self) -> Result<Tx, Error> {
        self.begin_as(true).await
    }

    async fn begin_as(&self, large: bool) -> Result<Tx, Error> {
        let backend = match &*self.backend {
            Backend::Sqlite(db) => tx::Backend::Sqlite(db.begin(large).await?),
            Backend::Postgres(db) => tx::Backend::Postgres(Box::new(db.begin().await?)),
        };
        Ok(Tx::new(backend))
    }

    /// Reads outside a transaction, each statement for itself.
    pub fn reader(&self) -> Reader {
        Reader::new(self, Kind::Short)
    }

    /// Like `reader`, for what is asked so often that planning it matters: PostgreSQL keeps one plan for all values, even where it takes another
    /// for cheaper and would plan each time to find it.
    pub fn fixed_reader(&self) -> Reader {
        Reader::new(self, Kind::Fixed)
    }

    /// Like `reader`, for short reads whose best plan depends on the values: PostgreSQL plans each for its own.
    pub fn planned_reader(&self) -> Reader {
        Reader::new(self, Kind::Planned)
    }

    /// Like `planned_reader`, for searches that may take some hundredths of a second. They are done here and now, like short
    /// reads, but by no more than half of the workers at a time; the others wait for their turn.
    pub fn search_reader(&self) -> Reader {
        Reader::new(self, Kind::Search)
    }

    /// Like `planned_reader`, for counts and reports of any length.
    pub fn long_reader(&self) -> Reader {
        Reader::new(self, Kind::Long)
    }

    /// Says whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        let _: (i64,) = self.reader().one("SELECT 1", &[]).await?;
        Ok(())
    }

    /// Has the engine check the statement without running it: for the test over all statements.
    pub async fn prepare(&self, sql: &'static str) -> Result<(), Error> {
        match &*self.backend {
            Backend::Sqlite(db) => db.prepare(sql),
            Backend::Postgres(db) => db.prepare(sql).await,
        }
    }

    /// The engine's plan, line by line: for tests. PostgreSQL is told to avoid sequential scans, because a test's
    /// tables are small: what remains one could not use an index.
    pub async fn explain(&self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<String>, Error> {
        match &*self.backend {
            Backend::Sqlite(db) => db.explain(sql, params),
            Backend::Postgres(db) => db.explain(sql, params).await,
        }
    }

    /// Copies a SQLite database as it is now into a new file, while it is in use. PostgreSQL has `pg_dump`.
    pub async fn backup_to(&self, target: &Path) -> Result<(), Error> {
        match &*self.backend {
            Backend::Sqlite(db) => db.backup_to(target),
            Backend::Postgres(_) => Err(Error::Other("PostgreSQL is backed up with pg_dump".into())),
        }
    }

    /// Makes durable what is under way and ends; whatever comes later is `Unavailable`.
    pub async fn close(&self) {
        match &*self.backend {
            Backend::Sqlite(db) => db.close().await,
            Backend::Postgres(db) => db.close(),
        }
    }

    /// Whether a read is a journey to a server, so that several at once are cheaper than one after the other.
    pub fn is_far(&self) -> bool {
        matches!(*self.backend, Backend::Postgres(_))
    }

    /// Which engine runs.
    pub fn engine(&self) -> Engine {
        match &*self.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }
}

/// What reads: a `Reader` outside and a `Tx` inside a transaction.
pub trait Query: Send {
    /// Gives every row to the closure, which does not block; what `all` and `optional` are made of.
    fn visit<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Every row.
    fn all<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<T>, Error>> + Send {
        async move {
            let mut rows = Vec::new();
            self.visit(sql, params, |row| {
                rows.push(row);
                Ok(())
            })
            .await?;
            Ok(rows)
        }
    }

    /// The row, if there is one. More than one is a mistake in the statement and an error.
    fn optional<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<T>, Error>> + Send {
        async move {
            let mut found = None;
            self.visit(sql, params, |row| match found.replace(row) {
                Some(_) => Err(Error::Other("more than one row where at most one was expected".into())),
                None => Ok(()),
            })
            .await?;
            Ok(found)
        }
    }

    /// The row, or `Error::NoRow`.
    fn one<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> impl Future<Output = Result<T, Error>> + Send {
        async move { self.optional(sql, params).await?.ok_or(Error::NoRow) }
    }

    /// Every row, one at a time and never all in memory. The closure may block.
    fn each<T: FromRow + Send>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error> + Send,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Runs something long without holding up the other tasks of this worker.
fn in_place<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
