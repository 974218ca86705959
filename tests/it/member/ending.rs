//! Guests: memberships with an end date (MEM-15).

use roster::base::time::{DAY, HOUR};
use roster::removal::ending;
use serde_json::{Value, json};

use crate::story::console::{field, follows, opens, row, says, submits};
use crate::story::mailbox::{letters, written};
use crate::story::{Organization, Person, Process, Story, at_once};

/// So many days and hours after the beginning of a story.
fn after(days: i64, hours: i64) -> String {
    let begins: roster::base::Timestamp = crate::story::BEGINNING.parse().unwrap();
    begins.plus(days * DAY + hours * HOUR).to_string()
}

fn of(person: &Person) -> String {
    format!("members/{}", person.id)
}

/// What several processes do about ends at the same moment; how many memberships that changed.
async fn looks(processes: &[&Process]) -> usize {
    let apps: Vec<_> = processes.iter().map(|process| process.app.clone()).collect();
    let look = |at: usize| {
        let app = apps[at].clone();
        async move { ending::run_once(&app).await.unwrap() }
    };
    at_once(apps.len(), look).await.into_iter().sum()
}

async fn told(app: &Story, kind: &str) -> usize {
    letters(app.app()).await.iter().filter(|letter| letter.kind == kind).count()
}

/// What an evaluation says of somebody's seeing the category that everybody here sees; of a refusal its status.
async fn may(asker: &Person, acme: &Organization, subject: &str) -> Result<bool, u16> {
    let body = json!({"subject": {"type": "member", "id": subject}, "action": {"name": "view"},
        "resource": {"type": "category", "id": "automations"}, "context": {"organization": acme.slug}});
    let answer = asker.post("/access/v1/evaluation", body).await;
    if answer.status == 200 { Ok(answer.at("/decision") == true) } else { Err(answer.status) }
}

story!(
    /// MEM-15: an end is set, moved and cleared; what can be none is refused by name, and the trail tells each.
    an_end_is_set_moved_and_cleared, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    alice.get(&of(&bob)).await.says("/endsAt", Value::Null);
    alice.patch(&of(&bob), json!({"endsAt": after(30, 0)})).await.has_status(200).says("/endsAt", after(30, 0));
    alice.patch(&of(&bob), json!({"endsAt": "2026-03-01T12:00:00+01:00"})).await.says("/endsAt", "2026-03-01T11:00:00Z");
    for (end, code) in [
        (crate::story::BEGINNING.to_owned(), "in_the_past"),
        ("2020-01-01T00:00:00Z".to_owned(), "in_the_past"),
        ("2036-02-01T00:00:00Z".to_owned(), "too_late"),
        ("tomorrow".to_owned(), "invalid_value"),
    ] {
        alice.patch(&of(&bob), json!({"endsAt": end})).await.refuses("/endsAt", code);
    }
    alice.get(&of(&bob)).await.says("/endsAt", "2026-03-01T11:00:00Z");
    alice.patch(&of(&bob), json!({"firstName": "Rob"})).await.has_status(200).says("/endsAt", "2026-03-01T11:00:00Z");
    alice.patch(&of(&bob), json!({"endsAt": null})).await.has_status(200).says("/endsAt", Value::Null);
    let event = alice.get("audit-events?action=member.updated&limit=1").await;
    assert_eq!(event.at("/data/0/changes/endsAt"), json!({"from": "2026-03-01T11:00:00Z", "to": null}));
    let carol = json!({"email": "carol@acme.test", "firstName": "Carol", "lastName": "Cook",
        "password": crate::story::person::PASSWORD, "endsAt": after(3, 0)});
    alice.post("members", carol).await.has_status(201).says("/endsAt", after(3, 0));
    let dan = alice.tries_to_invite("dan@acme.test", json!({"endsAt": "2020-01-01T00:00:00Z"})).await;
    dan.refuses("/endsAt", "in_the_past");
});

story!(
    /// MEM-15, ACC-4: whoever does not manage somebody sets no end for them, and nobody sets their own.
    an_end_is_set_by_who_manages_somebody, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let uma = acme.joins("uma@acme.test", "user").await;
    let end = json!({"endsAt": after(30, 0)});
    adam.patch(&of(&acme.alice()), end.clone()).await.is(403, "outside_grant_rule");
    adam.patch(&of(&adam), end.clone()).await.is(403, "own_membership");
    uma.patch(&of(&adam), end.clone()).await.is(403, "forbidden");
    adam.patch(&of(&uma), end).await.has_status(200).says("/endsAt", after(30, 0));
});

story!(
    /// MEM-15: a guest is told a week before, once for each end, however many processes look.
    a_guest_is_told_once_before_the_end, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let there = app.second_process().await;
    let both = [&app.process, &there];
    acme.alice().patch(&of(&bob), json!({"endsAt": after(30, 0)})).await.has_status(200);
    app.waits(23 * DAY - 1);
    assert_eq!(looks(&both).await, 0);
    app.waits(1);
    assert_eq!(looks(&both).await, 1);
    assert_eq!((looks(&both).await, told(&app, "membership_ends").await), (0, 1));
    let letter = bob.reads_mail_to("bob@acme.test").await;
    assert_eq!(letter.told(), "membership_ends to bob@acme.test");
    let text = written(app.app(), &letter).await;
    assert!(text.plain.contains("Your membership of Acme ends on"), "{}", text.plain);
    acme.alice().signs_in_again().await;
    acme.alice().patch(&of(&bob), json!({"endsAt": after(60, 0)})).await.has_status(200);
    assert_eq!(looks(&both).await, 0);
    app.waits(30 * DAY);
    assert_eq!((looks(&both).await, told(&app, "membership_ends").await), (1, 2));
    bob.reads_mail_to("bob@acme.test").await;
    assert_eq!(acme.audit().await.iter().filter(|action| *action == "member.reminded").count(), 2);
});

story!(
    /// MEM-15: from the very instant a guest takes no part, whatever a process remembers; then the row goes once, the seat is
    /// free, the trail says so, and other places of theirs are as they were.
    a_membership_ends_at_the_very_instant, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@acme.test", "admin").await;
    let there = app.second_process().await;
    let at_globex = globex.welcomes(&bob, "user").await;
    let (asker, own) = (acme.alice().at(&there), bob.at(&there));
    acme.alice().patch(&of(&bob), json!({"endsAt": after(2, 0)})).await.has_status(200);
    looks(&[&app.process]).await;
    bob.reads_mail_to("bob@acme.test").await;
    app.waits(2 * DAY - 1);
    for _ in 0..3 {
        assert_eq!((may(&asker, &acme, &bob.id).await, may(&own, &acme, &bob.id).await), (Ok(true), Ok(true)));
    }
    bob.get("/organizations/acme/members").await.has_status(200);
    let session = bob.put("/session/organization", json!({"organization": "acme"})).await;
    session.has_status(200).says("/member/id", bob.id.as_str());
    opens(&bob, "/users").await.has_status(200);
    let seats = acme.seats().await.at("/used");
    app.waits(1);
    assert_eq!((may(&asker, &acme, &bob.id).await, may(&own, &acme, &bob.id).await), (Ok(false), Err(404)));
    for process in [&app.process, &there] {
        bob.at(process).get("/organizations/acme/members").await.is(404, "not_found");
        bob.at(process).put("/session/organization", json!({"organization": "acme"})).await.is(404, "not_found");
    }
    assert_ne!(opens(&bob, "/users").await.status, 200);
    bob.get("/account/organizations").await.says("/data/0/organization/slug", "globex").hides("acme");
    bob.post("/organizations/acme/members/me/leave", json!({})).await.is(404, "not_found");
    bob.signs_in().await.has_status(200).says("/memberships/0/organization/slug", "globex").hides("\"acme\"");
    let who = acme.alice().get("access/who?action=view&resource=category:automations").await.has_status(200);
    who.hides("bob@acme.test");
    assert_eq!(looks(&[&app.process, &there]).await, 1);
    acme.alice().get(&of(&bob)).await.is(404, "not_found");
    assert_eq!(acme.seats().await.at("/used").as_i64().unwrap(), seats.as_i64().unwrap() - 1);
    let event = acme.alice().get("audit-events?action=member.ended").await;
    event.says("/data/0/actor/name", "Roster").says("/data/0/target/id", bob.id.as_str());
    assert_eq!(looks(&[&app.process, &there]).await, 0);
    let letter = bob.reads_mail_to("bob@acme.test").await;
    assert_eq!(letter.told(), "membership_ended to bob@acme.test");
    let text = written(app.app(), &letter).await;
    assert!(text.plain.contains("Your membership of Acme ended on"), "{}", text.plain);
    at_globex.get("/organizations/globex").await.has_status(200);
    assert_eq!(globex.audit().await.iter().filter(|action| action.starts_with("member.")).count(), 0);
});

story!(
    /// MEM-15, MEM-6: who belongs nowhere else is signed out; where a removal erases the account, the end does.
    a_guest_without_another_place_is_gone, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.alice().patch(&of(&bob), json!({"endsAt": after(20, 0)})).await.has_status(200);
    acme.alice().post(&format!("{}/suspend", of(&bob)), json!({})).await.has_status(200);
    app.waits(20 * DAY);
    assert_eq!(looks(&[&app.process]).await, 1);
    assert_eq!(acme.audit().await.iter().rev().take(2).collect::<Vec<_>>(), ["member.ended", "account.erased"]);
    bob.signs_in().await.is(401, "invalid_credentials");
    bob.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// MEM-15, ACC-5: an end leaves nobody without somebody in charge, neither when it is set nor when it comes.
    the_last_one_in_charge_stays, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let olga = acme.joins("olga@acme.test", "owner").await;
    let alice = acme.alice();
    alice.patch(&of(&olga), json!({"endsAt": after(10, 0)})).await.has_status(200);
    olga.patch(&of(&alice), json!({"endsAt": after(10, 0)})).await.is(409, "last_owner");
    olga.patch(&of(&alice), json!({"endsAt": after(11, 0)})).await.is(409, "last_owner");
    olga.patch(&of(&alice), json!({"endsAt": after(9, 0)})).await.has_status(200);
    olga.patch(&of(&alice), json!({"endsAt": null})).await.has_status(200);
    alice.post("members/me/leave", json!({})).await.has_status(204);
    app.waits(10 * DAY);
    olga.signs_in_again().await;
    olga.get("members").await.is(404, "not_found");
    assert_eq!(looks(&[&app.process, &app.second_process().await]).await, 1);
    olga.get(&of(&olga)).await.has_status(200).says("/endsAt", Value::Null).says("/status", "active");
    let event = olga.get("audit-events?action=member.kept").await;
    assert_eq!(event.at("/data/0/changes/reason/to"), "last_owner");
    let letter = olga.reads_mail_to("olga@acme.test").await;
    assert_eq!(letter.told(), "membership_kept to olga@acme.test");
    assert!(written(app.app(), &letter).await.plain.contains("has no end date any more"));
});

story!(
    /// MEM-15, INV-1: an invitation says when the membership ends; its link works no longer than that.
    an_invited_guest_has_an_end, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins_with("bob@acme.test", json!({"role": "user", "endsAt": after(40, 0)})).await;
    alice.get(&of(&bob)).await.says("/endsAt", after(40, 0));
    let carol = alice.tries_to_invite("carol@acme.test", json!({"endsAt": after(2, 0)})).await.has_status(200);
    assert_eq!(carol.at("/results/0/invitation/expiresAt"), after(2, 0));
    let token = app.visitor().reads_mail_to("carol@acme.test").await.token;
    let (seats, member) = (acme.seats().await.at("/used"), acme.member("carol@acme.test").await.unwrap());
    assert_eq!(member["endsAt"], after(2, 0));
    let path = format!("members/{}", member["id"].as_str().unwrap());
    alice.patch(&path, json!({"endsAt": after(1, 0)})).await.has_status(200);
    app.waits(DAY);
    app.visitor().tries_to_accept(&token).await.is(410, "invitation_expired");
    assert_eq!(looks(&[&app.process]).await, 1);
    app.visitor().tries_to_accept(&token).await.is(410, "invitation_revoked");
    alice.get(&path).await.is(404, "not_found");
    assert_eq!(acme.seats().await.at("/used").as_i64().unwrap(), seats.as_i64().unwrap() - 1);
});

story!(
    /// MEM-15, CON-3: the console sets the last day, shows it, and says what is wrong beside the field.
    the_console_sets_the_last_day, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let alice = acme.alice();
    alice.patch("/account", json!({"timeZone": "Europe/Brussels"})).await.has_status(200);
    let edit = format!("/users/{}/edit", bob.id);
    let saves = |end: &'static str| {
        let (alice, edit, id) = (alice.clone(), edit.clone(), bob.id.clone());
        async move {
            let page = opens(&alice, &edit).await.has_status(200);
            let form = [
                ("version", field(&page, "version")),
                ("was", field(&page, "was")),
                ("firstName", "Bob".to_owned()),
                ("lastName", "Baker".to_owned()),
                ("email", "bob@acme.test".to_owned()),
                ("role", "user".to_owned()),
                ("status", "active".to_owned()),
                ("endsAt", end.to_owned()),
            ];
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let saved = submits(&alice, &edit, &form).await;
            let member = alice.get(&format!("members/{id}")).await.at("/endsAt");
            (saved, member)
        }
    };
    let (saved, end) = saves("2026-01-31").await;
    assert_eq!(end, "2026-01-31T23:00:00Z", "{saved}");
    says(&follows(&alice, &saved).await, &["Bob Baker is saved."]);
    says(&opens(&alice, &format!("/users/{}", bob.id)).await, &["Ends 31 Jan 2026"]);
    assert!(row(&opens(&alice, "/users").await, "bob@acme.test").contains("Ends 31 Jan 2026"));
    assert_eq!(field(&opens(&alice, &edit).await, "endsAt"), "2026-01-31");
    let (refused, end) = saves("2026-01-10").await;
    assert_eq!((refused.status, end), (422, json!("2026-01-31T23:00:00Z")));
    says(&refused, &["This is past. Give a later date"]);
    let (refused, _) = saves("soon").await;
    says(&refused, &["Give the last day as 2027-01-31, or none."]);
    let (_, end) = saves("").await;
    assert_eq!(end, Value::Null);
    let invite = [("emails", "dan@acme.test"), ("role", "user"), ("endsAt", "2026-02-28")];
    submits(&alice, "/invitations", &invite).await.has_status(303);
    assert_eq!(acme.member("dan@acme.test").await.unwrap()["endsAt"], "2026-02-28T23:00:00Z");
    app.leaves_mail("invitation", &["dan@acme.test"]);
});
