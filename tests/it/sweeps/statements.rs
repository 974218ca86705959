//! Every SQL statement: listed, understood by both engines, and none that reads a whole tenant's table to find a few rows.

use std::collections::BTreeSet;

use onesql::{Engine, Options};
use postgres::{Client, NoTls};

use super::imports::sources;
use crate::story::database::Fresh;

/// The statements of each file that has any.
const ALL: &[(&str, &[&str])] = &[
    ("account/membership.rs", roster::account::membership::STATEMENTS),
    ("account/store.rs", roster::account::store::STATEMENTS),
    ("app.rs", roster::app::STATEMENTS),
    ("audit/store.rs", roster::audit::store::STATEMENTS),
    ("op/store.rs", roster::op::store::STATEMENTS),
    ("operator/store.rs", roster::operator::store::STATEMENTS),
    ("outbox/store.rs", roster::outbox::store::STATEMENTS),
    ("outbox/subject.rs", roster::outbox::subject::STATEMENTS),
    ("role/store.rs", roster::role::store::STATEMENTS),
    ("seat/mod.rs", roster::seat::STATEMENTS),
    ("session/list.rs", roster::session::list::STATEMENTS),
    ("session/store.rs", roster::session::store::STATEMENTS),
    ("sign_in/attempt.rs", roster::sign_in::attempt::STATEMENTS),
    ("throttle/store.rs", roster::throttle::store::STATEMENTS),
    ("web/idempotency.rs", roster::web::idempotency::STATEMENTS),
];

/// Tables that grow with the organizations and their people.
const LARGE: &[&str] = &[
    "accounts",
    "organizations",
    "roles",
    "role_templates",
    "teams",
    "projects",
    "members",
    "member_roles",
    "team_members",
    "project_members",
    "resources",
    "resource_access",
    "outbox",
    "invitations",
    "sessions",
    "session_organizations",
    "login_attempts",
    "password_resets",
    "email_changes",
    "audit_events",
    "idempotency_records",
];

/// Statements that read a whole table on purpose: what they begin with, and why.
const WHOLE: &[(&str, &str)] = &[
    ("SELECT organization_id FROM audit_events UNION", "`roster audit verify` reads every chain"),
    (
        "SELECT id, kind, subject_id, generation, recipient, message_id, attempts, created_at FROM outbox ORDER BY",
        "the newest 200 letters by index, in the local mailbox",
    ),
    (
        "SELECT COUNT(*), MIN(created_at) FROM outbox",
        "the operator asks how many letters wait; an index has these only",
    ),
    ("SELECT last_error FROM outbox", "the same index, backwards until the first"),
];

fn is_sql(text: &str) -> bool {
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb))
}

/// Names of the constants of a file that hold SQL.
fn sql_constants(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("const ").skip(1) {
        let Some((name, rest)) = part.split_once(": &str =") else { continue };
        let text = rest.trim_start().trim_start_matches("r#").trim_start_matches(['"', '\\']).trim_start();
        if is_sql(text) {
            names.push(name.to_owned());
        }
    }
    names
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn every_statement_is_listed() {
    let listed: BTreeSet<&str> = ALL.iter().map(|(file, _)| *file).collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if file.contains("tests") {
            continue;
        }
        let text = without_tests(&text);
        let list = text.split_once("pub const STATEMENTS: &[&str] =").map(|(_, rest)| rest);
        let list = list.map(|rest| rest.split_once("];").map_or(rest, |(list, _)| list));
        if list.is_some() && !listed.contains(file.as_str()) {
            wrong.push(format!("src/{file}: put its STATEMENTS into ALL of tests/it/sweeps/statements.rs"));
        }
        for name in sql_constants(text) {
            let words = list.unwrap_or_default().split(|c: char| !c.is_alphanumeric() && c != '_');
            if !words.into_iter().any(|word| word == name) {
                wrong.push(format!("src/{file}: {name} does not stand in STATEMENTS"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn every_statement_prepares(engine: Engine) {
    let database = Fresh::create(engine);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wrong = runtime.block_on(async {
        let db = onesql::Db::open(&database.url, Options::default()).await.unwrap();
        db.migrate(roster::app::MIGRATIONS).await.unwrap();
        let mut wrong = Vec::new();
        for (file, statements) in ALL {
            for sql in *statements {
                if let Err(error) = db.prepare(sql).await {
                    wrong.push(format!("src/{file}: {error}\n{sql}"));
                }
            }
        }
        db.close().await;
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_statement_prepares_on_sqlite() {
    every_statement_prepares(Engine::Sqlite);
}

#[test]
fn every_statement_prepares_on_postgres() {
    every_statement_prepares(Engine::Postgres);
}

fn judged() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter()
        .flat_map(|(file, statements)| statements.iter().map(move |sql| (*file, *sql)))
        .filter(|(_, sql)| !WHOLE.iter().any(|(start, _)| sql.starts_with(start)))
}

#[test]
fn no_statement_reads_a_whole_table_on_sqlite() {
    let database = Fresh::create(Engine::Sqlite);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = onesql::Db::open(&database.url, Options::default()).await.unwrap();
        db.migrate(roster::app::MIGRATIONS).await.unwrap();
        db.close().await;
    });
    let path = database.url.trim_start_matches("sqlite://");
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut wrong = Vec::new();
    for (file, sql) in judged() {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let line: String = row.get("detail").unwrap();
            let Some(scanned) = line.strip_prefix("SCAN ") else { continue };
            let scanned = scanned.split(' ').next().unwrap_or_default();
            if named(sql, scanned).is_some_and(|table| LARGE.contains(&table)) {
                wrong.push(format!("src/{file}: {line}\n{sql}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The table behind a name in a plan, which may be an alias: `members m`, `members AS m`.
fn named<'a>(sql: &'a str, name: &'a str) -> Option<&'a str> {
    let words: Vec<&str> =
        sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    if LARGE.contains(&name) {
        return Some(name);
    }
    let at = |place: usize| words.get(place).copied().unwrap_or_default();
    (0..words.len()).find_map(|place| {
        let alias = if at(place + 1) == "AS" { at(place + 2) } else { at(place + 1) };
        (LARGE.contains(&at(place)) && alias == name).then_some(at(place))
    })
}

#[test]
fn no_statement_reads_a_whole_table_on_postgres() {
    let database = Fresh::create(Engine::Postgres);
    let mut client = Client::connect(&database.url, NoTls).unwrap();
    client.batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").unwrap();
    let mut wrong = Vec::new();
    for (file, sql) in judged() {
        let plan = plan(&mut client, sql);
        for (at, line) in plan.iter().enumerate() {
            let Some(table) = scanned(line).filter(|table| LARGE.contains(table)) else { continue };
            let depth = line.find(|c| c != ' ').unwrap_or(0);
            let below = plan[at + 1..].iter().take_while(|l| {
                let own = l.find(|c| c != ' ').unwrap_or(0);
                own > depth && !l.trim_start().starts_with("->")
            });
            let by_index =
                line.contains("Bitmap Heap Scan") || below.into_iter().any(|l| l.contains("Index Cond"));
            if !by_index {
                wrong.push(format!("src/{file}: reads all of {table}\n{sql}\n{}", plan.join("\n")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The table that a line of a plan reads.
fn scanned(line: &str) -> Option<&str> {
    if !line.contains("Scan") {
        return None;
    }
    let (_, rest) = line.split_once(" on ")?;
    rest.split(' ').next()
}

/// The plan that holds for every parameter. Where PostgreSQL can't tell a parameter's type, the one that fits is tried out.
fn plan(client: &mut Client, sql: &str) -> Vec<String> {
    let count = (1..40).take_while(|n| sql.contains(&format!("${n}"))).count();
    let mut types = vec!["unknown"; count];
    for _ in 0..200 {
        let prepare = if count == 0 {
            format!("PREPARE asked AS {sql}")
        } else {
            format!("PREPARE asked({}) AS {sql}", types.join(", "))
        };
        match client.batch_execute(&prepare) {
            Ok(()) => {
                let values =
                    if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
                let rows = client.query(&format!("EXPLAIN EXECUTE asked{values}"), &[]).unwrap();
                client.batch_execute("DEALLOCATE asked").unwrap();
                return rows.iter().map(|row| row.get(0)).collect();
            }
            Err(error) => {
                const KNOWN: [&str; 6] = ["unknown", "bigint", "text", "boolean", "uuid", "bytea"];
                let message = error.as_db_error().map(|e| e.message().to_owned()).unwrap_or_default();
                let place = message
                    .split('$')
                    .nth(1)
                    .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
                let place = place.and_then(|digits| digits.parse::<usize>().ok()).map(|n| n - 1);
                // Another type for the parameter that is named, or for the last that was guessed.
                let place = place.or_else(|| types.iter().rposition(|t| *t != "unknown"));
                let place = place.unwrap_or_else(|| panic!("{message}\n{sql}"));
                let now = KNOWN.iter().position(|t| *t == types[place]).unwrap_or(0);
                types[place] = KNOWN.get(now + 1).unwrap_or_else(|| panic!("{message}\n{sql}"));
            }
        }
    }
    panic!("no types fit the parameters of\n{sql}")
}
