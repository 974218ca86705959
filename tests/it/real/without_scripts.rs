//! A day's work in a real browser that runs no script: every list is searched, filtered and exported, every question is a
//! page of its own (CON-1).

use serde_json::json;

use super::browser::Browser;
use super::{Engine, Installation, PASSWORD};

#[test]
fn a_days_work_is_done_without_scripts() {
    let roster = Installation::new(Engine::Postgres);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    for (email, first, last) in [("nora@example.test", "Nora", "New"), ("otto@example.test", "Otto", "Old")] {
        let body = json!({"email": email, "firstName": first, "lastName": last, "password": PASSWORD, "role": "user",
            "requirePasswordChange": false});
        owner.post("/api/v1/organizations/acme/members", body).ok();
    }
    let wrong = json!({"email": "nora@example.test", "password": "not the password at all"});
    assert_eq!(server.visitor().post("/api/v1/sign-in", wrong).status, 401);

    let olive = Browser::open(false);
    olive.goes_to(&format!("{}/sign-in", server.url));
    olive.fills("E-mail", "owner@acme.test");
    olive.fills("Password", PASSWORD);
    olive.presses("Sign in");
    olive.sees("Everyone who can sign in");
    finds_people(&olive);
    invites(&olive);
    works_on_a_user(&olive);

    let nora = server.visitor().sign_in("nora@example.test", PASSWORD);
    olive.presses("Sessions");
    olive.sees("Where people are signed in to Acme now.");
    olive.fills("Search sessions", "nora");
    olive.presses("Search");
    olive.sees("1 session");
    olive.presses_in_row("Nora Newman", "Revoke");
    olive.sees("Ends this session in Acme");
    olive.presses("Revoke session");
    olive.sees("Session revoked.");
    assert_eq!(nora.get("/api/v1/session").status, 401);
    reads_records(&olive, &server.visitor().sign_in("owner@acme.test", PASSWORD));

    olive.presses_at("//button[@popovertarget='account']");
    olive.presses("Your profile");
    olive.sees("The same in every organization");
    olive.fills("Phone number", "+49 30 555");
    olive.presses("Save profile");
    olive.sees("Your profile is saved.");
    olive.presses_at("//button[@popovertarget='account']");
    olive.presses("Sign out");
    olive.sees("Have an invitation? Open the link in its e-mail.");
    olive.has_no_complaints();
}

#[test]
fn access_is_shaped_without_scripts() {
    let roster = Installation::new(Engine::Sqlite);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let body = json!({"email": "nora@example.test", "firstName": "Nora", "lastName": "New", "password": PASSWORD,
        "role": "user", "requirePasswordChange": false});
    roster.owner(&server).post("/api/v1/organizations/acme/members", body).ok();
    let olive = Browser::open(false);
    olive.goes_to(&format!("{}/sign-in", server.url));
    olive.fills("E-mail", "owner@acme.test");
    olive.fills("Password", PASSWORD);
    olive.presses("Sign in");
    olive.sees("Everyone who can sign in");
    shapes_roles(&olive);
    ticks_a_permission(&olive);
    changes_a_template(&olive);
    fills_a_team(&olive);
    asks_why(&olive);
    olive.has_no_complaints();
}

fn shapes_roles(olive: &Browser) {
    olive.presses("Roles and templates");
    olive.presses("New role");
    olive.fills("Name", "Dispatcher");
    olive.fills("Key", "dispatcher");
    olive.fills("Rank", "many");
    ticks(olive, "agents:view");
    olive.presses("Save role");
    olive.sees("A rank is a whole number, for example 20.");
    olive.fills("Rank", "15");
    olive.presses("Save role");
    olive.sees("The role Dispatcher can be given to people now.");
    olive.presses("New template");
    olive.fills("Name", "Night shift");
    ticks(olive, "workflows:create");
    olive.presses("Save template");
    olive.sees("The template Night shift can be given to people now.");
}

fn ticks_a_permission(olive: &Browser) {
    olive.presses("Users");
    olive.presses("Nora New");
    olive.sees("3 permissions: 3 by role.");
    olive.picks("Role template", "Night shift");
    ticks(olive, "agents:create");
    olive.presses("Save access");
    olive.sees("Nora New is saved.");
    olive.sees("5 permissions: 3 by role, 1 by template, 1 direct.");
    ticks(olive, "agents:create");
    olive.presses("Save access");
    olive.sees("4 permissions: 3 by role, 1 by template.");
}

/// What a change does is told before it is saved.
fn changes_a_template(olive: &Browser) {
    olive.presses("Roles and templates");
    olive.presses("Night shift");
    olive.sees("Role template, used by 1 person.");
    ticks(olive, "workflows:delete");
    olive.presses("Save template");
    olive.sees("Nothing is saved yet.");
    olive.sees("1 user gains Workflows: Delete.");
    olive.presses("Save for 1 person");
    olive.sees("The template Night shift is saved.");
}

fn fills_a_team(olive: &Browser) {
    olive.presses("Teams");
    olive.presses("Create team");
    olive.fills("Name", "Night desk");
    olive.presses_at("//main//form//button[.='Create team']");
    olive.sees("The team Night desk is there.");
    olive.presses("Add people");
    olive.chooses("Nora New");
    olive.presses("Add to team");
    olive.sees("Nora New is in Night desk now.");
    olive.presses_at("//nav[@aria-label='Breadcrumb']//a[.='Teams']");
    olive.presses_in_row("Night desk", "Actions for Night desk");
    olive.presses_in_row("Night desk", "Edit team");
    olive.fills("What it is for", "From ten to six");
    olive.presses("Save changes");
    olive.sees("From ten to six. 1 person in this team.");
}

fn asks_why(olive: &Browser) {
    olive.presses("Access check");
    olive.fills("Person", "nora");
    olive.picks("Action", "Delete");
    olive.picks("Resource", "Agents (everything)");
    olive.presses("Check access");
    olive.sees("No. Nora New can’t delete Agents.");
    olive.sees("One link is missing: nothing gives the permission.");
    olive.presses("Who can?");
    olive.sees("Who can delete Agents?");
    olive.presses_in_row("Olive Owner", "Why?");
    olive.sees("Yes. You can delete Agents.");
}

/// Ticks a box of a table of permissions, or unticks it.
fn ticks(olive: &Browser, permission: &str) {
    olive.presses_at(&format!("//main//input[@value='{permission}' and @type='checkbox']"));
}

fn finds_people(olive: &Browser) {
    olive.fills("Search people by name or e-mail", "nora");
    olive.presses("Search");
    olive.sees("1 person");
    assert!(!olive.shown_text().contains("otto@example.test"), "only who was searched for");
    olive.picks("Role", "Administrator");
    olive.presses("Search");
    olive.sees("Nobody found");
    olive.presses("Clear filters");
    olive.sees("otto@example.test");
    tab(olive, "Suspended");
    olive.sees("Nobody found");
    tab(olive, "All");
    // The menu of a row is a page, and so is what it asks.
    olive.chooses_in_menu("otto@example.test", "Suspend");
    olive.sees("Suspend Otto Old?");
    olive.presses("Cancel");
    olive.sees("Everyone who can sign in");
    olive.chooses_in_menu("nora@example.test", "Administrator");
    olive.sees("Nora New now has the role Administrator");
}

fn invites(olive: &Browser) {
    olive.presses("Invite user");
    olive.sees("Each address gets its own e-mail and link");
    olive.fills("E-mail addresses", "ivy@example.test");
    olive.presses("Send invitation");
    olive.sees("ivy@example.test");
    olive.presses("Invitations");
    olive.presses_in_row("ivy@example.test", "More actions for");
    olive.presses_in_row("ivy@example.test", "Revoke");
    olive.sees("stops working at once");
    olive.presses("Revoke invitation");
    olive.sees("Its link is dead.");
}

fn works_on_a_user(olive: &Browser) {
    olive.presses("Users");
    olive.presses("Nora New");
    olive.sees("What they may do, and where each permission comes from.");
    for (tab, says) in [
        ("Login attempts", "Wrong password"),
        ("Audit trail", "changed the roles of"),
        ("Overview", "User ID"),
    ] {
        olive.presses_at(&format!("//nav[@class='subnav']//a[.='{tab}']"));
        olive.sees(says);
    }
    olive.presses("Edit user");
    olive.fills("Last name", "Newman");
    olive.fills("Phone number", "+49 30 777");
    olive.presses("Save changes");
    olive.sees("Nora Newman is saved.");
    olive.sees("+49 30 777");
    olive.presses("Suspend Nora Newman");
    olive.sees("Suspend Nora Newman?");
    olive.presses("Suspend");
    olive.sees("They can't sign in here.");
    olive.presses("Reactivate Nora Newman");
    olive.presses("Reactivate");
    olive.sees("Nora Newman can sign in again.");
}

fn reads_records(olive: &Browser, owner: &super::Api) {
    olive.presses("Login attempts");
    olive.sees("Last 14 days");
    tab(olive, "Failed");
    olive.sees("1 attempt");
    olive.fills("Search login attempts", "owner");
    olive.presses("Search");
    olive.sees("No attempt found");
    olive.presses("Clear filters");
    olive.presses("Show as table");
    olive.sees("Successful");
    olive.presses("Audit log");
    olive.sees("Entries can't be edited or deleted, by anyone.");
    olive.picks("Event", "User suspended");
    olive.presses("Search");
    olive.sees("1 entry");
    let file = olive.leads_to("Export CSV");
    let lines = owner.get(&file[file.find("/api/").expect("the file's address")..]).ok();
    assert_eq!(lines.as_str().expect("a file").lines().count(), 2, "as the page, with its head: {lines}");
}

/// Turns to one of the tabs above a list; behind its name may stand a count.
fn tab(olive: &Browser, name: &str) {
    olive.presses_at(&format!("//nav[@class='tabs']//a[starts-with(.,'{name}')]"));
}
