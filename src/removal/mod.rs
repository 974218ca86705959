//! The end of a membership: removed by an administrator, or left.

pub mod api;
pub mod commands;
pub mod ending;
pub mod leave_pages;
pub mod pages;
