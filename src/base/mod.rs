//! What every noun stands on: ids, time, randomness, secrets, addresses, problems, pages. No I/O.

pub mod client;
pub mod device;
pub mod email_address;
pub mod hashing;
pub mod id;
pub mod page;
pub mod problem;
pub mod random;
pub mod remembered;
pub mod secret;
pub mod text;
pub mod time;
pub mod together;

pub use email_address::EmailAddress;
pub use id::*;
pub use problem::Problem;
pub use random::Randomness;
pub use time::{Clock, Timestamp};
