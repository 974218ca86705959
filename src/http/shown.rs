//! What a request shows to say who sends it.

use axum::http::{HeaderMap, header};

use super::cookie;
use crate::app::App;
use crate::base::Problem;

/// What a request shows to say who sends it.
pub enum Shown<'a> {
    /// Nothing.
    Nothing,
    /// The session cookie.
    Cookie(&'a str),
    /// `Authorization: Bearer …`.
    Bearer(&'a str),
}

/// Reads cookie or bearer; the bearer counts where both are there.
pub fn shown<'a>(headers: &'a HeaderMap, app: &App) -> Shown<'a> {
    if let Some(value) = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok())
        && let Some((scheme, token)) = value.split_once(' ')
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Shown::Bearer(token.trim());
    }
    match cookie::read(headers, &cookie::name(cookie::SESSION, &app.settings.public_url)) {
        Some(token) => Shown::Cookie(token),
        None => Shown::Nothing,
    }
}

/// The session token, or 401 where nothing is shown.
pub fn token<'a>(headers: &'a HeaderMap, app: &App) -> Result<&'a str, Problem> {
    match shown(headers, app) {
        Shown::Cookie(token) | Shown::Bearer(token) => Ok(token),
        Shown::Nothing => Err(Problem::unauthenticated()),
    }
}
