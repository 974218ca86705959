//! A resource at an instant: the last events before it that tell its parts. An event tells all that a resource is shared with,
//! but not that a team went from it with the team itself.

use onesql::{Error, Query};
use serde_json::Value;

use super::read::Ways;
use super::{Side, Then, Told};
use crate::audit::Action;
use crate::audit::list::Filter;
use crate::base::{OrganizationId, ResourceId};
use crate::resource::{self, AccessRule, Level, Subject, Visibility};

/// A resource as it was.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The category that governed it.
    pub category: String,
    /// What it was called.
    pub name: String,
    /// Who saw it.
    pub visibility: Visibility,
    /// What it was shared with, with the names of teams and projects.
    pub shares: Vec<(AccessRule, String)>,
}

/// The resource of this type and external id, as a member's past knows its teams; `None` where none was registered then.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    named: (&str, &str),
    then: &Then,
) -> Result<Option<Thing>, Error> {
    let Some(id) = which(q, organization, named, then).await? else { return Ok(None) };
    let filter = Filter { target: Some(id.to_string()), to: Some(then.at.plus(1)), ..Filter::default() };
    let mut way = Ways::one(filter);
    let (mut name, mut category, mut visibility, mut access) = (None, None, None, None);
    while let Some(record) = way.next(q, organization).await? {
        if record.outcome != "done" || record.target_type != "resource" {
            continue;
        }
        let told = Told::new(&record);
        if told.action() == Some(Action::ResourceDeleted) {
            return Ok(None);
        }
        name = name.or_else(|| Some(record.target_name.clone()));
        category = category.or_else(|| told.read("category", Side::To));
        visibility = visibility.or_else(|| Visibility::parse(&told.read::<String>("visibility", Side::To)?));
        access = access.or_else(|| told.read::<Vec<Value>>("access", Side::To));
        if told.action() == Some(Action::ResourceCreated) {
            let rules = access.iter().flatten().filter_map(rule);
            return Ok(Some(Thing {
                category: category.unwrap_or_default(),
                name: name.unwrap_or_default(),
                visibility: visibility.unwrap_or(Visibility::Restricted),
                shares: rules.filter_map(|rule| Some((rule, name_of(&rule, then)?))).collect(),
            }));
        }
    }
    Ok(None)
}

/// Its id at that time. After a deletion the same type and external id may stand for another one.
async fn which(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, external_id): (&str, &str),
    then: &Then,
) -> Result<Option<ResourceId>, Error> {
    if let Some(today) = resource::store::find(q, organization, kind, external_id).await?
        && today.created_at <= then.at
    {
        return Ok(Some(today.id));
    }
    let action = Some(Action::ResourceDeleted.as_str().to_owned());
    let mut way = Ways::one(Filter { action, from: Some(then.at.plus(1)), ..Filter::default() });
    let mut found = None;
    while let Some(record) = way.next(q, organization).await? {
        let told = Told::new(&record);
        let is = |field, value: &str| told.read::<String>(field, Side::From).as_deref() == Some(value);
        if record.outcome == "done" && is("type", kind) && is("externalId", external_id) {
            found = told.id();
        }
    }
    Ok(found)
}

fn rule(value: &Value) -> Option<AccessRule> {
    let id = |kind| value.get(kind).and_then(Value::as_str);
    let subject = if let Some(team) = id("team") {
        Subject::Team(team.parse().ok()?)
    } else if let Some(project) = id("project") {
        Subject::Project(project.parse().ok()?)
    } else {
        Subject::Member(id("member")?.parse().ok()?)
    };
    Some(AccessRule { subject, level: Level::parse(id("level")?)? })
}

/// What the subject of a rule was called; `None` where it was gone by then.
fn name_of(rule: &AccessRule, then: &Then) -> Option<String> {
    let place = |id: String| then.past.places.get(&id).cloned();
    match rule.subject {
        Subject::Team(id) => place(id.to_string()),
        Subject::Project(id) => place(id.to_string()),
        Subject::Member(_) => Some(String::new()),
    }
}
