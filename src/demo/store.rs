//! Teams and projects of the demonstration.

use std::collections::HashMap;

use onesql::params;

use super::data::House;
use crate::audit::{Action, Event, Target};
use crate::base::text::fold;
use crate::base::{OrganizationId, ProjectId, TeamId};
use crate::op::{Caller, Op, OpError};

const ADD_TEAM: &str =
    "INSERT INTO teams (id, organization_id, name, name_key, description, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, '', $5, $5, 1)";
const ADD_PROJECT: &str =
    "INSERT INTO projects (id, organization_id, name, name_key, description, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, '', $5, $5, 1)";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[ADD_TEAM, ADD_PROJECT];

/// The ids of teams and projects by their names.
#[derive(Default)]
pub struct Places {
    pub teams: HashMap<String, String>,
    pub projects: HashMap<String, String>,
}

/// Makes the teams and projects of a house.
pub(super) async fn make_places(
    caller: &Caller,
    organization: OrganizationId,
    house: &House,
) -> Result<Places, OpError> {
    let mut places = Places::default();
    if house.teams.is_empty() && house.projects.is_empty() {
        return Ok(places);
    }
    let mut op = Op::begin_in(caller, organization).await?;
    let outcome = async {
        for name in &house.teams {
            let (id, key) = (TeamId(op.id()), fold(name));
            op.tx.execute(ADD_TEAM, params![id, organization, name, key, op.now]).await?;
            op.record(Event::new(Action::TeamCreated, Target::new("team", id, name.clone())));
            places.teams.insert(name.clone(), id.to_string());
        }
        for name in &house.projects {
            let (id, key) = (ProjectId(op.id()), fold(name));
            op.tx.execute(ADD_PROJECT, params![id, organization, name, key, op.now]).await?;
            op.record(Event::new(Action::ProjectCreated, Target::new("project", id, name.clone())));
            places.projects.insert(name.clone(), id.to_string());
        }
        Ok::<_, OpError>(())
    }
    .await;
    op.finish(outcome).await?;
    Ok(places)
}
