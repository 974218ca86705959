//! Signing in: one answer for everything that is wrong, a fresh session for what is right, a record of each try.

use std::time::Duration;

use axum::http::Method;
use roster::base::secret::Secret;
use roster::base::time::{MINUTE, SECOND};
use serde_json::json;

use crate::story::person::{PASSWORD, text};
use crate::story::{Answer, Person, Request, Story, at_once};

const WRONG: &str = "not the right password";

/// One try from one address.
async fn tries(app: &Story, email: &str, password: &str, from: &str) -> Answer {
    let mut request = Request::new(Method::POST, "/api/v1/sign-in");
    request.peer = format!("{from}:50000").parse().unwrap();
    app.process.send(request.json(&json!({"email": email, "password": password}))).await
}

/// The reasons of the failures that an organization sees, newest first.
async fn reasons(owner: &Person, email: &str) -> Vec<String> {
    owner.get(&format!("login-attempts?status=failed&q={email}")).await.has_status(200).column("/reason")
}

/// What a stranger can tell of an answer.
fn seen(answer: &Answer) -> (u16, String, Vec<String>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let mut headers: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("…"))).collect();
    headers.sort();
    (answer.status, answer.text(), headers)
}

story!(
    /// SES-1, R13, SES-10: the answer holds account, session and memberships; the cookie is the only one that is set.
    a_right_password_opens_a_fresh_session, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let answer = acme.alice().signs_in().await.has_status(200);
    assert_eq!(answer.text_at("/account/email"), "alice@acme.test");
    assert_eq!(answer.at("/memberships/0/organization/slug"), "acme");
    assert_eq!(answer.at("/memberships/0/roles/0/key"), "admin");
    assert_eq!(answer.at("/session/current"), true);
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let [cookie] = cookies.as_slice() else { panic!("one cookie{answer}") };
    let cookie = cookie.to_str().unwrap();
    let token = answer.text_at("/token");
    assert!(cookie.starts_with(&format!("__Host-roster={token}; ")), "{cookie}");
    for part in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert_ne!(token, acme.alice().signs_in().await.text_at("/token"));
    let second = app.second_process().await;
    let session = acme.alice().with_token(&token).at(&second).get("/session").await.has_status(200);
    session.says("/account/email", "alice@acme.test").says("/organization/slug", "acme");
});

story!(
    /// R13: a session that the browser brings along is ended, never taken on.
    a_planted_cookie_is_not_adopted, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let before = acme.alice();
    let mut request = Request::new(Method::POST, "/api/v1/sign-in");
    let planted = before.token.lock().unwrap().clone().unwrap();
    request = request.header("cookie", &format!("__Host-roster={planted}")).header("sec-fetch-site", "same-origin");
    let body = json!({"email": "alice@acme.test", "password": PASSWORD});
    let answer = app.process.send(request.json(&body)).await.has_status(200);
    assert_ne!(answer.text_at("/token"), planted);
    before.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// R05, SES-9: unknown, wrong, invited, suspended: one answer, whatever it is.
    everything_wrong_reads_the_same, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    acme.alice().invites("invited@example.test").await;
    app.leaves_mail("invitation", &["invited@example.test"]);
    acme.alice().post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    let wrong = tries(&app, "alice@acme.test", WRONG, "192.0.2.1").await.is(401, "invalid_credentials");
    for (email, password) in [
        ("nobody@example.test", WRONG),
        ("invited@example.test", PASSWORD),
        ("bob@example.test", PASSWORD),
        ("bob@example.test", WRONG),
        ("no address at all", WRONG),
        ("nobody@example.test\u{0}", WRONG),
    ] {
        let answer = tries(&app, email, password, "192.0.2.1").await;
        assert_eq!(seen(&answer), seen(&wrong), "{email}{answer}");
    }
    assert_eq!(reasons(&acme.alice(), "bob").await, ["wrong_password", "suspended"]);
    assert_eq!(reasons(&acme.alice(), "alice").await, ["wrong_password"]);
});

story!(
    /// D6, R11, MEM-2: a password that an administrator chose opens nothing but the choice of another.
    an_initial_password_must_be_replaced, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let initial = "an initial secret of Alice";
    let body = json!({"email": "carol@example.test", "firstName": "Carol", "lastName": "Cook", "password": initial});
    acme.alice().post("members", body).await.has_status(201);
    let answer = tries(&app, "carol@example.test", initial, "192.0.2.1").await;
    let challenge = answer.is(403, "password_change_required").text_at("/challenge");
    assert_eq!(reasons(&acme.alice(), "carol").await, ["password_change_required"]);
    let choose = |password: &str, challenge: &str| {
        app.visitor().post("/sign-in/new-password", json!({"challenge": challenge, "password": password}))
    };
    choose(initial, &challenge).await.refuses("/password", "password_unchanged");
    choose("too short", &challenge).await.refuses("/password", "password_too_short");
    choose(PASSWORD, "no challenge").await.is(401, "challenge_invalid");
    let mut forged = challenge.clone().into_bytes();
    forged[3] = if forged[3] == b'A' { b'B' } else { b'A' };
    choose(PASSWORD, std::str::from_utf8(&forged).unwrap()).await.is(401, "challenge_invalid");
    let signed_in = choose(PASSWORD, &challenge).await.has_status(200);
    let carol = app.visitor().with_token(&signed_in.text_at("/token"));
    carol.get("/session").await.has_status(200).says("/organization/slug", "acme");
    choose("another long password here", &challenge).await.is(401, "challenge_invalid");
    tries(&app, "carol@example.test", initial, "192.0.2.1").await.is(401, "invalid_credentials");
    tries(&app, "carol@example.test", PASSWORD, "192.0.2.1").await.has_status(200);
    app.leaves_mail("password_changed", &["carol@example.test"]);
});

story!(
    /// A challenge works for a quarter of an hour.
    a_challenge_grows_old, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let initial = "an initial secret of Alice";
    let body = json!({"email": "carol@example.test", "firstName": "Carol", "lastName": "Cook", "password": initial});
    acme.alice().post("members", body).await.has_status(201);
    let answer = tries(&app, "carol@example.test", initial, "192.0.2.1").await;
    let challenge = answer.text_at("/challenge");
    app.waits(15 * MINUTE);
    let body = json!({"challenge": challenge, "password": PASSWORD});
    app.visitor().post("/sign-in/new-password", body).await.is(401, "challenge_invalid");
});

story!(
    /// SES-9: ten failures in a row are free, known or unknown address alike; then 429, doubling; success forgives.
    ten_failures_are_free_then_waits_double, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    for email in ["alice@acme.test", "nobody@example.test"] {
        for _ in 0..10 {
            tries(&app, email, WRONG, "192.0.2.1").await.is(401, "invalid_credentials");
        }
        for seconds in [1, 2, 4, 8] {
            let answer = tries(&app, email, PASSWORD, "192.0.2.1").await.is(429, "too_many_attempts");
            assert_eq!(answer.headers["retry-after"], seconds.to_string(), "{email}{answer}");
            app.waits(seconds * SECOND);
            tries(&app, email, WRONG, "192.0.2.1").await.is(401, "invalid_credentials");
        }
        // From elsewhere the owner gets in meanwhile (R08).
        let elsewhere = tries(&app, email, PASSWORD, "192.0.2.2").await.status;
        assert_eq!(elsewhere, if email.starts_with("alice") { 200 } else { 401 });
    }
    let told = reasons(&acme.alice(), "alice").await;
    assert_eq!(told.iter().filter(|r| *r == "too_many_attempts").count(), 4);
    assert_eq!(told.iter().filter(|r| *r == "wrong_password").count(), 14);
    app.waits(16 * SECOND);
    tries(&app, "alice@acme.test", PASSWORD, "192.0.2.1").await.has_status(200);
    for _ in 0..10 {
        tries(&app, "alice@acme.test", WRONG, "192.0.2.1").await.is(401, "invalid_credentials");
    }
});

story!(
    /// I12, A17: a hundred guesses at once, over two processes, get exactly ten judgements.
    a_hundred_guesses_at_once_get_ten_judgements, app => {
    app.organization("acme").owned_by("alice@acme.test").await;
    let second = app.second_process().await;
    let answers = at_once(100, |n| {
        let process = if n % 2 == 0 { app.process.clone() } else { second.clone() };
        let mut request = Request::new(Method::POST, "/api/v1/sign-in");
        request.peer = format!("192.0.2.1:{}", 40000 + n).parse().unwrap();
        // What a stranger claims about the own address changes nothing.
        request = request.header("x-forwarded-for", &format!("203.0.113.{n}"));
        let body = json!({"email": "alice@acme.test", "password": WRONG});
        async move { process.send(request.json(&body)).await.status }
    })
    .await;
    let count = |status: u16| answers.iter().filter(|s| **s == status).count();
    assert_eq!((count(401), count(429)), (10, 90), "{answers:?}");
});

story!(
    /// Many windows of one person sign in at once: nobody is refused.
    right_passwords_at_once_all_get_in, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let answers = at_once(40, |_| {
        let alice = alice.clone();
        async move { alice.signs_in().await.status }
    })
    .await;
    assert_eq!(answers, [200; 40]);
});

story!(
    /// R08: guessing from many networks meets a limit of the account, but not where its owner has signed in before.
    strangers_everywhere_do_not_lock_the_owner_out, app => {
    app.organization("acme").owned_by("alice@acme.test").await;
    tries(&app, "alice@acme.test", PASSWORD, "192.0.2.77").await.has_status(200);
    for n in 0..100 {
        let from = format!("203.0.113.{}", n / 5);
        tries(&app, "alice@acme.test", WRONG, &from).await.is(401, "invalid_credentials");
    }
    tries(&app, "alice@acme.test", WRONG, "203.0.113.200").await.is(429, "too_many_attempts");
    tries(&app, "alice@acme.test", PASSWORD, "192.0.2.77").await.has_status(200);
});

story!(
    /// MEM-9, SES-8: the organization named is entered, else the one last used; attempts stand where they belong.
    people_enter_the_organization_they_name_or_used_last, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("alice@acme.test").await;
    let initech = app.organization("initech").owned_by("ivan@initech.test").await;
    let place = async |organization: serde_json::Value| {
        let body = json!({"email": "alice@acme.test", "password": PASSWORD, "organization": organization});
        let answer = app.visitor().post("/sign-in", body).await;
        if answer.status != 200 {
            return answer.code();
        }
        app.waits(MINUTE);
        let token = answer.text_at("/token");
        text(&app.visitor().with_token(&token).get("/session").await.at("/organization"), "slug")
    };
    assert_eq!(place(json!("acme")).await, "acme");
    assert_eq!(place(json!(null)).await, "acme");
    assert_eq!(place(json!(globex.id.to_string())).await, "globex");
    assert_eq!(place(json!(null)).await, "globex");
    assert_eq!(place(json!("initech")).await, "invalid_credentials");
    assert_eq!(place(json!("nowhere")).await, "invalid_credentials");
    assert_eq!(reasons(&initech.owner(), "alice").await, ["not_a_member"]);
    // Somebody else's guess at initech's door tells nobody there that the address has an account elsewhere (D1).
    for email in ["alice@acme.test", "nobody@example.test"] {
        let body = json!({"email": email, "password": WRONG, "organization": "initech"});
        app.visitor().post("/sign-in", body).await.is(401, "invalid_credentials");
        assert!(reasons(&initech.owner(), email).await.contains(&"unknown_user".to_owned()));
    }
    // A failure without a name belongs to each organization of the account; a success to the one entered.
    tries(&app, "alice@acme.test", WRONG, "192.0.2.1").await.is(401, "invalid_credentials");
    assert_eq!(reasons(&acme.owner(), "alice").await, ["wrong_password"]);
    assert_eq!(reasons(&globex.owner(), "alice").await, ["wrong_password"]);
    let successes = globex.owner().get("login-attempts?status=success").await.column("/memberId");
    assert!(successes.iter().all(|id| *id == globex.owner().id), "{successes:?}");
});

story!(
    /// SES-8: filters, time range, paging, and the member's own list.
    login_attempts_are_listed_newest_first, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    for _ in 0..3 {
        app.waits(MINUTE);
        tries(&app, "bob@example.test", WRONG, "192.0.2.9").await.is(401, "invalid_credentials");
    }
    let alice = acme.alice();
    let all = alice.get("login-attempts?count=true").await.has_status(200);
    let first = alice.get("login-attempts?limit=2").await.has_status(200);
    assert_eq!(first.column("/email"), ["bob@example.test", "bob@example.test"]);
    assert_eq!((first.text_at("/data/0/ipAddress"), first.text_at("/data/0/method")), ("192.0.2.9".into(), "password".into()));
    let rest = alice.get(&format!("login-attempts?limit=200&cursor={}", first.text_at("/nextCursor"))).await;
    assert_eq!(all.at("/total"), first.column("/id").len() + rest.column("/id").len());
    alice.get(&format!("login-attempts?status=failed&cursor={}", first.text_at("/nextCursor"))).await.is(400, "invalid_cursor");
    let newest = first.text_at("/data/0/at");
    assert_eq!(alice.get(&format!("login-attempts?from={newest}")).await.column("/at"), std::slice::from_ref(&newest));
    assert_eq!(alice.get(&format!("login-attempts?status=failed&to={newest}")).await.column("/id").len(), 2);
    assert_eq!(alice.get("login-attempts?q=192.0.2.9").await.column("/id").len(), 3);
    assert_eq!(alice.get("login-attempts?q=%25").await.column("/id").len(), 0);
    let bobs = alice.get(&format!("members/{}/login-attempts", bob.id)).await.has_status(200);
    assert_eq!(bobs.column("/email").len(), 4, "accepting counts, too{bobs}");
    for wrong in ["status=maybe", "from=yesterday", "limit=0", "limit=201", "cursor=x"] {
        assert_eq!(alice.get(&format!("login-attempts?{wrong}")).await.status, 400, "{wrong}");
    }
    bob.get("login-attempts").await.is(403, "forbidden");
    app.visitor().get("/organizations/acme/login-attempts").await.is(401, "unauthenticated");
});

story!(
    /// MEM-7: the last login is the last success that entered here; accepting counts.
    the_last_login_is_that_of_this_organization, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("alice@acme.test").await;
    let login = async |owner: &Person| text(&owner.as_seen_by(owner).await, "lastLogin");
    for organization in ["acme", "globex"] {
        let body = json!({"email": "alice@acme.test", "password": PASSWORD, "organization": organization});
        app.visitor().post("/sign-in", body).await.has_status(200);
    }
    let (there, here) = (login(&acme.owner()).await, login(&globex.owner()).await);
    app.waits(MINUTE);
    let body = json!({"email": "alice@acme.test", "password": PASSWORD, "organization": "globex"});
    app.visitor().post("/sign-in", body).await.has_status(200);
    assert_eq!(login(&acme.owner()).await, there);
    assert!(login(&globex.owner()).await > here);
    let bob = acme.joins("bob@example.test", "user").await;
    assert!(text(&bob.as_seen_by(&acme.owner()).await, "lastLogin") > there);
});

story!(
    /// A suspended person with an open invitation elsewhere signs in to no organization, and can accept there.
    an_open_invitation_lets_the_suspended_in, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    acme.alice().post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    bob.signs_in().await.is(401, "invalid_credentials");
    globex.owner().invites("bob@example.test").await;
    let answer = bob.signs_in().await.has_status(200);
    assert_eq!(answer.at("/memberships"), json!([]));
    let bob = bob.with_token(&answer.text_at("/token"));
    bob.get("/session").await.has_status(200).says("/organization", json!(null)).says("/permissions", json!({}));
    let letter = bob.reads_mail_to("bob@example.test").await;
    let joined = bob.post(&format!("/invitations/{}/accept", letter.token), json!({})).await.has_status(200);
    joined.says("/organization/slug", "globex");
});

story!(
    /// R57, R53: a sign-in is a JSON body of exactly these fields, from this site.
    a_sign_in_takes_no_other_shape, app => {
    app.organization("acme").owned_by("alice@acme.test").await;
    let visitor = app.visitor();
    visitor.post("/sign-in", json!({"email": ["a@b.test"], "password": "x"})).await.has_status(422);
    visitor.post("/sign-in", json!({"email": "a@b.test", "password": "x", "admin": true})).await.is(400, "unknown_field");
    visitor.post("/sign-in", json!({"email": "a@b.test"})).await.refuses("/password", "missing");
    let plain = Request::new(Method::POST, "/api/v1/sign-in").body("text/plain", "{}");
    app.process.send(plain).await.is(415, "unsupported_media_type");
});

story!(
    /// R12: when more passwords wait to be hashed than fit the queue, the answer is 503 with Retry-After, and nothing is held
    /// against anybody.
    a_full_queue_of_hashes_is_said, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    // Each takes a second or more: the threads are busy with the first ones, and those behind them fill the queue.
    let heavy = "$argon2id$v=19$m=19456,t=200,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let waiting: Vec<_> = (0..400).map(|_| {
        let hasher = app.app().hasher.clone();
        tokio::spawn(async move { hasher.verify(&Secret::new("x"), Some(heavy)).await.is_err() })
    }).collect();
    while !waiting.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Whoever gets into a place that came free just now waits too long, goes away, and leaves it taken.
    let refused = loop {
        if let Ok(answer) = tokio::time::timeout(Duration::from_secs(2), acme.alice().signs_in()).await {
            break answer;
        }
    };
    let refused = refused.is(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"), "{refused}");
    acme.alice().get("members").await.has_status(200);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    let mut answer = acme.alice().signs_in().await;
    while answer.status == 503 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = acme.alice().signs_in().await;
    }
    answer.has_status(200);
});
