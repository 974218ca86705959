//! The console's pages about users.

mod change;
mod create;
pub mod end;
mod list;
pub mod menu;
mod row;

pub use create::{feature_box, switches};
pub use row::{feature, status};

use crate::access_model::Area;
use crate::http::{Route, get, post};

/// The routes of the users' pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/users", list::show).needs(Area::Users, "view"),
        get("/users/new", create::show).needs(Area::Users, "create"),
        post("/users", create::submit).needs(Area::Users, "create"),
        get("/users/{id}/menu", menu::show).needs(Area::Users, "view"),
        get("/users/{id}/role", change::ask_role).needs(Area::Users, "edit"),
        post("/users/{id}/role", change::role).needs(Area::Users, "edit"),
        get("/users/{id}/suspend", change::ask_suspend).needs(Area::Users, "edit"),
        post("/users/{id}/suspend", change::suspend).needs(Area::Users, "edit"),
        get("/users/{id}/reactivate", change::ask_reactivate).needs(Area::Users, "edit"),
        post("/users/{id}/reactivate", change::reactivate).needs(Area::Users, "edit"),
    ]
}
