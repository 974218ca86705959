//! The page about sessions, filled for looking at and for checking.

use super::view::*;
use crate::console::layout::Place;
use crate::console::list::Pager;
use crate::console::person::PersonCell;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let mut nobody = page();
    nobody.search = NASTY.to_owned();
    nobody.sessions.rows.clear();
    vec![sample("sessions", &page()), sample("sessions-none-found", &nobody)]
}

fn page() -> SessionsPage {
    SessionsPage {
        frame: frame(Some(Place::Sessions)),
        search: String::new(),
        carried: vec![("limit", "20".to_owned())],
        count: "58 sessions".to_owned(),
        sessions: table(true),
        pager: Pager {
            summary: "5 of 58 shown".into(),
            previous: None,
            next: Some("/sessions?cursor=a".into()),
        },
    }
}

pub fn table(of_many: bool) -> SessionTable {
    let row = |name: &str, device: &str, ip: &str, active: &str, end| SessionRow {
        person: PersonCell {
            name: name.into(),
            email: "someone@halden.example".into(),
            href: Some("/users/mem_1".into()),
            you: end == End::SignOut,
        },
        device: device.into(),
        ip: ip.into(),
        started: reader().noted(at("2026-02-11T07:52+01:00")),
        last_active: reader().past(at(active)),
        end,
    };
    let revoke = |n| End::Revoke(format!("/sessions/ses_{n}/revoke"));
    SessionTable {
        caption: "Sessions".into(),
        of_many,
        rows: vec![
            row(
                "Mara Lindqvist",
                "Firefox on Windows",
                "203.0.113.8",
                "2026-02-17T14:30+01:00",
                End::SignOut,
            ),
            row(
                "Jonas Weber",
                "Safari on iPhone",
                "2001:db8:4f:1200:9a2c:33ff:fe01:8a1",
                "2026-02-16T12:00+01:00",
                revoke(1),
            ),
            row("Amara Okafor", "Chrome on Windows", "198.51.100.77", "2026-02-12T09:00+01:00", End::Nothing),
            row("", "curl", "192.0.2.61", "2026-02-17T12:00+01:00", revoke(2)),
            row(NASTY, NASTY, "192.0.2.61", "2026-02-17T12:00+01:00", revoke(3)),
        ],
    }
}
