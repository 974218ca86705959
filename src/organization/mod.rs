//! The tenant.

pub mod api;
pub mod commands;
pub mod pages;
pub mod store;
pub mod view;

#[cfg(test)]
pub mod samples;

use crate::base::Problem;

/// 412: somebody changed it since it was read.
pub fn stale() -> Problem {
    Problem::new(
        412,
        "stale_version",
        "Somebody changed this since you loaded it. Load it again and repeat your change.",
    )
}
