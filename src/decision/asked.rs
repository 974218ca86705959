//! What one question needs to know, in one statement: who asks, about whom, and where the organization stands. What hardly
//! ever changes in an organization it leaves out, for [`super::known`]; a second text has that, too.

use std::sync::Arc;

use onesql::{Error, FromRow, FromValue, Query, Row, ToValue, Value, ValueRef, params};

use super::store::{SubjectId, roles};
use super::{Subject, as_it_concerns};
use crate::access::{FeatureAccess, Rule, Through};
use crate::access_model::{ModelColumn, PermissionSet, SharedModel};
use crate::base::{
    AccountId, MemberId, OrganizationId, ProjectId, RoleTemplateId, SessionId, TeamId, Timestamp,
};
use crate::member::ids::Ids;
use crate::op::StandingRole;
use crate::resource::{AccessRule, Level};

// What is read of a session `s`, an organization `o` and a member `m`.
macro_rules! found_columns {
    () => {
        "s.id, s.account_id, s.last_active_at, so.last_active_at, so.ended_at, o.id, o.revision,
    m.id, m.permissions, m.feature_access, m.roles, m.role_template_id, m.status = 'active', m.teams, m.projects"
    };
}
// `$2`: the organization's id or slug, or nothing, `$5`: a member's id, `$6`: an account's.
macro_rules! asked {
    ($organization:literal, $member:expr, $columns:expr, $joins:expr) => {
        concat!(
            "SELECT ",
            found_columns!(),
            $columns,
            " FROM sessions s LEFT JOIN organizations o ON ",
            $organization,
            " LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id
  LEFT JOIN members m ON m.organization_id = o.id AND m.id ",
            $member,
            $joins,
            "
  WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.last_active_at > $4"
        )
    };
    ($organization:literal) => {
        asked!($organization, member!(), "", "")
    };
    // With what lasts for a revision: the access model, the caller, what the roles and the template say, the resource; of its rules
    // those that reach the member, and no others.
    ($organization:literal, whole) => {
        asked!(
            $organization,
            member!(),
            concat!(
                ", o.access_model, cm.id, cm.permissions, cm.feature_access, ",
                packed!("cm"),
                ", ct.permissions, ",
                packed!("m"),
                ", t.permissions, thing.category, thing.visibility = 'restricted',
    (SELECT string_agg(x.rule, ',') FROM (
      SELECT 'team:' || a.level AS rule FROM team_members tm JOIN resource_access a
        ON a.resource_id = thing.id AND a.subject_type = 'team' AND a.subject_id = tm.team_id WHERE tm.member_id = m.id
      UNION ALL SELECT 'project:' || a.level FROM project_members pm JOIN resource_access a
        ON a.resource_id = thing.id AND a.subject_type = 'project' AND a.subject_id = pm.project_id WHERE pm.member_id = m.id
      UNION ALL SELECT 'member:' || a.level FROM resource_access a
        WHERE a.resource_id = thing.id AND a.subject_type = 'member' AND a.subject_id = m.id) x)"
            ),
            "
  LEFT JOIN members cm ON cm.organization_id = o.id AND cm.account_id = s.account_id AND cm.status = 'active'
  LEFT JOIN role_templates ct ON ct.id = cm.role_template_id LEFT JOIN role_templates t ON t.id = m.role_template_id
  LEFT JOIN resources thing ON thing.organization_id = o.id AND thing.type = $7 AND thing.external_id = $8"
        )
    };
}
macro_rules! member {
    () => {
        "= CASE WHEN $5 IS NOT NULL THEN $5 ELSE
    (SELECT ma.id FROM members ma WHERE ma.account_id = $6 AND ma.organization_id = o.id) END"
    };
}
macro_rules! packed {
    ($member:literal) => {
        concat!(
            "(SELECT '[' || string_agg(r.packed, ',') || ']' FROM member_roles mr JOIN roles r ON r.id = mr.role_id WHERE mr.member_id = ",
            $member,
            ".id)"
        )
    };
}

const IN_ID: &str = asked!("o.id = $2");
const IN_SLUG: &str = asked!("o.slug = $2");
const IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL");
const WHOLE_IN_ID: &str = asked!("o.id = $2", whole);
const WHOLE_IN_SLUG: &str = asked!("o.slug = $2", whole);
const WHOLE_IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL", whole);
// Up to thirty-two members at once; where there are fewer, the last one again.
macro_rules! members {
    () => {
        "IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)"
    };
}
const MANY_IN_ID: &str = asked!("o.id = $2", members!(), "", "");
const MANY_IN_SLUG: &str = asked!("o.slug = $2", members!(), "", "");
const MANY_IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL", members!(), "", "");
/// How many members one statement asks about.
pub const MOST_TOGETHER: usize = 32;

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    IN_ID,
    IN_SLUG,
    IN_SESSIONS,
    WHOLE_IN_ID,
    WHOLE_IN_SLUG,
    WHOLE_IN_SESSIONS,
    MANY_IN_ID,
    MANY_IN_SLUG,
    MANY_IN_SESSIONS,
];

/// A live session with what it asks about.
#[derive(Clone)]
pub struct Found {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When it was last used, and when last in this organization.
    pub last_active_at: (Timestamp, Option<Timestamp>),
    /// Whether it ended for this organization.
    pub ended_here: bool,
    /// The organization, and the revision that all of this was read at.
    pub place: Option<(OrganizationId, i64)>,
    /// About whom, where they are a member.
    pub subject: Option<Bare>,
}

/// A member, without what their roles and their template say.
#[derive(Clone)]
pub struct Bare {
    /// Who.
    pub member: MemberId,
    /// Whether the status is active.
    pub active: bool,
    /// The ids of the roles, as they are stored.
    pub roles: String,
    /// The role template.
    pub template: Option<RoleTemplateId>,
    /// What is given directly.
    pub direct: PermissionSet,
    /// The feature switches.
    pub features: FeatureAccess,
    /// The teams and the projects, as they are stored.
    groups: (String, String),
}

/// What an organization says at one revision, of those whom one question is about.
pub struct Told {
    /// The access model.
    pub model: SharedModel,
    /// The caller, where they are an active member; without teams and projects.
    pub caller: Option<Subject>,
    /// The subject's roles.
    pub roles: Arc<[StandingRole]>,
    /// What the subject's template allows.
    pub template: Option<PermissionSet>,
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
        let ended: Option<Timestamp> = row.get(4)?;
        let organization: Option<OrganizationId> = row.get(5)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            last_active_at: (row.get(2)?, row.get(3)?),
            ended_here: ended.is_some(),
            place: organization.map(|id| Ok::<_, Error>((id, row.get(6)?))).transpose()?,
            subject: row
                .get::<Option<MemberId>>(7)?
                .map(|member| Bare::from_columns(row, member))
                .transpose()?,
        })
    }
}

impl Bare {
    fn from_columns(row: &Row<'_>, member: MemberId) -> Result<Self, Error> {
        Ok(Self {
            member,
            direct: row.get(8)?,
            features: row.get(9)?,
            roles: row.get(10)?,
            template: row.get(11)?,
            active: row.get(12)?,
            groups: (row.get(13)?, row.get(14)?),
        })
    }

    /// A resource's rules, as they concern the member.
    pub fn rules(&self, shared: &[AccessRule]) -> Result<Vec<Rule>, Error> {
        let (teams, projects) = &self.groups;
        let (teams, projects): (Ids<TeamId>, Ids<ProjectId>) = (Ids::read(teams)?, Ids::read(projects)?);
        Ok(shared.iter().map(|rule| as_it_concerns(rule, self.member, &teams.0, &projects.0)).collect())
    }
}

/// The same with what lasts for a revision, where there is an organization.
pub struct Whole(pub Found, pub Option<Told>);

impl FromRow for Whole {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let found = Found::from_row(row)?;
        let told = found.place.map(|_| Told::from_columns(row, found.account)).transpose()?;
        Ok(Self(found, told))
    }
}

impl Told {
    fn from_columns(row: &Row<'_>, account: AccountId) -> Result<Self, Error> {
        let caller = |member| {
            Ok::<_, Error>(Subject {
                member,
                account: Some(account),
                active: true,
                direct: row.get(17)?,
                features: row.get(18)?,
                roles: roles(row, 19)?,
                template: row
                    .get::<Option<PermissionSet>>(20)?
                    .map(|permissions| (String::new(), permissions)),
                teams: Vec::new(),
                projects: Vec::new(),
            })
        };
        let thing = match row.get::<Option<String>>(23)? {
            Some(category) => {
                let rules = row.get::<Option<Rules>>(25)?.map_or_else(Vec::new, |rules| rules.0);
                Some((category, row.get::<bool>(24)?.then_some(rules)))
            }
            None => None,
        };
        Ok(Self {
            model: row.get::<ModelColumn>(15)?.0,
            caller: row.get::<Option<MemberId>>(16)?.map(caller).transpose()?,
            roles: roles(row, 21)?,
            template: row.get(22)?,
            thing,
        })
    }
}

/// Where it is asked.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In this organization.
    Id(OrganizationId),
    /// In the one of this name in paths.
    Slug(&'a str),
    /// In the one that the session is in.
    Sessions,
}

/// With which session, in which organization, about whom and what is asked.
pub struct Asks<'a> {
    /// The hash of the session's token.
    pub token_hash: [u8; 32],
    /// Where.
    pub place: Place<'a>,
    /// Now.
    pub now: Timestamp,
    /// Sessions not used since then are over.
    pub idle_since: Timestamp,
    /// About whom.
    pub subject: SubjectId,
    /// The resource's type and external id, where one is asked about.
    pub thing: Option<(&'a str, &'a str)>,
}

impl Asks<'_> {
    /// Of three texts the one for this place, and the place as a value.
    fn text(&self, [in_id, in_slug, in_sessions]: [&'static str; 3]) -> (&'static str, Value<'_>) {
        match &self.place {
            Place::Id(id) => (in_id, id.to_value()),
            Place::Slug(slug) => (in_slug, slug.to_value()),
            Place::Sessions => (in_sessions, Value::Null(OrganizationId::TYPE)),
        }
    }

    async fn read<T: FromRow + Send>(
        &self,
        q: &mut impl Query,
        texts: [&'static str; 3],
    ) -> Result<Option<T>, Error> {
        let (text, organization) = self.text(texts);
        let (member, account) = (self.subject.member(), self.subject.account());
        let (kind, external_id) = (self.thing.map(|t| t.0), self.thing.map(|t| t.1));
        let values = params![self.token_hash, self.now, self.idle_since, member, account, kind, external_id];
        let values = [&values[..1], &[organization], &values[1..]].concat();
        q.optional(text, &values).await
    }
}

/// Reads a live session with what it asks about.
pub async fn find(q: &mut impl Query, asks: &Asks<'_>) -> Result<Option<Found>, Error> {
    asks.read(q, [IN_ID, IN_SLUG, IN_SESSIONS]).await
}

/// The same with all that answering it needs, from one statement.
pub async fn find_whole(q: &mut impl Query, asks: &Asks<'_>) -> Result<Option<Whole>, Error> {
    asks.read(q, [WHOLE_IN_ID, WHOLE_IN_SLUG, WHOLE_IN_SESSIONS]).await
}

/// Reads for several members at once, at most [`MOST_TOGETHER`], what a question about each needs, in their order. All else is
/// as `asks` says. `None`: no live session.
pub async fn find_many(
    q: &mut impl Query,
    asks: &Asks<'_>,
    members: &[MemberId],
) -> Result<Option<Vec<Found>>, Error> {
    let (text, organization) = asks.text([MANY_IN_ID, MANY_IN_SLUG, MANY_IN_SESSIONS]);
    let mut values = params![asks.token_hash, asks.now, asks.idle_since].to_vec();
    values.insert(1, organization);
    let last = members.last().map(ToValue::to_value);
    let padded =
        members.iter().map(ToValue::to_value).chain(std::iter::repeat_n(last, MOST_TOGETHER).flatten());
    values.extend(padded.take(MOST_TOGETHER));
    let rows: Vec<Found> = q.all(text, &values).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let of = |member: &MemberId| {
        let found =
            rows.iter().filter_map(|row| row.subject.as_ref()).find(|subject| subject.member == *member);
        Found { subject: found.cloned(), ..first.clone() }
    };
    Ok(Some(members.iter().map(of).collect()))
}
