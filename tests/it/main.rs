//! The integration tests: one binary.

mod real;
#[macro_use]
mod story;
mod account;
mod coming_in;
mod demo;
mod http;
mod inside;
mod invitation;
mod mailbox;
mod member;
mod notices;
mod organization;
mod outbox;
mod records;
mod recovery;
mod session;
mod sign_in;
mod sweeps;
mod trail;
mod user_console;
