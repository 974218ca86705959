//! Signing in.

pub mod view;

#[cfg(test)]
pub mod samples;
