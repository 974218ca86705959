//! The list of members: filters, five orders both ways, keyset pages.

use onesql::{Error, Query, params};
use serde::{Deserialize, Serialize};

use super::{Member, Status};
use crate::app::App;
use crate::base::page::{CursorScope, Page};
use crate::base::text::fold;
use crate::base::{MemberId, OrganizationId, Problem, ProjectId, RoleId, TeamId, Timestamp};
use crate::http::ListQuery;
use crate::select_member;

macro_rules! filtered {
    () => {
        " AND ($2 IS NULL OR m.status = $2)
    AND ($3 IS NULL OR EXISTS (SELECT 1 FROM member_roles mr WHERE mr.member_id = m.id AND mr.role_id = $3))
    AND ($4 IS NULL OR EXISTS (SELECT 1 FROM team_members tm WHERE tm.member_id = m.id AND tm.team_id = $4))
    AND ($5 IS NULL OR EXISTS (SELECT 1 FROM project_members pm WHERE pm.member_id = m.id AND pm.project_id = $5))
    AND ($6 IS NULL OR m.last_login_at < $6)
    AND ($7 IS NULL OR m.search LIKE $7 ESCAPE '\\')"
    };
}

macro_rules! listed {
    ($key:literal, $after:literal, $direction:literal) => {
        select_member!(
            "WHERE m.organization_id = $1 AND (m.",
            $key,
            ", m.id) ",
            $after,
            " ($8, $9)",
            filtered!(),
            " ORDER BY m.",
            $key,
            " ",
            $direction,
            ", m.id ",
            $direction,
            " LIMIT $10"
        )
    };
}

const BY_NAME: &str = listed!("name_key", ">", "ASC");
const BY_NAME_DESC: &str = listed!("name_key", "<", "DESC");
const BY_EMAIL: &str = listed!("email_key", ">", "ASC");
const BY_EMAIL_DESC: &str = listed!("email_key", "<", "DESC");
const BY_LOGIN: &str = listed!("last_login_at", ">", "ASC");
const BY_LOGIN_DESC: &str = listed!("last_login_at", "<", "DESC");
const BY_CREATION: &str = listed!("created_at", ">", "ASC");
const BY_CREATION_DESC: &str = listed!("created_at", "<", "DESC");
const BY_ROLE: &str = select_member!(
    "WHERE m.organization_id = $1 AND (m.role_order, m.name_key, m.id) > ($11, $8, $9)",
    filtered!(),
    " ORDER BY m.role_order, m.name_key, m.id LIMIT $10"
);
const BY_ROLE_DESC: &str = select_member!(
    "WHERE m.organization_id = $1 AND (m.role_order, m.name_key, m.id) < ($11, $8, $9)",
    filtered!(),
    " ORDER BY m.role_order DESC, m.name_key DESC, m.id DESC LIMIT $10"
);
const COUNT: &str = concat!("SELECT COUNT(*) FROM members m WHERE m.organization_id = $1", filtered!());

const COUNT_SOME: &str = concat!(
    "SELECT COUNT(*) FROM (SELECT 1 FROM members m WHERE m.organization_id = $1",
    filtered!(),
    " LIMIT $8) found"
);
// Named by the index that it walks, so that the first of very many are found without reading them all.
const IDS: &str = concat!(
    "SELECT m.id FROM members m WHERE m.organization_id = $1",
    filtered!(),
    " ORDER BY m.name_key, m.id LIMIT $8"
);

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    BY_NAME,
    BY_NAME_DESC,
    BY_EMAIL,
    BY_EMAIL_DESC,
    BY_LOGIN,
    BY_LOGIN_DESC,
    BY_CREATION,
    BY_CREATION_DESC,
    BY_ROLE,
    BY_ROLE_DESC,
    COUNT,
    COUNT_SOME,
    IDS,
];

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Name, or address while there is no name.
    #[default]
    Name,
    /// Address.
    Email,
    /// Highest role first.
    Role,
    /// Last login, never first.
    LastLogin,
    /// When invited or created.
    CreatedAt,
}

/// An order: a key, and whether it is turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// From the other end.
    pub descending: bool,
}

impl Sort {
    /// Reads `name`, `-lastLogin` …
    pub fn parse(text: &str) -> Option<Self> {
        let (descending, key) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let key = match key {
            "name" => SortKey::Name,
            "email" => SortKey::Email,
            "role" => SortKey::Role,
            "lastLogin" => SortKey::LastLogin,
            "createdAt" => SortKey::CreatedAt,
            _ => return None,
        };
        Some(Self { key, descending })
    }

    /// As it stands in an address.
    pub fn as_str(self) -> &'static str {
        match (self.key, self.descending) {
            (SortKey::Name, false) => "name",
            (SortKey::Name, true) => "-name",
            (SortKey::Email, false) => "email",
            (SortKey::Email, true) => "-email",
            (SortKey::Role, false) => "role",
            (SortKey::Role, true) => "-role",
            (SortKey::LastLogin, false) => "lastLogin",
            (SortKey::LastLogin, true) => "-lastLogin",
            (SortKey::CreatedAt, false) => "createdAt",
            (SortKey::CreatedAt, true) => "-createdAt",
        }
    }
}

/// What the list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of name or address.
    pub q: Option<String>,
    /// In this status.
    pub status: Option<Status>,
    /// With this role.
    pub role: Option<RoleId>,
    /// In this team.
    pub team: Option<TeamId>,
    /// In this project.
    pub project: Option<ProjectId>,
    /// Who did not sign in for so many days, or never: the days, and the instant so long ago.
    pub not_signed_in: Option<(i64, Timestamp)>,
}

impl Filter {
    fn since(&self) -> Option<Timestamp> {
        self.not_signed_in.map(|(_, since)| since)
    }

    /// What the cursors of its list are bound to: the days, not the instant, which is another at each request.
    fn name(&self) -> String {
        let not_signed_in = self.not_signed_in.map(|(days, _)| (days, Timestamp::default()));
        format!("{:?}", Self { not_signed_in, ..self.clone() })
    }
}

/// A row's place in an order.
#[derive(Serialize, Deserialize)]
struct Place {
    text: String,
    number: i64,
    id: MemberId,
}

const LAST_TEXT: &str = "\u{10ffff}";

impl Place {
    /// Before the first row.
    fn start(sort: Sort) -> Self {
        let nil = MemberId(uuid::Uuid::nil());
        let last = MemberId(uuid::Uuid::max());
        match sort.descending {
            false => Self { text: String::new(), number: i64::MIN, id: nil },
            true => Self { text: LAST_TEXT.to_owned(), number: i64::MAX, id: last },
        }
    }

    fn of(member: &Member, sort: Sort) -> Self {
        let (text, number) = match sort.key {
            SortKey::Name => (member.name_key.clone(), 0),
            SortKey::Email => (member.email_key.clone(), 0),
            SortKey::Role => (member.name_key.clone(), member.role_order),
            SortKey::LastLogin => (String::new(), member.last_login.unwrap_or_default().0),
            SortKey::CreatedAt => (String::new(), member.created_at.0),
        };
        Self { text, number, id: member.id }
    }
}

/// A page of an organization's members.
pub async fn page(
    app: &App,
    organization: OrganizationId,
    filter: &Filter,
    sort: Sort,
    list: &ListQuery,
) -> Result<Page<Member>, Problem> {
    let (organization_text, filter_text) = (organization.to_string(), filter.name());
    let scope =
        CursorScope { key: &app.key, parts: &["members", &organization_text, sort.as_str(), &filter_text] };
    let place = match &list.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => Place::start(sort),
    };
    let mut reader = app.db.reader();
    let rows = rows(&mut reader, organization, filter, sort, (&place, list.limit + 1)).await?;
    let mut page = Page::cut(rows, list.limit, |last| scope.write(&Place::of(last, sort)));
    if list.count {
        page.total = Some(count(&mut reader, organization, filter).await?);
    }
    Ok(page)
}

/// How many members match.
pub async fn count(q: &mut impl Query, organization: OrganizationId, filter: &Filter) -> Result<i64, Error> {
    let f = filter;
    let (status, since, like) = (f.status.map(Status::as_str), f.since(), pattern(f));
    let row: (i64,) =
        q.one(COUNT, params![organization, status, f.role, f.team, f.project, since, like]).await?;
    Ok(row.0)
}

/// How many members match, up to so many.
pub async fn count_up_to(
    q: &mut impl Query,
    organization: OrganizationId,
    f: &Filter,
    most: i64,
) -> Result<i64, Error> {
    let (status, since, like) = (f.status.map(Status::as_str), f.since(), pattern(f));
    let values = params![organization, status, f.role, f.team, f.project, since, like, most];
    let row: (i64,) = q.one(COUNT_SOME, values).await?;
    Ok(row.0)
}

/// The first members that match, by name.
pub async fn ids(
    q: &mut impl Query,
    organization: OrganizationId,
    f: &Filter,
    limit: i64,
) -> Result<Vec<MemberId>, Error> {
    let (status, since, like) = (f.status.map(Status::as_str), f.since(), pattern(f));
    let values = params![organization, status, f.role, f.team, f.project, since, like, limit];
    let rows: Vec<(MemberId,)> = q.all(IDS, values).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

fn pattern(filter: &Filter) -> Option<String> {
    let q = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty())?;
    Some(onesql::like_contains(&fold(q)))
}

async fn rows(
    q: &mut impl Query,
    organization: OrganizationId,
    f: &Filter,
    sort: Sort,
    (after, limit): (&Place, i64),
) -> Result<Vec<Member>, Error> {
    let (status, since, like) = (f.status.map(Status::as_str), f.since(), pattern(f));
    macro_rules! run {
        ($sql:expr, $key:expr) => {
            q.all(
                $sql,
                params![organization, status, f.role, f.team, f.project, since, like, $key, after.id, limit],
            )
            .await
        };
    }
    match (sort.key, sort.descending) {
        (SortKey::Name, false) => run!(BY_NAME, after.text),
        (SortKey::Name, true) => run!(BY_NAME_DESC, after.text),
        (SortKey::Email, false) => run!(BY_EMAIL, after.text),
        (SortKey::Email, true) => run!(BY_EMAIL_DESC, after.text),
        (SortKey::LastLogin, false) => run!(BY_LOGIN, after.number),
        (SortKey::LastLogin, true) => run!(BY_LOGIN_DESC, after.number),
        (SortKey::CreatedAt, false) => run!(BY_CREATION, after.number),
        (SortKey::CreatedAt, true) => run!(BY_CREATION_DESC, after.number),
        (SortKey::Role, descending) => {
            let sql = if descending { BY_ROLE_DESC } else { BY_ROLE };
            let values = params![
                organization,
                status,
                f.role,
                f.team,
                f.project,
                since,
                like,
                after.text,
                after.id,
                limit,
                after.number
            ];
            q.all(sql, values).await
        }
    }
}
