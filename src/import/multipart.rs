//! What a form with a file sends (RFC 7578).

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use bytes::Bytes;

use super::file;
use crate::base::Problem;
use crate::http::Call;

/// A file that was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Its name; a made-up one where it has none.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
    /// The other fields of the form.
    pub fields: Vec<(String, String)>,
}

impl Sent {
    /// A field of the form; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// The CSV file of a request: the body itself as `text/csv`, or the field `file` of a form.
pub async fn sent(call: &Call) -> Result<Sent, Problem> {
    let kind = call.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    match essence {
        "text/csv" => {
            let (name, bytes) = ("import.csv".to_owned(), call.request.body.clone());
            Ok(Sent { name, bytes, fields: Vec::new() })
        }
        "multipart/form-data" => {
            of_form(call.header("content-type").unwrap_or_default(), call.request.body.clone()).await
        }
        _ => Err(file::not_csv("Send the file as text/csv, or in the field `file` of a multipart form.")),
    }
}

/// The file in a form's body; `kind` is the body's content type, which tells what stands between its parts.
pub async fn of_form(kind: &str, body: Bytes) -> Result<Sent, Problem> {
    let broken = || Problem::new(400, "invalid_form", "The form did not arrive whole. Send it again.");
    let request = Request::builder().header(header::CONTENT_TYPE, kind);
    let request = request.body(Body::from(body)).map_err(|_| broken())?;
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut sent = Sent::default();
    let mut found = false;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            // Our own forms are UTF-8; to ask for text would bring the tables of every other encoding along.
            let value = field.bytes().await.map_err(|_| broken())?;
            sent.fields.push((name, String::from_utf8_lossy(&value).into_owned()));
            continue;
        }
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let is_csv =
            field.content_type().is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/csv"));
        sent.bytes = field.bytes().await.map_err(|_| broken())?;
        if file_name.is_empty() && sent.bytes.is_empty() {
            return Err(missing());
        }
        if !is_csv && !file_name.to_lowercase().ends_with(".csv") {
            return Err(file::not_csv(
                "This is no .csv file. Save your list as CSV (UTF-8), and give that file.",
            ));
        }
        let plain: String = file_name.chars().filter(|c| !c.is_control()).take(100).collect();
        sent.name = if plain.is_empty() { "import.csv".to_owned() } else { plain };
        found = true;
    }
    if found { Ok(sent) } else { Err(missing()) }
}

fn missing() -> Problem {
    Problem::field("/file", "missing", "Choose a CSV file.")
}
