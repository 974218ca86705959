//! Removing and leaving in the JSON API.

use super::commands;
use crate::access_model::Area;
use crate::base::Problem;
use crate::http::{Answer, Call, Guard, NoFields, Route, delete, no_content, post};

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        delete("/api/v1/organizations/{org}/members/{id}", remove)
            .needs(Area::Users, "delete")
            .summary("Remove a member; of an invited one, withdraw the invitation")
            .answers_nothing(204)
            .problems(&[
                (403, "outside_grant_rule"),
                (403, "own_membership"),
                (409, "last_owner"),
                (412, "stale_version"),
            ]),
        post("/api/v1/organizations/{org}/members/me/leave", leave)
            .guard(Guard::Member)
            .summary("Leave the organization")
            .answers_nothing(204)
            .problems(&[(409, "last_owner")]),
    ]
}

async fn remove(call: Call) -> Result<Answer, Problem> {
    commands::remove(&call.caller, call.id("id")?, call.if_match()).await?;
    Ok(no_content())
}

async fn leave(call: Call) -> Result<Answer, Problem> {
    call.json_or_default::<NoFields>()?;
    commands::leave(&call.caller).await?;
    Ok(no_content())
}
