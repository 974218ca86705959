//! Requests that another site made a browser send (CSRF, R57).

use axum::http::{HeaderMap, Method, header};

/// Whether a request must be refused as made by another site.
///
/// A browser says by `Sec-Fetch-Site`, or at least by `Origin`, who made it send a request; a request that carries our
/// cookie and says neither is refused as well. Requests that change nothing, and those of other programs, are let through.
pub fn is_cross_site(method: &Method, headers: &HeaderMap, has_cookie: bool) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name| headers.get(name).map(|v: &axum::http::HeaderValue| v.to_str().unwrap_or("?"));
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").map(|(_, authority)| authority) != Some(host),
        (Some(_), None) => true,
        (None, _) => has_cookie,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(&'static str, &'static str)], cookie: bool) -> bool {
        let headers = pairs
            .iter()
            .map(|(k, v)| (header::HeaderName::from_static(k), axum::http::HeaderValue::from_static(v)))
            .collect();
        is_cross_site(&Method::POST, &headers, cookie)
    }

    #[test]
    fn another_site_is_refused() {
        assert!(judged(&[("sec-fetch-site", "cross-site")], true));
        assert!(judged(&[("sec-fetch-site", "same-site")], false));
        assert!(judged(&[("origin", "https://evil.example"), ("host", "roster.example")], false));
        assert!(judged(&[("origin", "null"), ("host", "roster.example")], true));
        assert!(judged(&[("host", "roster.example")], true));
    }

    #[test]
    fn our_own_pages_and_other_programs_are_not() {
        assert!(!judged(&[("sec-fetch-site", "same-origin")], true));
        assert!(!judged(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true));
        assert!(!judged(&[("host", "roster.example")], false));
        assert!(!is_cross_site(&Method::GET, &HeaderMap::new(), true));
    }
}
