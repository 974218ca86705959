//! Stories about the console's pages of what happened: sessions, login attempts, the audit log (SES-6, SES-8, AUD-3, D9).

use axum::http::Method;
use onesql::params;
use roster::audit::list::{self, Filter, Place};
use roster::base::OrganizationId;
use roster::base::time::{DAY, MINUTE};
use serde_json::json;

use crate::story::console::{follows, opens, plain, read, submits};
use crate::story::{Person, Request, Story};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Tries to sign in from an address.
async fn tries(
    app: &Story,
    email: &str,
    password: &str,
    from: &str,
    organization: &str,
) -> crate::story::Answer {
    let mut request = Request::new(Method::POST, "/api/v1/sign-in").header("user-agent", FIREFOX);
    request.peer = format!("{from}:50000").parse().unwrap();
    let mut body = json!({"email": email, "password": password});
    if !organization.is_empty() {
        body["organization"] = json!(organization);
    }
    app.process.send(request.json(&body)).await
}

async fn signs_in(app: &Story, email: &str, from: &str, organization: &str) -> Person {
    let answer = tries(app, email, crate::story::person::PASSWORD, from, organization).await.has_status(200);
    Person::from_sign_in(app, email, &answer).await
}

story!(
    /// SES-6 (S4): user, device, IP address, started, last active; revoked after a question; one's own is marked.
    sessions_are_seen_and_revoked, app => {
    app.leaves_mail("new_device", &["bob@acme.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    app.waits(5 * MINUTE);
    let phone = signs_in(&app, "bob@acme.test", "203.0.113.5", "acme").await;
    let page = opens(&alice, "/sessions").await.has_status(200).shows("This session").shows("3 sessions");
    let text = plain(&page);
    for says in ["User Device IP address Started Last active", "Firefox on Linux", "203.0.113.5", "15 Jan, 09:05", "Just now"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let page = opens(&alice, "/sessions?q=203.0.113").await.shows("1 session").hides("This session");
    let text = read(&page);
    let revoke = text.split("href=\"").find(|part| part.contains("/revoke")).unwrap().split('"').next().unwrap().to_owned();
    assert!(revoke.contains("back=%2Fsessions%3Fq%3D203.0.113"), "{revoke}");
    let asked = opens(&alice, &revoke).await.has_status(200).shows("Sign Bob Baker out of Firefox on Linux?");
    asked.shows("href=\"/sessions?q=203.0.113\"");
    phone.get("/session").await.has_status(200);
    let done = submits(&alice, &revoke, &[]).await;
    follows(&alice, &done).await.shows("Session revoked. Bob Baker is signed out of Firefox on Linux.").shows("No session found");
    phone.get("/session").await.is(401, "unauthenticated");
    bob.get("/session").await.has_status(200);
    submits(&alice, &revoke, &[]).await.has_status(404);
    opens(&alice, &format!("/users/{}/sessions", bob.id)).await.shows("1 of 1 shown").hides("203.0.113.5");
    assert!(acme.whole_audit().await.contains(&("session.revoked".to_owned(), "done".to_owned())));
    opens(&bob, "/sessions").await.has_status(403);
});

story!(
    /// SES-6, ACC-4: no button where the reader may not end it, and a refusal for who sends the form all the same.
    who_stands_higher_is_not_signed_out, app => {
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    let bob = acme.joins("bob@acme.test", "member").await;
    let session = |email: &'static str| { let alice = acme.alice(); async move {
        alice.get(&format!("sessions?q={email}")).await.text_at("/data/0/id") } };
    let (alices, bobs) = (session("alice@acme").await, session("bob@acme").await);
    let page = opens(&uma, "/sessions").await.has_status(200).shows(&format!("/sessions/{bobs}/revoke"));
    page.hides(&format!("/sessions/{alices}/revoke"));
    let refused = submits(&uma, &format!("/sessions/{alices}/revoke"), &[]).await.has_status(403).shows("Not done.");
    refused.shows("a role that you may not manage").hides("btn-danger");
    acme.alice().get("/session").await.has_status(200);
    assert_eq!(acme.refusals().await, ["session.revoked"]);
    submits(&uma, &format!("/sessions/{bobs}/revoke"), &[]).await.has_status(303);
    bob.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// SES-8 (S4): time, e-mail, IP address, device, status, reason in words; filters; two weeks as a chart and as a table.
    login_attempts_are_told_in_words, app => {
    app.leaves_mail("new_device", &["bob@acme.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    tries(&app, "bob@acme.test", "not the password", "203.0.113.9", "").await;
    tries(&app, "nobody@acme.test", "not the password", "203.0.113.9", "acme").await;
    tries(&app, "stranger@elsewhere.test", "not the password", "203.0.113.77", "").await;
    app.waits(2 * DAY);
    alice.signs_in_again().await;
    signs_in(&app, "bob@acme.test", "203.0.113.10", "acme").await;
    let page = opens(&alice, "/login-attempts").await.has_status(200);
    let text = plain(&page);
    for says in ["Timestamp E-mail IP address Device Status Reason or method", "Wrong password", "No such user here",
        "Success Password", "17 Jan, 09:00:00", "15 Jan, 09:00:00", "Firefox on Linux", "Times are UTC",
        "Most failures on 15 Jan: 2.", "15 Jan: 2 successful, 2 failed", "17 Jan 2 0"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    // Who has no place here leaves no trace here.
    page.hides("stranger@elsewhere.test").hides("203.0.113.77");
    opens(&alice, "/login-attempts?status=failed").await.shows("2 attempts").hides("203.0.113.10");
    opens(&alice, "/login-attempts?q=NOBODY").await.shows("1 attempt").shows("nobody@acme.test");
    opens(&alice, "/login-attempts?from=2026-01-17").await.shows("203.0.113.10").hides("203.0.113.9");
    opens(&alice, "/login-attempts?to=2026-01-15").await.hides("203.0.113.10").shows("203.0.113.9");
    opens(&alice, "/login-attempts?from=2026-01-16&to=2026-01-16").await.shows("No attempt found");
    opens(&alice, "/login-attempts?from=yesterday").await.has_status(400);
    opens(&alice, "/login-attempts?status=maybe").await.has_status(400);
    let own = opens(&alice, &format!("/users/{}/login-attempts", bob.id)).await.has_status(200);
    own.shows("Wrong password").hides("nobody@acme.test");
    opens(&bob, "/login-attempts").await.has_status(403);
});

story!(
    /// CON-4: days and times are those of the reader's time zone.
    days_are_those_of_the_reader, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.patch("/account", json!({"timeZone": "Asia/Kathmandu"})).await.has_status(200);
    // 18:30 UTC is a quarter past midnight in Kathmandu.
    app.waits(9 * 60 * MINUTE + 30 * MINUTE);
    tries(&app, "nobody@acme.test", "not the password", "203.0.113.9", "acme").await;
    let page = opens(&alice, "/login-attempts?from=2026-01-16").await.has_status(200);
    let text = plain(&page);
    assert!(text.contains("16 Jan, 00:15:00") && text.contains("16 Jan: 0 successful, 1 failed"), "{text}");
    assert!(text.contains("Times are Asia/Kathmandu"), "{text}");
    opens(&alice, "/login-attempts?to=2026-01-15").await.hides("nobody@acme.test");
    opens(&alice, "/audit?from=2026-01-16").await.shows("Nothing found");
    opens(&alice, "/audit?to=2026-01-15").await.shows("15 Jan, 14:45");
});

story!(
    /// AUD-3: each event as a sentence with before and after; refused ones are marked; filters and files agree with the page.
    the_audit_log_reads_like_sentences, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"; 2]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    alice.patch(&format!("members/{}", bob.id), json!({"role": "admin"})).await.has_status(200);
    alice.patch(&format!("members/{}", bob.id), json!({"role": "user", "lastName": "<b>Brown"})).await.has_status(200);
    bob.delete(&format!("members/{}", alice.id)).await.is(403, "forbidden");
    let page = opens(&alice, "/audit").await.has_status(200);
    let text = plain(&page);
    for says in ["Alice Archer changed the roles of Bob Baker Roles User → Admin", "Last name Baker → &#60;b&#62;Brown",
        "tried something that needs the permission users:delete Refused", "accepted the invitation for",
        "198.51.100.7", "Hash"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let page = page.hides("<b>Brown").shows(&format!("/users/{}", bob.id));
    page.shows("/api/v1/organizations/acme/audit-events.csv\"").shows("/api/v1/organizations/acme/audit-events.jsonl\"");
    opens(&alice, "/audit?action=access.refused").await.shows("1 entry").shows("selected>Access refused");
    let narrowed = opens(&alice, &format!("/audit?actor={}&q=refused&from=2026-01-15", bob.id)).await.shows("1 entry");
    let text = read(&narrowed);
    let file = text.split("href=\"").find(|part| part.contains("audit-events.csv")).unwrap().split('"').next().unwrap();
    let file = file.replace("&#38;", "&");
    assert!(file.contains("from=2026-01-15T00%3A00%3A00Z"), "{file}");
    let csv = alice.get(&file).await.has_status(200).text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    let on_bob = opens(&alice, &format!("/audit?target={}", bob.id)).await.shows("Only what was done on");
    on_bob.hides("users:delete").shows("Show everything");
    opens(&alice, "/audit?q=nothing-like-it").await.shows("Nothing found").shows("Clear filters");
    let own = opens(&alice, &format!("/users/{}/audit", bob.id)).await.has_status(200);
    let own = plain(&own);
    assert!(own.contains("tried something") && own.contains("Alice Archer changed the roles of Bob Baker"), "{own}");
    assert!(!own.contains("set up Acme"), "{own}");
    opens(&bob, "/audit").await.has_status(403);
    opens(&alice, "/audit?to=never").await.has_status(400);
});

story!(
    /// D9: of a person who belongs to two organizations, no page of the one shows a trace of the other.
    pages_show_nothing_of_other_organizations, app => {
    app.leaves_mail("new_device", &["bob@example.test"]);
    app.leaves_mail("role_changed", &["bob@example.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let there = globex.welcomes(&bob, "admin").await;
    app.waits(MINUTE);
    signs_in(&app, "bob@example.test", "203.0.113.99", "globex").await;
    tries(&app, "bob@example.test", "not the password", "203.0.113.98", "globex").await;
    globex.owner().patch(&format!("members/{}", there.id), json!({"role": "user"})).await.has_status(200);
    let (alice, id) = (acme.alice(), acme.member_id("bob@example.test").await);
    let user = format!("/users/{id}");
    let mut pages: Vec<String> = ["/users", "/sessions", "/login-attempts", "/audit", "/invitations"].map(str::to_owned).to_vec();
    pages.extend(["", "/sessions", "/login-attempts", "/audit", "/edit", "/suspend", "/remove"].map(|rest| format!("{user}{rest}")));
    for page in pages {
        let answer = opens(&alice, &page).await.has_status(200);
        for trace in ["203.0.113.99", "203.0.113.98", "Globex", "globex", "gail", &there.id] {
            let answer = answer.clone();
            answer.hides(trace);
        }
    }
    let sessions = opens(&alice, &format!("{user}/sessions")).await;
    assert!(plain(&sessions).contains("1 of 1 shown"), "{sessions}");
    for rest in ["", "/sessions", "/login-attempts", "/audit", "/edit"] {
        opens(&alice, &format!("/users/{}{rest}", there.id)).await.has_status(404);
    }
});

/// So many events of an organization that nobody has, each second by the actor "odd".
const MANY: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
  INSERT INTO audit_events (organization_id, seq, id, at, actor_type, actor_id, actor_name, action, target_type, target_id,
    target_name, changes, outcome, ip, user_agent, request_id, hash)
  SELECT $1, i, $1, i * 1000, 'member', CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, CASE WHEN i = 7 THEN 'Needle' ELSE 'Hay' END,
    'member.updated', 'member', 'odd', 'Target', '{}', 'done', '', '', '', $3 FROM n";
const NONE: &str = "DELETE FROM audit_events WHERE organization_id = $1";

story!(
    /// A search looks at a bounded number of events for each page and goes on from there; what an index leads to is found at
    /// once, however old.
    a_long_trail_is_searched_step_by_step, app => {
    let nowhere = OrganizationId(uuid::Uuid::from_u128(7));
    let mut tx = app.app().db.begin().await.unwrap();
    tx.execute(MANY, params![nowhere, 45_000_i64, [0_u8; 32]]).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = app.app().db.long_reader();
    let needle = Filter { q: Some("needle".into()), ..Filter::default() };
    let (mut before, mut steps, mut found) = (Place::START, 0, Vec::new());
    loop {
        let page = list::list(&mut reader, nowhere, &needle, before, 50).await.unwrap();
        found.extend(page.events.iter().map(|event| event.seq));
        steps += 1;
        let Some(further) = page.further else { break };
        before = further;
    }
    assert_eq!((steps, found), (3, vec![7]));
    assert_eq!(list::count_some(&mut reader, nowhere, &needle).await.unwrap(), (0, true));
    assert_eq!(list::count(&mut reader, nowhere, &needle).await.unwrap(), 1);
    let odd = Filter { actor: Some("odd".into()), to: Some(roster::base::Timestamp(10_000)), ..Filter::default() };
    let page = list::list(&mut reader, nowhere, &odd, Place::START, 50).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [9, 7, 5, 3, 1]);
    assert!(page.further.is_none());
    assert_eq!(list::count_some(&mut reader, nowhere, &Filter::default()).await.unwrap(), (1_000, true));
    // Whoever did something to themselves did it once.
    let party = Filter { party: Some("odd".into()), ..Filter::default() };
    let page = list::list(&mut reader, nowhere, &party, Place::START, 4).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [45_000, 44_999, 44_998, 44_997]);
    assert_eq!(list::count(&mut reader, nowhere, &party).await.unwrap(), 45_000);
    let mut tx = app.app().db.begin().await.unwrap();
    tx.execute(NONE, params![nowhere]).await.unwrap();
    tx.commit().await.unwrap();
});
