//! A fresh database for each story. PostgreSQL's is a copy of a migrated template, which the first test that needs it
//! makes, under a lock: every test may be a process of its own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use onesql::{Db, Engine, Options};
use postgres::{Client, NoTls};

/// A database that goes when it is dropped.
pub struct Fresh {
    /// Its address.
    pub url: String,
    kind: Kind,
}

enum Kind {
    Folder(PathBuf),
    Database { name: String },
}

/// What every story on PostgreSQL holds the program to.
const REVISION: &str = include_str!("revision.sql");

static COUNT: AtomicU64 = AtomicU64::new(0);

/// The address of the server that makes databases.
fn server() -> String {
    std::env::var("ROSTER_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "ROSTER_TEST_POSTGRES_URL is not set. `tests/run` starts a PostgreSQL and sets it; by hand give the address of \
             one where databases may be created, such as postgres://postgres@127.0.0.1:5432/postgres"
        )
    })
}

fn on_server(name: &str) -> String {
    let server = server();
    let (front, _) = server.rsplit_once('/').expect("postgres://user@host:port/database");
    format!("{front}/{name}")
}

fn connect() -> Client {
    Client::connect(&server(), NoTls).expect("ROSTER_TEST_POSTGRES_URL leads to a PostgreSQL server")
}

impl Fresh {
    /// A migrated, otherwise empty database.
    pub fn create(engine: Engine) -> Self {
        let name = format!("story_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        match engine {
            Engine::Sqlite => {
                let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
                std::fs::create_dir_all(&folder).unwrap();
                let url = format!("sqlite://{}", folder.join("roster.db").display());
                Self { url, kind: Kind::Folder(folder) }
            }
            Engine::Postgres => {
                let mut client = connect();
                let template = template(&mut client);
                client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
                client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
                Self { url: on_server(&name), kind: Kind::Database { name } }
            }
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        match &self.kind {
            Kind::Folder(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Kind::Database { name } => {
                let _ = connect().batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

/// The name of the template for today's migrations, made where it is missing.
fn template(client: &mut Client) -> String {
    const LOCK: i64 = 7_305_114;
    let mut hasher = DefaultHasher::new();
    for migration in roster::app::MIGRATIONS {
        (migration.version, migration.sql).hash(&mut hasher);
    }
    REVISION.hash(&mut hasher);
    let name = format!("roster_template_{:016x}", hasher.finish());
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).unwrap();
    let there = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).unwrap();
    if there.is_none() {
        let building = format!("{name}_building");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {building}")).unwrap();
        migrate(&on_server(&building));
        Client::connect(&on_server(&building), NoTls).unwrap().batch_execute(REVISION).unwrap();
        client
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                &[&building],
            )
            .unwrap();
        client.batch_execute(&format!("ALTER DATABASE {building} RENAME TO {name}")).unwrap();
    }
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK]).unwrap();
    name
}

fn migrate(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::open(url, Options::default()).await.unwrap();
        db.migrate(roster::app::MIGRATIONS).await.unwrap();
        db.close().await;
    });
}
