//! Transactions: all or nothing, whatever the neighbours do.

use crate::*;
use onesql::Together;
use std::time::Duration;

both!(a_commit_is_seen_and_an_open_transaction_is_not, db => {
    let mut tx = db.begin().await?;
    tx.execute(ADD_TEAM, params![TEAM, "team"]).await?;
    assert_eq!(tx.one::<(i64,)>(COUNT_TEAMS, &[]).await?, (1,));
    assert_eq!(count_teams(&db).await?, 0);
    tx.commit().await?;
    assert_eq!(count_teams(&db).await?, 1);
});

both!(an_abandoned_transaction_leaves_nothing_and_blocks_nobody, db => {
    for _ in 0..20 {
        let mut tx = db.begin().await?;
        tx.execute(ADD_TEAM, params![TEAM, "team"]).await?;
        drop(tx);
    }
    add_team(&db, TEAM, "team").await?;
    assert_eq!(count_teams(&db).await?, 1);
});

both!(no_row_is_an_answer_and_two_are_a_mistake, db => {
    let mut tx = db.begin().await?;
    assert_eq!(tx.one::<(String,)>("SELECT name FROM team", &[]).await, Err(Error::NoRow));
    assert_eq!(tx.optional::<(String,)>("SELECT name FROM team", &[]).await?, None);
    tx.execute(ADD_TEAM, params![TEAM, "one"]).await?;
    tx.execute(ADD_TEAM, params![Uuid::from_u128(2), "two"]).await?;
    tx.commit().await?;
    assert!(matches!(db.reader().optional::<(String,)>("SELECT name FROM team", &[]).await, Err(Error::Other(_))));
});

both!(after_an_error_only_rollback_is_left, db => {
    add_team(&db, TEAM, "team").await?;
    let mut tx = db.begin().await?;
    tx.execute(ADD_TEAM, params![Uuid::from_u128(2), "other"]).await?;
    assert!(tx.execute(ADD_TEAM, params![TEAM, "again"]).await.is_err());
    assert!(tx.execute(ADD_TEAM, params![Uuid::from_u128(3), "third"]).await.is_err());
    assert!(tx.all::<(i64,)>(COUNT_TEAMS, &[]).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(count_teams(&db).await?, 1);
    let mut tx = db.begin().await?;
    assert!(tx.execute(ADD_TEAM, params![TEAM, "again"]).await.is_err());
    tx.rollback().await?;
});

both!(what_was_sent_is_there_for_the_next_question_and_after_the_commit, db => {
    let mut tx = db.begin().await?;
    for n in 1..=250 {
        tx.send(ADD_TEAM, params![Uuid::from_u128(n), n.to_string()]).await?;
    }
    assert_eq!(tx.one::<(i64,)>(COUNT_TEAMS, &[]).await?, (250,));
    tx.send("UPDATE team SET name = $2 WHERE id = $1", params![Uuid::from_u128(7), "before"]).await?;
    tx.send("UPDATE team SET name = $2 WHERE id = $1", params![Uuid::from_u128(7), "behind"]).await?;
    tx.send("UPDATE team SET name = $2 WHERE id = $1", params![Uuid::from_u128(8), None::<&str>]).await.ok();
    let ended = tx.commit().await;
    assert!(matches!(ended, Err(Error::Check(_) | Error::Other(_))), "{ended:?}");
    assert_eq!(count_teams(&db).await?, 0);
    let mut tx = db.begin().await?;
    tx.send(ADD_TEAM, params![TEAM, "first"]).await?;
    tx.send("UPDATE team SET name = $2 WHERE id = $1", params![TEAM, "last"]).await?;
    tx.commit().await?;
    let name: (String,) = db.reader().one("SELECT name FROM team WHERE id = $1", params![TEAM]).await?;
    assert_eq!(name.0, "last");
    let mut tx = db.begin().await?;
    tx.send("DELETE FROM team WHERE id = $1", params![TEAM]).await?;
    tx.rollback().await?;
    assert_eq!(count_teams(&db).await?, 1);
});

both!(a_failure_of_what_was_sent_shows_at_the_next_question_or_at_the_commit, db => {
    add_team(&db, TEAM, "team").await?;
    for asks in [true, false] {
        let mut tx = db.begin().await?;
        let sent = match tx.send(ADD_TEAM, params![TEAM, "again"]).await {
            Ok(()) => tx.send(ADD_TEAM, params![Uuid::from_u128(2), "other"]).await,
            failed => failed,
        };
        let failed = match sent {
            Ok(()) if asks => tx.all::<(i64,)>(COUNT_TEAMS, &[]).await.map(drop),
            Ok(()) => tx.commit().await,
            failed => failed,
        };
        assert!(matches!(failed, Err(Error::Unique(_))), "{failed:?}");
        assert_eq!(count_teams(&db).await?, 1);
    }
    add_team(&db, Uuid::from_u128(3), "third").await?;
});

both!(questions_at_once_are_answered_each_by_itself, db => {
    async fn name(mut q: &Together<'_>, id: Uuid) -> Result<Option<(String,)>, Error> {
        q.optional("SELECT name FROM team WHERE id = $1", params![id]).await
    }
    async fn count(mut q: &Together<'_>) -> Result<(i64,), Error> {
        q.one(COUNT_TEAMS, &[]).await
    }
    let mut tx = db.begin().await?;
    tx.send(ADD_TEAM, params![TEAM, "team"]).await?;
    let together = tx.together().await?;
    let other = Uuid::from_u128(2);
    let answers =
        tokio::try_join!(name(&together, TEAM), name(&together, other), count(&together))?;
    assert_eq!(answers, (Some(("team".to_owned(),)), None, (1,)));
    drop(together);
    tx.execute(ADD_TEAM, params![Uuid::from_u128(2), "two"]).await?;
    let together = tx.together().await?;
    assert!((&together).all::<(String,)>(COUNT_TEAMS, &[]).await.is_err());
    drop(together);
    assert!(tx.execute(ADD_TEAM, params![Uuid::from_u128(3), "behind an error"]).await.is_err());
    assert!(tx.commit().await.is_err());
    assert_eq!(count_teams(&db).await?, 0);
});

both!(one_command_fails_and_its_neighbours_do_not, db => {
    add_team(&db, TEAM, "team").await?;
    let mut commands = Vec::new();
    for n in 2..62_u128 {
        let db = db.clone();
        commands.push(tokio::spawn(async move {
            let mut tx = db.begin().await?;
            tx.execute(ADD_TEAM, params![Uuid::from_u128(n), format!("team {n}")]).await?;
            match n % 4 {
                0 => tx.commit().await.map(|()| true),
                1 => tx.rollback().await.map(|()| false),
                2 => Ok(false),
                _ => {
                    let refused = tx.execute(ADD_TEAM, params![TEAM, "again"]).await;
                    assert!(matches!(refused, Err(Error::Unique(_))), "{refused:?}");
                    tx.rollback().await.map(|()| false)
                }
            }
        }));
    }
    let mut kept = 1;
    for command in commands {
        kept += i64::from(command.await??);
    }
    assert_eq!((kept, count_teams(&db).await?), (16, 16));
});

both!(a_row_lock_lets_one_through_at_a_time, db => {
    add_team(&db, TEAM, "team").await?;
    let take = |limit: i64| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.begin().await?;
            tx.execute("UPDATE team SET facts = 'locked' WHERE id = $1", params![TEAM]).await?;
            let (size,): (i64,) = tx.one("SELECT size FROM team WHERE id = $1", params![TEAM]).await?;
            if size >= limit {
                return tx.rollback().await.map(|()| false);
            }
            tx.execute("UPDATE team SET size = $2 WHERE id = $1", params![TEAM, size + 1]).await?;
            tx.commit().await.map(|()| true)
        })
    };
    let commands: Vec<_> = (0..30).map(|_| take(5)).collect();
    let mut through = 0;
    for command in commands {
        through += usize::from(command.await??);
    }
    assert_eq!(through, 5);
});

both!(a_statement_cut_short_spoils_the_transaction_only, db => {
    let mut tx = db.begin().await?;
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT MAX(i) FROM n";
    let cut = tokio::time::timeout(Duration::from_millis(1), tx.one::<(i64,)>(slow, &[])).await;
    // SQLite runs inline and cannot be cut.
    assert_eq!(cut.is_ok(), tx.execute(ADD_TEAM, params![TEAM, "team"]).await.is_ok());
    drop(tx);
    for n in 0..8 {
        add_team(&db, Uuid::from_u128(n), &n.to_string()).await?;
    }
    assert_eq!(count_teams(&db).await?, 8);
});

both!(a_closed_database_says_so, db => {
    add_team(&db, TEAM, "team").await?;
    db.close().await;
    assert!(matches!(db.begin().await.err(), Some(Error::Unavailable(_))));
});

both!(a_large_transaction_and_its_neighbours_each_keep_what_is_theirs, db => {
    let mut commands = Vec::new();
    for n in 1..41_u128 {
        let db = db.clone();
        commands.push(tokio::spawn(async move {
            let mut tx = if n % 5 == 0 { db.begin_large().await? } else { db.begin().await? };
            tx.execute(ADD_TEAM, params![Uuid::from_u128(n), format!("team {n}")]).await?;
            if n % 2 == 0 { tx.commit().await } else { tx.rollback().await }
        }));
    }
    for command in commands {
        command.await.expect("no panic")?;
    }
    assert_eq!(count_teams(&db).await?, 20);
    let mut tx = db.begin_large().await?;
    tx.execute(ADD_TEAM, params![Uuid::from_u128(99), "undone"]).await?;
    tx.rollback().await?;
    assert_eq!(count_teams(&db).await?, 20);
});
