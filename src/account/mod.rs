//! A person's identity for signing in.

pub mod view;

#[cfg(test)]
pub mod samples;
