//! The pages about resources, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Choices, Field, Select};
use crate::console::layout::Place;
use crate::console::list::Pager;
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let mut none = list();
    (none.rows, none.types) = (Vec::new(), None);
    let mut nothing = list();
    nothing.rows.clear();
    (nothing.filtered, nothing.search) = (true, NASTY.to_owned());
    let mut open = one();
    open.open = true;
    let mut nobody = one();
    nobody.rules.clear();
    vec![
        sample("resources", &list()),
        sample("resources-first-run", &none),
        sample("resources-none-found", &nothing),
        sample("resource", &one()),
        sample("resource-open", &open),
        sample("resource-for-nobody", &nobody),
        sample("resource-visibility", &visibility()),
        sample("resource-delete", &delete()),
    ]
}

fn list() -> ResourcesPage {
    let row = |name: &str, open, visible_to: &str| ResourceRow {
        name: name.into(),
        href: "/resources/res_1".into(),
        kind: "data_collection".into(),
        category: "Data collections".into(),
        visible_to: visible_to.into(),
        open,
        registered: reader().on_the_day(at("2026-02-02T09:00+01:00")),
    };
    ResourcesPage {
        frame: frame(Some(Place::Resources)),
        search: String::new(),
        types: Some(Select::new(
            "type",
            "Type",
            vec![Choice::new("", "Any type"), Choice::new("agent", "agent")],
        )),
        count: "3 resources".into(),
        filtered: false,
        rows: vec![
            row("Carrier rates 2026", false, "2 teams, 1 person"),
            row("Tariff codes", true, "Everybody here"),
            row(NASTY, false, "Nobody named"),
        ],
        pager: Pager { summary: "3 of 3 shown".into(), previous: None, next: None },
        api: "/api/v1/organizations/halden/resources".into(),
        category: "agents".into(),
    }
}

fn one() -> ResourcePage {
    let rule = |name: &str, kind, href: Option<&str>| RuleRow {
        name: name.into(),
        href: href.map(str::to_owned),
        kind,
        level: "Edit",
    };
    ResourcePage {
        frame: frame(Some(Place::Resources)),
        name: NASTY.into(),
        href: "/resources/res_1".into(),
        who: Some("/access/who?action=view".into()),
        id: "res_01kf0e44m0e00awh7f1rq8kgtt".into(),
        kind: "agent".into(),
        external_id: NASTY.into(),
        category: "Agents".into(),
        registered: reader().past(at("2026-02-02T09:00+01:00")),
        changed: reader().past(at("2026-02-17T13:00+01:00")),
        open: false,
        top_roles: "Owner".into(),
        rules: vec![
            rule("Operations", "Team", Some("/teams/team_1")),
            rule(NASTY, "Project", None),
            rule("Jonas Weber", "Person", Some("/users/mem_1")),
        ],
        may_edit: true,
        may_delete: true,
    }
}

fn visibility() -> VisibilityPage {
    let rule = |id: &str, name: &str, kind, level: &str| RuleChoice {
        id: id.into(),
        name: name.into(),
        kind,
        level: level.into(),
    };
    VisibilityPage {
        frame: frame(Some(Place::Resources)),
        name: "Slot planner".into(),
        href: "/resources/res_1".into(),
        problem: Some(Callout::new(Tone::Bad, "Not saved.", "Mend what is marked below and send it again.")),
        step: "save".into(),
        visibility: Choices {
            name: "visibility",
            legend: "Visible to",
            options: vec![
                Choice::new("organization", "Everybody in Halden Freight")
                    .detail("Their permissions decide."),
                Choice::new("restricted", "Some").detail("Those chosen below.").chosen(true),
            ],
            ..Choices::default()
        },
        rules: vec![
            rule("team_1", "Operations", "Team", "edit"),
            rule("proj_1", NASTY, "Project", ""),
            rule("mem_1", "Jonas Weber", "Person", "manage"),
        ],
        more: true,
        person: Some((
            Field::email("person", "Add a person by e-mail")
                .value("nobody@halden.example")
                .error(Some("Nobody here has this e-mail address. Check it, or invite them first.".into())),
            Select::new(
                "personLevel",
                "Up to",
                vec![Choice::new("view", "View"), Choice::new("edit", "Edit")],
            ),
        )),
        version: "3".into(),
    }
}

fn delete() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Resources)), "Take Slot planner out?", "Take it out");
    page.danger = true;
    page.impact = vec!["Visible to now: 2 teams. After that Roster lets nobody reach it.".into()];
    page.fields = vec![Field::text("confirm", "Confirm").exactly("Slot planner")];
    page
}
