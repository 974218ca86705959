//! Millions of login attempts and as many audit events, put straight into the tables: every second one belongs to the large
//! organization, the others to 90 more; over two years, in the order of time. The events' hashes are noise: nobody verifies
//! this trail.

use std::fmt::Write;

use roster::audit::Action;
use roster::base::Clock;
use roster::base::MemberId;
use roster::base::time::DAY;
use uuid::Uuid;

use crate::Outcome;
use crate::population::LARGE;

/// Rows of one transaction.
const PORTION: i64 = 500_000;

/// Beside each row `i` stand who did it, on whom, what, and in which small organization, unless it is the large one's.
const ATTEMPTS: &str = "INSERT INTO login_attempts (id, organization_id, account_id, member_id, at, email, email_key, ip, device,
    method, succeeded, reason)
  SELECT $UUID, CASE WHEN i % 2 = 0 THEN $LARGE ELSE o.id END, NULL, p.id, $AT, p.email, p.email, '198.51.100.' || (i % 250),
    CASE WHEN i % 3 = 0 THEN 'Chrome on Windows' ELSE 'Firefox on Linux' END, 'password', i % 10 > 2,
    CASE WHEN i % 10 > 2 THEN NULL ELSE 'wrong_password' END
  FROM $SERIES JOIN people p ON p.n = (i / 2 * 7919) % $PEOPLE JOIN places o ON o.n = i % $PLACES";
const EVENTS: &str = "INSERT INTO audit_events (organization_id, seq, id, at, actor_type, actor_id, actor_name, action, target_type,
    target_id, target_name, changes, outcome, ip, user_agent, request_id, hash)
  SELECT CASE WHEN i % 2 = 0 THEN $LARGE ELSE o.id END, 1000000 + i, $UUID, $AT, 'member', p.named, 'Ada Brandt', a.name,
    'member', t.named, 'Boris Costa', '{\"lastName\":{\"from\":\"Brandt\",\"to\":\"Petersen\"},\"phone\":{\"from\":\"\",\"to\":\"+49 30 1\"}}',
    'done', '198.51.100.' || (i % 250), 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    '01kf0e44m0e0080as34emr1cka', $NOISE
  FROM $SERIES JOIN people p ON p.n = (i / 2 * 7919) % $PEOPLE JOIN people t ON t.n = (i / 2000 + i / 2 * 729) % $PEOPLE
  JOIN actions a ON a.n = (i / 2 * 31) % $ACTIONS JOIN places o ON o.n = i % $PLACES";

/// A connection past Roster.
enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Client),
}

impl Database {
    fn open(url: &str) -> Outcome<Self> {
        Ok(match url.strip_prefix("sqlite://") {
            Some(path) => Self::Sqlite(rusqlite::Connection::open(path)?),
            None => Self::Postgres(postgres::Client::connect(url, postgres::NoTls)?),
        })
    }

    /// Takes the text that is for SQLite, or the one for PostgreSQL.
    fn either<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    fn run(&mut self, sql: &str) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql)?,
            Self::Postgres(client) => client.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Two columns of text of each row.
    fn texts(&mut self, sql: &str) -> Outcome<Vec<(String, String)>> {
        Ok(match self {
            Self::Sqlite(connection) => connection
                .prepare(sql)?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?,
            Self::Postgres(client) => {
                client.query(sql, &[])?.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        })
    }

    fn uuid(&self, hex: &str) -> String {
        self.either("x'$'", "'$'::uuid").replace('$', hex)
    }
}

/// Fills both tables with so many rows each.
pub fn insert(url: &str, rows: i64) -> Outcome<()> {
    let mut database = Database::open(url)?;
    database.run(
        database
            .either(
                "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = FILE",
                "SET work_mem = '64MB'; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off",
            )
            .to_owned()
            .as_str(),
    )?;
    let beside = beside(&mut database)?;
    let step = 2 * 365 * DAY / rows;
    let begun_at = Clock::System.now().0 - rows * step;
    // Indexes are made when the rows are there: the same indexes, much sooner.
    let indexes = indexes(&mut database)?;
    for (name, _) in &indexes {
        database.run(&format!("DROP INDEX {name}"))?;
    }
    for (what, sql) in [("login attempts", ATTEMPTS), ("audit events", EVENTS)] {
        for from in (0..rows).step_by(PORTION as usize) {
            let to = (from + PORTION).min(rows) - 1;
            let sql = beside.iter().fold(sql.to_owned(), |sql, (name, text)| sql.replace(name, text));
            let sql = sql
                .replace("$AT", &format!("({begun_at} + i * {step})"))
                .replace("$FROM", &from.to_string())
                .replace("$TO", &to.to_string());
            database.run(&sql)?;
            eprint!("\r{what}: {}   ", to + 1);
        }
        eprintln!();
    }
    for (name, sql) in &indexes {
        eprintln!("{name}");
        database.run(sql)?;
    }
    database.run(database.either("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM (ANALYZE)").to_owned().as_str())
}

/// Small tables beside which the rows are made, and what stands in the statements for the engine's own words.
fn beside(database: &mut Database) -> Outcome<Vec<(&'static str, String)>> {
    let hex = database.either("lower(hex(o.id))", "replace(o.id::text, '-', '')").to_owned();
    let organizations =
        database.texts(&format!("SELECT o.slug, {hex} FROM organizations o ORDER BY o.slug"))?;
    let (large, small): (Vec<_>, Vec<_>) = organizations.into_iter().partition(|(slug, _)| slug == LARGE);
    let large = database.uuid(&large.first().ok_or("no large organization")?.1);
    let people = database.texts(&format!(
        "SELECT o.email, {hex} FROM members o WHERE o.organization_id = {large} ORDER BY o.email"
    ))?;
    let (uuid, integer) = (database.either("BLOB", "UUID"), database.either("INTEGER", "BIGINT"));
    let mut sql = format!(
        "CREATE TEMPORARY TABLE people (n {integer} PRIMARY KEY, id {uuid}, named TEXT, email TEXT);
         CREATE TEMPORARY TABLE places (n {integer} PRIMARY KEY, id {uuid});
         CREATE TEMPORARY TABLE actions (n {integer} PRIMARY KEY, name TEXT);"
    );
    for (n, (email, id)) in people.iter().enumerate() {
        let named = MemberId(Uuid::parse_str(id)?);
        writeln!(sql, "INSERT INTO people VALUES ({n}, {}, '{named}', '{email}');", database.uuid(id))?;
    }
    for (n, (_, id)) in small.iter().enumerate() {
        writeln!(sql, "INSERT INTO places VALUES ({n}, {});", database.uuid(id))?;
    }
    for (n, action) in Action::ALL.iter().enumerate() {
        writeln!(sql, "INSERT INTO actions VALUES ({n}, '{}');", action.as_str())?;
    }
    database.run(&sql)?;
    let series = database.either(
        "(WITH RECURSIVE n (i) AS (SELECT $FROM UNION ALL SELECT i + 1 FROM n WHERE i < $TO) SELECT i FROM n) AS series",
        "generate_series($FROM::bigint, $TO::bigint) AS series (i)",
    );
    let new_uuid = database.either(
        "unhex(printf('%012x70008%015x', $AT / 1000, i))",
        "(lpad(to_hex($AT / 1000), 12, '0') || '70008' || lpad(to_hex(i), 15, '0'))::uuid",
    );
    let noise = database.either("randomblob(32)", "decode(md5(i::text) || md5((i + 1)::text), 'hex')");
    Ok(vec![
        ("$LARGE", large),
        ("$PEOPLE", people.len().to_string()),
        ("$PLACES", small.len().to_string()),
        ("$ACTIONS", Action::ALL.len().to_string()),
        ("$SERIES", series.to_owned()),
        ("$UUID", new_uuid.to_owned()),
        ("$NOISE", noise.to_owned()),
    ])
}

/// The indexes of both tables that are no table's key: name and statement.
fn indexes(database: &mut Database) -> Outcome<Vec<(String, String)>> {
    database.texts(
        database
            .either(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
           AND tbl_name IN ('login_attempts', 'audit_events') ORDER BY name",
                "SELECT indexname::text, indexdef FROM pg_indexes
         WHERE tablename IN ('login_attempts', 'audit_events') AND indexname NOT LIKE '%_pkey' ORDER BY 1",
            )
            .to_owned()
            .as_str(),
    )
}
