//! The forgotten password, and a new address of one's own.

use roster::base::time::{DAY, MINUTE, SECOND};
use serde_json::json;

use crate::story::person::PASSWORD;
use crate::story::{Answer, Person, Story, at_once};

const NEW: &str = "nine brown kettles sing at dawn";

async fn asks(app: &Story, email: &str) -> Answer {
    app.visitor().post("/password-reset", json!({"email": email})).await.has_status(202)
}

async fn confirms(app: &Story, token: &str, password: &str) -> Answer {
    app.visitor().post("/password-reset/confirm", json!({"token": token, "password": password})).await
}

async fn signs_in(app: &Story, email: &str, password: &str) -> Answer {
    app.visitor().post("/sign-in", json!({"email": email, "password": password})).await
}

story!(
    /// SES-2, R07: a letter, a link, once; every session ends; the address is proven.
    a_forgotten_password_is_replaced_by_letter, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let carol = acme.creates("carol@example.test", "user").await;
    assert_eq!(carol.get("/account").await.at("/emailVerified"), false);
    asks(&app, "Carol@EXAMPLE.test").await;
    let letter = carol.reads_mail_to("carol@example.test").await;
    assert_eq!(letter.kind, "password_reset");
    confirms(&app, &letter.token, "short").await.refuses("/password", "password_too_short");
    carol.get("/session").await.has_status(200);
    confirms(&app, &letter.token, NEW).await.has_status(204);
    carol.get("/session").await.is(401, "unauthenticated");
    confirms(&app, &letter.token, NEW).await.is(410, "reset_invalid");
    signs_in(&app, "carol@example.test", PASSWORD).await.is(401, "invalid_credentials");
    let answer = signs_in(&app, "carol@example.test", NEW).await.has_status(200);
    assert_eq!(answer.at("/account/emailVerified"), true);
    app.leaves_mail("password_changed", &["carol@example.test"]);
});

story!(
    /// R06, SES-9, A12: known, unknown, invited, nonsense: the same answer, and no letter to anybody but the owner.
    asking_tells_nothing, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    acme.alice().invites("invited@example.test").await;
    app.leaves_mail("invitation", &["invited@example.test"]);
    let known = asks(&app, "alice@acme.test").await;
    for email in ["nobody@example.test", "invited@example.test", "no address", "a@b.test,alice@acme.test", "x\u{0}@b.test"] {
        let answer = asks(&app, email).await;
        assert_eq!((answer.text(), answer.headers.len()), (known.text(), known.headers.len()), "{email}");
    }
    for shape in [json!({"email": ["alice@acme.test", "eve@example.test"]}), json!({"email": {"a": 1}})] {
        app.visitor().post("/password-reset", shape).await.has_status(422);
    }
    acme.alice().reads_mail_to("alice@acme.test").await;
});

story!(
    /// R07, A24: a link dies with time, a newer one, a changed password, a changed address, suspension.
    a_link_dies_with_what_it_was_for, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let alice = acme.alice();
    let letter = async || {
        asks(&app, "alice@acme.test").await;
        alice.reads_mail_to("alice@acme.test").await.token
    };
    let old = letter().await;
    app.waits(30 * MINUTE - SECOND);
    let fresh = letter().await;
    confirms(&app, &old, NEW).await.is(410, "reset_invalid");
    app.waits(30 * MINUTE);
    confirms(&app, &fresh, NEW).await.is(410, "reset_invalid");
    let before_change = letter().await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": NEW});
    alice.put("/account/password", body).await.has_status(204);
    alice.reads_mail_to("alice@acme.test").await;
    confirms(&app, &before_change, "yet another long sentence").await.is(410, "reset_invalid");
    let bob = acme.joins("bob@example.test", "user").await;
    let bob = globex.welcomes(&bob, "user").await;
    asks(&app, "bob@example.test").await;
    let bobs = bob.reads_mail_to("bob@example.test").await.token;
    let id = acme.member_id("bob@example.test").await;
    acme.alice().post(&format!("members/{id}/suspend"), json!({})).await.has_status(200);
    confirms(&app, &bobs, NEW).await.is(410, "reset_invalid");
    for forged in ["", "x", &bobs[..bobs.len() - 1], &fresh] {
        confirms(&app, forged, NEW).await.is(410, "reset_invalid");
    }
});

story!(
    /// R07: twenty clicks at once use a link once.
    a_link_is_used_once, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    asks(&app, "alice@acme.test").await;
    let token = acme.alice().reads_mail_to("alice@acme.test").await.token;
    let answers = at_once(20, |n| {
        let (app, token) = (app.clone(), token.clone());
        async move { confirms(&app, &token, &format!("{NEW} {n}")).await.status }
    })
    .await;
    assert_eq!(answers.iter().filter(|s| **s == 204).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [204, 410].contains(s)), "{answers:?}");
    app.leaves_mail("password_changed", &["alice@acme.test"]);
});

story!(
    /// R40 in kind: a mailbox is not flooded; the answer does not change.
    letters_to_one_mailbox_are_limited, app => {
    app.organization("acme").owned_by("alice@acme.test").await;
    for _ in 0..8 {
        asks(&app, "alice@acme.test").await;
    }
    app.leaves_mail("password_reset", &["alice@acme.test"; 5]);
});

story!(
    /// After ten failures the owner resets the password and signs in at once.
    a_reset_forgives_the_failures_before_it, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    for _ in 0..11 {
        signs_in(&app, "alice@acme.test", "a wrong password again").await;
    }
    asks(&app, "alice@acme.test").await;
    let token = acme.alice().reads_mail_to("alice@acme.test").await.token;
    confirms(&app, &token, NEW).await.has_status(204);
    signs_in(&app, "alice@acme.test", NEW).await.has_status(200);
    app.leaves_mail("password_changed", &["alice@acme.test"]);
});

async fn asks_to_become(person: &Person, email: &str) -> Answer {
    person.post("/account/email", json!({"email": email, "currentPassword": PASSWORD})).await
}

story!(
    /// MEM-4, I13: a new address counts once its mailbox has confirmed it; both mailboxes are told.
    a_new_address_counts_when_it_is_confirmed, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    asks(&app, "alice@acme.test").await;
    let reset = alice.reads_mail_to("alice@acme.test").await.token;
    asks_to_become(&alice, "Alice@Elsewhere.test").await.has_status(202);
    let letter = alice.reads_mail_to("Alice@elsewhere.test").await;
    alice.get("/account").await.says("/email", "alice@acme.test");
    let confirm = |token: &str| app.visitor().post("/email-change/confirm", json!({"token": token}));
    confirm(&letter.token).await.has_status(204);
    alice.get("/account").await.says("/email", "Alice@elsewhere.test").says("/emailVerified", true);
    assert!(acme.member("Alice@elsewhere.test").await.is_some());
    confirm(&letter.token).await.is(410, "email_change_invalid");
    confirms(&app, &reset, NEW).await.is(410, "reset_invalid");
    signs_in(&app, "alice@acme.test", PASSWORD).await.is(401, "invalid_credentials");
    signs_in(&app, "alice@elsewhere.test", PASSWORD).await.has_status(200);
    app.leaves_mail("email_changed", &["alice@acme.test", "Alice@elsewhere.test"]);
});

story!(
    /// A27, D1: the newest request alone counts; a taken address is not told and never taken over.
    an_address_is_never_taken_over, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let alice = acme.alice();
    asks_to_become(&alice, "greta@globex.test").await.has_status(202);
    asks_to_become(&alice, "first@acme.test").await.has_status(202);
    let first = alice.reads_mail_to("first@acme.test").await.token;
    asks_to_become(&alice, "second@acme.test").await.has_status(202);
    let second = alice.reads_mail_to("second@acme.test").await.token;
    let confirm = |token: &str| app.visitor().post("/email-change/confirm", json!({"token": token}));
    confirm(&first).await.is(410, "email_change_invalid");
    // Meanwhile somebody is invited under that address.
    acme.alice().invites("second@acme.test").await;
    app.leaves_mail("invitation", &["second@acme.test"]);
    confirm(&second).await.is(409, "email_in_use");
    alice.get("/account").await.says("/email", "alice@acme.test");
    globex.owner().get("/account").await.says("/email", "greta@globex.test");
    asks_to_become(&alice, "ALICE@acme.test").await.refuses("/email", "email_unchanged");
    asks_to_become(&alice, "nonsense").await.refuses("/email", "invalid_email");
    asks_to_become(&alice, "third@acme.test").await.has_status(202);
    let third = alice.reads_mail_to("third@acme.test").await.token;
    app.waits(DAY);
    confirm(&third).await.is(410, "email_change_invalid");
    app.visitor().post("/account/email", json!({})).await.is(401, "unauthenticated");
});

story!(
    /// B4, A27: whoever gets a letter that a stranger asked for reads whose account it is; confirming it after all, they give
    /// that account their address, and yet nothing that is meant for who reads the mailbox.
    nobody_confirms_for_a_stranger_unknowingly, app => {
    app.leaves_any_mail();
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let mallory = acme.joins("mallory@acme.test", "user").await;
    asks_to_become(&mallory, "victim@elsewhere.test").await.has_status(202);
    let letter = app.visitor().reads_mail_to("victim@elsewhere.test").await;
    let text = crate::story::mailbox::written(app.app(), &letter).await;
    for part in [&text.plain, &text.html] {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let whose = "The account of Bob Baker (mallory@acme.test) asked to use this address, victim@elsewhere.test";
        assert!(part.contains(whose) && part.contains("If that is not you, ignore this letter"), "{part}");
        assert!(!part.contains("Hello Bob") && !part.contains("acme,"), "{part}");
    }
    let confirm = |who: &Person, token: &str| who.post("/email-change/confirm", json!({"token": token}));
    confirm(&app.visitor(), &letter.token).await.has_status(204);
    let operator = app.operator().await;
    let found = |name: &str, email: &str| {
        operator.post("/organizations", json!({"name": name, "preset": "admin-user", "owner": {"email": email}}))
    };
    found("Victim", "victim@elsewhere.test").await.has_status(201);
    mallory.within("victim").get("members").await.is(404, "not_found");

    // Who confirms in their own session has shown to be both.
    let alice = acme.alice();
    asks_to_become(&alice, "alice@elsewhere.test").await.has_status(202);
    let token = app.visitor().reads_mail_to("alice@elsewhere.test").await.token;
    confirm(&alice, &token).await.has_status(204);
    found("Second", "alice@elsewhere.test").await.has_status(201);
    alice.within("second").get("members").await.has_status(200);
});
