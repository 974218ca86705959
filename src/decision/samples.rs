//! The pages of the access check, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Select};
use crate::console::layout::Place;
use crate::console::list::Pager;
use crate::console::notice::{Callout, Tone};
use crate::console::person::Avatar;
use crate::console::sample::{NASTY, Sample, frame, sample};

pub fn all() -> Vec<Sample> {
    let denied = page(Some(answer(false)));
    let allowed = page(Some(answer(true)));
    let mut several = page(None);
    several.problem =
        Some(Callout::new(Tone::Plain, "Several people fit what you typed.", "Choose one of them."));
    several.matches = vec![(NASTY.into(), "jonas@halden.example".into(), "/access?who=mem_1".into())];
    let mut own = page(Some(answer(false)));
    own.own_only = true;
    if let Some(answer) = &mut own.answer {
        answer.remedies.clear();
    }
    let mut nobody = who();
    nobody.rows.clear();
    vec![
        sample("access", &denied),
        sample("access-allowed", &allowed),
        sample("access-first", &page(None)),
        sample("access-several", &several),
        sample("access-own", &own),
        sample("access-who", &who()),
        sample("access-who-nobody", &nobody),
    ]
}

fn selects() -> (Select, Select) {
    let action = Select::new(
        "action",
        "Action",
        vec![Choice::new("view", "View"), Choice::new("edit", "Edit").chosen(true)],
    );
    let thing = Choice::new("integration:rates", format!("{NASTY} (integration)")).chosen(true);
    (
        action,
        Select::new("resource", "Resource", vec![Choice::new("category:users", "Users (everything)"), thing]),
    )
}

fn page(answer: Option<AnswerView>) -> AccessPage {
    let (action, resource) = selects();
    AccessPage {
        frame: frame(Some(Place::AccessCheck)),
        own_only: false,
        who: NASTY.into(),
        who_error: Some(format!("Nobody here fits “{NASTY}”.")),
        people: vec![("jonas@halden.example".into(), NASTY.into())],
        action,
        resource,
        problem: None,
        matches: Vec::new(),
        answer,
    }
}

fn answer(allowed: bool) -> AnswerView {
    let link = |state, icon, label, outcome| LinkView {
        state,
        icon,
        label,
        outcome,
        detail: format!("{NASTY} is active."),
    };
    AnswerView {
        allowed,
        verdict: format!("No. {NASTY} can’t edit {NASTY}."),
        summary: "Two links are missing, and each is needed; they are marked below.".into(),
        parts: vec![
            PartView {
                title: "1. Is the account allowed in?",
                good: true,
                answer: "Yes",
                links: vec![link("pass", "check", "Status", "Passes")],
            },
            PartView {
                title: "2. May they do it?",
                good: allowed,
                answer: "No, nothing gives it",
                links: vec![
                    link("miss", "minus", "Role", "Does not give it"),
                    link("stop", "x", "Direct permission", "Missing"),
                ],
            },
        ],
        remedies: vec![
            RemedyView {
                change: format!("Give {NASTY} integrations:edit directly."),
                by: "Somebody with the role Admin.".into(),
                way: Some(("Change", "/users/mem_1/edit".into())),
            },
            RemedyView {
                change: "Add them to the team Rotterdam Ops.".into(),
                by: "Somebody with the role Admin.".into(),
                way: None,
            },
        ],
        no_remedy: "Ask whoever manages users here.",
        revision: 812,
        text: NASTY.into(),
        who_can: Some("/access/who?action=edit".into()),
        about: Some((format!("Open {NASTY}"), "/users/mem_1".into())),
    }
}

fn who() -> WhoPage {
    let (action, resource) = selects();
    WhoPage {
        frame: frame(Some(Place::AccessCheck)),
        phrase: format!("edit {NASTY}"),
        action,
        resource,
        rows: vec![WhoRow {
            avatar: Avatar::person(NASTY, "jonas@halden.example"),
            name: NASTY.into(),
            email: "jonas@halden.example".into(),
            href: "/users/mem_1".into(),
            sources: format!("role {NASTY}, given directly"),
            why: "/access?who=mem_1".into(),
        }],
        pager: Pager {
            summary: "1 shown, by name".into(),
            previous: None,
            next: Some("/access/who?cursor=a".into()),
        },
    }
}
