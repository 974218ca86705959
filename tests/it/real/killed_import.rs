//! kill -9 at random moments while a file is imported: every row is done once, and every letter has one Message-ID (I8, I9,
//! INV-11).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::invariants::check_invariants;
use super::{Engine, Installation, MailServer, Process, Seeded, on_both_engines, wait_for};

on_both_engines!(kill_9_neither_loses_nor_repeats_a_row);

const INVITATIONS: &str = "/api/v1/organizations/acme/invitations";

/// A figure that a campaign sets.
fn set(name: &str, unless_set: u64) -> u64 {
    std::env::var(name)
        .map_or(unless_set, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn kill_9_neither_loses_nor_repeats_a_row(engine: Engine) {
    // The campaign asks for 20,000 rows, and for other moments each time.
    let rows = set("ROSTER_TEST_IMPORT_ROWS", 1_500) as usize;
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let mut choices = Seeded::new(set("ROSTER_TEST_SEED", 11));
    let mut servers = roster.start_all();
    let mut owner = roster.owner(&servers[0]);
    let people: String = (0..rows).map(|n| format!("p{n}@example.test,Pat,Number {n}\n")).collect();
    let begun = owner.import("acme", &format!("email,firstName,lastName\n{people}"));
    let job = format!("/api/v1/organizations/acme/jobs/{}", begun["job"]["id"].as_str().expect("an id"));
    let mut seen = vec![0];
    for _ in 0..3 {
        // Some way into what is left.
        let before = *seen.last().expect("a figure");
        let wanted = before + 1 + choices.below((rows - before).max(2) / 2) as usize;
        wait_for("the import to get on", 300, || {
            let done = owner.get(&job).ok()["done"].as_u64().expect("a number") as usize;
            (done >= wanted).then(|| seen.push(done))
        });
        servers.drain(..).for_each(Process::kill);
        servers = roster.start_all();
        owner = owner.at(&servers[0]);
    }
    let ended = wait_for("the import to end", 600, || {
        std::thread::sleep(Duration::from_millis(100));
        Some(owner.get(&job).ok()).filter(|job| job["state"] != "running")
    });
    println!("{engine:?}: {rows} rows, killed behind {:?}", &seen[1..]);
    assert_eq!(
        (ended["state"].as_str(), ended["counts"]["created"].as_u64()),
        (Some("done"), Some(rows as u64))
    );
    let outcomes = ended["rows"].as_array().expect("rows");
    let numbers: Vec<u64> = outcomes.iter().filter_map(|row| row["row"].as_u64()).collect();
    assert_eq!(numbers, (1..=rows as u64).collect::<Vec<_>>(), "each row once");
    wait_for("the queue of letters to be empty", 900, || {
        std::thread::sleep(Duration::from_millis(500));
        let waits = |invitation: &Value| invitation["delivery"]["state"] != "sent";
        // The last ones first: they are at the end of the queue.
        let newest = owner.get(&format!("{INVITATIONS}?limit=50")).ok();
        let any = newest["data"].as_array().expect("data").iter().any(waits);
        (!any && !owner.list(INVITATIONS).iter().any(waits)).then_some(())
    });
    let pending = owner.list(&format!("{INVITATIONS}?status=pending"));
    let addresses: HashSet<&str> = pending.iter().filter_map(|i| i["email"].as_str()).collect();
    assert_eq!((pending.len(), addresses.len()), (rows, rows));
    let letters = mail.letters();
    let mut by_receiver: HashMap<&str, HashSet<&str>> = HashMap::new();
    for letter in &letters {
        by_receiver.entry(&letter.to).or_default().insert(&letter.message_id);
    }
    println!("{} letters to {} people", letters.len(), by_receiver.len());
    assert_eq!(by_receiver.len(), rows, "everybody gets a letter");
    assert!(by_receiver.values().all(|ids| ids.len() == 1), "copies of a letter have one Message-ID");
    check_invariants(&owner, "owner");
    roster.must_run(&["audit", "verify"]);
}
