//! The integration tests: one binary.

#[macro_use]
mod story;
mod http;
mod invitation;
mod mailbox;
mod member;
mod organization;
mod outbox;
mod sweeps;
mod trail;
