//! One's own profile, as plain display values.

use askama::Template;

use crate::console::field::{Field, Select};
use crate::console::filters;
use crate::console::layout::{Bare, Frame};
use crate::console::notice::Callout;

/// What a person tells about themselves.
#[derive(Clone, Debug)]
pub struct ProfileFields {
    pub first_name: Field,
    pub last_name: Field,
    pub phone: Field,
    pub time_zone: Select,
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

/// One's own profile (MEM-10).
#[derive(Clone, Debug, Template)]
#[template(path = "account/pages/profile.html")]
pub struct ProfilePage {
    pub frame: Frame,
    pub problem: Option<Callout>,
    pub fields: ProfileFields,
    pub new_email: Field,
    pub email_password: Field,
    pub current_password: Field,
    pub new_password: Field,
}
