//! The pages about roles and role templates, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Check, Choice, Choices, Field, TextArea};
use crate::console::layout::Place;
use crate::console::matrix::{By, Cell, Matrix, Row};
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::console::person::Avatar;
use crate::console::role::RoleBadge;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::member::samples::role_picker;

pub fn all() -> Vec<Sample> {
    let none = RolesPage { templates: Vec::new(), warning: None, ..roles() };
    let mut looked_at = roles();
    looked_at.may_manage = false;
    looked_at.roles[0].description = NASTY.into();
    looked_at.templates[0].name = NASTY.into();
    let mut new_role = role();
    new_role.title = "New role".into();
    new_role.key = Some(Field::text("key", "Key").required().hint("How programs call it."));
    new_role.notes.clear();
    let mut weighed_role = role();
    weighed_role.weighed = Some(weighed());
    let mut refused = role();
    let text = "You can give only what you hold yourself.";
    refused.problem = Some(Callout::new(Tone::Bad, "Not saved.", text));
    let mut locked = role();
    let text = "Your role is Manager. Somebody with a higher role can change it.";
    locked.locked = Some(Callout::new(Tone::Plain, "You can look at this role, not change it.", text));
    let mut weighed_template = template(NASTY);
    weighed_template.weighed = Some(weighed());
    let mut new_template = template("New template");
    new_template.holders = None;
    let mut unused = template("Carrier contact");
    unused.holders = Some(Holders::default());
    let mut locked_template = template("Support lead");
    let text = "This needs the permission users:manage.";
    locked_template.locked = Some(Callout::new(Tone::Plain, "You can look, not change.", text));
    vec![
        sample("roles", &roles()),
        sample("roles-no-templates", &none),
        sample("roles-looked-at", &looked_at),
        sample("role", &role()),
        sample("role-new", &new_role),
        sample("role-weighed", &weighed_role),
        sample("role-refused", &refused),
        sample("role-locked", &locked),
        sample("role-delete", &delete()),
        sample("template", &template("Support lead")),
        sample("template-weighed", &weighed_template),
        sample("template-new", &new_template),
        sample("template-unused", &unused),
        sample("template-locked", &locked_template),
    ]
}

const AREAS: [&str; 7] =
    ["Conversations", "Settings", "Users", "Analytics", "Integrations", "Experiments", "CRM"];

fn roles() -> RolesPage {
    let level =
        |weight: u8| Level { weight, label: ["None", "View", "Edit", "Manage"][weight as usize].into() };
    let row = |label: &str, description: &str, bars: u8, weight: u8| RoleRow {
        href: "/roles/role_1".into(),
        badge: RoleBadge::new(label, bars),
        description: description.into(),
        tags: if bars == 6 { vec!["Top role: one active person always has one"] } else { Vec::new() },
        people: i64::from(20 - bars * 3),
        people_href: "/users?role=admin".into(),
        grants: if weight == 3 { "Everyone" } else { "Nobody" }.into(),
        levels: AREAS.iter().map(|_| level(weight)).collect(),
        menu: menu(&format!("m-{label}"), label),
    };
    RolesPage {
        frame: frame(Some(Place::Roles)),
        may_manage: true,
        warning: Some(
            Callout::new(Tone::Warn, "Manager may grant Admin.", "They can raise somebody above themselves.")
                .way_out("Edit Manager", "/roles/role_2"),
        ),
        model: "Ranked workspace".into(),
        areas: AREAS.map(str::to_owned).to_vec(),
        roles: vec![
            row("Admin", "Full control of the workspace", 6, 3),
            row("Editor", "Builds and edits. Cannot manage people", 4, 2),
            row("Monitor", "Reads everything, changes nothing", 2, 1),
            row("Agent", "Works in the inbox only", 1, 0),
        ],
        templates: vec![TemplateRow {
            href: "/role-templates/tmpl_1".into(),
            name: "Support lead".into(),
            adds: "Conversations: Manage, Export. Users: View. Analytics: Export. CRM: View, Edit".into(),
            people: 4,
            updated: reader().past(at("2026-02-16T09:00+01:00")),
            menu: menu("m-template", "Support lead"),
        }],
    }
}

fn menu(id: &str, name: &str) -> Menu {
    let items = vec![
        Item::new("Edit", "edit", Does::Opens("/roles/role_1".into())),
        Item::new("Duplicate", "copy", Does::Opens("/roles/new?like=admin".into())),
        Item::new("Show people", "users", Does::Opens("/users?role=admin".into())),
        Item::new("Delete", "trash", Does::Asks("/roles/role_1/delete".into())).grave(),
    ];
    Menu { id: id.into(), label: format!("Actions for {name}"), items, ..Menu::default() }
}

fn matrix() -> Matrix {
    let actions = ["View", "Create", "Edit", "Delete", "Manage", "Export"];
    let cell = |area: &str, place: usize, action: &str| {
        let by = if place < 2 { By::Direct } else { By::Nobody };
        let value =
            (area != "Settings").then(|| format!("{}:{}", area.to_lowercase(), action.to_lowercase()));
        Cell { by, says: format!("{action} {area}"), value, kept: None }
    };
    Matrix {
        caption: "Permissions of Editor".into(),
        actions: actions.map(str::to_owned).to_vec(),
        rows: AREAS
            .iter()
            .map(|area| Row {
                label: (*area).to_owned(),
                note: None,
                cells: actions.iter().enumerate().map(|(place, action)| cell(area, place, action)).collect(),
            })
            .collect(),
        legend: Vec::new(),
    }
}

fn check(name: &str, label: &str, on: bool) -> Check {
    let detail = Some("Also allows what every role of a lower rank allows.".to_owned());
    Check { name: name.into(), label: label.into(), detail, on, switch: false }
}

fn role() -> RolePage {
    let options =
        ["Admin", "Editor", "Monitor"].map(|label| Choice::new(label.to_lowercase(), label)).to_vec();
    let mut options = options;
    options[0].locked = Some("Your own role does not allow you to grant Admin.".into());
    RolePage {
        frame: frame(Some(Place::Roles)),
        title: "Editor".into(),
        lead: "Role, key editor.".into(),
        action: "/roles/role_1".into(),
        locked: None,
        problem: None,
        weighed: None,
        key: None,
        label: Field::text("label", "Name").required().value("Editor"),
        description: TextArea {
            name: "description",
            label: "Description",
            rows: 2,
            value: "Builds and edits. Cannot manage people.".into(),
            ..TextArea::default()
        },
        rank: Field::text("rank", "Rank").value("30").hint("A larger rank is higher. The others: Admin 50."),
        checks: vec![
            check("includesLower", "Includes the lower roles", true),
            check("top", "Top role", false),
        ],
        notes: vec!["This is the default role: what people get where nobody chooses.".into()],
        grants: Some(Choices {
            name: "grants",
            legend: "May grant",
            options,
            many: true,
            wide: true,
            ..Choices::default()
        }),
        matrix: matrix(),
        version: 3,
        organization: "org_1".into(),
    }
}

fn weighed() -> Weighed {
    Weighed {
        sentences: vec![
            "14 users gain Analytics: Export.".into(),
            "1 user loses CRM: View, Edit; Users: View.".into(),
        ],
        people: vec![
            ("/users/mem_1".into(), "Jonas Weber".into(), "gains Analytics: Export".into()),
            ("/users/mem_2".into(), NASTY.into(), "loses CRM: View, CRM: Edit".into()),
        ],
        more: 12,
        verb: "Save for 14 people".into(),
        digest: r#"{"gains":{"analytics:export":14}}"#.into(),
    }
}

fn template(name: &str) -> TemplatePage {
    let holder = |name: &str, roles: &str| Holder {
        href: "/users/mem_1".into(),
        name: name.into(),
        avatar: Avatar::person(name, "x@halden.example"),
        roles: roles.into(),
    };
    TemplatePage {
        frame: frame(Some(Place::Roles)),
        title: name.into(),
        lead: "Role template, used by 14 people.".into(),
        action: "/role-templates/tmpl_1".into(),
        duplicate: Some("/role-templates/new?like=tmpl_1".into()),
        locked: None,
        problem: None,
        weighed: None,
        name: Field::text("name", "Name").required().value(name),
        description: Field::text("description", "Description").value("Runs a desk."),
        matrix: matrix(),
        holders: Some(Holders {
            people: vec![holder("Jonas Weber", "Editor"), holder("Fatima Zahra Benali", "Agent")],
            count: 14,
        }),
        version: 2,
        organization: "org_1".into(),
    }
}

fn delete() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Roles)), "Delete the role Editor?", "Continue");
    page.action = "/roles/role_1/delete".into();
    page.impact = vec!["11 people have this role, invited or active.".into(), "It can't be undone.".into()];
    page.choices = Some(Choices { name: "reassignTo", legend: "What they get instead", ..role_picker() });
    page
}
