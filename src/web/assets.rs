//! Style sheet, script and icons on their way to the browser.

use axum::extract::Path;

use crate::console::assets;
use crate::http::{Answer, Call, Guard, Route, get};

/// The route of the console's files.
pub fn routes() -> Vec<Route> {
    vec![get(assets::ROUTE, file).guard(Guard::Public)]
}

async fn file(call: Call) -> Result<Answer, crate::base::Problem> {
    let place = Path((call.param("release").to_owned(), call.param("file").to_owned()));
    Ok(assets::serve(place, call.request.headers.clone()).await)
}
