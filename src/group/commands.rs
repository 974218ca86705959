//! Making, changing and deleting teams and projects, and who is in them.

use super::{Group, GroupId, Impact, Kind, store};
use crate::audit::Event;
use crate::base::problem::Checks;
use crate::base::text::paragraph;
use crate::base::{MemberId, Problem};
use crate::member::Member;
use crate::member::access::Asked;
use crate::member::commands::{MemberError, change_places};
use crate::op::{Caller, Needs, Op, OpError};
use crate::resource;

/// Code points of a description, at the most.
pub const LONGEST_DESCRIPTION: usize = 500;

/// Why nothing was done with a team or project.
#[derive(Debug)]
pub enum GroupError {
    /// No such team or project here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// Another one has the name.
    NameTaken(Kind),
    /// Somebody changed it meanwhile.
    Stale,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for GroupError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::NotFound => Self::not_found(),
            GroupError::Input(problem) => problem,
            GroupError::NameTaken(kind) => {
                let word = kind.word();
                Self::conflict(
                    "name_taken",
                    format!("There is a {word} of this name already. Choose another name."),
                )
            }
            GroupError::Stale => crate::organization::stale(),
            GroupError::Op(error) => error.into(),
        }
    }
}

/// Makes a team or project.
pub async fn create(caller: &Caller, kind: Kind, name: &str, description: &str) -> Result<Group, GroupError> {
    let mut op = caller.begin(Needs(kind.area(), "create")).await?;
    let outcome = create_in(&mut op, kind, name, description).await;
    op.finish(outcome).await
}

/// Makes a team or project in a command that has the right to do so.
pub async fn create_in(op: &mut Op, kind: Kind, name: &str, description: &str) -> Result<Group, GroupError> {
    let (name, description) = check(name, description)?;
    let organization = op.organization_id();
    if store::find_by_name(&mut op.tx, organization, kind, &name).await?.is_some() {
        return Err(GroupError::NameTaken(kind));
    }
    let group = Group {
        id: kind.id(op.id()),
        name,
        description,
        member_count: 0,
        version: 1,
        created_at: op.now,
        updated_at: op.now,
    };
    store::insert(&mut op.tx, organization, &group).await?;
    let event = Event::new(kind.created(), group.target());
    op.record(event.change("description", "", group.description.clone()));
    Ok(group)
}

fn check(name: &str, description: &str) -> Result<(String, String), GroupError> {
    let mut checks = Checks::default();
    let name = checks.name("/name", "The name", name);
    let description =
        checks.text("/description", "The description", paragraph(description, LONGEST_DESCRIPTION));
    checks.done().map_err(GroupError::Input)?;
    Ok((name, description))
}

/// Changes of a group; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another name.
    pub name: Option<String>,
    /// Another description; empty clears it.
    pub description: Option<String>,
}

/// Renames or describes a team or project.
pub async fn update(
    caller: &Caller,
    id: GroupId,
    change: &Change,
    version: Option<i64>,
) -> Result<Group, GroupError> {
    let mut op = caller.begin(Needs(id.kind().area(), "edit")).await?;
    let outcome = update_in(&mut op, id, change, version).await;
    op.settle(outcome).await
}

async fn update_in(
    op: &mut Op,
    id: GroupId,
    change: &Change,
    version: Option<i64>,
) -> Result<(Group, bool), GroupError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(GroupError::NotFound)?;
    let (name, description) = check(
        change.name.as_ref().unwrap_or(&before.name),
        change.description.as_ref().unwrap_or(&before.description),
    )?;
    if version.is_some_and(|version| version != before.version) {
        return Err(GroupError::Stale);
    }
    let named = store::find_by_name(&mut op.tx, organization, id.kind(), &name).await?;
    if named.is_some_and(|other| other != id) {
        return Err(GroupError::NameTaken(id.kind()));
    }
    let mut after = Group { name, description, ..before.clone() };
    if after == before {
        return Ok((before, false));
    }
    if !store::update(&mut op.tx, organization, &after, op.now).await? {
        return Err(GroupError::Stale);
    }
    op.record(
        Event::new(id.kind().updated(), after.target())
            .change("name", before.name, after.name.clone())
            .change("description", before.description, after.description.clone()),
    );
    after.version += 1;
    after.updated_at = op.now;
    Ok((after, true))
}

/// Deletes a team or project: its people stay, and what was opened to it alone closes to them. Says what that was.
pub async fn delete(caller: &Caller, id: GroupId, version: Option<i64>) -> Result<Impact, GroupError> {
    let mut op = caller.begin(Needs(id.kind().area(), "delete")).await?;
    let outcome = delete_in(&mut op, id, version).await;
    op.finish(outcome).await
}

async fn delete_in(op: &mut Op, id: GroupId, version: Option<i64>) -> Result<Impact, GroupError> {
    let organization = op.organization_id();
    let group = store::find(&mut op.tx, organization, id).await?.ok_or(GroupError::NotFound)?;
    if version.is_some_and(|version| version != group.version) {
        return Err(GroupError::Stale);
    }
    let impact = store::impact(&mut op.tx, organization, &group).await?;
    resource::store::forget(&mut op.tx, organization, id.subject(), op.now).await?;
    if !store::delete(&mut op.tx, organization, &group, op.now).await? {
        return Err(GroupError::Stale);
    }
    op.record(
        Event::new(id.kind().deleted(), group.target())
            .change("description", group.description, "")
            .with("membersTakenOut", impact.members)
            .with("rulesEnded", impact.rules)
            .with("resourcesOutOfReach", impact.resources.len()),
    );
    Ok(impact)
}

/// Puts somebody into a team or project; nothing happens where they are in it already.
pub async fn add(caller: &Caller, group: GroupId, member: MemberId) -> Result<Member, MemberError> {
    change_places(caller, Needs(group.kind().area(), "edit"), member, |before| with(group, before)).await
}

/// The teams or projects that somebody shall be in, so that they are in this one, too.
pub fn with(group: GroupId, before: &Member) -> Asked {
    asked(group, before, |ids| {
        let id = group.to_string();
        if !ids.contains(&id) {
            ids.push(id);
        }
    })
}

/// Takes somebody out of a team or project; nothing happens where they are not in it.
pub async fn take_out(caller: &Caller, group: GroupId, member: MemberId) -> Result<Member, MemberError> {
    let without = |teams: &mut Vec<String>| teams.retain(|id| *id != group.to_string());
    change_places(caller, Needs(group.kind().area(), "edit"), member, |before| asked(group, before, without))
        .await
}

/// The teams or projects that somebody shall be in.
fn asked(group: GroupId, before: &Member, edit: impl Fn(&mut Vec<String>)) -> Asked {
    let mut ids: Vec<String> = match group.kind() {
        Kind::Team => before.teams.iter().map(ToString::to_string).collect(),
        Kind::Project => before.projects.iter().map(ToString::to_string).collect(),
    };
    edit(&mut ids);
    match group.kind() {
        Kind::Team => Asked { teams: Some(ids), ..Asked::default() },
        Kind::Project => Asked { projects: Some(ids), ..Asked::default() },
    }
}
