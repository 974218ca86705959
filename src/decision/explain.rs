//! Why somebody can or can't: the chain, and the smallest changes that would allow it (ACC-8).

use onesql::{Error, Query};

use super::ask::Object;
use super::store::SubjectId;
use super::words::Words;
use super::{Subject, list};
use crate::access::{Case, Change, OfferedRole, OfferedTemplate, On, Outcome, Rule, Step};
use crate::access_model::Area;
use crate::base::Problem;
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
    member: Member,
    subject: Subject,
    roles: Vec<Role>,
    templates: Vec<OfferedTemplate>,
    category: String,
    name: String,
    /// The resource as it was asked for: `type:externalId`.
    asked: String,
    on: Kind,
    shares: Vec<(AccessRule, String)>,
}

enum Kind {
    Category,
    Unknown,
    Everyones,
    Restricted,
}

/// Reads what an explanation needs; `None` where there is no such member.
pub async fn read(
    q: &mut impl Query,
    standing: &Standing,
    id: SubjectId,
    object: &Object,
) -> Result<Option<Facts>, Error> {
    let organization = standing.organization.id;
    let Some(subject) = list::subject(q, organization, id).await? else { return Ok(None) };
    let Some(member) = member::store::find(q, organization, subject.member).await? else { return Ok(None) };
    let roles = role::store::list(q, organization).await?;
    let templates = access::store::templates(q, organization).await?;
    let templates =
        templates.into_iter().map(|(_, name, permissions)| OfferedTemplate { name, permissions }).collect();
    let (category, name, on, shares) = match object {
        Object::Category(category) => (category.clone(), String::new(), Kind::Category, Vec::new()),
        Object::Thing(kind, id) => match resource::store::find(q, organization, kind, id).await? {
            None => (String::new(), format!("{kind}:{id}"), Kind::Unknown, Vec::new()),
            Some(thing) => {
                // Sharing with single members names them: only the own one matters here.
                let own = |rule: &AccessRule| match rule.subject {
                    With::Member(member) => member == subject.member,
                    With::Team(_) | With::Project(_) => true,
                };
                let named = resource::store::named_rules(q, thing.id).await?;
                let shares = named.into_iter().map(|named| (named.rule, named.name));
                let on = match thing.visibility {
                    Visibility::Restricted => Kind::Restricted,
                    Visibility::Organization => Kind::Everyones,
                };
                (thing.category, thing.name, on, shares.filter(|(rule, _)| own(rule)).collect())
            }
        },
    };
    let asked = match object {
        Object::Thing(kind, id) => format!("{kind}:{id}"),
        Object::Category(key) => key.clone(),
    };
    Ok(Some(Facts { member, subject, roles, templates, category, name, asked, on, shares }))
}

impl Facts {
    /// About whom.
    pub fn member(&self) -> &Member {
        &self.member
    }

    /// Explains an action to whoever reads.
    pub fn explain(&self, reader: &Standing, action: &str, may_view_users: bool) -> Explanation {
        let model = &reader.organization.model;
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
        let held = self.member.held(&self.roles);
        let labels: Vec<String> = held.iter().map(|role| role.definition.label.clone()).collect();
        let rules: Vec<Rule> = self.shares.iter().map(|(share, _)| self.subject.rule(share)).collect();
        let reaches: Vec<bool> = rules.iter().map(|rule| rule.reaches).collect();
        let on = match self.on {
            Kind::Category => On::Category,
            Kind::Unknown => On::Unknown,
            Kind::Everyones => On::Everyones,
            Kind::Restricted => On::Restricted(&rules),
        };
        let own = reader.member == self.member.id;
        let (person, status) = (
            self.member.name(),
            match self.member.status {
                Status::Active => &model.labels.status.active,
                Status::Suspended => &model.labels.status.suspended,
                Status::Invited => &model.labels.status.invited,
            },
        );
        let seen = may_view_users || reader.allows(Needs(Area::Resources, "view"));
        let name = if seen { &self.name } else { &self.asked };
        let (permission, category) = (format!("{}:{action}", self.category), model.category(&self.category));
        let words = Words {
            name: (!own).then_some(person.as_str()),
            knows_others: may_view_users,
            status: &status.to_lowercase(),
            invited: self.member.status == Status::Invited,
            roles: &labels,
            template: self.member.template.as_ref().map(|(_, name)| name.as_str()),
            category: category.map_or(self.category.as_str(), |found| &found.label),
            permission: if self.category.is_empty() { action } else { &permission },
            known: model.knows(&self.category, action),
            resource: (!matches!(self.on, Kind::Category)).then_some(name),
            shares: &self.shares,
            reaches: &reaches,
        };
        self.subject.ask(model, |holdings| {
            let case = Case {
                holdings: holdings.clone(),
                invited: words.invited,
                held: held.iter().map(|role| RoleRef::from(*role)).collect(),
                category: &self.category,
                action,
                on,
                roles: &offered,
                templates: &self.templates,
            };
            let decision = case.decide();
            let step =
                |step| Said { step, outcome: decision.outcome(step), detail: words.detail(step, &decision) };
            // Whoever may not see users reads no more than the own chain: what could be changed names what others have.
            let remedies = if may_view_users { case.remedies() } else { Vec::new() };
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
                known: !matches!(self.on, Kind::Unknown) && (category.is_some()),
            }
        })
    }
}

/// Reads and explains; 404 where there is no such member.
pub async fn explain(
    q: &mut impl Query,
    standing: &Standing,
    id: SubjectId,
    (action, object): (&str, &Object),
    may_view_users: bool,
) -> Result<Explanation, Problem> {
    let facts = read(q, standing, id, object).await?.ok_or_else(Problem::not_found)?;
    Ok(facts.explain(standing, action, may_view_users))
}
