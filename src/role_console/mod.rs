//! Roles and role templates in the console: the list, the forms that say what a change does before it is made, and deleting.

pub mod pages;
pub mod view;

#[cfg(test)]
pub mod samples;
