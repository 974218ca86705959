//! Every SQL statement about invitations.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::{Invitation, Status, Stored};
use crate::account::search_text;
use crate::base::{InvitationId, MemberId, OrganizationId, Timestamp};
use crate::member::store::{Ids, write_ids};
use crate::outbox::Delivery;
use crate::takes_part;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.organization_id, i.member_id, i.email, i.email_key, COALESCE(m.first_name, i.first_name),
    COALESCE(m.last_name, i.last_name), i.message, COALESCE(m.roles, i.roles), i.role_template_id, COALESCE(m.teams, i.teams),
    COALESCE(m.projects, i.projects), i.status, i.generation, i.letter_id, i.sent_count, i.invited_by_id, i.invited_by_name,
    i.expires_at, i.answered_at, i.decline_reason, i.created_at, i.updated_at, i.version, ",
            crate::delivery_columns!(),
            "
  FROM invitations i LEFT JOIN members m ON m.id = i.member_id AND m.status = 'invited' LEFT JOIN outbox b ON b.id = i.letter_id ",
            $rest
        )
    };
}

const FIND: &str = select!("WHERE i.organization_id = $1 AND i.id = $2");
// The one lookup without an organization: a mailed token names the invitation, and its proof was checked before.
const FIND_BY_TOKEN: &str = select!("WHERE i.id = $1");
const FIND_OPEN: &str =
    select!("WHERE i.organization_id = $1 AND i.email_key = $2 AND i.status <> 'accepted'");
const FIND_OF_MEMBER: &str = select!(
    "WHERE i.organization_id = $1 AND i.member_id = $2 ORDER BY i.created_at DESC, i.id DESC LIMIT 1"
);
const INSERT: &str = "INSERT INTO invitations (id, organization_id, member_id, email, email_key, first_name, last_name, search,
    message, roles, role_template_id, teams, projects, status, generation, letter_id, sent_count, invited_by_id,
    invited_by_name, expires_at, created_at, updated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'pending', $14, $15, $16, $17, $18, $19, $20, $20, 1)";
const UPDATE: &str = "UPDATE invitations SET member_id = $3, first_name = $4, last_name = $5, search = $6, message = $7, roles = $8,
    role_template_id = $9, teams = $10, projects = $11, status = $12, generation = $13, letter_id = $14, sent_count = $15,
    invited_by_id = $16, invited_by_name = $17, expires_at = $18, answered_at = $19, decline_reason = $20, updated_at = $21,
    version = version + 1
  WHERE organization_id = $1 AND id = $2 AND status = $22 AND generation = $23";
const LIST: &str = select!(
    "WHERE i.organization_id = $1 AND (i.created_at, i.id) < ($2, $3)
    AND ($4 IS NULL OR i.status = $4) AND ($5 IS NULL OR i.expires_at > $5) AND ($6 IS NULL OR i.expires_at <= $6)
    AND ($7 IS NULL OR i.search LIKE $7 ESCAPE '\\')
  ORDER BY i.created_at DESC, i.id DESC LIMIT $8"
);
const COUNT: &str = "SELECT COUNT(*) FROM invitations i WHERE i.organization_id = $1
    AND ($2 IS NULL OR i.status = $2) AND ($3 IS NULL OR i.expires_at > $3) AND ($4 IS NULL OR i.expires_at <= $4)
    AND ($5 IS NULL OR i.search LIKE $5 ESCAPE '\\')";
const INVITER_IS_ACTIVE: &str = concat!(
    "SELECT COUNT(*) FROM members m WHERE m.organization_id = $1 AND m.id = $2 AND ",
    takes_part!("m", "$3")
);

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[FIND, FIND_BY_TOKEN, FIND_OPEN, FIND_OF_MEMBER, INSERT, UPDATE, LIST, COUNT, INVITER_IS_ACTIVE];

impl FromRow for Invitation {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let status: String = row.get(12)?;
        Ok(Self {
            id: row.get(0)?,
            organization: row.get(1)?,
            member: row.get(2)?,
            email: row.get(3)?,
            email_key: row.get(4)?,
            first_name: row.get(5)?,
            last_name: row.get(6)?,
            message: row.get(7)?,
            roles: row.get::<Ids<_>>(8)?.0,
            template: row.get(9)?,
            teams: row.get::<Ids<_>>(10)?.0,
            projects: row.get::<Ids<_>>(11)?.0,
            stored: Stored::parse(&status)
                .ok_or_else(|| Error::Other(format!("invitation status {status}")))?,
            generation: row.get(13)?,
            letter: row.get(14)?,
            sent_count: row.get(15)?,
            invited_by_id: row.get(16)?,
            invited_by_name: row.get(17)?,
            expires_at: row.get(18)?,
            answered_at: row.get(19)?,
            decline_reason: row.get(20)?,
            created_at: row.get(21)?,
            updated_at: row.get(22)?,
            version: row.get(23)?,
            delivery: Delivery::from_columns(row, 24)?,
        })
    }
}

/// An invitation of an organization.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Invitation>, Error> {
    q.optional(FIND, params![organization, id]).await
}

/// The invitation that a checked token names.
pub async fn find_by_token(q: &mut impl Query, id: InvitationId) -> Result<Option<Invitation>, Error> {
    q.optional(FIND_BY_TOKEN, params![id]).await
}

/// The one invitation of an address that was not accepted, whatever else became of it.
pub async fn find_unaccepted(
    q: &mut impl Query,
    organization: OrganizationId,
    email_key: &str,
) -> Result<Option<Invitation>, Error> {
    q.optional(FIND_OPEN, params![organization, email_key]).await
}

/// The invitation that somebody became a member by, or waits for an answer with.
pub async fn find_of_member(
    q: &mut impl Query,
    organization: OrganizationId,
    member: MemberId,
) -> Result<Option<Invitation>, Error> {
    q.optional(FIND_OF_MEMBER, params![organization, member]).await
}

/// Keeps a new invitation.
pub async fn insert(tx: &mut Tx, i: &Invitation) -> Result<(), Error> {
    let search = search_text(&i.first_name, &i.last_name, &i.email);
    let (roles, teams, projects) = (write_ids(&i.roles), write_ids(&i.teams), write_ids(&i.projects));
    let values = params![
        i.id,
        i.organization,
        i.member,
        i.email,
        i.email_key,
        i.first_name,
        i.last_name,
        search,
        i.message,
        roles,
        i.template,
        teams,
        projects,
        i.generation,
        i.letter,
        i.sent_count,
        i.invited_by_id,
        i.invited_by_name,
        i.expires_at,
        i.created_at
    ];
    tx.send(INSERT, values).await
}

/// Writes an invitation as it was changed; `false` where it was answered or renewed since `before` was read.
pub async fn update(
    tx: &mut Tx,
    before: &Invitation,
    after: &Invitation,
    now: Timestamp,
) -> Result<bool, Error> {
    let i = after;
    let search = search_text(&i.first_name, &i.last_name, &i.email);
    let (roles, teams, projects) = (write_ids(&i.roles), write_ids(&i.teams), write_ids(&i.projects));
    let (status, status_before) = (i.stored.as_str(), before.stored.as_str());
    let values = params![
        i.organization,
        i.id,
        i.member,
        i.first_name,
        i.last_name,
        search,
        i.message,
        roles,
        i.template,
        teams,
        projects,
        status,
        i.generation,
        i.letter,
        i.sent_count,
        i.invited_by_id,
        i.invited_by_name,
        i.expires_at,
        i.answered_at,
        i.decline_reason,
        now,
        status_before,
        before.generation
    ];
    Ok(tx.execute(UPDATE, values).await? == 1)
}

/// What a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this status at the instant.
    pub status: Option<Status>,
    /// Part of name or address.
    pub q: Option<String>,
}

impl Filter {
    /// What stands in the database, not before, and up to which instant of expiry.
    fn parts(&self, now: Timestamp) -> (Option<&'static str>, Option<Timestamp>, Option<Timestamp>) {
        match self.status {
            None => (None, None, None),
            Some(Status::Pending) => (Some("pending"), Some(now), None),
            Some(Status::Expired) => (Some("pending"), None, Some(now)),
            Some(status) => (Some(status.as_str()), None, None),
        }
    }

    fn pattern(&self) -> Option<String> {
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty())?;
        Some(onesql::like_contains(&crate::base::text::fold(q)))
    }
}

/// Invitations of an organization, newest first, those before `place`.
pub async fn list(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    now: Timestamp,
    ((at, id), limit): ((Timestamp, InvitationId), i64),
) -> Result<Vec<Invitation>, Error> {
    let ((status, after, until), like) = (filter.parts(now), filter.pattern());
    q.all(LIST, params![organization, at, id, status, after, until, like, limit]).await
}

/// How many match.
pub async fn count(
    q: &mut impl Query,
    organization: OrganizationId,
    filter: &Filter,
    now: Timestamp,
) -> Result<i64, Error> {
    let ((status, after, until), like) = (filter.parts(now), filter.pattern());
    let row: (i64,) = q.one(COUNT, params![organization, status, after, until, like]).await?;
    Ok(row.0)
}

/// Whether a member is active here: an inviter may have been removed since.
pub async fn is_active(
    q: &mut impl Query,
    organization: OrganizationId,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, Error> {
    let row: (i64,) = q.one(INVITER_IS_ACTIVE, params![organization, member, now]).await?;
    Ok(row.0 > 0)
}
