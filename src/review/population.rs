//! Who should be looked at, and why: judged by what people hold and do at this instant.

use std::collections::{BTreeMap, HashMap};

use onesql::{Error, Query};

use super::{Ground, Reason, Scope, store};
use crate::access::{self, Rules};
use crate::access_model::{AccessModel, Area, Permission, PermissionSet};
use crate::base::time::DAY;
use crate::base::{MemberId, Timestamp};
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

/// Whom a review would be about.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    counts: BTreeMap<Reason, i64>,
    /// How many people it is about; whoever has several reasons counts once.
    pub total: i64,
    /// The first of them by name.
    pub first: Vec<Candidate>,
}

impl Foreseen {
    /// How many people have a reason, whether the review asks for it or not.
    pub fn count(&self, reason: Reason) -> i64 {
        self.counts.get(&reason).copied().unwrap_or(0)
    }
}

/// Judges everybody in an organization, by name, and keeps the first `most` whom a review with this scope is about. Everybody is
/// read twice, a member at a time: who alone may do something is known only when all were seen.
pub async fn foresee(
    q: &mut impl Query,
    organization: &Organization,
    (scope, now): (&Scope, Timestamp),
    most: usize,
) -> Result<Foreseen, Error> {
    let roles = role::store::list(q, organization.id).await?;
    let templates = access::store::templates(q, organization.id).await?;
    let rules =
        Rules::new(&organization.model, roles.iter().map(|role| (role.id, &role.definition)), templates);
    let mut held =
        Held { rules: &rules, roles: &roles, known: HashMap::new(), sets: Vec::new(), tops: Vec::new() };
    store::each(q, organization.id, |member| held.see(&member)).await?;
    let (alone, only_top) = (held.alone(), held.only_top());
    let (dormant_since, invited_since) =
        (now.plus(-scope.dormant_days * DAY), now.plus(-scope.invitation_days * DAY));
    let mut foreseen = Foreseen::default();
    let judge = |member: Member| {
        let own = member.held(&roles);
        let top = own.iter().find(|role| role.definition.top).map(|role| role.definition.label.as_str());
        let only = top.filter(|_| only_top == Some(member.id));
        let grounds = [
            dormant(&member, dormant_since),
            privileged(&organization.model, &member, top, held.of(&member)),
            unanswered(&member, invited_since, now),
            single_point(&organization.model, only, alone.get(&member.id)),
        ];
        let grounds: Vec<Ground> = grounds.into_iter().flatten().collect();
        for reason in grounds.iter().map(|ground| ground.reason).chain([Reason::Everyone]) {
            *foreseen.counts.entry(reason).or_default() += 1;
        }
        if let Some(grounds) = chosen(grounds, scope) {
            foreseen.total += 1;
            if foreseen.first.len() < most {
                let roles = own.iter().map(|role| role.definition.label.clone()).collect();
                foreseen.first.push(Candidate { member, roles, grounds });
            }
        }
    };
    store::each(q, organization.id, judge).await?;
    Ok(foreseen)
}

/// The reasons that a review asks for; one about everybody tells every reason. Nothing where it is not about them.
fn chosen(mut grounds: Vec<Ground>, scope: &Scope) -> Option<Vec<Ground>> {
    let everyone = scope.has(Reason::Everyone);
    grounds.retain(|ground| everyone || scope.has(ground.reason));
    if everyone && grounds.is_empty() {
        grounds.push(Ground { reason: Reason::Everyone, detail: String::new() });
    }
    (!grounds.is_empty()).then_some(grounds)
}

/// What each may do, evaluated once for all who hold the same, and how many active people that are.
struct Held<'a> {
    rules: &'a Rules,
    roles: &'a [Role],
    known: HashMap<String, usize>,
    sets: Vec<Set>,
    /// Active members with a top role; two say that there is more than one.
    tops: Vec<MemberId>,
}

struct Set {
    permissions: PermissionSet,
    active: i64,
    /// Who is active and was seen last.
    last: Option<MemberId>,
}

impl Held<'_> {
    /// As if they were active: whoever is shut out may be let in again.
    fn see(&mut self, member: &Member) {
        let key = key(member);
        let at = *self.known.entry(key).or_insert_with(|| {
            let held = access::Held {
                active: true,
                roles: member.roles.clone(),
                template: member.template.as_ref().map(|(id, _)| *id),
                permissions: member.permissions.clone(),
                features: member.features.clone(),
            };
            self.sets.push(Set { permissions: self.rules.effective(&held), active: 0, last: None });
            self.sets.len() - 1
        });
        if member.status != Status::Active {
            return;
        }
        self.sets[at].active += 1;
        self.sets[at].last = Some(member.id);
        if self.tops.len() < 2 && member.held(self.roles).iter().any(|role| role.definition.top) {
            self.tops.push(member.id);
        }
    }

    /// Whoever came after everybody was seen may do nothing yet.
    fn of(&self, member: &Member) -> Option<&PermissionSet> {
        self.known.get(&key(member)).map(|at| &self.sets[*at].permissions)
    }

    /// The active members who alone may do something, and what.
    fn alone(&self) -> HashMap<MemberId, Vec<Permission>> {
        let mut by: BTreeMap<(String, String), (i64, Option<MemberId>)> = BTreeMap::new();
        for set in &self.sets {
            for permission in set.permissions.iter() {
                let (sum, who) = by.entry((permission.category, permission.action)).or_default();
                *sum += set.active;
                *who = set.last.or(*who);
            }
        }
        let mut alone: HashMap<MemberId, Vec<Permission>> = HashMap::new();
        for ((category, action), (count, who)) in by {
            if let Some(who) = who.filter(|_| count == 1) {
                alone.entry(who).or_default().push(Permission::new(category, action));
            }
        }
        alone
    }

    /// The only active member with a top role, where there is no second.
    fn only_top(&self) -> Option<MemberId> {
        match self.tops.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// The same for all who hold the same.
fn key(member: &Member) -> String {
    let template = member.template.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let mut key: String = member.roles.iter().map(ToString::to_string).collect();
    for part in [template, member.permissions.to_json(), member.features.to_json()] {
        key.push(' ');
        key.push_str(&part);
    }
    key
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
    may: Option<&PermissionSet>,
) -> Option<Ground> {
    if member.status == Status::Invited {
        return None;
    }
    if let Some(label) = top {
        return Some(Ground { reason: Reason::Privileged, detail: format!("Holds the top role {label}.") });
    }
    let allows = |action| {
        let needed = Needs(Area::Users, action).named(model);
        may.is_some_and(|may| may.allows(&needed.category, &needed.action))
    };
    if !may.is_some_and(|may| model.lets_others_in(may)) && !allows("delete") {
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
