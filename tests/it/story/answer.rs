//! What the server answered, with the request that it answered: a wrong expectation prints both.

use axum::http::HeaderMap;
use serde_json::Value;

use super::Request;
use super::person::PASSWORD;

/// An answer.
#[derive(Clone)]
pub struct Answer {
    /// What was asked.
    pub request: Request,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |body: &[u8]| {
            let text = String::from_utf8_lossy(body);
            text.chars().take(4000).collect::<String>()
        };
        writeln!(f, "\n> {} {}", self.request.method, self.request.path)?;
        for (name, value) in &self.request.headers {
            writeln!(f, "> {name}: {}", value.to_str().unwrap_or("…"))?;
        }
        writeln!(f, "> {}", shown(&self.request.body))?;
        writeln!(f, "< {}", self.status)?;
        for name in ["content-type", "etag", "location", "retry-after", "set-cookie"] {
            for value in self.headers.get_all(name) {
                writeln!(f, "< {name}: {}", value.to_str().unwrap_or("…"))?;
            }
        }
        writeln!(f, "< {}", shown(&self.body))
    }
}

impl Answer {
    /// An answer; whatever it is about, it is no server error and holds no password or hash of one (R30, R53).
    pub fn new(request: Request, status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        let answer = Self { request, status, headers, body };
        assert!(answer.status < 500 || answer.status == 503, "a server error{answer}");
        let text = answer.text();
        assert!(!text.contains(PASSWORD) && !text.contains("$argon2"), "a secret in an answer{answer}");
        answer
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}){self}"))
    }

    /// The value at a JSON pointer, such as `/data/0/email`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_else(|| panic!("nothing at {pointer}{self}"))
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer}{self}")).to_owned()
    }

    /// The texts of one field of each row of `data`.
    #[track_caller]
    pub fn column(&self, pointer: &str) -> Vec<String> {
        self.column_of("/data", pointer)
    }

    /// A field of each row of a list somewhere in the answer.
    #[track_caller]
    pub fn column_of(&self, list: &str, pointer: &str) -> Vec<String> {
        let rows = self.at(list);
        let rows = rows.as_array().unwrap_or_else(|| panic!("data is no list{self}"));
        rows.iter()
            .map(|row| match row.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => panic!("nothing at {pointer} of a row{self}"),
            })
            .collect()
    }

    /// Whether it is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The problem's code, empty where it is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Must be a success; gives itself back.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert!(self.is_success(), "expected a success{self}");
        self
    }

    /// Must have this status; gives itself back.
    #[track_caller]
    pub fn has_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Must be this problem; gives itself back.
    #[track_caller]
    pub fn is(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self}");
        let kind = self.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{self}");
        assert_eq!(self.at("/status"), status, "{self}");
        assert!(!self.text_at("/detail").is_empty() && !self.text_at("/title").is_empty(), "{self}");
        self
    }

    /// Must be refused input with this field problem.
    #[track_caller]
    pub fn refuses(self, pointer: &str, code: &str) -> Self {
        assert_eq!(self.status, 422, "{self}");
        let errors = self.at("/errors");
        let found = errors.as_array().is_some_and(|errors| {
            errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code)
        });
        assert!(found, "expected {code} at {pointer}{self}");
        self
    }

    /// Must hold this value at a JSON pointer; gives itself back.
    #[track_caller]
    pub fn says(self, pointer: &str, value: impl Into<Value>) -> Self {
        assert_eq!(self.at(pointer), value.into(), "at {pointer}{self}");
        self
    }

    /// Must show this text.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.text().contains(text), "does not show {text:?}{self}");
        self
    }

    /// Must not show this text.
    #[track_caller]
    pub fn hides(self, text: &str) -> Self {
        assert!(!self.text().contains(text), "shows {text:?}{self}");
        self
    }
}
