//! Roster.

pub mod console;

pub mod access_model;
pub mod role;

pub mod access;

#[cfg(test)]
mod every_page;
