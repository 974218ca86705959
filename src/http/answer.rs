//! Makers of answers.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::base::Problem;
use crate::base::page::Page;

/// What a handler gives back.
pub type Answer = Response;

fn with_type(status: u16, content_type: &'static str, body: impl Into<Body>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// A value as JSON.
pub fn to_json(body: &impl Serialize) -> Result<Bytes, Problem> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "an answer that is no JSON");
        Problem::new(500, "internal_error", "Something went wrong on the server.")
    })
}

/// A JSON answer.
pub fn json(status: u16, body: &impl Serialize) -> Answer {
    match to_json(body) {
        Ok(text) => with_type(status, "application/json", text),
        Err(refused) => problem(&refused),
    }
}

/// An answer that is JSON already.
pub fn json_text(text: Bytes) -> Answer {
    with_type(200, "application/json", text)
}

/// A JSON answer about one object, with its version as `ETag`.
pub fn json_versioned(status: u16, body: &impl Serialize, version: i64) -> Answer {
    let mut answer = json(status, body);
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageBody<'a, T> {
    data: &'a [T],
    next_cursor: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// A page of a list.
pub fn page_json<T: Serialize>(page: &Page<T>) -> Answer {
    json(200, &PageBody { data: &page.data, next_cursor: &page.next_cursor, total: page.total })
}

/// 204.
pub fn no_content() -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// 303 to a path of this server: after a form, show a page.
pub fn see_other(path: &str) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    // Only a path of our own: never another site (R56).
    // Browsers drop tabs and read a backslash as a slash.
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let own = plain && path.starts_with('/') && !path.starts_with("//");
    let location = if own { HeaderValue::from_str(path).ok() } else { None };
    answer.headers_mut().insert(header::LOCATION, location.unwrap_or(HeaderValue::from_static("/")));
    answer
}

/// A rendered page.
pub fn html(status: u16, page: &impl askama::Template) -> Answer {
    match page.render() {
        Ok(text) => with_type(status, "text/html; charset=utf-8", text),
        Err(error) => {
            tracing::error!(%error, "a page that can't be rendered");
            with_type(500, "text/plain; charset=utf-8", "Something went wrong on the server.")
        }
    }
}

/// A form shown again, with what was wrong with it.
pub fn refused(problem: &Problem, page: &impl askama::Template) -> Answer {
    with_wait(html(problem.status, page), problem)
}

/// Text of another type: a CSV file, a stylesheet.
pub fn content(content_type: &'static str, body: impl Into<Body>) -> Answer {
    with_type(200, content_type, body)
}

/// A problem as `application/problem+json`.
pub fn problem(problem: &Problem) -> Answer {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut answer = with_type(problem.status, "application/problem+json", body);
    if problem.status == 401 {
        // RFC 9110, 11.6.1. Browsers ask nobody for a password because of this scheme.
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    with_wait(answer, problem)
}

fn with_wait(mut answer: Answer, problem: &Problem) -> Answer {
    if let Some(seconds) = problem.retry_after
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}
