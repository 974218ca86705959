//! What people tell about themselves, as plain display values.

use askama::Template;

use crate::console::field::{Field, Select};
use crate::console::filters;
use crate::console::layout::Bare;
use crate::console::notice::Callout;

/// What a person tells about themselves.
#[derive(Clone, Debug)]
pub struct ProfileFields {
    pub first_name: Field,
    pub last_name: Field,
    pub phone: Field,
    pub time_zone: Select,
    pub locale: Field,
}

/// After the first way in (S2): the profile, once.
#[derive(Clone, Debug, Template)]
#[template(path = "account/pages/complete_profile.html")]
pub struct CompleteProfilePage {
    pub bare: Bare,
    pub organization: String,
    pub problem: Option<Callout>,
    pub fields: ProfileFields,
}
