//! Every door by name.
