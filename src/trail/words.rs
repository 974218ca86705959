//! Events in words: a sentence without its subject ("changed the role of Bob Baker"), and what changed from what to what.

use serde_json::{Map, Value};

use crate::access::Effect;
use crate::audit::Action;
use crate::audit::chain::Record;
use crate::base::{MemberId, OrganizationId};

use super::reason::reason;

/// What an action is called.
pub struct Words {
    /// As an entry of a list: "User suspended".
    pub title: &'static str,
    /// What somebody did, `{}` for on whom: "suspended {}".
    done: &'static str,
    /// What somebody tried: "suspend {}".
    tried: &'static str,
}

/// The words of an action.
pub fn words(action: Action) -> Words {
    use Action as A;
    let (title, done, tried) = match action {
        A::OrganizationCreated => ("Organization set up", "set up {}", "set up {}"),
        A::OrganizationUpdated => {
            ("Settings changed", "changed the settings of {}", "change the settings of {}")
        }
        A::SeatLimitChanged => {
            ("Seat limit changed", "changed the seat limit of {}", "change the seat limit of {}")
        }
        A::AccessModelUpdated => {
            ("Access model changed", "changed the access model of {}", "change the access model of {}")
        }
        A::MemberCreated => ("User created", "created {}", "create {}"),
        A::MemberUpdated => ("User changed", "changed {}", "change {}"),
        A::MemberSuspended => ("User suspended", "suspended {}", "suspend {}"),
        A::MemberReactivated => ("User reactivated", "reactivated {}", "reactivate {}"),
        A::MemberRemoved => ("User removed", "removed {}", "remove {}"),
        A::MemberDisputed => {
            ("Role change disowned", "did not expect the change of role of {}", "answer for {}")
        }
        A::MemberLeft => ("User left", "left, as {}", "leave, as {}"),
        A::MemberReminded => ("User told of the end", "told {} when the membership ends", "tell {}"),
        A::MemberEnded => ("Membership ended", "ended the membership of {}", "end the membership of {}"),
        A::MemberKept => ("Membership kept", "kept {} beyond the end date", "keep {}"),
        A::InvitationCreated => ("Invitation sent", "invited {}", "invite {}"),
        A::InvitationResent => {
            ("Invitation sent again", "sent the invitation of {} again", "send the invitation of {} again")
        }
        A::InvitationRefreshed => ("Invitation renewed", "invited {} anew", "invite {} anew"),
        A::InvitationRevoked => {
            ("Invitation revoked", "revoked the invitation of {}", "revoke the invitation of {}")
        }
        A::InvitationAccepted => {
            ("Invitation accepted", "accepted the invitation for {}", "accept the invitation for {}")
        }
        A::InvitationDeclined => {
            ("Invitation declined", "declined the invitation for {}", "decline the invitation for {}")
        }
        A::InvitationLinkCopied => {
            ("Invitation link shown", "looked at the link of {}", "look at the link of {}")
        }
        A::ImportChecked => ("Import looked at", "looked at the file {}", "look at the file {}"),
        A::ImportStarted => ("Import started", "began to import {}", "import {}"),
        A::ImportFinished => ("Import finished", "imported {}", "import {}"),
        A::ImportStopped => ("Import stopped", "stopped the import of {}", "stop the import of {}"),
        A::BulkChecked => ("Bulk action looked at", "looked at “{}” of many", "look at “{}” of many"),
        A::BulkStarted => ("Bulk action started", "began “{}” of many", "begin “{}” of many"),
        A::BulkFinished => ("Bulk action finished", "finished “{}” of many", "finish “{}” of many"),
        A::BulkStopped => ("Bulk action stopped", "stopped “{}” of many", "stop “{}” of many"),
        A::ReviewStarted => ("Review started", "started the review {}", "start the review {}"),
        A::ReviewDecided => ("Reviewed", "reviewed the access of {}", "review the access of {}"),
        A::ReviewReminded => ("Review reminder sent", "reminded of the review {}", "remind of the review {}"),
        A::ReviewClosed => ("Review closed", "closed the review {}", "close the review {}"),
        A::RoleCreated => ("Role created", "created the role {}", "create the role {}"),
        A::RoleUpdated => ("Role changed", "changed the role {}", "change the role {}"),
        A::RoleDeleted => ("Role deleted", "deleted the role {}", "delete the role {}"),
        A::TemplateCreated => {
            ("Role template created", "created the role template {}", "create the role template {}")
        }
        A::TemplateUpdated => {
            ("Role template changed", "changed the role template {}", "change the role template {}")
        }
        A::TemplateDeleted => {
            ("Role template deleted", "deleted the role template {}", "delete the role template {}")
        }
        A::TeamCreated => ("Team created", "created the team {}", "create the team {}"),
        A::TeamUpdated => ("Team changed", "changed the team {}", "change the team {}"),
        A::TeamDeleted => ("Team deleted", "deleted the team {}", "delete the team {}"),
        A::ProjectCreated => ("Project created", "created the project {}", "create the project {}"),
        A::ProjectUpdated => ("Project changed", "changed the project {}", "change the project {}"),
        A::ProjectDeleted => ("Project deleted", "deleted the project {}", "delete the project {}"),
        A::ResourceCreated => {
            ("Resource registered", "registered the resource {}", "register the resource {}")
        }
        A::ResourceUpdated => ("Resource changed", "changed the resource {}", "change the resource {}"),
        A::ResourceDeleted => ("Resource deleted", "deleted the resource {}", "delete the resource {}"),
        A::SessionStarted => ("Signed in", "signed in with {}", "sign in with {}"),
        A::SessionEnded => ("Signed out", "signed out of {}", "sign out of {}"),
        A::SessionRevoked => ("Session revoked", "revoked the session {}", "revoke the session {}"),
        A::AccountUpdated => ("Profile changed", "changed the profile of {}", "change the profile of {}"),
        A::PasswordChanged => ("Password changed", "changed the password of {}", "change the password of {}"),
        A::PasswordReset => ("Password reset", "chose a new password for {}", "choose a new password for {}"),
        A::PasswordResetRequested => {
            ("New password asked for", "asked for a new password for {}", "ask for a new password for {}")
        }
        A::EmailChangeRequested => {
            ("New e-mail asked for", "asked for a new e-mail for {}", "ask for a new e-mail for {}")
        }
        A::EmailChanged => ("E-mail changed", "changed the e-mail of {}", "change the e-mail of {}"),
        A::AccountSecured => ("Account made safe", "answered that it was not them, for {}", "answer for {}"),
        A::AccountDisputed => {
            ("Account change disowned", "answered that it was not them, for {}", "answer for {}")
        }
        A::AccountErased => ("Account erased", "erased the account of {}", "erase the account of {}"),
        A::InstallationSetUp => ("Installation set up", "set up the installation", "set up the installation"),
        A::OperatorKeyCreated => ("Operator's key made", "made {}", "make {}"),
        A::AccessRefused => ("Access refused", "did something in {}", "do something in {}"),
    };
    Words { title, done, tried }
}

/// The sentence of an event without its subject: what stands before and after the target's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub before: String,
    /// Empty where the sentence names no target.
    pub target: String,
    pub after: String,
}

impl Sentence {
    /// As plain text.
    pub fn text(&self) -> String {
        format!("{}{}{}", self.before, self.target, self.after)
    }
}

/// Tells an event.
pub fn sentence(record: &Record) -> Sentence {
    let changes: Map<String, Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    let action = Action::ALL.iter().copied().find(|action| action.as_str() == record.action);
    let refused = record.outcome == "refused";
    let pattern = match (action, refused) {
        (Some(Action::AccessRefused), _) => {
            let permission = to(&changes, "permission");
            return Sentence {
                before: format!("tried something that needs the permission {permission}"),
                target: String::new(),
                after: String::new(),
            };
        }
        (Some(Action::MemberUpdated), false) => format!("changed {}{{}}", what_of(&changes)),
        (Some(Action::SessionRevoked), false) if changes.contains_key("member") => {
            format!("signed {} out of {{}}", to(&changes, "member"))
        }
        (Some(Action::SessionEnded), false) if changes.contains_key("everywhere_else") => {
            "signed out everywhere else, as {}".to_owned()
        }
        (Some(action), false) => words(action).done.to_owned(),
        (Some(action), true) => format!("tried to {}", words(action).tried),
        (None, false) => format!("{}: {{}}", record.action),
        (None, true) => format!("tried {}: {{}}", record.action),
    };
    let (before, after) = pattern.split_once("{}").unwrap_or((&pattern, ""));
    let names = pattern.contains("{}");
    Sentence {
        before: before.to_owned(),
        target: if names { record.target_name.clone() } else { String::new() },
        after: after.to_owned(),
    }
}

/// "the role of " where nothing else of a member was changed.
fn what_of(changes: &Map<String, Value>) -> String {
    let mut fields = changes.keys().filter(|field| *field != EFFECT);
    match (fields.next(), fields.next()) {
        (Some(field), None) => format!("the {} of ", label(field).to_lowercase()),
        _ => String::new(),
    }
}

fn to(changes: &Map<String, Value>, field: &str) -> String {
    changes.get(field).and_then(|change| change["to"].as_str()).unwrap_or_default().to_owned()
}

/// What was one thing and became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub label: String,
    /// None: there was nothing before, or nobody noted it.
    pub before: Option<String>,
    pub after: String,
}

/// What an id or a key is called today: roles, teams, projects.
pub trait Called {
    /// The name, where there is one.
    fn called(&self, field: &str, id: &str) -> Option<String>;
}

/// What an event changed, line by line.
pub fn lines(record: &Record, names: &impl Called) -> Vec<Line> {
    let changes: Map<String, Value> = serde_json::from_str(&record.changes).unwrap_or_default();
    let line = |(field, change): (&String, &Value)| {
        let (from, to) = (&change["from"], &change["to"]);
        Line {
            label: label(field),
            before: (!from.is_null()).then(|| value(field, from, names)),
            after: value(field, to, names),
        }
    };
    let hidden = |change: &Value| is_id(&change["to"]) || change["to"].is_null() && is_id(&change["from"]);
    // What it did comes after what was done.
    let (effect, done): (Vec<_>, Vec<_>) = changes.iter().partition(|(field, _)| *field == EFFECT);
    done.into_iter().chain(effect).filter(|(_, change)| !hidden(change)).map(line).collect()
}

/// Whether it is an id of ours, which says nothing to a person; the sentence and its links name what it is.
fn is_id(value: &Value) -> bool {
    let known = |id: &str| id.parse::<OrganizationId>().is_ok() || id.parse::<MemberId>().is_ok();
    value.as_str().is_some_and(known)
}

fn label(field: &str) -> String {
    let known = match field {
        "email" => "E-mail",
        "firstName" => "First name",
        "lastName" => "Last name",
        "timeZone" => "Time zone",
        "locale" => "Language",
        "roles" => "Roles",
        "roleTemplate" => "Role template",
        "featureAccess" => "Feature access",
        "mustChangePassword" => "Must choose a new password",
        "expiresAt" => "Link works until",
        "endsAt" => "End date",
        "inviterSinceRemoved" => "Inviter since removed",
        "everywhere_else" => "Sessions ended",
        "slug" => "Name in addresses",
        "seatLimit" => "Seat limit",
        "invitationLifetimeDays" => "Days that a link works",
        "linksMayBeCopied" => "Links may be copied",
        "alwaysOn" => "Features always on",
        "externalId" => "Id in the product",
        "rulesEnded" => "Rules of resources that ended",
        "resourcesOutOfReach" => "Resources that somebody can no longer reach",
        "upgradeUrl" => "Address for more seats",
        "defaultRole" => "Default role",
        _ => "",
    };
    if known.is_empty() { spaced(field) } else { known.to_owned() }
}

/// `someField` as "Some field".
fn spaced(field: &str) -> String {
    let mut out = String::new();
    for letter in field.chars() {
        match letter {
            '_' => out.push(' '),
            upper if upper.is_uppercase() => {
                out.push(' ');
                out.extend(upper.to_lowercase());
            }
            first if out.is_empty() => out.extend(first.to_uppercase()),
            other => out.push(other),
        }
    }
    out
}

const NOTHING: &str = "nothing";
/// What a change did to what people may do, in numbers.
const EFFECT: &str = "effect";

fn value(field: &str, value: &Value, names: &impl Called) -> String {
    if field == EFFECT {
        let effect: Effect = serde_json::from_value(value.clone()).unwrap_or_default();
        let told = effect.sentences(None).join(" ");
        return if told.is_empty() { "nobody gains or loses a permission".to_owned() } else { told };
    }
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => NOTHING.to_owned(),
        Value::String(text) => match field {
            "reason" => reason(text),
            _ => names.called(field, text).unwrap_or_else(|| text.clone()),
        },
        Value::Array(list) if list.is_empty() => NOTHING.to_owned(),
        Value::Array(list) => {
            list.iter().map(|one| self::value(field, one, names)).collect::<Vec<_>>().join(", ")
        }
        Value::Object(map) if map.is_empty() => NOTHING.to_owned(),
        Value::Object(map) if field == "access" => rule(map, names),
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| match value {
                Value::Bool(on) => format!("{key} {}", if *on { "on" } else { "off" }),
                other => format!("{key}: {}", self::value(field, other, names)),
            };
            map.iter().map(pair).collect::<Vec<_>>().join("; ")
        }
    }
}

/// A rule of a resource: "Operations (edit)".
fn rule(map: &Map<String, Value>, names: &impl Called) -> String {
    let subject =
        ["team", "project", "member"].into_iter().find_map(|kind| Some((kind, map.get(kind)?.as_str()?)));
    let (kind, id) = subject.unwrap_or_default();
    let name = names.called(kind, id).unwrap_or_else(|| format!("a {kind}"));
    format!("{name} ({})", map.get("level").and_then(Value::as_str).unwrap_or_default())
}

#[cfg(test)]
mod tests;
