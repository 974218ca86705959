//! The pages of an import, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::list::{Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::console::seats::SeatMeter;
use crate::job::view::{Line, Rows, Tally};
use crate::job::{Counts, Kind, Outcome};

pub fn all() -> Vec<Sample> {
    let mut refused = upload();
    refused.problem = Some(Callout::new(Tone::Bad, "The file was not taken. Nothing was sent.", NASTY));
    refused.file_error = Some("Choose a CSV file.".to_owned());
    refused.recent.clear();
    let mut nothing = preview();
    (nothing.sent, nothing.skipped, nothing.rows.lines) = (0, 1, Vec::new());
    vec![
        sample("import", &upload()),
        sample("import-refused", &refused),
        sample("import-preview", &preview()),
        sample("import-preview-nothing", &nothing),
        sample("import-progress", &ProgressPage { frame: frame(Some(Place::Users)), done: 5, total: 8 }),
        sample("import-result", &result()),
    ]
}

fn upload() -> UploadPage {
    let roles = vec![Choice::new("user", "User").chosen(true), Choice::new("admin", NASTY)];
    UploadPage {
        frame: frame(Some(Place::Users)),
        seats: SeatMeter { limit: Some(50), active: 37, ..SeatMeter::default() },
        kept: None,
        problem: None,
        file_error: None,
        role: Select::new("role", "Role for everyone", roles).hint("User is the default role here."),
        template: Some(Select::new(
            "roleTemplate",
            "Role template",
            vec![Choice::new("", "None").chosen(true)],
        )),
        recent: vec![Recent {
            href: "/users/import/job_1".to_owned(),
            name: NASTY.to_owned(),
            by: NASTY.to_owned(),
            at: reader().noted(at("2026-02-17T14:34:00Z")),
            told: "8 of 12 rows sent".to_owned(),
        }],
    }
}

fn tally() -> Tally {
    Tally::of(Kind::Import, Counts([5, 1, 2, 1, 0, 0, 3]))
}

fn rows() -> Rows {
    let line = |(row, outcome): (i64, &Outcome)| Line {
        href: None,
        row,
        email: if row == 1 { String::new() } else { format!("person{row}@halden.example") },
        name: NASTY.to_owned(),
        outcome: *outcome,
        detail: NASTY.to_owned(),
    };
    Rows {
        caption: "Preview of 12 rows".to_owned(),
        numbered: true,
        lines: (1..).zip(Kind::Import.outcomes()).map(line).collect(),
        next: Some("/users/import/job_1?after=200".to_owned()),
        none: "There are no such rows.",
    }
}

fn preview() -> PreviewPage {
    let tab = |label: &str, current| Tab {
        label: label.to_owned(),
        href: "/users/import/job_1".to_owned(),
        count: Some(12),
        current,
    };
    PreviewPage {
        frame: frame(Some(Place::Users)),
        action: "/users/import/job_1".to_owned(),
        file: NASTY.to_owned(),
        tally: tally(),
        seats: Callout::new(
            Tone::Warn,
            "49 of 50 seats after this import.",
            "It takes 7 seats and leaves 1.",
        ),
        tabs: Tabs { label: "Outcome", tabs: vec![tab("All rows", true), tab("Will be sent", false)] },
        rows: rows(),
        sent: 8,
        skipped: 4,
    }
}

fn result() -> ResultPage {
    ResultPage {
        frame: frame(Some(Place::Users)),
        told: format!("{NASTY}, imported by {NASTY}"),
        at: reader().noted(at("2026-02-17T14:34:00Z")),
        summary: Callout::new(Tone::Ok, "8 invitations are on their way.", "49 of 50 seats are in use now."),
        tally: tally(),
        action: "/users/import/job_1".to_owned(),
        skipped: 4,
        open: 8,
        rows: rows(),
    }
}
