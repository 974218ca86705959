//! What somebody with access to the database can do and see, past Roster.

use super::{Engine, Installation};

impl Installation {
    /// Runs these statements on the database.
    pub fn by_hand(&self, statements: &str) {
        match self.engine {
            Engine::Sqlite => self.sqlite().execute_batch(statements).expect("run the statements"),
            Engine::Postgres => self.postgres().batch_execute(statements).expect("run the statements"),
        }
    }

    /// The whole number that this query answers.
    pub fn number(&self, query: &str) -> i64 {
        match self.engine {
            Engine::Sqlite => self.sqlite().query_row(query, [], |row| row.get(0)).expect("ask the database"),
            Engine::Postgres => self.postgres().query_one(query, &[]).expect("ask the database").get(0),
        }
    }

    /// The bytes that this query answers, in hexadecimal.
    pub fn hex(&self, query: &str) -> String {
        let bytes: Vec<u8> = match self.engine {
            Engine::Sqlite => self.sqlite().query_row(query, [], |row| row.get(0)).expect("ask the database"),
            Engine::Postgres => self.postgres().query_one(query, &[]).expect("ask the database").get(0),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Everything that the database holds, as bytes: the files, or each row of each table as text.
    pub fn everything_stored(&self) -> Vec<u8> {
        match self.engine {
            Engine::Sqlite => ["roster.db", "roster.db-wal"]
                .iter()
                .flat_map(|name| std::fs::read(self.folder.join(name)).unwrap_or_default())
                .collect(),
            Engine::Postgres => {
                let mut client = self.postgres();
                let tables = client
                    .query("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'", &[])
                    .expect("list the tables");
                let mut all = Vec::new();
                for table in &tables {
                    let name: &str = table.get(0);
                    for row in
                        client.query(&format!("SELECT t::text FROM {name} t"), &[]).expect("read a table")
                    {
                        all.extend_from_slice(row.get::<_, &str>(0).as_bytes());
                        all.push(b'\n');
                    }
                }
                all
            }
        }
    }

    fn sqlite(&self) -> rusqlite::Connection {
        let connection =
            rusqlite::Connection::open(self.folder.join("roster.db")).expect("open the SQLite file");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("set the timeout");
        connection
    }

    fn postgres(&self) -> postgres::Client {
        postgres::Client::connect(&self.database_url, postgres::NoTls).expect("connect to PostgreSQL")
    }
}
