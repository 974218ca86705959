//! "This was not me" in the browser. The link opens by GET and does nothing: mail programs open links by themselves (R39).

use super::commands::RecoveryError;
use super::disown::{self, Disowned, Noticed};
use super::view::{DisownedPage, NoticeClosedPage, NoticePage};
use crate::base::Problem;
use crate::console::layout::Bare;
use crate::console::time::Reader;
use crate::http::mailed_link::NOTICE;
use crate::http::{Answer, Call, Route, flash, get, html, post};
use crate::outbox::notice::Happening;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/notices/{token}", follow).secret(),
        get("/notice", show).secret(),
        post("/notice", answer).secret(),
    ]
}

async fn follow(call: Call) -> Result<Answer, Problem> {
    Ok(NOTICE.follow(&call))
}

fn bare(call: &Call) -> Bare {
    Bare { toast: flash::toast(call) }
}

fn closed(call: &Call) -> Answer {
    NOTICE.used(call, html(410, &NoticeClosedPage { bare: bare(call) }))
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let Some(token) = NOTICE.token(&call) else { return Ok(closed(&call)) };
    match disown::look_at_notice(&call.caller, token).await {
        Ok(noticed) => Ok(flash::page(&call, 200, &page(&call, noticed))),
        Err(RecoveryError::LinkInvalid(_)) => Ok(closed(&call)),
        Err(error) => Err(error.into()),
    }
}

fn page(call: &Call, noticed: Noticed) -> NoticePage {
    let reader = Reader {
        now: call.app().now(),
        zone: jiff::tz::TimeZone::get(&noticed.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC),
    };
    let secures = noticed.secures();
    let Noticed { notice, account, organization } = noticed;
    let name = |labels: &[String]| match labels.is_empty() {
        true => "none".to_owned(),
        false => labels.join(", "),
    };
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    let (title, verb) = match &notice.happening {
        Happening::PasswordChanged => ("Was it you who changed the password?", "This was not me"),
        Happening::EmailChanged => ("Was it you who changed the e-mail address?", "This was not me"),
        Happening::NewDevice { device, ip } => {
            facts.push(("Device", device.clone()));
            facts.push(("IP address", ip.clone()));
            ("Was it you who signed in?", "This was not me")
        }
        Happening::RoleChanged { from, to, by } => {
            facts.push(("Where", organization.clone()));
            facts.push(("Role before", name(from)));
            facts.push(("Role now", name(to)));
            if !by.is_empty() {
                facts.push(("Changed by", by.clone()));
            }
            ("Did you expect this change of your role?", "I did not expect this")
        }
    };
    // The former mailbox is not told the address that the account has now.
    if notice.recipient_key == account.email_key {
        facts.insert(0, ("Account", account.email.clone()));
    }
    let impact = match (&notice.happening, secures) {
        (_, true) => vec![
            "Signs you out everywhere, and whoever else is in.",
            "Ends the password in use. A link to a new one comes by e-mail.",
            "Tells whoever runs your organization by e-mail.",
        ],
        (Happening::RoleChanged { .. }, _) => {
            vec!["Tells those who run it by e-mail.", "Your role stays as it is until they change it."]
        }
        _ => vec![
            "Signs the account out everywhere.",
            "Tells whoever runs its organization by e-mail.",
            "Address and password stay as they are until they are changed.",
        ],
    };
    NoticePage { bare: bare(call), title, facts, at: reader.exactly(notice.created_at), impact, verb }
}

async fn answer(call: Call) -> Result<Answer, Problem> {
    let Some(token) = NOTICE.token(&call) else { return Ok(closed(&call)) };
    match disown::disown(&call.caller, token).await {
        Ok(Disowned { secured, mailed, told }) => {
            Ok(NOTICE.used(&call, html(200, &DisownedPage { bare: bare(&call), secured, mailed, told })))
        }
        Err(RecoveryError::LinkInvalid(_)) => Ok(closed(&call)),
        Err(error) => Err(error.into()),
    }
}
