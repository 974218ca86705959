//! Stories about HTTP itself: what every answer carries, and what no request can do (R14, R53, R56–R60).

use axum::http::Method;
use serde_json::json;

use crate::story::{Person, Request};

async fn cookie_of(person: &Person) -> String {
    let answer = person.signs_in().await.has_status(200);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

story!(
    /// R58: every answer, found or not, allowed or not, carries the headers of a careful server and a request id.
    every_answer_is_guarded, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for answer in [
        alice.get("members").await,
        alice.get("/nowhere").await,
        alice.get("/-/nowhere").await,
        app.visitor().get("/session").await,
        alice.post("invitations", json!({"color": 1})).await,
        alice.send(Request::new(Method::DELETE, "/api/v1/session")).await,
    ] {
        let header = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{answer}");
        assert_eq!(header("cache-control"), "no-store", "{answer}");
        assert!(["no-referrer", "same-origin"].contains(&header("referrer-policy").as_str()), "{answer}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{answer}");
        let policy = header("content-security-policy");
        for part in ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}{answer}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    }
    let answer = alice.send(Request::new(Method::GET, alice.path("members")).header("x-request-id", "my-id-7")).await;
    assert_eq!(answer.headers["x-request-id"], "my-id-7");
    let answer = alice.send(Request::new(Method::GET, alice.path("members")).header("x-request-id", "a b")).await;
    assert_ne!(answer.headers["x-request-id"], "a b");
});

story!(
    /// R57: a request with the cookie that another site made is refused; one without any word of its origin, too.
    another_site_changes_nothing, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let cookie = cookie_of(&acme.alice()).await;
    let body = json!({"email": "bob@example.test"});
    let path = acme.alice().path("invitations");
    let request = || Request::new(Method::POST, &path).header("cookie", &cookie).header("host", "roster.test").json(&body);
    let visitor = app.visitor();
    for refused in [
        request(),
        request().header("origin", "https://evil.example"),
        request().header("origin", "null"),
        request().header("sec-fetch-site", "cross-site"),
        request().header("sec-fetch-site", "same-site").header("origin", "https://roster.test"),
    ] {
        visitor.send(refused).await.is(403, "cross_site_request");
    }
    assert_eq!(acme.audit().await, [""; 0]);
    visitor.send(request().header("origin", "https://roster.test")).await.has_status(200);
    visitor.send(request().header("sec-fetch-site", "same-origin")).await.has_status(200);
    let simple = Request::new(Method::POST, &path).header("cookie", &cookie).header("sec-fetch-site", "same-origin")
        .body("text/plain", body.to_string());
    visitor.send(simple).await.is(415, "unsupported_media_type");
    app.leaves_any_mail();
});

story!(
    /// R14: only the cookie's own name counts, a planted or doubled one opens nothing, and nothing is taken from the URL.
    only_the_real_cookie_counts, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let cookie = cookie_of(&acme.alice()).await;
    let token = cookie.split_once('=').unwrap().1;
    let get = |cookie: &str| app.visitor().send(Request::new(Method::GET, "/api/v1/session").header("cookie", cookie));
    get(&cookie).await.has_status(200);
    get(&format!("roster={token}")).await.is(401, "unauthenticated");
    get("__Host-roster=rs_planted").await.is(401, "unauthenticated");
    app.visitor().get(&format!("/session?token={token}")).await.is(401, "unauthenticated");
    let basic = Request::new(Method::GET, "/api/v1/session").header("authorization", "Basic YTpi");
    app.visitor().send(basic).await.is(401, "unauthenticated");
});

story!(
    /// R39, A38: HEAD and GET change nothing, and methods that a route does not have are 405.
    reading_changes_nothing, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.joins("bob@acme.test", "user").await;
    acme.alice().invites("carl@example.test").await;
    let token = app.visitor().reads_mail_to("carl@example.test").await.token;
    let before = (acme.revision().await, acme.whole_audit().await.len());
    for route in roster::web::routes::all().into_iter().filter(|route| route.method == Method::GET) {
        let path = route.path.replace("{org}", "acme").replace("{token}", &token).replace("{id}", &acme.alice().id);
        acme.alice().send(Request::new(Method::GET, &path)).await;
        acme.alice().send(Request::new(Method::HEAD, &path)).await;
    }
    assert_eq!((acme.revision().await, acme.whole_audit().await.len()), before);
    acme.alice().get("/sign-out").await.is(405, "method_not_allowed");
    acme.alice().get(&format!("members/{}/suspend", acme.alice().id)).await.is(405, "method_not_allowed");
    app.visitor().get(&format!("/invitations/{token}/accept")).await.is(405, "method_not_allowed");
    app.visitor().send(Request::new(Method::TRACE, "/api/v1/session")).await.has_status(405);
});

story!(
    /// API: a body of another type, cut, doubled or too large is refused before anything is done.
    bodies_are_judged, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let post = |kind: &str, body: &str| acme.alice().send(
        Request::new(Method::POST, acme.alice().path("invitations")).body(kind, body.to_owned()));
    post("text/plain", "{}").await.is(415, "unsupported_media_type");
    post("application/json", "{\"email\":").await.is(400, "invalid_json");
    post("application/json", "{\"email\":\"a@b.test\"} x").await.is(400, "invalid_json");
    post("application/json", "{\"email\":\"a@b.test\",\"email\":\"c@d.test\"}").await.is(400, "invalid_json");
    post("application/json", &format!("{{\"message\":\"{}\"}}", "x".repeat(300_000))).await.has_status(413);
    post("application/json;charset=utf-8", "{\"email\":\"bob@example.test\"}").await.has_status(200);
    app.leaves_mail("invitation", &["bob@example.test"]);
});

story!(
    /// R59: a client's address comes from the connection, whatever its headers say.
    nobody_chooses_their_address, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let request = Request::new(Method::POST, "/api/v1/sign-in").header(header, "203.0.113.66")
            .json(&json!({"email": "alice@acme.test", "password": crate::story::person::PASSWORD}));
        app.visitor().send(request).await.has_status(200);
    }
    acme.alice().get("login-attempts").await.has_status(200).hides("203.0.113.66").shows("198.51.100.7");
    acme.alice().get("sessions").await.has_status(200).hides("203.0.113.66");
});

story!(
    /// OPS-5: alive and ready say so to anybody, and nothing else.
    health_is_public, app => {
    app.visitor().get("/-/healthz").await.has_status(200);
    app.visitor().get("/-/readyz").await.has_status(200);
    app.visitor().get("/-/metrics").await.has_status(404);
});

story!(
    /// R55, A22: what a request says of the host it is for reaches no letter.
    no_letter_believes_the_requests_host, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let forged = |path: &str, body: serde_json::Value| alice.send(
        Request::new(Method::POST, alice.path(path)).json(&body).header("host", "evil.example")
            .header("forwarded", "host=evil.example;proto=http").header("x-forwarded-host", "evil.example")
            .header("x-forwarded-server", "evil.example").header("x-forwarded-proto", "http")
            .header("x-original-host", "evil.example").header("origin", "https://evil.example"));
    let invited = forged("invitations", json!({"email": "bob@example.test"})).await.has_status(200);
    let id = invited.text_at("/results/0/invitation/id");
    forged(&format!("invitations/{id}/resend"), json!({})).await.has_status(200);
    forged("/password-reset", json!({"email": "alice@acme.test"})).await.has_status(202);
    let body = json!({"email": "alice@new.test", "currentPassword": crate::story::person::PASSWORD});
    forged("/account/email", body).await.has_status(202);
    let letters = crate::story::mailbox::letters(app.app()).await;
    let mut kinds: Vec<&str> = letters.iter().map(|letter| letter.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["email_change", "invitation", "invitation", "password_reset"]);
    for letter in &letters {
        let text = crate::story::mailbox::written(app.app(), letter).await;
        let link = text.link.expect("a link");
        assert!(link.starts_with("https://roster.test/"), "{link}");
        for part in [&text.subject, &text.plain, &text.html] {
            assert!(!part.contains("evil"), "{part}");
        }
    }
});

story!(
    /// R59, A18: behind a trusted proxy the nearest address that is none of ours counts, with or without its port; junk never
    /// changes the way in, and leaves the last good address.
    behind_a_proxy_the_nearest_stranger_counts, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let trusting = [("ROSTER_TRUSTED_PROXIES", "198.51.100.0/24, fd00::/8")];
    let alice = acme.alice().at(&app.process_with(&trusting).await);
    const PROXY: &str = "198.51.100.7:40000";
    let cases: &[(&str, &[&[u8]], &str)] = &[
        (PROXY, &[], "198.51.100.7"),
        (PROXY, &[b"203.0.113.5"], "203.0.113.5"),
        (PROXY, &[b"6.6.6.6, 203.0.113.5"], "203.0.113.5"),
        (PROXY, &[b"6.6.6.6, 203.0.113.5, 198.51.100.8,fd00::1"], "203.0.113.5"),
        (PROXY, &[b"6.6.6.6", b"203.0.113.5"], "203.0.113.5"),
        (PROXY, &[b"203.0.113.5", b"198.51.100.8"], "203.0.113.5"),
        (PROXY, &[b"1.2.3.4:567"], "1.2.3.4"),
        (PROXY, &[b"[2001:db8::1]:567"], "2001:db8::1"),
        (PROXY, &[b"[::1]:567"], "::1"),
        (PROXY, &[b"[2001:db8::1]"], "2001:db8::1"),
        (PROXY, &[b"::ffff:203.0.113.5"], "203.0.113.5"),
        (PROXY, &[b"a"], "198.51.100.7"),
        (PROXY, &[b""], "198.51.100.7"),
        (PROXY, &[b"203.0.113.5, unknown"], "198.51.100.7"),
        (PROXY, &[b"6.6.6.6", b"\xff, 198.51.100.8"], "198.51.100.8"),
        (PROXY, &[b"1.2.3.4:567:89", b"203.0.113.5:port"], "198.51.100.7"),
        ("192.0.2.50:40000", &[b"203.0.113.5"], "192.0.2.50"),
    ];
    for (peer, forwarded, expected) in cases {
        app.waits(roster::base::time::SECOND);
        let mut request = Request::new(Method::POST, "/api/v1/sign-in").header("forwarded", "for=6.6.6.6")
            .json(&json!({"email": "alice@acme.test", "password": crate::story::person::PASSWORD}));
        request.peer = peer.parse().unwrap();
        let request = forwarded.iter().fold(request, |request, value| request.and_header("x-forwarded-for", value));
        alice.process.send(request).await.has_status(200);
        let newest = alice.get("login-attempts?limit=1").await.has_status(200);
        assert_eq!(newest.text_at("/data/0/ipAddress"), *expected, "{forwarded:?} from {peer}");
    }
});

story!(
    /// API-1: what the contract shows as an object is one; a list in its place carries no fields by their order.
    a_list_is_no_object, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    let revoke = alice.path(&format!("invitations/{}/revoke", crate::story::person::text(&invitation, "id")));
    let password = crate::story::person::PASSWORD;
    let invitee = json!(["carl@example.test", null, null, null, null, null, null, null, null, null, null, null]);
    for (method, path, body) in [
        (Method::POST, "/api/v1/sign-in".to_owned(), json!(["alice@acme.test", password, null])),
        (Method::PATCH, "/api/v1/account".to_owned(), json!(["Arr", "Ay", "", "", ""])),
        (Method::POST, alice.path("invitations"), invitee),
        (Method::POST, revoke, json!([])),
        (Method::PATCH, alice.path(""), json!({"settings": [7]})),
        (Method::POST, "/api/v1/password-reset".to_owned(), json!(["alice@acme.test"])),
    ] {
        let answer = alice.send(Request::new(method, path).json(&body)).await.has_status(422);
        assert!(answer.text().contains("an object"), "{answer}");
    }
    assert_eq!(acme.audit().await, ["invitation.created"]);
    app.leaves_any_mail();
});

story!(
    /// R53: a path of bytes that are no text names nothing, and is judged like any other.
    bytes_that_are_no_text_name_nothing, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for path in ["/organizations/%ff", "/organizations/%ff/members", "/organizations/acme/members/%ff"] {
        app.visitor().get(path).await.is(401, "unauthenticated");
        alice.get(path).await.is(404, "not_found");
    }
    app.visitor().get("/invitations/%ff").await.is(404, "invitation_not_found");
});

story!(
    /// API-1, R57: no page of another site can make a browser send a bearer token, so its origin does not matter.
    a_bearer_token_comes_from_no_form, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let path = acme.alice().path("invitations");
    let request = Request::new(Method::POST, path).header("origin", "https://tool.example");
    acme.alice().send(request.json(&json!({"email": "bob@example.test"}))).await.has_status(200);
    app.leaves_any_mail();
});

story!(
    /// API-1: the same key and body give the same answer with its version; a wrong body does not use the key up.
    a_key_gives_the_same_answer, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let create = |body: serde_json::Value| alice.send(Request::new(Method::POST, alice.path("members"))
        .header("idempotency-key", "create-bob").json(&body));
    let mut body = json!({"email": "no address", "firstName": "Bob", "lastName": "Baker",
        "password": "an orange bicycle downhill"});
    create(body.clone()).await.is(422, "invalid_input");
    body["email"] = json!("bob@acme.test");
    let first = create(body.clone()).await.has_status(201);
    let second = create(body.clone()).await.has_status(201);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!((first.text(), first.headers["etag"].clone()), (second.text(), second.headers["etag"].clone()));
    body["firstName"] = json!("Rob");
    create(body).await.is(409, "idempotency_key_reused");
    let id = first.text_at("/id");
    let suspend = |body: Option<serde_json::Value>| {
        let request = Request::new(Method::POST, alice.path(&format!("members/{id}/suspend"))).header("idempotency-key", "s");
        alice.send(match body { Some(body) => request.json(&body), None => request })
    };
    suspend(None).await.has_status(200);
    suspend(Some(json!({}))).await.has_status(200);
});

story!(
    /// API-1: of the same request sent twice at once one is carried out, and both get its answer.
    twice_at_once_is_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let answers = crate::story::at_once(6, |_| alice.send(Request::new(Method::POST, alice.path("invitations"))
        .header("idempotency-key", "once").json(&json!({"email": "bob@example.test"})))).await;
    let first = answers[0].text();
    for answer in answers {
        assert_eq!(answer.clone().has_status(200).text(), first);
    }
    assert_eq!(acme.audit().await, ["invitation.created"]);
    app.leaves_mail("invitation", &["bob@example.test"]);
});

story!(
    /// SES-9, I12: whoever hangs up while a password is judged leaves no charge behind that keeps the owner out.
    hanging_up_locks_nobody_out, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for _ in 0..25 {
        let body = json!({"email": "alice@acme.test", "password": crate::story::person::PASSWORD});
        tokio::select! {
            biased;
            // Begun, and dropped at its first wait.
            _ = app.visitor().post("/sign-in", body) => {}
            () = tokio::task::yield_now() => {}
        }
    }
    acme.alice().signs_in().await.has_status(200);
});
