//! Migrations: one text for both engines, each applied once and in one transaction.

use crate::{Db, Engine, Error, Query, Tx, params};
use sha2::{Digest, Sha256};

/// One step of the schema. Type names are written as tokens: `{uuid} {text} {bool} {json} {bytes} {int}`, and
/// `{strict}` behind the closing parenthesis of a table, or `{clustered}` where SQLite shall keep the rows in the order
/// of the primary key: one tree to search less, for tables whose rows are small or read by that key.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Ascending; never changed once released.
    pub version: i64,
    /// What people call it.
    pub name: &'static str,
    /// Statements, separated by semicolons.
    pub sql: &'static str,
}

impl Migration {
    fn checksum(&self) -> [u8; 32] {
        Sha256::digest(self.sql).into()
    }

    fn sql_for(&self, engine: Engine) -> String {
        TYPES.iter().fold(self.sql.to_owned(), |sql, (token, sqlite, postgres)| {
            sql.replace(token, if engine == Engine::Sqlite { sqlite } else { postgres })
        })
    }

    fn error(&self, why: &str) -> Error {
        Error::Migration(format!("{} ({}): {why}", self.version, self.name))
    }
}

const TYPES: [(&str, &str, &str); 8] = [
    ("{uuid}", "BLOB", "UUID"),
    ("{text}", "TEXT", "TEXT COLLATE \"C\""),
    ("{bool}", "INTEGER", "BOOLEAN"),
    ("{json}", "TEXT", "TEXT"),
    ("{bytes}", "BLOB", "BYTEA"),
    ("{int}", "INTEGER", "BIGINT"),
    ("{strict}", " STRICT", ""),
    ("{clustered}", " STRICT, WITHOUT ROWID", ""),
];

const LEDGER: Migration = Migration {
    version: 0,
    name: "ledger",
    sql: "CREATE TABLE IF NOT EXISTS schema_migrations (
        version {int} NOT NULL PRIMARY KEY, name {text} NOT NULL, checksum {bytes} NOT NULL){strict};",
};

pub(crate) async fn migrate(db: &Db, migrations: &[Migration]) -> Result<usize, Error> {
    check(migrations)?;
    let mut tx = db.begin().await?;
    tx.lock_schema().await?;
    tx.batch(&LEDGER.sql_for(db.engine())).await?;
    let newest: (Option<i64>,) = tx.one("SELECT MAX(version) FROM schema_migrations", &[]).await?;
    tx.commit().await?;
    let known = migrations.last().map_or(0, |last| last.version);
    if let Some(newest) = newest.0.filter(|newest| *newest > known) {
        let why =
            format!("the database is at version {newest}, this program knows {known}: use a newer program");
        return Err(Error::Migration(why));
    }
    let mut applied = 0;
    for migration in migrations {
        applied += usize::from(apply(db, migration).await?);
    }
    Ok(applied)
}

/// What would hurt only later is refused at once.
fn check(migrations: &[Migration]) -> Result<(), Error> {
    for pair in migrations.windows(2) {
        if pair[0].version >= pair[1].version {
            return Err(pair[1].error("versions must ascend"));
        }
    }
    match migrations.iter().find(|migration| migration.sql.to_ascii_uppercase().contains("DEFERR")) {
        // Its violation would surface at the group's commit and fail every neighbour.
        Some(migration) => Err(migration.error("deferred constraints do not go with group commit")),
        None => Ok(()),
    }
}

/// One transaction under the schema's lock: of two processes, the second finds it done.
async fn apply(db: &Db, migration: &Migration) -> Result<bool, Error> {
    let mut tx = db.begin().await?;
    let result = apply_in(&mut tx, db.engine(), migration).await;
    match result {
        Ok(true) => tx.commit().await.map(|()| true),
        other => tx.rollback().await.and(other),
    }
}

async fn apply_in(tx: &mut Tx, engine: Engine, migration: &Migration) -> Result<bool, Error> {
    tx.lock_schema().await?;
    let found: Option<(Vec<u8>,)> = tx
        .optional("SELECT checksum FROM schema_migrations WHERE version = $1", params![migration.version])
        .await?;
    match found {
        Some((checksum,)) if checksum == migration.checksum() => return Ok(false),
        Some(_) => return Err(migration.error("its text is not the one that was applied")),
        None => {}
    }
    tx.batch(&migration.sql_for(engine)).await.map_err(|error| match error {
        Error::Busy | Error::Full | Error::Unavailable(_) => error,
        other => migration.error(&other.to_string()),
    })?;
    tx.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
        params![migration.version, migration.name, migration.checksum()],
    )
    .await?;
    Ok(true)
}
