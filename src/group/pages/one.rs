//! One team or project: who is in it, what that opens, and what can be done about it.

use super::State;
use crate::access_model::Area;
use crate::base::Problem;
use crate::base::text;
use crate::console::address::{Address, Turn, from_list, summary};
use crate::console::person::PersonCell;
use crate::frame;
use crate::group::api::{find, members_page, searched};
use crate::group::view::{GroupPage, MemberRow, Members, Reach};
use crate::group::{Group, Kind, store};
use crate::http::{Answer, Call, flash};
use crate::member::Member;
use crate::member::pages::status;
use crate::op::{Needs, Standing};
use crate::resource::{self, Visibility};
use crate::role::store::Role;
use crate::role::view::badge;
use crate::role::{self, RoleRef};

/// So many resources are shown with a group.
const MOST_SHOWN: i64 = 50;

/// `GET /teams/{id}`.
pub async fn show(call: Call, kind: Kind) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let group = find(&call, kind).await?;
    let may = |area, action| standing.allows(Needs(area, action));
    let (resources, more) = match may(Area::Resources, "view") {
        true => {
            let (found, more) = reached(&call, &group).await?;
            (Some(found), more)
        }
        false => (None, false),
    };
    let view = GroupPage {
        frame: frame::of(&call, kind.place()).await?,
        kind,
        href: group.path(),
        reach: told(&group, resources.as_deref(), more),
        people: group.member_count,
        may_edit: may(kind.area(), "edit"),
        may_delete: may(kind.area(), "delete"),
        members: match may(Area::Users, "view") {
            true => Some(members(&call, &group).await?),
            false => None,
        },
        resources,
        more_resources: more,
        name: group.name,
        description: sentence(group.description),
    };
    Ok(flash::page(&call, 200, &view))
}

/// What it is for as a sentence, so that another one can follow.
fn sentence(mut text: String) -> String {
    if text.ends_with(|last: char| last.is_alphanumeric()) {
        text.push('.');
    }
    text
}

/// "9 people reach 6 resources through this team."
fn told(group: &Group, resources: Option<&[Reach]>, more: bool) -> String {
    let (people, word) = (text::people(group.member_count), group.id.kind().word());
    let reach = if group.member_count == 1 { "reaches" } else { "reach" };
    match (group.member_count, resources.map(<[Reach]>::len)) {
        (0, _) => "Nobody is in it yet.".to_owned(),
        (_, None) => format!("{people} in this {word}."),
        (_, Some(0)) => format!("{people} in this {word}. Nothing is shared with it yet."),
        (_, Some(1)) => format!("{people} {reach} 1 resource through this {word}."),
        (_, Some(n)) => {
            format!("{people} {reach} {}{n} resources through this {word}.", if more { "over " } else { "" })
        }
    }
}

async fn members(call: &Call, group: &Group) -> Result<Members, Problem> {
    let state: State = call.query()?;
    let q = searched(Some(state.q.clone()))?;
    let (standing, page) = members_page(call, group.id, q.as_deref()).await?;
    let organization = standing.organization.id;
    let roles = role::store::list(&mut call.app().db.reader(), organization).await?;
    let reader = frame::reader(call)?;
    let total = match &q {
        Some(_) => {
            store::count_members(&mut call.app().db.reader(), organization, group.id, q.as_deref()).await?
        }
        None => group.member_count,
    };
    let turn = Turn { cursor: call.list()?.cursor, back: state.back };
    let address = Address::new(group.path()).with("q", state.q.trim()).with("limit", state.limit.trim());
    let here = address.here(&turn);
    let edits = standing.allows(Needs(group.id.kind().area(), "edit"));
    let rows: Vec<MemberRow> = page
        .data
        .into_iter()
        .map(|listed| {
            let m = listed.member;
            let take_out = format!("{}/people/{}/take-out", group.path(), m.id);
            MemberRow {
                roles: m.held(&roles).iter().map(|role| badge(role, &roles)).collect(),
                status: status(&standing.organization, m.status),
                added: reader.on_the_day(listed.added_at),
                take_out: (edits && moves(standing, &m, &roles)).then(|| from_list(&take_out, &here)),
                person: PersonCell {
                    name: if m.name() == m.email { String::new() } else { m.name() },
                    href: Some(format!("/users/{}", m.id)),
                    you: m.id == standing.member,
                    email: m.email,
                },
            }
        })
        .collect();
    let pager = address.pager(summary(rows.len(), total, &turn), &turn, page.next_cursor);
    Ok(Members { search: state.q.trim().to_owned(), rows, pager })
}

/// Whether whoever reads may put this member into teams and projects, and take them out.
pub fn moves(standing: &Standing, member: &Member, roles: &[Role]) -> bool {
    if member.id == standing.member {
        return standing.roles.iter().any(|role| role.top);
    }
    let held: Vec<RoleRef> = member.held(roles).into_iter().map(RoleRef::from).collect();
    standing.may_manage(&held)
}

async fn reached(call: &Call, group: &Group) -> Result<(Vec<Reach>, bool), Problem> {
    let standing = call.standing()?;
    let organization = standing.organization.id;
    let sees_people = standing.allows(Needs(Area::Users, "view"));
    let mut reader = call.app().db.reader();
    let mut opened =
        resource::store::opened_to(&mut reader, organization, group.id.subject(), MOST_SHOWN + 1).await?;
    let more = opened.len() as i64 > MOST_SHOWN;
    opened.truncate(MOST_SHOWN as usize);
    let word = group.id.kind().word();
    let reach = |opened: resource::store::Opened| Reach {
        href: format!("/resources/{}", opened.resource.id),
        who: match (opened.resource.visibility, opened.others) {
            (Visibility::Organization, _) => "Everybody here".to_owned(),
            (_, 0) => format!("This {word} alone"),
            (_, 1) => "One other team, project or person".to_owned(),
            (_, others) => format!("{others} other teams, projects or people"),
        },
        level: opened.level.label(),
        who_can: sees_people.then(|| {
            let named = format!("{}:{}", opened.resource.kind, opened.resource.external_id);
            Address::new("/access/who").with("action", "view").with("resource", named).href()
        }),
        name: opened.resource.name,
        kind: opened.resource.kind,
    };
    Ok((opened.into_iter().map(reach).collect(), more))
}
