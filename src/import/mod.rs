//! Inviting everybody in a CSV file (INV-11): the file, the job that works through it, and what came of each row.

pub mod api;
pub mod commands;
pub mod file;
mod judge;
pub mod multipart;
pub mod pages;
pub mod undo;
pub mod view;

#[cfg(test)]
pub mod samples;
