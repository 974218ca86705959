//! Seats in the JSON API.

use serde::Serialize;
use utoipa::ToSchema;

use super::{SeatState, Seats};
use crate::access_model::Area;
use crate::base::Problem;
use crate::http::{Answer, Call, Route, get, json};

/// The seat meter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Seats)]
struct SeatsBody {
    limit: Option<i64>,
    used: i64,
    active: i64,
    suspended: i64,
    invited: i64,
    available: Option<i64>,
    #[schema(example = "ok")]
    state: &'static str,
    upgrade_url: Option<String>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/organizations/{org}/seats", seats)
            .needs(Area::Users, "view")
            .summary("How many seats there are and how many are used")
            .answers::<SeatsBody>(200),
    ]
}

async fn seats(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let app = call.app();
    let seats = super::count(&mut app.db.reader(), organization, app.now()).await?;
    Ok(json(200, &body(&seats, organization.upgrade_url.clone())))
}

fn body(seats: &Seats, upgrade_url: Option<String>) -> SeatsBody {
    let state = match seats.state() {
        SeatState::Ok => "ok",
        SeatState::Warning => "warning",
        SeatState::Full => "full",
    };
    SeatsBody {
        limit: seats.limit,
        used: seats.used(),
        active: seats.active,
        suspended: seats.suspended,
        invited: seats.invited,
        available: seats.available(),
        state,
        upgrade_url,
    }
}
