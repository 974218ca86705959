//! Undoing events, newest first. To undo one that the state does not hold yet changes nothing, so that what was recorded
//! while the state was read does no harm.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Field, Held, Past, Side, Told};
use crate::access::FeatureAccess;
use crate::access_model::{PermissionSet, RoleDefinition};
use crate::audit::Action;
use crate::audit::chain::Record;
use crate::base::{RoleId, RoleTemplateId};
use crate::member::Status;
use crate::role::store::Role;

/// What went, and took from everybody what they had of it.
#[derive(Clone, Debug)]
pub(super) enum Gone {
    Role(RoleId, Option<RoleId>),
    Template(RoleTemplateId, Option<RoleTemplateId>),
    Team(String),
    Project(String),
}

impl<'a> Told<'a> {
    pub(super) fn new(record: &'a Record) -> Self {
        Self { record, changes: serde_json::from_str(&record.changes).unwrap_or_default() }
    }

    pub(super) fn action(&self) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.as_str() == self.record.action)
    }

    fn value(&self, field: &str, side: Side) -> Option<&Value> {
        let change = self.changes.get(field)?;
        change.get(match side {
            Side::From => "from",
            Side::To => "to",
        })
    }

    pub(super) fn read<T: DeserializeOwned>(&self, field: &str, side: Side) -> Option<T> {
        serde_json::from_value(self.value(field, side)?.clone()).ok()
    }

    /// Whether it counts some who had it.
    fn counts(&self, field: &str) -> bool {
        self.read::<i64>(field, Side::To).is_some_and(|count| count > 0)
    }

    pub(super) fn id<T: std::str::FromStr>(&self) -> Option<T> {
        self.record.target_id.parse().ok()
    }
}

/// How an event concerns a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Came,
    Changed,
    Went,
}

impl Past {
    /// The state before an event.
    pub(super) fn undo(&mut self, record: &Record) {
        if record.outcome != "done" {
            return;
        }
        let told = Told::new(record);
        match self.turn(&told) {
            Some(Turn::Came) => {
                self.held = None;
                self.doubts.clear();
            }
            Some(Turn::Went) => {
                self.held = Some(self.whole(&told, Side::From));
                self.doubts.clear();
            }
            Some(Turn::Changed) => self.restore(&told),
            None => self.undo_rules(&told),
        }
    }

    /// Whether an event is about the member, and not about what they may hold.
    pub(super) fn concerns(&self, record: &Record) -> bool {
        self.turn(&Told::new(record)).is_some()
    }

    fn turn(&self, told: &Told<'_>) -> Option<Turn> {
        use Action as A;
        let id = self.member.to_string();
        let own = told.record.target_type == "member" && told.record.target_id == id;
        let names = |side| told.value("member", side).and_then(Value::as_str) == Some(id.as_str());
        match told.action()? {
            A::MemberCreated if own => Some(Turn::Came),
            A::MemberUpdated | A::MemberSuspended | A::MemberReactivated | A::MemberKept if own => {
                Some(Turn::Changed)
            }
            A::MemberRemoved | A::MemberLeft | A::MemberEnded if own => Some(Turn::Went),
            A::InvitationAccepted if names(Side::To) => Some(Turn::Changed),
            A::InvitationCreated | A::InvitationRefreshed if names(Side::To) => Some(Turn::Came),
            A::InvitationRevoked | A::InvitationDeclined if names(Side::From) => Some(Turn::Went),
            _ => None,
        }
    }

    /// All that somebody came with or went with; what is not told is nothing.
    fn whole(&self, told: &Told<'_>, side: Side) -> Held {
        let status = told.read::<String>("status", side).and_then(|text| Status::parse(&text));
        Held {
            status: status.unwrap_or(Status::Active),
            roles: self.roles_of(told, side).unwrap_or_default(),
            template: self.template_of(told, side).flatten(),
            permissions: told.read::<PermissionSet>("permissions", side).unwrap_or_default(),
            features: told.read::<FeatureAccess>("featureAccess", side).unwrap_or_default(),
            teams: told.read("teams", side).unwrap_or_default(),
            projects: told.read("projects", side).unwrap_or_default(),
        }
    }

    /// The roles by key or id, those of this time.
    fn roles_of(&self, told: &Told<'_>, side: Side) -> Option<Vec<RoleId>> {
        let named: Vec<String> = told.read("roles", side)?;
        let find = |name: &String| {
            let found = self.roles.iter().find(|r| r.definition.key == *name || r.id.to_string() == *name);
            found.map(|role| role.id)
        };
        Some(named.iter().filter_map(find).collect())
    }

    /// The template by its name of this time.
    fn template_of(&self, told: &Told<'_>, side: Side) -> Option<Option<RoleTemplateId>> {
        let named: Option<String> = told.read("roleTemplate", side)?;
        Some(
            named.and_then(|name| {
                self.templates.iter().find(|(_, (known, _))| *known == name).map(|(id, _)| *id)
            }),
        )
    }

    fn restore(&mut self, told: &Told<'_>) {
        let (roles, template) = (self.roles_of(told, Side::From), self.template_of(told, Side::From));
        let Some(held) = &mut self.held else { return };
        let status = told.read::<String>("status", Side::From).and_then(|text| Status::parse(&text));
        held.status = status.unwrap_or(held.status);
        if let Some(permissions) = told.read("permissions", Side::From) {
            held.permissions = permissions;
        }
        if let Some(features) = told.read("featureAccess", Side::From) {
            held.features = features;
        }
        let mut known = Vec::new();
        if let Some(roles) = roles {
            held.roles = roles;
            known.push(Field::Roles);
        }
        if let Some(template) = template {
            held.template = template;
            known.push(Field::Template);
        }
        if let Some(teams) = told.read("teams", Side::From) {
            held.teams = teams;
            known.push(Field::Teams);
        }
        if let Some(projects) = told.read("projects", Side::From) {
            held.projects = projects;
            known.push(Field::Projects);
        }
        self.doubts.retain(|field| !known.contains(field));
    }

    fn undo_rules(&mut self, told: &Told<'_>) {
        use Action as A;
        let name = &told.record.target_name;
        match told.action() {
            Some(A::RoleCreated) => self.roles.retain(|role| Some(role.id) != told.id()),
            Some(A::RoleUpdated) => {
                let own = |role: &&mut Role| Some(role.id) == told.id();
                if let Some(role) = self.roles.iter_mut().find(own) {
                    role.definition = before(&role.definition, &told.changes);
                }
            }
            Some(A::TemplateCreated) => {
                self.templates.retain(|id, _| Some(*id) != told.id());
            }
            Some(A::TemplateUpdated) => {
                if let Some(own) = told.id().and_then(|id: RoleTemplateId| self.templates.get_mut(&id)) {
                    own.0 = told.read("name", Side::From).unwrap_or_else(|| own.0.clone());
                    own.1 = told.read("permissions", Side::From).unwrap_or_else(|| own.1.clone());
                }
            }
            Some(A::TeamUpdated | A::ProjectUpdated) => {
                if let Some(name) = told.read("name", Side::From) {
                    self.places.insert(told.record.target_id.clone(), name);
                }
            }
            Some(A::TeamDeleted | A::ProjectDeleted) => {
                self.places.insert(told.record.target_id.clone(), name.clone());
            }
            _ => {}
        }
        let Some(gone) = self.bring_back(told) else { return };
        let Some(held) = &self.held else { return };
        let (field, some) = match &gone {
            Gone::Role(_, to) => {
                (Field::Roles, told.counts("members") && to.is_some_and(|to| held.roles.contains(&to)))
            }
            Gone::Template(_, to) => (Field::Template, told.counts("members") && held.template == *to),
            Gone::Team(_) => (Field::Teams, told.counts("membersTakenOut")),
            Gone::Project(_) => (Field::Projects, told.counts("membersTakenOut")),
        };
        if some && !self.doubts.contains(&field) {
            self.doubts.push(field);
        }
    }

    /// Where a role, template, team or project went: the first two are here again.
    fn bring_back(&mut self, told: &Told<'_>) -> Option<Gone> {
        let to = told.read::<String>("reassignedTo", Side::To);
        match told.action()? {
            Action::RoleDeleted => {
                let id: RoleId = told.id()?;
                let to = self.roles.iter().find(|role| to.as_ref() == Some(&role.definition.key));
                let to = to.map(|role| role.id);
                let key = told.read("key", Side::To)?;
                let fresh = RoleDefinition {
                    key,
                    label: told.record.target_name.clone(),
                    description: String::new(),
                    rank: 0,
                    permissions: PermissionSet::new(),
                    includes_lower: false,
                    grants: Vec::new(),
                    default: false,
                    top: false,
                };
                let definition = before(&fresh, &told.changes);
                let always: Vec<String> = told.read("alwaysOn", Side::From).unwrap_or_default();
                for feature in &mut Arc::make_mut(&mut self.model).features {
                    let on = &mut feature.always_on_roles;
                    if always.contains(&feature.key) && !on.contains(&definition.key) {
                        on.push(definition.key.clone());
                    }
                }
                self.roles.retain(|role| role.id != id);
                self.roles.push(Role { id, definition, version: 0 });
                Some(Gone::Role(id, to))
            }
            Action::TemplateDeleted => {
                let id: RoleTemplateId = told.id()?;
                let to = self.templates.iter().find(|(_, (name, _))| to.as_ref() == Some(name));
                let to = to.map(|(id, _)| *id);
                let permissions = told.read("permissions", Side::From).unwrap_or_default();
                self.templates.insert(id, (told.record.target_name.clone(), permissions));
                Some(Gone::Template(id, to))
            }
            Action::TeamDeleted => Some(Gone::Team(told.record.target_id.clone())),
            Action::ProjectDeleted => Some(Gone::Project(told.record.target_id.clone())),
            _ => None,
        }
    }

    /// Whether something is still open that an older event tells.
    pub(super) fn doubts(&self) -> bool {
        self.held.is_some() && !self.doubts.is_empty()
    }
}

/// A definition before the changes.
fn before(after: &RoleDefinition, changes: &Map<String, Value>) -> RoleDefinition {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(after) else { return after.clone() };
    for (field, change) in changes {
        if let (Some(known), Some(from)) = (fields.get_mut(field), change.get("from"))
            && !from.is_null()
        {
            *known = from.clone();
        }
    }
    serde_json::from_value(Value::Object(fields)).unwrap_or_else(|_| after.clone())
}

/// Settles what is open, by events from before the instant, newest first: the last one that tells a field, and what went
/// between it and the instant.
pub(super) struct Settling {
    /// The rules, ever older: an event's names are those of its own time.
    older: Past,
    gone: Vec<Gone>,
}

impl Settling {
    pub(super) fn new(past: &Past) -> Self {
        Self { older: past.clone(), gone: Vec::new() }
    }

    /// Takes in one more event.
    pub(super) fn read(&mut self, past: &mut Past, record: &Record) {
        if record.outcome != "done" {
            return;
        }
        let told = Told::new(record);
        let turn = self.older.turn(&told);
        match turn {
            Some(turn) => {
                let open = past.doubts.clone();
                for field in open {
                    if (turn == Turn::Came || told.changes.contains_key(field.name()))
                        && let Some(held) = &mut past.held
                    {
                        self.settle(held, &told, field);
                        past.doubts.retain(|open| *open != field);
                    }
                }
            }
            None => {
                self.older.undo_rules(&told);
                let gone = self.older.bring_back(&told);
                self.gone.extend(gone);
            }
        }
    }

    fn settle(&self, held: &mut Held, told: &Told<'_>, field: Field) {
        let then = self.older.whole(told, Side::To);
        match field {
            Field::Roles => held.roles = then.roles,
            Field::Template => held.template = then.template,
            Field::Teams => held.teams = then.teams,
            Field::Projects => held.projects = then.projects,
        }
        for gone in self.gone.iter().rev() {
            match gone {
                Gone::Role(from, to) if field == Field::Roles && held.roles.contains(from) => {
                    held.roles.retain(|role| role != from);
                    held.roles.extend(to.filter(|to| !held.roles.contains(to)));
                }
                Gone::Template(from, to) if field == Field::Template && held.template == Some(*from) => {
                    held.template = *to;
                }
                Gone::Team(id) if field == Field::Teams => held.teams.retain(|team| team.to_string() != *id),
                Gone::Project(id) if field == Field::Projects => {
                    held.projects.retain(|project| project.to_string() != *id);
                }
                _ => {}
            }
        }
    }
}
