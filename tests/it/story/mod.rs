//! x
pub mod database;
