//! The pages about invitations, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Field, Picks, Select, TextArea};
use crate::console::layout::{Bare, Place};
use crate::console::list::{Pager, Shape, Status, Tab, Tabs};
use crate::console::menu::{Does, Item, Menu};
use crate::console::notice::{Callout, Tone};
use crate::console::person::PersonCell;
use crate::console::role::RoleBadge;
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};
use crate::console::seats::SeatMeter;
use crate::member::samples::{feature, role_picker};

pub fn all() -> Vec<Sample> {
    let names = vec![
        Field::text("firstName", "First name").required().autocomplete("given-name"),
        Field::text("lastName", "Last name").required().autocomplete("family-name"),
    ];
    let password = Box::new(Field::new_password("password", "Password"));
    let mut none = invitations();
    none.rows.clear();
    let mut found = invitations();
    found.rows.clear();
    found.filtered = true;
    let kept = || {
        let text =
            "Letters are kept on this machine, and nobody gets one. Pass the links in them on yourself.";
        let kept = Callout::new(Tone::Warn, "No mail server is set up.", text);
        Some(kept.way_out("Open the mailbox", "/mailbox"))
    };
    let full =
        || SeatMeter { limit: Some(50), active: 37, invited: 11, suspended: 2, ..SeatMeter::default() };
    let (mut shut, mut list_shut) = (invite(Vec::new()), invitations());
    (shut.seats, list_shut.seats) = (full(), full());
    let (mut unsent, mut list_unsent) = (invite(Vec::new()), invitations());
    (unsent.kept, list_unsent.kept) = (kept(), kept());
    unsent.seats.active = 38;
    unsent.seats.upgrade = Some("https://halden.example/plans".to_owned());
    let closed = |closed| ClosedPage { bare: Bare::default(), closed };
    vec![
        sample("invite", &invite(Vec::new())),
        sample("invite-results", &invite(outcomes())),
        sample("invite-full", &shut),
        sample("invite-no-mail-server", &unsent),
        sample("invitations", &invitations()),
        sample("invitations-full", &list_shut),
        sample("invitations-no-mail-server", &list_unsent),
        sample("invitations-none", &none),
        sample("invitations-nothing-found", &found),
        sample("invitation-link", &link()),
        sample(
            "accept-new",
            &accept(Door::NewPerson { names: names.clone(), password: password.clone(), copied: false }),
        ),
        sample("accept-new-copied", &accept(Door::NewPerson { names, password, copied: true })),
        sample(
            "accept-account",
            &accept(Door::Account { password: Box::new(Field::password("password", "Password").focused()) }),
        ),
        sample("accept-signed-in", &accept(Door::SignedIn { name: "Pieter Desmet".into() })),
        sample("accept-somebody-else", &accept(Door::SomebodyElse { email: "mara@halden.example".into() })),
        sample("decline", &decline()),
        sample("closed-expired", &closed(Closed::Expired)),
        sample("closed-revoked", &closed(Closed::Revoked)),
        sample("closed-accepted", &closed(Closed::Accepted)),
        sample("closed-declined", &closed(Closed::Declined)),
        sample("closed-superseded", &closed(Closed::Superseded)),
        sample("closed-unknown", &closed(Closed::Unknown)),
        sample("closed-thanks", &closed(Closed::Thanks)),
    ]
}

fn invite(results: Vec<Outcome>) -> InvitePage {
    let picks = |name, legend, list: &[&str]| Picks {
        name,
        legend,
        options: list.iter().map(|label| Choice::new(*label, *label)).collect(),
    };
    InvitePage {
        frame: frame(Some(Place::Invitations)),
        seats: SeatMeter { limit: Some(50), active: 37, invited: 8, suspended: 2, ..SeatMeter::default() },
        problem: None,
        kept: None,
        summary: (!results.is_empty()).then(|| {
            Callout::new(
                Tone::Warn,
                "Sent 3 invitations.",
                "2 addresses failed and stand below: mend and send again.",
            )
            .way_out("See how they are delivered", "/invitations")
        }),
        foretold: false,
        results,
        lifetime_days: 7,
        emails: TextArea {
            name: "emails",
            label: "E-mail addresses",
            rows: 4,
            hint: Some("Separate with commas, spaces or new lines. Up to 200 at once.".into()),
            required: true,
            focus: true,
            ..TextArea::default()
        },
        first_name: Field::text("firstName", "First name"),
        last_name: Field::text("lastName", "Last name"),
        roles: role_picker(),
        role_warning: Some(Callout::new(
            Tone::Warn,
            "Choose Managers carefully.",
            "They can hand out every role, Admin included.",
        )),
        first: Reach {
            teams: Some(picks("teams", "Teams", &["Antwerp Customs", "Carrier Relations", "Customer Desk"])),
            projects: Some(picks("projects", "Projects", &["Carrier onboarding", "Harbour slot bot"])),
            ..Reach::default()
        },
        feature: Some(feature()),
        ends: Field::day("endsAt", "Ends")
            .hint("The last day of the membership, in Europe/Brussels. They are told a week before."),
        more: Reach {
            template: Some(
                Select::new(
                    "roleTemplate",
                    "Role template",
                    vec![Choice::new("", "None"), Choice::new("t1", "Customs analyst")],
                )
                .hint("Adds permissions to the role."),
            ),
            ..Reach::default()
        },
        message: TextArea {
            name: "message",
            label: "Personal message",
            rows: 3,
            hint: Some(
                "Plain text, 500 characters at most. Shown in the e-mail and on the acceptance page.".into(),
            ),
            longest: Some(500),
            ..TextArea::default()
        },
    }
}

fn outcomes() -> Vec<Outcome> {
    let outcome = |email: &str, outcome, tone, detail: &str| Outcome {
        email: email.into(),
        outcome,
        tone,
        detail: detail.into(),
    };
    vec![
        outcome("femke.bakker@halden.example", "Created", Tone::Ok, "New invitation"),
        outcome("elif.demir@halden.example", "Resent", Tone::Ok, "Was pending, sent again"),
        outcome("oskar.nilsen@halden.example", "Refreshed", Tone::Ok, "Had expired, gets a new link"),
        outcome("priya.raghunathan@halden.example", "Failed", Tone::Bad, "Already a member here"),
        outcome("femke.bakker@halden.example", "Ignored", Tone::Plain, "Same address twice"),
        outcome(NASTY, "Failed", Tone::Bad, "This is not a full e-mail address. Check the part after the @."),
    ]
}

fn invitations() -> InvitationsPage {
    let tab = |label: &str, status: &str, count| Tab {
        label: label.into(),
        href: format!("/invitations?status={status}"),
        count: Some(count),
        current: status.is_empty(),
    };
    let left = |began, ends| End::Left(reader().left(at(began), at(ends)));
    let moment = |text| reader().past(at(text));
    let mut queued =
        row("Noor El-Amin", "noor.elamin@halden.example", left("2026-02-15T10:00Z", "2026-02-22T10:00Z"));
    queued.delivery = Delivery::Queued;
    let mut failed =
        row("", "p.desmet@scheldecusoms.example", left("2026-02-16T10:00Z", "2026-02-23T10:00Z"));
    failed.delivery = Delivery::Failed { reason: "550 5.1.1 no such mailbox; check the address".into() };
    let soon =
        row("Gustav Holm", "gustav.holm@halden.example", left("2026-02-10T22:30Z", "2026-02-17T22:30Z"));
    let mut accepted = row(
        "Jonas Weber",
        "jonas.weber@halden.example",
        End::Was("Accepted".into(), moment("2024-11-04T10:00Z")),
    );
    accepted.status = Status::new(Shape::Active, "Accepted");
    let reason = Some("I work for the other Halden.".to_owned());
    let mut declined = row(
        "Daniel Okonkwo",
        "d.okonkwo@lagosline.example",
        End::Declined("Declined".into(), moment("2026-02-01T10:00Z"), reason),
    );
    declined.status = Status::new(Shape::Off, "Declined");
    InvitationsPage {
        frame: frame(Some(Place::Invitations)),
        seats: SeatMeter { limit: Some(50), active: 37, invited: 5, ..SeatMeter::default() },
        may_invite: true,
        kept: None,
        search: String::new(),
        status: String::new(),
        tabs: Tabs {
            label: "Status",
            tabs: vec![
                tab("All", "", 42),
                tab("Pending", "pending", 5),
                tab("Accepted", "accepted", 31),
                tab("Declined", "declined", 1),
                tab("Expired", "expired", 3),
                tab("Revoked", "revoked", 2),
            ],
        },
        count: "42 invitations".into(),
        rows: vec![
            row("Elif Demir", "elif.demir@halden.example", left("2026-02-12T10:00Z", "2026-02-19T10:00Z")),
            queued,
            failed,
            soon,
            accepted,
            declined,
        ],
        filtered: false,
        pager: Pager {
            summary: "6 of 42 shown, newest first".into(),
            previous: None,
            next: Some("/invitations?cursor=a".into()),
        },
    }
}

fn row(name: &str, email: &str, end: End) -> InvitationRow {
    let next = match end {
        End::Left(_) => Item::new("Resend", "mail", Does::Posts("/invitations/inv_1/resend".into())),
        End::Was(..) => Item::new("View user", "person", Does::Opens(format!("/users?q={email}"))),
        End::Declined(..) => Item::new("Invite again", "mail", Does::Opens("/invitations/new".into())),
    };
    let id = format!("i-{}", email.split('@').next().unwrap_or_default());
    let menu = Menu {
        id,
        label: format!("More actions for {email}"),
        roles: None,
        items: vec![
            next.clone(),
            Item::new("Copy invitation link", "copy", Does::Asks("/invitations/inv_1/link".into())),
            Item::new("Revoke", "x", Does::Asks("/invitations/inv_1/revoke".into())).grave(),
        ],
        note: None,
    };
    InvitationRow {
        person: PersonCell { name: name.into(), email: email.into(), href: None, you: false },
        roles: vec![RoleBadge::new("Editor", 4)],
        status: Status::new(Shape::Invited, "Pending"),
        delivery: Delivery::Sent(reader().past(at("2026-02-12T10:00Z"))),
        invited_by: "Mara Lindqvist".into(),
        created: reader().past(at("2026-02-12T10:00Z")),
        message: Some(NASTY.into()),
        end,
        next: Some(next),
        menu,
    }
}

fn link() -> LinkPage {
    LinkPage {
        frame: frame(Some(Place::Invitations)),
        email: "elif.demir@halden.example".into(),
        role: "Editor".into(),
        link: "https://people.halden.example/i/c2FtcGxlLXRva2VuLW9mLTI0LWJ5dGVz".into(),
        until: reader().exactly(at("2026-02-23T08:20Z")),
    }
}

fn accept(door: Door) -> AcceptPage {
    AcceptPage {
        bare: Bare::default(),
        letter: Letter {
            organization: "Halden Freight".into(),
            organizations: "workspaces".into(),
            inviter: "Amara Okafor".into(),
            email: "p.desmet@scheldecustoms.example".into(),
            roles: vec![RoleBadge::new("Agent", 1)],
            role_text: Some("Works in the inbox only.".into()),
            message: Some("Welcome to the customs team. Your first shift briefing is on Thursday at 08:00; please sign in before then.".into()),
            until: reader().exactly(at("2026-02-23T08:20Z")),
            left: reader().left(at("2026-02-16T08:20Z"), at("2026-02-23T08:20Z")),
        },
        problem: None,
        door,
    }
}

fn decline() -> DeclinePage {
    DeclinePage {
        bare: Bare::default(),
        organization: "Halden Freight".into(),
        inviter: "Amara Okafor".into(),
        reason: Field::text("reason", "Reason").hint("Shown to Amara Okafor."),
    }
}
