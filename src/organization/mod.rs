//! The tenant.

pub mod view;

#[cfg(test)]
pub mod samples;
