//! How the console looks: the frame around every page and the parts that pages are made of.
//!
//! Pure display: nothing here reads the database. A noun fills these parts in its own `view.rs`.

pub mod address;
pub mod assets;
pub mod chart;
pub mod days;
pub mod errors;
pub mod field;
pub mod filters;
pub mod layout;
pub mod list;
pub mod matrix;
pub mod menu;
pub mod notice;
pub mod panel;
pub mod person;
pub mod role;
pub mod seats;
pub mod time;

#[cfg(test)]
pub mod sample;
