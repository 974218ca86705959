//! What one question needs to know, in one statement: who asks, where the organization stands, and about whom. What is
//! remembered of an organization ([`super::known`]) is left out: by one text the member, too, by a longer one nothing.

use std::sync::Arc;

use onesql::{Error, FromRow, FromValue, Query, Row, ToValue, Value, ValueRef, params};

use super::store::{SubjectId, roles};
use super::{Subject, as_it_concerns};
use crate::access::{FeatureAccess, Rule, Through};
use crate::access_model::{ModelColumn, PermissionSet, SharedModel};
use crate::base::together::up_to_32;
use crate::base::{
    AccountId, MemberId, OrganizationId, ProjectId, RoleTemplateId, SessionId, TeamId, Timestamp,
};
use crate::member::ids::Ids;
use crate::op::StandingRole;
use crate::resource::{AccessRule, Level};
use crate::{takes_part, up_to_32};

// A member `m`.
macro_rules! member_columns {
    () => {
        ",
    m.id, m.permissions, m.feature_access, m.roles, m.role_template_id, m.status = 'active', m.teams, m.projects, m.ends_at"
    };
}
macro_rules! member_is {
    ($member:expr) => {
        concat!("\n  LEFT JOIN members m ON m.organization_id = o.id AND m.id ", $member)
    };
}
// `$2`: the organization's id or slug, or nothing, `$5`: a member's id, `$6`: an account's.
macro_rules! asked {
    ($organization:literal, $columns:expr, $joins:expr) => {
        concat!(
            "SELECT s.id, s.account_id, s.last_active_at, so.last_active_at, so.ended_at, o.id, o.revision",
            $columns,
            " FROM sessions s LEFT JOIN organizations o ON ",
            $organization,
            " LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id",
            $joins,
            "
  WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.last_active_at > $4"
        )
    };
    ($organization:literal) => {
        asked!($organization, "", "")
    };
    ($organization:literal, member) => {
        asked!($organization, member_columns!(), member_is!(member!()))
    };
    ($organization:literal, members) => {
        asked!($organization, member_columns!(), member_is!(up_to_32!(fifth)))
    };
    // With what lasts for a revision: the access model, the caller, what the roles and the template say, the resource; of its rules
    // those that reach the member, and no others.
    ($organization:literal, whole) => {
        asked!(
            $organization,
            concat!(
                member_columns!(),
                ", o.access_model, cm.id, cm.permissions, cm.feature_access, cm.ends_at, ",
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
            concat!(
                member_is!(member!()),
                "
  LEFT JOIN members cm ON cm.organization_id = o.id AND cm.account_id = s.account_id AND ",
                takes_part!("cm", "$3"),
                "
  LEFT JOIN role_templates ct ON ct.id = cm.role_template_id LEFT JOIN role_templates t ON t.id = m.role_template_id
  LEFT JOIN resources thing ON thing.organization_id = o.id AND thing.type = $7 AND thing.external_id = $8"
            )
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
const ONE_IN_ID: &str = asked!("o.id = $2", member);
const ONE_IN_SLUG: &str = asked!("o.slug = $2", member);
const ONE_IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL", member);
const MANY_IN_ID: &str = asked!("o.id = $2", members);
const MANY_IN_SLUG: &str = asked!("o.slug = $2", members);
const MANY_IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL", members);
const WHOLE_IN_ID: &str = asked!("o.id = $2", whole);
const WHOLE_IN_SLUG: &str = asked!("o.slug = $2", whole);
const WHOLE_IN_SESSIONS: &str = asked!("o.id = s.organization_id AND $2 IS NULL", whole);

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    IN_ID,
    IN_SLUG,
    IN_SESSIONS,
    ONE_IN_ID,
    ONE_IN_SLUG,
    ONE_IN_SESSIONS,
    MANY_IN_ID,
    MANY_IN_SLUG,
    MANY_IN_SESSIONS,
    WHOLE_IN_ID,
    WHOLE_IN_SLUG,
    WHOLE_IN_SESSIONS,
];

/// A live session, and where it asks.
#[derive(Clone)]
pub struct Asker {
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
}

/// Who asks with whom they ask about, where that is a member.
pub struct Found(pub Asker, pub Option<Bare>);

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
    /// The teams.
    pub teams: Vec<TeamId>,
    /// The projects.
    pub projects: Vec<ProjectId>,
    /// When the membership ends.
    pub ends_at: Option<Timestamp>,
}

/// What an organization says at one revision, of those whom one question is about.
pub struct Told {
    /// The access model.
    pub model: SharedModel,
    /// The caller, where they are an active member; without teams and projects.
    pub caller: Option<Subject>,
    /// When the caller's membership ends.
    pub caller_ends_at: Option<Timestamp>,
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

impl FromRow for Asker {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let ended: Option<Timestamp> = row.get(4)?;
        let organization: Option<OrganizationId> = row.get(5)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            last_active_at: (row.get(2)?, row.get(3)?),
            ended_here: ended.is_some(),
            place: organization.map(|id| Ok::<_, Error>((id, row.get(6)?))).transpose()?,
        })
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let member: Option<MemberId> = row.get(7)?;
        let subject = member.map(|member| Bare::from_columns(row, member)).transpose()?;
        Ok(Self(Asker::from_row(row)?, subject))
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
            teams: row.get::<Ids<_>>(13)?.0,
            projects: row.get::<Ids<_>>(14)?.0,
            ends_at: row.get(15)?,
        })
    }

    /// Whether they take part at an instant.
    pub fn takes_part(&self, now: Timestamp) -> bool {
        self.active && self.ends_at.is_none_or(|end| end > now)
    }

    /// A resource's rules, as they concern the member.
    pub fn rules(&self, shared: &[AccessRule]) -> Vec<Rule> {
        shared.iter().map(|rule| as_it_concerns(rule, self.member, &self.teams, &self.projects)).collect()
    }
}

/// The same with what lasts for a revision, where there is an organization.
pub struct Whole(pub Found, pub Option<Told>);

impl FromRow for Whole {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let found = Found::from_row(row)?;
        let told = found.0.place.map(|_| Told::from_columns(row, found.0.account)).transpose()?;
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
                direct: row.get(18)?,
                features: row.get(19)?,
                roles: roles(row, 21)?,
                template: row
                    .get::<Option<PermissionSet>>(22)?
                    .map(|permissions| (String::new(), permissions)),
                teams: Vec::new(),
                projects: Vec::new(),
            })
        };
        let thing = match row.get::<Option<String>>(25)? {
            Some(category) => {
                let rules = row.get::<Option<Rules>>(27)?.map_or_else(Vec::new, |rules| rules.0);
                Some((category, row.get::<bool>(26)?.then_some(rules)))
            }
            None => None,
        };
        Ok(Self {
            model: row.get::<ModelColumn>(16)?.0,
            caller: row.get::<Option<MemberId>>(17)?.map(caller).transpose()?,
            caller_ends_at: row.get(20)?,
            roles: roles(row, 23)?,
            template: row.get(24)?,
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
    /// Of three texts the one for this place, with its values: this, and `more`.
    fn statement<'a>(
        &'a self,
        [in_id, in_slug, in_sessions]: [&'static str; 3],
        more: &[Value<'a>],
    ) -> (&'static str, Vec<Value<'a>>) {
        let (text, organization) = match &self.place {
            Place::Id(id) => (in_id, id.to_value()),
            Place::Slug(slug) => (in_slug, slug.to_value()),
            Place::Sessions => (in_sessions, Value::Null(OrganizationId::TYPE)),
        };
        let mut values = Vec::with_capacity(4 + more.len());
        values.extend([
            self.token_hash.to_value(),
            organization,
            self.now.to_value(),
            self.idle_since.to_value(),
        ]);
        values.extend_from_slice(more);
        (text, values)
    }
}

/// Reads a live session.
pub async fn asker(q: &mut impl Query, asks: &Asks<'_>) -> Result<Option<Asker>, Error> {
    let (text, values) = asks.statement([IN_ID, IN_SLUG, IN_SESSIONS], &[]);
    q.optional(text, &values).await
}

/// Reads a live session with whom it asks about.
pub async fn find(q: &mut impl Query, asks: &Asks<'_>) -> Result<Option<Found>, Error> {
    let (member, account) = (asks.subject.member(), asks.subject.account());
    let (text, values) = asks.statement([ONE_IN_ID, ONE_IN_SLUG, ONE_IN_SESSIONS], params![member, account]);
    q.optional(text, &values).await
}

/// The same with all that answering it needs.
pub async fn find_whole(q: &mut impl Query, asks: &Asks<'_>) -> Result<Option<Whole>, Error> {
    let (member, account) = (asks.subject.member(), asks.subject.account());
    let (kind, external_id) = (asks.thing.map(|thing| thing.0), asks.thing.map(|thing| thing.1));
    let more = params![member, account, kind, external_id];
    let (text, values) = asks.statement([WHOLE_IN_ID, WHOLE_IN_SLUG, WHOLE_IN_SESSIONS], more);
    q.optional(text, &values).await
}

/// Reads a live session with those of several members who are there. Between one and [`MOST`](crate::base::together::MOST) are asked about.
pub async fn find_many(
    q: &mut impl Query,
    asks: &Asks<'_>,
    members: &[MemberId],
) -> Result<Option<(Asker, Vec<Bare>)>, Error> {
    let (text, values) =
        asks.statement([MANY_IN_ID, MANY_IN_SLUG, MANY_IN_SESSIONS], &up_to_32(members.iter()));
    let rows: Vec<Found> = q.all(text, &values).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some((first.0.clone(), rows.into_iter().filter_map(|row| row.1).collect())))
}
