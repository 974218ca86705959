//! The sign-in pages, filled for looking at and for checking.

use super::view::*;
use crate::console::chart::{Chart, Day};
use crate::console::field::Field;
use crate::console::layout::{Bare, Place};
use crate::console::list::{Pager, Shape, Status, Tab, Tabs};
use crate::console::notice::{Callout, Tone};
use crate::console::sample::{NASTY, Sample, at, frame, reader, sample};

pub fn all() -> Vec<Sample> {
    let refused = Callout::new(
        Tone::Bad,
        "Not signed in.",
        "E-mail and password do not match. Check both, or choose a new password.",
    );
    let password = Field {
        strength: Some("/password-strength"),
        ..Field::new_password("password", "New password").focused()
    };
    let new = NewPasswordPage {
        bare: Bare::default(),
        problem: None,
        email: "anna@halden.example".into(),
        password,
        challenge: "c".into(),
    };
    let mut further = login_attempts();
    further.attempts.rows.clear();
    further.search = NASTY.into();
    let mut first = login_attempts();
    first.attempts.rows.clear();
    first.pager.next = None;
    first.chart.days.iter_mut().for_each(|day| (day.succeeded, day.failed) = (0, 0));
    let mut nothing = login_attempts();
    nothing.attempts.rows.clear();
    nothing.pager.next = None;
    (nothing.search, nothing.narrowed) = ("jonass".into(), true);
    let waits = Callout::new(Tone::Bad, "Not signed in.", "Too many attempts. Try again in 30 seconds.");
    vec![
        sample("sign-in", &sign_in(None, "")),
        sample("sign-in-refused", &sign_in(Some(refused), NASTY)),
        sample("sign-in-too-many", &sign_in(Some(waits), "anna@halden.example")),
        sample("sign-in-new-password", &new),
        sample("login-attempts", &login_attempts()),
        sample("login-attempts-further", &further),
        sample("login-attempts-none", &first),
        sample("login-attempts-none-found", &nothing),
    ]
}

fn login_attempts() -> LoginAttemptsPage {
    const DAYS: [(i64, i64); 14] = [
        (21, 1),
        (24, 0),
        (23, 2),
        (6, 0),
        (4, 9),
        (27, 1),
        (26, 1),
        (25, 0),
        (28, 3),
        (24, 1),
        (7, 0),
        (5, 0),
        (29, 2),
        (15, 4),
    ];
    let day = |(n, (succeeded, failed)): (usize, &(i64, i64))| Day {
        label: format!("{} Feb", n + 4),
        tick: if n == 0 || n == 13 { format!("{} Feb", n + 4) } else { (n + 4).to_string() },
        succeeded: *succeeded,
        failed: *failed,
    };
    let tab = |label: &str, status: &str| Tab {
        label: label.into(),
        href: format!("/login-attempts?status={status}"),
        count: None,
        current: status.is_empty(),
    };
    LoginAttemptsPage {
        frame: frame(Some(Place::LoginAttempts)),
        chart: Chart { days: DAYS.iter().enumerate().map(day).collect() },
        search: String::new(),
        tabs: Tabs {
            label: "Status",
            tabs: vec![tab("All", ""), tab("Success", "success"), tab("Failed", "failed")],
        },
        from: "2026-02-04".into(),
        to: String::new(),
        zone: "Europe/Brussels".into(),
        carried: vec![("status", "failed".into())],
        count: "288 attempts".into(),
        narrowed: false,
        attempts: attempts(true),
        pager: Pager {
            summary: "5 of 288 shown".into(),
            previous: None,
            next: Some("/login-attempts?cursor=a".into()),
        },
    }
}

pub fn attempts(of_many: bool) -> AttemptTable {
    let row = |email: &str, ip: &str, reason: &str, failed: bool| AttemptRow {
        when: reader().noted_to_the_second(at("2026-02-17T12:18:44+01:00")),
        email: email.into(),
        href: (!failed).then(|| "/users/mem_1".into()),
        ip: ip.into(),
        device: "Firefox on Windows".into(),
        status: match failed {
            true => Status::new(Shape::Failed, "Failed"),
            false => Status::new(Shape::Active, "Success"),
        },
        reason: reason.into(),
        failed,
    };
    AttemptTable {
        caption: "Login attempts".into(),
        of_many,
        rows: vec![
            row("fatima.benali@halden.example", "203.0.113.36", "Password", false),
            row("tess.vandyk@halden.example", "198.51.100.9", "No such user here", true),
            row("jonas.weber@halden.example", "2001:db8:21:1200:9a2c:33ff:fe01:44", "Wrong password", true),
            row("t.blackwell@halden.example", "198.51.100.140", "Must choose a new password first", true),
            row(NASTY, "192.0.2.190", "Too many attempts", true),
        ],
    }
}

fn sign_in(problem: Option<Callout>, email: &str) -> SignInPage {
    let password =
        Field { aside: Some(("Forgot it?", "/password-reset")), ..Field::password("password", "Password") };
    SignInPage {
        bare: Bare::default(),
        host: "people.halden.example".into(),
        problem,
        email: Field::email("email", "E-mail").required().autocomplete("username").value(email).focused(),
        password,
        next: Some("/users?q=anna".into()),
    }
}
