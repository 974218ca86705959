//! The mailbox in the browser. It shows live links, so it exists only for whoever sits at the machine.

use axum::http::{HeaderValue, header};

use super::view::{LetterLine, LetterPage, MailboxPage};
use super::{Shown, list, read};
use crate::base::Problem;
use crate::console::layout::Bare;
use crate::console::notice::{Callout, Tone};
use crate::console::time::Reader;
use crate::http::{Answer, Call, Guard, Route, answer, get, html};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/mailbox", mailbox).guard(Guard::Public),
        get("/mailbox/{letter}", letter).guard(Guard::Public),
        get("/mailbox/{letter}/html", letter_html).guard(Guard::Public),
    ]
}

/// Headers that say that somebody elsewhere asks, through a proxy on this machine.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Not found, except without a mail server, at this very machine, under a name of this machine: a page of another site
/// whose name was pointed at 127.0.0.1 sees nothing.
fn only_here(call: &Call) -> Result<(), Problem> {
    if is_here(call) { Ok(()) } else { Err(Problem::not_found()) }
}

fn is_here(call: &Call) -> bool {
    let settings = &call.app().settings;
    let host = call.header("host").unwrap_or("");
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    settings.smtp.is_none()
        && settings.listen.ip().is_loopback()
        && settings.public_url.is_loopback()
        && call.caller.client.ip.is_loopback()
        && (host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()))
        && FORWARDED.iter().all(|name| !call.request.headers.contains_key(*name))
}

/// What whoever writes to others should know while no mail server is set up: nothing reaches anybody by itself.
pub fn notice(call: &Call) -> Option<Callout> {
    if call.app().settings.smtp.is_some() {
        return None;
    }
    let notice = |text| Callout::new(Tone::Warn, "No mail server is set up.", text);
    Some(if is_here(call) {
        notice("Letters are kept on this machine, and nobody gets one. Pass the links in them on yourself.")
            .way_out("Open the mailbox", "/mailbox")
    } else {
        notice("Letters are kept, and nobody gets one. Ask whoever runs this server to set ROSTER_SMTP_URL.")
    })
}

fn reader(call: &Call) -> Reader {
    Reader { now: call.app().now(), zone: jiff::tz::TimeZone::UTC }
}

async fn mailbox(call: Call) -> Result<Answer, Problem> {
    only_here(&call)?;
    let reader = reader(&call);
    let letters = list(call.app()).await?;
    let letters = letters
        .into_iter()
        .map(|Shown { letter, text }| LetterLine {
            href: format!("/mailbox/{}", letter.id),
            to: letter.recipient,
            subject: text.subject,
            at: reader.past(letter.created_at),
        })
        .collect();
    Ok(html(200, &MailboxPage { bare: Bare::default(), letters }))
}

async fn find(call: &Call) -> Result<Shown, Problem> {
    only_here(call)?;
    read(call.app(), call.id("letter")?).await?.ok_or_else(Problem::not_found)
}

async fn letter(call: Call) -> Result<Answer, Problem> {
    let Shown { letter, text } = find(&call).await?;
    let mut answer = html(
        200,
        &LetterPage {
            bare: Bare::default(),
            from: call.app().settings.mail_from.to_string(),
            to: letter.recipient,
            subject: text.subject,
            at: reader(&call).exactly(letter.created_at),
            text: text.plain,
            links: text.link.into_iter().collect(),
            html: format!("/mailbox/{}/html", letter.id),
        },
    );
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
                  frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(answer)
}

/// The HTML part by itself: it may style itself and nothing else.
async fn letter_html(call: Call) -> Result<Answer, Problem> {
    let shown = find(&call).await?;
    let mut answer = answer::content("text/html; charset=utf-8", shown.text.html);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; sandbox";
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(answer)
}
