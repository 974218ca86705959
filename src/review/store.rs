//! Every SQL statement about reviews.

use onesql::{Error, FromRow, Query, Row, Tx, params};

use super::{Decided, Decision, Item, Review, State};
use crate::base::{MemberId, OrganizationId, ReviewId, Timestamp};
use crate::member::{Member, Status};
use crate::select_member;

macro_rules! review_columns {
    () => {
        "id, organization_id, name, scope, state, total, kept, removed, due_at, remind_at, started_by, started_by_name, created_at,
    closed_by_name, closed_at, version"
    };
}
macro_rules! items {
    ($rest:literal) => {
        concat!(
            "SELECT number, member_id, name, email, roles, status, last_login_at, grounds, decision, note, decided_by_id,
    decided_by_name, decided_at, version
  FROM review_items WHERE review_id = $1 AND ",
            $rest
        )
    };
}

const EVERYBODY: &str = select_member!("WHERE m.organization_id = $1 ORDER BY m.name_key, m.id");
const INSERT: &str =
    "INSERT INTO reviews (id, organization_id, name, scope, state, total, kept, removed, due_at, remind_at,
    started_by, started_by_name, created_at, version)
  VALUES ($1, $2, $3, $4, 'open', $5, 0, 0, $6, $7, $8, $9, $10, 1)";
const INSERT_ITEM: &str = "INSERT INTO review_items (review_id, number, member_id, name, email, roles, status, last_login_at,
    grounds, note, decided_by_id, decided_by_name, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', 1)";
const FIND: &str =
    concat!("SELECT ", review_columns!(), " FROM reviews WHERE organization_id = $1 AND id = $2");
const LIST: &str = concat!(
    "SELECT ",
    review_columns!(),
    " FROM reviews WHERE organization_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
);
const COUNT: &str = "SELECT COUNT(*) FROM reviews WHERE organization_id = $1";
const FIND_ITEM: &str = items!("member_id = $2");
const ITEMS: &str = items!("number > $2 ORDER BY number LIMIT $3");
const ITEMS_UNDECIDED: &str = items!("number > $2 AND decision IS NULL ORDER BY number LIMIT $3");
const ITEMS_DECIDED: &str = items!("number > $2 AND decision IS NOT NULL ORDER BY number LIMIT $3");
const DECIDE: &str = "UPDATE review_items SET decision = $3, note = $4, decided_by_id = $5, decided_by_name = $6, decided_at = $7,
    version = version + 1
  WHERE review_id = $1 AND member_id = $2 AND version = $8 AND (decision IS NULL OR decision = 'keep')";
const COUNT_DECISION: &str =
    "UPDATE reviews SET kept = kept + $3, removed = removed + $4, version = version + 1
  WHERE organization_id = $1 AND id = $2 AND state = 'open'";
const CLOSE: &str = "UPDATE reviews SET state = 'closed', closed_by_name = $3, closed_at = $4, remind_at = NULL, version = version + 1
  WHERE organization_id = $1 AND id = $2 AND state = 'open' AND version = $5";
const TO_REMIND: &str =
    "SELECT organization_id, id FROM reviews WHERE remind_at <= $1 ORDER BY remind_at LIMIT $2";
const REMINDED: &str =
    "UPDATE reviews SET remind_at = $3 WHERE id = $1 AND state = 'open' AND remind_at = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    EVERYBODY,
    INSERT,
    INSERT_ITEM,
    FIND,
    LIST,
    COUNT,
    FIND_ITEM,
    ITEMS,
    ITEMS_UNDECIDED,
    ITEMS_DECIDED,
    DECIDE,
    COUNT_DECISION,
    CLOSE,
    TO_REMIND,
    REMINDED,
];

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Other(format!("a review: {error}")))
}

fn text(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Other(format!("a review: {error}")))
}

impl FromRow for Review {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let state: String = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            organization: row.get(1)?,
            name: row.get(2)?,
            scope: json(&row.get::<String>(3)?)?,
            state: State::parse(&state).ok_or_else(|| Error::unexpected("a state of a review", state))?,
            total: row.get(5)?,
            kept: row.get(6)?,
            removed: row.get(7)?,
            due_at: row.get(8)?,
            remind_at: row.get(9)?,
            started_by: row.get(10)?,
            started_by_name: row.get(11)?,
            created_at: row.get(12)?,
            closed_by_name: row.get(13)?,
            closed_at: row.get(14)?,
            version: row.get(15)?,
        })
    }
}

impl FromRow for Item {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let last_login: Timestamp = row.get(6)?;
        let decision: Option<String> = row.get(8)?;
        let decided = match decision.as_deref().map(Decision::parse) {
            None => None,
            Some(None) => return Err(Error::Other("a decision of a review".to_owned())),
            Some(Some(decision)) => Some(Decided {
                decision,
                note: row.get(9)?,
                by_id: row.get(10)?,
                by_name: row.get(11)?,
                at: row.get::<Option<Timestamp>>(12)?.unwrap_or_default(),
            }),
        };
        Ok(Self {
            number: row.get(0)?,
            member: row.get(1)?,
            name: row.get(2)?,
            email: row.get(3)?,
            roles: json(&row.get::<String>(4)?)?,
            status: row.get::<Status>(5)?,
            last_login: (last_login.0 > 0).then_some(last_login),
            grounds: json(&row.get::<String>(7)?)?,
            decided,
            version: row.get(13)?,
        })
    }
}

/// Every member of an organization, by name, one at a time.
pub async fn each(
    q: &mut impl Query,
    organization: OrganizationId,
    mut visit: impl FnMut(Member) + Send,
) -> Result<(), Error> {
    let visit = |member| {
        visit(member);
        Ok(())
    };
    q.each(EVERYBODY, params![organization], visit).await
}

/// Writes a review with everybody in it.
pub async fn insert(tx: &mut Tx, review: &Review, items: &[Item]) -> Result<(), Error> {
    let scope = text(&review.scope)?;
    let values = params![
        review.id,
        review.organization,
        review.name,
        scope,
        review.total,
        review.due_at,
        review.remind_at,
        review.started_by,
        review.started_by_name,
        review.created_at
    ];
    tx.send(INSERT, values).await?;
    for item in items {
        let (roles, grounds) = (text(&item.roles)?, text(&item.grounds)?);
        let (status, last_login) = (item.status.as_str(), item.last_login.unwrap_or_default());
        let values = params![
            review.id,
            item.number,
            item.member,
            item.name,
            item.email,
            roles,
            status,
            last_login,
            grounds
        ];
        tx.send(INSERT_ITEM, values).await?;
    }
    Ok(())
}

/// A review of an organization.
pub async fn find(
    q: &mut impl Query,
    organization: OrganizationId,
    id: ReviewId,
) -> Result<Option<Review>, Error> {
    q.optional(FIND, params![organization, id]).await
}

/// The reviews of an organization, newest first, those before a place.
pub async fn list(
    q: &mut impl Query,
    organization: OrganizationId,
    ((at, id), limit): ((Timestamp, ReviewId), i64),
) -> Result<Vec<Review>, Error> {
    q.all(LIST, params![organization, at, id, limit]).await
}

/// How many reviews an organization has had.
pub async fn count(q: &mut impl Query, organization: OrganizationId) -> Result<i64, Error> {
    let (count,): (i64,) = q.one(COUNT, params![organization]).await?;
    Ok(count)
}

/// Somebody in a review.
pub async fn find_item(q: &mut impl Query, id: ReviewId, member: MemberId) -> Result<Option<Item>, Error> {
    q.optional(FIND_ITEM, params![id, member]).await
}

/// Which people of a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    #[default]
    All,
    /// About whom nothing is decided.
    Undecided,
    /// About whom something is.
    Decided,
}

/// People of a review behind a number.
pub async fn items(
    q: &mut impl Query,
    id: ReviewId,
    which: Which,
    (after, limit): (i64, i64),
) -> Result<Vec<Item>, Error> {
    let sql = match which {
        Which::All => ITEMS,
        Which::Undecided => ITEMS_UNDECIDED,
        Which::Decided => ITEMS_DECIDED,
    };
    q.all(sql, params![id, after, limit]).await
}

/// Writes a decision about somebody and counts it; `false` where the item or the review is not as it was read.
pub async fn decide(tx: &mut Tx, review: &Review, before: &Item, decided: &Decided) -> Result<bool, Error> {
    let decision = decided.decision.as_str();
    let values = params![
        review.id,
        before.member,
        decision,
        decided.note,
        decided.by_id,
        decided.by_name,
        decided.at,
        before.version
    ];
    let was = before.decided.as_ref().map(|decided| decided.decision);
    let change = |of| i64::from(decided.decision == of) - i64::from(was == Some(of));
    let (kept, removed) = (change(Decision::Keep), change(Decision::Remove));
    let written = tx.execute(DECIDE, values).await? == 1;
    Ok(written
        && tx.execute(COUNT_DECISION, params![review.organization, review.id, kept, removed]).await? == 1)
}

/// Closes a review; `false` where it is not as it was read.
pub async fn close(tx: &mut Tx, review: &Review, by: &str, now: Timestamp) -> Result<bool, Error> {
    let values = params![review.organization, review.id, by, now, review.version];
    Ok(tx.execute(CLOSE, values).await? == 1)
}

/// Reviews whose next letter is due, the longest waiting first.
pub async fn to_remind(
    q: &mut impl Query,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(OrganizationId, ReviewId)>, Error> {
    q.all(TO_REMIND, params![now, most]).await
}

/// Notes that a letter went out and when the next one will; `false` where somebody else did.
pub async fn reminded(
    tx: &mut Tx,
    id: ReviewId,
    due: Timestamp,
    next: Option<Timestamp>,
) -> Result<bool, Error> {
    Ok(tx.execute(REMINDED, params![id, due, next]).await? == 1)
}
