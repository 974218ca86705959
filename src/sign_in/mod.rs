//! Signing in.

pub mod view;

pub use crate::throttle;

#[cfg(test)]
pub mod samples;
