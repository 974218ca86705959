//! The same stories on both engines: a file per subject, and `engines` for what only one of them can do.

mod engines;
mod migrations;
mod texts;
mod transactions;

use onesql::{Db, Error, Migration, Options, Query, params};
use std::path::PathBuf;
use uuid::Uuid;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SCHEMA: &[Migration] = &[Migration {
    version: 1,
    name: "teams",
    sql: "CREATE TABLE team (
            id {uuid} NOT NULL PRIMARY KEY, name {text} NOT NULL UNIQUE, size {int} NOT NULL DEFAULT 0 CHECK (size >= 0),
            active {bool} NOT NULL DEFAULT TRUE, facts {json}, digest {bytes}){strict};
          CREATE TABLE person (
            id {int} NOT NULL PRIMARY KEY, team_id {uuid} NOT NULL REFERENCES team (id) ON DELETE RESTRICT,
            email {text} NOT NULL, state {text} NOT NULL){strict};
          CREATE UNIQUE INDEX person_pending ON person (team_id, email) WHERE state = 'pending';",
}];

const ADD_TEAM: &str = "INSERT INTO team (id, name) VALUES ($1, $2)";
const ADD_PERSON: &str = "INSERT INTO person (id, team_id, email, state) VALUES ($1, $2, $3, 'pending')";
const COUNT_TEAMS: &str = "SELECT COUNT(*) FROM team";
const TEAM: Uuid = Uuid::from_u128(1);

/// One test's own database: a file, or a schema on the server.
struct Place {
    url: String,
    folder: Option<PathBuf>,
}

impl Place {
    fn sqlite(name: &str) -> Place {
        let folder =
            std::env::temp_dir().join(format!("onesql-{}-{}", std::process::id(), name.replace("::", "-")));
        Place { url: format!("sqlite://{}/data/test.db", folder.display()), folder: Some(folder) }
    }

    async fn postgres(name: &str) -> Place {
        let url = server();
        let schema = format!("onesql_{}", name.replace("::", "_"));
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("PostgreSQL");
        let connection = tokio::spawn(connection);
        let fresh = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        client.batch_execute(&fresh).await.expect("a fresh schema");
        drop(client);
        connection.await.expect("a task").expect("a clean end");
        let separator = if url.contains('?') { '&' } else { '?' };
        Place { url: format!("{url}{separator}options=-c%20search_path%3D{schema}"), folder: None }
    }

    async fn open(&self) -> Result<Db, Error> {
        Db::open(&self.url, Options { postgres_connections: Some(4), ..Options::default() }).await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            std::fs::remove_dir_all(folder).ok();
        }
    }
}

/// A missing server fails the tests: silence would look like success.
fn server() -> String {
    std::env::var("ROSTER_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "set ROSTER_TEST_POSTGRES_URL to an empty PostgreSQL database, for example: \
             initdb -A trust -U roster -D /tmp/pg && postgres -D /tmp/pg -p 54329 -c unix_socket_directories=/tmp & \
             export ROSTER_TEST_POSTGRES_URL=postgres://roster@127.0.0.1:54329/postgres"
        )
    })
}

/// A story that runs on SQLite and on PostgreSQL, with the schema in place.
macro_rules! both {
    ($name:ident, $db:ident => $body:block) => {
        mod $name {
            use super::*;

            async fn story($db: Db) -> Outcome {
                $db.migrate(SCHEMA).await?;
                $body
                Ok(())
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() -> Outcome {
                let place = Place::sqlite(stringify!($name));
                story(place.open().await?).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() -> Outcome {
                let place = Place::postgres(stringify!($name)).await;
                story(place.open().await?).await
            }
        }
    };
}
pub(crate) use both;

/// Adds a team in a transaction of its own.
async fn add_team(db: &Db, id: Uuid, name: &str) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    match tx.execute(ADD_TEAM, params![id, name]).await {
        Ok(_) => tx.commit().await,
        Err(error) => tx.rollback().await.and(Err(error)),
    }
}

async fn count_teams(db: &Db) -> Result<i64, Error> {
    db.reader().one(COUNT_TEAMS, &[]).await.map(|(count,)| count)
}
