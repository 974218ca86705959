//! An invitation as the audit trail keeps it.

use super::Invitation;
use crate::audit::{Action, Event};
use crate::member::{Member, told};

/// What is noted of an invitation; with the member who came with it, whose roles stand in it already (ACC-11).
pub fn event(action: Action, invitation: &Invitation, came: Option<&Member>) -> Event {
    let event = Event::new(action, invitation.target())
        .with("email", invitation.email.clone())
        .with("roles", serde_json::to_value(&invitation.roles).unwrap_or_default())
        .with("expiresAt", invitation.expires_at.to_string());
    match came {
        Some(member) => told::came(event.with("member", member.id.to_string()), member, &[]),
        None => event,
    }
}
