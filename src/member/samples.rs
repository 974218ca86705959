//! The pages about users, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Check, Choice, Choices, Field, PASSWORD_HINT, Select};
use crate::console::layout::Place;
use crate::console::list::{Direction, Heading, Pager, Shape, Status, Tab, Tabs};
use crate::console::menu::{Does, Item, Menu, RoleItem, RoleMenu};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::console::person::PersonCell;
use crate::console::role::{RoleBadge, bars};
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::console::seats::SeatMeter;

const ROLES: [(&str, &str, &str); 5] = [
    ("admin", "Admin", "Everything, people and settings included."),
    ("manager", "Manager", "Builds, and manages people. Can hand out every role, Admin included."),
    ("editor", "Editor", "Builds and edits. Can't manage people."),
    ("monitor", "Monitor", "Reads everything, changes nothing."),
    ("agent_user", "Agent", "Works in the inbox only."),
];

pub fn all() -> Vec<Sample> {
    let mut first = users();
    first.listing = Listing::FirstRun;
    first.seats = SeatMeter { limit: Some(25), active: 1, ..SeatMeter::default() };
    let mut nobody = users();
    nobody.search = NASTY.to_owned();
    nobody.listing = Listing::NothingFound {
        clear: "/users".to_owned(),
        near: vec![
            ("Jonas Weber".to_owned(), "/users/mem_1".to_owned()),
            (NASTY.to_owned(), "/users/mem_2".to_owned()),
        ],
    };
    let mut nearly = users();
    nearly.seats.active = 40;
    nearly.seats.upgrade = Some("https://halden.example/plans".to_owned());
    let mut full = users();
    full.seats.active = 43;
    full.seats.upgrade = Some("https://halden.example/plans".to_owned());
    let advice = "If you leave, nobody can manage people or settings. Give a second person the role.";
    full.advice = Some(Callout::new(Tone::Warn, "You are the only Admin.", advice));
    full.frame.toast.text =
        Some("Jonas Weber is now an Editor. It applies from the next page they open.".to_owned());
    vec![
        sample("users", &users()),
        sample("users-first-run", &first),
        sample("users-nobody-found", &nobody),
        sample("users-nearly-full", &nearly),
        sample("users-full", &full),
        sample("user-create", &create(None)),
        sample("user-create-refused", &create(Some("Anna@halden"))),
        sample("user-menu", &menu()),
        sample("user-menu-locked", &menu_locked()),
        sample("user-roles", &roles()),
        sample("user-suspend", &suspend()),
        sample("user-remove", &remove()),
    ]
}

fn users() -> UsersPage {
    let heading = |label: &str, sort: &str, class: &'static str, direction| Heading {
        label: label.into(),
        href: format!("/users?sort={sort}"),
        class,
        direction,
    };
    let tab = |label: &str, status: &str, count| Tab {
        label: label.into(),
        href: if status.is_empty() { "/users".into() } else { format!("/users?status={status}") },
        count: Some(count),
        current: status.is_empty(),
    };
    let roles = ROLES.iter().map(|(key, label, _)| Choice::new(*key, *label));
    UsersPage {
        frame: frame(Some(Place::Users)),
        seats: SeatMeter { limit: Some(50), active: 35, invited: 5, suspended: 2, ..SeatMeter::default() },
        may_invite: true,
        may_create: true,
        may_review: true,
        advice: None,
        search: String::new(),
        tabs: Tabs {
            label: "Status",
            tabs: vec![
                tab("All", "", 42),
                tab("Active", "active", 35),
                tab("Invited", "invited", 5),
                tab("Suspended", "suspended", 2),
            ],
        },
        filters: vec![
            Select::new("role", "Role", [Choice::new("", "Any role")].into_iter().chain(roles).collect()),
            Select::new(
                "project",
                "Project",
                vec![Choice::new("", "Any project"), Choice::new("p1", "Harbour slot bot")],
            ),
            Select::new(
                "sort",
                "Sort",
                vec![Choice::new("", "By name"), Choice::new("-lastLogin", "By last login").chosen(true)],
            ),
        ],
        carried: vec![("status", "active".to_owned())],
        count: "42 people".to_owned(),
        headings: Headings {
            name: heading("Name", "name", "lead", None),
            role: heading("Role", "role", "", None),
            last_login: heading("Last login", "lastLogin", "tail", Some(Direction::Descending)),
        },
        columns: Columns { templates: true, teams: true, feature: Some("CRM access".to_owned()) },
        bar: Bar {
            organization: "org_1".to_owned(),
            filter: vec![("status", "active".to_owned())],
            buttons: [
                ("setRole", "Change role", "shield"),
                ("suspend", "Suspend", "pause"),
                ("remove", NASTY, "trash"),
            ]
            .map(|(action, label, icon)| Button {
                action,
                label: label.to_owned(),
                icon,
                grave: action == "remove",
            })
            .to_vec(),
        },
        listing: Listing::Rows(rows()),
        pager: Pager {
            summary: "7 of 42 shown".to_owned(),
            previous: None,
            next: Some("/users?cursor=abc".to_owned()),
        },
        here: "/users?status=active&sort=-lastLogin".to_owned(),
        csv: "/api/v1/organizations/halden/members.csv".to_owned(),
    }
}

fn menu() -> MenuPage {
    let asks = |path: &str| Does::Asks(format!("/users/mem_2/{path}?back=%2Fusers%3Fstatus%3Dactive"));
    let roles = ROLES.iter().map(|(key, label, _)| RoleItem {
        key: (*key).into(),
        label: (*label).into(),
        present: *key == "editor",
        warns_at: (*key == "admin").then(|| "/users/mem_2/role?role=admin".to_owned()),
    });
    MenuPage {
        frame: frame(Some(Place::Users)),
        menu: Menu {
            id: "m-mem_2".to_owned(),
            label: format!("Actions for {NASTY}"),
            roles: Some(RoleMenu { action: "/users/mem_2/role".to_owned(), roles: roles.collect() }),
            items: vec![
                Item::new("Edit", "edit", asks("edit")),
                Item::new("Copy e-mail address", "copy", Does::Copies("nasty@halden.example".into())),
                Item::new("Suspend", "pause", asks("suspend")),
                Item::new("Remove", "trash", asks("remove")).grave(),
            ],
            note: None,
        },
        back: "/users?status=active".to_owned(),
    }
}

fn menu_locked() -> MenuPage {
    let mut page = menu();
    page.menu.roles = None;
    page.menu.items = vec![page.menu.items.remove(1)];
    page.menu.note =
        Some("Your role is Manager. It does not allow you to change or remove somebody who is Admin.".into());
    page
}

fn rows() -> Vec<Row> {
    let active = || Status::new(Shape::Active, "Active");
    let mut list = vec![
        row("Mara Lindqvist", "mara.lindqvist@halden.example", 0, active()),
        row("Jonas Weber", "jonas.weber@halden.example", 2, active()),
        row("Amara Okafor", "amara.okafor@halden.example", 1, active()),
        row("", "p.desmet@scheldecustoms.example", 4, Status::new(Shape::Invited, "Invited")),
        row("Siobhán Ní Bhriain", "s.nibhriain@corrib-audit.example", 3, active()),
        row("Thomas Blackwell", "t.blackwell@halden.example", 4, Status::new(Shape::Suspended, "Suspended")),
        row(NASTY, "nasty@halden.example", 4, active()),
    ];
    list[0].person.you = true;
    list[0].feature = FeatureState::Always;
    list[3].ends = Some(reader().on_the_day(at("2026-06-30T23:59+02:00")));
    list[1].template = Some("Support lead".to_owned());
    list[1].teams.push("Night Desk".to_owned());
    list[1].feature = FeatureState::On;
    list[3].last_login = None;
    list[5].last_login = Some(reader().past(at("2025-11-14T09:00Z")));
    list
}

fn row(name: &str, email: &str, role: usize, status: Status) -> Row {
    let id = format!("mem_{}", email.len());
    let label = ROLES[role].1;
    let person =
        PersonCell { name: name.into(), email: email.into(), href: Some("/users/mem_1".into()), you: false };
    Row {
        roles: vec![RoleBadge::new(label, bars(4 - role, 5))],
        person,
        template: None,
        teams: vec!["Customer Desk".to_owned()],
        status,
        feature: FeatureState::Off,
        last_login: Some(reader().past(at("2026-02-17T12:18+01:00"))),
        id: id.to_string(),
        locked: (role == 0).then_some("Your role does not allow you to change them"),
        ends: None,
        menu: true,
    }
}

fn role_choices() -> Choices {
    let option = |(key, label, detail): &(&str, &str, &str)| Choice {
        always: *key == "admin",
        tag: (*key == "agent_user").then_some("Default").or((*key == "editor").then_some("Recommended")),
        ..Choice::new(*key, *label).detail(*detail).chosen(*key == "editor")
    };
    let mut options: Vec<Choice> = ROLES.iter().map(option).collect();
    let owner = Choice {
        locked: Some("You are an Admin, so you can't hand out Owner.".into()),
        ..Choice::new("owner", "Owner")
    };
    options.insert(0, owner);
    Choices { name: "role", legend: "Role", options, wide: true, ..Choices::default() }
}

pub fn feature() -> FeatureBox {
    FeatureBox {
        check: Check {
            name: "crmAccess".into(),
            label: "CRM access".into(),
            detail: Some("Lets them see and change CRM records.".into()),
            on: false,
            switch: true,
        },
        always: "Admins always have CRM access.".into(),
    }
}

/// The role picker of the samples, for the invitation too.
pub fn role_picker() -> Choices {
    role_choices()
}

fn create(refused: Option<&str>) -> CreateUserPage {
    let wrong = refused.map(|_| "This is not a full e-mail address. Check the part after the @.".to_owned());
    CreateUserPage {
        frame: frame(Some(Place::Users)),
        seats: SeatMeter { limit: Some(50), active: 35, invited: 7, ..SeatMeter::default() },
        problem: refused
            .map(|_| Callout::new(Tone::Bad, "Not created.", "Mend the field below and send it again.")),
        first_name: Field::text("firstName", "First name").required().focused(),
        last_name: Field::text("lastName", "Last name").required(),
        email: Field::email("email", "E-mail").required().value(refused.unwrap_or_default()).error(wrong),
        phone: Field::telephone("phone", "Phone number"),
        password: Field::new_password("password", "Password").hint(PASSWORD_HINT),
        role: role_choices(),
        role_warning: Some(Callout::new(
            Tone::Warn,
            "Hand out Admin with care.",
            "An Admin can do everything here, and you could not take it back.",
        )),
        feature: Some(feature()),
        require_change: Check {
            name: "requirePasswordChange".into(),
            label: "They choose a new password at the first sign-in".into(),
            on: true,
            ..Check::default()
        },
    }
}

fn roles() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Users)), "Change the role of Jonas Weber", "Change role");
    page.action = "/users/mem_1/role".into();
    page.back = "/users".into();
    page.lead = Some("The new role applies on the next page they open. They stay signed in.".into());
    page.choices = Some(Choices { wide: false, ..role_choices() });
    page
}

fn suspend() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Users)), "Suspend Jonas Weber?", "Suspend");
    page.action = "/users/mem_1/suspend".into();
    page.back = "/users".into();
    page.danger = true;
    page.impact = vec![
        "Ends their access to Halden Freight with the next click.".into(),
        "Their role, teams and history stay as they are.".into(),
        "They keep using 1 of your 50 seats.".into(),
    ];
    page
}

fn remove() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Users)), "Remove Jonas Weber?", "Remove");
    page.action = "/users/mem_1/remove".into();
    page.back = "/users".into();
    page.danger = true;
    page.impact = vec![
        "They lose access to Halden Freight at once. This can't be undone.".into(),
        "What they made stays, under their name.".into(),
        "Frees 1 seat: 41 of 50 used.".into(),
    ];
    page.fields = vec![Field::text("confirm", "Confirm").exactly("jonas.weber+desk@halden.example")];
    page
}
