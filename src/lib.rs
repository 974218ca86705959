//! Roster: the user management behind a product. The modules stand in import order: each uses only those above it.

pub mod base;

pub mod settings;

pub mod console;

pub mod access_model;
pub mod role;

pub mod access;

pub mod audit;

pub mod app;

pub mod outbox;

pub mod op;

pub mod http;

#[cfg(test)]
mod every_page;
