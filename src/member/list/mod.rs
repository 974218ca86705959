//! The list of members: filters, five orders both ways, keyset pages.

mod find;
mod sql;

pub use find::Weights;
pub use sql::STATEMENTS;

use onesql::{Error, Query};
use serde::{Deserialize, Serialize};

use find::{Narrowed, Readers};

use super::{Member, Status};
use crate::app::App;
use crate::base::page::{CursorScope, Page};
use crate::base::{MemberId, OrganizationId, Problem, ProjectId, RoleId, TeamId, Timestamp};
use crate::http::ListQuery;

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
    /// Whether more than text and status narrows it.
    pub fn is_about_places_or_logins(&self) -> bool {
        self.role.is_some() || self.team.is_some() || self.project.is_some() || self.not_signed_in.is_some()
    }

    /// What the cursors of its list are bound to: the days, not the instant, which is another at each request.
    fn name(&self) -> String {
        let not_signed_in = self.not_signed_in.map(|(days, _)| (days, Timestamp::default()));
        format!("{:?}", Self { not_signed_in, ..self.clone() })
    }
}

/// A row's place in an order.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    text: String,
    number: i64,
    id: MemberId,
}

const LAST_TEXT: &str = "\u{10ffff}";

impl Place {
    /// Before the first row.
    fn start(sort: Sort) -> Self {
        if sort.descending { Self::greatest() } else { Self::least() }
    }

    /// Behind the last row.
    fn end(sort: Sort) -> Self {
        if sort.descending { Self::least() } else { Self::greatest() }
    }

    fn least() -> Self {
        Self { text: String::new(), number: i64::MIN, id: MemberId(uuid::Uuid::nil()) }
    }

    fn greatest() -> Self {
        Self { text: LAST_TEXT.to_owned(), number: i64::MAX, id: MemberId(uuid::Uuid::max()) }
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
    weighed(app, organization, filter, (sort, list), Weights::default()).await
}

/// A page with other weights: for tests, whose organizations are small.
pub async fn weighed(
    app: &App,
    organization: OrganizationId,
    filter: &Filter,
    (sort, list): (Sort, &ListQuery),
    weights: Weights,
) -> Result<Page<Member>, Problem> {
    let (organization_text, filter_text) = (organization.to_string(), filter.name());
    let scope =
        CursorScope { key: &app.key, parts: &["members", &organization_text, sort.as_str(), &filter_text] };
    let place = match &list.cursor {
        Some(cursor) => scope.read(cursor)?,
        None => Place::start(sort),
    };
    let narrowed = Narrowed::of(organization, filter).weighing(weights);
    let mut readers = Readers::of(&app.db, narrowed.is_whole());
    let rows = narrowed.page(&mut readers, sort, place, list.limit + 1).await?;
    let mut page = Page::cut(rows, list.limit, |last| scope.write(&Place::of(last, sort)));
    if list.count {
        page.total = Some(narrowed.count(&mut app.db.long_reader(), i64::MAX).await?);
    }
    Ok(page)
}

/// How many members match, up to so many.
pub async fn count_up_to(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    most: i64,
) -> Result<i64, Error> {
    Narrowed::of(organization, filter).count(q, most).await
}

/// The first members that match, by name.
pub async fn ids(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<MemberId>, Error> {
    Narrowed::of(organization, filter).ids(q, limit).await
}
