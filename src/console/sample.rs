//! What the samples of all pages share: a clock, a person, a text that tries to break out.

use askama::Template;
use jiff::tz::TimeZone;

use crate::access_model::{Labels, Words};
use crate::base::time::Timestamp;

use super::layout::{Frame, Person, Place, Workspace};
use super::notice::Toast;
use super::time::Reader;

/// A page by name.
pub type Sample = (&'static str, String);

pub fn sample(name: &'static str, page: &impl Template) -> Sample {
    (name, page.render().expect("a page renders"))
}

/// Half past two on a Tuesday in Brussels: the clock of all samples.
pub fn reader() -> Reader {
    Reader { now: at("2026-02-17T14:30+01:00"), zone: TimeZone::get("Europe/Brussels").expect("a zone") }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// Mara, an Admin of three organizations.
pub fn frame(here: Option<Place>) -> Frame {
    let workspace = |id: &str, name: &str, roles: &str| Workspace {
        id: id.into(),
        name: name.into(),
        roles: roles.into(),
    };
    Frame {
        organization: workspace("org_1", "Halden Freight", "Admin"),
        others: vec![
            workspace("org_2", "Halden Labs", "Owner"),
            workspace("org_3", "Brightwater Clinics", "Monitor"),
        ],
        person: Person { name: "Mara Lindqvist".into(), email: "mara.lindqvist@halden.example".into() },
        places: vec![
            (Place::Users, Some(42)),
            (Place::Invitations, Some(5)),
            (Place::Teams, None),
            (Place::Projects, None),
            (Place::Roles, None),
            (Place::Resources, None),
            (Place::AccessCheck, None),
            (Place::Reviews, None),
            (Place::Sessions, None),
            (Place::LoginAttempts, None),
            (Place::Audit, None),
        ],
        here,
        toast: Toast::default(),
        labels: labels(),
    }
}

fn labels() -> Labels {
    let words = Words {
        organization: "workspace".into(),
        organizations: "workspaces".into(),
        member: "user".into(),
        members: "users".into(),
    };
    Labels { words, ..Labels::default() }
}

/// A text that no page may repeat unescaped.
pub const NASTY: &str = r#"<script>alert(1)</script>" onload="x' & {{ 7 }}"#;
