//! The page about the audit trail, filled for looking at and for checking.

use super::view::*;
use super::words::{Line, Sentence};
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::list::Pager;
use crate::console::person::Avatar;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let mut on_one = page();
    on_one.only_on = Some((NASTY.into(), "/audit".into()));
    let mut none = page();
    none.search = NASTY.into();
    none.clear = Some("/audit".into());
    none.events.clear();
    none.further = None;
    let mut further = page();
    further.events.clear();
    vec![
        sample("audit", &page()),
        sample("audit-on-one", &on_one),
        sample("audit-none-found", &none),
        sample("audit-further", &further),
    ]
}

fn page() -> AuditPage {
    let who = [Choice::new("", "Anybody"), Choice::new("mem_1", "Mara Lindqvist")];
    let what = [Choice::new("", "Any event"), Choice::new("member.suspended", "User suspended")];
    AuditPage {
        frame: frame(Some(Place::Audit)),
        search: String::new(),
        filters: vec![
            Select::new("actor", "Who", who.to_vec()),
            Select::new("action", "Event", what.to_vec()),
        ],
        from: String::new(),
        to: "2026-02-17".into(),
        zone: "Europe/Brussels".into(),
        count: "462 entries".into(),
        only_on: None,
        clear: None,
        carried: Vec::new(),
        events: events(),
        further: Some(Further { href: "/audit?cursor=a".into() }),
        pager: Pager {
            summary: "6 of 462 shown".into(),
            previous: None,
            next: Some("/audit?cursor=a".into()),
        },
        csv: "/api/v1/organizations/halden/audit-events.csv".into(),
        json_lines: "/api/v1/organizations/halden/audit-events.jsonl".into(),
    }
}

pub fn events() -> Vec<EventRow> {
    let line = |label: &str, before: Option<&str>, after: &str| Line {
        label: label.into(),
        before: before.map(str::to_owned),
        after: after.into(),
    };
    let row = |who: &str, before: &str, target: &str, refused: bool, changes: Vec<Line>| EventRow {
        when: reader().noted(at("2026-02-16T09:14+01:00")),
        who: Party {
            name: who.into(),
            href: (who != "Command line").then(|| "/users/mem_1".into()),
            avatar: Avatar::person(if who == "Command line" { "" } else { who }, who).small(),
        },
        sentence: Sentence { before: before.into(), target: target.into(), after: String::new() },
        target_href: (!refused).then(|| "/users/mem_2".into()),
        icon: "shield",
        refused,
        changes,
        origin: Origin {
            ip: "203.0.113.8".into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
            request: "01jm3f2v7e9k2c4b6a8d0e1f2g".into(),
            id: "evt_01jm3f2v7e9k2c4b6a8d0e1f2g".into(),
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        },
        by_them: Some("/audit?actor=mem_1".into()),
        on_it: Some("/audit?target=mem_2".into()),
    };
    let permissions = vec![
        line("Permissions", Some("nothing"), "experiments: create, edit; crm: view"),
        line("Teams", Some("Customer Desk"), "Customer Desk, Night Desk"),
    ];
    vec![
        row("Mara Lindqvist", "changed ", "Jonas Weber", false, permissions),
        row(
            "Mara Lindqvist",
            "changed the roles of ",
            "Jonas Weber",
            false,
            vec![line("Roles", Some("Agent"), "Editor")],
        ),
        row("Amara Okafor", "suspended ", "Olga Petrova", false, Vec::new()),
        row(
            "Bo Manager",
            "tried to remove ",
            "Mara Lindqvist",
            true,
            vec![line("Reason", None, "their role does not allow it")],
        ),
        row("Command line", "set up ", "Halden Freight", false, vec![line("Name", None, "Halden Freight")]),
        row(NASTY, "invited ", NASTY, false, vec![line("E-mail", None, NASTY)]),
    ]
}
