//! What one text means: values, placeholders, and the differences between the engines that bite.

use crate::*;
use onesql::like_contains;

both!(values_come_back_as_they_went, db => {
    let add = "INSERT INTO team (id, name, size, active, facts, digest) VALUES ($1, $2, $3, $4, $5, $6)";
    let mut tx = db.begin().await?;
    let id = Uuid::from_u128(u128::MAX / 3);
    assert_eq!(tx.execute(add, params![id, "Ärzte 🩺", i64::MAX, false, "{\"n\":1}", [0_u8, 255, 7]]).await?, 1);
    assert_eq!(tx.execute(add, params![TEAM, "", 0_i64, true, None::<String>, None::<Vec<u8>>]).await?, 1);
    tx.commit().await?;

    type Team = (Uuid, String, i64, bool, Option<String>, Option<[u8; 3]>);
    let select = "SELECT id, name, size, active, facts, digest FROM team ORDER BY size DESC";
    let teams: Vec<Team> = db.reader().all(select, &[]).await?;
    assert_eq!(teams, [
        (id, "Ärzte 🩺".into(), i64::MAX, false, Some("{\"n\":1}".into()), Some([0, 255, 7])),
        (TEAM, String::new(), 0, true, None, None),
    ]);
    let wrong = db.reader().one::<(i64,)>("SELECT name FROM team WHERE id = $1", params![TEAM]).await;
    assert!(matches!(wrong, Err(Error::Type { column: Some(0), .. })), "{wrong:?}");
});

both!(placeholders_may_repeat_and_come_in_any_order, db => {
    let (text,): (String,) = db.reader().one("SELECT $3 || $1 || $2 || $1", params!["a", "b", "c"]).await?;
    assert_eq!(text, "caba");
    let missing = db.reader().one::<(String,)>("SELECT $1 || $2", params!["a"]).await;
    assert!(missing.is_err(), "{missing:?}");
});

both!(a_null_knows_its_type, db => {
    add_team(&db, TEAM, "one").await?;
    add_team(&db, Uuid::from_u128(2), "two").await?;
    let sql = "SELECT name FROM team WHERE ($1 IS NULL OR name = $1) AND ($2 IS NULL OR id = $2) ORDER BY name";
    db.prepare(sql).await?;
    let everything: Vec<(String,)> = db.reader().all(sql, params![None::<&str>, None::<Uuid>]).await?;
    assert_eq!(everything, [("one".into(),), ("two".into(),)]);
    let some: Vec<(String,)> = db.reader().all(sql, params![Some("one"), Some(TEAM)]).await?;
    assert_eq!(some, [("one".into(),)]);
});

both!(like_sees_case_and_takes_signs_literally, db => {
    let names = ["anna", "Anna", "100%", "1000", "a_b", "axb", "back\\slash"];
    for (n, name) in (1..).zip(names) {
        add_team(&db, Uuid::from_u128(n), name).await?;
    }
    let sql = "SELECT name FROM team WHERE name LIKE $1 ESCAPE '\\' ORDER BY name";
    for (needle, found) in
        [("ann", vec!["anna"]), ("0%", vec!["100%"]), ("a_b", vec!["a_b"]), ("k\\s", vec!["back\\slash"])]
    {
        let names: Vec<(String,)> = db.reader().all(sql, params![like_contains(needle)]).await?;
        assert_eq!(names, found.into_iter().map(|name| (name.to_owned(),)).collect::<Vec<_>>());
    }
});

both!(text_is_ordered_by_its_bytes, db => {
    for (n, name) in (1..).zip(["b", "ä", "B", "a", "_", "A"]) {
        add_team(&db, Uuid::from_u128(n), name).await?;
    }
    let names: Vec<(String,)> = db.reader().all("SELECT name FROM team ORDER BY name", &[]).await?;
    assert_eq!(joined(names), "AB_abä");
});

fn joined(names: Vec<(String,)>) -> String {
    names.into_iter().map(|(name,)| name).collect()
}

both!(aggregates_agree, db => {
    let add = "INSERT INTO team (id, name, size, active, facts) VALUES ($1, $2, $3, $4, $5)";
    let mut tx = db.begin().await?;
    tx.execute(add, params![TEAM, "x", 2_i64, true, Some("f")]).await?;
    tx.execute(add, params![Uuid::from_u128(2), "y", 3_i64, false, None::<&str>]).await?;
    tx.commit().await?;
    let all: (String, i64, i64, i64) = db.reader().one(
        "SELECT string_agg(name, ','), CAST(SUM(size) AS BIGINT), COUNT(*) FILTER (WHERE active),
            COUNT(*) FILTER (WHERE facts IS DISTINCT FROM 'f') FROM (SELECT * FROM team ORDER BY name) AS ordered",
        &[],
    ).await?;
    assert_eq!(all, ("x,y".into(), 5, 1, 1));
    let last: Vec<(String,)> = db.reader().all("SELECT name FROM team ORDER BY facts ASC NULLS LAST", &[]).await?;
    assert_eq!(joined(last), "xy");
});

both!(upsert_on_a_partial_index_and_keyset_pages, db => {
    add_team(&db, TEAM, "team").await?;
    let upsert = "INSERT INTO person (id, team_id, email, state) VALUES ($1, $2, $3, 'pending')
        ON CONFLICT (team_id, email) WHERE state = 'pending' DO UPDATE SET email = excluded.email RETURNING id";
    let mut tx = db.begin().await?;
    for (id, email, answer) in [(1_i64, "a@b", 1_i64), (2, "a@b", 1), (3, "c@d", 3)] {
        assert_eq!(tx.one::<(i64,)>(upsert, params![id, TEAM, email]).await?, (answer,));
    }
    tx.commit().await?;
    let page = "SELECT id FROM person WHERE team_id = $1 AND (email, id) > ($2, $3) ORDER BY email, id LIMIT $4";
    let next: Vec<(i64,)> = db.reader().all(page, params![TEAM, "a@b", 1_i64, 10_i64]).await?;
    assert_eq!(next, [(3,)]);
});

both!(nul_is_refused_alike, db => {
    let refused = add_team(&db, TEAM, "a\0b").await;
    assert!(matches!(refused, Err(Error::Type { .. })), "{refused:?}");
    let read = db.reader().all::<(String,)>("SELECT name FROM team WHERE name = $1", params!["\0"]).await;
    assert!(matches!(read, Err(Error::Type { .. })), "{read:?}");
});

both!(constraints_say_which_kind, db => {
    add_team(&db, TEAM, "team").await?;
    let mut tx = db.begin().await?;
    tx.execute(ADD_PERSON, params![1_i64, TEAM, "a@b"]).await?;
    tx.commit().await?;
    let kind = async |sql: &'static str, id: Uuid| -> Result<Error, Error> {
        let mut tx = db.begin().await?;
        let error = tx.execute(sql, params![id]).await.err().unwrap_or(Error::NoRow);
        tx.rollback().await.map(|()| error)
    };
    let other = Uuid::from_u128(9);
    assert!(matches!(kind("INSERT INTO team (id, name) VALUES ($1, 'team')", other).await?, Error::Unique(_)));
    assert!(matches!(kind("INSERT INTO team (id, name) VALUES ($1, 'x')", TEAM).await?, Error::Unique(_)));
    let lost = "INSERT INTO person (id, team_id, email, state) VALUES (2, $1, '', '')";
    assert!(matches!(kind(lost, other).await?, Error::ForeignKey(_)));
    assert!(matches!(kind("DELETE FROM team WHERE id = $1", TEAM).await?, Error::ForeignKey(_)));
    assert!(matches!(kind("UPDATE team SET size = -1 WHERE id = $1", TEAM).await?, Error::Check(_)));
    assert!(matches!(kind("UPDATE team SET name = NULL WHERE id = $1", TEAM).await?, Error::Check(_)));
});

both!(a_long_read_comes_row_by_row, db => {
    let mut tx = db.begin().await?;
    tx.execute(ADD_TEAM, params![TEAM, "team"]).await?;
    for id in 0..1_234_i64 {
        tx.execute(ADD_PERSON, params![id, TEAM, format!("{id}@x")]).await?;
    }
    tx.commit().await?;
    let sql = "SELECT id FROM person WHERE team_id = $1 ORDER BY id";
    let mut seen = 0;
    db.reader().each(sql, params![TEAM], |(id,): (i64,)| {
        assert_eq!(id, seen);
        seen += 1;
        Ok(())
    }).await?;
    assert_eq!(seen, 1_234);
    let mut left = 700;
    let stopped = db.reader().each(sql, params![TEAM], |_: (i64,)| {
        left -= 1;
        if left == 0 { Err(Error::Other("enough".into())) } else { Ok(()) }
    }).await;
    assert_eq!(stopped, Err(Error::Other("enough".into())));
    let (sender, mut receiver) = tokio::sync::mpsc::channel(4);
    let sink = tokio::spawn(async move {
        let mut count = 0;
        while receiver.recv().await.is_some() { count += 1 }
        count
    });
    db.reader().each(sql, params![TEAM], move |(id,): (i64,)| {
        sender.blocking_send(id).map_err(|_| Error::Other("gone".into()))
    }).await?;
    assert_eq!(sink.await?, 1_234);
    assert_eq!(db.long_reader().all::<(i64,)>(sql, params![TEAM]).await?.len(), 1_234);
});

both!(statements_are_checked_and_plans_shown_without_running, db => {
    db.prepare("DELETE FROM team WHERE id = $1").await?;
    assert!(db.prepare("SELECT nonsense FROM team").await.is_err());
    let plan = db.explain("SELECT email FROM person WHERE id = $1", params![1_i64]).await?.join("\n");
    assert!(plan.contains("SEARCH") || plan.contains("Index Scan"), "{plan}");
    assert!(!db.explain("DELETE FROM team WHERE name = $1", params!["x"]).await?.is_empty());
    db.ping().await?;
});
