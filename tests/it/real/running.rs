//! Running it: first start, settings, commands beside a running server, two processes at once (OPS-1, OPS-2, R10, I17).

use serde_json::{Value, json};

use super::{Engine, Installation, MailServer, PASSWORD, Process, at_once, on_both_engines, wait_for};

on_both_engines!(
    the_set_up_link_of_the_first_start_works_once,
    commands_work_beside_a_running_server,
    another_key_stops_the_start,
    processes_that_start_at_once_share_a_new_database,
);

#[test]
fn nothing_needs_to_be_set() {
    let roster = Installation::new(Engine::Sqlite);
    let server = roster.start_without_settings();
    assert!(roster.folder.join("data/roster.db").exists(), "a SQLite file in ./data");
    let key = std::fs::metadata(roster.folder.join("data/roster.key")).expect("a key beside it");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(key.permissions().mode() & 0o077, 0, "nobody else may read the key");
    setup_link(&roster, &server);
    assert_eq!(server.visitor().get("/mailbox").status, 200, "mail is kept and shown on loopback");
    assert!(server.terminate().success());
}

#[test]
fn a_wrong_setting_is_named_with_an_example() {
    let roster = Installation::new(Engine::Sqlite);
    for (setting, value) in [
        ("ROSTER_LISTEN", "8080"),
        ("ROSTER_PUBLIC_URL", "roster.example.com"),
        ("ROSTER_DATABASE_URL", "mysql://somewhere"),
        ("ROSTER_SMTP_URL", "mail.example.com"),
        ("ROSTER_SECRET_KEY", "too short"),
        ("ROSTER_MAIL_FROM", "nobody"),
        ("ROSTER_TRUSTED_PROXIES", "everybody"),
    ] {
        let output = roster.run_with(setting, value, &["serve"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{setting}={value} must stop the start");
        assert!(said.contains(setting), "{setting} is not named: {said}");
        assert!(said.to_lowercase().contains("example"), "{setting}: no example: {said}");
    }
}

/// The token in the set-up link that the first start printed.
fn setup_link(roster: &Installation, server: &Process) -> String {
    let link = wait_for("the set-up link in the log", 10, || {
        let log = std::fs::read_to_string(roster.log()).ok()?;
        let at = log.find(&format!("{}/setup", server.url))?;
        log[at..].split(['"', ' ', '\n', '\u{1b}']).next().map(str::to_owned)
    });
    link.rsplit(['/', '=']).next().expect("a token").to_owned()
}

fn the_set_up_link_of_the_first_start_works_once(engine: Engine) {
    let roster = Installation::new(engine);
    let server = roster.start();
    let token = setup_link(&roster, &server);
    server.kill();
    let server = roster.start();
    let body = |token: &str, slug: &str| {
        json!({
            "token": token,
            "organization": {"name": "Acme", "slug": slug, "preset": "admin-user"},
            "owner": {"email": "owner@acme.test", "firstName": "Olive", "lastName": "Owner", "password": PASSWORD},
        })
    };
    let guessed =
        server.visitor().post("/api/v1/setup", body("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "acme"));
    assert!(!guessed.is_ok(), "a guessed token opens nothing: {guessed:?}");
    let tokens = [token.clone(), setup_link(&roster, &server)];
    let works: Vec<Box<dyn FnOnce() -> u16 + Send>> = (0..4)
        .map(|number| {
            let (visitor, body) = (server.visitor(), body(&tokens[0], &format!("acme{number}")));
            Box::new(move || visitor.post("/api/v1/setup", body).status) as Box<dyn FnOnce() -> u16 + Send>
        })
        .collect();
    let mut statuses = at_once(works);
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410, 410, 410], "the link of the first start lives on, and works once");
    let again = server.visitor().post("/api/v1/setup", body(&tokens[1], "acme"));
    assert_eq!(again.outcome(), "410 setup_done");
    roster.owner(&server).get("/api/v1/session").ok();
    let output = roster.run(&[
        "setup",
        "--organization",
        "Other",
        "--preset",
        "admin-user",
        "--email",
        "x@acme.test",
        "--first-name",
        "X",
        "--last-name",
        "Y",
        "--password-file",
        &roster.password_file(),
    ]);
    assert!(!output.status.success(), "no second set-up by command either");
}

fn commands_work_beside_a_running_server(engine: Engine) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("admin-user");
    let server = roster.start();
    let create = |name: &str, email: &str| {
        let arguments = [
            "organization",
            "create",
            "--name",
            name,
            "--preset",
            "multi-role",
            "--owner-email",
            email,
            "--owner-first-name",
            "Ida",
            "--owner-last-name",
            "Invited",
            "--json",
        ];
        let answer: Value = serde_json::from_str(&roster.must_run(&arguments)).expect("--json prints JSON");
        answer
    };
    create("Globex", "ida@globex.test");
    let token = mail.letter_to("ida@globex.test").token();
    let accepted = server.visitor().accept(&token).ok();
    assert_eq!(accepted["memberships"][0]["organization"]["slug"], "globex", "{accepted}");

    create("Second Wind", "owner@acme.test");
    let owner = roster.owner(&server);
    let mine = owner.get("/api/v1/account/organizations").ok();
    assert_eq!(
        mine["data"].as_array().map(Vec::len),
        Some(2),
        "who has an account becomes owner at once: {mine}"
    );

    // An account that an administrator made for an address owns nothing by that alone.
    let made = json!({"email": "ceo@victim.test", "firstName": "C", "lastName": "E", "password": PASSWORD,
        "requirePasswordChange": false});
    assert_eq!(owner.post("/api/v1/organizations/acme/members", made).status, 201);
    for (name, email, said) in [
        ("Victim", "ceo@victim.test", "an invitation to own it is on its way"),
        ("Third", "owner@acme.test", "has an account already and owns it at once"),
        ("Fourth", "new@victim.test", "is invited by mail to own it"),
    ] {
        let arguments =
            ["organization", "create", "--name", name, "--preset", "admin-user", "--owner-email", email];
        let names = ["--owner-first-name", "Ida", "--owner-last-name", "Invited"];
        let output = roster.must_run(&[&arguments[..], &names[..]].concat());
        assert!(output.contains(said), "{output}");
    }
    let ceo = server.visitor().sign_in("ceo@victim.test", PASSWORD);
    let his = ceo.get("/api/v1/account/organizations").ok();
    assert_eq!(his["data"].as_array().map(Vec::len), Some(1), "he is a member of Acme alone: {his}");

    roster.must_run(&["organization", "set-seat-limit", "acme", "2"]);
    assert_eq!(owner.get("/api/v1/organizations/acme/seats").ok()["limit"], 2);
    for words in [&["list"][..], &["show", "second-wind"][..]] {
        let said = roster.must_run(&[&["organization"], words].concat());
        assert!(said.contains("second-wind"), "{words:?}: {said}");
    }

    let key: Value =
        serde_json::from_str(&roster.must_run(&["operator-key", "create", "--json"])).expect("JSON");
    let key = ["key", "secret", "token"]
        .iter()
        .find_map(|name| key[*name].as_str())
        .expect("a bearer key")
        .to_owned();
    let operator = server.visitor().holding(&key);
    let created = operator
        .post("/api/v1/organizations", json!({"name": "By Key", "preset": "admin-user", "seatLimit": 5}));
    assert_eq!(created.status, 201, "{created:?}");
    operator.patch("/api/v1/organizations/by-key", json!({"seatLimit": 7})).ok();
    assert_eq!(
        server.visitor().post("/api/v1/organizations", json!({"name": "No", "preset": "admin-user"})).status,
        401
    );
}

fn another_key_stops_the_start(engine: Engine) {
    let roster = Installation::new(engine);
    roster.set_up("admin-user");
    let output =
        roster.run_with("ROSTER_SECRET_KEY", "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcy4=", &["serve"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("ROSTER_SECRET_KEY"), "{said}");
}

fn processes_that_start_at_once_share_a_new_database(engine: Engine) {
    for _ in 0..5 {
        let roster = Installation::new(engine);
        let ports = [roster.port, super::installation::free_port()];
        let works: Vec<Box<dyn FnOnce() -> Process + Send + '_>> = ports
            .iter()
            .map(|port| Box::new(|| roster.start_at(*port)) as Box<dyn FnOnce() -> Process + Send + '_>)
            .collect();
        let servers = at_once(works);
        roster.set_up("admin-user");
        for server in &servers {
            roster.owner(server).get("/api/v1/session").ok();
        }
    }
}
