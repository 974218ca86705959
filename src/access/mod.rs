//! What a member may do, and where it comes from.

mod decide;
mod evaluate;
mod feature_access;
mod remedy;
#[cfg(test)]
mod tests;

pub use decide::{Decision, On, Outcome, Question, Reach, Rule, Step, Through};
pub use evaluate::{Explained, Given, HeldRole, HeldTemplate, Holdings, Source, Withheld};
pub use feature_access::FeatureAccess;
pub use remedy::{Case, Change, MOST_OFFERED, OfferedRole, OfferedTemplate, Remedy};
