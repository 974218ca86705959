//! The forgotten password.

pub mod view;

#[cfg(test)]
pub mod samples;
