//! The list of members: search, filter, sort, page, export (MEM-1, MEM-12, R31, R51).

use roster::base::time::MINUTE;
use serde_json::json;

use crate::story::{Organization, Story};

async fn crowd(app: &Story) -> Organization {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for (email, first, last, role) in [
        ("zoe@acme.test", "Zoë", "Zimmer", "user"),
        ("bob@acme.test", "Bob", "Baker", "admin"),
        ("carl_@acme.test", "Carl", "100%", "user"),
    ] {
        app.waits(MINUTE);
        let body = json!({"email": email, "firstName": first, "lastName": last, "role": role,
            "password": crate::story::person::PASSWORD});
        acme.owner().post("members", body).await.has_status(201);
    }
    app.waits(MINUTE);
    acme.owner().invites("invited@acme.test").await;
    app.leaves_any_mail();
    acme
}

story!(
    /// MEM-1: search by any part of name or address, whatever case and accents; % and _ are ordinary characters.
    search_finds_any_part, app => {
    let acme = crowd(&app).await;
    let found = |q: &str| { let answer = acme.owner().get(&format!("members?q={q}")); async move { answer.await.column("/email") } };
    assert_eq!(found("zoe").await, ["zoe@acme.test"]);
    assert_eq!(found("IMM").await, ["zoe@acme.test"]);
    assert_eq!(found("Zo%C3%AB").await, ["zoe@acme.test"]);
    assert_eq!(found("ob%20ba").await, ["bob@acme.test"]);
    assert_eq!(found("%25").await, ["carl_@acme.test"]);
    assert_eq!(found("_").await, ["carl_@acme.test"]);
    assert_eq!(found("acme.test").await.len(), 5);
    assert_eq!(found("nobody").await, [""; 0]);
});

story!(
    /// MEM-1: filters narrow the list, and an unknown value finds nobody or is refused, never everybody.
    filters_narrow, app => {
    let acme = crowd(&app).await;
    let found = |q: &str| { let answer = acme.owner().get(&format!("members?{q}")); async move { answer.await.column("/email") } };
    assert_eq!(found("status=invited").await, ["invited@acme.test"]);
    assert_eq!(found("role=admin").await, ["alice@acme.test", "bob@acme.test"]);
    assert_eq!(found("role=admin&status=active&q=bob").await, ["bob@acme.test"]);
    assert_eq!(found("notSignedInDays=1").await.len(), 4);
    for query in ["role=emperor", "team=team_01h455vb4pex5vsknk084sn02q", "project=nonsense"] {
        let answer = acme.owner().get(&format!("members?{query}")).await;
        assert!(answer.status >= 400 || answer.column("/email").is_empty(), "{answer}");
    }
    acme.owner().get("members?status=asleep").await.has_status(400);
    acme.owner().get("members?sort=password").await.has_status(400);
    acme.owner().get("members?limit=0").await.has_status(400);
    acme.owner().get("members?limit=201").await.has_status(400);
});

story!(
    /// MEM-1, API: every order, forward and back, page by page, each member once; the total is said when asked for.
    every_order_pages_through_everybody, app => {
    let acme = crowd(&app).await;
    let by_name = acme.owner().get("members").await.column("/email");
    assert_eq!(by_name, ["alice@acme.test", "bob@acme.test", "carl_@acme.test", "invited@acme.test", "zoe@acme.test"]);
    for order in ["name", "email", "role", "lastLogin", "createdAt"] {
        for sort in [order.to_owned(), format!("-{order}")] {
            let all = acme.owner().get(&format!("members?sort={sort}")).await.column("/email");
            assert_eq!(all.len(), 5);
            let (mut paged, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = acme.owner().get(&format!("members?sort={sort}&limit=2&count=true&cursor={cursor}")).await;
                let page = page.has_status(200).says("/total", 5);
                paged.extend(page.column("/email"));
                let Some(next) = page.at("/nextCursor").as_str().map(str::to_owned) else { break };
                assert!(next.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{next}");
                cursor = next;
                // A page of the usual length goes on from wherever a shorter one ended.
                let rest = acme.owner().get(&format!("members?sort={sort}&cursor={cursor}")).await.column("/email");
                assert_eq!(rest, all[paged.len()..], "behind {} sorted by {sort}", paged.len());
            }
            assert_eq!(paged, all, "sorted by {sort}");
        }
    }
    let newest = acme.owner().get("members?sort=-createdAt").await.column("/email");
    assert_eq!(newest.first().map(String::as_str), Some("invited@acme.test"));
});

story!(
    /// R31, API: a cursor belongs to its list, order and organization.
    a_foreign_cursor_is_refused, app => {
    let acme = crowd(&app).await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let cursor = acme.owner().get("members?limit=2").await.text_at("/nextCursor");
    globex.owner().get(&format!("members?cursor={cursor}")).await.is(400, "invalid_cursor");
    acme.owner().get(&format!("members?sort=email&cursor={cursor}")).await.is(400, "invalid_cursor");
    acme.owner().get(&format!("invitations?cursor={cursor}")).await.is(400, "invalid_cursor");
    acme.owner().get("members?cursor=AAAA").await.is(400, "invalid_cursor");
});

story!(
    /// ACC-3: without users:view no names, counts or hints.
    without_the_permission_nothing_is_seen, app => {
    let acme = crowd(&app).await;
    let dan = acme.joins("dan@acme.test", "user").await;
    for path in ["members", "members?q=zoe&count=true", "members.csv", "invitations", "seats", "roles", "sessions", "login-attempts"] {
        dan.get(path).await.is(403, "forbidden").hides("Zimmer").hides("zoe@");
    }
});

story!(
    /// MEM-12, R51, A32: the export holds the filtered list; cells that a spreadsheet would run are made inert.
    the_export_runs_nothing, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for (n, name) in ["=1+1", "+cmd", "-2", "@SUM(A1)"].iter().enumerate() {
        let body = json!({"email": format!("f{n}@acme.test"), "firstName": name, "lastName": "a,\"b",
            "password": crate::story::person::PASSWORD});
        acme.owner().post("members", body).await.has_status(201);
    }
    let answer = acme.owner().get("members.csv").await.has_status(200);
    let text = answer.text();
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 5);
    for cell in records.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let filtered = acme.owner().get("members.csv?q=f2").await.text();
    assert_eq!(filtered.trim_end().lines().count(), 2, "{filtered}");
});

story!(
    /// API-1: a page of who did not sign in for some days is followed by the next one, however much later.
    the_dormant_are_paged, app => {
    let acme = crowd(&app).await;
    let first = acme.owner().get("members?notSignedInDays=0&limit=2&count=true").await.has_status(200);
    app.waits(MINUTE);
    let next = first.text_at("/nextCursor");
    let second = acme.owner().get(&format!("members?notSignedInDays=0&limit=2&cursor={next}")).await.has_status(200);
    let mut seen = first.column("/email");
    seen.extend(second.column("/email"));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    acme.owner().get(&format!("members?notSignedInDays=1&limit=2&cursor={next}")).await.is(400, "invalid_cursor");
    assert_eq!(acme.owner().get("members?role=nothing").await.has_status(200).column("/id"), [""; 0]);
});

story!(
    /// API-1, RFC 7396: null clears what can be cleared and is refused where something must stay.
    null_clears_or_is_refused, app => {
    let acme = app.organization("Acme").preset("admin-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins_with("bob@acme.test", json!({"role": "user", "crmAccess": true})).await;
    let path = format!("members/{}", bob.id);
    let patch = |body| alice.patch(&path, body);
    patch(json!({"teams": null, "projects": null})).await.has_status(200).says("/teams", json!([]));
    patch(json!({"crmAccess": null})).await.has_status(200).says("/crmAccess", false);
    patch(json!({"crmAccess": true})).await.has_status(200).says("/crmAccess", true);
    patch(json!({"featureAccess": {"crm": null}})).await.has_status(200).says("/crmAccess", false);
    patch(json!({"featureAccess": {"crm": true}})).await.has_status(200);
    patch(json!({"featureAccess": null})).await.has_status(200).says("/crmAccess", false);
    patch(json!({"featureAccess": {"crm": true}, "crmAccess": false})).await.refuses("/crmAccess", "invalid_value");
    for field in ["email", "firstName", "lastName", "role", "roles"] {
        patch(json!({field: null})).await.refuses(&format!("/{field}"), "missing");
    }
    for field in ["name", "slug"] {
        alice.patch("", json!({field: null})).await.refuses(&format!("/{field}"), "missing");
    }
});
