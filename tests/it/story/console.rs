//! What a browser without script does: GET, forms, redirects.

use axum::http::Method;

use super::{Answer, Person, Request};

/// Opens a page.
pub async fn opens(person: &Person, path: &str) -> Answer {
    person.send(Request::new(Method::GET, path)).await
}

/// Submits a form.
pub async fn submits(person: &Person, path: &str, form: &[(&str, &str)]) -> Answer {
    let body = serde_html_form::to_string(form).unwrap();
    person.send(Request::new(Method::POST, path).body("application/x-www-form-urlencoded", body)).await
}

/// Follows a redirect with the cookie that came along; gives back the page.
pub async fn follows(person: &Person, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{answer}");
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    let cookie = header("set-cookie").split(';').next().unwrap().to_owned();
    person.send(Request::new(Method::GET, header("location")).header("cookie", &cookie)).await.has_status(200)
}

/// The page as text, with entities as the characters that they stand for.
pub fn read(answer: &Answer) -> String {
    answer.text().replace("&#39;", "'").replace("&#34;", "\"")
}

/// What the page shows as text: tags are gone, white space is one blank.
pub fn plain(answer: &Answer) -> String {
    let text = read(answer);
    let mut out = String::new();
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            _ if inside => {}
            letter => out.push(letter),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value of a form's hidden or visible field.
pub fn field(answer: &Answer, name: &str) -> String {
    let text = answer.text();
    let start = format!("name=\"{name}\"");
    let at = text.find(&start).unwrap_or_else(|| panic!("no field {name}{answer}"));
    let from = text[..at].rfind('<').unwrap_or(at);
    let tag = &text[from..from + text[from..].find('>').unwrap_or(0)];
    let value = tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    value
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// The address of the first link that holds this text.
#[track_caller]
pub fn link(answer: &Answer, part: &str) -> String {
    let text = answer.text();
    let links = text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    let found =
        links.map(|link| link.replace("&#38;", "&").replace("&amp;", "&")).find(|link| link.contains(part));
    found.unwrap_or_else(|| panic!("no link with {part}{answer}"))
}
