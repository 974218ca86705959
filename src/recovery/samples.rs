//! The pages of the forgotten password, filled for looking at and for checking.

use super::view::*;
use crate::console::field::Field;
use crate::console::layout::Bare;
use crate::console::sample::{NASTY, Sample, sample};

pub fn all() -> Vec<Sample> {
    let bare = Bare::default;
    let email = Field::email("email", "E-mail").required().autocomplete("username").focused();
    let refused = Some(
        "“haldenfreight” is the name of your organization. Choose words that others would not guess."
            .to_owned(),
    );
    let password = Field::new_password("password", "New password").error(refused);
    vec![
        sample("password-request", &RequestPage { bare: bare(), problem: None, email }),
        sample("password-sent", &SentPage { bare: bare(), email: NASTY.into() }),
        sample("password-reset", &ResetPage { bare: bare(), problem: None, password }),
        sample(
            "email-change",
            &EmailChangePage {
                bare: bare(),
                problem: None,
                email: NASTY.into(),
                name: NASTY.into(),
                old_email: "mara@halden.example".into(),
            },
        ),
        sample("email-change-closed", &EmailChangeClosedPage { bare: bare() }),
        sample("password-closed", &ResetClosedPage { bare: bare() }),
    ]
}
