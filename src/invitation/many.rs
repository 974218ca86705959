//! Inviting one address or many in one request.

use super::commands::InviteError;
use super::invite::{Draft, Outcome, invite_one, weigh};
use super::known::Ahead;
use crate::access_model::Area;
use crate::audit::Target;
use crate::base::problem::Checks;
use crate::base::{EmailAddress, text};
use crate::member::access::Asked;
use crate::op::{Caller, Needs, Op};

/// Addresses in one request, at the most.
pub const MOST_ADDRESSES: usize = 200;

/// Who is invited, to what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// One address, or many.
    pub emails: Vec<String>,
    /// First name, for one address.
    pub first_name: String,
    /// Last name, for one address.
    pub last_name: String,
    /// Roles, template, features, teams, projects.
    pub asked: Asked,
    /// A personal message; may be empty.
    pub message: String,
}

/// Invites one or many. With one address a failure is the command's; with many each is judged on its own, except that
/// access which the actor may not give refuses the whole request.
pub async fn invite(
    caller: &Caller,
    request: &Request,
    one: bool,
) -> Result<Vec<(String, Outcome)>, InviteError> {
    let texts = checked(request, one)?;
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    let outcome = invite_all(&mut op, request, texts, one).await;
    match outcome {
        // Every address failed: nothing was changed, and each says why.
        Ok(rows)
            if !rows.iter().any(|(_, o)| {
                matches!(o, Outcome::Created(_) | Outcome::Resent(_) | Outcome::Refreshed(_))
            }) =>
        {
            op.leave_unchanged().await?;
            Ok(rows)
        }
        outcome => op.finish(outcome).await,
    }
}

/// Tells what would come of it: the same, in a transaction that never was.
pub async fn foretell(
    caller: &Caller,
    request: &Request,
    one: bool,
) -> Result<Vec<(String, Outcome)>, InviteError> {
    let texts = checked(request, one)?;
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    match invite_all(&mut op, request, texts, one).await {
        Ok(rows) => {
            op.discard().await?;
            Ok(rows)
        }
        // Trying to hand out more than one may is recorded, in a rehearsal as well.
        Err(error) => op.finish(Err(error)).await,
    }
}

/// First name, last name and message.
fn checked(request: &Request, one: bool) -> Result<(String, String, String), InviteError> {
    let mut checks = Checks::default();
    let optional_name = |checks: &mut Checks, at: &str, what: &str, text: &str| match text::is_blank(text)
        && !text.contains('\0')
    {
        true => String::new(),
        false => checks.name(at, what, text),
    };
    let first_name = optional_name(&mut checks, "/firstName", "The first name", &request.first_name);
    let last_name = optional_name(&mut checks, "/lastName", "The last name", &request.last_name);
    let message = checks.text("/message", "The message", text::paragraph(&request.message, 2000));
    if request.emails.is_empty() {
        checks.wrong("/emails", "missing", "Give at least one address.");
    }
    if request.emails.len() > MOST_ADDRESSES {
        checks.wrong(
            "/emails",
            "too_many",
            format!("Invite at most {MOST_ADDRESSES} addresses at once; import a CSV file for more."),
        );
    }
    let named = !first_name.is_empty() || !last_name.is_empty();
    if !one && named {
        checks.wrong("/firstName", "invalid_value", "Names go with one address only.");
    }
    checks.done().map_err(InviteError::Input)?;
    Ok((first_name, last_name, message))
}

async fn invite_all(
    op: &mut Op,
    request: &Request,
    (first_name, last_name, message): (String, String, String),
    one: bool,
) -> Result<Vec<(String, Outcome)>, InviteError> {
    let first = request.emails.first().map(|e| text::cut(e, 320)).unwrap_or_default();
    let (roles, given) = weigh(op, &request.asked, Target::new("invitation", "", first)).await?;
    let mut rows: Vec<(String, Outcome)> = Vec::with_capacity(request.emails.len());
    let mut done: Vec<String> = Vec::new();
    let mut ahead = Ahead::read(op, request.emails.iter().map(String::as_str)).await?;
    for typed in &request.emails {
        let outcome = match EmailAddress::parse(typed) {
            Err(_) => Outcome::Failed(InviteError::InvalidEmail),
            Ok(email) if done.iter().any(|key| key == email.key()) => Outcome::Ignored,
            Ok(email) => {
                let key = email.key().to_owned();
                let draft = Draft {
                    email,
                    first_name: first_name.clone(),
                    last_name: last_name.clone(),
                    message: message.clone(),
                };
                match invite_one(op, &roles, &given, draft, &mut ahead).await {
                    Ok(outcome) => {
                        done.push(key);
                        outcome
                    }
                    Err(error @ InviteError::Op(_)) => return Err(error),
                    Err(error) => Outcome::Failed(error),
                }
            }
        };
        match outcome {
            Outcome::Failed(error) if one => return Err(error),
            outcome => rows.push((text::cut(typed, 320).to_owned(), outcome)),
        }
    }
    Ok(rows)
}
