//! Seats (MEM-13, R43, D5, I1).

use serde_json::json;

use crate::story::at_once;
use crate::story::founding::set_seat_limit;
use crate::story::person::PASSWORD;

story!(
    /// MEM-13: the meter says how many of how many, warns from 90 % and is full at the limit.
    the_meter_warns_and_fills, app => {
    let acme = app.organization("Acme").seats(10).owned_by("alice@acme.test").await;
    acme.seats().await.has_status(200).says("/limit", 10).says("/used", 1).says("/available", 9).says("/state", "ok");
    for n in 2..=8 {
        acme.alice().invites(&format!("p{n}@example.test")).await;
    }
    acme.seats().await.says("/used", 8).says("/state", "ok");
    acme.alice().invites("p9@example.test").await;
    acme.seats().await.says("/used", 9).says("/state", "warning").says("/invited", 8);
    acme.alice().invites("p10@example.test").await;
    acme.seats().await.says("/used", 10).says("/state", "full").says("/available", 0);
    app.leaves_any_mail();
});

story!(
    /// MEM-13: without a limit everything is available.
    without_a_limit_there_is_always_room, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.seats().await.says("/limit", json!(null)).says("/available", json!(null)).says("/state", "ok");
});

story!(
    /// R43: at the limit every door is shut; a list is filled as far as there are seats.
    at_the_limit_every_door_is_shut, app => {
    let acme = app.organization("Acme").seats(3).owned_by("alice@acme.test").await;
    let many = json!({"emails": ["a@example.test", "b@example.test", "c@example.test", "d@example.test"]});
    let answer = acme.alice().post("invitations", many).await.has_status(200);
    let outcomes: Vec<String> = (0..4).map(|n| answer.text_at(&format!("/results/{n}/outcome"))).collect();
    assert_eq!(outcomes, ["created", "created", "failed", "failed"]);
    answer.says("/results/2/code", "seat_limit_reached");
    acme.alice().tries_to_invite("e@example.test", json!({})).await.is(409, "seat_limit_reached");
    let body = json!({"email": "f@example.test", "firstName": "F", "lastName": "F", "password": PASSWORD});
    acme.alice().post("members", body).await.is(409, "seat_limit_reached");
    acme.seats().await.says("/used", 3);
    app.leaves_mail("invitation", &["a@example.test", "b@example.test"]);
});

story!(
    /// A34, I1: forty at once, invited and created, on two processes: exactly as many as there are seats.
    the_limit_holds_under_concurrency, app => {
    let acme = app.organization("Acme").seats(6).owned_by("alice@acme.test").await;
    let there = app.second_process().await;
    let (here, there) = (acme.alice(), acme.alice().at(&there));
    let answers = at_once(40, |n| {
        let actor = if n % 2 == 0 { here.clone() } else { there.clone() };
        async move {
            if n % 5 == 0 {
                let body = json!({"email": format!("p{n}@example.test"), "firstName": "P", "lastName": "P", "password": PASSWORD});
                actor.post("members", body).await
            } else {
                actor.tries_to_invite(&format!("p{n}@example.test"), json!({})).await
            }
        }
    }).await;
    let done = answers.iter().filter(|a| a.is_success()).count();
    assert_eq!(done, 5);
    for answer in answers.iter().filter(|a| !a.is_success()) {
        assert_eq!((answer.status, answer.code().as_str()), (409, "seat_limit_reached"), "{answer}");
    }
    acme.seats().await.says("/used", 6).says("/state", "full");
    app.leaves_any_mail();
});

story!(
    /// I2: fifty invitations of one mailbox at once, written in different ways: one member, one live link.
    one_mailbox_is_one_member, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let answers = at_once(30, |n| {
        let alice = alice.clone();
        let email = ["Ann@example.test", "ann@example.test", "ANN@EXAMPLE.test"][n % 3];
        async move { alice.tries_to_invite(email, json!({})).await }
    }).await;
    let outcome = |a: &crate::story::Answer| if a.status == 200 { a.text_at("/results/0/outcome") } else { a.code() };
    let count = |what: &str| answers.iter().filter(|a| outcome(a) == what).count();
    assert_eq!((count("created"), count("resent"), count("too_many_letters")), (1, 4, 25));
    assert_eq!(alice.get("members").await.column("/email").len(), 2);
    assert_eq!(alice.get("invitations").await.column("/email").len(), 1);
    acme.seats().await.says("/used", 2);
    app.leaves_any_mail();
});

story!(
    /// R43, D5: the limit may be lowered below what is used: nobody is thrown out, nobody gets in; only the operator does it.
    a_lowered_limit_throws_nobody_out, app => {
    let acme = app.organization("Acme").seats(5).owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.alice().patch("", json!({"seatLimit": 100})).await.has_status(403);
    set_seat_limit(app.app(), acme.id, Some(1)).await;
    acme.seats().await.says("/used", 2).says("/limit", 1).says("/available", 0).says("/state", "full");
    bob.get("/session").await.has_status(200);
    acme.alice().tries_to_invite("x@example.test", json!({})).await.is(409, "seat_limit_reached");
    set_seat_limit(app.app(), acme.id, None).await;
    acme.alice().tries_to_invite("x@example.test", json!({})).await.has_status(200);
    app.leaves_mail("invitation", &["x@example.test"]);
});
