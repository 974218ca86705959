//! The forgotten password, the changes of password and address that people make themselves, and what they answer when
//! somebody else did: "this was not me".

pub mod api;
pub mod commands;
pub mod disown;
pub mod email;
pub mod notice_api;
pub mod notice_pages;
pub mod pages;
pub mod store;
pub mod view;

#[cfg(test)]
pub mod samples;

use crate::base::time::{DAY, MINUTE};

/// How long the link to a new password works (SES-2).
pub const RESET_LIFETIME: i64 = 30 * MINUTE;

/// How long the link that confirms a new address works.
pub const EMAIL_CHANGE_LIFETIME: i64 = DAY;
