//! What decisions read. One statement answers the common question: who asks, about whom, on what.

use onesql::{Error, FromRow, FromValue, Query, Row, ValueRef, params};

use super::Subject;
use crate::access::{Rule, Through};
use crate::access_model::{ModelColumn, SharedModel};
use crate::base::{AccountId, MemberId, OrganizationId, RoleTemplateId, SessionId, Timestamp};
use crate::member::ids::Ids;
use crate::op::StandingRole;
use crate::op::standing::PackedRoles;
use crate::resource::Level;
use std::sync::Arc;

/// A member `m` with template `t`, in the order of [`Subject::from_columns`].
#[macro_export]
macro_rules! subject_columns {
    () => {
        concat!($crate::standing_columns!(), ", m.account_id, m.status = 'active', m.teams, m.projects")
    };
}

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

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[DECIDE];

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
