//! The pages about one user, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Field, Picks, Select};
use crate::console::layout::Place;
use crate::console::list::{Pager, Shape, Status};
use crate::console::matrix::{By, Cell, Matrix, Row};
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::console::person::Avatar;
use crate::console::role::RoleBadge;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::member::samples::{feature, role_picker};
use crate::member::view::FeatureState;
use crate::session::samples::table as sessions;
use crate::sign_in::samples::attempts;
use crate::trail::samples::events;
use crate::trail::view::Timeline;

pub fn all() -> Vec<Sample> {
    let mut suspended = overview("Thomas Blackwell");
    suspended.access.form = Some(access_form(RoleField::Several(role_picker())));
    suspended.head.status = Status::new(Shape::Suspended, "Suspended");
    let text = "What stands under Access holds again after “Reactivate”.";
    suspended.state = Some(Callout::new(Tone::Warn, "They can't sign in here.", text));
    let roles = vec![
        Choice::new("editor", "Editor").chosen(true),
        Choice { always: true, ..Choice::new("admin", NASTY) },
    ];
    let role = Select { id: "access-role", ..Select::new("role", "Role", roles) };
    let mut one_role = overview("Mateo Ruiz");
    one_role.access.form =
        Some(access_form(RoleField::One(role.hint("Your own role does not allow you to hand out Owner."))));
    let mut locked = overview(NASTY);
    locked.actions.clear();
    locked.head.menu = Menu::default();
    locked.head.edit = None;
    locked.head.name.clear();
    locked.note =
        Some("Your role is Manager. It does not allow you to change or remove somebody who is Admin.".into());
    let mut conflict = edit();
    let text =
        "What you typed is kept below; what you had not touched is as it is now. Look, then save again.";
    conflict.problem = Some(Callout::new(
        Tone::Bad,
        "Not saved. Jonas Weber was changed 2 min ago, after this form was opened.",
        text,
    ));
    conflict.meanwhile = vec![
        Changed { label: "Role".into(), was: "Editor".into(), is: "Manager".into() },
        Changed { label: "Teams".into(), was: "Customer Desk".into(), is: NASTY.into() },
    ];
    conflict.matrix_open = true;
    conflict.matrix.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(|cell| {
        if cell.by == By::Nobody || cell.by == By::Direct {
            cell.value = Some("crm:view".to_owned());
        }
    });
    let nobody =
        UserSessionsPage { sessions: crate::session::view::SessionTable::default(), ..user_sessions() };
    let untried =
        UserAttemptsPage { attempts: crate::sign_in::view::AttemptTable::default(), ..user_attempts() };
    let unnoted = UserAuditPage { timeline: Timeline::default(), ..user_audit() };
    locked.teams = Some(Vec::new());
    let not_here = PastPage {
        then: None,
        timeline: Timeline::default(),
        problem: Some("Choose a day that has begun, such as yesterday.".into()),
        ..user_past()
    };
    vec![
        sample("user", &overview("Jonas Weber")),
        sample("user-suspended", &suspended),
        sample("user-one-role", &one_role),
        sample("user-locked", &locked),
        sample("user-edit", &edit()),
        sample("user-edit-conflict", &conflict),
        sample("user-sessions", &user_sessions()),
        sample("user-sessions-none", &nobody),
        sample("user-login-attempts", &user_attempts()),
        sample("user-login-attempts-none", &untried),
        sample("user-audit", &user_audit()),
        sample("user-audit-none", &unnoted),
        sample("user-past", &user_past()),
        sample("user-past-unasked", &PastPage { told: String::new(), ..user_past() }),
        sample("user-past-not-here", &not_here),
    ]
}

fn head(name: &str, tab: &str) -> Head {
    let email = "jonas.weber@halden.example";
    let asks = |path: &str| Does::Asks(format!("/users/mem_1/{path}?back=%2Fusers%2Fmem_1"));
    let tabs = [
        ("Overview", ""),
        ("Sessions", "/sessions"),
        ("Login attempts", "/login-attempts"),
        ("Audit trail", "/audit"),
        ("On another day", "/past"),
    ];
    Head {
        id: "mem_01jkz7q4m8e9tb3v5x7y9z1a2c".into(),
        name: name.into(),
        email: email.into(),
        avatar: Avatar::person(name, email).large(),
        roles: vec![RoleBadge::new("Editor", 3)],
        status: Status::new(Shape::Active, "Active"),
        edit: Some(("/users/mem_1/edit?back=%2Fusers%2Fmem_1".into(), "Edit user")),
        menu: Menu {
            id: "m-mem_1".into(),
            label: format!("Actions for {name}"),
            items: vec![
                Item::new("Copy e-mail address", "copy", Does::Copies(email.into())),
                Item::new("Suspend", "pause", asks("suspend")),
                Item::new("Remove", "trash", asks("remove")).grave(),
            ],
            ..Menu::default()
        },
        tabs: tabs
            .into_iter()
            .map(|(label, rest)| Tab { label, href: format!("/users/mem_1{rest}"), current: rest == tab })
            .collect(),
    }
}

fn overview(name: &str) -> OverviewPage {
    let text = |label, text: &str| Fact { label, value: Value::Text(text.into()), sub: None };
    let moment = |label, at| Fact { label, value: Value::At(at), sub: None };
    let head = head(name, "");
    let action = |at: usize, detail| Action { item: head.menu.items[at].clone(), detail };
    OverviewPage {
        frame: frame(Some(Place::Users)),
        facts: vec![
            text("Full name", name),
            text("E-mail", "jonas.weber@halden.example"),
            text("Phone", "+31 10 555 0142"),
            Fact { sub: Some("14:32 there now".into()), ..text("Time zone", "Europe/Amsterdam") },
            Fact { label: "Language", value: Value::Nothing("Not given"), sub: None },
            Fact {
                sub: Some("invited by Amara Okafor, accepted".into()),
                ..moment("Created", reader().on_the_day(at("2024-11-04T09:00Z")))
            },
            moment("Changed", reader().past(at("2026-02-16T09:14Z"))),
            moment("Last login", reader().past(at("2026-02-17T12:18+01:00"))),
        ],
        state: None,
        why: (why("why-action", "action", "Action"), why("why-resource", "resource", "Resource")),
        access: Access {
            roles: vec![RoleBadge::new("Editor", 3)],
            several_roles: false,
            template: Some(("Support lead".into(), "/role-templates/tmpl_1".into())),
            shows_template: true,
            feature: Some(("CRM access".into(), FeatureState::On)),
            matrix: matrix(),
            form: None,
        },
        teams: Some(vec![
            super::view::Place {
                name: "Customer Desk".into(),
                href: Some("/teams/team_1".into()),
                reaches: Some("Reaches 6 resources".into()),
            },
            super::view::Place { name: NASTY.into(), href: None, reaches: None },
        ]),
        projects: Some(Vec::new()),
        actions: vec![
            action(1, "Ends their access at once and keeps everything. Can be undone."),
            action(2, "Ends access for good and frees a seat. What they made stays."),
        ],
        note: None,
        head,
    }
}

fn why(id: &'static str, name: &'static str, label: &'static str) -> Select {
    Select { id, ..Select::new(name, label, vec![Choice::new("view", "View"), Choice::new("x", NASTY)]) }
}

fn access_form(role: RoleField) -> AccessForm {
    let form = edit();
    AccessForm {
        action: form.action,
        version: form.version,
        was: form.was,
        role,
        warning: Some(Callout::new(Tone::Warn, "Hand out Admin with care.", NASTY)),
        template: form.template.map(|select| Select { id: "access-template", ..select }),
        template_href: Some("/role-templates/tpl_1".into()),
        feature: form.feature,
        matrix: form.matrix,
    }
}

fn matrix() -> Matrix {
    use By::{Absent, Direct, Nobody, Role, Template, Withheld};
    let row = |label: &str, cells: [By; 6]| Row {
        label: label.into(),
        note: (cells[0] == Withheld).then(|| "CRM access is off".into()),
        cells: cells
            .into_iter()
            .map(|by| Cell { by, says: format!("Something in {label}"), value: None, kept: None })
            .collect(),
    };
    Matrix {
        caption: "Permissions of Jonas Weber and where each comes from".into(),
        actions: ["View", "Create", "Edit", "Delete", "Manage", "Export"].map(str::to_owned).to_vec(),
        rows: vec![
            row("Conversations", [Role, Role, Role, Nobody, Template, Absent]),
            row("Settings", [Role, Nobody, Nobody, Nobody, Nobody, Absent]),
            row("Users", [Template, Nobody, Nobody, Nobody, Nobody, Absent]),
            row("Analytics", [Role, Nobody, Nobody, Nobody, Nobody, Template]),
            row("Experiments", [Role, Direct, Direct, Nobody, Nobody, Absent]),
            row("CRM", [Withheld, Nobody, Withheld, Nobody, Nobody, Nobody]),
        ],
        legend: [
            (Role, "By role"),
            (Template, "By role template"),
            (Direct, "Granted directly"),
            (Nobody, "Not granted"),
        ]
        .map(|(by, words)| (by, words.to_owned()))
        .to_vec(),
    }
}

fn pager() -> Pager {
    Pager { summary: "3 of 3 shown".into(), previous: None, next: None }
}

fn user_sessions() -> UserSessionsPage {
    UserSessionsPage {
        frame: frame(Some(Place::Users)),
        head: head("Jonas Weber", "/sessions"),
        sessions: sessions(false),
        pager: pager(),
    }
}

fn user_attempts() -> UserAttemptsPage {
    UserAttemptsPage {
        frame: frame(Some(Place::Users)),
        head: head("Jonas Weber", "/login-attempts"),
        attempts: attempts(false),
        zone: "Europe/Brussels".into(),
        pager: pager(),
    }
}

fn user_audit() -> UserAuditPage {
    UserAuditPage {
        frame: frame(Some(Place::Users)),
        head: head("Jonas Weber", "/audit"),
        timeline: Timeline { events: events() },
        zone: "Europe/Brussels".into(),
        pager: pager(),
    }
}

fn user_past() -> PastPage {
    PastPage {
        frame: frame(Some(Place::Users)),
        head: head("Jonas Weber", "/past"),
        day: "2026-02-03".into(),
        today: "2026-02-17".into(),
        zone: "Europe/Brussels".into(),
        problem: None,
        told: "at the end of 3 Feb 2026".into(),
        unknown: None,
        then: Some(ThenView {
            status: Status::new(Shape::Active, "Active"),
            roles: vec![RoleBadge::new("Editor", 3)],
            template: Some("Support lead".into()),
            features: vec![("CRM access".into(), true)],
            teams: Some(NASTY.into()),
            projects: None,
            matrix: matrix(),
        }),
        trail: Some("/audit?target=mem_1&from=2026-02-03&to=2026-02-03".into()),
        timeline: Timeline { events: events() },
    }
}

fn edit() -> EditPage {
    let zones =
        [Choice::new("", "Not chosen"), Choice::new("Europe/Amsterdam", "Europe/Amsterdam").chosen(true)];
    let templates = [Choice::new("", "None"), Choice::new("tpl_1", "Support lead").chosen(true)];
    let teams = [Choice::new("team_1", "Customer Desk").chosen(true), Choice::new("team_2", NASTY)];
    EditPage {
        frame: frame(Some(Place::Users)),
        name: "Jonas Weber".into(),
        action: "/users/mem_1/edit".into(),
        user: "/users/mem_1".into(),
        back: "/users/mem_1".into(),
        version: 7,
        was: r#"{"firstName":"Jonas"}"#.into(),
        problem: None,
        meanwhile: Vec::new(),
        first_name: Field::text("firstName", "First name").required().value("Jonas"),
        last_name: Field::text("lastName", "Last name").required().value("Weber"),
        contact: Some(Contact {
            email: Field::email("email", "E-mail")
                .required()
                .value("jonas.weber@halden.example")
                .hint("They sign in with it."),
            phone: Field::telephone("phone", "Phone number").value("+31 10 555 0142"),
            time_zone: Select::new("timeZone", "Time zone", zones.to_vec()),
            locale: Field::text("locale", "Language").hint("As a tag: en, en-GB, de."),
            status: Select::new(
                "status",
                "Status",
                vec![Choice::new("active", "Active"), Choice::new("suspended", "Suspended")],
            )
            .hint("Suspended people can't sign in and keep their records."),
        }),
        role: role_picker(),
        role_warning: None,
        template: Some(Select::new("roleTemplate", "Role template", templates.to_vec())),
        feature: Some(feature()),
        teams: Some(Picks { name: "teams", legend: "Teams", options: teams.to_vec() }),
        projects: None,
        matrix: matrix(),
        ends: Field::day("endsAt", "Ends")
            .hint("The last day of the membership, in Europe/Brussels. They are told a week before.")
            .value("2026-06-30"),
        matrix_open: false,
    }
}
