//! The pages about teams and projects, filled for looking at and for checking.

use super::view::*;
use super::{Closed, Impact, Kind};
use crate::console::field::{Field, TextArea};
use crate::console::list::{Pager, Shape, Status};
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::console::person::{Avatar, PersonCell};
use crate::console::role::RoleBadge;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let mut none = groups(Kind::Project);
    none.rows.clear();
    let mut nothing = groups(Kind::Team);
    nothing.rows.clear();
    nothing.search = NASTY.to_owned();
    let mut empty = group();
    empty.resources = Some(Vec::new());
    empty.members = Some(Members { search: String::new(), rows: Vec::new(), pager: Pager::default() });
    let mut closed = group();
    (closed.members, closed.resources, closed.may_edit, closed.may_delete) = (None, None, false, false);
    let mut nobody = group();
    nobody.members = Some(Members { search: NASTY.to_owned(), rows: Vec::new(), pager: Pager::default() });
    let mut no_people = people();
    no_people.people.clear();
    no_people.failures.clear();
    vec![
        sample("teams", &groups(Kind::Team)),
        sample("projects-first-run", &none),
        sample("teams-none-found", &nothing),
        sample("team", &group()),
        sample("team-empty", &empty),
        sample("team-seen-by-few", &closed),
        sample("team-nobody-found", &nobody),
        sample("team-create", &edit(None)),
        sample("team-edit-refused", &edit(Some(NASTY.to_owned()))),
        sample("team-people", &people()),
        sample("team-people-nobody", &no_people),
        sample("team-delete", &delete()),
    ]
}

fn groups(kind: Kind) -> GroupsPage {
    let row = |name: &str, description: &str, people: &str| GroupRow {
        name: name.into(),
        href: "/teams/team_1".into(),
        description: description.into(),
        faces: vec![
            Avatar::person(name, "amara.okafor@halden.example"),
            Avatar::person("", "x@halden.example"),
        ],
        people: people.into(),
        resources: Some(6),
        menu: Menu {
            id: format!("m-{}", description.len()),
            label: format!("Actions for {name}"),
            items: vec![
                Item::new("Edit team", "edit", Does::Asks("/teams/team_1/edit".into())),
                Item::new("Delete team", "trash", Does::Asks("/teams/team_1/delete".into())).grave(),
            ],
            ..Menu::default()
        },
    };
    GroupsPage {
        frame: frame(Some(kind.place())),
        kind,
        search: String::new(),
        may_create: true,
        count: "3 teams".into(),
        rows: vec![
            row("Antwerp Customs", "Clears inbound containers", "7 people"),
            row("Customer Desk", "", "1 person"),
            row(NASTY, NASTY, "0 people"),
        ],
        pager: Pager { summary: "3 of 3 shown".into(), previous: None, next: None },
    }
}

fn group() -> GroupPage {
    let row = |name: &str, shape, label: &str, out: bool| MemberRow {
        person: PersonCell {
            name: name.into(),
            email: "someone@halden.example".into(),
            href: Some("/users/mem_1".into()),
            you: !out,
        },
        roles: vec![RoleBadge::new("Editor", 3)],
        status: Status::new(shape, label),
        added: reader().on_the_day(at("2025-03-11T09:00+01:00")),
        take_out: out.then(|| "/teams/team_1/people/mem_1/take-out".into()),
    };
    let reach = |name: &str, level, who: &str| Reach {
        name: name.into(),
        href: "/resources/res_1".into(),
        kind: "data_collection".into(),
        level,
        who: who.into(),
        who_can: Some("/access/who?action=view&resource=inbox:1".into()),
    };
    GroupPage {
        frame: frame(Some(Kind::Team.place())),
        kind: Kind::Team,
        name: NASTY.into(),
        href: "/teams/team_1".into(),
        description: "First line for shippers.\nAnswers within the hour.".into(),
        reach: "9 people reach 2 resources through this team.".into(),
        people: 9,
        may_edit: true,
        may_delete: true,
        members: Some(Members {
            search: String::new(),
            rows: vec![
                row("Jonas Weber", Shape::Active, "Active", true),
                row("", Shape::Invited, "Invited", true),
                row(NASTY, Shape::Suspended, "Suspended", false),
            ],
            pager: Pager {
                summary: "3 of 9 shown".into(),
                previous: None,
                next: Some("/teams/team_1?cursor=a".into()),
            },
        }),
        resources: Some(vec![
            reach("Customer Desk inbox", "Manage", "This team alone"),
            reach(NASTY, "View", "2 other teams, projects or people"),
        ]),
        more_resources: true,
    }
}

fn edit(refused: Option<String>) -> EditPage {
    let problem =
        refused.as_ref().map(|_| Callout::new(Tone::Bad, "Not saved.", "Mend what is marked below."));
    EditPage {
        frame: frame(Some(Kind::Team.place())),
        kind: Kind::Team,
        action: "/teams".into(),
        back: "/teams".into(),
        name: Field::text("name", "Name")
            .required()
            .value(refused.clone().unwrap_or_default())
            .error(refused.as_ref().map(|_| "There is a team of this name already.".into())),
        description: TextArea {
            name: "description",
            label: "What it is for",
            rows: 3,
            value: refused.clone().unwrap_or_default(),
            ..TextArea::default()
        },
        problem,
        version: "3".into(),
        existing: refused,
    }
}

fn people() -> PeoplePage {
    let candidate = |name: &str, locked: Option<&str>, chosen| Candidate {
        id: "mem_1".into(),
        name: name.into(),
        email: "someone@halden.example".into(),
        chosen,
        locked: locked.map(str::to_owned),
    };
    PeoplePage {
        frame: frame(Some(Kind::Team.place())),
        kind: Kind::Team,
        name: "Customer Desk".into(),
        href: "/teams/team_1".into(),
        search: "a".into(),
        outcome: Some(Callout::new(
            Tone::Warn,
            "2 people are in Customer Desk now.",
            "1 person was not added; the reason stands below.",
        )),
        failures: vec![Failure {
            name: NASTY.into(),
            why: "Their role is beyond what yours may manage.".into(),
        }],
        people: vec![
            candidate("Jonas Weber", None, true),
            candidate("Amara Okafor", Some("In it already"), false),
            candidate(NASTY, None, false),
        ],
        pager: Pager { summary: "3 shown".into(), previous: None, next: None },
    }
}

fn delete() -> PanelPage {
    let closed = |name: &str, losing| Closed {
        kind: "agent".into(),
        external_id: "a".into(),
        name: name.into(),
        losing,
    };
    let resources = (0..12).map(|n| closed(if n == 0 { NASTY } else { "Rates" }, n + 1)).collect();
    let impact = Impact { members: 9, resources, rules: 12 };
    let mut page = PanelPage::new(frame(Some(Kind::Team.place())), "Delete Customer Desk?", "Delete team");
    page.danger = true;
    page.impact = super::pages::impact_lines(Kind::Team, &impact);
    page.fields = vec![Field::text("confirm", "Confirm").exactly("Customer Desk")];
    page
}
