//! Somebody follows the link and accepts.

use axum::http::Method;
use roster::base::time::{DAY, SECOND};
use serde_json::json;

use crate::story::person::{PASSWORD, text};
use crate::story::{Request, at_once};

story!(
    /// INV-8, R39: the page shows what the letter's holder may know; opening it any number of times uses nothing up.
    the_link_shows_what_it_is_about, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().tries_to_invite("bob@example.test", json!({"message": "See you soon."})).await.has_status(200);
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    let before = acme.revision().await;
    for _ in 0..3 {
        app.visitor().get(&format!("/invitations/{}", letter.token)).await.has_status(200)
            .says("/organization/name", "Acme").says("/email", "bob@example.test").says("/roles/0", "User")
            .says("/message", "See you soon.").says("/status", "pending").says("/invitedBy/name", "Alice Archer")
            .says("/expiresAt", "2026-01-22T09:00:00Z");
    }
    assert_eq!(acme.revision().await, before);
});

story!(
    /// INV-8, MEM-7, R42: a new person sets a password, is signed in and active; last login counts; the letter proves the address.
    a_new_person_accepts, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let invitation = acme.alice().invites("bob@example.test").await;
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    let answer = app.visitor().tries_to_accept(&letter.token).await.has_status(201);
    let answer = answer.says("/account/email", "bob@example.test").says("/account/emailVerified", true);
    let answer = answer.says("/memberships/0/organization/slug", "acme");
    let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().unwrap().to_owned();
    for part in ["__Host-roster=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let bob = crate::story::Person::from_sign_in(&app, "bob@example.test", &answer).await;
    assert_eq!(bob.id, text(&invitation, "memberId"));
    let member = bob.as_seen_by(&acme.alice()).await;
    assert_eq!(member["status"], "active");
    assert_eq!(member["name"], "Bob Baker");
    assert_eq!(member["lastLogin"], "2026-01-15T09:00:00Z");
    acme.alice().looks_at(&invitation).await.says("/status", "accepted");
    acme.seats().await.says("/active", 2).says("/invited", 0);
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.accepted"]);
});

story!(
    /// R35, A5: the link works once; afterwards it says that it was used.
    a_link_works_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    let bob = app.visitor().accepts_mail_to("bob@example.test").await;
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    app.visitor().tries_to_accept(&letter.token).await.is(410, "invitation_accepted");
    app.visitor().get(&format!("/invitations/{}", letter.token)).await.is(410, "invitation_accepted");
    acme.alice().delete(&format!("members/{}", bob.id)).await.has_status(204);
    let again = app.visitor().tries_to_accept(&letter.token).await;
    assert_eq!(again.status, 410, "{again}");
    assert!(acme.member("bob@example.test").await.is_none());
});

story!(
    /// R35, I3: twenty parallel accepts make one member.
    parallel_accepts_make_one_member, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    let (visitor, token) = (app.visitor(), letter.token);
    let answers = at_once(20, |_| {
        let (visitor, token) = (visitor.clone(), token.clone());
        async move { visitor.tries_to_accept(&token).await }
    }).await;
    let won = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|a| a.status != 201) {
        assert!([(410, "invitation_accepted"), (401, "sign_in_required")].contains(&(answer.status, &answer.code())), "{answer}");
    }
    assert_eq!(acme.alice().get("members").await.column("/email").len(), 2);
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.accepted"]);
});

story!(
    /// R36, A6: expiry is decided when somebody accepts: a second before, yes; at the instant and after, no.
    expiry_is_decided_at_the_door, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("early@example.test").await;
    acme.alice().invites("late@example.test").await;
    let early = app.visitor().reads_mail_to("early@example.test").await;
    let late = app.visitor().reads_mail_to("late@example.test").await;
    app.waits(7 * DAY - SECOND);
    app.visitor().tries_to_accept(&early.token).await.has_status(201);
    app.waits(2 * SECOND);
    app.visitor().get(&format!("/invitations/{}", late.token)).await.is(410, "invitation_expired").hides("Acme");
    app.visitor().tries_to_accept(&late.token).await.is(410, "invitation_expired");
    app.visitor().post(&format!("/invitations/{}/decline", late.token), json!({})).await.is(410, "invitation_expired");
    // No detour: a forgotten password makes no account of an invitation.
    app.visitor().post("/password-reset", json!({"email": "late@example.test"})).await.has_status(202);
    let letters = crate::story::mailbox::letters(app.app()).await;
    assert!(letters.iter().all(|letter| letter.kind == "invitation"), "{letters:?}");
});

story!(
    /// R33, A2: a token in which anything is changed is nobody's.
    a_changed_token_opens_nothing, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    let token = app.visitor().reads_mail_to("bob@example.test").await.token;
    let mut tries = vec![String::from("x"), "A".repeat(53), token[..40].to_owned(), format!("{token}A")];
    for place in 0..token.len() {
        let with = if &token[place..=place] == "A" { "B" } else { "A" };
        tries.push(format!("{}{with}{}", &token[..place], &token[place + 1..]));
    }
    for changed in tries {
        app.visitor().get(&format!("/invitations/{changed}")).await.is(404, "invitation_not_found").hides("Acme");
        app.visitor().tries_to_accept(&changed).await.is(404, "invitation_not_found");
    }
    assert_eq!(acme.audit().await, ["invitation.created"]);
});

story!(
    /// R34, A3: token fixes organization, mailbox and role: nothing in the body changes them.
    the_body_changes_nothing_of_the_invitation, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    let token = app.visitor().reads_mail_to("bob@example.test").await.token;
    let path = format!("/invitations/{token}/accept");
    for (field, value) in [("email", "alice@acme.test"), ("role", "admin"), ("organization", "globex"), ("status", "active")] {
        let mut body = json!({"password": PASSWORD, "firstName": "B", "lastName": "B"});
        body[field] = json!(value);
        app.visitor().post(&path, body).await.is(400, "unknown_field");
    }
    let bob = app.visitor().accepts_mail_to("bob@example.test").await;
    assert_eq!(bob.as_seen_by(&acme.alice()).await["roles"][0]["key"], "user");
});

story!(
    /// INV-8, R38: who has an account must be signed in as that address; signed in as somebody else is refused clearly.
    an_existing_account_signs_in_first, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    acme.alice().invites("gail@globex.test").await;
    let token = app.visitor().reads_mail_to("gail@globex.test").await.token;
    let path = format!("/invitations/{token}/accept");
    app.visitor().get(&format!("/invitations/{token}")).await.says("/accountExists", true);
    app.visitor().tries_to_accept(&token).await.is(401, "sign_in_required");
    acme.alice().post(&path, json!({})).await.is(409, "signed_in_as_other");
    let gail = globex.owner();
    let session = gail.post(&path, json!({})).await.has_status(200);
    session.says("/organization/slug", "acme").says("/account/email", "gail@globex.test");
    assert_eq!(gail.get("/account/organizations").await.column("/organization/slug").len(), 2);
    assert_eq!(globex.owner().signs_in().await.status, 200, "the password is still hers");
    assert_eq!(globex.audit().await, [""; 0]);
});

story!(
    /// MEM-8: what the inviter changed meanwhile is what the person gets; the link stays.
    roles_at_acceptance_count, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    let path = format!("members/{}", text(&invitation, "memberId"));
    alice.patch(&path, json!({"role": "admin"})).await.has_status(200);
    let bob = app.visitor().accepts_mail_to("bob@example.test").await;
    assert_eq!(bob.as_seen_by(&alice).await["roles"][0]["key"], "admin");
    bob.get("members").await.has_status(200);
});

story!(
    /// INV-12: an invitation outlives its inviter, and the record says who it was.
    the_inviter_may_be_gone, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let adam = acme.joins("adam@acme.test", "admin").await;
    let invitation = adam.invites("bob@example.test").await;
    acme.alice().delete(&format!("members/{}", adam.id)).await.has_status(204);
    app.visitor().accepts_mail_to("bob@example.test").await;
    acme.alice().looks_at(&invitation).await.says("/status", "accepted").says("/invitedBy/name", "Bob Baker");
});

story!(
    /// R43: a reserved seat is there when it is needed, whatever the limit became meanwhile.
    a_reserved_seat_is_kept, app => {
    let acme = app.organization("Acme").seats(2).owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    acme.seats().await.says("/state", "full");
    crate::story::founding::set_seat_limit(app.app(), acme.id, Some(1)).await;
    acme.seats().await.says("/used", 2).says("/limit", 1).says("/available", 0);
    app.visitor().accepts_mail_to("bob@example.test").await;
    acme.seats().await.says("/used", 2).says("/active", 2);
    acme.alice().tries_to_invite("carl@example.test", json!({})).await.is(409, "seat_limit_reached");
});

story!(
    /// SES-1: the password of a new person is checked like any other, and the link survives a bad choice.
    a_bad_password_does_not_use_the_link_up, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    acme.alice().invites("bob@example.test").await;
    let token = app.visitor().reads_mail_to("bob@example.test").await.token;
    let path = format!("/invitations/{token}/accept");
    for password in ["short", "passwordpassword", "bob@example.test"] {
        let body = json!({"password": password, "firstName": "Bob", "lastName": "Baker"});
        let answer = app.visitor().post(&path, body).await;
        assert_eq!(answer.status, 422, "{answer}");
        assert_eq!(answer.text_at("/errors/0/pointer"), "/password");
    }
    app.visitor().post(&path, json!({"password": PASSWORD})).await.has_status(422);
    app.visitor().tries_to_accept(&token).await.has_status(201);
});

story!(
    /// SES-10: a browser that comes to more rights by accepting goes on with a new token; a program keeps the one that it has.
    joining_renews_a_browsers_token, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let before = bob.token.lock().unwrap().clone().unwrap();
    for (slug, by_cookie) in [("second", true), ("third", false)] {
        let other = app.organization(slug).owned_by(&format!("olga@{slug}.test")).await;
        other.owner().invites("bob@acme.test").await;
        let path = format!("/api/v1/invitations/{}/accept", app.visitor().reads_mail_to("bob@acme.test").await.token);
        let request = Request::new(Method::POST, path).json(&json!({}));
        let now = bob.token.lock().unwrap().clone().unwrap();
        if !by_cookie {
            bob.send(request).await.has_status(200);
            bob.get("/session").await.has_status(200);
            continue;
        }
        let request = request.header("cookie", &format!("__Host-roster={now}")).header("sec-fetch-site", "same-origin");
        let answer = app.visitor().send(request).await.has_status(200);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        let fresh = cookie.trim_start_matches("__Host-roster=").split(';').next().unwrap();
        assert_ne!(fresh, before);
        bob.get("/session").await.is(401, "unauthenticated");
        bob.with_token(fresh).get("/session").await.has_status(200).says("/organization/slug", "second");
        *bob.token.lock().unwrap() = Some(fresh.to_owned());
    }
});
