//! From a token to who asks: what every request begins with, in one statement.

use onesql::{Error, FromRow, Query, Row, ToValue, Value, params};

use super::{IDLE_LIFETIME, Named, TOUCH_INTERVAL, store};
use crate::account::display_name;
use crate::app::App;
use crate::base::client::Client;
use crate::base::secret::BearerToken;
use crate::base::{AccountId, MemberId, OrganizationId, SessionId, Timestamp};
use crate::op::standing::standing_from;
use crate::op::{Signed, Standing};

/// The columns of [`Found`].
#[macro_export]
macro_rules! resolved_columns {
    () => {
        concat!(
            "s.id, s.account_id, s.organization_id, s.last_active_at, s.expires_at, a.email, a.first_name, a.last_name, a.time_zone,
    so.last_active_at, so.ended_at, m.id, ",
            $crate::organization_columns!(),
            ", ",
            $crate::standing_columns!()
        )
    };
}

/// How many columns they are.
pub const RESOLVED_WIDTH: usize = 37;

/// The session, its account, and the account's place in an organization `o`, which `$organization` finds; `$more` joins what is
/// asked beside that. A statement for each way to find it, so that PostgreSQL need not plan anew for each request.
#[macro_export]
macro_rules! resolved_from {
    ($organization:literal, $more:expr) => {
        concat!(
            $crate::resolved_joins!($organization, "$2", $more),
            "
  WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_active_at > $3"
        )
    };
}

/// The tables of [`resolved_from!`], as things are at `$now`.
#[macro_export]
macro_rules! resolved_joins {
    ($organization:literal, $now:literal, $more:expr) => {
        concat!(
            " FROM sessions s JOIN accounts a ON a.id = s.account_id LEFT JOIN organizations o ON ",
            $organization,
            "
  LEFT JOIN members m ON m.organization_id = o.id AND m.account_id = s.account_id AND ",
            $crate::takes_part!("m", $now),
            $more,
            "
  LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id"
        )
    };
}

macro_rules! resolve {
    ($organization:literal) => {
        concat!(
            "SELECT ",
            resolved_columns!(),
            resolved_from!($organization, " LEFT JOIN role_templates t ON t.id = m.role_template_id")
        )
    };
}
pub(super) const IN_SESSIONS: &str = resolve!("o.id = s.organization_id");
pub(super) const IN_ID: &str = resolve!("o.id = $4");
pub(super) const IN_SLUG: &str = resolve!("o.slug = $4");

/// What stands in the database of whoever shows a token.
pub struct Found {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The organization that it entered.
    pub session_organization: Option<OrganizationId>,
    /// When it was last used.
    pub last_active_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    email: String,
    first_name: String,
    last_name: String,
    time_zone: String,
    /// When it was last used in the organization that was asked for.
    pub active_here_at: Option<Timestamp>,
    /// When it ended for that organization.
    pub ended_here_at: Option<Timestamp>,
    /// Their place in the organization; see [`Found::who`].
    pub standing: Option<Standing>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let member: Option<MemberId> = row.get(11)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            session_organization: row.get(2)?,
            last_active_at: row.get(3)?,
            expires_at: row.get(4)?,
            email: row.get(5)?,
            first_name: row.get(6)?,
            last_name: row.get(7)?,
            time_zone: row.get(8)?,
            active_here_at: row.get(9)?,
            ended_here_at: row.get(10)?,
            standing: member.map(|_| standing_from(row, 12)).transpose()?,
        })
    }
}

/// Who holds this session token, and their place in the organization that the path names (an id or a slug) or, without
/// one, in the organization that the session is in. `None`: no live session, or one that ended for the named
/// organization.
pub async fn resolve(
    app: &App,
    client: &Client,
    token: &str,
    path_org: Option<&str>,
) -> Result<Option<(Signed, Option<Standing>)>, Error> {
    let hash = BearerToken::hash(token);
    let named = path_org.map(Named::parse);
    let found = match named {
        None => find(app, IN_SESSIONS, &hash, None).await,
        Some(Named::Id(id)) => find(app, IN_ID, &hash, Some(id.to_value())).await,
        Some(Named::Slug(slug)) => find(app, IN_SLUG, &hash, Some(slug.to_value())).await,
    };
    match found? {
        Some(found) => Found::who(found, app, client, named.is_some()).await,
        None => Ok(None),
    }
}

/// Runs a statement with [`resolved_from!`] for the hash of a token, and for what names the organization where something does.
pub async fn find<T: FromRow + Send>(
    app: &App,
    sql: &'static str,
    hash: &[u8; 32],
    named: Option<Value<'_>>,
) -> Result<Option<T>, Error> {
    let now = app.now();
    let idle_since = now.plus(-IDLE_LIFETIME);
    let mut values = params![hash, now, idle_since].to_vec();
    values.extend(named);
    app.db.fixed_reader().optional(sql, &values).await
}

impl Found {
    /// Who that is, and their place in the organization; `None` where the session ended for an organization that was named.
    pub async fn who(
        mut self,
        app: &App,
        client: &Client,
        named: bool,
    ) -> Result<Option<(Signed, Option<Standing>)>, Error> {
        if self.ended_here_at.is_some() && self.standing.is_some() {
            if named {
                return Ok(None);
            }
            // Ended for the organization that it would be in by default: still signed in, but in no organization.
            self.standing = None;
        }
        let here = self.standing.as_ref().map(|standing| (standing.organization.id, self.active_here_at));
        touch(app, client, (self.session, self.last_active_at), here).await;
        let signed = Signed {
            account: self.account,
            name: display_name(&self.first_name, &self.last_name, &self.email),
            email: self.email,
            time_zone: self.time_zone,
            session: self.session,
            by_cookie: false,
            session_organization: self.session_organization,
            expires_at: self.expires_at,
        };
        Ok(Some((signed, self.standing)))
    }
}

/// Writes the last activity where a minute has passed, and the first use in an organization (D9), where the session is in
/// one: with when it was last used there. A request does not fail because this could not be written.
pub async fn touch(
    app: &App,
    client: &Client,
    (session, last_active_at): (SessionId, Timestamp),
    here: Option<(OrganizationId, Option<Timestamp>)>,
) {
    let now = app.now();
    let due = |at: Timestamp| now.0 - at.0 >= TOUCH_INTERVAL;
    let here = here.filter(|(_, active_at)| active_at.is_none_or(due));
    if !due(last_active_at) && here.is_none() {
        return;
    }
    let written = async {
        let mut tx = app.db.begin().await?;
        store::touch(&mut tx, session, now).await?;
        if let Some((organization, _)) = here {
            store::touch_in(&mut tx, session, organization, client, now).await?;
        }
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "a session's last activity was not written");
    }
}
