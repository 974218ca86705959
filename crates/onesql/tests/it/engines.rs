//! What only one of the engines can show.

use crate::*;
use onesql::Engine;

async fn open(place: &Place) -> Result<Db, Error> {
    let db = place.open().await?;
    db.migrate(SCHEMA).await?;
    Ok(db)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_neighbours_share_one_commit() -> Outcome {
    let place = Place::sqlite("group");
    let db = open(&place).await?;
    let (first, second) = two_in_a_group(&db).await?;
    let mut second = second;
    // The first has ended, the second sees its row, and nobody outside does: nothing is durable yet.
    assert_eq!(second.one::<(i64,)>(COUNT_TEAMS, &[]).await?, (1,));
    assert_eq!(count_teams(&db).await?, 0);
    assert!(!first.is_finished());
    // A refusal that rests on that row is answered when the row is durable.
    second.rollback().await?;
    assert_eq!(count_teams(&db).await?, 1);
    first.await??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_a_full_disk_fails_the_whole_group_and_heals() -> Outcome {
    let place = Place::sqlite("full");
    let db = open(&place).await?;
    let (first, mut second) = two_in_a_group(&db).await?;
    let (pages,): (i64,) = second.one("PRAGMA page_count", &[]).await?;
    assert!(pages < 100);
    second.one::<(i64,)>("PRAGMA max_page_count = 100", &[]).await?;
    let big = vec![7_u8; 4_000_000];
    let add = "INSERT INTO team (id, name, digest) VALUES ($1, 'big', $2)";
    assert_eq!(second.execute(add, params![Uuid::from_u128(2), big]).await, Err(Error::Full));
    second.rollback().await?;
    assert_eq!(first.await?, Err(Error::Full));
    assert_eq!(count_teams(&db).await?, 0);
    add_team(&db, TEAM, "team").await?;
    assert_eq!(count_teams(&db).await?, 1);
    Ok(())
}

type Ending = tokio::task::JoinHandle<Result<(), Error>>;

/// A command that has ended but waits for its commit, and the next one, which runs in the same group.
async fn two_in_a_group(db: &Db) -> Result<(Ending, onesql::Tx), Box<dyn std::error::Error>> {
    let mut first = db.begin().await?;
    let queued = db.clone();
    let second = tokio::spawn(async move { queued.begin().await });
    // Until the second one stands in the queue; the flusher will stand behind it.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    first.execute(ADD_TEAM, params![TEAM, "team"]).await?;
    let first = tokio::spawn(first.commit());
    Ok((first, second.await??))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_two_processes_take_turns() -> Outcome {
    let place = Place::sqlite("turns");
    let dbs = [open(&place).await?, open(&place).await?];
    let mut commands = Vec::new();
    for n in 0..60_u128 {
        let db = dbs[n as usize % 2].clone();
        commands.push(tokio::spawn(async move { add_team(&db, Uuid::from_u128(n), &n.to_string()).await }));
    }
    for command in commands {
        command.await??;
    }
    assert_eq!((count_teams(&dbs[0]).await?, count_teams(&dbs[1]).await?), (60, 60));
    Ok(())
}

#[tokio::test]
async fn sqlite_runs_on_one_thread_and_keeps_what_it_answered() -> Outcome {
    let place = Place::sqlite("one-thread");
    let db = open(&place).await?;
    assert_eq!(db.engine(), Engine::Sqlite);
    add_team(&db, TEAM, "team").await?;
    let mut seen = 0;
    db.reader()
        .each(COUNT_TEAMS, &[], |(count,): (i64,)| {
            seen = count;
            Ok(())
        })
        .await?;
    assert_eq!(seen, 1);
    drop(db);
    let db = place.open().await?;
    assert_eq!(count_teams(&db).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_a_backup_is_a_whole_database() -> Outcome {
    let place = Place::sqlite("backup");
    let db = open(&place).await?;
    add_team(&db, TEAM, "team").await?;
    let mut under_way = db.begin().await?;
    under_way.execute(ADD_TEAM, params![Uuid::from_u128(2), "other"]).await?;
    let target = place.folder.as_ref().ok_or("a folder")?.join("backup.db");
    db.backup_to(&target).await?;
    under_way.commit().await?;
    assert!(db.backup_to(&target).await.is_err(), "an older backup is not overwritten");
    let copy = Db::open(&format!("sqlite://{}", target.display()), Options::default()).await?;
    assert_eq!((copy.migrate(SCHEMA).await?, count_teams(&copy).await?), (0, 1));
    Ok(())
}

#[tokio::test]
async fn a_reader_cannot_write_and_a_strange_address_is_refused() -> Outcome {
    let place = Place::sqlite("strange");
    let db = open(&place).await?;
    let add = "INSERT INTO team (id, name) VALUES ($1, 'x') RETURNING name";
    assert!(db.reader().all::<(String,)>(add, params![TEAM]).await.is_err());
    for url in ["", "sqlite://", "mysql://x", "postgres://["] {
        assert!(Db::open(url, Options::default()).await.is_err(), "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn postgres_heals_after_its_connections_are_cut() -> Outcome {
    let place = Place::postgres("cut").await;
    let db = open(&place).await?;
    let other = place.open().await?;
    let mut tx = db.begin().await?;
    tx.execute(ADD_TEAM, params![TEAM, "lost"]).await?;
    let (pid,): (i64,) = tx.one("SELECT CAST(pg_backend_pid() AS BIGINT)", &[]).await?;
    let cut = "SELECT pg_terminate_backend(CAST($1 AS INTEGER))";
    assert_eq!(other.reader().one::<(bool,)>(cut, params![pid]).await?, (true,));
    assert_eq!(tx.commit().await, Err(Error::OutcomeUnknown));
    for n in 0..8 {
        add_team(&db, Uuid::from_u128(n), &n.to_string()).await?;
    }
    assert_eq!(count_teams(&db).await?, 8);
    Ok(())
}

#[tokio::test]
async fn postgres_a_deadlock_asks_for_another_try() -> Outcome {
    let place = Place::postgres("deadlock").await;
    let db = open(&place).await?;
    let teams = [TEAM, Uuid::from_u128(2)];
    for team in teams {
        add_team(&db, team, &team.to_string()).await?;
    }
    let touch = "UPDATE team SET size = size + 1 WHERE id = $1";
    let (mut one, mut two) = (db.begin().await?, db.begin().await?);
    one.execute(touch, params![teams[0]]).await?;
    two.execute(touch, params![teams[1]]).await?;
    let waiting =
        tokio::spawn(async move { (one.execute(touch, params![teams[1]]).await, one.rollback().await) });
    let crossed = two.execute(touch, params![teams[0]]).await;
    two.rollback().await?;
    let results = [waiting.await?.0, crossed];
    assert!(results.contains(&Err(Error::Busy)) && results.contains(&Ok(1)), "{results:?}");
    Ok(())
}

#[tokio::test]
async fn postgres_transactions_leave_connections_to_those_who_read() -> Outcome {
    let place = Place::postgres("exhausted").await;
    let db = open(&place).await?;
    let held = [db.begin().await?, db.begin().await?];
    assert!(matches!(db.begin().await, Err(Error::Unavailable(_))));
    db.ping().await?;
    drop(held);
    db.begin().await?.rollback().await?;
    Ok(())
}

#[tokio::test]
async fn postgres_plans_a_long_read_for_its_values() -> Outcome {
    const KEPT: &str = "SELECT COUNT(*) FROM pg_prepared_statements WHERE statement = $1";
    const ASKED: &str = "SELECT name FROM team WHERE size >= $1 ORDER BY name LIMIT $2";
    let place = Place::postgres("planned").await;
    let db = Db::open(&place.url, Options { postgres_connections: Some(1), ..Options::default() }).await?;
    db.migrate(SCHEMA).await?;
    add_team(&db, TEAM, "one").await?;
    for _ in 0..7 {
        let found: Vec<(String,)> = db.long_reader().all(ASKED, params![0_i64, 5_i64]).await?;
        assert_eq!(found, [("one".to_owned(),)]);
        let found: Option<(String,)> = db.long_reader().optional(ASKED, params![1_i64, 5_i64]).await?;
        assert_eq!(found, None);
    }
    let kept = async || db.reader().one::<(i64,)>(KEPT, params![ASKED]).await;
    assert_eq!(kept().await?, (0,), "no plan is kept that would have to fit all values");
    db.reader().all::<(String,)>(ASKED, params![0_i64, 5_i64]).await?;
    assert_eq!(kept().await?, (1,));
    Ok(())
}

#[tokio::test]
async fn postgres_knows_how_large_a_table_is_while_it_fills() -> Outcome {
    const KNOWN: &str = "SELECT reltuples::bigint FROM pg_class WHERE relname = $1 AND relnamespace = current_schema()::regnamespace";
    let place = Place::postgres("statistics").await;
    // With one connection whoever reads waits until the tables are analyzed.
    let db = Db::open(&place.url, Options { postgres_connections: Some(1), ..Options::default() }).await?;
    db.migrate(SCHEMA).await?;
    let known = async |table: &'static str| db.reader().one::<(i64,)>(KNOWN, params![table]).await;
    let mut added = 0;
    for until in [900_u128, 1_100, 6_100] {
        let mut tx = db.begin().await?;
        for n in added..until {
            tx.send(ADD_TEAM, params![Uuid::from_u128(n), n.to_string()]).await?;
        }
        tx.commit().await?;
        added = until;
        let expected = if until == 900 { -1 } else { i64::try_from(until)? };
        assert_eq!(known("team").await?, (expected,), "after {until} rows");
    }
    assert_eq!(known("person").await?, (-1,), "nobody was added");
    Ok(())
}

#[tokio::test]
async fn postgres_plans_what_is_asked_most_once_and_by_index() -> Outcome {
    const ASKED: &str = "SELECT name FROM team WHERE ($1 IS NULL OR size = $1) ORDER BY name LIMIT 3";
    const KEPT: &str = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1";
    const SET: &str = "SELECT current_setting('enable_sort') || ' ' || current_setting('enable_seqscan')";
    let place = Place::postgres("fixed").await;
    let db = open(&place).await?;
    db.migrate(SCHEMA).await?;
    add_team(&db, TEAM, "one").await?;
    for size in 0..9_i64 {
        let found: Vec<(String,)> = db.fixed_reader().all(ASKED, params![size]).await?;
        assert_eq!(found.len(), usize::from(size == 0));
    }
    assert_eq!(db.fixed_reader().one::<(i64, i64)>(KEPT, params![ASKED]).await?, (9, 0));
    assert_eq!(db.fixed_reader().one::<(String,)>(SET, &[]).await?, ("off off".to_owned(),));
    assert_eq!(db.reader().one::<(String,)>(SET, &[]).await?, ("on on".to_owned(),));
    Ok(())
}
