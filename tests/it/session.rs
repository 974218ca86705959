//! Sessions: seen by their owners and, as far as it is theirs to see, by administrators; ended at once.

use axum::http::Method;
use roster::base::time::{DAY, HOUR, MINUTE};
use serde_json::json;

use crate::story::person::text;
use crate::story::{Person, Request, Story, at_once};

/// Signs in from an address with a program.
async fn signs_in_with(app: &Story, email: &str, from: &str, agent: &str, organization: &str) -> Person {
    let mut request = Request::new(Method::POST, "/api/v1/sign-in").header("user-agent", agent);
    request.peer = format!("{from}:50000").parse().unwrap();
    let body =
        json!({"email": email, "password": crate::story::person::PASSWORD, "organization": organization});
    let answer = app.process.send(request.json(&body)).await.has_status(200);
    Person::from_sign_in(app, email, &answer).await
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

story!(
    /// SES-6, R20: device, address, times; the owner ends one or all others.
    people_see_and_end_their_own_sessions, app => {
    app.leaves_mail("new_device", &["alice@acme.test"]);
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    app.waits(MINUTE);
    let phone = signs_in_with(&app, "alice@acme.test", "203.0.113.5", FIREFOX, "acme").await;
    let list = alice.get("/account/sessions?count=true").await.has_status(200);
    assert_eq!(list.at("/total"), 2);
    assert_eq!(list.text_at("/data/0/device"), "Firefox on Linux");
    assert_eq!(list.text_at("/data/0/ipAddress"), "203.0.113.5");
    assert_eq!(list.column("/current"), ["false", "true"]);
    let (theirs, own) = (list.text_at("/data/0/id"), list.text_at("/data/1/id"));
    assert!(!list.text().contains(phone.token.lock().unwrap().as_deref().unwrap()), "the id is not the secret (R21)");
    alice.delete(&format!("/account/sessions/{theirs}")).await.has_status(204);
    phone.get("/session").await.is(401, "unauthenticated");
    alice.delete(&format!("/account/sessions/{theirs}")).await.is(404, "not_found");
    let other = signs_in_with(&app, "alice@acme.test", "203.0.113.5", FIREFOX, "acme").await;
    alice.delete("/account/sessions").await.has_status(204);
    other.get("/session").await.is(401, "unauthenticated");
    assert_eq!(alice.get("/account/sessions").await.column("/id"), [own]);
    alice.delete("/account/sessions").await.has_status(204);
});

story!(
    /// R15, R16: signing out is a POST, ends the session on every process, and takes the cookie back.
    signing_out_ends_the_session_everywhere, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let second = app.second_process().await;
    alice.at(&second).get("/session").await.has_status(200);
    alice.get("/sign-out").await.has_status(405);
    let answer = alice.post("/sign-out", json!({})).await.has_status(204);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-roster=; ") && cookie.ends_with("Max-Age=0"), "{cookie}");
    for process in [&app.process, &second] {
        alice.at(process).get("/session").await.is(401, "unauthenticated");
        alice.at(process).get("members").await.is(401, "unauthenticated");
    }
});

story!(
    /// SES-7, R19: a week without use, or thirty days, and it is over.
    sessions_idle_out_and_grow_old, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    app.waits(7 * DAY - HOUR);
    alice.get("/session").await.has_status(200);
    app.waits(7 * DAY);
    alice.get("/session").await.is(401, "unauthenticated");
    let alice = Person::from_sign_in(&app, "alice@acme.test", &alice.signs_in().await).await;
    for _ in 0..5 {
        app.waits(5 * DAY);
        alice.get("/session").await.has_status(200);
    }
    app.waits(5 * DAY);
    alice.get("/session").await.is(401, "unauthenticated");
    assert_eq!(Person::from_sign_in(&app, "alice@acme.test", &alice.signs_in().await).await
        .get("sessions").await.column("/id").len(), 1, "no dead one in the list");
});

story!(
    /// D9, A40: an administrator sees sessions that were used here, with what was seen here.
    an_administrator_sees_what_happened_here, app => {
    app.leaves_mail("new_device", &["bob@example.test"]);
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let bob = globex.welcomes(&bob, "user").await;
    app.waits(MINUTE);
    let abroad = signs_in_with(&app, "bob@example.test", "203.0.113.9", FIREFOX, "globex").await;
    let seen = acme.alice().get(&format!("members/{}/sessions", acme.member_id("bob@example.test").await)).await;
    assert_eq!(seen.has_status(200).column("/ipAddress"), ["198.51.100.7"]);
    assert!(!acme.alice().get("sessions").await.text().contains("203.0.113.9"));
    let there = globex.owner().get("sessions?q=bob&count=true").await.has_status(200);
    assert_eq!(there.at("/total"), 2, "{there}");
    assert_eq!(globex.owner().get("sessions?q=Firefox").await.column("/ipAddress"), ["203.0.113.9"]);
    // From the moment that it is used here, it is seen here.
    abroad.within("acme").get("/organizations/acme/members/me").await;
    abroad.get("/organizations/acme").await.has_status(200);
    let seen = acme.alice().get("sessions?q=bob").await;
    assert_eq!(seen.column("/id").len(), 2, "{seen}");
    bob.within("acme").get("sessions").await.is(403, "forbidden");
});

story!(
    /// SES-6, R16: revoked by an administrator, where the account belongs nowhere else: over everywhere, on every process.
    a_revoked_session_is_refused_at_once, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let second = app.second_process().await;
    bob.at(&second).get("/session").await.has_status(200);
    let id = acme.alice().get("sessions?q=bob").await.text_at("/data/0/id");
    acme.alice().delete(&format!("sessions/{id}")).await.has_status(204);
    bob.get("/session").await.is(401, "unauthenticated");
    bob.at(&second).get("/account").await.is(401, "unauthenticated");
    acme.alice().delete(&format!("sessions/{id}")).await.is(404, "not_found");
    bob.signs_in().await.has_status(200);
});

story!(
    /// SES-6: where the account is active elsewhere, it ends for this organization until the next sign-in.
    a_revoke_reaches_no_further_than_the_organization, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let bob = globex.welcomes(&bob, "user").await;
    bob.get("/organizations/acme").await.has_status(200);
    let id = acme.alice().get("sessions?q=bob").await.text_at("/data/0/id");
    acme.alice().delete(&format!("sessions/{id}")).await.has_status(204);
    bob.get("/organizations/acme").await.is(401, "unauthenticated");
    bob.put("/session/organization", json!({"organization": "acme"})).await.is(401, "unauthenticated");
    bob.get("/organizations/globex").await.has_status(200);
    bob.get("/session").await.has_status(200).says("/organization/slug", "globex");
    assert_eq!(acme.alice().get("sessions?q=bob").await.column("/id").len(), 0);
    let again = Person::from_sign_in(&app, "bob@example.test", &bob.signs_in().await).await;
    again.get("/organizations/acme").await.has_status(200);
});

story!(
    /// ACC-4, R21, R22: nobody revokes beyond their grant rule; foreign and unknown ids are not found, without effect.
    revoking_has_its_bounds, app => {
    let acme = app.organization("acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let admin = acme.joins("adam@acme.test", "administrator").await;
    let owners = admin.get("sessions?q=alice").await.has_status(200).text_at("/data/0/id");
    admin.delete(&format!("sessions/{owners}")).await.is(403, "outside_grant_rule");
    acme.alice().get("/session").await.has_status(200);
    assert_eq!(acme.refusals().await, ["session.revoked"]);
    globex.owner().delete(&format!("sessions/{owners}")).await.is(404, "not_found");
    globex.owner().delete(&format!("/organizations/acme/sessions/{owners}")).await.is(404, "not_found");
    globex.owner().delete(&format!("/account/sessions/{owners}")).await.is(404, "not_found");
    for nonsense in ["sess_01h455vb4pex5vsknk084sn02q", "1", "acct_01h455vb4pex5vsknk084sn02q"] {
        acme.alice().delete(&format!("sessions/{nonsense}")).await.is(404, "not_found");
    }
    acme.alice().get("/session").await.has_status(200);
    let own = admin.get("sessions?q=adam").await.text_at("/data/0/id");
    admin.delete(&format!("sessions/{own}")).await.has_status(204);
    admin.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// MEM-5, MEM-6, R17: suspended or removed, from the very next request; coming back needs a new sign-in.
    suspension_and_removal_end_sessions, app => {
    let acme = app.organization("acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let globex = app.organization("globex").owned_by("greta@globex.test").await;
    let bob = acme.joins("bob@example.test", "editor").await;
    let bob = globex.welcomes(&bob, "user").await;
    let second = app.second_process().await;
    bob.get("/organizations/acme").await.has_status(200);
    let id = acme.member_id("bob@example.test").await;
    acme.alice().post(&format!("members/{id}/suspend"), json!({})).await.has_status(200);
    assert!([401, 404].contains(&bob.at(&second).get("/organizations/acme").await.status));
    bob.at(&second).get("/organizations/globex").await.has_status(200);
    acme.alice().post(&format!("members/{id}/reactivate"), json!({})).await.has_status(200);
    bob.get("/organizations/acme").await.is(401, "unauthenticated");
    let bob = Person::from_sign_in(&app, "bob@example.test", &bob.signs_in().await).await;
    bob.get("/organizations/acme").await.has_status(200);
    acme.alice().delete(&format!("members/{id}")).await.has_status(204);
    bob.get("/organizations/acme").await.is(404, "not_found");
    bob.get("/organizations/globex").await.has_status(200);
    let dora = acme.joins("dora@example.test", "editor").await;
    acme.alice().delete(&format!("members/{}", dora.id)).await.has_status(204);
    dora.get("/session").await.is(401, "unauthenticated");
    // The account stays in this preset, without any place.
    let dora = dora.signs_in().await.has_status(200).says("/memberships", json!([]));
    app.visitor().with_token(&dora.text_at("/token")).get("/session").await.says("/organization", json!(null));
});

story!(
    /// MEM-9, R23: the switcher; the path decides, the session's organization is only the default.
    people_switch_between_their_organizations, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    app.organization("globex").owned_by("alice@acme.test").await;
    app.organization("initech").owned_by("ivan@initech.test").await;
    let alice = acme.alice();
    alice.get("/session").await.says("/organization/slug", "acme");
    let answer = alice.put("/session/organization", json!({"organization": "globex"})).await.has_status(200);
    answer.says("/organization/slug", "globex").says("/member/roles/0/key", "admin");
    alice.get("/session").await.says("/organization/slug", "globex");
    alice.get("/organizations/acme").await.has_status(200);
    alice.put("/session/organization", json!({"organization": "initech"})).await.is(404, "not_found");
    alice.put("/session/organization", json!({"organization": "\u{0}"})).await.is(404, "not_found");
    let places = alice.get("/account/organizations").await.has_status(200);
    let mut slugs = places.column("/organization/slug");
    slugs.sort();
    assert_eq!(slugs, ["acme", "globex"]);
    assert_eq!(places.column("/status"), ["active", "active"]);
    assert_eq!(text(&places.at("/data/0/roles/0"), "label"), "Admin");
});

story!(
    /// ACC-1: `GET /session` tells what the person may do here, `manage` spelled out.
    a_session_tells_what_it_may_do, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    bob.get("/session").await.has_status(200).says("/permissions", json!({})).says("/member/status", "active");
    let alice = acme.alice().get("/session").await.has_status(200);
    assert!(alice.at("/permissions/users").as_array().unwrap().contains(&json!("view")), "{alice}");
});

story!(
    /// R13: a browser's sign-in ends the session that it had; a program that signs somebody else in keeps its own.
    only_a_browser_changes_its_session, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    let body = json!({"email": bob.email, "password": crate::story::person::PASSWORD});
    alice.post("/sign-in", body.clone()).await.has_status(200);
    alice.get("/session").await.has_status(200);
    let cookie = format!("__Host-roster={}", alice.token.lock().unwrap().clone().unwrap());
    let request = Request::new(Method::POST, "/api/v1/sign-in").header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin").json(&body);
    app.visitor().send(request).await.has_status(200);
    alice.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// R17: a session that was alive at a suspension does not come back with the member, used there before or not.
    no_session_survives_a_suspension, app => {
    app.leaves_mail("new_device", &["bob@acme.test"]);
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let other = app.organization("other").owned_by("olga@other.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    other.welcomes(&bob, "user").await;
    let elsewhere = signs_in_with(&app, "bob@acme.test", "203.0.113.5", FIREFOX, "other").await;
    let alice = acme.alice();
    alice.post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    alice.post(&format!("members/{}/reactivate", bob.id), json!({})).await.has_status(200);
    elsewhere.within("other").get("").await.has_status(200);
    elsewhere.within("acme").get("").await.is(401, "unauthenticated");
    assert!(!alice.get("sessions").await.text().contains("203.0.113.5"), "what they did elsewhere is not shown (D9)");
    let again = signs_in_with(&app, "bob@acme.test", "203.0.113.6", FIREFOX, "acme").await;
    again.within("acme").get("").await.has_status(200);
});

story!(
    /// R16: a session that ends while a body is on its way does nothing any more.
    a_slow_body_outlives_no_session, app => {
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let (body, mut sender) = crate::story::process::slow_body();
    let request = Request::new(Method::POST, alice.path("invitations")).header("content-type", "application/json");
    let token = alice.token.lock().unwrap().clone().unwrap();
    let slow = tokio::spawn(app.process.send_with(request.bearer(&token), body));
    // The server asks for the body once it has let the request in.
    sender.is_awaited().await;
    alice.post("/sign-out", json!({})).await.has_status(204);
    sender.sends(r#"{"email":"mallory@example.test"}"#);
    slow.await.unwrap().is(401, "unauthenticated");
    assert_eq!(acme.audit().await, [""; 0]);
});

story!(
    /// ACC-12: what a session is told about itself is what the database says, also where it was told before.
    what_a_session_was_told_is_told_again_only_while_it_is_true, app => {
    app.leaves_any_mail();
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let places = acme.has_places().await;
    let alice = acme.alice();
    let bob = acme.joins_with("bob@acme.test", json!({"teams": [places.team], "projects": [places.project]})).await;
    let path = format!("members/{}", bob.id);
    let mut before = bob.get("/session").await.has_status(200).text();
    // A process that has told nothing yet reads everything.
    let told_anew = async |what: &str| {
        let warm = bob.get("/session").await.has_status(200).text();
        let cold = bob.at(&app.process_with(&[]).await).get("/session").await.has_status(200).text();
        assert_eq!(warm, cold, "{what}");
        warm
    };
    assert_eq!(told_anew("nothing").await, before);
    let changes: [(&str, &Person, &str, serde_json::Value); 8] = [
        ("the account", &bob, "/account", json!({"firstName": "Bo"})),
        ("the team", &alice, &format!("teams/{}", places.team), json!({"name": "Port"})),
        ("the project", &alice, &format!("projects/{}", places.project), json!({"name": "Quay"})),
        ("what the role allows", &alice, "roles/user", json!({"permissions": {"analytics": ["view"]}})),
        ("the role's label", &alice, "roles/user", json!({"label": "Colleague"})),
        ("the role template", &alice, &path, json!({"roleTemplate": places.template})),
        ("the role", &alice, &path, json!({"role": "admin"})),
        ("the organization", &alice, "", json!({"name": "Acme Ltd"})),
    ];
    for (what, who, path, change) in changes {
        who.patch(path, change).await.has_status(200);
        let now = told_anew(what).await;
        assert_ne!(now, before, "{what} is told");
        before = now;
    }
    // An activity is told by the request after the one that was it.
    app.waits(MINUTE);
    bob.get("/session").await.has_status(200);
    let active = told_anew("the last activity").await;
    assert_ne!(active, before);
    before = active;
    bob.signs_in().await;
    assert_ne!(told_anew("a login elsewhere").await, before);
    alice.post(&format!("{path}/suspend"), json!({})).await.has_status(200);
    bob.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// R16, ACC-12: many sessions asked for at once are each told their own, and one that has just ended is refused.
    sessions_asked_for_together_are_told_apart, app => {
    app.leaves_any_mail();
    let acme = app.organization("acme").owned_by("alice@acme.test").await;
    let mut people = Vec::new();
    for n in 0..5 {
        people.push(acme.joins(&format!("bob{n}@acme.test"), "user").await);
    }
    // Whoever was told once is known by the stamp.
    for person in &people {
        person.get("/session").await.has_status(200);
    }
    let gone = people.last().unwrap();
    acme.alice().post(&format!("members/{}/suspend", gone.id), json!({})).await.has_status(200);
    let answers = at_once(60, |n| people[n % people.len()].get("/session")).await;
    for (n, answer) in answers.into_iter().enumerate() {
        let person = &people[n % people.len()];
        if person.id == gone.id {
            answer.is(401, "unauthenticated");
        } else {
            assert_eq!(answer.has_status(200).text_at("/member/id"), person.id);
        }
    }
});
