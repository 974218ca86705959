//! The menu of a row: only what the reader may do with this member. The command decides all the same.

use super::change::find;
use crate::access_model::Area;
use crate::base::{Problem, Timestamp};
use crate::console::layout::Place;
use crate::console::menu::{Does, Item, Menu, RoleItem, RoleMenu};
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::member::view::MenuPage;
use crate::member::{Member, Status};
use crate::op::{Needs, Standing};
use crate::role::store::Role;
use crate::role::view::warns;
use crate::role::{self, RoleRef};

/// `GET /users/{id}/menu`: the menu of a row, which the list shows where it was asked for.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let (standing, member) = (call.standing()?, find(&call).await?);
    let roles = role::store::list(&mut call.app().db.reader(), standing.organization.id).await?;
    let back = call.back("/users")?;
    let menu = of(standing, &roles, &member, call.app().now()).on(&back);
    if menu.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(flash::page(&call, 200, &MenuPage { frame: frame::of(&call, Place::Users).await?, menu, back }))
}

/// Whether the menu of a member's row has anything in it, without making it.
pub fn is_any(standing: &Standing, roles: &[Role], member: &Member) -> bool {
    let may = |action| standing.allows(Needs(Area::Users, action));
    let may_ask_again =
        || may("create") && member.invitation.is_some() && standing.may_manage(&held(member, roles));
    member.id == standing.member || may("edit") || may("delete") || may_ask_again()
}

/// The menu of a member's row; empty where the reader may do nothing with them.
pub fn of(standing: &Standing, roles: &[Role], member: &Member, now: Timestamp) -> Menu {
    let mut menu = beside_edit(standing, roles, member, now);
    let others = member.id != standing.member && standing.may_manage(&held(member, roles));
    if others && standing.allows(Needs(Area::Users, "edit")) {
        menu.items.insert(0, Item::new("Edit", "edit", asks(member, "edit")));
    }
    menu
}

fn held(member: &Member, roles: &[Role]) -> Vec<RoleRef> {
    member.held(roles).into_iter().map(RoleRef::from).collect()
}

/// The same for a page that has a button of its own for editing.
pub fn beside_edit(standing: &Standing, roles: &[Role], member: &Member, now: Timestamp) -> Menu {
    if member.id == standing.member {
        let profile = Item::new("Your profile", "person", Does::Opens("/profile".to_owned()));
        return Menu { items: vec![profile], ..blank(member) };
    }
    if !standing.may_manage(&held(member, roles)) {
        return locked(standing, roles, member);
    }
    let may = |action| standing.allows(Needs(Area::Users, action));
    let mut items = Vec::new();
    let mut role_menu = None;
    if may("edit") {
        match standing.organization.model.single_role {
            true => role_menu = Some(role_choice(standing, roles, member)),
            false => items.push(Item::new("Change roles", "shield", asks(member, "role"))),
        }
    }
    if may("create")
        && let Some(invitation) = member.invitation
    {
        let resend = Does::Posts(format!("/invitations/{}/resend", invitation.id));
        let label = if now >= invitation.expires_at { "Invite again" } else { "Resend invitation" };
        items.push(Item::new(label, "mail", resend));
    }
    let verbs = &standing.organization.model.labels.verbs;
    if may("edit") {
        match member.status {
            Status::Active => items.push(Item::new(&verbs.suspend, "pause", asks(member, "suspend"))),
            Status::Suspended => {
                items.push(Item::new(&verbs.reactivate, "check", asks(member, "reactivate")))
            }
            Status::Invited => {}
        }
    }
    if may("delete") {
        let label = if member.status == Status::Invited { "Revoke invitation" } else { &verbs.remove };
        items.push(Item::new(label, "trash", asks(member, "remove")).grave());
    }
    if role_menu.is_none() && items.is_empty() {
        return Menu::default();
    }
    items.insert(0, copy(member));
    Menu { roles: role_menu, items, ..blank(member) }
}

fn blank(member: &Member) -> Menu {
    Menu {
        id: format!("m-{}", member.id),
        label: format!("Actions for {}", member.name()),
        ..Menu::default()
    }
}

fn copy(member: &Member) -> Item {
    Item::new("Copy e-mail address", "copy", Does::Copies(member.email.clone()))
}

/// The menu of somebody whom the reader may not manage: it says why. Who manages nobody needs no reason.
fn locked(standing: &Standing, roles: &[Role], member: &Member) -> Menu {
    if !["edit", "delete"].iter().any(|action| standing.allows(Needs(Area::Users, action))) {
        return Menu::default();
    }
    let own: Vec<&str> = standing.roles.iter().map(|role| role.label.as_str()).collect();
    let theirs: Vec<&str> =
        member.held(roles).into_iter().map(|role| role.definition.label.as_str()).collect();
    let note = format!(
        "Your role is {}. It does not allow you to change or remove somebody who is {}.",
        own.join(", "),
        theirs.join(", ")
    );
    Menu { items: vec![copy(member)], note: Some(note), ..blank(member) }
}

fn asks(member: &Member, what: &str) -> Does {
    Does::Asks(format!("/users/{}/{what}", member.id))
}

fn role_choice(standing: &Standing, roles: &[Role], member: &Member) -> RoleMenu {
    let action = format!("/users/{}/role", member.id);
    let item = |role: &Role| RoleItem {
        key: role.definition.key.clone(),
        label: role.definition.label.clone(),
        present: member.roles.contains(&role.id),
        warns_at: warns(standing, role).map(|_| format!("{action}?role={}", role.definition.key)),
    };
    let offered = roles.iter().filter(|role| standing.may_grant(&RoleRef::from(*role)));
    let roles = offered.map(item).collect();
    RoleMenu { action, roles }
}
