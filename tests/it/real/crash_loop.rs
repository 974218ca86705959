//! kill -9 while eight clients work: what was answered with 2xx is there, the rest whole or absent, and the audit trail
//! says exactly what happened (I6, I7, I9).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::invariants::check_invariants;
use super::{Api, Engine, Installation, MailServer, Process, Seeded, on_both_engines, rounds, wait_for};

on_both_engines!(kill_9_loses_nothing_that_was_answered);

const CLIENTS: usize = 8;
const SEED: u64 = 2_026;
const MEMBERS: &str = "/api/v1/organizations/acme/members";
const INVITATIONS: &str = "/api/v1/organizations/acme/invitations";

/// What everybody can see of a person; `None` stands for nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    status: String,
    role: String,
    first_name: String,
}

/// Somebody whom one client invited or created, as that client knows them.
struct Person {
    email: String,
    member: String,
    invitation: String,
    seen: Option<Seen>,
    /// What was answered with 2xx, as audit actions.
    done: Vec<&'static str>,
}

/// A command under way: what it makes of the person, and the event that says so.
struct Command {
    person: usize,
    action: &'static str,
    after: Option<Seen>,
}

/// One client, with people of its own, so that it knows what it must find.
struct Client {
    number: usize,
    choices: Seeded,
    people: Vec<Person>,
    /// The command that got no answer, if the last one did not.
    open: Option<Command>,
}

fn kill_9_loses_nothing_that_was_answered(engine: Engine) {
    println!("seed {SEED}");
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let mut choices = Seeded::new(SEED);
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|number| Client {
            number,
            choices: Seeded::new(SEED + 1 + number as u64),
            people: Vec::new(),
            open: None,
        })
        .collect();
    let mut trail = Trail::default();
    let mut servers = roster.start_all();
    let mut owner = roster.owner(&servers[0]);
    let mut answered = 0;
    for round in 0..rounds() {
        let pause = Duration::from_millis(50 + choices.below(600) as u64);
        std::thread::scope(|scope| {
            for client in &mut clients {
                let api = owner.at(&servers[client.number % servers.len()]);
                scope.spawn(move || client.work_until_the_server_dies(&api));
            }
            std::thread::sleep(pause);
            kill_all(&mut servers);
        });
        servers = roster.start_all();
        owner = owner.at(&servers[0]);
        trail.read(&owner);
        let members: HashMap<String, Value> = owner
            .list(MEMBERS)
            .into_iter()
            .map(|member| (member["email"].as_str().expect("an address").to_owned(), member))
            .collect();
        for client in &mut clients {
            client.check(&members, &trail, round);
        }
        if round % 10 == 9 {
            check_invariants(&owner, "owner");
        }
    }
    for client in &clients {
        answered += client.people.iter().map(|person| person.done.len()).sum::<usize>();
    }
    println!("{engine:?}: {} rounds, {answered} commands answered with success", rounds());
    check_invariants(&owner, "owner");
    roster.must_run(&["audit", "verify"]);
    letters_are_whole(&owner, &mail);
}

fn kill_all(servers: &mut Vec<Process>) {
    servers.drain(..).for_each(Process::kill);
}

impl Client {
    fn work_until_the_server_dies(&mut self, api: &Api) {
        loop {
            let (method, path, body, command) = self.next();
            let Some(answer) = api.try_call(method, &path, (!body.is_null()).then_some(&body)) else {
                self.open = Some(command);
                return;
            };
            assert!(answer.is_ok(), "client {}: {method} {path} {body}: {answer:?}", self.number);
            self.done(command, &answer.body);
        }
    }

    fn next(&mut self) -> (&'static str, String, Value, Command) {
        let alive: Vec<usize> =
            (0..self.people.len()).filter(|index| self.people[*index].seen.is_some()).collect();
        if alive.is_empty() || (alive.len() < 6 && self.choices.below(3) == 0) {
            return self.somebody_new();
        }
        let index = *self.choices.pick(&alive);
        let person = &self.people[index];
        let seen = person.seen.clone().expect("alive");
        let member = format!("{MEMBERS}/{}", person.member);
        let invitation = format!("{INVITATIONS}/{}", person.invitation);
        let resends = person.done.iter().filter(|action| **action == "invitation.resent").count();
        let command = |action, after| Command { person: index, action, after };
        let status = |status: &str| Some(Seen { status: status.into(), ..seen.clone() });
        let chance = self.choices.below(6);
        match (seen.status.as_str(), chance) {
            ("invited", 0 | 1) if resends < 3 => {
                ("POST", invitation + "/resend", json!({}), command("invitation.resent", Some(seen)))
            }
            ("invited", 2 | 3) => {
                ("POST", invitation + "/revoke", json!({}), command("invitation.revoked", None))
            }
            ("active", 0) => {
                ("POST", member + "/suspend", json!({}), command("member.suspended", status("suspended")))
            }
            ("suspended", 0) => {
                ("POST", member + "/reactivate", json!({}), command("member.reactivated", status("active")))
            }
            ("active" | "suspended", 1) => ("DELETE", member, Value::Null, command("member.removed", None)),
            (_, 2 | 4) if seen.status != "invited" => {
                let first_name = format!("{}x", seen.first_name.trim_end_matches("xxxx"));
                let body = json!({"firstName": first_name});
                ("PATCH", member, body, command("member.updated", Some(Seen { first_name, ..seen })))
            }
            _ => {
                let role = if seen.role == "user" { "administrator" } else { "user" };
                let body = json!({"role": role});
                ("PATCH", member, body, command("member.updated", Some(Seen { role: role.into(), ..seen })))
            }
        }
    }

    fn somebody_new(&mut self) -> (&'static str, String, Value, Command) {
        let email = format!("c{}-{}@example.test", self.number, self.people.len());
        let created = self.choices.below(4) == 0;
        let (path, action, status) = match created {
            true => (MEMBERS, "member.created", "active"),
            false => (INVITATIONS, "invitation.created", "invited"),
        };
        let mut body = json!({"email": email, "firstName": "Pat", "lastName": "Person", "role": "user"});
        if created {
            body["password"] = super::PASSWORD.into();
        }
        let after = Some(Seen { status: status.into(), role: "user".into(), first_name: "Pat".into() });
        let (member, invitation) = (String::new(), String::new());
        self.people.push(Person { email, member, invitation, seen: None, done: Vec::new() });
        ("POST", path.to_owned(), body, Command { person: self.people.len() - 1, action, after })
    }

    fn done(&mut self, command: Command, body: &Value) {
        let person = &mut self.people[command.person];
        let id = |value: &Value| value.as_str().expect("an id").to_owned();
        match command.action {
            "invitation.created" => {
                let invitation = &body["results"][0]["invitation"];
                (person.invitation, person.member) = (id(&invitation["id"]), id(&invitation["memberId"]));
            }
            "member.created" => person.member = id(&body["id"]),
            _ => {}
        }
        person.seen = command.after;
        person.done.push(command.action);
    }

    /// Finds everybody as they must be; a command without an answer was done whole or not at all.
    fn check(&mut self, members: &HashMap<String, Value>, trail: &Trail, round: usize) {
        if let Some(command) = self.open.take() {
            let person = &mut self.people[command.person];
            let found = members.get(&person.email);
            if person.member.is_empty()
                && let Some(member) = found
            {
                person.member = member["id"].as_str().expect("an id").to_owned();
                person.invitation = member["invitation"]["id"].as_str().unwrap_or_default().to_owned();
            }
            let applied = match command.action {
                "invitation.resent" => trail.of(person).len() > person.done.len(),
                _ => found.map(seen) == command.after,
            };
            if applied {
                person.seen = command.after;
                person.done.push(command.action);
            }
        }
        for person in &self.people {
            let found = members.get(&person.email).map(seen);
            assert_eq!(found, person.seen, "round {round}: {} after {:?}", person.email, person.done);
            let mut done = person.done.clone();
            done.sort_by_key(|action| !action.starts_with("invitation."));
            assert_eq!(trail.of(person), done, "round {round}: the audit trail of {}", person.email);
        }
    }
}

fn seen(member: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Seen {
        status: text(&member["status"]),
        role: text(&member["roles"][0]["key"]),
        first_name: text(&member["firstName"]),
    }
}

/// The audit trail, read on from where it was.
#[derive(Default)]
struct Trail {
    newest: String,
    by_target: HashMap<String, Vec<String>>,
}

impl Trail {
    fn read(&mut self, owner: &Api) {
        let mut fresh = Vec::new();
        let mut cursor = String::new();
        'pages: loop {
            let page = owner.get(&format!("/api/v1/organizations/acme/audit-events?limit=200{cursor}")).ok();
            for event in page["data"].as_array().expect("data") {
                if event["id"] == self.newest.as_str() {
                    break 'pages;
                }
                fresh.push(event.clone());
            }
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        if let Some(newest) = fresh.first() {
            self.newest = newest["id"].as_str().expect("an id").to_owned();
        }
        for event in fresh.iter().rev().filter(|event| event["outcome"] == "done") {
            let target = event["target"]["id"].as_str().unwrap_or_default().to_owned();
            self.by_target
                .entry(target)
                .or_default()
                .push(event["action"].as_str().expect("an action").to_owned());
        }
    }

    /// What was done to this person, in order: as an invitation, then as a member.
    fn of(&self, person: &Person) -> Vec<&str> {
        [&person.invitation, &person.member]
            .into_iter()
            .filter(|id| !id.is_empty())
            .filter_map(|id| self.by_target.get(id))
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

/// Each letter has one Message-ID, one recipient and one link, however often it came; every open invitation has a letter
/// whose link opens it.
fn letters_are_whole(owner: &Api, mail: &MailServer) {
    wait_for("the queue of letters to be empty", 60, || {
        std::thread::sleep(Duration::from_millis(200));
        let pending = owner.list(&format!("{INVITATIONS}?status=pending"));
        pending.iter().all(|invitation| invitation["delivery"]["state"] == "sent").then_some(())
    });
    let letters = mail.letters();
    let mut by_id: HashMap<&str, HashSet<(String, String)>> = HashMap::new();
    for letter in &letters {
        by_id.entry(&letter.message_id).or_default().insert((letter.to.clone(), letter.token()));
    }
    for (id, copies) in &by_id {
        assert_eq!(copies.len(), 1, "copies of {id} differ: {copies:?}");
    }
    for pending in owner.list(&format!("{INVITATIONS}?status=pending")) {
        let mine = letters.iter().filter(|letter| pending["email"] == letter.to.as_str());
        let sent: HashSet<_> = mine.clone().map(|letter| &letter.message_id).collect();
        let most = pending["sentCount"].as_u64().expect("sentCount") as usize;
        assert!(sent.len() <= most, "{} Message-IDs for {most} letters to {}", sent.len(), pending["email"]);
        let opens = mine
            .map(|letter| letter.token())
            .any(|token| owner.get(&format!("/api/v1/invitations/{token}")).is_ok());
        assert!(opens, "no letter opens {pending}");
    }
}
