//! Making, changing and deleting role templates (AM-6, ACC-4), and what each of it would do (ACC-10).

use serde_json::Value;

use crate::access::Rules;
use crate::access::store::{Preview, Reach, effect, name_affected, templates};
use crate::access_model::{Area, AskedPermissions, PermissionSet, merge_permissions};
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::text::{fold, paragraph};
use crate::base::{Problem, RoleTemplateId};
use crate::member::access::{AccessError, judge_permissions};
use crate::op::{Authority, Caller, Needs, Op, OpError, Standing};
use crate::role;
use crate::role::commands::{Outcome, RoleError, Shift, end, keep_somebody_on_top, manages_all};

use super::{RoleTemplate, store};

const LONGEST_DESCRIPTION: usize = 500;

/// Why role templates stay as they are.
#[derive(Debug)]
pub enum TemplateError {
    /// No such template here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// More than the actor may do; why.
    Outside(String),
    /// One's own template is not taken away by oneself.
    OwnMembership,
    /// Another template has this name.
    NameTaken,
    /// So many have it, and nobody said what they get instead.
    InUse(i64),
    /// Somebody changed it meanwhile.
    Stale,
    /// What every change of access has to leave as it is.
    Role(RoleError),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for TemplateError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        use TemplateError as E;
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::Outside(why) => {
                Self::new(403, "outside_grant_rule", format!("{why} Ask somebody with a higher role."))
            }
            E::OwnMembership => Self::new(
                403,
                "own_membership",
                "You have this template yourself, and nobody changes their own permissions. Ask another administrator.",
            ),
            E::NameTaken => {
                Self::conflict("name_taken", "Another role template has this name. Choose another.")
            }
            E::InUse(n) => {
                let people = if n == 1 { "1 person has".to_owned() } else { format!("{n} people have") };
                let detail =
                    format!("{people} this template. Say which one they get instead, or that they get none.");
                Self::conflict("template_in_use", detail)
            }
            E::Stale => crate::organization::stale(),
            E::Role(error) => error.into(),
            E::Op(error) => error.into(),
        }
    }
}

/// What a template shall be; what is left out stays, or is empty for a new one.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Option<AskedPermissions>,
}

/// What those get who have a template that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Nobody said: only a template that nobody has is deleted.
    Unsaid,
    /// No template.
    None,
    /// This one.
    Template(RoleTemplateId),
}

/// Makes a role template.
pub async fn create(
    caller: &Caller,
    change: &Change,
    dry_run: bool,
) -> Result<Outcome<RoleTemplate>, TemplateError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = create_in(&mut op, change, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn create_in(
    op: &mut Op,
    change: &Change,
    dry_run: bool,
) -> Result<(Outcome<RoleTemplate>, bool), TemplateError> {
    let empty = RoleTemplate {
        id: RoleTemplateId(op.id()),
        name: String::new(),
        description: String::new(),
        permissions: PermissionSet::new(),
        members: 0,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    let change = Change { name: Some(change.name.clone().unwrap_or_default()), ..change.clone() };
    let now = apply(op, &empty, &change)?;
    if let Err(error) = judge(op, None, Some(&now)).await {
        return Err(refused(op, error, Action::TemplateCreated, &now));
    }
    name_is_free(op, &now).await?;
    if !dry_run {
        let organization = op.organization_id();
        store::insert(&mut op.tx, organization, &now).await?;
        let event = described(Event::new(Action::TemplateCreated, now.target()), None, &now);
        op.record(event.with("effect", Preview::default().effect.to_value()));
    }
    Ok((Outcome { now, preview: Preview::default() }, true))
}

/// Changes a role template, and with it what everybody may do who has it.
pub async fn update(
    caller: &Caller,
    id: RoleTemplateId,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<Outcome<RoleTemplate>, TemplateError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = update_in(&mut op, id, change, version, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn update_in(
    op: &mut Op,
    id: RoleTemplateId,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Outcome<RoleTemplate>, bool), TemplateError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(TemplateError::NotFound)?;
    let applied = apply(op, &before, change);
    let judged = judge(op, Some(&before), applied.as_ref().ok()).await;
    if let Err(error) = judged {
        return Err(refused(op, error, Action::TemplateUpdated, &before));
    }
    let mut now = applied?;
    if version.is_some_and(|version| version != before.version) {
        return Err(TemplateError::Stale);
    }
    if now == before {
        return Ok((Outcome { now, preview: Preview::default() }, false));
    }
    if fold(&now.name) != fold(&before.name) {
        name_is_free(op, &now).await?;
    }
    let preview = weigh(op, &before, Ok(&now), dry_run).await?;
    now.version += 1;
    now.updated_at = op.now;
    if !dry_run {
        if !store::update(&mut op.tx, organization, &now, before.version).await? {
            return Err(TemplateError::Stale);
        }
        let event = described(Event::new(Action::TemplateUpdated, now.target()), Some(&before), &now);
        op.record(event.with("effect", preview.effect.to_value()));
    }
    Ok((Outcome { now, preview }, true))
}

/// Deletes a role template. Whoever has it gets what is said instead.
pub async fn delete(
    caller: &Caller,
    id: RoleTemplateId,
    instead: Instead,
    version: Option<i64>,
    dry_run: bool,
) -> Result<Outcome<()>, TemplateError> {
    let mut op = caller.begin(Needs(Area::Roles, "manage")).await?;
    let outcome = delete_in(&mut op, id, instead, version, dry_run).await;
    end(op, outcome, dry_run).await
}

async fn delete_in(
    op: &mut Op,
    id: RoleTemplateId,
    instead: Instead,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Outcome<()>, bool), TemplateError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(TemplateError::NotFound)?;
    let to = match instead {
        Instead::Template(to) if to == id => None,
        Instead::Template(to) => store::find(&mut op.tx, organization, to).await?,
        Instead::Unsaid | Instead::None => None,
    };
    if let Err(error) = judge(op, Some(&before), to.as_ref()).await {
        return Err(refused(op, error, Action::TemplateDeleted, &before));
    }
    if matches!(op.authority(), Authority::Member(standing) if standing.template.as_ref().is_some_and(|t| t.0 == id))
    {
        return Err(refused(op, TemplateError::OwnMembership, Action::TemplateDeleted, &before));
    }
    if matches!(instead, Instead::Template(_)) && to.is_none() {
        let detail = "There is no such role template here to take its place.";
        return Err(TemplateError::Input(Problem::field("/reassignTo", "unknown_reference", detail)));
    }
    if version.is_some_and(|version| version != before.version) {
        return Err(TemplateError::Stale);
    }
    if instead == Instead::Unsaid && before.members > 0 {
        return Err(TemplateError::InUse(before.members));
    }
    let to = to.map(|to| (to.id, to.name));
    let preview = weigh(op, &before, Err(to.as_ref().map(|(id, _)| *id)), dry_run).await?;
    if !dry_run {
        let target = to.as_ref().map(|(id, _)| *id);
        if !store::delete(&mut op.tx, organization, &before, target, op.now).await? {
            return Err(TemplateError::Stale);
        }
        let event = Event::new(Action::TemplateDeleted, before.target())
            .change("name", before.name.clone(), Value::Null)
            .change("description", before.description.clone(), Value::Null)
            .change("permissions", serde_json::to_value(&before.permissions).unwrap_or_default(), Value::Null)
            .with("members", before.members)
            .with("reassignedTo", to.map(|(_, name)| name));
        op.record(event.with("effect", preview.effect.to_value()));
    }
    Ok((Outcome { now: (), preview }, true))
}

/// R27: the actor holds everything that the template holds, before and after, and manages everybody who has it.
async fn judge(
    op: &mut Op,
    before: Option<&RoleTemplate>,
    after: Option<&RoleTemplate>,
) -> Result<(), TemplateError> {
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    let standing: Standing = standing.clone();
    for template in [before, after].into_iter().flatten() {
        match judge_permissions(op, &template.permissions) {
            Ok(()) => {}
            Err(AccessError::BeyondOwn(list)) => {
                let name = &template.name;
                return Err(TemplateError::Outside(format!(
                    "You can change and give only what you hold yourself; {name} has {list}."
                )));
            }
            Err(other) => return Err(TemplateError::Input(other.into())),
        }
    }
    let Some(before) = before else { return Ok(()) };
    let organization = standing.organization.id;
    let roles = role::store::list(&mut op.tx, organization).await?;
    let actor = standing.role_refs();
    let kinds = store::kinds_of_holders(&mut op.tx, organization, before.id, standing.member).await?;
    if !manages_all(&actor, &roles, &kinds) {
        let name = &before.name;
        return Err(TemplateError::Outside(format!(
            "Somebody with the template {name} has a role that yours does not allow you to manage."
        )));
    }
    Ok(())
}

/// Notes a refused try in the trail where it was refused for lack of right.
fn refused(op: &mut Op, error: TemplateError, action: Action, template: &RoleTemplate) -> TemplateError {
    let code = match &error {
        TemplateError::Outside(_) => "outside_grant_rule",
        TemplateError::OwnMembership => "own_membership",
        _ => return error,
    };
    op.refuse(Event::new(action, template.target()).with("reason", code));
    error
}

async fn name_is_free(op: &mut Op, template: &RoleTemplate) -> Result<(), TemplateError> {
    let organization = op.organization_id();
    let other = store::find_by_name(&mut op.tx, organization, &template.name).await?;
    if other.is_some_and(|other| other.id != template.id) { Err(TemplateError::NameTaken) } else { Ok(()) }
}

/// What it does that a template becomes another, or goes and something else comes in its place.
async fn weigh(
    op: &mut Op,
    before: &RoleTemplate,
    after: Result<&RoleTemplate, Option<RoleTemplateId>>,
    dry_run: bool,
) -> Result<Preview, TemplateError> {
    let organization = op.organization()?.clone();
    let roles = role::store::list(&mut op.tx, organization.id).await?;
    let known = templates(&mut op.tx, organization.id).await?;
    let defined = || roles.iter().map(|role| (role.id, &role.definition));
    let old = Rules::new(&organization.model, defined(), known.clone());
    let changed = known.into_iter().map(|(id, name, permissions)| match after {
        Ok(after) if id == after.id => (id, name, after.permissions.clone()),
        _ => (id, name, permissions),
    });
    let mut new = Rules::new(&organization.model, defined(), changed);
    if let Err(to) = after {
        new = new.moving_template(before.id, to);
    }
    let model = &organization.model;
    let shift =
        Shift { before: &roles, after: &roles, moved: None, rules: (&old, &new), models: (model, model) };
    keep_somebody_on_top(op, &shift).await.map_err(TemplateError::Role)?;
    let (reach, rules) = (Reach::Template(before.id), (&old, &new));
    let effect = effect(&mut op.tx, organization.id, &reach, rules).await?;
    if dry_run {
        return Ok(name_affected(&mut op.tx, organization.id, &reach, rules, effect).await?);
    }
    Ok(Preview { effect, ..Preview::default() })
}

/// A template as it is after a change.
fn apply(op: &Op, before: &RoleTemplate, change: &Change) -> Result<RoleTemplate, TemplateError> {
    let mut after = before.clone();
    let mut checks = Checks::default();
    if let Some(name) = &change.name {
        after.name = checks.line("/name", "The name", name, 100);
    }
    if let Some(text) = &change.description {
        let text = paragraph(text, LONGEST_DESCRIPTION);
        after.description = checks.text("/description", "The description", text);
    }
    if let Some(asked) = &change.permissions {
        let model = &op.organization()?.model;
        after.permissions = merge_permissions(model, &before.permissions, asked, &mut checks);
    }
    checks.done().map_err(TemplateError::Input)?;
    Ok(after)
}

/// What of a template was changed, or all of a new one.
fn described(event: Event, before: Option<&RoleTemplate>, after: &RoleTemplate) -> Event {
    let json = |set: &PermissionSet| serde_json::to_value(set).unwrap_or_default();
    event
        .change("name", before.map(|t| t.name.clone()), after.name.clone())
        .change("description", before.map(|t| t.description.clone()), after.description.clone())
        .change("permissions", before.map(|t| json(&t.permissions)), json(&after.permissions))
}
