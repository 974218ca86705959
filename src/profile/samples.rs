//! The pages about oneself, filled for looking at and for checking.

use super::view::*;
use crate::account::samples::fields;
use crate::console::field::Field;
use crate::console::list::Pager;
use crate::console::sample::{Sample, frame, sample};
use crate::session::samples::table;
use crate::session::view::{End, SessionTable};

pub fn all() -> Vec<Sample> {
    let profile = ProfilePage {
        frame: frame(None),
        tabs: tabs("/profile"),
        problem: None,
        fields: fields(),
        new_email: Field::email("email", "New e-mail").required(),
        email_password: Field::password("emailPassword", "Your password"),
        current_password: Field::password("currentPassword", "Current password"),
        new_password: Field::new_password("newPassword", "New password"),
    };
    let mut alone = sessions(table(false));
    alone.others = 0;
    alone.sessions.rows.truncate(1);
    vec![
        sample("profile", &profile),
        sample("profile-sessions", &sessions(table(false))),
        sample("profile-sessions-alone", &alone),
    ]
}

fn sessions(mut table: SessionTable) -> OwnSessionsPage {
    for (n, row) in table.rows.iter_mut().enumerate().skip(1) {
        row.end = End::End(format!("/profile/sessions/sess_{n}/end"));
    }
    OwnSessionsPage {
        frame: frame(None),
        tabs: tabs("/profile/sessions"),
        others: 4,
        sessions: table,
        pager: Pager { summary: "5 of 5 shown".into(), previous: None, next: None },
    }
}
