//! Is it alive, is it ready.

use onesql::Error;

use crate::base::Problem;
use crate::http::{Answer, Call, Route, answer, get};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![get("/healthz", healthz), get("/readyz", readyz)]
}

/// Alive: the process answers. It asks nobody else.
async fn healthz(_: Call) -> Result<Answer, Problem> {
    Ok(answer::content("text/plain; charset=utf-8", "ok"))
}

/// Ready: the database answers, too.
async fn readyz(call: Call) -> Result<Answer, Problem> {
    match call.app().db.ping().await {
        Ok(()) => Ok(answer::content("text/plain; charset=utf-8", "ready")),
        Err(error) => {
            if !matches!(error, Error::Unavailable(_)) {
                tracing::error!(%error, "not ready");
            }
            Err(Problem::unavailable())
        }
    }
}
