//! Many at once: seats, owners, links (I1, I3, I4, R35, ACC-5, MEM-13).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Api, Engine, Installation, MailServer, Process, at_once, on_both_engines, rounds};

on_both_engines!(
    thirty_invitations_into_ten_seats_make_ten,
    two_owners_who_demote_or_suspend_each_other_leave_one,
    eight_accepts_of_one_link_make_one_member,
    accept_revoke_and_decline_at_once_have_one_winner,
    one_address_invited_many_times_at_once_is_one_member,
);

const MEMBERS: &str = "/api/v1/organizations/acme/members";
const INVITATIONS: &str = "/api/v1/organizations/acme/invitations";

/// How often each outcome came.
fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry(answer.outcome()).or_default() += 1;
    }
    tally
}

fn everywhere(api: &Api, servers: &[Process]) -> Vec<Api> {
    servers.iter().map(|server| api.at(server)).collect()
}

fn seats(api: &Api) -> (i64, i64) {
    let seats = api.get("/api/v1/organizations/acme/seats").ok();
    (seats["used"].as_i64().expect("used"), seats["limit"].as_i64().expect("limit"))
}

fn thirty_invitations_into_ten_seats_make_ten(engine: Engine) {
    let roster = Installation::new(engine);
    roster.set_up("owner-administrator-user");
    roster.must_run(&["organization", "set-seat-limit", "acme", "11"]);
    let servers = roster.start_all();
    let owner = roster.owner(&servers[0]);
    let doors = everywhere(&owner, &servers);
    let (over, finished) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let watcher = owner.clone();
            while !finished.load(Ordering::Relaxed) {
                let (used, limit) = seats(&watcher);
                if used > limit {
                    over.store(true, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        for round in 0..rounds() {
            let answers = at_once(
                (0..30)
                    .map(|number| {
                        let door = doors[number % doors.len()].clone();
                        let body =
                            json!({"email": format!("guest{round}-{number}@example.test"), "role": "user"});
                        Box::new(move || door.post(INVITATIONS, body)) as Box<dyn FnOnce() -> Answer + Send>
                    })
                    .collect(),
            );
            let expected =
                BTreeMap::from([("200".to_owned(), 10), ("409 seat_limit_reached".to_owned(), 20)]);
            assert_eq!(tally(&answers), expected, "round {round}");
            assert_eq!(seats(&owner), (11, 11));
            for pending in owner.list(&format!("{INVITATIONS}?status=pending")) {
                let id = pending["id"].as_str().expect("an id");
                owner.post(&format!("{INVITATIONS}/{id}/revoke"), json!({})).ok();
            }
            assert_eq!(seats(&owner), (1, 11), "a revoked invitation frees its seat");
        }
        finished.store(true, Ordering::Relaxed);
    });
    assert!(!over.load(Ordering::Relaxed), "more seats were used than there are (I1)");
}

fn two_owners_who_demote_or_suspend_each_other_leave_one(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let first = roster.owner(&servers[0]);
    first.invite(&["second@example.test".into()], "owner");
    let accepted = servers[0].visitor().accept(&mail.letter_to("second@example.test").token());
    assert_eq!(accepted.status, 201, "{accepted:?}");
    let emails = ["owner@acme.test", "second@example.test"];
    let members = emails.map(|email| first.member(email)["id"].as_str().expect("an id").to_owned());

    for round in 0..rounds() {
        let owners: Vec<Api> = emails
            .iter()
            .enumerate()
            .map(|(index, email)| servers[index % servers.len()].visitor().sign_in(email, super::PASSWORD))
            .collect();
        let attacks: Vec<Box<dyn FnOnce() -> Answer + Send>> = vec![
            Box::new(|| attack(&owners[0], &members[1], round % 2 == 0)),
            Box::new(|| attack(&owners[1], &members[0], (round / 2) % 2 == 0)),
        ];
        let answers = at_once(attacks);
        let winners: Vec<usize> = (0..2).filter(|index| answers[*index].is_ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}: {answers:?}");
        let (winner, loser) = (winners[0], 1 - winners[0]);
        assert!([401, 403, 404, 409].contains(&answers[loser].status), "round {round}: {:?}", answers[loser]);

        let active_owners = owners[winner].list(&format!("{MEMBERS}?role=owner&status=active"));
        assert_eq!(active_owners.len(), 1, "round {round}: {active_owners:?}");
        let path = format!("{MEMBERS}/{}", members[loser]);
        if owners[winner].get(&path).ok()["status"] == "suspended" {
            owners[winner].post(&format!("{path}/reactivate"), json!({})).ok();
        }
        owners[winner].patch(&path, json!({"role": "owner"})).ok();
    }
}

fn attack(by: &Api, member: &str, demote: bool) -> Answer {
    let path = format!("{MEMBERS}/{member}");
    if demote {
        by.patch(&path, json!({"role": "user"}))
    } else {
        by.post(&format!("{path}/suspend"), json!({}))
    }
}

/// Invites one person for each round, and gives the link tokens.
fn links(owner: &Api, mail: &MailServer, name: &str) -> Vec<(String, Value, String)> {
    let emails: Vec<_> = (0..rounds()).map(|round| format!("{name}{round}@example.test")).collect();
    let invitations = owner.invite(&emails, "user");
    let letters = mail.wait_for_letters(rounds(), 60);
    emails
        .into_iter()
        .zip(invitations)
        .map(|(email, invitation)| {
            let letter = letters.iter().find(|letter| letter.to == email).expect("a letter for each");
            let token = letter.token();
            (email, invitation, token)
        })
        .collect()
}

fn eight_accepts_of_one_link_make_one_member(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let owner = roster.owner(&servers[0]);
    for (email, _, token) in links(&owner, &mail, "guest") {
        let answers = at_once(
            (0..8)
                .map(|number| {
                    let visitor = servers[number % servers.len()].visitor();
                    let token = &token;
                    Box::new(move || visitor.accept(token)) as Box<dyn FnOnce() -> Answer + Send + '_>
                })
                .collect(),
        );
        let expected = BTreeMap::from([("201".to_owned(), 1), ("410 invitation_accepted".to_owned(), 7)]);
        assert_eq!(tally(&answers), expected, "{email}");
    }
    let members = owner.list(MEMBERS);
    assert_eq!(members.len(), 1 + rounds());
    assert!(members.iter().all(|member| member["status"] == "active"));
    let accepted = owner.list("/api/v1/organizations/acme/audit-events?action=invitation.accepted");
    assert_eq!(accepted.len(), rounds(), "one event for each acceptance");
}

fn accept_revoke_and_decline_at_once_have_one_winner(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let owner = roster.owner(&servers[0]);
    let mut wins = BTreeMap::new();
    for (round, (email, invitation, token)) in links(&owner, &mail, "guest").into_iter().enumerate() {
        let id = invitation["id"].as_str().expect("an id");
        let door = |number: usize| &servers[(round + number) % servers.len()];
        let accept = door(0).visitor();
        let revoke = owner.at(door(1));
        let decline = door(0).visitor();
        // The password hash makes accepting slow; a head start from round to round lets each of them win.
        let pause = Duration::from_micros(700 * (round as u64 % 40));
        let works: Vec<Box<dyn FnOnce() -> Answer + Send + '_>> = vec![
            Box::new(|| accept.accept(&token)),
            Box::new(|| {
                std::thread::sleep(pause);
                revoke.post(&format!("{INVITATIONS}/{id}/revoke"), json!({}))
            }),
            Box::new(|| {
                std::thread::sleep(pause);
                decline.post(&format!("/api/v1/invitations/{token}/decline"), json!({}))
            }),
        ];
        let answers = at_once(works);
        let states = ["accepted", "revoked", "declined"];
        let winners: Vec<_> = (0..3).filter(|index| answers[*index].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{email}: {answers:?}");
        let state = states[winners[0]];
        *wins.entry(state).or_insert(0) += 1;
        for (index, answer) in answers.iter().enumerate().filter(|(index, _)| *index != winners[0]) {
            let expected = format!("{} invitation_{state}", if index == 1 { 409 } else { 410 });
            assert_eq!(answer.outcome(), expected, "{email}: the answer names the state: {answer:?}");
        }
        assert_eq!(owner.get(&format!("{INVITATIONS}/{id}")).ok()["status"], state, "{email}");
        let is_member = owner.list(MEMBERS).iter().any(|member| member["email"] == email.as_str());
        assert_eq!(is_member, state == "accepted", "{email}");
        let ends: Vec<_> = owner
            .list(&format!("/api/v1/organizations/acme/audit-events?target={id}"))
            .into_iter()
            .filter(|event| event["outcome"] == "done")
            .filter_map(|event| event["action"].as_str().map(str::to_owned))
            .filter(|action| states.iter().any(|state| action == &format!("invitation.{state}")))
            .collect();
        assert_eq!(ends, [format!("invitation.{state}")], "{email}: the audit trail agrees");
    }
    println!("{engine:?}: {wins:?}");
}

fn one_address_invited_many_times_at_once_is_one_member(engine: Engine) {
    let roster = Installation::new(engine);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let doors = everywhere(&roster.owner(&servers[0]), &servers);
    for round in 0..rounds() {
        let answers = at_once(
            (0..8)
                .map(|number| {
                    let door = doors[number % doors.len()].clone();
                    let name = if number % 3 == 0 { "Ann" } else { "ann" };
                    let body = json!({"email": format!("{name}{round}@example.test"), "role": "user"});
                    Box::new(move || door.post(INVITATIONS, body)) as Box<dyn FnOnce() -> Answer + Send>
                })
                .collect(),
        );
        let mut outcomes = BTreeMap::new();
        for answer in &answers {
            let outcome = match answer.is_ok() {
                true => answer.body["results"][0]["outcome"].as_str().expect("an outcome").to_owned(),
                false => answer.outcome(),
            };
            *outcomes.entry(outcome).or_insert(0) += 1;
        }
        let expected = BTreeMap::from([
            ("created".to_owned(), 1),
            ("resent".to_owned(), 4),
            ("429 too_many_letters".to_owned(), 3),
        ]);
        assert_eq!(outcomes, expected, "round {round}: at most five letters an hour to one mailbox (INV-5)");
    }
    assert_eq!(doors[0].list(MEMBERS).len(), 1 + rounds());
    assert_eq!(doors[0].list(&format!("{INVITATIONS}?status=pending")).len(), rounds());
}
