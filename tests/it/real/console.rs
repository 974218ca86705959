//! The console's main story in a real browser, with and without scripts: set up, invite, accept; a role acts at the
//! next click, and so does a suspension (CON-1, CON-2, ACC-2, MEM-5). Every page passes the accessibility rules.

use serde_json::json;

use super::browser::Browser;
use super::{Engine, Installation, MailServer, PASSWORD, wait_for};

#[test]
fn from_set_up_to_a_suspended_member() {
    story(Engine::Sqlite, true);
}

#[test]
fn from_set_up_to_a_suspended_member_without_scripts() {
    story(Engine::Postgres, false);
}

fn story(engine: Engine, scripts: bool) {
    let mail = MailServer::up();
    let roster = Installation::with_mail_to(engine, mail.port);
    let server = roster.start();
    let link = wait_for("the set-up link in the log", 10, || {
        let log = std::fs::read_to_string(roster.log()).ok()?;
        let at = log.find(&format!("{}/setup", server.url))?;
        log[at..].split_whitespace().next().map(|link| link.trim_matches(['"', '.']).to_owned())
    });

    let olive = Browser::open(scripts);
    olive.goes_to(&link);
    olive.sees("Set Roster up");
    olive.is_accessible();
    olive.fills("Name", "Acme");
    olive.chooses("Owner, Administrator, User");
    olive.fills("First name", "Olive");
    olive.fills("Last name", "Owner");
    olive.fills("E-mail", "olive@acme.test");
    olive.fills("Password", PASSWORD);
    olive.presses("Set up and sign in");
    olive.sees("You are the only one here");
    olive.is_accessible();

    olive.presses("Invite user");
    olive.sees("Each address gets its own e-mail and link");
    olive.is_accessible();
    olive.fills("E-mail", "nora@example.test");
    olive.chooses("Administrator");
    olive.fills("Personal message", "Glad to have you here.");
    olive.presses("Send invitation");
    olive.sees("nora@example.test");
    olive.is_accessible();
    olive.presses("Invitations");
    olive.sees("Glad to have you here.");
    olive.is_accessible();

    let letter = mail.letter_to("nora@example.test");
    let nora = Browser::open(scripts);
    nora.goes_to(&format!("{}/invitations/{}", server.url, letter.token()));
    nora.sees("invited you to Acme");
    assert!(!nora.address().contains(&letter.token()), "the address becomes clean (R14): {}", nora.address());
    nora.is_accessible();
    nora.fills("First name", "Nora");
    nora.fills("Last name", "New");
    nora.fills("Password", PASSWORD);
    nora.presses("Join Acme");
    nora.goes_to(&format!("{}/users", server.url));
    nora.sees("olive@acme.test");
    nora.is_accessible();

    olive.presses("Users");
    olive.sees("Nora New");
    olive.is_accessible();
    olive.chooses_in_menu("nora@example.test", "User");
    olive.sees("Nora New");
    nora.presses("Users");
    nora.sees("users:view");
    assert!(!nora.shown_text().contains("olive@acme.test"), "a role acts at the next click");
    nora.is_accessible();

    olive.chooses_in_menu("nora@example.test", "Suspend");
    olive.presses("Suspend");
    olive.sees("Suspended");
    nora.goes_to(&format!("{}/", server.url));
    assert!(!nora.shown_text().contains("Acme"), "out at the next click: {}", nora.shown_text());
    nora.is_accessible();
    olive.has_no_complaints();
    nora.has_no_complaints();
}

/// AM-2: the box for CRM access is not displayed while the chosen role always has it, and comes back for another: at
/// creation, at invitation, and in the dialog that the menu of a row opens.
#[test]
fn no_crm_box_while_the_role_is_admin() {
    const BOX: &str = "Opens what the role allows in CRM.";
    const ALWAYS: &str = "The role Admin always has CRM access.";
    let roster = Installation::new(Engine::Sqlite);
    roster.set_up("admin-user");
    let server = roster.start();
    let nora = json!({"email": "nora@acme.test", "firstName": "Nora", "lastName": "New", "password": PASSWORD, "role": "user"});
    roster.owner(&server).post("/api/v1/organizations/acme/members", nora).ok();

    let olive = Browser::open(true);
    olive.goes_to(&format!("{}/sign-in", server.url));
    olive.fills("E-mail", "owner@acme.test");
    olive.fills("Password", PASSWORD);
    olive.presses("Sign in");
    olive.sees("nora@acme.test");
    let looks = || {
        olive.sees(BOX);
        assert!(!olive.shown_text().contains(ALWAYS), "{}", olive.shown_text());
        olive.chooses("Admin");
        olive.sees(ALWAYS);
        assert!(!olive.shown_text().contains(BOX), "{}", olive.shown_text());
        olive.chooses("User");
        olive.sees(BOX);
    };
    olive.chooses_in_menu("nora@acme.test", "Edit");
    olive.sees("Edit Nora New");
    looks();
    olive.presses("Save changes");
    olive.sees("Nothing was changed.");
    assert!(olive.address().ends_with("/users"), "{}", olive.address());
    for path in ["/users/new", "/invitations/new"] {
        olive.goes_to(&format!("{}{path}", server.url));
        looks();
    }
    olive.has_no_complaints();
}
