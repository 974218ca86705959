//! Who should be looked at, and why: judged by what people hold and do at this instant.

use std::collections::{BTreeMap, HashMap};

use onesql::{Error, Query};

use super::{Ground, Reason, Scope, store};
use crate::access::{self, Rules};
use crate::access_model::{AccessModel, Area, Permission, PermissionSet};
use crate::base::Timestamp;
use crate::base::time::DAY;
use crate::member::{Member, Status};
use crate::op::{Needs, Organization};
use crate::role;
use crate::role::store::Role;

/// Somebody with all the reasons to look at them.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub member: Member,
    /// The labels of the roles, highest first.
    pub roles: Vec<String>,
    /// Why; empty where there is no reason.
    pub grounds: Vec<Ground>,
}

/// Everybody in an organization, by name, each with the reasons to look at them. One statement reads them, without a lock: a
/// review is about whom there was when it began.
pub async fn everybody(
    q: &mut impl Query,
    organization: &Organization,
    (dormant_days, invitation_days): (i64, i64),
    now: Timestamp,
) -> Result<Vec<Candidate>, Error> {
    let roles = role::store::list(q, organization.id).await?;
    let templates = access::store::templates(q, organization.id).await?;
    let members = store::everybody(q, organization.id).await?;
    let rules =
        Rules::new(&organization.model, roles.iter().map(|role| (role.id, &role.definition)), templates);
    let held = Held::read(&rules, &members);
    let (alone, only_top) = (held.alone(&members), only_top(&members, &roles));
    let mut found = Vec::with_capacity(members.len());
    for (at, member) in members.into_iter().enumerate() {
        let own = member.held(&roles);
        let top = own.iter().find(|role| role.definition.top).map(|role| role.definition.label.as_str());
        let only = top.filter(|_| only_top == Some(at));
        let grounds = [
            dormant(&member, now.plus(-dormant_days * DAY)),
            privileged(&organization.model, &member, top, held.of(at)),
            unanswered(&member, now.plus(-invitation_days * DAY), now),
            single_point(&organization.model, only, alone.get(&at)),
        ];
        let roles = own.iter().map(|role| role.definition.label.clone()).collect();
        found.push(Candidate { member, roles, grounds: grounds.into_iter().flatten().collect() });
    }
    Ok(found)
}

/// Whom a review is about, with the reasons that it asks for; one about everybody tells every reason.
pub fn chosen(all: Vec<Candidate>, scope: &Scope) -> Vec<Candidate> {
    let everyone = scope.has(Reason::Everyone);
    let narrowed = all.into_iter().filter_map(|mut candidate| {
        candidate.grounds.retain(|ground| everyone || scope.has(ground.reason));
        if everyone && candidate.grounds.is_empty() {
            candidate.grounds.push(Ground { reason: Reason::Everyone, detail: String::new() });
        }
        (!candidate.grounds.is_empty()).then_some(candidate)
    });
    narrowed.collect()
}

/// How many people have a reason.
pub fn count(all: &[Candidate], reason: Reason) -> i64 {
    let has = |c: &&Candidate| reason == Reason::Everyone || c.grounds.iter().any(|g| g.reason == reason);
    all.iter().filter(has).count() as i64
}

/// What each may do, evaluated once for all who hold the same.
struct Held {
    sets: Vec<PermissionSet>,
    of: Vec<usize>,
}

impl Held {
    /// Of everybody as if they were active: whoever is shut out may be let in again.
    fn read(rules: &Rules, members: &[Member]) -> Self {
        let (mut known, mut sets, mut of) = (HashMap::new(), Vec::new(), Vec::with_capacity(members.len()));
        for member in members {
            let held = access::Held {
                active: true,
                roles: member.roles.clone(),
                template: member.template.as_ref().map(|(id, _)| *id),
                permissions: member.permissions.clone(),
                features: member.features.clone(),
            };
            let key =
                (held.roles.clone(), held.template, held.permissions.to_json(), held.features.to_json());
            let at = *known.entry(key).or_insert_with(|| {
                sets.push(rules.effective(&held));
                sets.len() - 1
            });
            of.push(at);
        }
        Self { sets, of }
    }

    fn of(&self, member: usize) -> &PermissionSet {
        &self.sets[self.of[member]]
    }

    /// The active members who alone may do something, and what.
    fn alone(&self, members: &[Member]) -> HashMap<usize, Vec<Permission>> {
        let mut holders: Vec<(usize, usize)> = vec![(0, 0); self.sets.len()];
        for (at, _) in members.iter().enumerate().filter(|(_, member)| member.status == Status::Active) {
            let (count, last) = &mut holders[self.of[at]];
            (*count, *last) = (*count + 1, at);
        }
        let mut by: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
        for (set, (count, last)) in self.sets.iter().zip(holders) {
            for permission in set.iter() {
                let (sum, who) = by.entry((permission.category, permission.action)).or_default();
                *sum += count;
                if count > 0 {
                    *who = last;
                }
            }
        }
        let mut alone: HashMap<usize, Vec<Permission>> = HashMap::new();
        for ((category, action), _) in by.iter().filter(|(_, (count, _))| *count == 1) {
            let (_, who) = by[&(category.clone(), action.clone())];
            alone.entry(who).or_default().push(Permission::new(category, action));
        }
        alone
    }
}

/// The only active member with a top role, where there is no second.
fn only_top(members: &[Member], roles: &[Role]) -> Option<usize> {
    let top = |member: &Member| member.held(roles).iter().any(|role| role.definition.top);
    let mut found = members.iter().enumerate().filter(|(_, m)| m.status == Status::Active && top(m));
    let first = found.next().map(|(at, _)| at);
    first.filter(|_| found.next().is_none())
}

fn day(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %b %Y").to_string()
}

/// Whoever never signed in counts from the day they came.
fn dormant(member: &Member, since: Timestamp) -> Option<Ground> {
    if member.status == Status::Invited || member.last_login.unwrap_or(member.created_at) > since {
        return None;
    }
    let detail = match member.last_login {
        Some(at) => format!("Last signed in on {}.", day(at)),
        None => format!("Never signed in; here since {}.", day(member.created_at)),
    };
    Some(Ground { reason: Reason::Dormant, detail })
}

fn privileged(
    model: &AccessModel,
    member: &Member,
    top: Option<&str>,
    may: &PermissionSet,
) -> Option<Ground> {
    if member.status == Status::Invited {
        return None;
    }
    if let Some(label) = top {
        return Some(Ground { reason: Reason::Privileged, detail: format!("Holds the top role {label}.") });
    }
    let allows = |action| {
        let needed = Needs(Area::Users, action).named(model);
        may.allows(&needed.category, &needed.action)
    };
    if !model.lets_others_in(may) && !allows("delete") {
        return None;
    }
    let verbs = [("create", "invite"), ("edit", "edit"), ("delete", "remove")];
    let verbs: Vec<&str> =
        verbs.into_iter().filter(|(action, _)| allows(action)).map(|(_, verb)| verb).collect();
    let verbs = match verbs.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        other => other.join(""),
    };
    Some(Ground {
        reason: Reason::Privileged,
        detail: format!("May {verbs} {}.", model.labels.words.members),
    })
}

/// Sent again or not: since they were invited.
fn unanswered(member: &Member, since: Timestamp, now: Timestamp) -> Option<Ground> {
    if member.status != Status::Invited || member.created_at > since {
        return None;
    }
    let state = match member.invitation {
        Some(open) if open.expires_at > now => "not answered",
        _ => "expired",
    };
    let detail = format!("Invited on {}, {state}.", day(member.created_at));
    Some(Ground { reason: Reason::Invitation, detail })
}

/// Areas that are named; the rest is counted.
const NAMED: usize = 3;

fn single_point(
    model: &AccessModel,
    only_top: Option<&str>,
    alone: Option<&Vec<Permission>>,
) -> Option<Ground> {
    let mut areas: Vec<(&str, Vec<&str>)> = Vec::new();
    for permission in alone.into_iter().flatten() {
        match areas.last_mut().filter(|(known, _)| *known == permission.category) {
            Some((_, actions)) => actions.push(&permission.action),
            None => areas.push((&permission.category, vec![&permission.action])),
        }
    }
    let mut told = Vec::new();
    told.extend(only_top.map(|label| format!("The only active {label}.")));
    if !areas.is_empty() {
        let name = |(key, actions): &(&str, Vec<&str>)| match model.category(key) {
            Some(category) if category.actions.iter().all(|action| actions.contains(&action)) => {
                category.label.clone()
            }
            category => {
                let label = category.map_or(*key, |category| &*category.label);
                format!("{label} ({})", actions.join(", "))
            }
        };
        let named: Vec<String> = areas.iter().take(NAMED).map(name).collect();
        let more = match areas.len().saturating_sub(NAMED) {
            0 => String::new(),
            1 => " and 1 more area".to_owned(),
            count => format!(" and {count} more areas"),
        };
        told.push(format!("Nobody else may do this: {}{more}.", named.join("; ")));
    }
    (!told.is_empty()).then(|| Ground { reason: Reason::SinglePoint, detail: told.join(" ") })
}
