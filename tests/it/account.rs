//! One's own profile and password.

use axum::http::Method;
use serde_json::json;

use crate::story::Request;
use crate::story::person::{PASSWORD, text};

const NEW: &str = "nine brown kettles sing at dawn";

story!(
    /// MEM-10, R26, A11: the profile is one's own; memberships carry the new name; nothing else can be assigned.
    people_change_their_profile, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let before = bob.get("/account").await.has_status(200);
    let body = json!({"firstName": " Łukasz ", "lastName": "Wójcik", "phone": "+32 2 555 01 23",
        "timeZone": "europe/brussels", "locale": "pl-PL"});
    let after = bob.patch("/account", body).await.has_status(200);
    assert_eq!(after.text_at("/name"), "Łukasz Wójcik");
    assert_eq!(after.text_at("/timeZone"), "Europe/Brussels");
    assert_ne!(after.headers["etag"], before.headers["etag"]);
    assert_eq!(text(&bob.as_seen_by(&acme.alice()).await, "name"), "Łukasz Wójcik");
    assert_eq!(acme.alice().get("members?q=wojcik").await.column("/email"), ["bob@example.test"]);
    bob.patch("/account", json!({"phone": null})).await.has_status(200).says("/phone", "");
    bob.patch("/account", json!({"firstName": null})).await.refuses("/firstName", "missing");
    bob.patch("/account", json!({"phone": "none"})).await.refuses("/phone", "invalid_phone");
    bob.patch("/account", json!({"timeZone": "Mars/Olympus"})).await.refuses("/timeZone", "unknown_time_zone");
    bob.patch("/account", json!({"locale": "no such tag!"})).await.refuses("/locale", "invalid_locale");
    bob.patch("/account", json!({"lastName": "a\u{0}b"})).await.refuses("/lastName", "invalid_text");
    for field in ["email", "emailVerified", "id", "roles", "isAdmin"] {
        bob.patch("/account", json!({field: "x"})).await.is(400, "unknown_field");
    }
    let stale = Request::new(Method::PATCH, "/api/v1/account").header("if-match", "\"1\"");
    bob.send(stale.json(&json!({"firstName": "Bob"}))).await.is(412, "stale_version");
    app.visitor().get("/account").await.is(401, "unauthenticated");
});

story!(
    /// R04, SES-1: the current password, the rules, the end of other sessions, a letter.
    a_password_is_changed_with_the_current_one, app => {
    let acme = app.organization("halden").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let other = alice.signs_in().await.has_status(200).text_at("/token");
    let change = |current: &str, new: &str| {
        alice.put("/account/password", json!({"currentPassword": current, "newPassword": new}))
    };
    change("not the right one", NEW).await.refuses("/currentPassword", "wrong_password");
    change(PASSWORD, "short").await.refuses("/newPassword", "password_too_short");
    change(PASSWORD, PASSWORD).await.refuses("/newPassword", "password_unchanged");
    change(PASSWORD, "Alice Archer 2026!").await.refuses("/newPassword", "password_context_word");
    change(PASSWORD, "qwertyuiopasdfgh").await.refuses("/newPassword", "password_too_common");
    change(PASSWORD, &"long enough ".repeat(22)).await.refuses("/newPassword", "password_too_long");
    change(PASSWORD, NEW).await.has_status(204);
    alice.get("/session").await.has_status(200);
    alice.with_token(&other).get("/session").await.is(401, "unauthenticated");
    alice.signs_in().await.is(401, "invalid_credentials");
    let body = json!({"email": "ALICE@acme.test", "password": NEW});
    app.visitor().post("/sign-in", body).await.has_status(200);
    alice.reads_mail_to("alice@acme.test").await;
});

story!(
    /// R09: guessing the current password is limited like signing in, by the same count.
    guessing_the_current_password_is_limited, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for n in 0..10 {
        let wrong = format!("guess number {n} of many");
        let answer = if n % 2 == 0 {
            alice.put("/account/password", json!({"currentPassword": wrong, "newPassword": NEW})).await
        } else {
            alice.post("/account/email", json!({"currentPassword": wrong, "email": "new@acme.test"})).await
        };
        answer.refuses("/currentPassword", "wrong_password");
    }
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    alice.put("/account/password", body).await.is(429, "too_many_attempts");
    alice.signs_in().await.is(429, "too_many_attempts");
});

story!(
    /// R02: no composition, no truncation, no case folding.
    every_character_of_a_password_counts, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let long: String = "zażółć gęślą jaźń ".chars().cycle().take(255).chain("X".chars()).collect();
    let body = json!({"currentPassword": PASSWORD, "newPassword": long});
    let strong = format!("{}{}", "quite unlike the others 7 ", long.chars().skip(26).collect::<String>());
    alice.put("/account/password", body).await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": strong});
    alice.put("/account/password", body).await;
    alice.reads_mail_to("alice@acme.test").await;
    app.leaves_any_mail();
    let sign_in = |password: String| app.visitor().post("/sign-in", json!({"email": "alice@acme.test", "password": password}));
    let chosen = if sign_in(strong.clone()).await.status == 200 { strong } else { long };
    sign_in(chosen.clone()).await.has_status(200);
    sign_in(chosen.chars().take(255).collect()).await.is(401, "invalid_credentials");
    sign_in(chosen.to_uppercase()).await.is(401, "invalid_credentials");
    sign_in(format!("{chosen} ")).await.is(401, "invalid_credentials");
});
