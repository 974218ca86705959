//! Who may make the roles of an organization what somebody wants them to be. Every change of any role is judged here, by
//! all roles as they are and as they would be.

use std::collections::BTreeSet;

use super::RoleError;
use crate::access::store::{Combination, Reach, combinations};
use crate::access::{Difference, Rules};
use crate::access_model::{Area, SharedModel};
use crate::base::{MemberId, RoleId};
use crate::member::access::{AccessError, judge_permissions};
use crate::op::{Authority, Needs, Op, Standing};
use crate::role::store::{self, Role};
use crate::role::{RoleRef, may_grant, may_manage, stands_above};

/// The roles of an organization and what they become.
pub struct Shift<'a> {
    /// As they are.
    pub before: &'a [Role],
    /// As they would be.
    pub after: &'a [Role],
    /// A role that goes, and the one that its holders get.
    pub moved: Option<(RoleId, Option<RoleId>)>,
    /// What both make of what people hold.
    pub rules: (&'a Rules, &'a Rules),
    /// The access model, before and after.
    pub models: (&'a SharedModel, &'a SharedModel),
}

fn find(roles: &[Role], id: RoleId) -> Option<&Role> {
    roles.iter().find(|role| role.id == id)
}

impl Shift<'_> {
    /// Whether the role itself is changed: not if it only hands on the default, or loses a grant of a role that goes.
    fn shapes(&self, before: &Role, after: &Role) -> bool {
        let mut was = before.definition.clone();
        was.grants.retain(|key| self.after.iter().any(|role| role.definition.key == *key));
        was.default &= after.definition.default || !self.hands_on();
        was != after.definition
    }

    /// Whether some role becomes the default one.
    fn hands_on(&self) -> bool {
        self.after.iter().any(|role| {
            role.definition.default && !find(self.before, role.id).is_some_and(|was| was.definition.default)
        })
    }
}

/// Judges a change of roles: what the actor may do, then what nobody may.
pub async fn judge(op: &mut Op, shift: &Shift<'_>) -> Result<(), RoleError> {
    if let Authority::Member(standing) = op.authority() {
        let standing = standing.clone();
        judge_actor(op, &standing, shift).await?;
    }
    let defaults: Vec<&Role> = shift.after.iter().filter(|role| role.definition.default).collect();
    match defaults.as_slice() {
        [one] if !one.definition.top => {}
        _ => return Err(RoleError::DefaultRole),
    }
    keep_somebody_on_top(op, shift).await
}

async fn judge_actor(op: &mut Op, standing: &Standing, shift: &Shift<'_>) -> Result<(), RoleError> {
    let actor = standing.role_refs();
    for before in shift.before {
        match find(shift.after, before.id) {
            Some(after) if !shift.shapes(before, after) => {}
            after => {
                judge_role(op, standing, shift.before, before).await?;
                if after.is_none() && standing.roles.iter().any(|held| held.id == before.id) {
                    return Err(RoleError::OwnMembership);
                }
            }
        }
    }
    let holds_top = actor.iter().any(|held| held.top);
    let lost = shift.before.iter().filter(|was| was.definition.top && find(shift.after, was.id).is_none());
    if !holds_top && lost.count() > 0 {
        return Err(RoleError::outside("Only somebody with a top role can delete one."));
    }
    for after in shift.after {
        judge_growth(op, &actor, shift, after)?;
    }
    let target = shift.moved.and_then(|(_, to)| to).and_then(|to| find(shift.after, to));
    if let Some(target) = target.filter(|target| !may_grant(&actor, &RoleRef::from(*target))) {
        let label = &target.definition.label;
        return Err(RoleError::outside(format!("Your role does not allow you to give the role {label}.")));
    }
    Ok(())
}

/// Whether the actor may touch a role at all: they may grant it, it does not stand above them, and they manage everybody else
/// who holds it.
pub async fn judge_role(
    op: &mut Op,
    standing: &Standing,
    roles: &[Role],
    role: &Role,
) -> Result<(), RoleError> {
    let (actor, label) = (standing.role_refs(), &role.definition.label);
    let own = RoleRef::from(role);
    if !may_grant(&actor, &own) || stands_above(&own, &actor) {
        return Err(RoleError::outside(format!("Your role does not allow you to change the role {label}.")));
    }
    let but: MemberId = standing.member;
    let kinds = store::kinds_of_holders(&mut op.tx, standing.organization.id, role.id, but).await?;
    if !manages_all(&actor, roles, &kinds) {
        let detail =
            format!("Somebody with the role {label} has roles that yours does not allow you to manage.");
        return Err(RoleError::outside(detail));
    }
    Ok(())
}

/// Whether the actor manages everybody who holds one of these sets of roles.
pub fn manages_all(actor: &[RoleRef], roles: &[Role], kinds: &[Vec<RoleId>]) -> bool {
    kinds.iter().all(|kind| {
        let held = roles.iter().filter(|role| kind.contains(&role.id));
        may_manage(actor, &held.map(RoleRef::from).collect::<Vec<_>>())
    })
}

/// What a role becomes: not above the actor, and nothing more in it than they hold and may hand out themselves.
fn judge_growth(op: &Op, actor: &[RoleRef], shift: &Shift<'_>, after: &Role) -> Result<(), RoleError> {
    let before = find(shift.before, after.id);
    let (d, label) = (&after.definition, &after.definition.label);
    let was = before.map(|role| &role.definition);
    let raised = was.is_none_or(|was| was.rank != d.rank || was.top != d.top);
    if was.is_some_and(|was| was.top) != d.top && !actor.iter().any(|held| held.top) {
        return Err(RoleError::outside(
            "Only somebody with a top role can make a role top, or no longer top.",
        ));
    }
    if raised && stands_above(&after.into(), actor) {
        return Err(RoleError::outside(format!("The role {label} would stand above yours.")));
    }
    if d.default && !was.is_some_and(|was| was.default) && !may_grant(actor, &after.into()) {
        let detail = format!("Your role does not allow you to hand out {label}, so it can't be the default.");
        return Err(RoleError::outside(detail));
    }
    let had: BTreeSet<&String> = was.iter().flat_map(|was| &was.grants).collect();
    for key in d.grants.iter().filter(|key| !had.contains(key)) {
        let granted = shift.after.iter().find(|role| role.definition.key == *key);
        if let Some(granted) = granted.filter(|granted| !may_grant(actor, &RoleRef::from(*granted))) {
            return Err(RoleError::outside(format!(
                "Your role does not allow you to hand out {}, so no role can get it from you.",
                granted.definition.label
            )));
        }
    }
    let grown = Difference::between(&shift.rules.0.of_role(after.id), &shift.rules.1.of_role(after.id));
    let gains = grown.gains.iter().map(|p| (p.category.as_str(), p.action.as_str()));
    match judge_permissions(op, &gains.collect()) {
        Ok(()) => Ok(()),
        Err(AccessError::BeyondOwn(list)) => Err(RoleError::outside(format!(
            "{label} would get {list}. You can give only what you hold yourself."
        ))),
        Err(other) => Err(RoleError::Input(other.into())),
    }
}

/// Those with a top role who are active, before or after.
async fn on_top(op: &mut Op, roles: &[Role], moved: Option<RoleId>) -> Result<Vec<Combination>, RoleError> {
    let tops = roles.iter().filter(|role| role.definition.top).map(|role| role.id).chain(moved);
    let organization = op.organization_id();
    let found = combinations(&mut op.tx, organization, &Reach::Roles(tops.collect())).await?;
    Ok(found.into_iter().filter(|combination| combination.held.active).collect())
}

/// ACC-5 for roles: afterwards, too, some active member has a top role, and somebody on top can still change roles, so that
/// every change can be undone.
pub async fn keep_somebody_on_top(op: &mut Op, shift: &Shift<'_>) -> Result<(), RoleError> {
    let goes_on_top = shift
        .moved
        .filter(|(_, to)| to.and_then(|to| find(shift.after, to)).is_some_and(|role| role.definition.top));
    let after = on_top(op, shift.after, goes_on_top.map(|(from, _)| from)).await?;
    if after.is_empty() {
        return Err(RoleError::LastOwner);
    }
    let can = |held: &[Combination], rules: &Rules, model: &SharedModel| {
        let needed = Needs(Area::Roles, "manage").named(model);
        held.iter().any(|c| rules.effective(&c.held).allows(&needed.category, &needed.action))
    };
    if can(&after, shift.rules.1, shift.models.1) {
        return Ok(());
    }
    let before = on_top(op, shift.before, None).await?;
    if can(&before, shift.rules.0, shift.models.0) { Err(RoleError::NobodyLeft) } else { Ok(()) }
}
