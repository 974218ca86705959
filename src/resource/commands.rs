//! Registering resources, changing them, and taking them out.

use super::{AccessRule, LONGEST_KEY, Level, MOST_RULES, Resource, Subject, Visibility, merged, store};
use super::{is_external_id, is_type};
use crate::access::store::Preview;
use crate::access_model::Area;
use crate::audit::{Action, Event, Target};
use crate::base::problem::Checks;
use crate::base::text::cut;
use crate::base::{Problem, ResourceId};
use crate::decision::visibility;
use crate::member;
use crate::op::{Caller, Needs, Op, OpError};

/// A resource as it shall be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its type.
    pub kind: String,
    /// Its id in the product.
    pub external_id: String,
    /// What people call it.
    pub name: String,
    /// The category that governs it.
    pub category: String,
    /// To whom it is visible.
    pub visibility: Visibility,
    /// Its rules.
    pub access: Vec<WantedRule>,
}

/// A rule as it shall be: the kind of the subject, its id as it came, and the level.
#[derive(Clone, Debug)]
pub struct WantedRule {
    /// `team`, `project` or `member`.
    pub kind: &'static str,
    /// The id.
    pub id: String,
    /// How far.
    pub level: Level,
}

impl From<&AccessRule> for WantedRule {
    fn from(rule: &AccessRule) -> Self {
        Self { kind: rule.subject.kind(), id: rule.subject.to_string(), level: rule.level }
    }
}

/// Why nothing was done with a resource.
#[derive(Debug)]
pub enum ResourceError {
    /// No such resource here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// Somebody changed it meanwhile.
    Stale,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for ResourceError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ResourceError> for Problem {
    fn from(error: ResourceError) -> Self {
        match error {
            ResourceError::NotFound => Self::not_found(),
            ResourceError::Input(problem) => problem,
            ResourceError::Stale => crate::organization::stale(),
            ResourceError::Op(error) => error.into(),
        }
    }
}

/// How a [`put`] ended.
#[derive(Debug)]
pub enum Put {
    /// It was registered.
    Created(Resource),
    /// It was there, and is now as it was asked for.
    Kept(Resource),
}

/// What a member needs to put a resource: to create it where it is new, else to edit it.
pub fn needs(exists: bool) -> Needs {
    Needs(Area::Resources, if exists { "edit" } else { "create" })
}

/// Registers a resource, or changes the one that has this type and external id.
pub async fn put(caller: &Caller, wanted: &Wanted, version: Option<i64>) -> Result<Put, ResourceError> {
    let (mut op, before) = begin(caller, wanted).await?;
    let outcome = put_in(&mut op, before, wanted, version).await;
    op.settle(outcome).await
}

/// Begins to put a resource, with what there is.
async fn begin(caller: &Caller, wanted: &Wanted) -> Result<(Op, Option<Resource>), ResourceError> {
    let mut op = Op::begin_as_member(caller).await?;
    let organization = op.organization_id();
    // Nothing that is no key stands in the database; to ask it for a NUL would be an error.
    let known = is_type(&wanted.kind) && is_external_id(&wanted.external_id);
    let before = match known {
        true => store::find(&mut op.tx, organization, &wanted.kind, &wanted.external_id).await?,
        false => None,
    };
    let op = op.require(needs(before.is_some())).await?;
    Ok((op, before))
}

/// What [`put`] would do to what members can do on the resource, judged as the change itself; nothing is changed (ACC-10).
/// `None` where the organization is too large to look at everybody; a new resource takes nothing from anybody.
pub async fn preview(
    caller: &Caller,
    wanted: &Wanted,
    version: Option<i64>,
) -> Result<Option<Preview>, ResourceError> {
    let (mut op, before) = begin(caller, wanted).await?;
    let outcome = async {
        let (put, _) = put_in(&mut op, before.clone(), wanted, version).await?;
        let (Put::Created(after) | Put::Kept(after)) = put;
        match before {
            Some(before) => Ok(effect(&mut op, &before, &after).await?),
            None => Ok(Some(Preview::default())),
        }
    };
    let outcome: Result<_, ResourceError> = outcome.await;
    op.settle(outcome.map(|preview| (preview, false))).await
}

async fn effect(op: &mut Op, before: &Resource, after: &Resource) -> Result<Option<Preview>, OpError> {
    let same = (before.visibility, &before.category, &before.access)
        == (after.visibility, &after.category, &after.access);
    if same {
        return Ok(Some(Preview::default()));
    }
    let (organization, model) = (op.organization_id(), op.organization()?.model.clone());
    Ok(visibility::preview(&mut op.tx, organization, &model, (before, after), op.now).await?)
}

/// Registers a resource or changes it, in a command that has the right to do so; says whether anything was changed.
pub async fn put_in(
    op: &mut Op,
    before: Option<Resource>,
    wanted: &Wanted,
    version: Option<i64>,
) -> Result<(Put, bool), ResourceError> {
    let (name, access) = check(op, before.as_ref(), wanted).await?;
    if version.is_some_and(|version| before.as_ref().is_none_or(|r| r.version != version)) {
        return Err(ResourceError::Stale);
    }
    let organization = op.organization_id();
    let Some(before) = before else {
        let made = Resource {
            id: ResourceId(op.id()),
            kind: wanted.kind.clone(),
            external_id: wanted.external_id.clone(),
            name,
            category: wanted.category.clone(),
            visibility: wanted.visibility,
            access,
            version: 1,
            created_at: op.now,
            updated_at: op.now,
        };
        store::insert(&mut op.tx, organization, &made).await?;
        op.record(whole(Action::ResourceCreated, &made));
        return Ok((Put::Created(made), true));
    };
    let mut after = Resource {
        name,
        category: wanted.category.clone(),
        visibility: wanted.visibility,
        access,
        ..before.clone()
    };
    if after == before {
        return Ok((Put::Kept(before), false));
    }
    if !store::update(&mut op.tx, organization, &after, op.now).await? {
        return Err(ResourceError::Stale);
    }
    let mut event = Event::new(Action::ResourceUpdated, after.target())
        .change("name", before.name.clone(), after.name.clone())
        .change("category", before.category.clone(), after.category.clone())
        .change("visibility", before.visibility.as_str(), after.visibility.as_str())
        .change("access", told(&before), told(&after));
    if let Some(preview) = effect(op, &before, &after).await?.filter(|preview| !preview.effect.is_empty()) {
        event = event.with("effect", preview.effect.to_value());
    }
    op.record(event);
    after.version += 1;
    after.updated_at = op.now;
    Ok((Put::Kept(after), true))
}

/// Takes a resource out: Roster knows nothing of it any more, and every question about it is denied.
pub async fn delete(
    caller: &Caller,
    kind: &str,
    external_id: &str,
    version: Option<i64>,
) -> Result<(), ResourceError> {
    let mut op = caller.begin(Needs(Area::Resources, "delete")).await?;
    let outcome = delete_in(&mut op, kind, external_id, version).await;
    op.finish(outcome).await
}

async fn delete_in(
    op: &mut Op,
    kind: &str,
    external_id: &str,
    version: Option<i64>,
) -> Result<(), ResourceError> {
    let organization = op.organization_id();
    let found = store::find(&mut op.tx, organization, kind, external_id).await?;
    let resource = found.ok_or(ResourceError::NotFound)?;
    if version.is_some_and(|version| version != resource.version)
        || !store::delete(&mut op.tx, organization, &resource).await?
    {
        return Err(ResourceError::Stale);
    }
    op.record(gone(&resource));
    Ok(())
}

/// The rules as the trail keeps them: whole, so that it can be told later who could reach what on a day (ACC-11).
fn told(resource: &Resource) -> Vec<serde_json::Value> {
    resource.access.iter().map(|rule| rule.to_json()).collect()
}

fn whole(action: Action, r: &Resource) -> Event {
    Event::new(action, r.target())
        .with("type", r.kind.clone())
        .with("externalId", r.external_id.clone())
        .with("category", r.category.clone())
        .with("visibility", r.visibility.as_str())
        .with("access", told(r))
}

fn gone(r: &Resource) -> Event {
    let null = serde_json::Value::Null;
    Event::new(Action::ResourceDeleted, r.target())
        .change("type", r.kind.clone(), null.clone())
        .change("externalId", r.external_id.clone(), null.clone())
        .change("category", r.category.clone(), null.clone())
        .change("visibility", r.visibility.as_str(), null.clone())
        .change("access", told(r), null)
}

/// What is asked for, checked: the name and the rules. A category that went out of the model meanwhile may stay.
async fn check(
    op: &mut Op,
    before: Option<&Resource>,
    wanted: &Wanted,
) -> Result<(String, Vec<AccessRule>), ResourceError> {
    if wanted.access.len() > MOST_RULES {
        let detail = format!("A resource has up to {MOST_RULES} rules. Put the people into a team.");
        return Err(ResourceError::Input(Problem::field("/access", "too_many", detail)));
    }
    let mut checks = Checks::default();
    if !is_type(&wanted.kind) {
        checks.wrong(
            "/type",
            "invalid_value",
            format!(
                "A type is a key of up to {LONGEST_KEY} lower-case letters, digits, _, - and ., which begins with a letter."
            ),
        );
    }
    if !is_external_id(&wanted.external_id) {
        checks.wrong(
            "/externalId",
            "invalid_value",
            format!("An external id has 1 to {LONGEST_KEY} characters and no control characters."),
        );
    }
    let name = checks.name("/name", "The name", &wanted.name);
    let kept = before.is_some_and(|before| before.category == wanted.category);
    if !kept && op.organization()?.model.category(&wanted.category).is_none() {
        let named = cut(&wanted.category, 60);
        let detail = format!("There is no category \"{named}\" in the access model here.");
        checks.wrong("/category", "unknown_reference", detail);
    }
    let mut rules = Vec::new();
    for (at, rule) in wanted.access.iter().enumerate() {
        match find_subject(op, rule).await? {
            Some(subject) => rules.push(AccessRule { subject, level: rule.level }),
            None => checks.wrong(
                &format!("/access/{at}/{}", rule.kind),
                "unknown_reference",
                format!("There is no such {} here.", rule.kind),
            ),
        }
    }
    checks.done().map_err(ResourceError::Input)?;
    Ok((name, merged(rules)))
}

/// Whom a rule names, where they are of this organization.
async fn find_subject(op: &mut Op, rule: &WantedRule) -> Result<Option<Subject>, ResourceError> {
    let organization = op.organization_id();
    Ok(match (rule.kind, rule.id.parse(), rule.id.parse(), rule.id.parse()) {
        ("team", Ok(id), ..) => {
            member::store::find_team(&mut op.tx, organization, id).await?.map(|_| Subject::Team(id))
        }
        ("project", _, Ok(id), _) => {
            member::store::find_project(&mut op.tx, organization, id).await?.map(|_| Subject::Project(id))
        }
        ("member", .., Ok(id)) => {
            member::store::find(&mut op.tx, organization, id).await?.map(|_| Subject::Member(id))
        }
        _ => None,
    })
}

impl Resource {
    /// The resource as the audit trail names it.
    pub fn target(&self) -> Target {
        Target::new("resource", self.id, self.name.clone())
    }
}
