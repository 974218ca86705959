//! No secret stands where it does not belong (R11, R30, R33, INV-3, AUD-1): database with its write-ahead log, log
//! file, outbox with mail still waiting, idempotency records, audit trail, API answers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Api, Engine, Installation, MailServer, on_both_engines, wait_for};

on_both_engines!(no_secret_stands_where_it_does_not_belong);

const NORAS_PASSWORD: &str = "canary sings at nine sharp";
const CREATED_PASSWORD: &str = "canary sleeps under a tree";
const NEW_PASSWORD: &str = "canary wakes by the window";
const WRONG_PASSWORD: &str = "canary forgot all its songs";

/// Whether a letter's link is more than an address of the console.
fn carries_a_token(letter: &super::mail_server::Letter) -> bool {
    letter.token().len() >= 40
}

fn no_secret_stands_where_it_does_not_belong(engine: Engine) {
    let mut mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let visitor = server.visitor();
    let mut secrets =
        vec![super::PASSWORD.to_owned(), NORAS_PASSWORD.into(), CREATED_PASSWORD.into(), NEW_PASSWORD.into()];
    secrets.extend([WRONG_PASSWORD.to_owned(), owner.token().to_owned(), roster.secret_key.clone()]);

    // An accepted link, a session, a created member, a reset that was used and one that was not, failed sign-ins.
    let body = json!({"email": "nora@example.test", "role": "administrator"});
    let key = Some(("idempotency-key", "canary-1"));
    owner
        .try_with("POST", "/api/v1/organizations/acme/invitations", Some(&body), key)
        .expect("an answer")
        .ok();
    let link = mail.letter_to("nora@example.test").token();
    let accept = json!({"password": NORAS_PASSWORD, "firstName": "Nora", "lastName": "New"});
    let key = Some(("idempotency-key", "canary-2"));
    let path = format!("/api/v1/invitations/{link}/accept");
    let accepted = visitor.try_with("POST", &path, Some(&accept), key).expect("an answer").ok();
    let nora = visitor.holding(accepted["token"].as_str().expect("a token"));
    secrets.extend([link, nora.token().to_owned()]);

    let create = json!({"email": "cleo@example.test", "firstName": "Cleo", "lastName": "Created", "password": CREATED_PASSWORD});
    owner.post("/api/v1/organizations/acme/members", create).ok();
    let challenged =
        visitor.post("/api/v1/sign-in", json!({"email": "cleo@example.test", "password": CREATED_PASSWORD}));
    assert_eq!(challenged.outcome(), "403 password_change_required");
    secrets.push(challenged.body["challenge"].as_str().expect("a challenge").to_owned());
    let wrong =
        visitor.post("/api/v1/sign-in", json!({"email": "nora@example.test", "password": WRONG_PASSWORD}));
    assert_eq!(wrong.outcome(), "401 invalid_credentials");
    let key = Some(("idempotency-key", "canary-3"));
    let body = json!({"email": "nora@example.test", "password": NORAS_PASSWORD});
    let again = visitor.try_with("POST", "/api/v1/sign-in", Some(&body), key).expect("an answer").ok();
    secrets.push(again["token"].as_str().expect("a token").to_owned());

    let mut resets = Vec::new();
    for count in 1..=2 {
        visitor.post("/api/v1/password-reset", json!({"email": "nora@example.test"})).ok();
        let letters = wait_for("the reset letter", 30, || {
            let mut letters = mail.letters_to("nora@example.test");
            letters.retain(|letter| letter.plain().contains("/password-reset/"));
            (letters.len() == count).then_some(letters)
        });
        resets.push(letters[count - 1].token());
        if count == 1 {
            let confirm = json!({"token": resets[0], "password": NEW_PASSWORD});
            visitor.post("/api/v1/password-reset/confirm", confirm).ok();
        }
    }
    secrets.extend(resets);
    // The links of notices, too: the changed password was told.
    let notices = wait_for("the notice", 30, || {
        let mut letters = mail.letters_to("nora@example.test");
        letters.retain(|letter| letter.plain().contains("/notices/"));
        (!letters.is_empty()).then_some(letters)
    });
    secrets.extend(notices.iter().map(|letter| letter.token()));

    // Letters that still wait: their links are known only once they are sent.
    mail.stop();
    owner.invite(&["waiting@example.test".into()], "user");
    visitor.post("/api/v1/password-reset", json!({"email": "owner@acme.test"})).ok();
    let answers = everything_answered(&owner);
    let stored = roster.everything_stored();
    mail.start();
    server.kill();
    let server = roster.start();
    let tokens = wait_for("the letters that waited", 30, || {
        let mut letters = mail.letters_to("owner@acme.test");
        letters.extend(mail.letters_to("waiting@example.test"));
        letters.retain(carries_a_token);
        (letters.len() >= 2).then(|| letters.iter().map(|letter| letter.token()).collect::<Vec<_>>())
    });
    secrets.extend(tokens);
    let log = std::fs::read(roster.log()).expect("read the log");
    let stored_later = roster.everything_stored();
    drop(server);

    assert!(holds(&stored, b"waiting@example.test"), "the search sees what is stored");
    assert!(holds(answers.as_bytes(), b"waiting@example.test"), "the search sees what is answered");
    for secret in &secrets {
        assert!(secret.len() >= 16, "a secret that can be searched for: {secret:?}");
        let places = [("the database", &stored), ("the database later", &stored_later), ("the log", &log)];
        for (place, bytes) in places {
            for shape in shapes(secret) {
                assert!(!holds(bytes, &shape), "{secret:?} stands in {place}");
            }
        }
        assert!(!answers.contains(secret.as_str()), "{secret:?} stands in an answer");
    }
}

/// The secret as text, as the bytes that it encodes, and those in hexadecimal.
fn shapes(secret: &str) -> Vec<Vec<u8>> {
    let mut shapes = vec![secret.as_bytes().to_vec(), hex(secret.as_bytes())];
    let bare = secret.rsplit('_').next().unwrap_or(secret);
    if let Ok(bytes) = URL_SAFE_NO_PAD.decode(bare)
        && bytes.len() >= 16
    {
        shapes.extend([hex(&bytes), bytes, bare.as_bytes().to_vec()]);
    }
    shapes
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// All that the owner of the organization can read.
fn everything_answered(owner: &Api) -> String {
    let members = owner.list("/api/v1/organizations/acme/members");
    let mut paths: Vec<String> =
        ["session", "account", "account/sessions", "account/organizations"].map(String::from).into();
    for path in [
        "",
        "/seats",
        "/members.csv",
        "/invitations",
        "/sessions",
        "/login-attempts",
        "/audit-events?limit=200",
    ] {
        paths.push(format!("organizations/acme{path}"));
    }
    for member in &members {
        let id = member["id"].as_str().expect("an id");
        for path in ["", "/effective-permissions", "/sessions", "/login-attempts", "/audit-events"] {
            paths.push(format!("organizations/acme/members/{id}{path}"));
        }
    }
    let mut all = format!("{members:?}");
    for path in paths {
        let answer = owner.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        all.push_str(&answer.body.to_string());
    }
    all
}
