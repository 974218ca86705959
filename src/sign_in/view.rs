//! Signing in, as plain display values.

use askama::Template;

use crate::console::field::Field;
use crate::console::filters;
use crate::console::layout::Bare;
use crate::console::notice::Callout;

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in/pages/sign_in.html")]
pub struct SignInPage {
    pub bare: Bare,
    /// The host of the public URL: where the password goes.
    pub host: String,
    pub problem: Option<Callout>,
    pub email: Field,
    pub password: Field,
    /// Where to go afterwards; checked again by whoever reads it.
    pub next: Option<String>,
}

/// A new password before anything else (MEM-2): the one in use was chosen by an administrator.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in/pages/new_password.html")]
pub struct NewPasswordPage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    pub email: String,
    pub password: Field,
    pub challenge: String,
}
