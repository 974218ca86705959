//! `roster audit verify` after somebody has changed the trail by hand (AUD-2).

use serde_json::json;

use super::{Engine, Installation, on_both_engines};

on_both_engines!(a_trail_changed_by_hand_is_found);

fn a_trail_changed_by_hand_is_found(engine: Engine) {
    let roster = Installation::new(engine);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    for number in 0..8 {
        owner.invite(&[format!("guest{number}@example.test")], "user");
    }
    let path = format!(
        "/api/v1/organizations/acme/members/{}",
        owner.member("guest3@example.test")["id"].as_str().expect("an id")
    );
    owner.patch(&path, json!({"firstName": "Gus"})).ok();

    verify_finds(&roster, "nothing", "", &[]);
    roster.by_hand(
        "CREATE TABLE kept_events AS SELECT * FROM audit_events; CREATE TABLE kept_heads AS SELECT * FROM audit_heads;",
    );
    let chain = "organization_id = (SELECT id FROM organizations WHERE slug = 'acme')";
    let last = roster.number(&format!("SELECT MAX(seq) FROM audit_events WHERE {chain}"));
    assert!(last > 6, "some events to play with: {last}");
    let middle = last / 2;
    verify_finds(
        &roster,
        "a row deleted",
        &format!("DELETE FROM audit_events WHERE {chain} AND seq = {middle}"),
        &[&middle.to_string()],
    );
    for (column, value) in [
        ("actor_name", "'Mallory'"),
        ("at", "at + 1"),
        ("changes", "'{}'"),
        ("outcome", "'refused'"),
        ("ip", "'10.1.1.1'"),
    ] {
        verify_finds(
            &roster,
            &format!("{column} altered"),
            &format!(
                "UPDATE audit_events SET {column} = {value} WHERE {chain} AND seq = (SELECT MAX(seq) FROM audit_events WHERE {chain} AND action = 'invitation.created')"
            ),
            &["BROKEN"],
        );
    }
    verify_finds(
        &roster,
        "two rows exchanged",
        &format!(
            "UPDATE audit_events SET seq = 1000000 WHERE {chain} AND seq = {middle};
             UPDATE audit_events SET seq = {middle} WHERE {chain} AND seq = {middle} + 1;
             UPDATE audit_events SET seq = {middle} + 1 WHERE {chain} AND seq = 1000000"
        ),
        &[&middle.to_string()],
    );
    let cut = format!("DELETE FROM audit_events WHERE {chain} AND seq = {last}");
    verify_finds(&roster, "the last row cut", &cut, &[&last.to_string()]);
    let moved = format!(
        "UPDATE audit_heads SET seq = {last} - 1, hash = (SELECT hash FROM audit_events WHERE {chain} AND seq = {last} - 1) WHERE {chain}"
    );
    verify_finds(&roster, "the last row cut and the anchor moved", &format!("{cut}; {moved}"), &["BROKEN"]);
    verify_finds(
        &roster,
        "the whole chain deleted",
        &format!("DELETE FROM audit_events WHERE {chain}; DELETE FROM audit_heads WHERE {chain}"),
        &["BROKEN"],
    );
    verify_finds(
        &roster,
        "the whole chain replaced by another organization's hashes",
        &format!(
            "UPDATE audit_events SET actor_name = 'Mallory', hash = (SELECT hash FROM audit_heads WHERE {chain}) WHERE {chain}"
        ),
        &["1"],
    );
    verify_finds(&roster, "nothing, all put back", "", &[]);

    // What is done afterwards does not make a damaged chain whole.
    let moved = format!(
        "DELETE FROM audit_events WHERE {chain} AND seq > {last} - 3;
         UPDATE audit_heads SET seq = {last} - 3, hash = (SELECT hash FROM audit_events WHERE {chain} AND seq = {last} - 3) WHERE {chain}"
    );
    let gone = format!("DELETE FROM audit_events WHERE {chain}; DELETE FROM audit_heads WHERE {chain}");
    let nil = match engine {
        Engine::Sqlite => "x'00000000000000000000000000000000'".to_owned(),
        Engine::Postgres => "'00000000-0000-0000-0000-000000000000'".to_owned(),
    };
    let installation = format!(
        "DELETE FROM audit_events WHERE organization_id = {nil}; DELETE FROM audit_heads WHERE organization_id = {nil}"
    );
    for (what, damage) in [
        ("the end cut off and the anchor moved", moved),
        ("the whole chain deleted", gone),
        ("the installation's chain deleted", installation),
    ] {
        roster.by_hand(&damage);
        verify_finds_as_it_is(&roster, what, false, &["BROKEN"]);
        owner.invite(&[format!("after-{}@example.test", what.len())], "user");
        roster.owner(&server);
        verify_finds_as_it_is(&roster, &format!("{what}, then something done"), false, &["BROKEN"]);
        roster.by_hand(PUT_BACK);
    }

    // Whoever rewrites the chain with all its hashes lacks the installation's key. Here the whole chain holds, under
    // another key.
    let mut rewritten = Installation::new(engine);
    rewritten.secret_key = "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcy4=".into();
    rewritten.set_up("owner-administrator-user");
    let ours = roster.hex("SELECT key_fingerprint FROM installation");
    rewritten.by_hand(&match engine {
        Engine::Sqlite => format!("UPDATE installation SET key_fingerprint = x'{ours}'"),
        Engine::Postgres => format!("UPDATE installation SET key_fingerprint = '\\x{ours}'"),
    });
    rewritten.secret_key = roster.secret_key.clone();
    verify_finds_as_it_is(&rewritten, "the whole chain rewritten", false, &["BROKEN"]);
}

const PUT_BACK: &str = "DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM kept_events;
    DELETE FROM audit_heads; INSERT INTO audit_heads SELECT * FROM kept_heads;";

/// Does `damage`, expects `roster audit verify` to fail and to name these words (or to pass, without damage), puts
/// everything back.
fn verify_finds(roster: &Installation, what: &str, damage: &str, words: &[&str]) {
    if !damage.is_empty() {
        roster.by_hand(damage);
    }
    verify_finds_as_it_is(roster, what, damage.is_empty(), words);
    if !damage.is_empty() {
        roster.by_hand(PUT_BACK);
    }
}

fn verify_finds_as_it_is(roster: &Installation, what: &str, holds: bool, words: &[&str]) {
    let output = roster.run(&["audit", "verify"]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.success(), holds, "{what}: {said}");
    for word in words {
        assert!(said.contains(word), "{what}: {word:?} is not named in: {said}");
    }
}
