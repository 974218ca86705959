//! Every SQL statement: listed, understood by both engines, and none that reads a whole tenant's table to find a few rows.

use std::collections::BTreeSet;

use onesql::{Engine, Options};
use postgres::{Client, NoTls};

use super::imports::sources;
use crate::story::database::Fresh;

/// The statements of each file that has any.
const ALL: &[(&str, &[&str])] = &[
    ("access/store.rs", roster::access::store::STATEMENTS),
    ("access_model/store.rs", roster::access_model::store::STATEMENTS),
    ("account/membership.rs", roster::account::membership::STATEMENTS),
    ("account/store.rs", roster::account::store::STATEMENTS),
    ("app.rs", roster::app::STATEMENTS),
    ("audit/list.rs", roster::audit::list::STATEMENTS),
    ("audit/store.rs", roster::audit::store::STATEMENTS),
    ("decision/list.rs", roster::decision::list::STATEMENTS),
    ("decision/asked.rs", roster::decision::asked::STATEMENTS),
    ("decision/store.rs", roster::decision::store::STATEMENTS),
    ("group/store.rs", roster::group::store::STATEMENTS),
    ("job/store.rs", roster::job::store::STATEMENTS),
    ("invitation/store.rs", roster::invitation::store::STATEMENTS),
    ("member/grams.rs", roster::member::grams::STATEMENTS),
    ("member/list/sql.rs", roster::member::list::STATEMENTS),
    ("member/places.rs", roster::member::places::STATEMENTS),
    ("member/store.rs", roster::member::store::STATEMENTS),
    ("op/store.rs", roster::op::store::STATEMENTS),
    ("operator/store.rs", roster::operator::store::STATEMENTS),
    ("organization/store.rs", roster::organization::store::STATEMENTS),
    ("outbox/membership_words.rs", roster::outbox::membership_words::STATEMENTS),
    ("outbox/notice.rs", roster::outbox::notice::STATEMENTS),
    ("outbox/notice_words.rs", roster::outbox::notice_words::STATEMENTS),
    ("outbox/review_words.rs", roster::outbox::review_words::STATEMENTS),
    ("outbox/store.rs", roster::outbox::store::STATEMENTS),
    ("outbox/subject.rs", roster::outbox::subject::STATEMENTS),
    ("recovery/store.rs", roster::recovery::store::STATEMENTS),
    ("removal/ending.rs", roster::removal::ending::STATEMENTS),
    ("resource/store.rs", roster::resource::store::STATEMENTS),
    ("review/store.rs", roster::review::store::STATEMENTS),
    ("role/store.rs", roster::role::store::STATEMENTS),
    ("role_template/store.rs", roster::role_template::store::STATEMENTS),
    ("seat/mod.rs", roster::seat::STATEMENTS),
    ("session/list.rs", roster::session::list::STATEMENTS),
    ("session/store.rs", roster::session::store::STATEMENTS),
    ("sign_in/attempt.rs", roster::sign_in::attempt::STATEMENTS),
    ("sign_in/current.rs", roster::sign_in::current::STATEMENTS),
    ("sign_in/told.rs", roster::sign_in::told::STATEMENTS),
    ("sign_in/list.rs", roster::sign_in::list::STATEMENTS),
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
    "jobs",
    "job_rows",
    "reviews",
    "review_items",
    "sessions",
    "session_organizations",
    "login_attempts",
    "password_resets",
    "email_changes",
    "notices",
    "audit_events",
    "idempotency_records",
];

/// Statements that read a whole table on purpose: what they begin with, and why.
const WHOLE: &[(&str, &str)] = &[
    ("SELECT organization_id FROM audit_events\n  UNION", "`roster audit verify` reads every chain"),
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
        let text = rest.trim_start().trim_start_matches("concat!(").trim_start();
        let text = text.trim_start_matches("r#").trim_start_matches(['"', '\\']).trim_start();
        if is_sql(text) {
            names.push(name.to_owned());
        }
    }
    names
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// What stands in a file's list.
fn statements_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("pub const STATEMENTS: &[&str] =")?;
    Some(rest.split_once("];").map_or(rest, |(list, _)| list).to_owned())
}

#[test]
fn every_statement_is_listed() {
    let listed: BTreeSet<&str> = ALL.iter().map(|(file, _)| *file).collect();
    let lists: Vec<(String, String)> =
        sources().into_iter().filter_map(|(file, text)| Some((file, statements_in(&text)?))).collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if file.contains("tests") {
            continue;
        }
        let text = without_tests(&text);
        if lists.iter().any(|(of, _)| *of == file) && !listed.contains(file.as_str()) {
            wrong.push(format!("src/{file}: put its STATEMENTS into ALL of tests/it/sweeps/statements.rs"));
        }
        for name in sql_constants(text) {
            let folder = file.rsplit_once('/').map_or(file.as_str(), |(folder, _)| folder);
            let lists = lists.iter().filter(|(of, _)| of.starts_with(folder)).map(|(_, list)| list.as_str());
            let mut words = lists.flat_map(|list| list.split(|c: char| !c.is_alphanumeric() && c != '_'));
            if !words.any(|word| word == name) {
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
    fill(&mut client);
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

/// ADR 28: the usual page of members is planned once for all organizations, so nothing in its plan may sort one of them.
#[test]
fn the_usual_page_of_members_is_read_in_order_on_postgres() {
    let database = Fresh::create(Engine::Postgres);
    let mut client = Client::connect(&database.url, NoTls).unwrap();
    fill(&mut client);
    const SETTINGS: &str =
        "SET enable_seqscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(SETTINGS).unwrap();
    let usual: Vec<_> =
        roster::member::list::STATEMENTS.iter().filter(|sql| sql.ends_with(" LIMIT 51")).collect();
    assert_eq!(usual.len(), 10, "five orders, both ways");
    for sql in usual {
        let plan = plan(&mut client, sql);
        // An "Incremental Sort" is of those only whom the index has side by side as equals.
        let sorts = plan
            .iter()
            .any(|line| line.trim_start().trim_start_matches("->").trim_start().starts_with("Sort  ("));
        assert!(
            !sorts && plan.iter().any(|line| line.contains(" using members_")),
            "{sql}\n{}",
            plan.join("\n")
        );
    }
}

/// The lists that grow for ever, and the index that each of their statements goes along, in the statements' order.
fn endless() -> impl Iterator<Item = (&'static str, &'static str)> {
    const TRAIL: [&str; 4] =
        ["audit_events_by_time", "audit_events_by_actor", "audit_events_by_action", "audit_events_by_target"];
    const ATTEMPTS: [&str; 2] = ["login_attempts_by_time", "login_attempts_by_member"];
    let trail = roster::audit::list::STATEMENTS.iter().copied().zip(TRAIL.into_iter().cycle());
    trail.chain(roster::sign_in::list::STATEMENTS.iter().copied().zip(ATTEMPTS.into_iter().cycle()))
}

/// AUD-3, SES-8 at ten million rows: no statement sorts what it read, and each goes along the index made for it.
#[test]
fn endless_lists_are_read_along_their_indexes_on_sqlite() {
    let database = Fresh::create(Engine::Sqlite);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = onesql::Db::open(&database.url, Options::default()).await.unwrap();
        db.migrate(roster::app::MIGRATIONS).await.unwrap();
        db.close().await;
    });
    let connection = rusqlite::Connection::open(database.url.trim_start_matches("sqlite://")).unwrap();
    let details = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push(row.get("detail").unwrap());
        }
        found
    };
    let mut wrong = Vec::new();
    for (sql, index) in endless() {
        let plan = details(sql);
        let along = plan.iter().any(|line| line.contains(&format!("INDEX {index} ")) && line.contains('<'));
        let sorts = plan.iter().any(|line| line.contains("ORDER BY"));
        if !along || sorts {
            wrong.push(format!("not along {index}: {plan:?}\n{sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let used: String =
        judged().chain(all_whole()).flat_map(|(_, sql)| details(sql)).collect::<Vec<_>>().join("\n");
    let mut named = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'")
        .unwrap();
    let names: Vec<String> = named.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let idle: Vec<&String> = names
        .iter()
        .filter(|name| !used.contains(&format!("INDEX {name} ")) && !FOR_REFERENCES.contains(&name.as_str()))
        .collect();
    assert!(idle.is_empty(), "indexes that no statement reads along: {idle:?}");
}

/// Indexes that keep the deletion of what is referred to from reading a whole table.
const FOR_REFERENCES: &[&str] =
    &["members_by_template", "team_members_by_team", "project_members_by_project"];

fn all_whole() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter()
        .flat_map(|(file, statements)| statements.iter().map(move |sql| (*file, *sql)))
        .filter(|(_, sql)| WHOLE.iter().any(|(start, _)| sql.starts_with(start)))
}

#[test]
fn endless_lists_are_read_along_their_indexes_on_postgres() {
    const ONE_ORGANIZATION: &str = "
      UPDATE audit_events SET organization_id = '00000000-0000-0000-0000-000000000001', actor_id = (seq % 50)::text,
        target_id = (seq % 70)::text, action = (seq % 30)::text;
      UPDATE login_attempts SET organization_id = '00000000-0000-0000-0000-000000000001',
        member_id = ('00000000-0000-0000-0000-0000000000' || (10 + at % 80)::text)::uuid;
      ANALYZE; SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan";
    let database = Fresh::create(Engine::Postgres);
    let mut client = Client::connect(&database.url, NoTls).unwrap();
    fill(&mut client);
    client.batch_execute(ONE_ORGANIZATION).unwrap();
    let mut wrong = Vec::new();
    for (sql, index) in endless() {
        let plan = plan(&mut client, sql).join("\n");
        let sorts = plan.contains("Sort") && !sql.contains("GROUP BY");
        if !plan.contains(&format!(" {index} ")) || sorts {
            wrong.push(format!("not along {index}:\n{plan}\n{sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Some thousand rows in each large table, so that the planner has something to weigh. They need not make sense.
fn fill(client: &mut Client) {
    const COLUMNS: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns
      WHERE table_name = $1 ORDER BY ordinal_position";
    const CHECKS: &str =
        "SELECT conname::text FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::text::regclass";
    const STATES: &str = "(ARRAY['pending', 'accepted', 'active', 'invited', 'queued', 'sent'])[1 + n % 6]";
    client.batch_execute("SET session_replication_role = replica").unwrap();
    for table in LARGE {
        for check in client.query(CHECKS, &[table]).unwrap() {
            let name: String = check.get(0);
            client.batch_execute(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).unwrap();
        }
        let columns = client.query(COLUMNS, &[table]).unwrap();
        let values: Vec<&str> = columns
            .iter()
            .map(|column| match (column.get::<_, String>(1).as_str(), column.get::<_, String>(0).as_str()) {
                ("uuid", _) => "gen_random_uuid()",
                ("bigint", _) => "n",
                ("boolean", _) => "n % 2 = 0",
                ("text", "status" | "state") => STATES,
                ("bytea", _) => "decode(md5(n::text), 'hex')",
                _ => "md5(n::text)",
            })
            .collect();
        let insert =
            format!("INSERT INTO {table} SELECT {} FROM generate_series(1, 3000) n", values.join(", "));
        client.batch_execute(&insert).unwrap_or_else(|error| panic!("{table}: {error:?}"));
    }
    client.batch_execute("ANALYZE").unwrap();
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
    let count = (1..100).take_while(|n| sql.contains(&format!("${n}"))).count();
    let mut types = vec!["unknown"; count];
    let mut guessed = None;
    for _ in 0..600 {
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
                let named = place.and_then(|digits| digits.parse::<usize>().ok()).map(|n| n - 1);
                // Another type for the parameter that is named, or for the one that was guessed last.
                let place = named.or(guessed).unwrap_or_else(|| panic!("{message}\n{sql}"));
                guessed = Some(place);
                let now = KNOWN.iter().position(|t| *t == types[place]).unwrap_or(0);
                types[place] = KNOWN.get(now + 1).unwrap_or_else(|| panic!("{message}\n{sql}"));
            }
        }
    }
    panic!("no types fit the parameters of\n{sql}")
}
