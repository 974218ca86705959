//! The pages of access reviews, filled for looking at and for checking.

use super::view::*;
use super::{Decision, Reason};
use crate::console::field::{Choice, Choices, Field};
use crate::console::layout::Place;
use crate::console::list::{Pager, Shape, Status, Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::console::panel::PanelPage;
use crate::console::person::PersonCell;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let mut none = reviews();
    none.rows.clear();
    let mut refused = start();
    refused.problem = Some(Callout::new(Tone::Bad, "The review was not started.", NASTY));
    refused.name.error = Some("The name is missing.".to_owned());
    refused.scope.error = Some("Choose at least one reason.".to_owned());
    let mut decided = review();
    decided.shows_decided = true;
    decided.standing = Standing::Closed;
    decided.closed = Some((NASTY.to_owned(), reader().past(at("2026-02-17T12:00:00Z")).within()));
    decided.may_close = false;
    for (row, decision) in decided.rows.iter_mut().zip([Decision::Keep, Decision::Remove]) {
        let at = reader().past(at("2026-02-16T12:00:00Z"));
        (row.keep, row.remove) = (None, None);
        row.outcome = Some(Outcome { decision, note: NASTY.to_owned(), by: NASTY.to_owned(), at });
    }
    let mut done = review();
    done.rows.clear();
    done.decided = done.total;
    vec![
        sample("reviews", &reviews()),
        sample("reviews-none", &none),
        sample("review-start", &start()),
        sample("review-start-refused", &refused),
        sample("review", &review()),
        sample("review-decided", &decided),
        sample("review-done", &done),
        sample("review-remove", &remove()),
    ]
}

fn reviews() -> ReviewsPage {
    let row = |name: &str, standing| ReviewRow {
        name: name.to_owned(),
        href: "/reviews/rev_1".to_owned(),
        standing,
        progress: "12 of 40 decided".to_owned(),
        due: reader().on_the_day(at("2026-03-03T22:59:59Z")),
        started_by: NASTY.to_owned(),
        started: reader().past(at("2026-02-10T09:00:00Z")),
    };
    ReviewsPage {
        frame: frame(Some(Place::Reviews)),
        may_start: true,
        rows: vec![
            row("Access review, February 2026", Standing::Open),
            row(NASTY, Standing::Overdue),
            row("Access review, November 2025", Standing::Closed),
        ],
        pager: Pager { summary: "3 of 3 shown".to_owned(), ..Pager::default() },
    }
}

fn start() -> StartPage {
    let option = |reason: Reason, label: &str, detail: &str| {
        Choice::new(reason.as_str(), label).detail(detail).chosen(reason != Reason::Everyone)
    };
    let number = |name, label, value: &str| Field { kind: "number", ..Field::text(name, label) }.value(value);
    StartPage {
        frame: frame(Some(Place::Reviews)),
        problem: None,
        name: Field::text("name", "Name").value("Access review, February 2026").required(),
        scope: Choices {
            name: "scope",
            legend: "Who is reviewed",
            options: vec![
                option(Reason::Dormant, "Not signed in for 90 days", "2 people."),
                option(Reason::Privileged, "Privileged people", "4 people."),
                option(Reason::Invitation, "Invitations unanswered for 14 days", "1 person."),
                option(Reason::SinglePoint, "Single points of failure", "1 person."),
                option(Reason::Everyone, "Everybody", "42 people."),
            ],
            many: true,
            ..Choices::default()
        },
        dormant_days: number("dormantDays", "Days without a sign-in", "90").required(),
        invitation_days: number("invitationDays", "Days without an answer to an invitation", "14").required(),
        due: Field { kind: "date", ..Field::text("due", "Due") }
            .value("2026-03-03")
            .hint("You get a reminder by e-mail 3 days before, and once when it is overdue.")
            .required(),
        counted: Callout::new(
            Tone::Plain,
            "It is about 7 people.",
            "Whoever has several reasons counts once.",
        ),
        signature: "dormant,privileged,invitation,single_point 90 14".to_owned(),
    }
}

fn review() -> ReviewPage {
    let tab = |label: &str, count, current| Tab {
        label: label.to_owned(),
        href: "/reviews/rev_1".to_owned(),
        count: Some(count),
        current,
    };
    let why = |reason, detail: &str| Why { reason, detail: detail.to_owned() };
    let row = |name: &str, email: &str, you, grounds| Row {
        person: PersonCell {
            name: name.to_owned(),
            email: email.to_owned(),
            href: Some("/users/mem_1".to_owned()),
            you,
        },
        status: Status::new(Shape::Active, "Active"),
        grounds,
        roles: "Admin, Editor".to_owned(),
        last_login: (!you).then(|| reader().past(at("2025-10-01T12:00:00Z"))),
        outcome: None,
        keep: (!you).then(|| "/reviews/rev_1/items/mem_1/keep".to_owned()),
        remove: (!you).then(|| "/reviews/rev_1/items/mem_1/remove".to_owned()),
    };
    let many = vec![
        why(Reason::Dormant, "Last signed in on 1 Oct 2025."),
        why(Reason::Privileged, "May invite, edit and remove users."),
        why(Reason::SinglePoint, NASTY),
    ];
    ReviewPage {
        frame: frame(Some(Place::Reviews)),
        name: NASTY.to_owned(),
        href: "/reviews/rev_1".to_owned(),
        standing: Standing::Open,
        started_by: NASTY.to_owned(),
        started: reader().past(at("2026-02-10T09:00:00Z")).within(),
        due: reader().on_the_day(at("2026-03-03T22:59:59Z")),
        closed: None,
        scope: vec!["Not signed in for 90 days".to_owned(), "Single points of failure".to_owned()],
        decided: 12,
        total: 40,
        kept: 9,
        removed: 3,
        csv: "/api/v1/organizations/halden/reviews/rev_1/evidence.csv".to_owned(),
        may_close: true,
        tabs: Tabs { label: "Decisions", tabs: vec![tab("To decide", 28, true), tab("Decided", 12, false)] },
        shows_decided: false,
        rows: vec![
            row("Jonas Weber", "jonas.weber@halden.example", false, many),
            row(
                "",
                "invited@halden.example",
                false,
                vec![why(Reason::Invitation, "Invited on 1 Feb 2026, expired.")],
            ),
            row("Mara Lindqvist", "mara.lindqvist@halden.example", true, vec![why(Reason::Everyone, "")]),
        ],
        verb: "Remove".to_owned(),
        pager: Pager { summary: "3 of 28 shown".to_owned(), ..Pager::default() },
    }
}

fn remove() -> PanelPage {
    let mut page = PanelPage::new(frame(Some(Place::Reviews)), "Remove Jonas Weber?", "Remove");
    page.action = "/reviews/rev_1/items/mem_1/remove".to_owned();
    page.back = "/reviews/rev_1".to_owned();
    page.danger = true;
    page.impact = vec![
        "They lose access to Halden Freight at once. This can't be undone.".to_owned(),
        "The decision stands in the review for good.".to_owned(),
    ];
    page.fields = vec![
        Field::text("note", "Note").required().hint("Why, for whoever looks at this review later."),
        Field::text("confirm", "Confirm").exactly("jonas.weber@halden.example"),
    ];
    page
}
