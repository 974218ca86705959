//! One's own profile inside an organization's frame; what it changes are commands of `account` and `recovery`.

pub mod pages;
pub mod view;

#[cfg(test)]
pub mod samples;
