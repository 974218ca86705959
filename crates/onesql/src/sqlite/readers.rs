//! Read connections: a fixed set for short reads, used inline, and spare ones for long reads.

use super::connect;
use crate::Error;
use rusqlite::Connection;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Connections that are kept for long reads; more at a time open and close one each.
const SPARE: usize = 4;

pub(crate) struct Readers {
    path: PathBuf,
    fixed: Vec<Mutex<Connection>>,
    spare: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn open(path: PathBuf, count: Option<usize>) -> Result<Readers, Error> {
        let fixed = (0..count.unwrap_or_else(cores).max(1)).map(|_| Ok(Mutex::new(read_only(&path)?)));
        let fixed = fixed.collect::<Result<_, Error>>()?;
        Ok(Readers { path, fixed, spare: Mutex::new(Vec::new()) })
    }

    /// A connection of the caller's own.
    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        connect(&self.path)
    }

    /// A short read. Each thread has its favourite, so that two workers seldom meet.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&Connection) -> Result<R, Error>) -> Result<R, Error> {
        let favourite = favourite();
        let count = self.fixed.len();
        let free = (0..count).find_map(|step| try_lock(&self.fixed[(favourite + step) % count]));
        work(&free.unwrap_or_else(|| lock(&self.fixed[favourite % count])))
    }

    /// A long read, which keeps no short one waiting.
    pub(crate) fn with_spare<R>(
        &self,
        work: impl FnOnce(&Connection) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let taken = lock(&self.spare).pop();
        let connection = taken.map_or_else(|| spare(&self.path), Ok)?;
        let result = work(&connection);
        let mut spare = lock(&self.spare);
        if spare.len() < SPARE {
            spare.push(connection);
        }
        result
    }
}

fn read_only(path: &std::path::Path) -> Result<Connection, Error> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, NonZero::get)
}

/// What is read once needs no large cache.
fn spare(path: &std::path::Path) -> Result<Connection, Error> {
    let connection = read_only(path)?;
    connection.pragma_update(None, "cache_size", -1024)?;
    Ok(connection)
}

fn favourite() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! { static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed); }
    MINE.with(|mine| *mine)
}

/// A panic while reading leaves a read connection as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
