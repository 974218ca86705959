//! The pages of a bulk action, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Choices, Field, Select};
use crate::console::layout::Place;
use crate::console::list::{Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::job::view::{Line, Rows, Tally};
use crate::job::{Counts, Kind, Outcome};

pub fn all() -> Vec<Sample> {
    let mut nobody = ask();
    nobody.problem = Some(Callout::new(Tone::Warn, "Nobody is selected.", NASTY));
    (nobody.what, nobody.whom, nobody.goes_on) = (None, None, false);
    let mut nothing = preview();
    (nothing.verb, nothing.rows.lines) = (None, Vec::new());
    let recent = Recent {
        href: "/users/bulk/job_1".to_owned(),
        name: NASTY.to_owned(),
        by: NASTY.to_owned(),
        at: reader().noted(at("2026-02-17T14:34:00Z")),
        told: "40 of 42 done".to_owned(),
    };
    let frame = || frame(Some(Place::Users));
    let progress = ProgressPage { frame: frame(), name: NASTY.to_owned(), done: 400, total: 900 };
    vec![
        sample("bulk-ask", &ask()),
        sample("bulk-ask-nobody", &nobody),
        sample("bulk-preview", &preview()),
        sample("bulk-preview-nothing", &nothing),
        sample("bulk-progress", &progress),
        sample("bulk-result", &result()),
        sample("bulk-recent", &RecentPage { frame: frame(), recent: vec![recent] }),
        sample("bulk-recent-none", &RecentPage { frame: frame(), recent: Vec::new() }),
    ]
}

fn ask() -> AskPage {
    let roles = vec![Choice::new("user", "User").chosen(true), Choice::new("admin", NASTY)];
    let whom = vec![
        Choice::new("", "The 12 people selected").chosen(true),
        Choice::new("all", "All 400 people that match the filters"),
    ];
    AskPage {
        frame: frame(Some(Place::Users)),
        title: "Change role of several people".to_owned(),
        problem: None,
        impact: vec![NASTY.to_owned()],
        what: Some(Select::new("to", "New role", roles)),
        whom: Some(Choices { name: "whom", legend: "Who", options: whom, ..Choices::default() }),
        hidden: vec![("action", "setRole".to_owned()), ("id", NASTY.to_owned())],
        back: "/users?status=active".to_owned(),
        goes_on: true,
    }
}

fn tabs() -> Tabs {
    let tab = |label: &str, current| Tab {
        label: label.to_owned(),
        href: "/users/bulk/job_1".to_owned(),
        count: Some(3),
        current,
    };
    Tabs { label: "Outcome", tabs: vec![tab("All", true), tab("Failed", false)] }
}

fn rows() -> Rows {
    let line = |(row, outcome): (i64, &Outcome)| Line {
        row,
        email: format!("person{row}@halden.example"),
        name: NASTY.to_owned(),
        href: Some("/users/mem_1".to_owned()),
        outcome: *outcome,
        detail: NASTY.to_owned(),
    };
    Rows {
        caption: NASTY.to_owned(),
        numbered: false,
        lines: (1..).zip(Kind::Bulk.outcomes()).map(line).collect(),
        next: Some("/users/bulk/job_1?after=200".to_owned()),
        none: "There is nobody among them.",
    }
}

fn preview() -> PreviewPage {
    PreviewPage {
        frame: frame(Some(Place::Users)),
        name: NASTY.to_owned(),
        action: "/users/bulk/job_1".to_owned(),
        tally: Tally::of(Kind::Bulk, Counts([0, 0, 0, 0, 9, 2, 1])),
        notice: Some(Callout::new(Tone::Plain, "The first 500 of 900 people were looked at.", NASTY)),
        impact: vec![NASTY.to_owned()],
        tabs: tabs(),
        rows: rows(),
        confirm: Some(Field::text("confirm", "Confirm").exactly("remove")),
        problem: None,
        verb: Some("Remove: 9 people".to_owned()),
        danger: true,
    }
}

fn result() -> ResultPage {
    ResultPage {
        frame: frame(Some(Place::Users)),
        name: NASTY.to_owned(),
        by: NASTY.to_owned(),
        at: reader().noted(at("2026-02-17T14:34:00Z")),
        summary: Callout::new(Tone::Ok, "Done for 9 people.", NASTY),
        tally: Tally::of(Kind::Bulk, Counts([0, 0, 0, 0, 9, 2, 1])),
        action: "/users/bulk/job_1".to_owned(),
        tabs: tabs(),
        rows: rows(),
    }
}
