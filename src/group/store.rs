//! Every SQL statement about teams and projects: one text for both, by the names of their tables.

use onesql::{Error, FromRow, Query, Row, Tx, params};
use uuid::Uuid;

use super::{Closed, Group, GroupId, Impact, Kind, MOST_TOLD};
use crate::base::text::fold;
use crate::base::{MemberId, OrganizationId, ResourceId, Timestamp};
use crate::member::Member;
use crate::{member_columns, member_joins};

/// The statements about one kind of group.
struct Texts {
    find: &'static str,
    page: &'static str,
    count: &'static str,
    find_by_name: &'static str,
    insert: &'static str,
    update: &'static str,
    delete: &'static str,
    members: &'static str,
    count_members: &'static str,
    take_from_members: &'static str,
    clear: &'static str,
    count_below_top: &'static str,
    opened: &'static str,
    count_rules: &'static str,
    count_losing: &'static str,
}

/// How many statements there are about one kind of group.
const STATEMENTS_EACH: usize = 15;

macro_rules! texts {
    ($word:literal) => {
        Texts {
            find: concat!(columns!($word), "WHERE g.organization_id = $1 AND g.id = $2"),
            page: concat!(
                columns!($word),
                "WHERE g.organization_id = $1 AND g.name_key > $2 AND ($3 IS NULL OR g.name_key LIKE $3 ESCAPE '\\')
  ORDER BY g.name_key LIMIT $4"
            ),
            count: concat!(
                "SELECT COUNT(*) FROM ", $word,
                "s g WHERE g.organization_id = $1 AND ($2 IS NULL OR g.name_key LIKE $2 ESCAPE '\\')"
            ),
            find_by_name: concat!("SELECT id FROM ", $word, "s WHERE organization_id = $1 AND name_key = $2"),
            insert: concat!(
                "INSERT INTO ", $word,
                "s (id, organization_id, name, name_key, description, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $6, 1)"
            ),
            update: concat!(
                "UPDATE ", $word,
                "s SET name = $3, name_key = $4, description = $5, updated_at = $6, version = version + 1
  WHERE organization_id = $1 AND id = $2 AND version = $7"
            ),
            delete: concat!("DELETE FROM ", $word, "s WHERE organization_id = $1 AND id = $2 AND version = $3"),
            members: concat!(
                "SELECT ", member_columns!(), ", j.added_at FROM ", $word,
                "_members j JOIN members m ON m.id = j.member_id", member_joins!(),
                "WHERE j.", $word, "_id = $1 AND (j.name_key, j.member_id) > ($2, $3) AND m.organization_id = $4
    AND ($5 IS NULL OR m.search LIKE $5 ESCAPE '\\') ORDER BY j.name_key, j.member_id LIMIT $6"
            ),
            count_members: concat!(
                "SELECT COUNT(*) FROM ", $word, "_members j JOIN members m ON m.id = j.member_id WHERE j.", $word,
                "_id = $1 AND m.organization_id = $2 AND ($3 IS NULL OR m.search LIKE $3 ESCAPE '\\')"
            ),
            // Out of the lists of ids that members carry, wherever in them it stands.
            take_from_members: concat!(
                "UPDATE members SET ", $word, "s = replace(replace(replace(", $word,
                "s, ',\"' || $3 || '\"', ''), '\"' || $3 || '\",', ''), '\"' || $3 || '\"', ''), updated_at = $4,
    version = version + 1
  WHERE organization_id = $1 AND id IN (SELECT member_id FROM ", $word, "_members WHERE ", $word, "_id = $2)"
            ),
            clear: concat!("DELETE FROM ", $word, "_members WHERE ", $word, "_id = $1"),
            count_below_top: concat!(
                "SELECT COUNT(*) FROM ", $word, "_members j WHERE j.", $word, "_id = $1", below_top!()
            ),
            opened: concat!(
                "SELECT r.id, r.type, r.external_id, r.name,
    (SELECT COUNT(*) FROM resource_access o WHERE o.resource_id = r.id AND o.subject_id <> $2)
  FROM resource_access a JOIN resources r ON r.id = a.resource_id
  WHERE a.subject_type = '", $word, "' AND a.subject_id = $2 AND r.organization_id = $1 AND r.visibility = 'restricted'
  ORDER BY r.name, r.id LIMIT $3"
            ),
            count_rules: concat!(
                "SELECT COUNT(*) FROM resource_access WHERE subject_type = '", $word, "' AND subject_id = $1"
            ),
            count_losing: concat!(
                "SELECT COUNT(*) FROM ", $word, "_members j WHERE j.", $word, "_id = $1", below_top!(), "
    AND NOT EXISTS (SELECT 1 FROM resource_access a
      WHERE a.resource_id = $2 AND a.subject_type = 'member' AND a.subject_id = j.member_id)
    AND NOT EXISTS (SELECT 1 FROM team_members t JOIN resource_access a ON a.subject_id = t.team_id
      WHERE t.member_id = j.member_id AND a.resource_id = $2 AND a.subject_type = 'team' AND a.subject_id <> $1)
    AND NOT EXISTS (SELECT 1 FROM project_members p JOIN resource_access a ON a.subject_id = p.project_id
      WHERE p.member_id = j.member_id AND a.resource_id = $2 AND a.subject_type = 'project' AND a.subject_id <> $1)"
            ),
        }
    };
}

macro_rules! columns {
    ($word:literal) => {
        concat!(
            "SELECT g.id, g.name, g.description, (SELECT COUNT(*) FROM ",
            $word,
            "_members j WHERE j.",
            $word,
            "_id = g.id), g.version, g.created_at, g.updated_at FROM ",
            $word,
            "s g "
        )
    };
}

/// Who sees everything anyway loses nothing.
macro_rules! below_top {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM member_roles mr JOIN roles o ON o.id = mr.role_id
      WHERE mr.member_id = j.member_id AND o.is_top)"
    };
}

const TEAM: Texts = texts!("team");
const PROJECT: Texts = texts!("project");

impl Texts {
    const fn all(&self) -> [&'static str; STATEMENTS_EACH] {
        // Taken apart by name, so that none is forgotten.
        let Self {
            find,
            page,
            count,
            find_by_name,
            insert,
            update,
            delete,
            members,
            count_members,
            take_from_members,
            clear,
            count_below_top,
            opened,
            count_rules,
            count_losing,
        } = *self;
        [
            find,
            page,
            count,
            find_by_name,
            insert,
            update,
            delete,
            members,
            count_members,
            take_from_members,
            clear,
            count_below_top,
            opened,
            count_rules,
            count_losing,
        ]
    }
}

const fn of_both() -> [&'static str; 2 * STATEMENTS_EACH] {
    let (teams, projects) = (TEAM.all(), PROJECT.all());
    let mut all = [""; 2 * STATEMENTS_EACH];
    let mut at = 0;
    while at < STATEMENTS_EACH {
        all[at] = teams[at];
        all[STATEMENTS_EACH + at] = projects[at];
        at += 1;
    }
    all
}

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &of_both();

impl Kind {
    fn texts(self) -> &'static Texts {
        match self {
            Self::Team => &TEAM,
            Self::Project => &PROJECT,
        }
    }
}

struct Found(Uuid, Group);

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let id: Uuid = row.get(0)?;
        let group = Group {
            id: Kind::Team.id(id),
            name: row.get(1)?,
            description: row.get(2)?,
            member_count: row.get(3)?,
            version: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
        };
        Ok(Self(id, group))
    }
}

impl Found {
    fn of(self, kind: Kind) -> Group {
        Group { id: kind.id(self.0), ..self.1 }
    }
}

/// A team or project of an organization.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    id: GroupId,
) -> Result<Option<Group>, Error> {
    let kind = id.kind();
    let found: Option<Found> = q.optional(kind.texts().find, params![organization, id.uuid()]).await?;
    Ok(found.map(|found| found.of(kind)))
}

fn pattern(q: Option<&str>) -> Option<String> {
    let q = q.map(str::trim).filter(|q| !q.is_empty())?;
    Some(onesql::like_contains(&fold(q)))
}

/// Up to `limit` groups of a kind by name, behind the one of that name, with `q` in their names.
pub async fn page(
    q: &mut impl Query,
    (organization, kind): (OrganizationId, Kind),
    named: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Group>, Error> {
    let (after, like) = (after.unwrap_or_default(), pattern(named));
    let found: Vec<Found> = q.all(kind.texts().page, params![organization, after, like, limit]).await?;
    Ok(found.into_iter().map(|found| found.of(kind)).collect())
}

/// How many groups of a kind match.
pub async fn count(
    q: &mut impl Query,
    organization: OrganizationId,
    kind: Kind,
    named: Option<&str>,
) -> Result<i64, Error> {
    let row: (i64,) = q.one(kind.texts().count, params![organization, pattern(named)]).await?;
    Ok(row.0)
}

/// The group of a kind that has this name, however it is written.
pub async fn find_by_name(
    q: &mut impl Query,
    organization: OrganizationId,
    kind: Kind,
    name: &str,
) -> Result<Option<GroupId>, Error> {
    let found = q.optional(kind.texts().find_by_name, params![organization, fold(name)]).await?;
    Ok(found.map(|(id,): (Uuid,)| kind.id(id)))
}

/// Keeps a new group.
pub async fn insert(tx: &mut Tx, organization: OrganizationId, g: &Group) -> Result<(), Error> {
    let (id, key) = (g.id.uuid(), fold(&g.name));
    let values = params![id, organization, g.name, key, g.description, g.created_at];
    tx.send(g.id.kind().texts().insert, values).await
}

/// Writes a group as it was changed since it had the version that it still carries; `false` where it has another by now.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    g: &Group,
    now: Timestamp,
) -> Result<bool, Error> {
    let (id, key) = (g.id.uuid(), fold(&g.name));
    let values = params![organization, id, g.name, key, g.description, now, g.version];
    Ok(tx.execute(g.id.kind().texts().update, values).await? == 1)
}

/// Deletes a group and takes it from its members; `false` where it is no longer as it was read. Nobody changes a member
/// meanwhile: the organization is locked.
pub async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    g: &Group,
    now: Timestamp,
) -> Result<bool, Error> {
    let (texts, id) = (g.id.kind().texts(), g.id.uuid());
    let named = g.id.to_string();
    tx.send(texts.take_from_members, params![organization, id, named, now]).await?;
    tx.send(texts.clear, params![id]).await?;
    Ok(tx.execute(texts.delete, params![organization, id, g.version]).await? == 1)
}

/// A member of a group, and since when.
pub struct Listed {
    /// The member.
    pub member: Member,
    /// When they were added.
    pub added_at: Timestamp,
}

/// How many columns a member takes.
const MEMBER_WIDTH: usize = 28;

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { member: Member::from_columns(row, 0)?, added_at: row.get(MEMBER_WIDTH)? })
    }
}

/// Up to `limit` members of a group by name, behind this place in the order, with `q` in name or address.
pub async fn members(
    q: &mut impl Query,
    organization: OrganizationId,
    group: GroupId,
    named: Option<&str>,
    (name_key, id, limit): (&str, MemberId, i64),
) -> Result<Vec<Listed>, Error> {
    let (of, like) = (group.uuid(), pattern(named));
    let values = params![of, name_key, id, organization, like, limit];
    q.all(group.kind().texts().members, values).await
}

/// How many members of a group match.
pub async fn count_members(
    q: &mut impl Query,
    organization: OrganizationId,
    group: GroupId,
    named: Option<&str>,
) -> Result<i64, Error> {
    let (of, like) = (group.uuid(), pattern(named));
    let values = params![of, organization, like];
    let row: (i64,) = q.one(group.kind().texts().count_members, values).await?;
    Ok(row.0)
}

/// How many resources name a group.
pub async fn count_rules(q: &mut impl Query, group: GroupId) -> Result<i64, Error> {
    let row: (i64,) = q.one(group.kind().texts().count_rules, params![group.uuid()]).await?;
    Ok(row.0)
}

/// What goes with a group.
pub async fn impact(q: &mut impl Query, organization: OrganizationId, g: &Group) -> Result<Impact, Error> {
    let (texts, id) = (g.id.kind().texts(), g.id.uuid());
    let rules = count_rules(q, g.id).await?;
    let (below_top,): (i64,) = q.one(texts.count_below_top, params![id]).await?;
    let mut resources = Vec::new();
    if below_top > 0 {
        let opened: Vec<(ResourceId, String, String, String, i64)> =
            q.all(texts.opened, params![organization, id, MOST_TOLD]).await?;
        for (resource, kind, external_id, name, others) in opened {
            let losing = match others {
                0 => below_top,
                _ => q.one::<(i64,)>(texts.count_losing, params![id, resource]).await?.0,
            };
            if losing > 0 {
                resources.push(Closed { kind, external_id, name, losing });
            }
        }
    }
    Ok(Impact { members: g.member_count, resources, rules })
}
