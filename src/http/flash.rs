//! The one sentence after an action: kept in a short-lived cookie from the answer to the form until the next page.

use axum::http::{HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Answer, Call, cookie, html, see_other};
use crate::base::text::cut;
use crate::console::notice::Toast;

const COOKIE: &str = "roster-flash";
const SECONDS: i64 = 60;
/// Code points: more than any sentence of ours has, and within what a browser keeps.
const LONGEST: usize = 400;

/// 303 to a page of ours, which says the sentence once.
pub fn redirect(call: &Call, path: &str, sentence: &str) -> Answer {
    let value = URL_SAFE_NO_PAD.encode(cut(sentence, LONGEST));
    with_cookie(see_other(path), cookie::set(COOKIE, &value, Some(SECONDS), url(call)))
}

/// What the last action left to say. It is plain text that the templates escape, whoever wrote the cookie.
pub fn toast(call: &Call) -> Toast {
    let kept = kept(call).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());
    let text = kept.and_then(|bytes| String::from_utf8(bytes).ok());
    Toast { text: text.filter(|text| text.chars().count() <= LONGEST && !text.chars().any(char::is_control)) }
}

/// A rendered page that has said what there was to say.
pub fn page(call: &Call, status: u16, page: &impl askama::Template) -> Answer {
    let answer = html(status, page);
    if kept(call).is_none() {
        return answer;
    }
    with_cookie(answer, cookie::set(COOKIE, "", Some(0), url(call)))
}

fn kept(call: &Call) -> Option<&str> {
    cookie::read(&call.request.headers, &cookie::name(COOKIE, url(call)))
}

fn url(call: &Call) -> &crate::settings::PublicUrl {
    &call.app().settings.public_url
}

fn with_cookie(mut answer: Answer, cookie: HeaderValue) -> Answer {
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    answer
}
