//! Who runs the installation: bearer keys for what belongs to no customer's administrator.

pub mod commands;
pub mod store;

/// What an operator's key begins with.
pub const KEY_PREFIX: &str = "ro_";
