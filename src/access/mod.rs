//! What a member may do, and where it comes from.

pub mod effect;
mod evaluate;
mod feature_access;
mod rules;
pub mod store;
#[cfg(test)]
mod tests;

pub use effect::{Difference, Effect};
pub use evaluate::{Explained, Given, HeldRole, HeldTemplate, Holdings, Source, Withheld};
pub use feature_access::FeatureAccess;
pub use rules::{Held, Rules};
