//! Stories about invitations (requirements INV, security R33–R43).

mod accepting;
mod addresses;
mod answering;
mod copied;
mod foreign_password;
mod inviting;
mod model;
mod resending;
