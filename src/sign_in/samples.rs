//! The sign-in pages, filled for looking at and for checking.

use super::view::*;
use crate::console::field::Field;
use crate::console::layout::Bare;
use crate::console::notice::{Callout, Tone};
use crate::console::sample::{NASTY, Sample, sample};

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
    vec![
        sample("sign-in", &sign_in(None, "")),
        sample("sign-in-refused", &sign_in(Some(refused), NASTY)),
        sample("sign-in-new-password", &new),
    ]
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
