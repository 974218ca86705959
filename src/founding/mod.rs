//! How an organization comes into being: set-up, the operator, the command line.

pub mod api;
pub mod commands;
pub mod pages;
