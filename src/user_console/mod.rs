//! The user console: everything about one person here, and what can be done about it (MEM-3).

pub mod pages;
pub mod permissions;
pub mod view;

#[cfg(test)]
pub mod samples;
