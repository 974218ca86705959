//! Point in time: what a member could do on a day, from the audit trail (ACC-11).

use std::collections::BTreeMap;

use roster::base::time::DAY;
use roster::base::{Randomness, Timestamp};
use serde_json::{Value, json};

use crate::story::console::opens;
use crate::story::{Organization, Story};

async fn effective(acme: &Organization, id: &str, at: &str) -> Value {
    let at = if at.is_empty() { String::new() } else { format!("?at={at}") };
    acme.alice().get(&format!("members/{id}/effective-permissions{at}")).await.has_status(200).json()
}

/// What the answer about the past has in common with that about today.
fn could(mut answer: Value) -> Value {
    let map = answer.as_object_mut().unwrap();
    for more in ["at", "status", "roles", "roleTemplate"] {
        map.remove(more);
    }
    answer
}

fn now(app: &Story) -> String {
    app.app().now().to_string()
}

story!(
    /// ACC-11: a day later Bob has another role, then is gone; the days before stay what they were.
    a_day_of_the_past_stays_what_it_was, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    app.waits(DAY);
    let made = json!({"name": "Desk", "permissions": {"users": ["view"]}});
    let template = alice.post("role-templates", made).await.has_status(201).text_at("/id");
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("members/{}", bob.id);
    alice.patch(&path, json!({"roleTemplate": template, "permissions": {"analytics": ["view"]}})).await.has_status(200);
    app.waits(DAY);
    alice.patch(&path, json!({"role": "admin", "roleTemplate": null})).await.has_status(200);
    app.waits(DAY);
    alice.patch(&path, json!({"role": "user"})).await.has_status(200);
    alice.post(&format!("{path}/suspend"), json!({})).await.has_status(200);
    app.waits(DAY);
    alice.delete(&format!("role-templates/{template}")).await.has_status(204);
    alice.delete(&path).await.has_status(204);
    app.waits(DAY);
    let asks = async |at: &str| alice.get(&format!("{path}/effective-permissions?at={at}")).await;
    asks("2026-01-15").await.is(404, "not_a_member_then");
    let day = asks("2026-01-16").await.has_status(200).says("/status", "active").says("/roles/0/key", "user");
    assert_eq!(day.at("/roleTemplate/name"), "Desk");
    assert_eq!(day.at("/permissions"), json!({
        "users": [{"action": "view", "sources": ["template:Desk"]}],
        "analytics": [{"action": "view", "sources": ["direct"]}],
    }));
    assert_eq!(day.at("/at"), "2026-01-16T23:59:59.999999Z");
    let day = asks("2026-01-17").await.has_status(200).says("/roles/0/key", "admin").says("/roleTemplate", Value::Null);
    assert_eq!(day.at("/permissions/settings/0/sources"), json!(["role:admin"]));
    asks("2026-01-18").await.has_status(200).says("/status", "suspended").says("/permissions", json!({}));
    asks("2026-01-19").await.is(404, "not_a_member_then");
    asks("2026-01-20").await.is(404, "not_a_member_then");
    for wrong in ["2026-01-21", "tomorrow", "", "2026-01-20T10:00:00Z", "2026-13-01", "9999-12-31"] {
        asks(wrong).await.is(400, "invalid_parameter");
    }
    alice.get(&format!("{path}/effective-permissions")).await.is(404, "not_found");
    let nobody = "members/01890000-0000-7000-8000-000000000000/effective-permissions?at=2026-01-17";
    alice.get(nobody).await.is(404, "not_found");
});

story!(
    /// ACC-11: a role, a template or a team goes, and takes from many what they had; for each it is told who had it.
    what_went_is_told_of_those_who_had_it, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let helper = json!({"key": "helper", "label": "Helper", "permissions": {"users": ["view"]}});
    alice.post("roles", helper).await.has_status(201);
    let a = alice.post("role-templates", json!({"name": "A", "permissions": {"audit": ["view"]}})).await.text_at("/id");
    let b = alice.post("role-templates", json!({"name": "B", "permissions": {}})).await.text_at("/id");
    let team = alice.post("teams", json!({"name": "Desk"})).await.has_status(201).text_at("/id");
    let had = acme.joins_with("had@acme.test", json!({"roles": ["helper"], "roleTemplate": a, "teams": [team]})).await;
    let had_not = acme.joins_with("not@acme.test", json!({"roles": ["member"], "roleTemplate": b})).await;
    let none = acme.joins("none@acme.test", "auditor").await;
    app.waits(DAY);
    let then = now(&app);
    app.waits(DAY);
    alice.delete("roles/helper?reassignTo=member").await.has_status(204);
    alice.delete(&format!("role-templates/{a}?reassignTo={b}")).await.has_status(204);
    alice.delete(&format!("role-templates/{b}?reassignTo=none")).await;
    alice.delete(&format!("teams/{team}")).await.has_status(204);
    app.waits(DAY);
    for (who, role, template) in [(&had, "helper", "A"), (&had_not, "member", "B"), (&none, "auditor", "")] {
        let told = effective(&acme, &who.id, &then).await;
        let roles: Vec<&Value> = told["roles"].as_array().unwrap().iter().map(|role| &role["key"]).collect();
        assert_eq!(roles, [role], "{told}");
        assert_eq!(told["roleTemplate"]["name"].as_str().unwrap_or_default(), template, "{told}");
    }
});

story!(
    /// ACC-11: nobody asks about people of another organization, nor without the right to see users.
    the_past_is_as_closed_as_today, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let other = app.organization("Other").owned_by("olga@other.test").await;
    let path = format!("members/{}/effective-permissions?at=2026-01-15", bob.id);
    other.alice().get(&path).await.is(404, "not_found");
    bob.get(&path).await.is(403, "forbidden");
    acme.alice().get(&path).await.has_status(200);
});

story!(
    /// ACC-11: the page of a user tells a day, and what was changed on it; a day that is none is told beside the field.
    the_page_of_a_user_tells_a_day, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    app.waits(2 * DAY);
    acme.alice().patch(&format!("members/{}", bob.id), json!({"role": "admin"})).await.has_status(200);
    let page = async |at: &str| opens(&acme.alice(), &format!("/users/{}/past{at}", bob.id)).await.has_status(200);
    page("").await.shows("Choose a day");
    page("?at=2026-01-16").await.shows("at the end of 16 Jan 2026").shows("Nothing about").hides("By role");
    page("?at=2026-01-17").await.shows("Access now").shows("By role").hides("Nothing about");
    page("?at=2026-01-10").await.shows("Not here yet");
    page("?at=2026-02-10").await.shows("Choose a day that has begun");
});

/// One step of a random tale; what it may not do is refused, and that changes nothing.
async fn step(acme: &Organization, random: &mut impl FnMut(usize) -> usize, people: &[String], n: usize) {
    let alice = acme.alice();
    let person = &people[random(people.len())];
    let path = format!("members/{person}");
    let roles = ["administrator", "user_manager", "auditor", "member", "helper", "boss"];
    let role = roles[random(roles.len())];
    let sets = [
        json!({"users": ["view", "edit"]}),
        json!({"audit": ["manage"]}),
        json!({"users": null, "audit": []}),
    ];
    let permissions = &sets[random(sets.len())];
    let template = async |at: usize| {
        let all = alice.get("role-templates").await.has_status(200).column("/id");
        (!all.is_empty()).then(|| all[at % all.len()].clone())
    };
    let other = roles[random(roles.len())];
    // Those of the preset stay, so that there are some to fall back on.
    let own = ["helper", "boss"][random(2)];
    let at = random(5);
    let team = alice.get("teams").await.has_status(200).column("/id").first().cloned();
    let _ = match random(17) {
        0 => alice.patch(&path, json!({"roles": [role]})).await,
        1 => alice.patch(&path, json!({"roles": [role, other]})).await,
        2 => alice.patch(&path, json!({"permissions": permissions})).await,
        3 => alice.patch(&path, json!({"roleTemplate": template(at).await})).await,
        4 => alice.post(&format!("{path}/suspend"), json!({})).await,
        5 | 6 => alice.post(&format!("{path}/reactivate"), json!({})).await,
        7 if random(4) == 0 => alice.delete(&path).await,
        8 => {
            let made = json!({"key": own, "label": format!("R{n}"), "rank": 5, "includesLower": true, "permissions": permissions});
            alice.post("roles", made).await
        }
        9 => {
            alice
                .patch(&format!("roles/{role}"), json!({"permissions": permissions, "rank": 7 + n as i64}))
                .await
        }
        10 => alice.delete(&format!("roles/{own}?reassignTo={other}")).await,
        11 => {
            alice.post("role-templates", json!({"name": format!("T{n}"), "permissions": permissions})).await
        }
        12 => match template(at).await {
            Some(id) => {
                alice
                    .patch(
                        &format!("role-templates/{id}"),
                        json!({"name": format!("N{n}"), "permissions": permissions}),
                    )
                    .await
            }
            None => return,
        },
        13 => match (template(at).await, template(at + 1).await) {
            (Some(id), Some(to)) if id != to => {
                alice.delete(&format!("role-templates/{id}?reassignTo={to}")).await
            }
            (Some(id), _) => alice.delete(&format!("role-templates/{id}")).await,
            _ => return,
        },
        14 => alice.post("teams", json!({"name": format!("Team {n}")})).await,
        15 => alice.patch(&path, json!({"teams": team.iter().collect::<Vec<_>>()})).await,
        _ => match team {
            Some(team) => alice.delete(&format!("teams/{team}")).await,
            None => return,
        },
    };
}

story!(
    /// ACC-11: whatever happened, the past says of every remembered instant what was said then.
    the_past_says_what_was_said_then, app => {
    app.leaves_any_mail();
    let seed = 7;
    println!("seed {seed}");
    let numbers = Randomness::seeded(seed);
    let mut random = |below: usize| (numbers.uuid(Timestamp(0)).as_u128() % below as u128) as usize;
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let beginning = now(&app);
    app.waits(DAY);
    let mut people = Vec::new();
    for (name, role) in [("ann", "member"), ("ben", "auditor"), ("cat", "user_manager"), ("dan", "member")] {
        people.push(acme.joins(&format!("{name}@acme.test"), role).await.id);
    }
    let mut said: BTreeMap<(String, String), Option<(Value, Value)>> = BTreeMap::new();
    for n in 0..60 {
        app.waits(DAY / 4);
        step(&acme, &mut random, &people, n).await;
        for person in &people {
            let answer = acme.alice().get(&format!("members/{person}/effective-permissions")).await;
            let member = acme.alice().get(&format!("members/{person}")).await;
            let said_now = (answer.status == 200).then(|| (answer.json(), member.json()));
            said.insert((now(&app), person.clone()), said_now);
        }
    }
    let done: Vec<String> = acme.audit().await;
    for action in ["role.deleted", "role_template.deleted", "team.deleted", "member.suspended", "role.updated"] {
        assert!(done.iter().any(|known| known == action), "no {action} in {done:?}");
    }
    for ((at, person), then) in &said {
        let answer = acme.alice().get(&format!("members/{person}/effective-permissions?at={at}")).await;
        let Some((could_then, member)) = then else {
            answer.is(404, "not_a_member_then");
            continue;
        };
        let told = answer.has_status(200).json();
        assert_eq!(told["status"], member["status"], "{person} at {at}: {told}");
        assert_eq!(told["roles"], member["roles"], "{person} at {at}");
        assert_eq!(told["roleTemplate"], member["roleTemplate"], "{person} at {at}");
        assert_eq!(could(told), *could_then, "{person} at {at}");
    }
    for person in &people {
        let path = format!("members/{person}/effective-permissions?at={beginning}");
        acme.alice().get(&path).await.is(404, "not_a_member_then");
    }
});

story!(
    /// ACC-11: what a changed access model took from roles is not in the trail, so that instants before are not told; those
    /// after are, and other names alone hinder nothing.
    what_the_trail_does_not_hold_is_not_told, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let before = now(&app);
    app.waits(DAY);
    alice.patch("access-model", json!({"labels": {"status": {"suspended": "Away"}}})).await.has_status(200);
    effective(&acme, &bob.id, &before).await;
    let mut categories = alice.get("access-model").await.at("/categories");
    categories.as_array_mut().unwrap().push(json!({"key": "boats", "label": "Boats"}));
    alice.patch("access-model", json!({"categories": categories})).await.has_status(200);
    let path = format!("members/{}/effective-permissions?at=", bob.id);
    alice.get(&format!("{path}{before}")).await.is(409, "past_unknown");
    let day = before.split('T').next().unwrap();
    opens(&alice, &format!("/users/{}/past?at={day}", bob.id)).await.has_status(200).shows("Not told");
    effective(&acme, &bob.id, &now(&app)).await;
});
