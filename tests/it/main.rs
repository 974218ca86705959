//! The integration tests: one binary.

#[macro_use]
mod story;
mod http;
mod account;
mod invitation;
mod mailbox;
mod member;
mod organization;
mod outbox;
mod recovery;
mod session;
mod sign_in;
mod sweeps;
mod trail;
