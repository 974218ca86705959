//! The audit trail as people read it: lists, sentences and files. Writing it is `audit`'s, below every noun.

pub mod api;
pub mod export;

