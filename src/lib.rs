//! Roster: the user management behind a product. The modules stand in import order: each uses only those above it.

pub mod base;

pub mod settings;

pub mod access_model;
pub mod console;
pub mod role;

pub mod resource;

pub mod access;

pub mod audit;

pub mod app;

pub mod outbox;

pub mod op;

pub mod http;

pub mod mailbox;

pub mod operator;

pub mod account;

pub mod session;

pub mod throttle;

pub mod sign_in;

pub mod recovery;

pub mod seat;

pub mod frame;

pub mod profile;

pub mod organization;

pub mod member;

pub mod job;

pub mod role_template;

pub mod decision;

pub mod past;

pub mod invitation;

pub mod import;

pub mod removal;

pub mod review;

pub mod group;

pub mod bulk;

pub mod job_worker;

pub mod founding;

pub mod trail;

pub mod user_console;

pub mod role_console;

pub mod demo;

pub mod web;

pub mod command_line;

#[cfg(test)]
mod every_page;
