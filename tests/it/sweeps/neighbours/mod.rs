//! D9: whoever administers one organization of a person learns nothing of that person's others: no address, session, role,
//! name or number, whatever page, list or file they open, and whatever they filter by.

mod look;
mod town;

use std::fmt::Write;

use axum::http::{HeaderMap, Method};
use roster::base::time::DAY;
use serde_json::json;

use super::world::fill;
use crate::story::console::opens;
use crate::story::person::PASSWORD;
use crate::story::{Answer, Request};
use look::{differences, filters_that_know, found, looks, traces};
use town::{MARKS, Town, ids_of};

story!(
    /// D9, A40: a day of work in the other organization changes nothing that the owner of this one can see, and nothing of it
    /// stands in any answer. Its own owner sees all of it.
    a_day_elsewhere_is_seen_nowhere, app => {
    let town = Town::begin(&app).await;
    let (alice, gwen) = (town.acme.alice(), town.quartz.owner());
    let ids = town.acmes().await;
    let quiet = looks(&alice, &ids).await;
    town.works_in_quartzworks().await;
    let busy = looks(&alice, &ids).await;
    let differ = differences(&quiet, &busy);
    assert!(differ.is_empty(), "what happened in Quartzworks shows in Acme:\n{differ}");
    let strange = town.strange().await;
    let traces = traces(&busy, &strange);
    assert!(traces.is_empty(), "of Quartzworks there stands in Acme:\n{traces}");
    // Whoever may see it sees it: the search is not blind, and there is something to be found.
    let there = looks(&gwen, &town.quartzworks().await).await;
    let unseen: Vec<&String> = strange.iter().filter(|mark| !there.values().any(|a| !found(a, &[(*mark).clone()]).is_empty())).collect();
    let marks: Vec<&&String> = unseen.iter().filter(|mark| MARKS.contains(&mark.as_str())).collect();
    assert!(marks.is_empty(), "the owner of Quartzworks does not see {marks:?}");
    assert!(unseen.len() * 3 < strange.len(), "{} of {} are seen nowhere: {unseen:?}", unseen.len(), strange.len());
    // Nor does the end of it.
    town.quartzworks_lets_bob_go().await;
    let differ = differences(&quiet, &looks(&alice, &ids).await);
    assert!(differ.is_empty(), "that Bob left Quartzworks shows in Acme:\n{differ}");
});

story!(
    /// R22, A7: the other organization's ids in one's own paths are answered like ids that never were; its names, addresses
    /// and ids in filters like texts that stand nowhere.
    what_is_elsewhere_is_as_if_it_never_was, app => {
    let town = Town::begin(&app).await;
    town.works_in_quartzworks().await;
    let alice = town.acme.alice();
    let never = |prefix: &str| format!("{prefix}_01h455vb4pex5vsknk084sn02q");
    let mut wrong = String::new();
    let mut tried = 0;
    let prefixes = [("members", "mem"), ("users", "mem"), ("invitations", "inv"), ("sessions", "sess"), ("roles", "role"),
        ("role-templates", "tmpl"), ("teams", "team"), ("projects", "proj"), ("resources", "res"), ("jobs", "job"), ("import", "job"), ("bulk", "job"),
        ("reviews", "rev")];
    for mut ids in town.quartzworks().await {
        ids.insert("organizations", town.acme.slug.clone());
        let mut nobodys = ids.clone();
        nobodys.extend(prefixes.map(|(key, prefix)| (key, never(prefix))));
        for route in look::reading() {
            if !route.path.contains("{id}") {
                continue;
            }
            let get = |ids| alice.send(Request::new(Method::GET, fill(route.path, ids)));
            let (theirs, nobodys) = (get(&ids).await, get(&nobodys).await);
            tried += 1;
            if theirs.status != 404 || theirs.text() != nobodys.text() {
                writeln!(wrong, "{}: {theirs}", theirs.request.path).unwrap();
            }
        }
        // Nor do paths that name the other organization open.
        ids.insert("organizations", town.quartz.slug.clone());
        for route in look::reading().iter().filter(|route| route.path.contains("{org}")) {
            let answer = alice.send(Request::new(Method::GET, fill(route.path, &ids))).await;
            tried += 1;
            if answer.status != 404 {
                writeln!(wrong, "{}: {answer}", answer.request.path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty() && tried > 50, "of {tried}:\n{wrong}");

    let [team, project, _] = ids_of(&town.quartz).await;
    let theirs = town.quartzworks().await.remove(0);
    let id = |kind, is: &str, never| (kind, is.to_owned(), never);
    let mut strange = vec![
        id("mem_", &theirs["members"], never("mem")),
        id("sess_", &theirs["sessions"], never("sess")),
        id("role_", &theirs["roles"], never("role")),
        id("key ", "auditor", garbled("auditor")),
        id("type ", "quartz", garbled("quartz")),
        id("team_", &team, never("team")),
        id("proj_", &project, never("proj")),
    ];
    for mark in MARKS {
        strange.push(id("", &mark.replace(' ', "+"), garbled(&mark.replace(' ', "+"))));
    }
    let (asked, knowing) = filters_that_know(&alice, &town.acmes().await[0], &strange).await;
    assert!(knowing.is_empty() && asked > 500, "of {asked}:\n{knowing}");
    let (_, knowing) = filters_that_know(&town.quartz.owner(), &theirs, &strange).await;
    for parameter in ["?q=", "?actor=", "?target=", "?role=role_", "?role=auditor", "?team=", "?project=", "?type="] {
        assert!(knowing.contains(parameter), "in Quartzworks {parameter} finds something:\n{knowing}");
    }
});

story!(
    /// D9, SES-6, MEM-5, MEM-6: what this organization does to the person, it does here: in the other one nothing changes and
    /// nobody is told; and what it will end is counted by what was used here.
    what_is_done_here_is_seen_nowhere_else, app => {
    let town = Town::begin(&app).await;
    town.works_in_quartzworks().await;
    let (alice, gwen) = (town.acme.alice(), town.quartz.owner());
    let signed_in = town::tries(&app, "203.0.113.41", (&town.bob.email, PASSWORD), Some("quartzworks")).await;
    let bob = town.there.with_token(&signed_in.has_status(200).text_at("/token"));
    let (theirs, strange) = (town.quartzworks().await, town.strange().await);
    let before = looks(&gwen, &theirs).await;
    let letters = town.letters().await;
    let user = format!("/users/{}", town.bob.id);
    opens(&alice, &format!("{user}/suspend")).await.shows("Signs them out of 1 session.");
    opens(&alice, &format!("{user}/remove")).await.shows("Ends 1 session.");
    let session = alice.get(&format!("members/{}/sessions?count=true", town.bob.id)).await.says("/total", 1);
    let session = format!("sessions/{}", session.text_at("/data/0/id"));
    let member = format!("members/{}", town.bob.id);
    for act in ["revoke", "suspend", "reactivate", "remove"] {
        let answer = match act {
            "revoke" => alice.delete(&session).await,
            "remove" => alice.delete(&member).await,
            _ => alice.post(&format!("{member}/{act}"), json!({})).await,
        };
        let answer = answer.succeeds();
        assert!(found(&answer, &strange).is_empty(), "{answer}");
        if act == "revoke" {
            opens(&alice, &format!("{user}/remove")).await.shows("They are not signed in here now.");
        }
        let differ = differences(&before, &looks(&gwen, &theirs).await);
        assert!(differ.is_empty(), "{act} in Acme shows in Quartzworks:\n{differ}");
        let ids = town.acmes().await;
        let traces = traces(&looks(&alice, &ids).await, &strange);
        assert!(traces.is_empty(), "after {act} there stands in Acme:\n{traces}");
        bob.get("").await.has_status(200);
    }
    assert_eq!(town.letters().await, letters);
});

story!(
    /// D9: that a session stays alive is told of use elsewhere, and so is when it will end: neither is shown.
    use_elsewhere_keeps_no_session_in_the_list, app => {
    let town = Town::begin(&app).await;
    let (alice, path) = (town.acme.alice(), format!("members/{}/sessions?count=true", town.bob.id));
    let ends_at = alice.get(&path).await.says("/total", 1).text_at("/data/0/expiresAt");
    for _ in 0..7 {
        app.waits(DAY);
        town.there.get("").await.has_status(200);
        alice.get("").await.has_status(200);
    }
    alice.get(&path).await.says("/total", 0).says("/data", json!([]));
    opens(&alice, &format!("/users/{}/remove", town.bob.id)).await.shows("They are not signed in here now.");
    assert_eq!(ends_at, "2026-01-22T09:00:00Z", "a week after the last use here");
    // It is the same session all the same: used here again, it is seen again, and it can be ended.
    town.bob.get("").await.has_status(200);
    let seen = alice.get(&path).await.says("/total", 1);
    alice.delete(&format!("sessions/{}", seen.text_at("/data/0/id"))).await.has_status(204);
    town.bob.get("").await.is(401, "unauthenticated");
});

story!(
    /// D9: when a session began elsewhere is not told by when it ends.
    a_session_is_as_old_as_its_use_here, app => {
    let town = Town::begin(&app).await;
    let signed_in = town::tries(&app, "203.0.113.41", (&town.bob.email, PASSWORD), Some("quartzworks")).await;
    let phone = town.there.with_token(&signed_in.has_status(200).text_at("/token"));
    for _ in 0..5 {
        app.waits(5 * DAY);
        phone.get("").await.has_status(200);
        town.acme.alice().signs_in_again().await;
    }
    phone.within("acme").get("").await.has_status(200);
    let sessions = town.acme.alice().get(&format!("members/{}/sessions", town.bob.id)).await;
    assert_eq!(sessions.column("/startedAt"), ["2026-02-10T09:00:00Z"]);
    assert_eq!(sessions.column("/expiresAt"), ["2026-02-17T09:00:00Z"], "a week after its use here, whenever it began");
});

/// A text of the same shape that stands nowhere.
fn garbled(text: &str) -> String {
    let turned = |c: char, from: u8, by: u8, of: u8| char::from(from + (c as u8 - from + by) % of);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turned(c, b'a', 13, 26),
            'A'..='Z' => turned(c, b'A', 13, 26),
            '0'..='9' => turned(c, b'0', 5, 10),
            other => other,
        })
        .collect()
}

#[test]
fn the_search_finds_what_was_planted() {
    let marks: Vec<String> = MARKS.iter().map(|mark| (*mark).to_owned()).collect();
    let answer = |header: &str, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("location", header.parse().unwrap());
        Answer::new(Request::new(Method::GET, "/users"), 200, headers, body.into())
    };
    for mark in MARKS {
        assert!(found(&answer("/", &format!("<p>{mark}</p>")), &marks).contains(mark));
        assert!(found(&answer("/", &mark.to_uppercase()), &marks).contains(mark));
        assert!(found(&answer(&format!("/{}", mark.replace(' ', "%20")), ""), &marks).contains(mark));
    }
    let written = answer("/?q=gwen%40quartzworks.test", "");
    assert_eq!(found(&written, &marks), ["Quartzworks", "gwen@quartzworks.test"]);
    assert!(found(&answer("/users", "Nothing of it"), &marks).is_empty());
    let look = |text: &str| look::Look::from([("GET /users".to_owned(), answer("/", text))]);
    assert!(traces(&look("12 sessions"), &marks).contains("12 sessions"));
    assert!(differences(&look("1 session"), &look("2 sessions")).contains("2 sessions"));
    assert!(differences(&look("1 session"), &look("1 session")).is_empty());
}
