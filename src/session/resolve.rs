//! From a token to who asks: what every request begins with, in one statement.

use onesql::{Error, FromRow, Query, Row, params};

use super::{IDLE_LIFETIME, Named, TOUCH_INTERVAL, store};
use crate::account::display_name;
use crate::app::App;
use crate::base::client::Client;
use crate::base::secret::BearerToken;
use crate::base::{AccountId, MemberId, OrganizationId, SessionId, Timestamp};
use crate::op::standing::standing_from;
use crate::op::{Signed, Standing};
use crate::{organization_columns, standing_columns, takes_part};

/// The session, its account, and the account's place in the organization that the path names, or else in the one that
/// the session entered.
pub(super) const RESOLVE: &str = concat!(
    "SELECT s.id, s.account_id, s.organization_id, s.last_active_at, s.expires_at, a.email, a.first_name, a.last_name,
    so.last_active_at, so.ended_at, m.id, ",
    organization_columns!(),
    ", ",
    standing_columns!(),
    " FROM sessions s JOIN accounts a ON a.id = s.account_id
  LEFT JOIN organizations o ON o.id = CASE WHEN $2 IS NOT NULL THEN $2
    WHEN $3 IS NOT NULL THEN (SELECT id FROM organizations WHERE slug = $3) ELSE s.organization_id END
  LEFT JOIN members m ON m.organization_id = o.id AND m.account_id = s.account_id AND ",
    takes_part!("m", "$4"),
    "
  LEFT JOIN role_templates t ON t.id = m.role_template_id
  LEFT JOIN session_organizations so ON so.session_id = s.id AND so.organization_id = o.id
  WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $4 AND s.last_active_at > $5"
);

struct Found {
    session: SessionId,
    account: AccountId,
    session_organization: Option<OrganizationId>,
    last_active_at: Timestamp,
    expires_at: Timestamp,
    email: String,
    first_name: String,
    last_name: String,
    active_here_at: Option<Timestamp>,
    ended_here_at: Option<Timestamp>,
    standing: Option<Standing>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let member: Option<MemberId> = row.get(10)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            session_organization: row.get(2)?,
            last_active_at: row.get(3)?,
            expires_at: row.get(4)?,
            email: row.get(5)?,
            first_name: row.get(6)?,
            last_name: row.get(7)?,
            active_here_at: row.get(8)?,
            ended_here_at: row.get(9)?,
            standing: member.map(|_| standing_from(row, 11)).transpose()?,
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
    let now = app.now();
    let named = path_org.map(Named::parse);
    let (id, slug) = (named.as_ref().and_then(Named::id), named.as_ref().and_then(Named::slug));
    let (hash, idle_since) = (BearerToken::hash(token), now.plus(-IDLE_LIFETIME));
    let values = params![hash, id, slug, now, idle_since];
    let Some(mut found) = app.db.reader().optional::<Found>(RESOLVE, values).await? else { return Ok(None) };
    if found.ended_here_at.is_some() && found.standing.is_some() {
        if named.is_some() {
            return Ok(None);
        }
        // Ended for the organization that it would be in by default: still signed in, but in no organization.
        found.standing = None;
    }
    let here = found.standing.as_ref().map(|standing| (standing.organization.id, found.active_here_at));
    touch(app, client, (found.session, found.last_active_at), here).await;
    let signed = Signed {
        account: found.account,
        name: display_name(&found.first_name, &found.last_name, &found.email),
        email: found.email,
        session: found.session,
        by_cookie: false,
        session_organization: found.session_organization,
        expires_at: found.expires_at,
    };
    Ok(Some((signed, found.standing)))
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
