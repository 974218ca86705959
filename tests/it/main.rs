//! The integration tests: one binary.

mod sweeps;
