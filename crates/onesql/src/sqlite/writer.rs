//! The one writer and its group commit.
//!
//! Commands take turns at a fair lock. The first one opens a transaction, and each after it is a savepoint in it. A
//! command that ends wakes the flusher, which queues for the same lock behind the commands that wait already,
//! commits what they all did with one sync, and answers every one of them.
//!
//! The first needs no savepoint: to undo it is to undo the transaction. That is what large commands want to be, because what
//! a statement costs in a savepoint grows with all that the savepoint has changed before (SQLite walks along its copies of
//! pages at the end of every statement that fires a trigger).

use super::{execute, patiently, query};
use crate::{Error, FromRow, Value, in_place};
use rusqlite::Connection;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

pub(crate) struct Writer {
    group: Arc<Mutex<Group>>,
    wake: mpsc::Sender<()>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Writer, Error> {
        // From here on only BEGIN can meet another process, and it waits without blocking a worker.
        connection.busy_timeout(Duration::ZERO)?;
        let group = Arc::new(Mutex::new(Group {
            connection,
            waiting: Vec::new(),
            open: false,
            flusher_called: false,
            closed: false,
        }));
        let (wake, woken) = mpsc::channel();
        let flushed = group.clone();
        std::thread::Builder::new()
            .name("sqlite-commit".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    flushed.blocking_lock().flush();
                }
                flushed.blocking_lock().flush();
            })
            .map_err(|error| Error::Unavailable(format!("no thread for commits: {error}")))?;
        Ok(Writer { group, wake })
    }

    pub(crate) async fn close(&self) {
        let mut group = self.group.clone().lock_owned().await;
        in_place(|| {
            group.flush();
            group.closed = true;
            // The checkpoint only shortens the next start: whoever still reads may prevent it.
            group.connection.busy_timeout(Duration::from_secs(1)).ok();
            group.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").ok();
        });
    }
}

/// The writing connection and the commands that wait for its next commit.
struct Group {
    connection: Connection,
    waiting: Vec<oneshot::Sender<Result<(), Error>>>,
    open: bool,
    flusher_called: bool,
    closed: bool,
}

impl Group {
    fn run(&self, sql: &str) -> Result<(), Error> {
        execute(&self.connection, sql, &[]).map(drop)
    }

    /// Opens the group's transaction unless it is open; answers whether it did.
    fn open(&mut self) -> Result<bool, Error> {
        if self.closed {
            return Err(Error::Unavailable("the database is closed".into()));
        }
        if self.open {
            return Ok(false);
        }
        if !self.connection.is_autocommit() {
            self.run("ROLLBACK")?;
        }
        self.run("BEGIN IMMEDIATE")?;
        self.open = true;
        Ok(true)
    }

    /// Makes the group durable and answers everybody in it.
    fn flush(&mut self) {
        self.flusher_called = false;
        if !self.open {
            return;
        }
        self.open = false;
        let result = self.run("COMMIT").map_err(Error::while_committing);
        if result.is_err() && !self.connection.is_autocommit() {
            // When this fails, too, `open` tries again before the next group.
            self.run("ROLLBACK").ok();
        }
        self.answer(&result);
    }

    /// Gives the whole group up: its transaction cannot go on.
    fn abort(&mut self, error: &Error) {
        self.open = false;
        if !self.connection.is_autocommit() {
            self.run("ROLLBACK").ok();
        }
        self.answer(&Err(error.clone()));
    }

    fn answer(&mut self, result: &Result<(), Error>) {
        for waiting in self.waiting.drain(..) {
            // Whoever has gone away does not want to know.
            waiting.send(result.clone()).ok();
        }
    }
}

/// One command: the group's transaction or a savepoint in it, and the writer for as long as it runs.
pub(crate) struct Tx {
    writer: Arc<Writer>,
    /// None once the command has ended.
    group: Option<OwnedMutexGuard<Group>>,
    /// Whether the transaction has only this command so far, which is then no savepoint.
    first: bool,
    /// SQLite rolled the whole group back, so there is nothing left to undo.
    lost: bool,
}

impl Tx {
    /// Begins a command, or a large one, which joins no group: those before it are committed first.
    pub(crate) async fn begin(writer: &Arc<Writer>, large: bool) -> Result<Tx, Error> {
        let mut group = writer.group.clone().lock_owned().await;
        if large && group.open {
            in_place(|| group.flush());
        }
        let first = patiently(|| group.open()).await?;
        if !first {
            group.run("SAVEPOINT command").inspect_err(|error| group.abort(error))?;
        }
        Ok(Tx { writer: writer.clone(), group: Some(group), first, lost: false })
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
        self.with(|connection| execute(connection, sql, params))
    }

    pub(crate) fn query<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.with(|connection| query(connection, sql, params, visit))
    }

    /// Several statements without parameters, for migrations.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.with(|connection| in_place(|| Ok(connection.execute_batch(sql)?)))
    }

    fn with<R>(&mut self, work: impl FnOnce(&Connection) -> Result<R, Error>) -> Result<R, Error> {
        let Some(group) = self.group.as_mut() else { return Err(Error::poisoned()) };
        let result = work(&group.connection);
        // A full disk may have rolled back everything: then the neighbours' commands are gone as well.
        if let Err(error) = &result
            && group.connection.is_autocommit()
        {
            group.abort(error);
            self.lost = true;
        }
        result
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        if self.lost {
            return Err(Error::poisoned());
        }
        self.end(true).await
    }

    /// A refusal may rest on what a neighbour did, so it waits until that is durable, too.
    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        if self.lost {
            return Ok(());
        }
        self.end(false).await
    }

    async fn end(&mut self, keep: bool) -> Result<(), Error> {
        let Some(mut group) = self.group.take() else { return Err(Error::poisoned()) };
        self.leave(&mut group, keep)?;
        if !group.open {
            // Undone, with nobody before it.
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        group.waiting.push(answer);
        drop(group);
        answered.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// Ends the command and calls the flusher, once for each group.
    fn leave(&self, group: &mut Group, keep: bool) -> Result<(), Error> {
        let ended = match (self.first, keep) {
            (true, true) => Ok(()),
            (true, false) => group.run("ROLLBACK").map(|()| group.open = false),
            (false, true) => group.run("RELEASE command"),
            (false, false) => group.run("ROLLBACK TO command").and_then(|()| group.run("RELEASE command")),
        };
        ended.inspect_err(|error| group.abort(error))?;
        if group.open && !group.flusher_called {
            group.flusher_called = true;
            self.writer
                .wake
                .send(())
                .map_err(|_| Error::Unavailable("the commit thread has ended".into()))?;
        }
        Ok(())
    }
}

impl Drop for Tx {
    /// An abandoned command leaves nothing behind, and its neighbours in peace.
    fn drop(&mut self) {
        if let Some(mut group) = self.group.take()
            && !self.lost
        {
            self.leave(&mut group, false).ok();
        }
    }
}
