//! What an organization says at one revision: its access model, what roles and templates hold, who may ask about others, to
//! whom its resources are open; and those members and resources that were asked about last.
//!
//! Whatever changes any of it raises the organization's revision in the same transaction, by the statement that every command
//! begins with. So what was read at a revision holds wherever that revision is read again, in this process or another, and
//! nothing here can go stale: what is remembered changes only how long an answer takes. Only that a membership ends (MEM-15)
//! changes no revision: of everybody it is remembered when it does, and compared with the instant of the question.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::ask::{Asking, Object};
use super::asked::{Asker, Bare, Found, Place, Told};
use super::store::SubjectId;
use super::{Asked, Subject, Thing};
use crate::access::{HeldRole, HeldTemplate, Holdings, On, Question, Rule};
use crate::access_model::{Area, MANAGE, PermissionSet, SharedModel};
use crate::base::{AccountId, MemberId, OrganizationId, Problem, RoleTemplateId, Timestamp};
use crate::op::{Needs, StandingRole};

/// Of how many organizations something is remembered.
const ORGANIZATIONS: usize = 16;
/// How many callers, lists of roles and templates of one.
const MOST: usize = 1_000;
/// How many members of one.
const MOST_MEMBERS: usize = 10_000;
/// How many resources of one, and rules of theirs.
const MOST_SHARED: usize = 20_000;

/// What is remembered of the organizations that were asked about last.
#[derive(Default)]
pub struct Memory(RwLock<Vec<Known>>);

struct Known {
    place: (OrganizationId, i64),
    model: SharedModel,
    callers: HashMap<AccountId, Caller>,
    /// By the list of their ids, as members have it.
    roles: HashMap<Box<str>, Arc<[StandingRole]>>,
    templates: HashMap<RoleTemplateId, PermissionSet>,
    members: HashMap<SubjectId, Bare>,
    /// By type and external id.
    things: HashMap<Box<str>, HashMap<Box<str>, Thing>>,
    shared: usize,
}

struct Caller {
    member: MemberId,
    asks_about_others: bool,
    ends_at: Option<Timestamp>,
}

impl Memory {
    /// Whether somebody is remembered, at whatever revision.
    pub fn knows(&self, place: Place<'_>, subject: SubjectId) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut there = all.iter().filter(|known| match place {
            Place::Id(id) => known.place.0 == id,
            Place::Slug(_) | Place::Sessions => true,
        });
        there.any(|known| known.members.contains_key(&subject))
    }

    /// Decides about whom was read, or is remembered, where enough is remembered of the revision that the asker was read at.
    pub fn judge(
        &self,
        asker: &Asker,
        subject: Option<&Option<Bare>>,
        asking: &Asking,
        now: Timestamp,
    ) -> Option<Result<bool, Problem>> {
        let place = asker.place?;
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|known| known.place == place)?;
        let subject = match subject {
            Some(read) => read.as_ref(),
            None => Some(known.members.get(&asking.subject)?),
        };
        known.judge(asker, subject, (asking, now), None)
    }

    /// Decides by what was told, and remembers it. `None`: the caller is no active member. With it whether something had been
    /// told at that revision before.
    pub fn learn(
        &self,
        found: &Found,
        told: Told,
        asking: &Asking,
        now: Timestamp,
    ) -> (Option<Result<bool, Problem>>, bool) {
        let Found(asker, subject) = found;
        let (Some(place), Some(_)) = (asker.place, &told.caller) else { return (None, false) };
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|known| known.place.0 == place.0);
        let before = at.map(|at| all.remove(at)).filter(|known| known.place == place);
        let was_known = before.is_some();
        let mut known = before.unwrap_or_else(|| Known::new(place, Arc::clone(&told.model)));
        known.add(found, &told);
        let judged = known.judge(asker, subject.as_ref(), (asking, now), Some(&told));
        if all.len() == ORGANIZATIONS {
            all.remove(0);
        }
        all.push(known);
        (judged, was_known)
    }

    /// Remembers a member.
    pub fn keep_member(
        &self,
        place: Option<(OrganizationId, i64)>,
        asked_as: SubjectId,
        member: Option<Bare>,
    ) {
        let Some(member) = member else { return };
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.iter_mut().find(|known| Some(known.place) == place) else { return };
        if known.members.len() == MOST_MEMBERS {
            known.members.clear();
        }
        known.members.insert(asked_as, member);
    }

    /// Remembers a resource.
    pub fn keep_thing(&self, place: (OrganizationId, i64), kind: &str, thing: Thing) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.iter_mut().find(|known| known.place == place) else { return };
        let size = 1 + thing.shared.as_ref().map_or(0, Vec::len);
        if known.shared + size > MOST_SHARED {
            known.things.clear();
            known.shared = 0;
        }
        known.shared += size;
        let id = thing.external_id.as_str().into();
        known.things.entry(kind.into()).or_default().insert(id, thing);
    }
}

impl Known {
    fn new(place: (OrganizationId, i64), model: SharedModel) -> Self {
        let (callers, roles, templates) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (members, things) = (HashMap::new(), HashMap::new());
        Self { place, model, callers, roles, templates, members, things, shared: 0 }
    }

    fn add(&mut self, Found(asker, subject): &Found, told: &Told) {
        if self.callers.len() + self.roles.len() + self.templates.len() >= MOST {
            *self = Self::new(self.place, Arc::clone(&self.model));
        }
        if let Some(caller) = &told.caller {
            let asks_about_others = asks_about_others(caller, &self.model);
            let (member, ends_at) = (caller.member, told.caller_ends_at);
            self.callers.insert(asker.account, Caller { member, asks_about_others, ends_at });
        }
        if let Some(subject) = subject {
            self.roles.insert(subject.roles.as_str().into(), Arc::clone(&told.roles));
            if let (Some(id), Some(permissions)) = (subject.template, &told.template) {
                self.templates.insert(id, permissions.clone());
            }
        }
    }

    /// Everybody may ask about themselves, who may view users about anybody here.
    fn judge(
        &self,
        asker: &Asker,
        subject: Option<&Bare>,
        (asking, now): (&Asking, Timestamp),
        told: Option<&Told>,
    ) -> Option<Result<bool, Problem>> {
        let caller = self.callers.get(&asker.account)?;
        if caller.ends_at.is_some_and(|end| end <= now) {
            return None;
        }
        let own = subject.is_some_and(|subject| subject.member == caller.member);
        if !own && !caller.asks_about_others {
            return Some(Err(Problem::forbidden(views_users().named(&self.model))));
        }
        let Some(subject) = subject else { return Some(Ok(false)) };
        let rules: Vec<Rule>;
        let (category, on) = match (&asking.object, told.map(|told| &told.thing)) {
            (Object::Category(category), _) => (category.as_str(), On::Category),
            (Object::Thing(..), Some(None)) => ("", On::Unknown),
            (Object::Thing(..), Some(Some((category, None)))) => (category.as_str(), On::Everyones),
            (Object::Thing(..), Some(Some((category, Some(rules))))) => {
                (category.as_str(), On::Restricted(rules))
            }
            (Object::Thing(kind, id), None) => {
                let thing = self.things.get(kind.as_str())?.get(id.as_str())?;
                let on = match &thing.shared {
                    None => On::Everyones,
                    Some(shared) => {
                        rules = subject.rules(shared);
                        On::Restricted(&rules)
                    }
                };
                (thing.category.as_str(), on)
            }
        };
        self.decide(subject, now, &Question { category, action: &asking.action, on }).map(Ok)
    }

    fn decide(&self, subject: &Bare, now: Timestamp, question: &Question<'_>) -> Option<bool> {
        let held = self.roles.get(subject.roles.as_str())?;
        let template = match subject.template {
            Some(id) => Some(HeldTemplate { name: "", permissions: self.templates.get(&id)? }),
            None => None,
        };
        let roles: Vec<HeldRole<'_>> = held.iter().map(HeldRole::from).collect();
        let holdings = Holdings {
            model: &self.model,
            active: subject.takes_part(now),
            roles: &roles,
            template,
            direct: &subject.direct,
            features: &subject.features,
        };
        Some(holdings.decide(question).allowed())
    }
}

fn views_users() -> Needs {
    Needs(Area::Users, "view")
}

// As at every door of Roster's own, `manage` is enough, even where the category no longer lists the action.
fn asks_about_others(caller: &Subject, model: &SharedModel) -> bool {
    let needed = views_users().named(model);
    let may = |action: &str| caller.may(model, action, Asked::Category(&needed.category));
    may(&needed.action) || may(MANAGE)
}
