//! The console's pages about invitations, for those who invite.

mod act;
mod invite;
mod list;
mod reach;

use crate::access_model::Area;
use crate::base::{InvitationId, Problem};
use crate::http::{Call, Route, get, post};
use crate::invitation::{Invitation, store};

/// The routes of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        get("/invitations", list::show).needs(Area::Users, "view"),
        get("/invitations/new", invite::show).needs(Area::Users, "create"),
        post("/invitations", invite::submit).needs(Area::Users, "create"),
        post("/invitations/{id}/resend", act::resend).needs(Area::Users, "create"),
        // That a link was looked at is recorded, so it takes a POST.
        post("/invitations/{id}/link", act::link).needs(Area::Users, "create").secret(),
        get("/invitations/{id}/revoke", act::ask_revoke).needs(Area::Users, "create"),
        post("/invitations/{id}/revoke", act::revoke).needs(Area::Users, "create"),
    ]
}

async fn find(call: &Call) -> Result<Invitation, Problem> {
    let organization = call.standing()?.organization.id;
    let id = call.id::<InvitationId>("id")?;
    store::find(&mut call.app().db.reader(), organization, id).await?.ok_or_else(Problem::not_found)
}
