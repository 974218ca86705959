//! What decisions read. One statement answers the common question: who asks, about whom, on what.

use onesql::{Error, FromRow, FromValue, Query, Row, ToValue, ValueRef, params};

use super::{Subject, Thing};
use crate::access::{Rule, Through};
use crate::access_model::{ModelColumn, SharedModel};
use crate::base::page::MOST;
use crate::base::{AccountId, MemberId, OrganizationId, ResourceId, RoleTemplateId, SessionId, Timestamp};
use crate::member::ids::Ids;
use crate::op::StandingRole;
use crate::op::standing::PackedRoles;
use crate::resource::{AccessRule, Level, Subject as With};
use std::collections::HashMap;
use std::sync::Arc;

/// A member `m` with template `t`, in the order of [`Subject::from_columns`].
macro_rules! subject_columns {
    () => {
        "m.id, m.account_id, m.status = 'active', m.permissions, m.feature_access,
    (SELECT '[' || string_agg(r.packed, ',') || ']' FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = m.id),
    t.id, t.name, t.permissions, m.teams, m.projects"
    };
}

/// How many columns a subject takes.
const SUBJECT_WIDTH: usize = 11;

// `$7`: a member's id, `$8`: an account's. The rules of the resource that reach the member, and no others.
const DECIDE: &str = concat!(
    "SELECT s.id, s.account_id, s.last_active_at, so.last_active_at, so.ended_at, cm.id, cm.permissions, cm.feature_access,
    CASE WHEN cm.id = m.id THEN NULL ELSE
    (SELECT '[' || string_agg(r.packed, ',') || ']' FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = cm.id) END,
    ct.id, ct.permissions, o.id, o.access_model, o.revision, thing.category, thing.visibility,
    (SELECT string_agg(x.rule, ',') FROM (
      SELECT 'team:' || a.level AS rule FROM team_members tm JOIN resource_access a
        ON a.resource_id = thing.id AND a.subject_type = 'team' AND a.subject_id = tm.team_id WHERE tm.member_id = m.id
      UNION ALL SELECT 'project:' || a.level FROM project_members pm JOIN resource_access a
        ON a.resource_id = thing.id AND a.subject_type = 'project' AND a.subject_id = pm.project_id WHERE pm.member_id = m.id
      UNION ALL SELECT 'member:' || a.level FROM resource_access a
        WHERE a.resource_id = thing.id AND a.subject_type = 'member' AND a.subject_id = m.id) x), ",
    subject_columns!(),
    " FROM sessions s
  LEFT JOIN organizations o ON o.id = CASE WHEN $2 IS NOT NULL THEN $2
    WHEN $3 IS NOT NULL THEN (SELECT id FROM organizations WHERE slug = $3) ELSE s.organization_id END
  LEFT JOIN members cm ON cm.organization_id = o.id AND cm.account_id = s.account_id AND cm.status = 'active'
  LEFT JOIN role_templates ct ON ct.id = cm.role_template_id
  LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id
  LEFT JOIN members m ON m.organization_id = o.id AND m.id = CASE WHEN $6 IS NOT NULL THEN $6 ELSE
    (SELECT ma.id FROM members ma WHERE ma.account_id = $7 AND ma.organization_id = o.id) END
  LEFT JOIN role_templates t ON t.id = m.role_template_id
  LEFT JOIN resources thing ON thing.organization_id = o.id AND thing.type = $8 AND thing.external_id = $9
  WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $4 AND s.last_active_at > $5"
);
const SUBJECT: &str = concat!(
    "SELECT ",
    subject_columns!(),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE m.organization_id = $1 AND m.id = $2"
);
const SUBJECT_BY_ACCOUNT: &str = concat!(
    "SELECT ",
    subject_columns!(),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id WHERE m.organization_id = $1 AND m.account_id = $2"
);
const SUBJECTS: &str = concat!(
    "SELECT m.name_key, m.first_name, m.last_name, m.email, ",
    subject_columns!(),
    " FROM members m LEFT JOIN role_templates t ON t.id = m.role_template_id
  WHERE m.organization_id = $1 AND (m.name_key, m.id) > ($2, $3) AND m.status = 'active' ORDER BY m.name_key, m.id LIMIT $4"
);
const THING: &str = "SELECT id, external_id, category, visibility FROM resources
  WHERE organization_id = $1 AND type = $2 AND external_id = $3";
const THINGS: &str = "SELECT id, external_id, category, visibility FROM resources
  WHERE organization_id = $1 AND type = $2 AND external_id > $3 ORDER BY external_id LIMIT $4";
// Twenty at once; the last one repeated where there are fewer.
const THINGS_NAMED: &str = "SELECT r.type, r.external_id, r.category, r.visibility, a.subject_type, a.subject_id, a.level
  FROM resources r LEFT JOIN resource_access a ON a.resource_id = r.id
  WHERE r.organization_id = $1 AND (r.type, r.external_id) IN (VALUES ($2, $3), ($4, $5), ($6, $7), ($8, $9), ($10, $11),
    ($12, $13), ($14, $15), ($16, $17), ($18, $19), ($20, $21), ($22, $23), ($24, $25), ($26, $27), ($28, $29), ($30, $31),
    ($32, $33), ($34, $35), ($36, $37), ($38, $39), ($40, $41))";
const SHARES: &str =
    "SELECT resource_id, subject_type, subject_id, level FROM resource_access WHERE resource_id = $1";
const SHARES_BETWEEN: &str = "SELECT a.resource_id, a.subject_type, a.subject_id, a.level FROM resources r
  JOIN resource_access a ON a.resource_id = r.id
  WHERE r.organization_id = $1 AND r.type = $2 AND r.external_id > $3 AND r.external_id <= $4";
const NAMED: &str =
    "SELECT a.subject_type, a.subject_id, a.level, COALESCE(t.name, p.name, '') FROM resource_access a
  LEFT JOIN teams t ON a.subject_type = 'team' AND t.id = a.subject_id
  LEFT JOIN projects p ON a.subject_type = 'project' AND p.id = a.subject_id
  WHERE a.resource_id = $1 ORDER BY a.subject_type, COALESCE(t.name, p.name, ''), a.subject_id";
const RESOURCE_NAME: &str =
    "SELECT id, name FROM resources WHERE organization_id = $1 AND type = $2 AND external_id = $3";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    DECIDE,
    SUBJECT,
    SUBJECT_BY_ACCOUNT,
    SUBJECTS,
    THING,
    THINGS,
    THINGS_NAMED,
    SHARES,
    SHARES_BETWEEN,
    NAMED,
    RESOURCE_NAME,
];

impl Subject {
    fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        let template = match row.get::<Option<RoleTemplateId>>(at + 6)? {
            Some(_) => Some((row.get(at + 7)?, row.get(at + 8)?)),
            None => None,
        };
        Ok(Self {
            member: row.get(at)?,
            account: row.get(at + 1)?,
            active: row.get(at + 2)?,
            direct: row.get(at + 3)?,
            features: row.get(at + 4)?,
            roles: roles(row, at + 5)?,
            template,
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

fn roles(row: &Row<'_>, at: usize) -> Result<Arc<[StandingRole]>, Error> {
    Ok(row.get::<Option<PackedRoles>>(at)?.map_or_else(|| Arc::from([]), |packed| packed.0))
}

/// A session with what it asks about, read at once.
pub struct Found {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When it was last used, and when last in this organization.
    pub last_active_at: (Timestamp, Option<Timestamp>),
    /// Whether it ended for this organization.
    pub ended_here: bool,
    /// Where the caller is an active member: the organization, and what is asked about.
    pub here: Option<Here>,
}

/// What is asked about, in an organization where the caller is an active member.
pub struct Here {
    /// The organization.
    pub organization: OrganizationId,
    /// Its access model.
    pub model: SharedModel,
    /// Counts its changes (ACC-12).
    pub revision: i64,
    /// The caller, without teams and projects.
    pub caller: Subject,
    /// About whom, where they are a member.
    pub subject: Option<Subject>,
    /// The resource's category, and the rules that reach the subject where it is restricted.
    pub thing: Option<(String, Option<Vec<Rule>>)>,
}

struct Rules(Vec<Rule>);

impl FromValue for Rules {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        let rule = |text: &str| {
            let (through, level) = text.split_once(':')?;
            Some(Rule { through: Through::parse(through)?, level: Level::parse(level)?, reaches: true })
        };
        let text = value.text()?;
        let rules: Option<Vec<Rule>> = text.split(',').map(rule).collect();
        rules.map(Self).ok_or_else(|| Error::Other(format!("access rules {text}")))
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        const SUBJECT_AT: usize = 17;
        let ended: Option<Timestamp> = row.get(4)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            last_active_at: (row.get(2)?, row.get(3)?),
            ended_here: ended.is_some(),
            here: match row.get::<Option<MemberId>>(5)? {
                Some(member) => Some(Here::from_columns(row, member, SUBJECT_AT)?),
                None => None,
            },
        })
    }
}

impl Here {
    fn from_columns(row: &Row<'_>, member: MemberId, subject_at: usize) -> Result<Self, Error> {
        let subject = match row.get::<Option<MemberId>>(subject_at)? {
            Some(_) => Some(Subject::from_columns(row, subject_at)?),
            None => None,
        };
        let caller = match &subject {
            Some(own) if own.member == member => own.clone(),
            _ => Subject {
                member,
                account: row.get(1)?,
                active: true,
                direct: row.get(6)?,
                features: row.get(7)?,
                roles: roles(row, 8)?,
                template: match row.get::<Option<RoleTemplateId>>(9)? {
                    Some(_) => Some((String::new(), row.get(10)?)),
                    None => None,
                },
                teams: Vec::new(),
                projects: Vec::new(),
            },
        };
        let thing = match row.get::<Option<String>>(14)? {
            Some(category) => {
                let restricted = row.get::<String>(15)? == "restricted";
                let rules = row.get::<Option<Rules>>(16)?.map_or_else(Vec::new, |rules| rules.0);
                Some((category, restricted.then_some(rules)))
            }
            None => None,
        };
        Ok(Self {
            organization: row.get(11)?,
            model: row.get::<ModelColumn>(12)?.0,
            revision: row.get(13)?,
            caller,
            subject,
            thing,
        })
    }
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
    fn member(self) -> Option<MemberId> {
        match self {
            Self::Member(id) => Some(id),
            // No member has the nil id.
            Self::Nobody => Some(MemberId(uuid::Uuid::nil())),
            Self::Account(_) => None,
        }
    }

    fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            _ => None,
        }
    }
}

/// With which session, in which organization (an id or a slug; else the session's), about whom and what is asked.
pub struct Asks<'a> {
    /// The hash of the session's token.
    pub token_hash: [u8; 32],
    /// The organization by id.
    pub organization: Option<OrganizationId>,
    /// The organization by slug.
    pub slug: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// Sessions not used since then are over.
    pub idle_since: Timestamp,
    /// About whom.
    pub subject: SubjectId,
    /// The resource's type and external id, where one is asked about.
    pub thing: Option<(&'a str, &'a str)>,
}

/// Reads a live session with all that its question needs.
pub async fn find(q: &mut impl Query, a: &Asks<'_>) -> Result<Option<Found>, Error> {
    let (member, account) = (a.subject.member(), a.subject.account());
    let (kind, external_id) = (a.thing.map(|t| t.0), a.thing.map(|t| t.1));
    let values = params![
        a.token_hash,
        a.organization,
        a.slug,
        a.now,
        a.idle_since,
        member,
        account,
        kind,
        external_id
    ];
    q.optional(DECIDE, values).await
}

/// A member of an organization.
pub async fn subject(
    q: &mut impl Query,
    organization: OrganizationId,
    id: SubjectId,
) -> Result<Option<Subject>, Error> {
    match id {
        SubjectId::Member(id) => q.optional(SUBJECT, params![organization, id]).await,
        SubjectId::Account(id) => q.optional(SUBJECT_BY_ACCOUNT, params![organization, id]).await,
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
        const _: () = assert!(SUBJECT_WIDTH == 11);
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
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    q.all(SUBJECTS, params![organization, name_key, id, limit]).await
}

struct Row4(ResourceId, Thing, bool);

impl FromRow for Row4 {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let thing = Thing { external_id: row.get(1)?, category: row.get(2)?, shared: None };
        Ok(Self(row.get(0)?, thing, row.get::<String>(3)? == "restricted"))
    }
}

struct ShareOf(ResourceId, AccessRule);

fn share(kind: &str, id: uuid::Uuid, level: &str) -> Result<AccessRule, Error> {
    match (With::of(kind, id), Level::parse(level)) {
        (Some(subject), Some(level)) => Ok(AccessRule { subject, level }),
        _ => Err(Error::Other(format!("access rule {kind}:{level}"))),
    }
}

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
    let found: Option<Row4> = q.optional(THING, params![organization, kind, external_id]).await?;
    let Some(Row4(id, mut thing, restricted)) = found else { return Ok(None) };
    if restricted {
        let shares: Vec<ShareOf> = q.all(SHARES, params![id]).await?;
        thing.shared = Some(shares.into_iter().map(|ShareOf(_, share)| share).collect());
    }
    Ok(Some(thing))
}

/// Resources of a type by external id, behind one of them; with whom each is shared. At most [`MOST`].
pub async fn things(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, after): (&str, &str),
) -> Result<Vec<Thing>, Error> {
    let rows: Vec<Row4> = q.all(THINGS, params![organization, kind, after, MOST]).await?;
    let Some(last) = rows.last().map(|Row4(_, thing, _)| thing.external_id.clone()) else {
        return Ok(Vec::new());
    };
    let shares: Vec<ShareOf> = q.all(SHARES_BETWEEN, params![organization, kind, after, last]).await?;
    let mut of: HashMap<ResourceId, Vec<AccessRule>> = HashMap::new();
    for ShareOf(id, share) in shares {
        of.entry(id).or_default().push(share);
    }
    let mut whole = |Row4(id, thing, restricted): Row4| {
        let shared = restricted.then(|| of.remove(&id).unwrap_or_default());
        Thing { shared, ..thing }
    };
    Ok(rows.into_iter().map(&mut whole).collect())
}

/// What a resource is called, and what it is shared with, by name.
pub async fn names(
    q: &mut impl Query,
    organization: OrganizationId,
    (kind, external_id): (&str, &str),
) -> Result<(String, Vec<(AccessRule, String)>), Error> {
    let found: Option<(ResourceId, String)> =
        q.optional(RESOURCE_NAME, params![organization, kind, external_id]).await?;
    let Some((id, name)) = found else { return Ok((String::new(), Vec::new())) };
    let rows: Vec<(String, uuid::Uuid, String, String)> = q.all(NAMED, params![id]).await?;
    let named = |(through, id, level, name): (String, uuid::Uuid, String, String)| {
        Ok((share(&through, id, &level)?, name))
    };
    Ok((name, rows.into_iter().map(named).collect::<Result<_, Error>>()?))
}

/// Resources by type and external id, each with its type.
pub async fn things_named(
    q: &mut impl Query,
    organization: OrganizationId,
    names: &[(String, String)],
) -> Result<Vec<(String, Thing)>, Error> {
    type Named = (String, String, String, String, Option<String>, Option<uuid::Uuid>, Option<String>);
    let mut found: HashMap<(String, String), Thing> = HashMap::new();
    for some in names.chunks(20) {
        let mut values = vec![organization.to_value()];
        for at in 0..20 {
            let (kind, id) = some.get(at).unwrap_or(&some[0]);
            values.extend([kind.to_value(), id.to_value()]);
        }
        let rows: Vec<Named> = q.all(THINGS_NAMED, &values).await?;
        for (kind, external_id, category, visibility, through, id, level) in rows {
            let shared = (visibility == "restricted").then(Vec::new);
            let thing = || Thing { external_id: external_id.clone(), category, shared };
            let thing = found.entry((kind, external_id.clone())).or_insert_with(thing);
            if let (Some(shared), Some(through), Some(id), Some(level)) =
                (&mut thing.shared, through, id, level)
            {
                shared.push(share(&through, id, &level)?);
            }
        }
    }
    Ok(found.into_iter().map(|((kind, _), thing)| (kind, thing)).collect())
}
