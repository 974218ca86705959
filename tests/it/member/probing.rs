//! What an administrator can learn of addresses that have an account (MEM-2, A12): little, slowly, and not unseen.

use roster::base::time::SECOND;
use serde_json::{Value, json};

use crate::story::at_once;
use crate::story::person::PASSWORD;

fn named(email: &str) -> Value {
    json!({"email": email, "firstName": "Carol", "lastName": "Cook", "password": PASSWORD})
}

story!(
    /// MEM-2, A17: a hundred and fifty questions at once get no more answers than as many in a row; then one waits.
    asking_at_once_gets_no_more_answers, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    app.organization("Globex").owned_by("gail@globex.test").await;
    let alice = acme.alice();
    let answers = at_once(150, |_| alice.post("members", named("gail@globex.test"))).await;
    let told = answers.iter().filter(|a| a.code() == "account_exists").count();
    let refused = answers.iter().filter(|a| (a.status, a.code().as_str()) == (429, "too_many_attempts")).count();
    assert_eq!((told, refused), (60, 90));
    let refused = alice.post("members", named("gail@globex.test")).await.is(429, "too_many_attempts");
    assert!(refused.headers.contains_key("retry-after"), "{refused}");
    app.waits(6 * SECOND);
    alice.post("members", named("new@acme.test")).await.has_status(201);
});

story!(
    /// Members who are created, many at once, cost nothing of it.
    creating_many_is_no_question, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let answers = at_once(70, |n| alice.post("members", named(&format!("carol{n}@acme.test")))).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    alice.post("members", named("alice@acme.test")).await.is(409, "already_member");
});

story!(
    /// MEM-4: a new address that is taken tells the same, so it counts with the others and is recorded with the address.
    a_new_address_asks_the_same_question, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let (alice, path) = (acme.alice(), format!("members/{}", bob.id));
    let taken = json!({"email": "gail@globex.test"});
    for _ in 0..30 {
        alice.patch(&path, taken.clone()).await.is(409, "email_in_use");
        alice.post("members", named("gail@globex.test")).await.is(409, "account_exists");
    }
    alice.patch(&path, taken).await.is(429, "too_many_attempts");
    alice.post("members", named("gail@globex.test")).await.is(429, "too_many_attempts");
    let asked = alice.get("audit-events?action=member.updated&limit=200").await.has_status(200);
    assert_eq!(asked.column("/outcome"), vec!["refused"; 30]);
    assert_eq!(asked.at("/data/0/changes/reason/to"), "email_in_use");
    assert_eq!(asked.at("/data/0/changes/email/to"), "gail@globex.test");
    assert_eq!(asked.at("/data/0/target/id"), json!(bob.id));
    // What asks for no address goes on.
    alice.patch(&path, json!({"firstName": "Robert"})).await.has_status(200);
});
