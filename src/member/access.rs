//! What a member is given: roles, template, features, teams, projects. Every door that gives any of it resolves and judges
//! it here (ACC-4, R25).

use std::collections::BTreeMap;

use crate::access::FeatureAccess;
use crate::access_model::{Feature, PermissionSet};
use crate::base::problem::Checks;
use crate::base::{OrganizationId, Problem, ProjectId, RoleTemplateId, TeamId, Timestamp};
use crate::op::{Authority, Op, OpError, Organization, Standing};
use crate::role::store::{Role, named as role_named};
use crate::role::{RoleRef, may_grant, may_manage};

use super::{Member, end, store};

/// What is asked to be given, as it came: keys and ids as text.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Roles by key or id; `None` leaves the default.
    pub roles: Option<Vec<String>>,
    /// A role template by id; `Some(None)` clears it.
    pub template: Option<Option<String>>,
    /// Feature switches.
    pub features: BTreeMap<String, bool>,
    /// Teams by id.
    pub teams: Option<Vec<String>>,
    /// Projects by id.
    pub projects: Option<Vec<String>>,
    /// When the membership ends by itself; `Some(None)`: never.
    pub ends_at: Option<Option<Timestamp>>,
}

/// What is given, resolved.
#[derive(Clone, Debug)]
pub struct Access {
    /// The roles.
    pub roles: Vec<Role>,
    /// The template with its permissions.
    pub template: Option<(RoleTemplateId, String, PermissionSet)>,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// Why something can't be given.
#[derive(Debug)]
pub enum AccessError {
    /// What was asked for is wrong.
    Input(Problem),
    /// The role named is outside the actor's grant rule.
    OutsideGrantRule(String),
    /// The permissions or the feature named are more than the actor holds.
    BeyondOwn(String),
    /// The member's roles are outside what the actor manages.
    NotManageable(String),
    /// The transaction.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for AccessError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Input(problem) => problem,
            AccessError::OutsideGrantRule(role) => Self::new(
                403,
                "outside_grant_rule",
                format!(
                    "Your role does not allow you to give or take the role {role}. Ask somebody whose role does."
                ),
            ),
            AccessError::BeyondOwn(permissions) => Self::new(
                403,
                "outside_grant_rule",
                format!("You can give only what you hold yourself; you do not hold {permissions}."),
            ),
            AccessError::NotManageable(name) => Self::new(
                403,
                "outside_grant_rule",
                format!(
                    "{name} has a role that yours does not allow you to manage. Ask somebody with a higher role."
                ),
            ),
            AccessError::Op(error) => error.into(),
        }
    }
}

/// Resolves what is asked for in an organization whose roles are `roles`; what is left out is taken from `before`, or is the
/// default for somebody new.
pub async fn resolve(
    op: &mut Op,
    roles: &[Role],
    asked: &Asked,
    before: Option<&Member>,
) -> Result<Access, AccessError> {
    let organization = op.organization()?.clone();
    let mut checks = Checks::default();
    let held: Vec<Role> = match before {
        Some(member) => member.held(roles).into_iter().cloned().collect(),
        None => roles.iter().filter(|role| role.definition.default).cloned().collect(),
    };
    let chosen = match &asked.roles {
        Some(named) => resolve_roles(&organization, roles, named, &mut checks),
        None => held,
    };
    let template = resolve_template(op, organization.id, asked, before, &mut checks).await?;
    let features = resolve_features(&organization, &chosen, asked, before, &mut checks);
    let teams = match &asked.teams {
        Some(named) => resolve_teams(op, organization.id, named, &mut checks).await?,
        None => before.map(|m| m.teams.clone()).unwrap_or_default(),
    };
    let projects = match &asked.projects {
        Some(named) => resolve_projects(op, organization.id, named, &mut checks).await?,
        None => before.map(|m| m.projects.clone()).unwrap_or_default(),
    };
    let ends_at = asked.ends_at.unwrap_or(before.and_then(|m| m.ends_at));
    if let Some(end) = ends_at.filter(|end| before.and_then(|m| m.ends_at) != Some(*end)) {
        end::check(&mut checks, "/endsAt", end, op.now);
    }
    checks.done().map_err(AccessError::Input)?;
    Ok(Access { roles: chosen, template, features, teams, projects, ends_at })
}

fn resolve_roles(
    organization: &Organization,
    roles: &[Role],
    named: &[String],
    checks: &mut Checks,
) -> Vec<Role> {
    let mut chosen: Vec<Role> = Vec::new();
    for name in named {
        match role_named(roles, name) {
            Some(role) if chosen.iter().any(|c| c.id == role.id) => {}
            Some(role) => chosen.push(role.clone()),
            None => checks.wrong(
                "/role",
                "unknown_reference",
                format!("There is no role \"{}\" here.", crate::base::text::cut(name, 60)),
            ),
        }
    }
    if chosen.is_empty() && named.is_empty() {
        checks.wrong("/roles", "missing", "A member needs at least one role.");
    }
    if organization.model.single_role && chosen.len() > 1 {
        checks.wrong("/roles", "single_role", "A member has exactly one role here.");
    }
    chosen.sort_by_key(|role| (!role.definition.top, -role.definition.rank));
    chosen
}

type Template = Option<(RoleTemplateId, String, PermissionSet)>;

async fn resolve_template(
    op: &mut Op,
    organization: OrganizationId,
    asked: &Asked,
    before: Option<&Member>,
    checks: &mut Checks,
) -> Result<Template, AccessError> {
    let id = match &asked.template {
        Some(None) => None,
        Some(Some(text)) => match text.parse::<RoleTemplateId>() {
            Ok(id) => Some(id),
            Err(_) => {
                checks.wrong("/roleTemplate", "unknown_reference", "There is no such role template here.");
                None
            }
        },
        None => before.and_then(|m| m.template.as_ref()).map(|(id, _)| *id),
    };
    let Some(id) = id else { return Ok(None) };
    match store::find_template(&mut op.tx, organization, id).await? {
        Some((name, permissions)) => Ok(Some((id, name, permissions))),
        None => {
            checks.wrong("/roleTemplate", "unknown_reference", "There is no such role template here.");
            Ok(None)
        }
    }
}

fn resolve_features(
    organization: &Organization,
    roles: &[Role],
    asked: &Asked,
    before: Option<&Member>,
    checks: &mut Checks,
) -> FeatureAccess {
    let mut features = before.map(|m| m.features.clone()).unwrap_or_default();
    for (key, on) in &asked.features {
        let Some(feature) = organization.model.feature(key) else {
            checks.wrong(
                "/featureAccess",
                "unknown_reference",
                format!("There is no feature \"{}\" here.", crate::base::text::cut(key, 60)),
            );
            continue;
        };
        if feature.always_on_for(roles.iter().map(|r| r.definition.key.as_str())) {
            if !on {
                checks.wrong(
                    &format!("/featureAccess/{key}"),
                    "feature_always_on",
                    format!("{} is always on for this role and can't be switched off.", feature.label),
                );
            }
            continue;
        }
        features.set(key, *on);
    }
    features
}

async fn resolve_teams(
    op: &mut Op,
    organization: OrganizationId,
    named: &[String],
    checks: &mut Checks,
) -> Result<Vec<TeamId>, AccessError> {
    let mut found = Vec::new();
    for name in named {
        let known = match name.parse::<TeamId>() {
            Ok(id) => store::find_team(&mut op.tx, organization, id).await?.map(|_| id),
            Err(_) => None,
        };
        match known {
            Some(id) if !found.contains(&id) => found.push(id),
            Some(_) => {}
            None => checks.wrong("/teams", "unknown_reference", "There is no such team here."),
        }
    }
    Ok(found)
}

async fn resolve_projects(
    op: &mut Op,
    organization: OrganizationId,
    named: &[String],
    checks: &mut Checks,
) -> Result<Vec<ProjectId>, AccessError> {
    let mut found = Vec::new();
    for name in named {
        let known = match name.parse::<ProjectId>() {
            Ok(id) => store::find_project(&mut op.tx, organization, id).await?.map(|_| id),
            Err(_) => None,
        };
        match known {
            Some(id) if !found.contains(&id) => found.push(id),
            Some(_) => {}
            None => checks.wrong("/projects", "unknown_reference", "There is no such project here."),
        }
    }
    Ok(found)
}

/// Whether the actor may manage this member (edit, suspend, remove, resend for, end sessions).
pub fn judge_manage(op: &Op, roles: &[Role], member: &Member) -> Result<(), AccessError> {
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    let target: Vec<RoleRef> = member.held(roles).into_iter().map(RoleRef::from).collect();
    if may_manage(&standing.role_refs(), &target) {
        Ok(())
    } else {
        Err(AccessError::NotManageable(member.name()))
    }
}

/// Whether the actor may give this access to somebody who had `before`: each role given or taken within the grant rule, a
/// new template only by who holds all of it, a feature switched on only by who has it.
pub fn judge_grant(
    op: &Op,
    roles: &[Role],
    before: Option<&Member>,
    after: &Access,
) -> Result<(), AccessError> {
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    let actor = standing.role_refs();
    let had = before.map(|m| m.held(roles)).unwrap_or_default();
    let given = after.roles.iter().filter(|role| !had.iter().any(|h| h.id == role.id));
    let taken = had.iter().copied().filter(|role| !after.roles.iter().any(|a| a.id == role.id));
    for role in given.chain(taken) {
        if !may_grant(&actor, &RoleRef::from(role)) {
            return Err(AccessError::OutsideGrantRule(role.definition.label.clone()));
        }
    }
    let had_template = before.and_then(|m| m.template.as_ref()).map(|(id, _)| *id);
    if let Some((id, _, permissions)) = &after.template
        && had_template != Some(*id)
    {
        judge_permissions(op, permissions)?;
    }
    judge_features(standing, before.map(|m| &m.features), &after.features)
}

/// Only switches count here: what a role always has comes with the role, within the grant rule.
fn judge_features(
    standing: &Standing,
    before: Option<&FeatureAccess>,
    after: &FeatureAccess,
) -> Result<(), AccessError> {
    let is_on = |switches: &FeatureAccess, feature: &Feature| switches.is_on(feature, []);
    for feature in &standing.organization.model.features {
        let was_on = before.map_or(feature.default_on, |switches| is_on(switches, feature));
        if is_on(after, feature) && !was_on && !standing.has(feature) {
            return Err(AccessError::BeyondOwn(feature.label.clone()));
        }
    }
    Ok(())
}

/// Whether the actor holds all of these permissions, so that they may be given by them.
pub fn judge_permissions(op: &Op, permissions: &PermissionSet) -> Result<(), AccessError> {
    let Authority::Member(standing) = op.authority() else { return Ok(()) };
    let wanted = permissions.expand(&standing.organization.model);
    let beyond: Vec<String> = wanted.beyond(&standing.permissions).iter().map(|p| p.to_string()).collect();
    if beyond.is_empty() { Ok(()) } else { Err(AccessError::BeyondOwn(beyond.join(", "))) }
}
