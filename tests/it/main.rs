//! The integration tests: one binary.

#[macro_use]
#[allow(dead_code)]
mod story;
mod mailbox;
mod invitation;
mod outbox;
mod sweeps;
