//! Every SQL statement about resources.

use std::collections::HashMap;

use onesql::{Error, FromRow, Query, Row, Tx, params};
use uuid::Uuid;

use super::{AccessRule, Level, Resource, Subject, merged};
use crate::base::text::fold;
use crate::base::{OrganizationId, ResourceId, Timestamp};

macro_rules! columns {
    () => {
        "r.id, r.type, r.external_id, r.name, r.category, r.visibility, r.version, r.created_at, r.updated_at"
    };
}

/// A page of resources, newest first, of one type or of all.
macro_rules! page {
    ($what:expr, $type:literal, $q:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM resources r WHERE r.organization_id = $1 AND r.id < $2 AND ($3 IS NULL OR r.search LIKE $3 ESCAPE '\\')",
            $type,
            " ORDER BY r.id DESC LIMIT ",
            $q
        )
    };
}

/// The rules of the resources of a page.
macro_rules! access_of_page {
    ($type:literal, $q:literal) => {
        concat!(
            "SELECT a.resource_id, a.subject_type, a.subject_id, a.level FROM (",
            page!("r.id", $type, $q),
            ") p JOIN resource_access a ON a.resource_id = p.id"
        )
    };
}

const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM resources r WHERE r.organization_id = $1 AND r.type = $2 AND r.external_id = $3"
);
const FIND_BY_ID: &str =
    concat!("SELECT ", columns!(), " FROM resources r WHERE r.organization_id = $1 AND r.id = $2");
const ACCESS: &str =
    "SELECT resource_id, subject_type, subject_id, level FROM resource_access WHERE resource_id = $1";
const NAMED: &str =
    "SELECT a.resource_id, a.subject_type, a.subject_id, a.level, COALESCE(t.name, p.name, ''),
    COALESCE(m.first_name, ''), COALESCE(m.last_name, ''), COALESCE(m.email, '')
  FROM resource_access a LEFT JOIN teams t ON t.id = a.subject_id LEFT JOIN projects p ON p.id = a.subject_id
  LEFT JOIN members m ON m.id = a.subject_id WHERE a.resource_id = $1";
const PAGE: &str = page!(columns!(), "", "$4");
const PAGE_ACCESS: &str = access_of_page!("", "$4");
const PAGE_OF_TYPE: &str = page!(columns!(), " AND r.type = $4", "$5");
const PAGE_OF_TYPE_ACCESS: &str = access_of_page!(" AND r.type = $4", "$5");
const COUNT: &str =
    "SELECT COUNT(*) FROM resources r WHERE r.organization_id = $1 AND ($2 IS NULL OR r.type = $2)
    AND ($3 IS NULL OR r.search LIKE $3 ESCAPE '\\')";
const TYPES: &str = "SELECT DISTINCT type FROM resources WHERE organization_id = $1 ORDER BY type";
const INSERT: &str =
    "INSERT INTO resources (id, organization_id, type, external_id, name, search, category, visibility,
    created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1)";
const UPDATE: &str =
    "UPDATE resources SET name = $3, search = $4, category = $5, visibility = $6, updated_at = $7,
    version = version + 1 WHERE organization_id = $1 AND id = $2 AND version = $8";
const DELETE: &str = "DELETE FROM resources WHERE organization_id = $1 AND id = $2 AND version = $3";
const ADD_RULE: &str =
    "INSERT INTO resource_access (resource_id, subject_type, subject_id, level) VALUES ($1, $2, $3, $4)";
const CLEAR_RULES: &str = "DELETE FROM resource_access WHERE resource_id = $1";
const TOUCH_OPENED_TO: &str = "UPDATE resources SET updated_at = $4, version = version + 1
  WHERE organization_id = $1 AND id IN (SELECT resource_id FROM resource_access WHERE subject_type = $2 AND subject_id = $3)";
const OPENED_TO: &str = concat!(
    "SELECT ",
    columns!(),
    ", a.level, (SELECT COUNT(*) FROM resource_access o WHERE o.resource_id = r.id AND o.subject_id <> $3)
  FROM resource_access a JOIN resources r ON r.id = a.resource_id
  WHERE a.subject_type = $2 AND a.subject_id = $3 AND r.organization_id = $1 ORDER BY r.name, r.id LIMIT $4"
);
const FORGET_SUBJECT: &str = "DELETE FROM resource_access WHERE subject_type = $1 AND subject_id = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    FIND,
    FIND_BY_ID,
    ACCESS,
    NAMED,
    PAGE,
    PAGE_ACCESS,
    PAGE_OF_TYPE,
    PAGE_OF_TYPE_ACCESS,
    COUNT,
    TYPES,
    INSERT,
    UPDATE,
    DELETE,
    ADD_RULE,
    CLEAR_RULES,
    TOUCH_OPENED_TO,
    OPENED_TO,
    FORGET_SUBJECT,
];

impl FromRow for Resource {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            external_id: row.get(2)?,
            name: row.get(3)?,
            category: row.get(4)?,
            visibility: row.get(5)?,
            access: Vec::new(),
            version: row.get(6)?,
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
        })
    }
}

/// A rule, and of which resource it is.
struct RuleOf(ResourceId, AccessRule);

impl FromRow for RuleOf {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (kind, id): (String, Uuid) = (row.get(1)?, row.get(2)?);
        let subject =
            Subject::of(&kind, id).ok_or_else(|| Error::Other(format!("subject of a resource {kind}")))?;
        Ok(Self(row.get(0)?, AccessRule { subject, level: row.get::<Level>(3)? }))
    }
}

/// A resource by its type and its id in the product.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    kind: &str,
    external_id: &str,
) -> Result<Option<Resource>, Error> {
    let found = q.optional(FIND, params![organization, kind, external_id]).await?;
    with_access(q, found).await
}

/// A resource by its id here.
pub async fn find_by_id(
    q: &mut impl Query,
    organization: OrganizationId,
    id: ResourceId,
) -> Result<Option<Resource>, Error> {
    let found = q.optional(FIND_BY_ID, params![organization, id]).await?;
    with_access(q, found).await
}

async fn with_access(q: &mut impl Query, found: Option<Resource>) -> Result<Option<Resource>, Error> {
    let Some(mut resource) = found else { return Ok(None) };
    let rules: Vec<RuleOf> = q.all(ACCESS, params![resource.id]).await?;
    resource.access = merged(rules.into_iter().map(|RuleOf(_, rule)| rule).collect());
    Ok(Some(resource))
}

/// A rule, with what its subject is called.
pub struct NamedRule {
    /// The rule.
    pub rule: AccessRule,
    /// The name of the team, project or person; the address where a person has no name yet.
    pub name: String,
}

impl FromRow for NamedRule {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let RuleOf(_, rule) = RuleOf::from_row(row)?;
        let group: String = row.get(4)?;
        let (first, last, email): (String, String, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
        let person = || crate::account::display_name(&first, &last, &email);
        Ok(Self { rule, name: if group.is_empty() { person() } else { group } })
    }
}

/// The rules of a resource with the names in them: teams, projects, then members, each by name.
pub async fn named_rules(q: &mut impl Query, id: ResourceId) -> Result<Vec<NamedRule>, Error> {
    let mut found: Vec<NamedRule> = q.all(NAMED, params![id]).await?;
    let order = |subject: Subject| match subject {
        Subject::Team(_) => 0,
        Subject::Project(_) => 1,
        Subject::Member(_) => 2,
    };
    found.sort_by_cached_key(|named| (order(named.rule.subject), fold(&named.name)));
    Ok(found)
}

/// What a list of resources is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this type.
    pub kind: Option<String>,
    /// Part of name or external id.
    pub q: Option<String>,
}

impl Filter {
    fn pattern(&self) -> Option<String> {
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty())?;
        Some(onesql::like_contains(&fold(q)))
    }
}

/// Up to `limit` resources that were registered before the one given, newest first.
pub async fn page(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    before: Option<ResourceId>,
    limit: i64,
) -> Result<Vec<Resource>, Error> {
    let (before, like) = (before.unwrap_or(ResourceId(Uuid::max())), filter.pattern());
    let (mut found, rules): (Vec<Resource>, Vec<RuleOf>) = match &filter.kind {
        None => (
            q.all(PAGE, params![organization, before, like, limit]).await?,
            q.all(PAGE_ACCESS, params![organization, before, like, limit]).await?,
        ),
        Some(kind) => (
            q.all(PAGE_OF_TYPE, params![organization, before, like, kind, limit]).await?,
            q.all(PAGE_OF_TYPE_ACCESS, params![organization, before, like, kind, limit]).await?,
        ),
    };
    let mut by_resource: HashMap<ResourceId, Vec<AccessRule>> = HashMap::new();
    for RuleOf(id, rule) in rules {
        by_resource.entry(id).or_default().push(rule);
    }
    for resource in &mut found {
        resource.access = merged(by_resource.remove(&resource.id).unwrap_or_default());
    }
    Ok(found)
}

/// How many resources match.
pub async fn count(q: &mut impl Query, organization: OrganizationId, filter: &Filter) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT, params![organization, filter.kind, filter.pattern()]).await?;
    Ok(row.0)
}

/// The types of which anything is registered.
pub async fn types(q: &mut impl Query, organization: OrganizationId) -> Result<Vec<String>, Error> {
    let rows: Vec<(String,)> = q.all(TYPES, params![organization]).await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

fn search_text(resource: &Resource) -> String {
    fold(&format!("{}\n{}", resource.name, resource.external_id))
}

/// Keeps a new resource with its rules.
pub async fn insert(tx: &mut Tx, organization: OrganizationId, r: &Resource) -> Result<(), Error> {
    let (search, visibility) = (search_text(r), r.visibility.as_str());
    let values = params![
        r.id,
        organization,
        r.kind,
        r.external_id,
        r.name,
        search,
        r.category,
        visibility,
        r.created_at
    ];
    tx.send(INSERT, values).await?;
    add_rules(tx, r).await
}

/// Writes a resource as it was changed since it had the version that it still carries; `false` where it has another by now.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    r: &Resource,
    now: Timestamp,
) -> Result<bool, Error> {
    let (search, visibility) = (search_text(r), r.visibility.as_str());
    let values = params![organization, r.id, r.name, search, r.category, visibility, now, r.version];
    if tx.execute(UPDATE, values).await? == 0 {
        return Ok(false);
    }
    tx.send(CLEAR_RULES, params![r.id]).await?;
    add_rules(tx, r).await?;
    Ok(true)
}

async fn add_rules(tx: &mut Tx, r: &Resource) -> Result<(), Error> {
    for rule in &r.access {
        let (kind, id, level) = (rule.subject.kind(), rule.subject.uuid(), rule.level.as_str());
        tx.send(ADD_RULE, params![r.id, kind, id, level]).await?;
    }
    Ok(())
}

/// Deletes a resource with its rules; `false` where it is no longer as it was read.
pub async fn delete(tx: &mut Tx, organization: OrganizationId, r: &Resource) -> Result<bool, Error> {
    Ok(tx.execute(DELETE, params![organization, r.id, r.version]).await? == 1)
}

/// A resource that is opened to somebody, without its rules.
pub struct Opened {
    /// The resource.
    pub resource: Resource,
    /// How far.
    pub level: Level,
    /// How many rules it has beside this one.
    pub others: i64,
}

impl FromRow for Opened {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { resource: Resource::from_row(row)?, level: row.get(9)?, others: row.get(10)? })
    }
}

/// Up to `limit` resources that have a rule for a subject, by name.
pub async fn opened_to(
    q: &mut impl Query,
    organization: OrganizationId,
    subject: Subject,
    limit: i64,
) -> Result<Vec<Opened>, Error> {
    let (kind, id) = (subject.kind(), subject.uuid());
    q.all(OPENED_TO, params![organization, kind, id, limit]).await
}

/// Takes whoever goes out of the rules of every resource; says how many resources that changed.
pub async fn forget(
    tx: &mut Tx,
    organization: OrganizationId,
    subject: Subject,
    now: Timestamp,
) -> Result<u64, Error> {
    let (kind, id) = (subject.kind(), subject.uuid());
    let touched = tx.execute(TOUCH_OPENED_TO, params![organization, kind, id, now]).await?;
    if touched > 0 {
        tx.send(FORGET_SUBJECT, params![kind, id]).await?;
    }
    Ok(touched)
}
