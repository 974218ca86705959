//! A person's place in one organization.

pub mod view;

#[cfg(test)]
pub mod samples;
