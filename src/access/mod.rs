//! What a member may do, and where it comes from.

mod evaluate;
mod feature_access;
#[cfg(test)]
mod tests;

pub use evaluate::{Explained, Given, HeldRole, HeldTemplate, Holdings, Source, Withheld};
pub use feature_access::FeatureAccess;
