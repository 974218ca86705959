//! Making, changing and deleting roles (AM-6, ACC-4), and what each of it would do (ACC-10).

mod definition;
mod error;
mod judge;

use std::sync::Arc;

use crate::access::Rules;
use crate::access::store::{Preview, Reach, effect, name_affected, templates};
use crate::access_model::{AccessModel, Area, SharedModel};
use crate::audit::{Action, Event, Target};
use crate::base::problem::Checks;
use crate::base::{Problem, RoleId};
use crate::op::{Authority, Caller, Needs, Op, OpError};
use crate::organization;
use crate::role::store::{self, Role};
pub use definition::Change;
use definition::{apply, described, fresh, taken};
pub use error::RoleError;
pub use judge::{Shift, keep_somebody_on_top, manages_all};
use judge::{judge, judge_role};

/// What became of a thing, and what that does; for a preview nothing became of it.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// As it is now, or would be.
    pub now: T,
    /// The effect; the names only for a preview.
    pub preview: Preview,
}

/// Ends a command that was to show only what it would do, or that found nothing to change, or else as it went.
pub async fn end<T, E: From<OpError>>(
    op: Op,
    outcome: Result<(Outcome<T>, bool), E>,
    dry_run: bool,
) -> Result<Outcome<T>, E> {
    op.settle(outcome.map(|(outcome, changed)| (outcome, changed && !dry_run))).await
}

/// Makes a role.
pub async fn create(
    caller: &Caller,
    key: &str,
    change: &Change,
    dry_run: bool,
) -> Result<Outcome<Role>, RoleError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = create_in(&mut op, key, change, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn create_in(
    op: &mut Op,
    key: &str,
    change: &Change,
    dry_run: bool,
) -> Result<(Outcome<Role>, bool), RoleError> {
    let before = all(op).await?;
    let lowest = before.iter().map(|role| role.definition.rank).min().unwrap_or_default();
    let mut checks = Checks::default();
    let fresh = fresh(key, lowest, &mut checks);
    let change = Change { label: Some(change.label.clone().unwrap_or_default()), ..change.clone() };
    let known = before.iter().map(|role| (role.id.to_string(), role.definition.key.as_str()));
    let known: Vec<(String, &str)> = known.chain([(String::new(), key)]).collect();
    let role = Role {
        id: RoleId(op.id()),
        definition: apply(&op.organization()?.model, &fresh, &change, &known, checks)?,
        version: 1,
    };
    let target = Target::new("role", role.id, role.definition.label.clone());
    if before.iter().any(|other| other.definition.key == key) {
        return Err(RoleError::KeyTaken);
    }
    let mut after = before.clone();
    hand_on_default(&mut after, &role);
    after.push(role.clone());
    let event = described(Event::new(Action::RoleCreated, target), None, &role.definition);
    let preview = change_roles(op, (before, after, None), event, dry_run).await?;
    Ok((Outcome { now: role, preview }, true))
}

/// Changes a role. Its key stays.
pub async fn update(
    caller: &Caller,
    named: &str,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<Outcome<Role>, RoleError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = update_in(&mut op, named, change, version, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn update_in(
    op: &mut Op,
    named: &str,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Outcome<Role>, bool), RoleError> {
    let before = all(op).await?;
    let was = store::named(&before, named).ok_or(RoleError::NotFound)?.clone();
    let known: Vec<(String, &str)> =
        before.iter().map(|role| (role.id.to_string(), role.definition.key.as_str())).collect();
    let applied = apply(&op.organization()?.model, &was.definition, change, &known, Checks::default());
    let definition = match applied {
        Ok(definition) => definition,
        // Whether it is theirs to change comes before what is wrong with it.
        Err(error) => {
            return Err(may_touch(op, &before, &was, Action::RoleUpdated).await.err().unwrap_or(error));
        }
    };
    let stale = version.is_some_and(|version| version != was.version);
    if stale || definition == was.definition {
        may_touch(op, &before, &was, Action::RoleUpdated).await?;
        if stale {
            return Err(RoleError::Stale);
        }
        return Ok((Outcome { now: was, preview: Preview::default() }, false));
    }
    let now = Role { definition, version: was.version + 1, ..was.clone() };
    let mut after = before.clone();
    hand_on_default(&mut after, &now);
    for role in after.iter_mut().filter(|role| role.id == now.id) {
        role.definition = now.definition.clone();
    }
    let event = Event::new(Action::RoleUpdated, target(&now));
    let event = described(event, Some(&was.definition), &now.definition);
    let preview = change_roles(op, (before, after, None), event, dry_run).await?;
    Ok((Outcome { now, preview }, true))
}

/// Deletes a role. Whoever holds it gets the one that is named instead.
pub async fn delete(
    caller: &Caller,
    named: &str,
    reassign_to: Option<&str>,
    version: Option<i64>,
    dry_run: bool,
) -> Result<Outcome<()>, RoleError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = delete_in(&mut op, named, reassign_to, version, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn delete_in(
    op: &mut Op,
    named: &str,
    reassign_to: Option<&str>,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Outcome<()>, bool), RoleError> {
    let before = all(op).await?;
    let role = store::named(&before, named).ok_or(RoleError::NotFound)?.clone();
    let action = Action::RoleDeleted;
    let to = reassign_to.map(|named| store::named(&before, named).filter(|to| to.id != role.id).cloned());
    let to = match to {
        Some(None) => {
            may_touch(op, &before, &role, action).await?;
            let detail = "There is no such role here to take its place.";
            return Err(RoleError::Input(Problem::field("/reassignTo", "unknown_reference", detail)));
        }
        to => to.flatten(),
    };
    let holders = store::count_members(&mut op.tx, role.id).await?;
    let state = match (role.definition.default, &to, holders) {
        _ if version.is_some_and(|version| version != role.version) => Some(RoleError::Stale),
        (true, _, _) => Some(RoleError::DefaultRole),
        (false, None, 1..) => Some(RoleError::InUse(holders)),
        _ => None,
    };
    if let Some(error) = state {
        may_touch(op, &before, &role, action).await?;
        return Err(error);
    }
    let key = &role.definition.key;
    let mut after: Vec<Role> = before.iter().filter(|other| other.id != role.id).cloned().collect();
    for other in &mut after {
        other.definition.grants.retain(|granted| granted != key);
    }
    let event = Event::new(action, target(&role))
        .with("key", key.clone())
        .with("members", holders)
        .with("reassignedTo", to.as_ref().map(|to| to.definition.key.clone()));
    let event = taken(event, &role.definition, &op.organization()?.model);
    let moved = Some((role, to.map(|to| to.id)));
    let preview = change_roles(op, (before, after, moved), event, dry_run).await?;
    Ok((Outcome { now: (), preview }, true))
}

async fn all(op: &mut Op) -> Result<Vec<Role>, onesql::Error> {
    let organization = op.organization_id();
    store::list(&mut op.tx, organization).await
}

fn target(role: &Role) -> Target {
    Target::new("role", role.id, role.definition.label.clone())
}

async fn may_touch(op: &mut Op, roles: &[Role], role: &Role, action: Action) -> Result<(), RoleError> {
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    let standing = standing.clone();
    let judged = judge_role(op, &standing, roles, role).await;
    judged.inspect_err(|error| error.note(op, action, target(role)))
}

/// There is one default role: where another becomes it, the last one no longer is.
fn hand_on_default(roles: &mut [Role], to: &Role) {
    if to.definition.default {
        for role in roles.iter_mut().filter(|role| role.id != to.id) {
            role.definition.default = false;
        }
    }
}

/// What nobody holds any more is nowhere named: a later role with the same key inherits nothing.
fn without_role(model: &AccessModel, key: &str) -> AccessModel {
    let mut model = model.clone();
    for feature in &mut model.features {
        feature.always_on_roles.retain(|role| role != key);
    }
    if model.role_picker.recommendation.as_ref().is_some_and(|recommended| recommended.role == key) {
        model.role_picker.recommendation = None;
    }
    model
}

/// All roles as they are and become, and the one that goes with the one that its holders get.
type Roles = (Vec<Role>, Vec<Role>, Option<(Role, Option<RoleId>)>);

/// Judges what roles become, and makes it so unless it is only to be shown.
async fn change_roles(
    op: &mut Op,
    (before, after, gone): Roles,
    event: Event,
    dry_run: bool,
) -> Result<Preview, RoleError> {
    let organization = op.organization()?.clone();
    let model: SharedModel = match &gone {
        Some((role, _)) => Arc::new(without_role(&organization.model, &role.definition.key)),
        None => organization.model.clone(),
    };
    let moved = gone.as_ref().map(|(role, to)| (role.id, *to));
    let templates = templates(&mut op.tx, organization.id).await?;
    let defined = |roles: &[Role]| roles.iter().map(|r| (r.id, r.definition.clone())).collect::<Vec<_>>();
    let (was, becomes) = (defined(&before), defined(&after));
    let rules = Rules::new(&organization.model, was.iter().map(|(id, d)| (*id, d)), templates.clone());
    let mut new_rules = Rules::new(&model, becomes.iter().map(|(id, d)| (*id, d)), templates);
    if let Some((from, to)) = moved {
        new_rules = new_rules.moving(from, to);
    }
    let shift = Shift {
        before: &before,
        after: &after,
        moved,
        rules: (&rules, &new_rules),
        models: (&organization.model, &model),
    };
    if let Err(error) = judge(op, &shift).await {
        error.note(op, event.action, event.target);
        return Err(error);
    }
    let differ = |id: &RoleId| rules.of_role(*id) != new_rules.of_role(*id);
    let reach: Vec<RoleId> = before
        .iter()
        .map(|role| role.id)
        .filter(|id| differ(id) || moved.is_some_and(|(from, _)| from == *id))
        .collect();
    let (reach, rules) = (Reach::Roles(reach), (&rules, &new_rules));
    let effect = effect(&mut op.tx, organization.id, &reach, rules).await?;
    if dry_run {
        return Ok(name_affected(&mut op.tx, organization.id, &reach, rules, effect).await?);
    }
    if let Some((role, to)) = &gone
        && !store::delete(&mut op.tx, organization.id, role, *to, op.now).await?
    {
        return Err(RoleError::Stale);
    }
    if !store::rewrite(&mut op.tx, organization.id, (&before, &after), op.now).await? {
        return Err(RoleError::Stale);
    }
    if model != organization.model {
        organization::store::set_model(&mut op.tx, organization.id, &model, op.now).await?;
    }
    op.record(event.with("effect", effect.to_value()));
    Ok(Preview { effect, ..Preview::default() })
}
