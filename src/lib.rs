//! Roster.

pub mod access_model;
pub mod role;

pub mod access;
