//! The integration tests: one binary.

#[macro_use]
#[allow(dead_code)]
mod story;
mod invitation;
mod mailbox;
mod member;
mod outbox;
mod sweeps;
