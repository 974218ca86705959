//! The top of the house: the table of every route, how a request becomes a call, and the server.

pub mod assets;
pub mod caller;
pub mod dispatch;
pub mod error_pages;
pub mod health;
pub mod idempotency;
pub mod openapi;
pub mod origin;
pub mod routes;
pub mod server;

pub use dispatch::router;
