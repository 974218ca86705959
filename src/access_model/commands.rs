//! Changing an organization's own access model (AM-6): areas and their actions, features, labels, one role or several.

use std::sync::Arc;

use super::{
    AccessModel, ActionSet, Area, Category, Feature, Labels, MANAGE, PermissionSet, SharedModel, check, store,
};
use crate::access::store::{Preview, Reach, effect, name_affected, templates};
use crate::access::{FeatureAccess, Rules};
use crate::audit::{Action, Event, Target};
use crate::base::Problem;
use crate::base::problem::Checks;
use crate::op::{Caller, Needs, Op, OpError, Organization};
use crate::role::commands::{Outcome, RoleError, Shift, end, keep_somebody_on_top};
use crate::role::store::{self as roles, Role};
use crate::role_template::store as role_templates;
use crate::{access, organization};

/// Areas and features at the most, and actions of an area.
const MOST: usize = 100;

/// Why an access model stays as it is.
#[derive(Debug)]
pub enum ModelError {
    /// What was asked for is wrong.
    Input(Problem),
    /// Only somebody with a top role changes it.
    NotOnTop,
    /// Some hold several roles, so it can't be one for each.
    SeveralRoles,
    /// Somebody changed the organization meanwhile.
    Stale,
    /// What every change of access has to leave as it is.
    Role(RoleError),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for ModelError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Input(problem) => problem,
            ModelError::NotOnTop => Self::new(
                403,
                "outside_grant_rule",
                "Only somebody with a top role changes the access model. Ask one of them.",
            ),
            ModelError::SeveralRoles => Self::conflict(
                "several_roles_held",
                "Some people hold several roles. Leave each of them one, then allow only one.",
            ),
            ModelError::Stale => organization::stale(),
            ModelError::Role(error) => error.into(),
            ModelError::Op(error) => error.into(),
        }
    }
}

/// What an access model shall be; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The areas with their actions, all of them.
    pub categories: Option<Vec<Category>>,
    /// The features, all of them.
    pub features: Option<Vec<Feature>>,
    /// Whether a member holds exactly one role.
    pub single_role: Option<bool>,
    /// What things are called.
    pub labels: Option<Labels>,
}

/// Refuses, before the body is looked at, who has no top role.
pub async fn need_top(caller: &Caller) -> Result<(), ModelError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    match on_top(&mut op) {
        Ok(()) => Ok(op.leave_unchanged().await?),
        Err(error) => op.finish(Err(error)).await,
    }
}

fn on_top(op: &mut Op) -> Result<(), ModelError> {
    if op.standing()?.roles.iter().any(|role| role.top) {
        return Ok(());
    }
    let target = target(op.organization()?);
    op.refuse(Event::new(Action::AccessModelUpdated, target).with("reason", "outside_grant_rule"));
    Err(ModelError::NotOnTop)
}

fn target(o: &Organization) -> Target {
    Target::new("organization", o.id, o.name.clone())
}

/// Changes the access model. What it no longer knows is taken from every role, template and member, so that it does not come
/// back with a later area of the same key; what is new in it the top roles get, so that somebody can hand it on.
pub async fn update(
    caller: &Caller,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<Outcome<Organization>, ModelError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = update_in(&mut op, change, version, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn update_in(
    op: &mut Op,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Outcome<Organization>, bool), ModelError> {
    on_top(op)?;
    let before = op.organization()?.clone();
    let old = before.model.clone();
    let was = roles::list(&mut op.tx, before.id).await?;
    let model: SharedModel = Arc::new(apply(&old, change, &was)?);
    if version.is_some_and(|version| version != before.version) {
        return Err(ModelError::Stale);
    }
    if model == old {
        return Ok((Outcome { now: before, preview: Preview::default() }, false));
    }
    if model.single_role && !old.single_role && store::some_hold_several_roles(&mut op.tx, before.id).await? {
        return Err(ModelError::SeveralRoles);
    }
    let becomes: Vec<Role> = was.iter().map(|role| follow(role, &old, &model)).collect();
    let known = templates(&mut op.tx, before.id).await?;
    let rules = Rules::new(&old, was.iter().map(|r| (r.id, &r.definition)), known.clone());
    let new_rules = Rules::new(&model, becomes.iter().map(|r| (r.id, &r.definition)), known);
    let shift = Shift {
        before: &was,
        after: &becomes,
        moved: None,
        rules: (&rules, &new_rules),
        models: (&old, &model),
    };
    keep_somebody_on_top(op, &shift).await.map_err(ModelError::Role)?;
    let pair = (&rules, &new_rules);
    let effect = effect(&mut op.tx, before.id, &Reach::All, pair).await?;
    let now =
        Organization { model: model.clone(), version: before.version + 1, updated_at: op.now, ..before };
    if dry_run {
        let preview = name_affected(&mut op.tx, now.id, &Reach::All, pair, effect).await?;
        return Ok((Outcome { now, preview }, true));
    }
    organization::store::set_model(&mut op.tx, now.id, &model, op.now).await?;
    if !roles::rewrite(&mut op.tx, now.id, (&was, &becomes), op.now).await? {
        return Err(ModelError::Stale);
    }
    forget(op, &now, &model).await?;
    op.record(described(&old, &now).with("effect", effect.to_value()));
    Ok((Outcome { now, preview: Preview { effect, ..Preview::default() } }, true))
}

/// A role in the new model: without what is gone, and where it is a top role, with what is new.
fn follow(role: &Role, old: &AccessModel, model: &AccessModel) -> Role {
    let mut role = role.clone();
    let mut permissions = known_in(model, &role.definition.permissions);
    if role.definition.top {
        for category in &model.categories {
            let is_new = |action: &&str| !old.knows(&category.key, action);
            let fresh: Vec<&str> = category.actions.iter().filter(is_new).collect();
            for action in if fresh.contains(&MANAGE) { vec![MANAGE] } else { fresh } {
                if !permissions.allows(&category.key, action) {
                    permissions.insert(&category.key, action);
                }
            }
        }
    }
    role.definition.permissions = permissions;
    role
}

/// What of a set the model knows.
fn known_in(model: &AccessModel, set: &PermissionSet) -> PermissionSet {
    let known = set.categories().filter_map(|(key, actions)| {
        let category = model.category(key)?;
        Some((key.to_owned(), actions.intersection(&category.actions)))
    });
    known.collect::<std::collections::BTreeMap<String, ActionSet>>().into()
}

/// Takes what the model no longer knows from templates and members.
async fn forget(op: &mut Op, now: &Organization, model: &AccessModel) -> Result<(), OpError> {
    for template in role_templates::list(&mut op.tx, now.id).await? {
        let permissions = known_in(model, &template.permissions);
        if permissions != template.permissions {
            let version = template.version;
            let after = crate::role_template::RoleTemplate { permissions, updated_at: op.now, ..template };
            role_templates::update(&mut op.tx, now.id, &after, version).await?;
        }
    }
    let becomes = |(permissions, features): &store::Own| {
        let known: access::FeatureAccess =
            features.switches().filter(|(key, _)| model.feature(key).is_some()).collect::<FeatureAccess>();
        let after = (known_in(model, permissions), known);
        (after.0 != *permissions || after.1 != *features).then_some(after)
    };
    store::rewrite_own(&mut op.tx, now.id, becomes, op.now).await?;
    Ok(())
}

/// The model as it is after a change, checked whole.
fn apply(old: &AccessModel, change: &Change, was: &[Role]) -> Result<AccessModel, ModelError> {
    let mut model = old.clone();
    let mut checks = Checks::default();
    if let Some(categories) = &change.categories {
        model.categories.clone_from(categories);
        for (place, category) in model.categories.iter_mut().enumerate() {
            let pointer = format!("/categories/{place}/label");
            category.label = checks.line(&pointer, "The label", &category.label, MOST);
            if category.actions.iter().count() > MOST {
                checks.wrong(
                    &format!("/categories/{place}/actions"),
                    "too_long",
                    "These are too many actions.",
                );
            }
        }
    }
    if let Some(features) = &change.features {
        model.features.clone_from(features);
        for (place, feature) in model.features.iter_mut().enumerate() {
            let pointer = format!("/features/{place}/label");
            feature.label = checks.line(&pointer, "The label", &feature.label, MOST);
        }
    }
    model.single_role = change.single_role.unwrap_or(old.single_role);
    if let Some(labels) = &change.labels {
        model.labels = labels.clone();
    }
    for (pointer, count) in [("/categories", model.categories.len()), ("/features", model.features.len())] {
        if count > MOST {
            checks.wrong(pointer, "too_long", format!("There are at most {MOST}."));
        }
    }
    checks.done().map_err(ModelError::Input)?;
    let mut checks = Checks::default();
    let definitions: Vec<_> = was.iter().map(|role| follow(role, old, &model).definition).collect();
    for fault in check(&model, &definitions) {
        let part = fault.path.split('.').next().unwrap_or_default();
        let pointer = match part {
            // What roles are is not asked for here; they follow.
            "roles" => continue,
            "areas" => "/categories".to_owned(),
            _ => format!("/{}", fault.path.replace('.', "/")),
        };
        checks.wrong(&pointer, "invalid_value", fault.message.replace(" of this file", " here"));
    }
    checks.done().map_err(ModelError::Input)?;
    Ok(model)
}

/// What was changed, part by part.
fn described(old: &AccessModel, now: &Organization) -> Event {
    fn json(part: &impl serde::Serialize) -> serde_json::Value {
        serde_json::to_value(part).unwrap_or_default()
    }
    let model = &now.model;
    Event::new(Action::AccessModelUpdated, target(now))
        .change("categories", json(&old.categories), json(&model.categories))
        .change("features", json(&old.features), json(&model.features))
        .change("singleRole", old.single_role, model.single_role)
        .change("labels", json(&old.labels), json(&model.labels))
}
