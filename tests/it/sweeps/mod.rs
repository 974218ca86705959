//! Sweeps: what must hold for every route, statement, role and module, written once.

mod imports;
mod junk;
mod matrix;
mod neighbours;
mod openapi;
mod roles;
mod routes;
mod statements;
mod world;
