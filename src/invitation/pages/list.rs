//! The list of invitations: who was asked, by whom, and what came of it.

use serde::Deserialize;

use crate::access_model::{Area, InvitationLabels};
use crate::base::{Problem, Timestamp};
use crate::console::address::{Address, Turn, summary};
use crate::console::layout::Place;
use crate::console::list::{Shape, Status as StatusMark, Tab, Tabs};
use crate::console::menu::{Does, Item, Menu};
use crate::console::person::PersonCell;
use crate::console::time::Reader;
use crate::http::{Answer, Call, flash};
use crate::invitation::api::{filter_of, page_of};
use crate::invitation::store::{self, Filter};
use crate::invitation::view::{Delivery, End, InvitationRow, InvitationsPage};
use crate::invitation::{Invitation, Status};
use crate::op::{Needs, Standing};
use crate::outbox::DeliveryState;
use crate::role::RoleRef;
use crate::role::store::Role;
use crate::role::view::badge;
use crate::{frame, mailbox, role};

/// What the address says beyond the filter.
#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    q: String,
    limit: String,
    back: String,
}

/// `GET /invitations`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let organization = &standing.organization;
    let (state, filter) = (call.query::<State>()?, filter_of(&call)?);
    let page = page_of(&call, &filter).await?;
    let mut reader = call.app().db.reader();
    let total = store::count(&mut reader, organization.id, &filter, call.app().now()).await?;
    let roles = role::store::list(&mut reader, organization.id).await?;
    let at = frame::reader(&call)?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new("/invitations")
        .with("q", state.q.trim())
        .with("status", filter.status.map_or("", Status::as_str))
        .with("limit", state.limit.trim());
    let here = address.here(&turn);
    let count = if total == 1 { "1 invitation".to_owned() } else { format!("{total} invitations") };
    let view = InvitationsPage {
        frame: frame::of(&call, Place::Invitations).await?,
        seats: frame::seats(&call).await?,
        kept: mailbox::pages::notice(&call),
        may_invite: standing.allows(Needs(Area::Users, "create")),
        search: state.q,
        status: filter.status.map_or("", Status::as_str).to_owned(),
        tabs: tabs(&call, &address, &filter).await?,
        count,
        pager: address.pager(summary(page.data.len(), total, &turn), &turn, page.next_cursor),
        rows: page.data.into_iter().map(|i| row(standing, &roles, &at, &here, i)).collect(),
        filtered: filter.q.is_some() || filter.status.is_some(),
    };
    Ok(flash::page(&call, 200, &view))
}

fn label(words: &InvitationLabels, status: Status) -> &str {
    match status {
        Status::Pending => &words.pending,
        Status::Accepted => &words.accepted,
        Status::Declined => &words.declined,
        Status::Expired => &words.expired,
        Status::Revoked => &words.revoked,
    }
}

async fn tabs(call: &Call, address: &Address, filter: &Filter) -> Result<Tabs, Problem> {
    const ALL: [Option<Status>; 6] = [
        None,
        Some(Status::Pending),
        Some(Status::Accepted),
        Some(Status::Declined),
        Some(Status::Expired),
        Some(Status::Revoked),
    ];
    let organization = &call.standing()?.organization;
    let (mut reader, now) = (call.app().db.reader(), call.app().now());
    let mut tabs = Vec::with_capacity(ALL.len());
    for status in ALL {
        let narrowed = Filter { status, q: filter.q.clone() };
        let count = store::count(&mut reader, organization.id, &narrowed, now).await?;
        tabs.push(Tab {
            label: status.map_or("All", |s| label(&organization.model.labels.invitation, s)).to_owned(),
            href: address.with("status", status.map_or("", Status::as_str)).href(),
            count: u64::try_from(count).ok(),
            current: filter.status == status,
        });
    }
    Ok(Tabs { label: "Status", tabs })
}

fn row(standing: &Standing, roles: &[Role], reader: &Reader, here: &str, i: Invitation) -> InvitationRow {
    let status = i.status(reader.now);
    let held: Vec<&Role> = roles.iter().filter(|role| i.roles.contains(&role.id)).collect();
    let next = next(standing, &i, status, &held);
    let words = label(&standing.organization.model.labels.invitation, status);
    InvitationRow {
        menu: menu(standing, &i, manages(standing, &held), next.as_ref(), reader.now).on(here),
        next: next.map(|next| next.on(here)),
        status: StatusMark::new(shape(status), words),
        roles: held.iter().map(|role| badge(role, roles)).collect(),
        delivery: match i.delivery.state {
            DeliveryState::Queued => Delivery::Queued,
            DeliveryState::Sent => Delivery::Sent(reader.past(i.delivery.sent_at.unwrap_or(i.updated_at))),
            DeliveryState::Failed => Delivery::Failed {
                reason: i.delivery.last_error.clone().unwrap_or_else(|| "No mail server took it.".to_owned()),
            },
        },
        created: reader.past(i.created_at),
        end: end(reader, status, words, &i),
        person: PersonCell {
            name: format!("{} {}", i.first_name, i.last_name).trim().to_owned(),
            email: i.email,
            href: None,
            you: false,
        },
        invited_by: i.invited_by_name,
        message: Some(i.message).filter(|message| !message.is_empty()),
    }
}

fn shape(status: Status) -> Shape {
    match status {
        Status::Pending => Shape::Invited,
        Status::Accepted => Shape::Active,
        Status::Revoked => Shape::Suspended,
        Status::Declined | Status::Expired => Shape::Off,
    }
}

/// What one does with an invitation next: send it again while it is open, invite anew once it is closed, look up who came.
fn next(standing: &Standing, i: &Invitation, status: Status, held: &[&Role]) -> Option<Item> {
    let resend = Does::Posts(format!("/invitations/{}/resend", i.id));
    let may_send = manages(standing, held) && standing.allows(Needs(Area::Users, "create"));
    match status {
        Status::Accepted => {
            let page = |member| Does::Opens(format!("/users/{member}"));
            i.member.map(|member| Item::new("View user", "person", page(member)))
        }
        _ if !may_send => None,
        Status::Pending => Some(Item::new("Resend", "mail", resend)),
        Status::Expired => Some(Item::new("Invite again", "mail", resend)),
        Status::Declined | Status::Revoked => {
            Some(Item::new("Invite again", "mail", Does::Opens(form_for(i, held))))
        }
    }
}

/// The form filled with whom the invitation was for.
fn form_for(i: &Invitation, held: &[&Role]) -> String {
    let roles: Vec<&str> = held.iter().map(|role| role.definition.key.as_str()).collect();
    Address::new("/invitations/new")
        .with("emails", &*i.email)
        .with("firstName", &*i.first_name)
        .with("lastName", &*i.last_name)
        .with("role", roles.join(","))
        .href()
}

fn manages(standing: &Standing, held: &[&Role]) -> bool {
    standing.may_manage(&held.iter().map(|role| RoleRef::from(*role)).collect::<Vec<_>>())
}

fn end(reader: &Reader, status: Status, words: &str, i: &Invitation) -> End {
    let answered = reader.past(i.answered_at.unwrap_or(i.updated_at)).within();
    match status {
        Status::Pending => {
            // The span that the newest link was given: it began when the invitation was last renewed.
            End::Left(reader.left(i.updated_at, i.expires_at))
        }
        Status::Expired => End::Was(words.to_owned(), reader.past(i.expires_at).within()),
        Status::Accepted | Status::Revoked => End::Was(words.to_owned(), answered),
        Status::Declined => End::Declined(words.to_owned(), answered, i.decline_reason.clone()),
    }
}

/// The menu repeats the step of the row: where there is little room it is the only place for it.
fn menu(standing: &Standing, i: &Invitation, manages: bool, next: Option<&Item>, now: Timestamp) -> Menu {
    let may = |action| manages && standing.allows(Needs(Area::Users, action));
    let mut items: Vec<Item> = next.cloned().into_iter().collect();
    match i.status(now) {
        Status::Pending if may("create") => {
            if standing.organization.links_may_be_copied {
                let link = Does::Posts(format!("/invitations/{}/link", i.id));
                items.push(Item::new("Show the link", "key", link));
            }
            let revoke = Does::Asks(format!("/invitations/{}/revoke", i.id));
            items.push(Item::new("Revoke", "x", revoke).grave());
        }
        Status::Expired if may("delete") => {
            let revoke = i.member.map(|member| Does::Asks(format!("/users/{member}/remove")));
            items.extend(revoke.map(|revoke| Item::new("Revoke", "x", revoke).grave()));
        }
        _ => {}
    }
    if items.is_empty() {
        return Menu::default();
    }
    let copy = Item::new("Copy e-mail address", "copy", Does::Copies(i.email.clone()));
    items.insert(usize::from(next.is_some()), copy);
    Menu {
        id: format!("m-{}", i.id),
        label: format!("More actions for {}", i.email),
        items,
        ..Menu::default()
    }
}
