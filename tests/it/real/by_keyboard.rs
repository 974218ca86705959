//! A day's work by keyboard alone in a real browser: nothing is clicked, and the focus is seen at every stop (CON-2).

use serde_json::json;

use super::browser::Browser;
use super::keyboard::Key;
use super::{Engine, Installation, PASSWORD};

#[test]
fn a_days_work_is_done_by_keyboard_alone() {
    let roster = Installation::new(Engine::Sqlite);
    roster.set_up("multi-role");
    let server = roster.start();
    let owner = roster.owner(&server);
    let nora = json!({"email": "nora@example.test", "firstName": "Nora", "lastName": "New", "password": PASSWORD,
        "role": "member", "requirePasswordChange": false});
    owner.post("/api/v1/organizations/acme/members", nora).ok();
    let nora = server.visitor().sign_in("nora@example.test", PASSWORD);

    let olive = Browser::open(true);
    olive.goes_to(&format!("{}/sign-in", server.url));
    olive.has_focus_on("E-mail");
    olive.types("owner@acme.test");
    olive.tabs_to("Password");
    olive.types(PASSWORD);
    olive.key(Key::Enter);
    olive.sees("Everyone who can sign in");

    // Past the navigation at one stroke.
    olive.key(Key::Tab);
    olive.has_focus_on("Skip to content");
    olive.key(Key::Enter);
    olive.key(Key::Tab);
    assert!(olive.has_focus_within("self::main"), "behind the navigation: {}", olive.focused());

    // Somebody is searched for and found.
    olive.types("/");
    olive.has_focus_on("Search people by name or e-mail");
    olive.types("nora");
    olive.sees("1 person");
    assert!(!olive.shown_text().contains("owner@acme.test"), "only who was searched for");

    // A menu and a dialog, closed again: the focus comes back to where it was.
    olive.tabs_to("Actions for Nora New");
    olive.key(Key::Enter);
    olive.sees("Change roles");
    olive.key(Key::Escape);
    olive.has_focus_on("Actions for Nora New");
    opens_the_roles(&olive);
    olive.key(Key::Escape);
    olive.has_focus_on("Actions for Nora New");
    opens_the_roles(&olive);
    assert!(olive.has_focus_within("self::dialog"), "in the dialog: {}", olive.focused());
    olive.tabs_to("Auditor");
    olive.key(Key::Space);
    olive.tabs_to("Change roles");
    assert!(olive.has_focus_within("self::dialog"), "the dialog keeps the focus");
    olive.key(Key::Enter);
    olive.sees("Nora New now has the roles");

    // The user console, tab by tab.
    olive.tabs_to("Nora New");
    olive.key(Key::Enter);
    olive.sees("What they may do, and where each permission comes from.");
    olive.tabs_to("Edit user");
    olive.key(Key::Enter);
    olive.sees("Save changes");
    assert!(olive.has_focus_within("self::dialog"), "in the dialog: {}", olive.focused());
    olive.key(Key::Escape);
    olive.has_focus_on("Edit user");
    for (tab, says) in
        [("Login attempts", "Timestamp"), ("Audit trail", "Details"), ("Sessions", "Last active")]
    {
        olive.tabs_to_within("self::nav[contains(@class,'subnav')]", tab);
        olive.key(Key::Enter);
        olive.sees(says);
    }
    olive.tabs_to("Revoke the session of Nora New");
    olive.key(Key::Enter);
    olive.sees("Ends this session in Acme");
    olive.tabs_to("Revoke session");
    olive.key(Key::Enter);
    olive.sees("Session revoked.");
    assert_eq!(nora.get("/api/v1/session").status, 401);

    // Somebody is invited.
    olive.tabs_to_within("self::nav[@id='nav']", "Invitations");
    olive.key(Key::Enter);
    olive.sees("Nobody was invited yet");
    olive.tabs_to("Invite user");
    olive.key(Key::Enter);
    olive.sees("Each address gets its own e-mail and link");
    olive.tabs_to("E-mail addresses");
    olive.types("ivy@example.test");
    olive.tabs_to("Send invitation");
    olive.key(Key::Enter);
    olive.sees("ivy@example.test");

    olive.tabs_to("Your account, Olive Owner");
    olive.key(Key::Enter);
    olive.tabs_to("Sign out");
    olive.key(Key::Enter);
    olive.sees("Have an invitation? Open the link in its e-mail.");
    olive.has_no_complaints();
}

#[test]
fn access_is_shaped_by_keyboard_alone() {
    let roster = Installation::new(Engine::Sqlite);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let nora = json!({"email": "nora@example.test", "firstName": "Nora", "lastName": "New", "password": PASSWORD,
        "role": "user", "requirePasswordChange": false});
    roster.owner(&server).post("/api/v1/organizations/acme/members", nora).ok();
    let olive = Browser::open(true);
    olive.goes_to(&format!("{}/sign-in", server.url));
    olive.has_focus_on("E-mail");
    olive.types("owner@acme.test");
    olive.tabs_to("Password");
    olive.types(PASSWORD);
    olive.key(Key::Enter);
    olive.sees("Everyone who can sign in");
    shapes_roles(&olive);
    ticks_a_permission(&olive);
    changes_a_template(&olive);
    fills_a_team(&olive);
    asks_why(&olive);
    olive.has_no_complaints();
}

/// Goes to a place of the navigation.
fn goes(olive: &Browser, place: &str) {
    olive.tabs_to_within("self::nav[@id='nav']", place);
    olive.key(Key::Enter);
}

/// Goes on to what is called this, and presses it.
fn enters(olive: &Browser, name: &str) {
    olive.tabs_to_within("self::main", name);
    olive.key(Key::Enter);
}

fn ticks(olive: &Browser, cell: &str) {
    olive.tabs_to_within("self::main", cell);
    olive.key(Key::Space);
}

fn fills(olive: &Browser, field: &str, text: &str) {
    olive.tabs_to_within("self::main", field);
    olive.types(text);
}

fn shapes_roles(olive: &Browser) {
    goes(olive, "Roles and templates");
    olive.sees("Roles, highest first");
    enters(olive, "New role");
    olive.sees("The baseline for everyone whom you give it to.");
    fills(olive, "Name", "Dispatcher");
    fills(olive, "Key", "dispatcher");
    fills(olive, "Rank", "15");
    ticks(olive, "View Agents: not granted");
    enters(olive, "Save role");
    olive.sees("The role Dispatcher can be given to people now.");
    enters(olive, "New template");
    olive.sees("A named set of permissions, added to somebody’s role.");
    fills(olive, "Name", "Night shift");
    ticks(olive, "Create Workflows: not granted");
    enters(olive, "Save template");
    olive.sees("The template Night shift can be given to people now.");
}

fn ticks_a_permission(olive: &Browser) {
    goes(olive, "Users");
    olive.sees("Everyone who can sign in");
    enters(olive, "Nora New");
    olive.sees("3 permissions: 3 by role.");
    fills(olive, "Role template", "Night");
    ticks(olive, "Create Agents: not granted");
    enters(olive, "Save access");
    olive.sees("5 permissions: 3 by role, 1 by template, 1 direct.");
    ticks(olive, "Create Agents: granted directly");
    enters(olive, "Save access");
    olive.sees("4 permissions: 3 by role, 1 by template.");
}

fn changes_a_template(olive: &Browser) {
    goes(olive, "Roles and templates");
    olive.sees("Roles, highest first");
    enters(olive, "Night shift");
    olive.sees("Role template, used by 1 person.");
    ticks(olive, "Delete Workflows: not granted");
    enters(olive, "Save template");
    olive.sees("Nothing is saved yet.");
    olive.sees("1 user gains Workflows: Delete.");
    enters(olive, "Save for 1 person");
    olive.sees("The template Night shift is saved.");
}

fn fills_a_team(olive: &Browser) {
    goes(olive, "Teams");
    olive.sees("Teams say which shared resources they can reach.");
    enters(olive, "Create team");
    olive.sees("What it is for");
    assert!(olive.has_focus_within("self::dialog"), "in the dialog: {}", olive.focused());
    olive.has_focus_on("Name");
    olive.types("Night desk");
    olive.tabs_to_within("self::dialog", "Create team");
    olive.key(Key::Enter);
    olive.sees("The team Night desk is there.");
    enters(olive, "Add people");
    olive.sees("Add people to Night desk");
    ticks(olive, "Nora New");
    enters(olive, "Add to team");
    olive.sees("Nora New is in Night desk now.");
}

fn asks_why(olive: &Browser) {
    goes(olive, "Access check");
    olive.sees("Nothing is asked yet");
    fills(olive, "Person", "nora");
    fills(olive, "Action", "Del");
    fills(olive, "Resource", "Agents");
    enters(olive, "Check access");
    olive.sees("No. Nora New can’t delete Agents.");
    enters(olive, "Who can?");
    olive.sees("Who can delete Agents?");
    enters(olive, "Why? Olive Owner");
    olive.sees("Yes. You can delete Agents.");
}

fn opens_the_roles(olive: &Browser) {
    olive.key(Key::Enter);
    olive.sees("Change roles");
    olive.key(Key::Down);
    olive.has_focus_on("Edit");
    olive.key(Key::Down);
    olive.has_focus_on("Copy e-mail address");
    olive.key(Key::Down);
    olive.has_focus_on("Change roles");
    olive.key(Key::Enter);
    olive.sees("They stay signed in.");
}
