//! Migrations: once, whole, and never another text under an old number.

use crate::*;

const SECOND: Migration = Migration {
    version: 2,
    name: "color",
    sql: "ALTER TABLE team ADD COLUMN color {text}; CREATE TABLE b (i {int}){strict};",
};

async fn is_migration_error(db: &Db, migrations: &[Migration], words: &str) {
    match db.migrate(migrations).await {
        Err(Error::Migration(why)) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

both!(each_is_applied_once, db => {
    assert_eq!(db.migrate(SCHEMA).await?, 0);
    assert_eq!(db.migrate(&[SCHEMA[0], SECOND]).await?, 1);
    assert_eq!(db.migrate(&[SCHEMA[0], SECOND]).await?, 0);
});

both!(a_changed_text_is_refused, db => {
    let changed = Migration { sql: "CREATE TABLE other (i {int}){strict};", ..SCHEMA[0] };
    is_migration_error(&db, &[changed], "not the one that was applied").await;
});

both!(an_older_program_is_refused, db => {
    db.migrate(&[SCHEMA[0], SECOND]).await?;
    is_migration_error(&db, SCHEMA, "newer program").await;
});

both!(a_broken_one_leaves_nothing, db => {
    let broken = Migration { version: 2, name: "broken", sql: "CREATE TABLE half (i {int}){strict}; CREATE NONSENSE;" };
    is_migration_error(&db, &[SCHEMA[0], broken], "2 (broken)").await;
    assert!(db.prepare("SELECT i FROM half").await.is_err());
    assert_eq!(db.migrate(&[SCHEMA[0], SECOND]).await?, 1);
});

both!(disorder_and_deferred_constraints_are_refused, db => {
    is_migration_error(&db, &[SECOND, SCHEMA[0]], "ascend").await;
    let deferred = Migration { version: 2, name: "later", sql: "CREATE TABLE d (i {int} UNIQUE DEFERRABLE)" };
    is_migration_error(&db, &[SCHEMA[0], deferred], "deferred").await;
});

/// Several openings of the same place stand for several processes.
async fn at_once(place: Place) -> Outcome {
    let place = std::sync::Arc::new(place);
    let mut starts = Vec::new();
    for _ in 0..4 {
        let place = place.clone();
        starts.push(tokio::spawn(async move { place.open().await?.migrate(&[SCHEMA[0], SECOND]).await }));
    }
    let mut applied = 0;
    for start in starts {
        applied += start.await??;
    }
    assert_eq!(applied, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_starts_at_once_migrate_once_sqlite() -> Outcome {
    at_once(Place::sqlite("at_once")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_starts_at_once_migrate_once_postgres() -> Outcome {
    at_once(Place::postgres("at_once").await).await
}
