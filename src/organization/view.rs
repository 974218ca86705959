//! Setting an installation up and choosing an organization, as plain display values.

use askama::Template;

use crate::access_model::Words;
use crate::console::field::{Choices, Field};
use crate::console::filters;
use crate::console::layout::{Bare, Workspace};
use crate::console::notice::Callout;

/// The first page of a new installation (OPS-1).
#[derive(Clone, Debug, Template)]
#[template(path = "organization/pages/setup.html")]
pub struct SetupPage {
    pub bare: Bare,
    pub problem: Option<Callout>,
    pub name: Field,
    pub preset: Choices,
    pub first_name: Field,
    pub last_name: Field,
    pub email: Field,
    pub password: Field,
}

/// The set-up link after it was used.
#[derive(Clone, Debug, Template)]
#[template(path = "organization/pages/setup_done.html")]
pub struct SetupDonePage {
    pub bare: Bare,
}

/// "Your organizations": where to go, for somebody who belongs to several (or to none).
#[derive(Clone, Debug, Template)]
#[template(path = "organization/pages/switch.html")]
pub struct SwitchPage {
    pub bare: Bare,
    pub email: String,
    pub workspaces: Vec<Workspace>,
    /// The id of the one that the reader is in.
    pub here: Option<String>,
    /// What they are called there; elsewhere they may be called otherwise.
    pub words: Words,
}
