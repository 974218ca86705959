//! SQLite: one file, one writer that commits in groups, a few readers that are used inline.

mod readers;
mod writer;

pub(crate) use writer::Tx;

use crate::row::{Engine, ValueRef};
use crate::{Error, FromRow, Options, Row, Type, Value, in_place};
use readers::{Readers, cores};
use rusqlite::config::DbConfig;
use rusqlite::types::{Null, ToSqlOutput, ValueRef as Raw};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use writer::Writer;

/// Every statement of the program stays prepared.
const STATEMENTS: usize = 2_000;

pub(crate) struct Sqlite {
    writer: Arc<Writer>,
    readers: Readers,
    /// Of those who read here and now and may take a while.
    turns: Semaphore,
}

impl Sqlite {
    pub(crate) async fn open(path: &str, options: &Options) -> Result<Sqlite, Error> {
        let path = PathBuf::from(path);
        make_parent(&path)?;
        // Of several first starts one changes the mode, and SQLite does not let the others wait by itself.
        let writer = patiently(|| write_ahead(&path)).await?;
        Ok(Sqlite {
            writer: Arc::new(Writer::start(writer)?),
            readers: Readers::open(path, options.readers)?,
            turns: Semaphore::new((cores() / 2).max(1)),
        })
    }

    pub(crate) async fn begin(&self, large: bool) -> Result<Tx, Error> {
        Tx::begin(&self.writer, large).await
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
    }

    /// A short read, on the worker's own connection.
    pub(crate) fn read<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.readers.with(|connection| query(connection, sql, params, visit))
    }

    /// A long read, on a connection of its own, while the other tasks move to other threads.
    pub(crate) fn read_long<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        in_place(|| self.readers.with_spare(|connection| query(connection, sql, params, visit)))
    }

    /// A read that may take a while, on a connection of its own and on this worker. To move the other tasks to other threads each
    /// time, as for a long one, takes as many threads as there are searches, and megabytes for each.
    pub(crate) async fn read_in_turn<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        visit: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let _turn = self.turns.acquire().await.map_err(|error| Error::Unavailable(error.to_string()))?;
        self.readers.with_spare(|connection| query(connection, sql, params, visit))
    }

    /// A snapshot in a new file, taken while others read and write.
    pub(crate) fn backup_to(&self, target: &Path) -> Result<(), Error> {
        let said = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", target.display()));
        let name = target.to_str().ok_or_else(|| Error::Other("the backup's path is not UTF-8".into()))?;
        let mut file = std::fs::OpenOptions::new();
        file.write(true).create_new(true);
        // As private as the folder of the database, wherever the backup goes.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        file.open(target).map_err(said)?;
        let copied =
            in_place(|| self.readers.connect()?.execute("VACUUM INTO ?1", [name]).map_err(Error::from));
        if copied.is_err() {
            // Half a backup is worse than none.
            std::fs::remove_file(target).map_err(said)?;
        }
        copied.map(drop)
    }

    pub(crate) fn prepare(&self, sql: &str) -> Result<(), Error> {
        self.readers.with(|connection| Ok(connection.prepare(sql).map(drop)?))
    }

    pub(crate) fn explain(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<String>, Error> {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        self.readers.with(|connection| {
            let mut statement = connection.prepare(&sql)?;
            bind(&mut statement, params)?;
            let mut rows = statement.raw_query();
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(row.get("detail")?);
            }
            Ok(lines)
        })
    }
}

fn make_parent(path: &Path) -> Result<(), Error> {
    let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else { return Ok(()) };
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    // The database holds people's addresses: other users of the machine have no business there.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(parent).map_err(|error| Error::Unavailable(format!("{}: {error}", parent.display())))
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without the stability guarantee the planner prepares a join anew for nearly every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA case_sensitive_like=ON;
         PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192; PRAGMA journal_size_limit=67108864;",
    )?;
    Ok(connection)
}

fn write_ahead(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path)?;
    let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode == "wal" {
        return Ok(connection);
    }
    Err(Error::Other(format!("SQLite offers journal mode {mode} instead of WAL here")))
}

/// How long another process may hold the database, and how often we look.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// Tries again while another process is in the way, without blocking a worker.
async fn patiently<R>(mut attempt: impl FnMut() -> Result<R, Error>) -> Result<R, Error> {
    let mut waited = Duration::ZERO;
    loop {
        match attempt() {
            Err(Error::Busy) if waited < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            result => return result,
        }
    }
}

fn query<T: FromRow>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    mut visit: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        visit(T::from_row(&Row(Engine::Sqlite(row)))?)?;
    }
    Ok(())
}

fn execute(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    Ok(statement.raw_execute()? as u64)
}

/// SQLite numbers `$n` by first appearance, so a parameter is found by its name.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value<'_>]) -> Result<(), Error> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or("?");
        let value = name
            .strip_prefix('$')
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| params.get(number.checked_sub(1)?))
            .ok_or_else(|| Error::Other(format!("no value for the parameter {name}")))?;
        value.check()?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null(Type::Bool | Type::Int | Type::Text | Type::Bytes | Type::Uuid) => Null.to_sql()?,
            Value::Bool(is) => ToSqlOutput::Borrowed(Raw::Integer(i64::from(*is))),
            Value::Int(number) => ToSqlOutput::Borrowed(Raw::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(Raw::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(Raw::Blob(bytes)),
            Value::Uuid(id) => ToSqlOutput::Borrowed(Raw::Blob(id.as_bytes())),
        })
    }
}

pub(crate) fn column<'a>(row: &'a rusqlite::Row<'_>, index: usize) -> Result<ValueRef<'a>, Error> {
    match row.get_ref(index)? {
        Raw::Null => Ok(ValueRef::Null),
        Raw::Integer(number) => Ok(ValueRef::Int(number)),
        Raw::Real(_) => Err(Error::unexpected("no floating-point number", "a floating-point number")),
        Raw::Blob(bytes) => Ok(ValueRef::Bytes(bytes)),
        Raw::Text(text) => std::str::from_utf8(text)
            .map(ValueRef::Text)
            .map_err(|_| Error::unexpected("text", "text that is not UTF-8")),
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        let rusqlite::Error::SqliteFailure(code, message) = &error else {
            return Error::Other(error.to_string());
        };
        let text = message.clone().unwrap_or_else(|| code.to_string());
        let what = text.split_once(" failed: ").map_or(text.as_str(), |(_, what)| what).to_owned();
        match (code.code, code.extended_code) {
            (ErrorCode::ConstraintViolation, extended) => match extended {
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID => Error::Unique(what),
                // ON DELETE RESTRICT is a trigger inside SQLite and says so.
                ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER => Error::ForeignKey(what),
                ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_NOTNULL => Error::Check(what),
                ffi::SQLITE_CONSTRAINT_DATATYPE => Error::unexpected("the type of the column", what),
                _ => Error::Other(text),
            },
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Error::Busy,
            (ErrorCode::DiskFull, _) => Error::Full,
            (ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory, _) => {
                Error::Unavailable(text)
            }
            _ => Error::Other(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_cached_join_is_never_prepared_again() -> Result<(), Error> {
        let folder = std::env::temp_dir().join(format!("onesql-reprepare-{}", std::process::id()));
        let connection = connect_in(&folder)?;
        connection.execute_batch(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, kind TEXT NOT NULL) STRICT;
             CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL, word TEXT NOT NULL) STRICT;
             CREATE INDEX a_kind ON a (kind); CREATE INDEX b_a ON b (a_id); CREATE INDEX b_word ON b (word);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO a SELECT i, CASE WHEN i % 100 = 0 THEN 'rare' ELSE 'common' END FROM n;
             INSERT INTO b SELECT id, id, 'w' || (id % 7) FROM a; ANALYZE;",
        )?;
        let sql =
            "SELECT b.id FROM a JOIN b ON b.a_id = a.id WHERE a.kind = $1 AND b.word = $2 AND b.word LIKE $3";
        for kind in ["rare", "common", "none", "rare"] {
            query::<(i64,)>(&connection, sql, crate::params![kind, "w1", "w%"], |_| Ok(()))?;
        }
        let again = connection.prepare_cached(sql)?.get_status(StatementStatus::RePrepare);
        std::fs::remove_dir_all(folder).ok();
        assert_eq!(again, 0);
        Ok(())
    }

    fn connect_in(folder: &Path) -> Result<Connection, Error> {
        let path = folder.join("test.db");
        make_parent(&path)?;
        connect(&path)
    }
}
