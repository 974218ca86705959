//! The list of invitations: who was asked, by whom, and what came of it.

use serde::Deserialize;

use crate::access_model::{Area, InvitationLabels};
use crate::base::Problem;
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
use crate::{frame, role};

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
    let at = frame::reader(&call).await?;
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new("/invitations")
        .with("q", state.q.trim())
        .with("status", filter.status.map_or("", Status::as_str))
        .with("limit", state.limit.trim());
    let count = if total == 1 { "1 invitation".to_owned() } else { format!("{total} invitations") };
    let view = InvitationsPage {
        frame: frame::of(&call, Place::Invitations).await?,
        may_invite: standing.allows(Needs(Area::Users, "create")),
        search: state.q,
        status: filter.status.map_or("", Status::as_str).to_owned(),
        tabs: tabs(&call, &address, &filter).await?,
        count,
        pager: address.pager(summary(page.data.len(), total, &turn), &turn, page.next_cursor),
        rows: page.data.into_iter().map(|i| row(standing, &roles, &at, i)).collect(),
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

fn row(standing: &Standing, roles: &[Role], reader: &Reader, i: Invitation) -> InvitationRow {
    let status = i.status(reader.now);
    let held: Vec<&Role> = roles.iter().filter(|role| i.roles.contains(&role.id)).collect();
    let refs: Vec<RoleRef> = held.iter().map(|role| RoleRef::from(*role)).collect();
    let open = matches!(status, Status::Pending | Status::Expired);
    let manages = open && standing.may_manage(&refs);
    let may_send = manages && standing.allows(Needs(Area::Users, "create"));
    let resend = may_send.then(|| format!("/invitations/{}/resend", i.id));
    InvitationRow {
        menu: if manages { menu(standing, &i, status) } else { Menu::default() },
        resend,
        status: StatusMark::new(shape(status), label(&standing.organization.model.labels.invitation, status)),
        roles: held.iter().map(|role| badge(role, roles)).collect(),
        delivery: match i.delivery.state {
            DeliveryState::Queued => Delivery::Queued,
            DeliveryState::Sent => Delivery::Sent(reader.past(i.delivery.sent_at.unwrap_or(i.updated_at))),
            DeliveryState::Failed => Delivery::Failed {
                reason: i.delivery.last_error.clone().unwrap_or_else(|| "No mail server took it.".to_owned()),
            },
        },
        created: reader.past(i.created_at),
        end: end(reader, status, &i),
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
        Status::Expired => Shape::Suspended,
        Status::Declined | Status::Revoked => Shape::Off,
    }
}

fn end(reader: &Reader, status: Status, i: &Invitation) -> End {
    let answered = reader.past(i.answered_at.unwrap_or(i.updated_at));
    match status {
        Status::Pending => {
            // The span that the newest link was given: it began when the invitation was last renewed.
            End::Left(reader.left(i.updated_at, i.expires_at))
        }
        Status::Expired => End::Was("Expired", reader.past(i.expires_at)),
        Status::Accepted => End::Was("Accepted", answered),
        Status::Revoked => End::Was("Revoked", answered),
        Status::Declined => End::Declined(answered, i.decline_reason.clone()),
    }
}

fn menu(standing: &Standing, i: &Invitation, status: Status) -> Menu {
    let may = |action| standing.allows(Needs(Area::Users, action));
    let mut items = Vec::new();
    if status == Status::Pending && may("create") {
        if standing.organization.links_may_be_copied {
            let link = Does::Posts(format!("/invitations/{}/link", i.id));
            items.push(Item::new("Show the link", "key", link));
        }
        let revoke = Does::Asks(format!("/invitations/{}/revoke", i.id));
        items.push(Item::new("Revoke", "x", revoke).grave());
    }
    if status == Status::Expired
        && may("delete")
        && let Some(member) = i.member
    {
        items.push(Item::new("Revoke", "x", Does::Asks(format!("/users/{member}/remove"))).grave());
    }
    if items.is_empty() {
        return Menu::default();
    }
    items.insert(0, Item::new("Copy e-mail address", "copy", Does::Copies(i.email.clone())));
    Menu { id: format!("m-{}", i.id), label: format!("More actions for {}", i.email), roles: None, items }
}
