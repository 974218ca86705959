//! The letter that turns an invited member active.

pub mod view;

#[cfg(test)]
pub mod samples;
