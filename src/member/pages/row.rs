//! A row of the list of users.

use super::menu;
use crate::base::TeamId;
use crate::console::list::{Shape, Status as StatusMark};
use crate::console::person::PersonCell;
use crate::console::time::Reader;
use crate::member::view::{FeatureState, Row};
use crate::member::{Member, Status};
use crate::op::{Organization, Standing};
use crate::role::store::Role;
use crate::role::view::badge;
use crate::role::{RoleRef, may_manage};

/// Who looks at the rows, and what is known for all of them.
pub struct Looker<'a> {
    standing: &'a Standing,
    own: Vec<RoleRef>,
    roles: &'a [Role],
    teams: &'a [(TeamId, String)],
    reader: Reader,
}

impl<'a> Looker<'a> {
    /// With the organization's roles and teams.
    pub fn new(
        standing: &'a Standing,
        roles: &'a [Role],
        teams: &'a [(TeamId, String)],
        reader: Reader,
    ) -> Self {
        Self { standing, own: standing.role_refs(), roles, teams, reader }
    }

    /// The row of a member.
    pub fn row(&self, member: &Member) -> Row {
        let Self { standing, roles, reader, .. } = self;
        let organization = &standing.organization;
        let held = member.held(roles);
        let teams = self.teams.iter().filter(|(id, _)| member.teams.contains(id));
        Row {
            person: PersonCell {
                name: if member.name() == member.email { String::new() } else { member.name() },
                email: member.email.clone(),
                href: Some(format!("/users/{}", member.id)),
                you: member.id == standing.member,
            },
            roles: held.iter().map(|role| badge(role, roles)).collect(),
            template: member.template.as_ref().map(|(_, name)| name.clone()),
            teams: teams.map(|(_, name)| name.clone()).collect(),
            status: status(organization, member.status),
            feature: feature(organization, member, &held),
            last_login: member.last_login.map(|at| reader.past(at)),
            id: member.id.to_string(),
            locked: self.locked(member, &held),
            ends: member.ends_at.map(|end| reader.on_the_day(end.plus(-1))),
            menu: menu::is_any(standing, roles, member),
        }
    }

    /// Why nothing is done to somebody together with others.
    fn locked(&self, member: &Member, held: &[&Role]) -> Option<&'static str> {
        if member.id == self.standing.member {
            return Some("This is you");
        }
        let theirs: Vec<_> = held.iter().map(|role| (*role).into()).collect();
        (!may_manage(&self.own, &theirs)).then_some("Your role does not allow you to change them")
    }
}

/// The mark of a status, in the words of the access model.
pub fn status(organization: &Organization, status: Status) -> StatusMark {
    let words = &organization.model.labels.status;
    match status {
        Status::Active => StatusMark::new(Shape::Active, &words.active),
        Status::Invited => StatusMark::new(Shape::Invited, &words.invited),
        Status::Suspended => StatusMark::new(Shape::Suspended, &words.suspended),
    }
}

/// What the switch of the first feature says.
pub fn feature(organization: &Organization, member: &Member, held: &[&Role]) -> FeatureState {
    let Some(feature) = organization.model.features.first() else { return FeatureState::Off };
    let keys = || held.iter().map(|role| role.definition.key.as_str());
    if feature.always_on_for(keys()) {
        return FeatureState::Always;
    }
    let effective = member.features.effective(&organization.model, keys());
    let on = effective.switches().any(|(key, on)| key == feature.key && on);
    if on { FeatureState::On } else { FeatureState::Off }
}
