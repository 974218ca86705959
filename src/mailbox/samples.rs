//! The mailbox, filled for looking at and for checking.

use super::view::*;
use crate::console::layout::Bare;
use crate::console::sample::{NASTY, Sample, at, reader, sample};

pub fn all() -> Vec<Sample> {
    let line = |to: &str, subject: &str, when| LetterLine {
        href: "/mailbox/1".into(),
        to: to.into(),
        subject: subject.into(),
        at: reader().past(at(when)),
    };
    let letters = vec![
        line(
            "femke.bakker@halden.example",
            "Amara Okafor invited you to Halden Freight",
            "2026-02-17T13:29:50Z",
        ),
        line("elif.demir@halden.example", NASTY, "2026-02-16T09:00Z"),
    ];
    let letter = LetterPage {
        bare: Bare::default(),
        from: "Roster <roster@localhost>".into(),
        to: "femke.bakker@halden.example".into(),
        subject: "Amara Okafor invited you to Halden Freight".into(),
        at: reader().past(at("2026-02-17T13:29:50Z")),
        text: format!("Hello,\n\nAmara Okafor invited you.\n\n{NASTY}\n\nhttp://127.0.0.1:8080/i/abc"),
        links: vec!["http://127.0.0.1:8080/i/abc".into()],
        html: "/mailbox/1/html".into(),
    };
    vec![
        sample("mailbox", &MailboxPage { bare: Bare::default(), letters }),
        sample("mailbox-empty", &MailboxPage { bare: Bare::default(), letters: Vec::new() }),
        sample("letter", &letter),
    ]
}
