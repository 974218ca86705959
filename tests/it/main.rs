//! The integration tests: one binary.

mod real;
#[macro_use]
mod story;
mod account;
mod agreeing;
mod coming_in;
mod conformance;
mod decision;
mod demo;
mod granting;
mod group;
mod http;
mod inside;
mod invitation;
mod invited;
mod listed;
mod mailbox;
mod member;
mod notices;
mod notices_of_state;
mod organization;
mod outbox;
mod own_account;
mod past;
mod places;
mod records;
mod recovery;
mod resource;
mod role;
mod session;
mod sign_in;
mod sweeps;
mod trail;
mod user_console;
mod walk;
mod words;
