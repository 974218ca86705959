//! The integration tests: one binary.

mod story;
mod sweeps;
