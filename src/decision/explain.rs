//! Why somebody can or can't: the chain, and the smallest changes that would allow it (ACC-8).

use onesql::{Error, Query};

use super::ask::Object;
use super::store::SubjectId;
use super::words::Words;
use super::{Subject, list};
use crate::access::{Case, Change, OfferedRole, OfferedTemplate, On, Outcome, Rule, Step};
use crate::access_model::{Area, SharedModel};
use crate::base::{MemberId, Problem, RoleId, Timestamp};
use crate::member::{Member, Status};
use crate::op::{Needs, Standing};
use crate::resource::{AccessRule, Subject as With, Visibility};
use crate::role::store::Role;
use crate::role::{RoleRef, permissions_with_lower};
use crate::{access, member, resource, role};

/// One step with what it came to, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which.
    pub step: Step,
    /// What it came to.
    pub outcome: Outcome,
    /// Why.
    pub detail: String,
}

/// One remedy in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// What to change, one sentence.
    pub change: String,
    /// Who may, one sentence.
    pub by: String,
    /// The single changes, each with its sentence.
    pub parts: Vec<(Change, String)>,
}

/// An explanation.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Whether it is allowed.
    pub decision: bool,
    /// The chain, every step once.
    pub steps: Vec<Said>,
    /// What would allow it; none where it is allowed.
    pub remedies: Vec<Offered>,
    /// The revision that it was made at.
    pub revision: i64,
    /// What the resource is called, or the category.
    pub object: String,
    /// Whether the resource is registered, or the category known.
    pub known: bool,
}

/// All that an explanation about one member needs.
pub struct Facts {
    /// About whom.
    pub who: Who,
    /// As a decision reads them.
    pub subject: Subject,
    /// The access model.
    pub model: SharedModel,
    /// The roles of the organization.
    pub roles: Vec<Role>,
    /// Its role templates.
    pub templates: Vec<OfferedTemplate>,
    /// On what.
    pub on: What,
    /// The resource as it was asked for: `type:externalId`; or the category's key.
    pub asked: String,
    /// Whether something can still be changed about it.
    pub now: bool,
}

/// A member, as an explanation names them.
#[derive(Clone, Debug)]
pub struct Who {
    /// What they are called.
    pub name: String,
    /// Where in the life cycle.
    pub status: Status,
    /// The roles held.
    pub roles: Vec<RoleId>,
    /// The name of the role template held.
    pub template: Option<String>,
}

impl From<&Member> for Who {
    fn from(m: &Member) -> Self {
        let template = m.template.as_ref().map(|(_, name)| name.clone());
        Self { name: m.name(), status: m.status, roles: m.roles.clone(), template }
    }
}

/// What an explanation is about.
#[derive(Clone, Debug, Default)]
pub struct What {
    kind: Kind,
    category: String,
    name: String,
    shares: Vec<(AccessRule, String)>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    Category,
    #[default]
    Unknown,
    Everyones,
    Restricted,
}

impl What {
    /// A category as such.
    pub fn category(key: &str) -> Self {
        Self { kind: Kind::Category, category: key.to_owned(), ..Self::default() }
    }

    /// What nobody registered.
    pub fn unknown(asked: String) -> Self {
        Self { name: asked, ..Self::default() }
    }

    /// A resource as a member sees it, with the names of what it is shared with. Sharing with single members names them: only
    /// the own one matters.
    pub fn thing(
        (category, name): (String, String),
        visibility: Visibility,
        mut shares: Vec<(AccessRule, String)>,
        member: MemberId,
    ) -> Self {
        shares.retain(|(rule, _)| match rule.subject {
            With::Member(named) => named == member,
            With::Team(_) | With::Project(_) => true,
        });
        let kind = match visibility {
            Visibility::Restricted => Kind::Restricted,
            Visibility::Organization => Kind::Everyones,
        };
        Self { kind, category, name, shares }
    }
}

impl Object {
    /// As it was asked for: `type:externalId`, or the category's key.
    pub fn asked(&self) -> String {
        match self {
            Object::Thing(kind, id) => format!("{kind}:{id}"),
            Object::Category(key) => key.clone(),
        }
    }
}

/// Reads what an explanation needs; `None` where there is no such member.
pub async fn read(
    q: &mut impl Query,
    standing: &Standing,
    (id, now): (SubjectId, Timestamp),
    object: &Object,
) -> Result<Option<Facts>, Error> {
    Ok(read_with_member(q, standing, (id, now), object).await?.map(|(_, facts)| facts))
}

/// The same, and the member.
pub async fn read_with_member(
    q: &mut impl Query,
    standing: &Standing,
    (id, now): (SubjectId, Timestamp),
    object: &Object,
) -> Result<Option<(Member, Facts)>, Error> {
    let organization = standing.organization.id;
    let Some(subject) = list::subject(q, organization, id, now).await? else { return Ok(None) };
    let Some(member) = member::store::find(q, organization, subject.member).await? else { return Ok(None) };
    let roles = role::store::list(q, organization).await?;
    let templates = access::store::templates(q, organization).await?;
    let templates =
        templates.into_iter().map(|(_, name, permissions)| OfferedTemplate { name, permissions }).collect();
    let on = match object {
        Object::Category(category) => What::category(category),
        Object::Thing(kind, id) => match resource::store::find(q, organization, kind, id).await? {
            None => What::unknown(object.asked()),
            Some(thing) => {
                let named = resource::store::named_rules(q, thing.id).await?;
                let shares = named.into_iter().map(|named| (named.rule, named.name)).collect();
                What::thing((thing.category, thing.name), thing.visibility, shares, subject.member)
            }
        },
    };
    let (who, model) = (Who::from(&member), standing.organization.model.clone());
    let facts = Facts { who, subject, model, roles, templates, on, asked: object.asked(), now: true };
    Ok(Some((member, facts)))
}

impl Facts {
    /// Explains an action to whoever reads.
    pub fn explain(&self, reader: &Standing, action: &str, may_view_users: bool) -> Explanation {
        let (model, what) = (&self.model, &self.on);
        let definitions: Vec<_> = self.roles.iter().map(|role| role.definition.clone()).collect();
        let offered: Vec<OfferedRole> = self
            .roles
            .iter()
            .map(|role| OfferedRole {
                role: RoleRef::from(role),
                label: role.definition.label.clone(),
                permissions: permissions_with_lower(&role.definition, &definitions),
            })
            .collect();
        let held: Vec<&Role> = self.roles.iter().filter(|role| self.who.roles.contains(&role.id)).collect();
        let labels: Vec<String> = held.iter().map(|role| role.definition.label.clone()).collect();
        let rules: Vec<Rule> = what.shares.iter().map(|(share, _)| self.subject.rule(share)).collect();
        let reaches: Vec<bool> = rules.iter().map(|rule| rule.reaches).collect();
        let on = match what.kind {
            Kind::Category => On::Category,
            Kind::Unknown => On::Unknown,
            Kind::Everyones => On::Everyones,
            Kind::Restricted => On::Restricted(&rules),
        };
        let own = reader.member == self.subject.member;
        let status = match self.who.status {
            Status::Active => &model.labels.status.active,
            Status::Suspended => &model.labels.status.suspended,
            Status::Invited => &model.labels.status.invited,
        };
        let seen = may_view_users || reader.allows(Needs(Area::Resources, "view"));
        let name = if seen { &what.name } else { &self.asked };
        let (permission, category) = (format!("{}:{action}", what.category), model.category(&what.category));
        let words = Words {
            name: (!own).then_some(self.who.name.as_str()),
            knows_others: may_view_users,
            status: &status.to_lowercase(),
            invited: self.who.status == Status::Invited,
            roles: &labels,
            template: self.who.template.as_deref(),
            category: category.map_or(what.category.as_str(), |found| &found.label),
            permission: if what.category.is_empty() { action } else { &permission },
            known: model.knows(&what.category, action),
            resource: (!matches!(what.kind, Kind::Category)).then_some(name),
            shares: &what.shares,
            reaches: &reaches,
        };
        self.subject.ask(model, |holdings| {
            let case = Case {
                holdings: holdings.clone(),
                invited: words.invited,
                held: held.iter().map(|role| RoleRef::from(*role)).collect(),
                category: &what.category,
                action,
                on,
                roles: &offered,
                templates: &self.templates,
            };
            let decision = case.decide();
            let step =
                |step| Said { step, outcome: decision.outcome(step), detail: words.detail(step, &decision) };
            // Whoever may not see users reads no more than the own chain: what could be changed names what others have.
            let remedies = if may_view_users && self.now { case.remedies() } else { Vec::new() };
            let offer = |remedy: crate::access::Remedy| Offered {
                change: words.changes(&case, &remedy.changes),
                by: words.by(&case, &remedy.changes, &remedy.by),
                parts: remedy.changes.iter().map(|c| (c.clone(), words.change(&case, c) + ".")).collect(),
            };
            Explanation {
                decision: decision.allowed(),
                steps: Step::ALL.into_iter().map(step).collect(),
                remedies: remedies.into_iter().map(offer).collect(),
                revision: reader.organization.revision,
                object: words.resource.unwrap_or(words.category).to_owned(),
                known: !matches!(what.kind, Kind::Unknown) && (category.is_some()),
            }
        })
    }
}

/// Reads and explains; 404 where there is no such member.
pub async fn explain(
    q: &mut impl Query,
    standing: &Standing,
    (id, now): (SubjectId, Timestamp),
    (action, object): (&str, &Object),
    may_view_users: bool,
) -> Result<Explanation, Problem> {
    let facts = read(q, standing, (id, now), object).await?.ok_or_else(Problem::not_found)?;
    Ok(facts.explain(standing, action, may_view_users))
}
