//! Stories about members, roles and seats (requirements MEM, ACC, AM; security R25–R32, R43).

mod authority;
mod creating;
mod ending;
mod feature_access;
mod leaving;
mod listing;
mod probing;
mod races;
mod searching;
mod seats;
mod suspending;
mod tenants;
