//! What a member may do, and where it comes from.

mod decide;
pub mod effect;
mod evaluate;
mod feature_access;
mod remedy;
mod rules;
pub mod store;
#[cfg(test)]
mod tests;

pub use decide::{Decision, On, Outcome, Question, Reach, Rule, Step, Through};
pub use effect::{Difference, Effect};
pub use evaluate::{Explained, Given, HeldRole, HeldTemplate, Holdings, Source, Withheld};
pub use feature_access::FeatureAccess;
pub use remedy::{Case, Change, MOST_OFFERED, OfferedRole, OfferedTemplate, Remedy};
pub use rules::{Held, Rules};
