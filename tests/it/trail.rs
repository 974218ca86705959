//! Stories about the audit trail (AUD-1, AUD-3, R60, R51).

use axum::http::Method;
use roster::base::time::SECOND;
use serde_json::json;

use crate::story::Request;

story!(
    /// AUD-1: who, what, on whom, from what to what, from where, in which request.
    an_event_says_everything, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let request = Request::new(Method::PATCH, alice.path(&format!("members/{}", bob.id)))
        .header("user-agent", "Scripts/7").header("x-request-id", "req-42").json(&json!({"role": "admin"}));
    alice.send(request).await.has_status(200);
    let event = alice.get("audit-events").await.has_status(200).at("/data/0");
    assert_eq!(event["action"], "member.updated");
    assert_eq!(event["actor"], json!({"type": "member", "id": alice.id, "name": "Alice Archer"}));
    assert_eq!(event["target"], json!({"type": "member", "id": bob.id, "name": "Bob Baker"}));
    assert_eq!(event["changes"]["roles"], json!({"from": ["user"], "to": ["admin"]}));
    assert_eq!(event["outcome"], "done");
    assert_eq!(event["ipAddress"], "198.51.100.7");
    assert_eq!(event["userAgent"], "Scripts/7");
    assert_eq!(event["requestId"], "req-42");
    assert_eq!(event["at"], "2026-01-15T09:00:00Z");
    assert!(event["hash"].as_str().is_some_and(|hash| hash.len() >= 43), "{event}");
});

story!(
    /// AUD-1, R60: a refused privileged try is recorded with who tried it; a refused look is not.
    refused_tries_are_recorded, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    bob.get("members").await.is(403, "forbidden");
    assert_eq!(acme.refusals().await, [""; 0]);
    bob.tries_to_invite("x@example.test", json!({})).await.is(403, "forbidden");
    bob.delete(&format!("members/{}", acme.alice().id)).await.is(403, "forbidden");
    assert_eq!(acme.refusals().await, ["access.refused", "access.refused"]);
    let event = acme.alice().get("audit-events?action=access.refused").await.at("/data/0");
    assert_eq!((event["actor"]["id"].as_str(), &event["outcome"]), (Some(bob.id.as_str()), &json!("refused")));
});

story!(
    /// AUD-3: filters by actor, action, target, time and text; pages; nothing twice.
    the_trail_is_searched, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "admin").await;
    app.waits(10 * SECOND);
    bob.invites("carl@example.test").await;
    app.waits(10 * SECOND);
    alice.post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    let actions = |query: String| { let answer = alice.get(&format!("audit-events?{query}")); async move { answer.await.column("/action") } };
    let all = actions(String::new()).await;
    assert_eq!(all[..2], ["member.suspended", "invitation.created"]);
    assert_eq!(actions("action=member.suspended".into()).await, ["member.suspended"]);
    assert!(actions(format!("target={}", bob.id)).await.contains(&"member.suspended".to_owned()));
    assert!(actions(format!("actor={}", bob.id)).await.contains(&"invitation.created".to_owned()));
    assert_eq!(actions("from=2026-01-15T09:00:10Z&to=2026-01-15T09:00:20Z".into()).await, ["invitation.created"]);
    assert_eq!(actions("q=SUSPENDED".into()).await, ["member.suspended"]);
    assert_eq!(actions("q=nothing-like-it".into()).await, [""; 0]);
    alice.get("audit-events?from=yesterday").await.has_status(400);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = alice.get(&format!("audit-events?limit=2&cursor={cursor}")).await.has_status(200);
        paged.extend(page.column("/action"));
        let Some(next) = page.at("/nextCursor").as_str().map(str::to_owned) else { break };
        cursor = next;
    }
    assert_eq!(paged, all);
    let own = alice.get(&format!("members/{}/audit-events", bob.id)).await.has_status(200);
    assert!(own.column("/action").contains(&"member.suspended".to_owned()), "{own}");
    app.leaves_mail("invitation", &["carl@example.test"]);
});

story!(
    /// AUD-3, R51, R60: exports hold the same events, inert for spreadsheets; no route changes or deletes one.
    exports_are_inert_and_nothing_is_editable, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invite = Request::new(Method::POST, alice.path("invitations")).header("user-agent", "=cmd|' /C calc'!A0")
        .json(&json!({"email": "bob@example.test", "firstName": "=1+1", "lastName": "@SUM(A1)"}));
    alice.send(invite).await.has_status(200);
    let count = alice.get("audit-events?limit=200").await.column("/id").len();
    let lines = alice.get("audit-events.jsonl").await.has_status(200).text();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), count);
    let text = alice.get("audit-events.csv").await.has_status(200).text();
    let mut rows = csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let records: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), count);
    for cell in records.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let changing = roster::web::routes::all().into_iter().filter(|r| r.path.contains("audit-events") && r.method != Method::GET);
    assert_eq!(changing.count(), 0);
    app.leaves_mail("invitation", &["bob@example.test"]);
});

story!(
    /// AUD-3: a file of many pieces holds every event once, newest first, and begins with its head once.
    a_long_trail_is_exported_whole, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    for n in 0..450 {
        let name = json!({"lastName": format!("Baker {n}")});
        alice.patch(&format!("members/{}", bob.id), name).await.has_status(200);
    }
    let total = alice.get("audit-events?limit=1&count=true").await.at("/total").as_u64().unwrap();
    let lines = alice.get("audit-events.jsonl").await.has_status(200).text();
    let seqs: Vec<i64> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs.len() as u64, total);
    assert!(seqs.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    let csv = alice.get(&format!("audit-events.csv?target={}&action=member.updated", bob.id)).await.has_status(200).text();
    assert_eq!((csv.lines().count(), csv.matches("actorType").count()), (451, 1));
});

story!(
    /// AUD-1, R60: what is refused among many that go through is recorded as well, and when none does.
    refusals_among_many_are_recorded, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "administrator").await;
    acme.alice().tries_to_invite("boss@example.test", json!({"role": "owner"})).await.has_status(200);
    let many = bob.post("invitations", json!({"emails": ["boss@example.test", "carl@example.test"]})).await.has_status(200);
    assert_eq!(many.column_of("/results", "/outcome"), ["failed", "created"]);
    assert_eq!(acme.refusals().await, ["invitation.resent"]);
    let none = bob.post("invitations", json!({"emails": ["boss@example.test"]})).await.has_status(200);
    assert_eq!(none.column_of("/results", "/outcome"), ["failed"]);
    assert_eq!(acme.refusals().await, ["invitation.resent", "invitation.resent"]);
    app.leaves_any_mail();
});

story!(
    /// API-1: `count=true` adds the total of the filtered trail.
    the_trail_is_counted, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let all = acme.alice().get("audit-events?count=true&limit=1").await.has_status(200);
    let whole = acme.alice().get("audit-events").await.column("/id").len();
    assert_eq!(all.at("/total"), whole);
    let own = acme.alice().get(&format!("members/{}/audit-events?count=true&action=invitation.accepted", bob.id)).await;
    assert_eq!(own.has_status(200).at("/total"), 1);
});
