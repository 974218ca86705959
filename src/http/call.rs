//! A request under way.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::object::Object;
use crate::app::App;
use crate::base::page::{CursorScope, DEFAULT_LIMIT, MOST, Page};
use crate::base::{MemberId, Problem};
use crate::op::{Caller, OpError, Standing};

/// What came over the wire.
#[derive(Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The path's parameters.
    pub params: Vec<(String, String)>,
    /// The body, within the route's limit.
    pub body: Bytes,
}

/// The body of an action that takes no fields.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}

/// A request under way: who asks, and what.
pub struct Call {
    /// Who asks.
    pub caller: Caller,
    /// What came.
    pub request: Arc<Received>,
}

/// `limit`, `cursor` and `count` of a list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Rows on a page: 1 to 200.
    pub limit: i64,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Whether the number of all rows is asked for.
    pub count: bool,
}

/// The query parameters of every list, for the OpenAPI document.
pub const PAGING: &[(&str, &str)] = &[
    ("limit", "Rows on a page: 1 to 200, 50 unless said"),
    ("cursor", "nextCursor of the page before"),
    ("count", "true adds total"),
];

#[derive(Deserialize)]
struct RawList {
    limit: Option<String>,
    cursor: Option<String>,
    count: Option<String>,
}

/// For a field of a merge patch (RFC 7396): absent is `None`, null is `Some(None)`.
pub fn patch_field<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// A field of a merge patch that can be changed but not cleared.
pub fn kept<T>(pointer: &str, field: Option<Option<T>>) -> Result<Option<T>, Problem> {
    match field {
        Some(None) => {
            Err(Problem::field(pointer, "missing", "This can't be cleared; leave it out to keep it."))
        }
        Some(Some(value)) => Ok(Some(value)),
        None => Ok(None),
    }
}

impl Call {
    /// The process's parts.
    pub fn app(&self) -> &App {
        &self.caller.app
    }

    /// A path parameter as text; empty where the route has none of that name.
    pub fn param(&self, name: &str) -> &str {
        self.request.params.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The id in the path; what is no id of this noun is not found.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.param(name).parse().map_err(|_| Problem::not_found())
    }

    /// The caller's place in the path's organization; the guard has seen to it that there is one.
    pub fn standing(&self) -> Result<&Standing, Problem> {
        self.caller.standing.as_ref().ok_or_else(|| OpError::NotFound.into())
    }

    /// The query, 400 `invalid_parameter` where it does not fit.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        axum::extract::Query::<T>::try_from_uri(&self.request.uri).map(|q| q.0).map_err(|e| {
            Problem::new(400, "invalid_parameter", format!("A query parameter does not fit: {e}."))
        })
    }

    /// The query's `limit`, `cursor` and `count`.
    pub fn list(&self) -> Result<ListQuery, Problem> {
        let raw: RawList = self.query()?;
        let limit = match raw.limit {
            None => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| {
                Problem::new(400, "invalid_parameter", format!("limit must be a number from 1 to {MOST}."))
            })?,
        };
        Ok(ListQuery {
            limit,
            cursor: raw.cursor.filter(|c| !c.is_empty()),
            count: raw.count.as_deref() == Some("true"),
        })
    }

    /// The asked page of a list that was read whole; see [`Page::of_whole`]. `list` names it for its cursors.
    pub fn page_of_whole<T>(
        &self,
        rows: Vec<T>,
        list: &[&str],
        id: impl Fn(&T) -> String,
    ) -> Result<Page<T>, Problem> {
        let asked = self.list()?;
        let scope = CursorScope { key: &self.app().key, parts: list };
        Page::of_whole(rows, (asked.limit, asked.cursor.as_deref(), asked.count), &scope, id)
    }

    /// The version in `If-Match`, where the request has one. Anything but our own kind of tag matches no version.
    pub fn if_match(&self) -> Option<i64> {
        let text = self.request.headers.get(header::IF_MATCH)?.to_str().unwrap_or("");
        if text.trim() == "*" {
            return None;
        }
        Some(text.trim().trim_start_matches("W/").trim_matches('"').parse().unwrap_or(-1))
    }

    /// The JSON body: 415 for another type, 400 for what is no JSON or has unknown fields, 422 for values that do not
    /// fit their field.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.require_json()?;
        read_json(&self.request.body)
    }

    /// The JSON body of an action, which may be left out.
    pub fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.request.body.is_empty() { Ok(T::default()) } else { self.json() }
    }

    fn require_json(&self) -> Result<(), Problem> {
        let kind = self.request.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind == "application/json"
            || (self.request.method == Method::PATCH && kind == "application/merge-patch+json")
        {
            return Ok(());
        }
        Err(Problem::new(415, "unsupported_media_type", "Send the body as application/json."))
    }

    /// A submitted form.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let kind = self.request.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::new(
                415,
                "unsupported_media_type",
                "Send the form as application/x-www-form-urlencoded.",
            ));
        }
        serde_html_form::from_bytes(&self.request.body)
            .map_err(|e| Problem::new(400, "invalid_form", format!("The form can't be read: {e}.")))
    }

    /// The page that an action was opened from: as the address says, where that is a page of ours, else this one.
    pub fn back(&self, list: &str) -> Result<String, Problem> {
        let said = self.query::<Back>()?.back;
        Ok(if is_page_of_ours(&said) { said } else { list.to_owned() })
    }

    /// A form that makes something says in which organization: another window may have switched meanwhile (R23).
    pub fn is_about(&self, organization: &str) -> Result<(), Problem> {
        let here = &self.standing()?.organization;
        if organization.is_empty() || organization == here.id.to_string() {
            return Ok(());
        }
        let detail = format!(
            "You are in {} now, and this page was opened in another {}. Nothing was done. Switch back, or open the page again \
             here.",
            here.name, here.model.labels.words.organization
        );
        Err(Problem::conflict("other_organization", detail))
    }

    /// A request header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// Whether an address is that of a page from which actions are opened.
pub fn is_page_of_ours(said: &str) -> bool {
    let path = said.split('?').next().unwrap_or_default();
    match path.strip_prefix("/users/").map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
        Some((id, rest)) => id.parse::<MemberId>().is_ok() && ["", "sessions"].contains(&rest),
        None => ["/users", "/invitations", "/sessions"].contains(&path),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

/// Reads a JSON body; see [`Call::json`].
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    match serde_json::from_slice(body) {
        Ok(Object(value)) => Ok(value),
        Err(_) => what_is_wrong(body),
    }
}

/// The same once more, minding where in the body it is: that takes twice as long.
fn what_is_wrong<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut from = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize::<_, Object<T>>(&mut from).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        let text = inner.to_string();
        // Where in the text it is helps nobody once the field is named.
        let text = text.split(" at line ").next().unwrap_or("").to_owned();
        if !inner.is_data() {
            return Problem::new(400, "invalid_json", format!("The body is not valid JSON: {text}."));
        }
        if text.starts_with("unknown field") {
            return Problem::new(400, "unknown_field", format!("The body has an {text}."));
        }
        if text.starts_with("duplicate field") {
            return Problem::new(400, "invalid_json", format!("The body has a {text}."));
        }
        if text.starts_with("missing field") {
            let field = text.split('`').nth(1).unwrap_or("");
            let pointer = format!("{pointer}/{field}");
            return Problem::field(&pointer, "missing", format!("{field} is missing."));
        }
        Problem::field(&pointer, "invalid_value", format!("This value does not fit: {text}."))
    })?;
    from.end().map_err(|_| Problem::new(400, "invalid_json", "Something stands behind the JSON value."))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("/{index}")),
            Segment::Map { key } => out.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    out
}
