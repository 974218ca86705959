//! Every SQL statement about members but the list's.

use onesql::{Error, FromRow, FromValue, Query, Row, Tx, ValueRef, params};

use super::end::reminder;
pub use super::ids::{Ids, write_ids};
use super::places::{self, Places};
use super::{Fresh, Member, OpenInvitation, Status, role_order};
use crate::access_model::PermissionSet;
use crate::account::{name_key, search_text};
use crate::base::{
    AccountId, InvitationId, MemberId, OrganizationId, ProjectId, RoleTemplateId, TeamId, Timestamp,
};
use crate::resource::Subject;
use crate::{resource, seat, takes_part};

/// The columns of a member `m`, in the order of [`Member::from_columns`]; they need [`member_joins!`].
#[macro_export]
macro_rules! member_columns {
    () => {
        "m.id, m.organization_id, m.account_id, m.status, m.email, m.email_key, m.first_name, m.last_name, m.name_key,
    m.role_order, m.roles, m.teams, m.projects, m.role_template_id, t.name, m.permissions, m.feature_access, m.last_login_at,
    m.created_at, m.updated_at, m.version, m.phone, m.time_zone, m.locale, i.id, i.expires_at,
    m.ends_at, m.end_reminder_at"
    };
}

/// The tables beside a member `m`.
#[macro_export]
macro_rules! member_joins {
    () => {
        "
  LEFT JOIN role_templates t ON t.id = m.role_template_id
  LEFT JOIN invitations i ON i.member_id = CASE WHEN m.status = 'invited' THEN m.id END AND i.status = 'pending' "
    };
}

/// A statement that reads members.
#[macro_export]
macro_rules! select_member {
    ($($rest:expr),*) => {
        concat!(
            "SELECT ",
            $crate::member_columns!(),
            " FROM members m",
            $crate::member_joins!(),
            $($rest),*
        )
    };
}

const FIND: &str = select_member!("WHERE m.organization_id = $1 AND m.id = $2");
const FIND_BY_EMAIL: &str = select_member!("WHERE m.organization_id = $1 AND m.email_key = $2");
const FIND_BY_ACCOUNT: &str = select_member!("WHERE m.organization_id = $1 AND m.account_id = $2");
const INSERT: &str = "INSERT INTO members (id, organization_id, account_id, status, email, email_key, first_name, last_name,
    name_key, search, role_order, roles, teams, projects, role_template_id, permissions, feature_access,
    phone, time_zone, locale, last_login_at, created_at, updated_at, version, ends_at, end_reminder_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '{}', $16, $18, $19, $20, 0, $17, $17, 1, $21, $22)";
const UPDATE: &str = "UPDATE members SET account_id = $3, status = $4, first_name = $5, last_name = $6, name_key = $7, search = $8,
    role_order = $9, roles = $10, teams = $11, projects = $12, role_template_id = $13, permissions = $14, feature_access = $15,
    phone = $16, time_zone = $17, locale = $18, updated_at = $19, ends_at = $22, end_reminder_at = $23, version = version + 1
  WHERE organization_id = $1 AND id = $2 AND status = $20 AND version = $21";
const DELETE: &str = "DELETE FROM members WHERE organization_id = $1 AND id = $2 AND status = $3";
const ADD_ROLE: &str = "INSERT INTO member_roles (member_id, role_id) VALUES ($1, $2)";
const CLEAR_ROLES: &str = "DELETE FROM member_roles WHERE member_id = $1";
const COUNT_OTHER_TOP: &str = concat!(
    "SELECT COUNT(*) FROM roles r JOIN member_roles mr ON mr.role_id = r.id
  JOIN members m ON m.id = mr.member_id
  WHERE r.organization_id = $1 AND r.is_top AND m.id <> $2 AND ",
    takes_part!("m", "$3")
);
const FIND_TEAM: &str = "SELECT name FROM teams WHERE organization_id = $1 AND id = $2";
const FIND_PROJECT: &str = "SELECT name FROM projects WHERE organization_id = $1 AND id = $2";
const FIND_TEMPLATE: &str =
    "SELECT name, permissions FROM role_templates WHERE organization_id = $1 AND id = $2";
const TEAMS: &str = "SELECT id, name FROM teams WHERE organization_id = $1 ORDER BY name_key";
const PROJECTS: &str = "SELECT id, name FROM projects WHERE organization_id = $1 ORDER BY name_key";
const TEMPLATES: &str = "SELECT id, name FROM role_templates WHERE organization_id = $1 ORDER BY name_key";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    FIND,
    FIND_BY_EMAIL,
    FIND_BY_ACCOUNT,
    INSERT,
    UPDATE,
    DELETE,
    ADD_ROLE,
    CLEAR_ROLES,
    COUNT_OTHER_TOP,
    FIND_TEAM,
    FIND_PROJECT,
    FIND_TEMPLATE,
    TEAMS,
    PROJECTS,
    TEMPLATES,
];

impl FromValue for Status {
    fn from_value(value: ValueRef<'_>) -> Result<Self, Error> {
        let text = value.text()?;
        Self::parse(text).ok_or_else(|| Error::Other(format!("member status {text}")))
    }
}

impl Member {
    /// Reads [`member_columns!`] that begin at column `at`.
    pub fn from_columns(row: &Row<'_>, at: usize) -> Result<Self, Error> {
        let last_login: Timestamp = row.get(at + 17)?;
        let template = match row.get::<Option<RoleTemplateId>>(at + 13)? {
            Some(id) => Some((id, row.get(at + 14)?)),
            None => None,
        };
        let invitation = match row.get::<Option<InvitationId>>(at + 24)? {
            Some(id) => Some(OpenInvitation { id, expires_at: row.get(at + 25)? }),
            None => None,
        };
        Ok(Self {
            id: row.get(at)?,
            organization: row.get(at + 1)?,
            account: row.get(at + 2)?,
            status: row.get(at + 3)?,
            email: row.get(at + 4)?,
            email_key: row.get(at + 5)?,
            first_name: row.get(at + 6)?,
            last_name: row.get(at + 7)?,
            name_key: row.get(at + 8)?,
            role_order: row.get(at + 9)?,
            roles: row.get::<Ids<_>>(at + 10)?.0,
            teams: row.get::<Ids<_>>(at + 11)?.0,
            projects: row.get::<Ids<_>>(at + 12)?.0,
            template,
            permissions: row.get(at + 15)?,
            features: row.get(at + 16)?,
            last_login: (last_login.0 > 0).then_some(last_login),
            created_at: row.get(at + 18)?,
            updated_at: row.get(at + 19)?,
            version: row.get(at + 20)?,
            phone: row.get(at + 21)?,
            time_zone: row.get(at + 22)?,
            locale: row.get(at + 23)?,
            invitation,
            ends_at: row.get(at + 26)?,
            end_reminder_at: row.get(at + 27)?,
        })
    }
}

impl FromRow for Member {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Self::from_columns(row, 0)
    }
}

/// A member of an organization.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<Member>, Error> {
    q.optional(FIND, params![organization, id]).await
}

/// The member with an address.
pub async fn find_by_email(
    q: &mut impl Query,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<Member>, Error> {
    q.optional(FIND_BY_EMAIL, params![organization, key]).await
}

/// The member that an account is.
pub async fn find_by_account(
    q: &mut impl Query,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<Member>, Error> {
    q.optional(FIND_BY_ACCOUNT, params![organization, account]).await
}

/// Keeps a new member, active with an account, else invited, and counts them.
pub async fn insert(tx: &mut Tx, fresh: Fresh, now: Timestamp) -> Result<Member, Error> {
    let f = &fresh;
    let status = if f.account.is_some() { Status::Active } else { Status::Invited };
    let key = name_key(&f.first_name, &f.last_name, &f.email);
    let search = search_text(&f.first_name, &f.last_name, &f.email);
    let role_ids: Vec<_> = f.roles.iter().map(|role| role.id).collect();
    let (roles, teams, projects) = (write_ids(&role_ids), write_ids(&f.teams), write_ids(&f.projects));
    let template = f.template.as_ref().map(|(id, _)| *id);
    let (order, features, status_text) = (role_order(&f.roles), f.features.to_json(), status.as_str());
    let reminder = reminder(f.ends_at);
    let values = params![
        f.id,
        f.organization,
        f.account,
        status_text,
        f.email,
        f.email_key,
        f.first_name,
        f.last_name,
        key,
        search,
        order,
        roles,
        teams,
        projects,
        template,
        features,
        now,
        f.contact.phone,
        f.contact.time_zone,
        f.contact.locale,
        f.ends_at,
        reminder
    ];
    tx.send(INSERT, values).await?;
    for role in &role_ids {
        tx.send(ADD_ROLE, params![f.id, *role]).await?;
    }
    let places = Places { name_key: &key, teams: &f.teams, projects: &f.projects };
    places::follow(tx, f.id, Places::NONE, places, now).await?;
    count(tx, f.organization, status, 1);
    Ok(Member {
        id: fresh.id,
        organization: fresh.organization,
        account: fresh.account,
        status,
        email: fresh.email,
        email_key: fresh.email_key,
        first_name: fresh.first_name,
        last_name: fresh.last_name,
        name_key: key,
        role_order: order,
        roles: role_ids,
        teams: fresh.teams,
        projects: fresh.projects,
        template: fresh.template,
        permissions: PermissionSet::new(),
        features: fresh.features,
        last_login: None,
        created_at: now,
        updated_at: now,
        version: 1,
        phone: fresh.contact.phone,
        time_zone: fresh.contact.time_zone,
        locale: fresh.contact.locale,
        invitation: None,
        ends_at: fresh.ends_at,
        end_reminder_at: reminder,
    })
}

/// The one place that counts members by status.
fn count(tx: &mut Tx, organization: OrganizationId, status: Status, by: i64) {
    let by = match status {
        Status::Active => [by, 0, 0],
        Status::Suspended => [0, by, 0],
        Status::Invited => [0, 0, by],
    };
    seat::count_members(tx, organization, by);
}

/// Writes a member as they were changed since they were read as `before`; `false` where they are no longer as they were.
/// Counts and join tables follow.
pub async fn update(tx: &mut Tx, before: &Member, after: &Member, now: Timestamp) -> Result<bool, Error> {
    let m = after;
    let key = name_key(&m.first_name, &m.last_name, &m.email);
    let search = search_text(&m.first_name, &m.last_name, &m.email);
    let (roles, teams, projects) = (write_ids(&m.roles), write_ids(&m.teams), write_ids(&m.projects));
    let template = m.template.as_ref().map(|(id, _)| *id);
    let (permissions, features) = (m.permissions.to_json(), m.features.to_json());
    let (status, status_before) = (m.status.as_str(), before.status.as_str());
    let values = params![
        m.organization,
        m.id,
        m.account,
        status,
        m.first_name,
        m.last_name,
        key,
        search,
        m.role_order,
        roles,
        teams,
        projects,
        template,
        permissions,
        features,
        m.phone,
        m.time_zone,
        m.locale,
        now,
        status_before,
        before.version,
        m.ends_at,
        m.end_reminder_at
    ];
    if tx.execute(UPDATE, values).await? == 0 {
        return Ok(false);
    }
    if before.status != after.status {
        count(tx, m.organization, before.status, -1);
        count(tx, m.organization, after.status, 1);
    }
    if before.roles != after.roles {
        tx.send(CLEAR_ROLES, params![m.id]).await?;
        for role in &after.roles {
            tx.send(ADD_ROLE, params![m.id, *role]).await?;
        }
    }
    let was = Places { name_key: &before.name_key, teams: &before.teams, projects: &before.projects };
    let is = Places { name_key: &key, teams: &m.teams, projects: &m.projects };
    places::follow(tx, m.id, was, is, now).await?;
    Ok(true)
}

/// Deletes a member with their roles, teams and projects, and what was opened to them by name; `false` where their status
/// is no longer the one that was read.
pub async fn delete(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<bool, Error> {
    let status = member.status.as_str();
    if tx.execute(DELETE, params![member.organization, member.id, status]).await? == 0 {
        return Ok(false);
    }
    resource::store::forget(tx, member.organization, Subject::Member(member.id), now).await?;
    count(tx, member.organization, member.status, -1);
    Ok(true)
}

/// How many other members with a top role take part at an instant, now or to come.
pub async fn count_other_top(
    q: &mut impl Query,
    organization: OrganizationId,
    but: MemberId,
    at: Timestamp,
) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT_OTHER_TOP, params![organization, but, at]).await?;
    Ok(row.0)
}

/// The name of a team of this organization.
pub async fn find_team(
    q: &mut impl Query,
    organization: OrganizationId,
    id: TeamId,
) -> Result<Option<String>, Error> {
    Ok(q.optional::<(String,)>(FIND_TEAM, params![organization, id]).await?.map(|(name,)| name))
}

/// The name of a project of this organization.
pub async fn find_project(
    q: &mut impl Query,
    organization: OrganizationId,
    id: ProjectId,
) -> Result<Option<String>, Error> {
    Ok(q.optional::<(String,)>(FIND_PROJECT, params![organization, id]).await?.map(|(name,)| name))
}

/// Name and permissions of a role template of this organization.
pub async fn find_template(
    q: &mut impl Query,
    organization: OrganizationId,
    id: RoleTemplateId,
) -> Result<Option<(String, PermissionSet)>, Error> {
    q.optional(FIND_TEMPLATE, params![organization, id]).await
}

/// Ids and names of an organization's teams.
pub async fn teams(q: &mut impl Query, organization: OrganizationId) -> Result<Vec<(TeamId, String)>, Error> {
    q.all(TEAMS, params![organization]).await
}

/// Ids and names of an organization's projects.
pub async fn projects(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<Vec<(ProjectId, String)>, Error> {
    q.all(PROJECTS, params![organization]).await
}

/// Ids and names of an organization's role templates.
pub async fn templates(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<Vec<(RoleTemplateId, String)>, Error> {
    q.all(TEMPLATES, params![organization]).await
}
