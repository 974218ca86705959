//! Point in time: what a member could do on a day, from the audit trail (ACC-11).

use std::collections::BTreeMap;

use roster::base::time::DAY;
use roster::base::{Randomness, Timestamp};
use serde_json::{Value, json};

use crate::story::console::opens;
use crate::story::{Answer, Organization, Person, Story};

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
async fn step(
    acme: &Organization,
    random: &mut impl FnMut(usize) -> usize,
    people: &[String],
    (roles, n): (&[&str], usize),
) {
    let alice = acme.alice();
    let person = &people[random(people.len())];
    let path = format!("members/{person}");
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
    let first = async |what: &str| alice.get(what).await.has_status(200).column("/id").first().cloned();
    let (team, project) = (first("teams").await, first("projects").await);
    let all = |one: &Option<String>| one.iter().cloned().collect::<Vec<_>>();
    let _ = match random(26) {
        0 => alice.patch(&path, json!({"roles": [role]})).await,
        1 => alice.patch(&path, json!({"roles": [role, other]})).await,
        2 => alice.patch(&path, json!({"permissions": permissions})).await,
        3 => alice.patch(&path, json!({"roleTemplate": template(at).await})).await,
        4 => alice.post(&format!("{path}/suspend"), json!({})).await,
        5 | 6 => alice.post(&format!("{path}/reactivate"), json!({})).await,
        7 if random(4) == 0 => alice.delete(&path).await,
        8 | 23 => {
            let made = json!({"key": own, "label": format!("R{n}"), "rank": 5, "includesLower": true, "permissions": permissions});
            alice.post("roles", made).await
        }
        9 => {
            alice
                .patch(&format!("roles/{role}"), json!({"permissions": permissions, "rank": 7 + n as i64}))
                .await
        }
        10 => alice.delete(&format!("roles/{own}?reassignTo={other}")).await,
        11 | 24 => {
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
        15 => alice.patch(&path, json!({"teams": all(&team)})).await,
        16 => match team {
            Some(team) => alice.delete(&format!("teams/{team}")).await,
            None => return,
        },
        17 => alice.post("projects", json!({"name": format!("Project {n}")})).await,
        18 => alice.patch(&path, json!({"projects": all(&project)})).await,
        19 => match project {
            Some(project) if random(2) == 0 => alice.delete(&format!("projects/{project}")).await,
            Some(project) => {
                alice.patch(&format!("projects/{project}"), json!({"name": format!("P{n}")})).await
            }
            None => return,
        },
        20 | 21 => alice.patch(&path, json!({"featureAccess": {"crm": random(2) == 0}})).await,
        25 if random(3) == 0 => alice.delete("resources/agent/7").await,
        _ => {
            let level = ["view", "edit", "manage"][random(3)];
            let with = [("team", team), ("project", project), ("member", Some(person.clone()))];
            let with = with.into_iter().filter(|_| random(2) == 0);
            let access: Vec<Value> =
                with.filter_map(|(kind, id)| Some(json!({kind: id?, "level": level}))).collect();
            let visibility = ["organization", "restricted", "restricted"][random(3)];
            let category = ["users", "crm", "analytics"][random(3)];
            let thing = json!({"name": format!("Agent {n}"), "category": category, "visibility": visibility, "access": access});
            alice.put("resources/agent/7", thing).await
        }
    };
}

/// What is asked about somebody: what they may do, and why they can or can't.
async fn told(acme: &Organization, person: &str, at: &str) -> (Answer, [Answer; 2]) {
    let effective = acme.alice().get(&format!("members/{person}/effective-permissions?{at}")).await;
    let why =
        async |asked: &str| acme.alice().get(&format!("access/explain?member={person}&{asked}&{at}")).await;
    let thing = why("action=edit&resource=agent:7").await;
    (effective, [thing, why("action=view&resource=category:crm").await])
}

/// The chain in words. What somebody was called is not told of the past.
fn steps(why: &Answer, member: &Value) -> String {
    let said = why.at("/steps").to_string().replace(['\u{2068}', '\u{2069}'], "");
    said.replace(member["email"].as_str().unwrap(), "Bob Baker")
}

/// Whatever happened, the past says of every remembered instant what was said then.
async fn tells_every_instant(app: Story, preset: &str, seed: u64, roles: [&str; 4]) {
    app.leaves_any_mail();
    println!("{preset} with seed {seed}");
    let numbers = Randomness::seeded(seed);
    let mut random = |below: usize| (numbers.uuid(Timestamp(0)).as_u128() % below as u128) as usize;
    let acme = app.organization("Acme").preset(preset).owned_by("alice@acme.test").await;
    let keys: Vec<&str> = roles.into_iter().chain(["helper", "boss"]).collect();
    let beginning = now(&app);
    app.waits(DAY);
    let mut people = Vec::new();
    for (name, role) in ["ann", "ben", "cat", "dan"].into_iter().zip(roles) {
        people.push(acme.joins(&format!("{name}@acme.test"), role).await.id);
    }
    let mut said = BTreeMap::new();
    for n in 0..140 {
        app.waits(DAY / 6);
        match n {
            // Somebody is invited, and accepts later, unless the invitation was withdrawn meanwhile.
            10 | 30 => {
                let email = format!("invited{n}@acme.test");
                people.push(acme.alice().invites(&email).await["memberId"].as_str().unwrap().to_owned());
            }
            20 => drop(app.visitor().accepts_mail_to("invited10@acme.test").await),
            _ => step(&acme, &mut random, &people, (&keys, n)).await,
        }
        // Half of them at each instant: each question costs a reading of the trail.
        for person in people.iter().skip(n % 2).step_by(2) {
            let member = acme.alice().get(&format!("members/{person}")).await;
            let now_said = (member.status == 200).then_some(member);
            let told = told(&acme, person, "").await;
            said.insert((now(&app), person.clone()), now_said.map(|member| (member.json(), told)));
        }
    }
    for ((at, person), then) in &said {
        let (effective, why) = told(&acme, person, &format!("at={at}")).await;
        let Some((member, (could_then, why_then))) = then else {
            effective.is(404, "not_a_member_then");
            for why in why {
                why.is(404, "not_a_member_then");
            }
            continue;
        };
        let told = effective.has_status(200).json();
        assert_eq!(told["status"], member["status"], "{person} at {at}: {told}");
        assert_eq!(told["roles"], member["roles"], "{person} at {at}");
        assert_eq!(told["roleTemplate"], member["roleTemplate"], "{person} at {at}");
        assert_eq!(could(told), could_then.json(), "{person} at {at}");
        for (why, then) in why.iter().zip(why_then) {
            assert_eq!(why.at("/decision"), then.at("/decision"), "{person} at {at}: {why}{then}");
            assert_eq!(steps(why, member), steps(then, member), "{person} at {at}");
            assert_eq!((why.at("/remedies"), why.at("/at")), (json!([]), json!(at)));
        }
    }
    for person in &people {
        let path = format!("members/{person}/effective-permissions?at={beginning}");
        acme.alice().get(&path).await.is(404, "not_a_member_then");
    }
    let done: Vec<String> = acme.audit().await;
    for action in [
        "role.deleted",
        "role_template.deleted",
        "team.deleted",
        "project.deleted",
        "resource.deleted",
        "resource.updated",
        "member.suspended",
        "member.removed",
        "role.updated",
    ] {
        assert!(done.iter().any(|known| known == action), "no {action} in {done:?}");
    }
}

story!(
    /// ACC-11: with several roles a member.
    the_past_says_what_was_said_then, app => {
    tells_every_instant(app, "multi-role", 1, ["member", "auditor", "user_manager", "member"]).await;
});

story!(
    /// ACC-11: with role templates and feature switches.
    the_past_says_what_was_said_then_of_features, app => {
    tells_every_instant(app, "admin-user", 3, ["user", "user", "admin", "user"]).await;
});

story!(
    /// ACC-8, ACC-11: why somebody could then: the team, the rule and the names of that day, and nothing to be changed.
    why_somebody_could_then_is_told, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let team = alice.post("teams", json!({"name": "Harbour"})).await.has_status(201).text_at("/id");
    let bob = acme.joins_with("bob@acme.test", json!({"role": "admin", "teams": [team]})).await;
    let cara = acme.joins("cara@acme.test", "user").await;
    let share = |level: &str| json!({"name": "Pilot", "category": "analytics", "visibility": "restricted",
        "access": [{"team": team, "level": level}]});
    let asks = async |who: &Person, person: &str, at: &str| {
        who.get(&format!("access/explain?member={person}&action=edit&resource=agent:7&at={at}")).await
    };
    let unregistered = now(&app);
    app.waits(DAY);
    alice.patch(&format!("members/{}", cara.id), json!({"permissions": {"analytics": ["edit"]}})).await.has_status(200);
    alice.put("resources/agent/7", share("edit")).await.has_status(201);
    let open = now(&app);
    app.waits(DAY);
    alice.put("resources/agent/7", share("view")).await.has_status(200);
    alice.patch(&format!("teams/{team}"), json!({"name": "Port"})).await.has_status(200);
    let closed = now(&app);
    app.waits(DAY);
    alice.delete(&format!("teams/{team}")).await.has_status(204);
    alice.delete(&format!("members/{}", cara.id)).await.has_status(204);
    alice.delete("resources/agent/7").await.has_status(204);
    app.waits(DAY);
    alice.put("resources/agent/7", json!({"name": "Another", "category": "users", "visibility": "organization"})).await.has_status(201);
    let step = |answer: &Answer, at: usize| (answer.text_at(&format!("/steps/{at}/outcome")), answer.text_at(&format!("/steps/{at}/detail")));
    let said = |outcome: &str, detail: &str| (outcome.to_owned(), detail.to_owned());
    let told = asks(&alice, &cara.id, &open).await.has_status(200).says("/decision", false).says("/at", open.as_str());
    assert_eq!(step(&told, 3).0, "pass", "{told}");
    assert!(step(&told, 5).1.contains("Harbour"), "{told}");
    assert_eq!(step(&told, 5).0, "fail", "{told}");
    told.says("/remedies", json!([]));
    let told = asks(&alice, &cara.id, &closed).await.has_status(200).says("/decision", false);
    assert_eq!(step(&told, 5), said("not_needed", "No team that it is shared with would be enough for this action."));
    let told = asks(&alice, &bob.id, &unregistered).await.has_status(200).says("/decision", false);
    assert_eq!(step(&told, 7), said("fail", "Nothing of this type and id is registered here."));
    asks(&alice, &bob.id, &now(&app)).await.has_status(200).says("/steps/7/detail", "Everybody in the organization reaches it.");
    // Oneself, and others only with the right to see users.
    asks(&bob, &bob.id, &open).await.has_status(200);
    let dan = acme.joins("dan@acme.test", "user").await;
    asks(&dan, &bob.id, &open).await.is(403, "forbidden");
    asks(&dan, &dan.id, &open).await.is(404, "not_a_member_then");
    asks(&dan, &dan.id, &now(&app)).await.has_status(200).says("/decision", false);
    for wrong in ["2026-01-21", "tomorrow", ""] {
        asks(&alice, &bob.id, wrong).await.is(400, "invalid_parameter");
    }
    asks(&alice, "mem_01kf0e44m0e008q1qte6r30jeb", &open).await.is(404, "not_found");
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
