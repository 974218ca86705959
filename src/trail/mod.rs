//! The audit trail as people read it: lists, sentences and files. Writing it is `audit`'s, below every noun.

pub mod api;
pub mod export;
pub mod pages;
mod reason;
pub mod view;
pub mod words;

#[cfg(test)]
pub mod samples;
