//! Where a member stands beside their row: the tables that lead from a team or a project to its people, in the order of
//! their names.

use onesql::{Error, Tx, params};

use crate::base::{MemberId, ProjectId, TeamId, Timestamp};

const ADD_TEAM: &str =
    "INSERT INTO team_members (member_id, team_id, name_key, added_at) VALUES ($1, $2, $3, $4)";
const TAKE_TEAM: &str = "DELETE FROM team_members WHERE member_id = $1 AND team_id = $2";
const ADD_PROJECT: &str =
    "INSERT INTO project_members (member_id, project_id, name_key, added_at) VALUES ($1, $2, $3, $4)";
const TAKE_PROJECT: &str = "DELETE FROM project_members WHERE member_id = $1 AND project_id = $2";
const RENAME_IN_TEAMS: &str = "UPDATE team_members SET name_key = $2 WHERE member_id = $1";
const RENAME_IN_PROJECTS: &str = "UPDATE project_members SET name_key = $2 WHERE member_id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[ADD_TEAM, TAKE_TEAM, ADD_PROJECT, TAKE_PROJECT, RENAME_IN_TEAMS, RENAME_IN_PROJECTS];

/// The teams and projects of a member, and what lists sort them by.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The name, folded.
    pub name_key: &'a str,
    /// The teams.
    pub teams: &'a [TeamId],
    /// The projects.
    pub projects: &'a [ProjectId],
}

impl Places<'_> {
    /// Those of somebody new: none.
    pub const NONE: Places<'static> = Places { name_key: "", teams: &[], projects: &[] };
}

/// Lets the tables follow what became of a member. Who stays in a team has been in it since they were added.
pub async fn follow(
    tx: &mut Tx,
    member: MemberId,
    before: Places<'_>,
    after: Places<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    for team in before.teams.iter().filter(|team| !after.teams.contains(team)) {
        tx.send(TAKE_TEAM, params![member, *team]).await?;
    }
    for project in before.projects.iter().filter(|project| !after.projects.contains(project)) {
        tx.send(TAKE_PROJECT, params![member, *project]).await?;
    }
    if before.name_key != after.name_key && !before.teams.is_empty() {
        tx.send(RENAME_IN_TEAMS, params![member, after.name_key]).await?;
    }
    if before.name_key != after.name_key && !before.projects.is_empty() {
        tx.send(RENAME_IN_PROJECTS, params![member, after.name_key]).await?;
    }
    for team in after.teams.iter().filter(|team| !before.teams.contains(team)) {
        tx.send(ADD_TEAM, params![member, *team, after.name_key, now]).await?;
    }
    for project in after.projects.iter().filter(|project| !before.projects.contains(project)) {
        tx.send(ADD_PROJECT, params![member, *project, after.name_key, now]).await?;
    }
    Ok(())
}
