//! What explanations and searches read: one member, members by name, resources with whom each is shared.

use std::collections::HashMap;

use onesql::{Error, FromRow, Query, Row, params};

use super::store::{SubjectId, share};
use super::{Subject, Thing};
use crate::base::page::MOST;
use crate::base::{MemberId, OrganizationId, ResourceId, Timestamp};
use crate::resource::{self, AccessRule};
use crate::{subject_columns, takes_part};

const SUBJECT: &str = concat!(
    "SELECT ",
    subject_columns!("$3"),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE m.organization_id = $1 AND m.id = $2"
);
const SUBJECT_BY_ACCOUNT: &str = concat!(
    "SELECT ",
    subject_columns!("$3"),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE m.organization_id = $1 AND m.account_id = $2"
);
const SUBJECTS: &str = concat!(
    "SELECT m.name_key, m.first_name, m.last_name, m.email, ",
    subject_columns!("$5"),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id
  WHERE m.organization_id = $1 AND (m.name_key, m.id) > ($2, $3) AND ",
    takes_part!("m", "$5"),
    " ORDER BY m.name_key, m.id LIMIT $4"
);
const THINGS: &str = "SELECT id, external_id, category, visibility FROM resources
  WHERE organization_id = $1 AND type = $2 AND external_id > $3 ORDER BY external_id LIMIT $4";
const CHOICES: &str = "SELECT type, external_id, name FROM resources WHERE organization_id = $1
  ORDER BY type, external_id LIMIT 200";
const SHARES_BETWEEN: &str = "SELECT a.resource_id, a.subject_type, a.subject_id, a.level FROM resources r
  JOIN resource_access a ON a.resource_id = r.id
  WHERE r.organization_id = $1 AND r.type = $2 AND r.external_id > $3 AND r.external_id <= $4";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[SUBJECT, SUBJECT_BY_ACCOUNT, SUBJECTS, THINGS, CHOICES, SHARES_BETWEEN];

/// A member of an organization.
pub async fn subject(
    q: &mut impl Query,
    organization: OrganizationId,
    id: SubjectId,
    now: Timestamp,
) -> Result<Option<Subject>, Error> {
    match id {
        SubjectId::Member(id) => q.optional(SUBJECT, params![organization, id, now]).await,
        SubjectId::Account(id) => q.optional(SUBJECT_BY_ACCOUNT, params![organization, id, now]).await,
        SubjectId::Nobody => Ok(None),
    }
}

/// A member of a list, with the key of their place in it.
pub struct Listed {
    /// The key.
    pub name_key: String,
    /// First name, last name, address.
    pub name: (String, String, String),
    /// The member.
    pub subject: Subject,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            name_key: row.get(0)?,
            name: (row.get(1)?, row.get(2)?, row.get(3)?),
            subject: Subject::from_columns(row, 4)?,
        })
    }
}

/// Active members by name, behind a place in that order.
pub async fn subjects(
    q: &mut impl Query,
    organization: OrganizationId,
    (name_key, id): (&str, MemberId),
    (limit, now): (i64, Timestamp),
) -> Result<Vec<Listed>, Error> {
    q.all(SUBJECTS, params![organization, name_key, id, limit, now]).await
}

struct Found(ResourceId, Thing, bool);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let thing = Thing { external_id: row.get(1)?, category: row.get(2)?, shared: None };
        Ok(Self(row.get(0)?, thing, row.get::<String>(3)? == "restricted"))
    }
}

struct ShareOf(ResourceId, AccessRule);

impl FromRow for ShareOf {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (through, level): (String, String) = (row.get(1)?, row.get(3)?);
        Ok(Self(row.get(0)?, share(&through, row.get(2)?, &level)?))
    }
}

/// A resource with whom it is shared.
pub async fn thing(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, external_id): (&str, &str),
) -> Result<Option<Thing>, Error> {
    let found = resource::store::find(q, organization, kind, external_id).await?;
    Ok(found.as_ref().map(Thing::from))
}

/// Resources of a type by external id, behind one of them; with whom each is shared. At most [`MOST`].
pub async fn things(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, after): (&str, &str),
) -> Result<Vec<Thing>, Error> {
    let rows: Vec<Found> = q.all(THINGS, params![organization, kind, after, MOST]).await?;
    let Some(last) = rows.last().map(|Found(_, thing, _)| thing.external_id.clone()) else {
        return Ok(Vec::new());
    };
    let shares: Vec<ShareOf> = q.all(SHARES_BETWEEN, params![organization, kind, after, last]).await?;
    let mut of: HashMap<ResourceId, Vec<AccessRule>> = HashMap::new();
    for ShareOf(id, share) in shares {
        of.entry(id).or_default().push(share);
    }
    let mut whole = |Found(id, thing, restricted): Found| {
        let shared = restricted.then(|| of.remove(&id).unwrap_or_default());
        Thing { shared, ..thing }
    };
    Ok(rows.into_iter().map(&mut whole).collect())
}

/// The first resources, to choose from: type, external id, name.
pub async fn choices(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<Vec<(String, String, String)>, Error> {
    q.all(CHOICES, params![organization]).await
}
