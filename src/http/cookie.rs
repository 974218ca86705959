//! The cookies that Roster sets: the session, and for a few minutes what a mailed link or a form left behind.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::settings::PublicUrl;

/// The value of a request's cookie. `__Host-` names and plain ones are told apart by the public URL.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The full name of one of our cookies: with the `__Host-` prefix, except where the public URL is http on loopback and
/// the browser would refuse it.
pub fn name(base: &str, url: &PublicUrl) -> String {
    if !url.https && url.is_loopback() { base.to_owned() } else { format!("__Host-{base}") }
}

/// A `Set-Cookie` header: HttpOnly, SameSite=Lax, Path=/, Secure except on plain loopback. Without `seconds` the cookie
/// goes with the browser's session; zero deletes it.
pub fn set(base: &str, value: &str, seconds: Option<i64>, url: &PublicUrl) -> HeaderValue {
    let name = name(base, url);
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let age = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The session cookie's base name.
pub const SESSION: &str = "roster";
