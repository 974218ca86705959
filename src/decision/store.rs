//! Members and resources as decisions read them.

use std::sync::Arc;

use onesql::{Error, FromRow, Query, Row, params};

use super::{Subject, Thing};
use crate::base::{AccountId, MemberId, OrganizationId, RoleTemplateId};
use crate::member::ids::Ids;
use crate::op::StandingRole;
use crate::op::standing::PackedRoles;
use crate::resource::{AccessRule, Level, Subject as With};

/// A member `m` with template `t` as they are at an instant, in the order of [`Subject::from_columns`].
#[macro_export]
macro_rules! subject_columns {
    ($now:literal) => {
        concat!(
            $crate::standing_columns!(),
            ", m.account_id, ",
            $crate::takes_part!("m", $now),
            ", m.teams, m.projects"
        )
    };
}

const THING: &str =
    "SELECT o.revision, r.category, r.visibility = 'restricted', a.subject_type, a.subject_id, a.level
  FROM organizations o JOIN resources r ON r.organization_id = o.id AND r.type = $2 AND r.external_id = $3
  LEFT JOIN resource_access a ON a.resource_id = r.id WHERE o.id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[THING];

impl Subject {
    /// Reads `subject_columns!` that begin at column `at`.
    pub fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        let template = match row.get::<Option<RoleTemplateId>>(at + 4)? {
            Some(_) => Some((row.get(at + 5)?, row.get(at + 6)?)),
            None => None,
        };
        Ok(Self {
            member: row.get(at)?,
            direct: row.get(at + 1)?,
            features: row.get(at + 2)?,
            roles: roles(row, at + 3)?,
            template,
            account: row.get(at + 7)?,
            active: row.get(at + 8)?,
            teams: row.get::<Ids<_>>(at + 9)?.0,
            projects: row.get::<Ids<_>>(at + 10)?.0,
        })
    }
}

impl FromRow for Subject {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Self::from_columns(row, 0)
    }
}

/// The roles in a column.
pub fn roles(row: &Row<'_>, at: usize) -> Result<Arc<[StandingRole]>, Error> {
    Ok(row.get::<Option<PackedRoles>>(at)?.map_or_else(|| Arc::from([]), |packed| packed.0))
}

/// Who is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectId {
    /// By the id of the member.
    Member(MemberId),
    /// By the id of the account.
    Account(AccountId),
    /// Nobody whom there could be.
    Nobody,
}

impl SubjectId {
    /// By the id of the member, where they are asked about by it.
    pub fn member(self) -> Option<MemberId> {
        match self {
            Self::Member(id) => Some(id),
            // No member has the nil id.
            Self::Nobody => Some(MemberId(uuid::Uuid::nil())),
            Self::Account(_) => None,
        }
    }

    /// By the id of the account.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            _ => None,
        }
    }
}

/// A resource with all its rules, and the revision that it was read at.
pub async fn thing(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, external_id): (&str, &str),
) -> Result<Option<(i64, Thing)>, Error> {
    type Read = (i64, String, bool, Option<String>, Option<uuid::Uuid>, Option<String>);
    let rows: Vec<Read> = q.all(THING, params![organization, kind, external_id]).await?;
    let Some((revision, category, restricted, ..)) = rows.first() else { return Ok(None) };
    let (revision, category, restricted) = (*revision, category.clone(), *restricted);
    let rules = rows.into_iter().filter_map(|(_, _, _, through, id, level)| Some((through?, id?, level?)));
    let rules = rules.map(|(through, id, level)| share(&through, id, &level)).collect::<Result<_, _>>()?;
    let external_id = external_id.to_owned();
    Ok(Some((revision, Thing { external_id, category, shared: restricted.then_some(rules) })))
}

/// Reads whom a resource is shared with.
pub fn share(kind: &str, id: uuid::Uuid, level: &str) -> Result<AccessRule, Error> {
    match (With::of(kind, id), Level::parse(level)) {
        (Some(subject), Some(level)) => Ok(AccessRule { subject, level }),
        _ => Err(Error::Other(format!("access rule {kind}:{level}"))),
    }
}
