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
    let at = crate::console::sample::at;
    let reader = crate::console::sample::reader;
    let notice = NoticePage {
        bare: bare(),
        title: "Was it you who signed in?",
        facts: vec![
            ("Account", "mara@halden.example".into()),
            ("Device", NASTY.into()),
            ("IP address", "2001:db8:4f:1200:9a2c:33ff:fe01:8a1".into()),
        ],
        at: reader().exactly(at("2026-02-17T13:30+01:00")),
        impact: vec![
            "Signs you out everywhere, and whoever else is in.",
            "Ends the password in use. A link to a new one comes by e-mail.",
            "Tells whoever runs your organization by e-mail.",
        ],
        verb: "This was not me",
    };
    vec![
        sample("notice", &notice),
        sample("notice-disowned", &DisownedPage { bare: bare(), secured: true, mailed: true, told: 2 }),
        sample("notice-closed", &NoticeClosedPage { bare: bare() }),
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
