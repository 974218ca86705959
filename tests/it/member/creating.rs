//! Creating a member directly, and editing one.

use serde_json::json;

use crate::story::person::PASSWORD;

fn carol() -> serde_json::Value {
    json!({"email": "carol@acme.test", "firstName": "Carol", "lastName": "Cook", "password": PASSWORD})
}

story!(
    /// MEM-2, D6, R11: active at once with the default role; at the first sign-in a new password must be chosen.
    a_created_member_chooses_a_new_password, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let created = acme.alice().post("members", carol()).await.has_status(201);
    let created = created.says("/status", "active").says("/roles/0/key", "user").says("/name", "Carol Cook");
    assert!(created.headers.contains_key("etag"));
    let refused = app.visitor().post("/sign-in", json!({"email": "carol@acme.test", "password": PASSWORD})).await;
    let refused = refused.is(403, "password_change_required");
    let challenge = refused.text_at("/challenge");
    let same = json!({"challenge": challenge, "password": PASSWORD});
    assert_eq!(app.visitor().post("/sign-in/new-password", same).await.status, 422);
    let body = json!({"challenge": challenge, "password": "violet-Anchor 9 wanders"});
    app.visitor().post("/sign-in/new-password", body.clone()).await.has_status(200).says("/account/email", "carol@acme.test");
    let again = app.visitor().post("/sign-in/new-password", body).await;
    assert!(again.status >= 400, "{again}");
    assert_eq!(acme.audit().await.first().map(String::as_str), Some("member.created"));
    app.leaves_mail("password_changed", &["carol@acme.test"]);
});

story!(
    /// MEM-2: without the requirement they sign in at once.
    the_requirement_can_be_waived, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let carol = acme.creates("carol@acme.test", "user").await;
    carol.get("/session").await.says("/organization/slug", "acme");
});

story!(
    /// MEM-2, D1: an address that has an account is not touched; a member here is said first.
    an_existing_account_is_not_touched, app => {
    let acme = app.organization("Acme").seats(1).owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let mut body = carol();
    body["email"] = json!("Alice@acme.test");
    acme.alice().post("members", body.clone()).await.is(409, "already_member");
    body["email"] = json!("gail@globex.test");
    acme.alice().post("members", body.clone()).await.is(409, "account_exists");
    body["email"] = json!("new@acme.test");
    acme.alice().post("members", body).await.is(409, "seat_limit_reached");
    globex.owner().signs_in().await.has_status(200);
    assert!(!acme.refusals().await.is_empty(), "telling that an account exists is recorded: {:?}", acme.whole_audit().await);
});

story!(
    /// SES-1, R03: the password is judged, with the reason; nothing is made.
    a_weak_password_is_refused, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for password in ["short", "aaaaaaaaaaaaaaaa", "carol@acme.test"] {
        let mut body = carol();
        body["password"] = json!(password);
        let answer = acme.alice().post("members", body).await;
        assert_eq!((answer.status, answer.at("/errors/0/pointer")), (422, json!("/password")), "{answer}");
    }
    assert!(acme.member("carol@acme.test").await.is_none());
});

story!(
    /// MEM-3, AUD-1: names are edited by merge patch; the event says from what to what, without secrets.
    names_are_edited, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("members/{}", bob.id);
    let patch = json!({"firstName": "Robert", "phone": "+43 1 2345", "timeZone": "Europe/Vienna"});
    let changed = acme.alice().patch(&path, patch).await.has_status(200);
    changed.says("/name", "Robert Baker").says("/phone", "+43 1 2345").says("/timeZone", "Europe/Vienna");
    let event = acme.alice().get("audit-events?action=member.updated").await.has_status(200);
    assert_eq!(event.at("/data/0/changes/firstName"), json!({"from": "Bob", "to": "Robert"}));
    assert_eq!(event.at("/data/0/target/id"), json!(bob.id));
    acme.alice().patch(&path, json!({"timeZone": "Mars/Olympus"})).await.has_status(422);
    acme.alice().patch(&path, json!({"firstName": ""})).await.has_status(422);
    acme.alice().patch(&path, json!({"firstName": "a\u{7}b"})).await.has_status(422);
});

story!(
    /// API: `If-Match` with a version that is no longer true is refused with 412; without it the last writer wins.
    a_stale_version_is_refused, app => {
    use axum::http::Method;
    use crate::story::Request;
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    let path = format!("members/{}", bob.id);
    let etag = alice.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let with = |method: Method, tag: &str| Request::new(method, alice.path(&path)).header("if-match", tag);
    alice.send(with(Method::PATCH, &etag).json(&json!({"firstName": "Rob"}))).await.has_status(200);
    alice.send(with(Method::PATCH, &etag).json(&json!({"firstName": "Bo"}))).await.is(412, "stale_version");
    alice.send(with(Method::DELETE, &etag)).await.is(412, "stale_version");
    alice.send(with(Method::PATCH, "\"nonsense\"").json(&json!({}))).await.is(412, "stale_version");
    let now = alice.patch(&path, json!({"firstName": "Bo"})).await.has_status(200);
    let etag = now.headers["etag"].to_str().unwrap().to_owned();
    alice.send(with(Method::DELETE, &etag)).await.has_status(204);
});

story!(
    /// API: the same `Idempotency-Key` and body give the same answer once; another body is refused.
    an_idempotency_key_does_it_once, app => {
    use axum::http::Method;
    use crate::story::{Request, at_once};
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let request = |email: &str| Request::new(Method::POST, alice.path("invitations"))
        .json(&json!({"email": email})).header("idempotency-key", "once");
    let first = alice.send(request("bob@example.test")).await.has_status(200);
    let second = alice.send(request("bob@example.test")).await.has_status(200);
    assert_eq!(first.body, second.body);
    alice.send(request("carl@example.test")).await.is(409, "idempotency_key_reused");
    assert_eq!(acme.audit().await, ["invitation.created"]);
    let parallel = Request::new(Method::POST, alice.path("invitations"))
        .json(&json!({"email": "dora@example.test"})).header("idempotency-key", "many");
    let answers = at_once(10, |_| alice.send(parallel.clone())).await;
    assert!(answers.iter().all(|a| a.status == 200 || a.code() == "idempotency_key_in_use"));
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.created"]);
    app.leaves_mail("invitation", &["bob@example.test", "dora@example.test"]);
});

story!(
    /// MEM-4, D2, A1: an administrator changes an address only where the account belongs nowhere else.
    an_address_is_changed_only_where_the_account_is_theirs_alone, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("members/{}", bob.id);
    acme.alice().patch(&path, json!({"email": "alice@acme.test"})).await.is(409, "email_in_use");
    acme.alice().patch(&path, json!({"email": "robert@acme.test"})).await.has_status(200).says("/email", "robert@acme.test");
    bob.get("/session").await.is(401, "unauthenticated");
    let robert = crate::story::Person { email: "robert@acme.test".into(), ..bob.clone() };
    robert.signs_in().await.has_status(200).says("/account/emailVerified", false);
    bob.signs_in().await.is(401, "invalid_credentials");

    let gail = acme.welcomes(&globex.owner(), "user").await;
    acme.alice().patch(&format!("members/{}", gail.id), json!({"email": "mine@acme.test"})).await.is(409, "account_shared");
    globex.owner().signs_in().await.has_status(200);
    app.leaves_mail("email_changed", &["bob@acme.test", "robert@acme.test"]);
});

story!(
    /// AUD-1: telephone, time zone and language are recorded from what to what; a change that changes nothing is none.
    every_change_is_recorded_and_nothing_else, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let (alice, path) = (acme.alice(), format!("members/{}", bob.id));
    let patch = json!({"phone": "+43 1 2345", "timeZone": "Europe/Vienna", "locale": "de-AT"});
    let changed = alice.patch(&path, patch.clone()).await.has_status(200);
    let event = alice.get("audit-events?action=member.updated").await.has_status(200);
    assert_eq!(event.at("/data/0/changes"), json!({
        "phone": {"from": "", "to": "+43 1 2345"},
        "timeZone": {"from": "", "to": "Europe/Vienna"},
        "locale": {"from": "", "to": "de-AT"},
    }));
    let recorded = acme.whole_audit().await.len();
    for same in [json!({}), patch, json!({"firstName": "Bob", "role": "user", "email": "bob@acme.test"})] {
        let answer = alice.patch(&path, same).await.has_status(200);
        assert_eq!((answer.at("/version"), answer.at("/updatedAt")), (changed.at("/version"), changed.at("/updatedAt")));
    }
    assert_eq!(acme.whole_audit().await.len(), recorded);
    bob.get("/session").await.has_status(200);
    alice.patch(&path, json!({"phone": null})).await.has_status(200).says("/phone", "");
    let event = alice.get("audit-events?action=member.updated").await.has_status(200);
    assert_eq!(event.at("/data/0/changes"), json!({"phone": {"from": "+43 1 2345", "to": ""}}));
});
