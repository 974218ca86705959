//! Everything that somebody can look at, and the search for what must not be in it.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::http::Method;
use roster::http::{Face, Route};

use super::super::world::{Ids, fill, name};
use crate::story::{Answer, Person, Request};

/// Every route that only reads.
pub fn reading() -> Vec<Route> {
    roster::web::routes::all().into_iter().filter(|route| route.method == Method::GET).collect()
}

/// Answers by what was asked, so that one look can be laid beside another.
pub type Look = BTreeMap<String, Answer>;

/// Looks at every page, list and file with these ids, as it opens and as long and counted as it gets.
pub async fn looks(who: &Person, all: &[Ids]) -> Look {
    let mut look = Look::new();
    for route in reading() {
        for ids in all {
            let path = fill(route.path, ids);
            for query in ["", "?limit=200&count=true"] {
                let path = format!("{path}{query}");
                let answer = who.send(Request::new(Method::GET, path.as_str())).await;
                look.insert(format!("{} as {path}", name(&route)), answer);
            }
        }
    }
    look
}

/// The parts of an answer that a reader can tell apart.
fn told(answer: &Answer) -> (u16, String, Vec<String>) {
    let kept = ["etag", "location", "content-type", "content-length", "retry-after", "content-disposition"];
    let headers = kept.iter().flat_map(|name| answer.headers.get_all(*name));
    let headers = headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    (answer.status, answer.text(), headers)
}

/// What differs between two looks, with the first line that does.
pub fn differences(before: &Look, after: &Look) -> String {
    let mut all = String::new();
    for (asked, was) in before {
        let is = &after[asked];
        if told(was) == told(is) {
            continue;
        }
        let (was_text, is_text) = (was.text(), is.text());
        let line = was_text.lines().zip(is_text.lines()).find(|(a, b)| a != b);
        let line = line.map(|(a, b)| format!("{}\n   now: {}", cut(a), cut(b))).unwrap_or_default();
        writeln!(all, "{asked}: {} then, {} now\n   was: {line}", was.status, is.status).unwrap();
    }
    assert_eq!(before.len(), after.len());
    all
}

fn cut(line: &str) -> String {
    line.chars().take(900).collect()
}

/// Which of these texts stand in an answer, in its body or its headers, however they are written.
pub fn found<'a>(answer: &Answer, texts: &'a [String]) -> Vec<&'a str> {
    let mut all = answer.text();
    for (name, value) in &answer.headers {
        let _ = write!(all, "\n{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    let all = all.to_lowercase().replace("%40", "@").replace("%20", " ");
    texts.iter().map(String::as_str).filter(|text| all.contains(&text.to_lowercase())).collect()
}

/// Where any of these texts stands.
pub fn traces(look: &Look, texts: &[String]) -> String {
    let mut all = String::new();
    for (asked, answer) in look {
        let found = found(answer, texts);
        if !found.is_empty() {
            writeln!(all, "{asked}: {found:?}").unwrap();
        }
    }
    all
}

/// The parameters by which a list is narrowed, and what kind of text each takes.
const NARROWED_BY: &[(&str, &str)] = &[
    ("q", ""),
    ("actor", "mem_"),
    ("target", "mem_"),
    ("target", "sess_"),
    ("team", "team_"),
    ("project", "proj_"),
    ("role", "role_"),
    ("role", "key "),
    ("type", "type "),
];

/// What tells that a filter knows the other organization: an answer that is another one than for a text that is nowhere.
/// `strange` are texts of the other organization, by what they begin with; `control` a text of that kind that nobody has.
pub async fn filters_that_know(
    who: &Person,
    ids: &Ids,
    strange: &[(&str, String, String)],
) -> (usize, String) {
    let (mut asked, mut knowing) = (0, String::new());
    for route in reading() {
        let lists = route.face == Face::Page || !route.operation.query.is_empty();
        if !lists || route.path.contains("{token}") || route.path.contains("{file}") {
            continue;
        }
        let path = fill(route.path, ids);
        for (parameter, kind) in NARROWED_BY {
            for (_, text, control) in strange.iter().filter(|(of, ..)| of == kind) {
                let get =
                    |text: &str| who.send(Request::new(Method::GET, format!("{path}?{parameter}={text}")));
                let (theirs, nobodys) = (get(text).await, get(control).await);
                asked += 1;
                // What was typed stands on the page again, in whatever way it is written there.
                let plain = |answer: &Answer, typed: &str| {
                    let (status, body, headers) = told(answer);
                    let written = [typed, &typed.replace('@', "%40"), &typed.replace('+', " ")];
                    let without =
                        |text: &str| written.iter().fold(text.to_owned(), |text, w| text.replace(w, "…"));
                    (status, without(&body), without(&headers.join("\n")))
                };
                let (theirs, nobodys) = (plain(&theirs, text), plain(&nobodys, control));
                if theirs != nobodys {
                    let line =
                        theirs.1.lines().zip(nobodys.1.lines()).find(|(a, b)| a != b).unwrap_or_default();
                    writeln!(
                        knowing,
                        "{path}?{parameter}={text} is not ?{parameter}={control}: {line:.600?}"
                    )
                    .unwrap();
                }
            }
        }
    }
    (asked, knowing)
}
