//! Seats: how many places an organization has and uses, and the one function that takes one.

pub mod api;

use onesql::{Error, Query, Tx, params};

use crate::base::{OrganizationId, Timestamp};
use crate::op::{Op, OpError, Organization};

const COUNT_EXPIRED: &str =
    "SELECT COUNT(*) FROM invitations WHERE organization_id = $1 AND status = 'pending' AND expires_at <= $2";

const COUNTS: &str =
    "UPDATE organizations SET active_count = active_count + $2, suspended_count = suspended_count + $3,
    invited_count = invited_count + $4 WHERE id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[COUNT_EXPIRED, COUNTS];

/// How many seats there are and who has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many there are; no limit where `None`.
    pub limit: Option<i64>,
    /// Active members.
    pub active: i64,
    /// Suspended members: they keep their seat.
    pub suspended: i64,
    /// Invited members that hold a seat.
    pub invited: i64,
}

/// How full it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// Under 90 %.
    Ok,
    /// From 90 %.
    Warning,
    /// No seat left.
    Full,
}

impl Seats {
    /// How many are used.
    pub fn used(&self) -> i64 {
        self.active + self.suspended + self.invited
    }

    /// How many are left; `None` without a limit. Never negative: a limit may be lowered below what is used.
    pub fn available(&self) -> Option<i64> {
        self.limit.map(|limit| (limit - self.used()).max(0))
    }

    /// How full it is.
    pub fn state(&self) -> SeatState {
        match self.limit {
            None => SeatState::Ok,
            Some(limit) if self.used() >= limit => SeatState::Full,
            Some(limit) if self.used() * 10 >= limit * 9 => SeatState::Warning,
            Some(_) => SeatState::Ok,
        }
    }
}

/// The seats of an organization at an instant. An expired invitation has freed its seat, except where the access model
/// says that it holds it until it is deleted (INV-16).
pub async fn count(q: &mut impl Query, organization: &Organization, now: Timestamp) -> Result<Seats, Error> {
    let mut invited = organization.invited_count;
    if invited > 0 && !organization.expired_holds_seat {
        invited -= count_expired(q, organization.id, now).await?;
    }
    Ok(Seats {
        limit: organization.seat_limit,
        active: organization.active_count,
        suspended: organization.suspended_count,
        invited,
    })
}

/// How many invitations are past their time and not answered.
pub async fn count_expired(
    q: &mut impl Query,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<i64, Error> {
    let row: (i64,) = q.one(COUNT_EXPIRED, params![organization, now]).await?;
    Ok(row.0)
}

/// Counts members that change their status: how many more (less where negative) are active, suspended, invited. The row is
/// written once, before the commit; until then [`now`] knows.
pub fn count_members(tx: &mut Tx, id: OrganizationId, by: [i64; 3]) {
    tx.add(COUNTS, id.0, by);
}

/// The seats inside this command, which holds the organization's lock.
pub async fn now(op: &mut Op) -> Result<Seats, OpError> {
    let mut organization = op.organization()?.clone();
    // This very command may have made or removed members.
    let [active, suspended, invited] = op.tx.added(COUNTS, organization.id.0);
    organization.active_count += active;
    organization.suspended_count += suspended;
    organization.invited_count += invited + op.seats_rehearsed;
    Ok(count(&mut op.tx, &organization, op.now).await?)
}

/// How many of them are left; `None` without a limit. Every door that makes a member asks here and nowhere else.
pub async fn left(op: &mut Op) -> Result<Option<i64>, OpError> {
    match op.organization()?.seat_limit {
        None => Ok(None),
        Some(_) => Ok(now(op).await?.available()),
    }
}

/// Whether `wanted` more seats can be taken inside this command.
pub async fn can_take(op: &mut Op, wanted: i64) -> Result<bool, OpError> {
    Ok(left(op).await?.is_none_or(|left| left >= wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_warns_from_ninety_percent() {
        let seats = |limit, active| Seats { limit, active, suspended: 0, invited: 0 };
        assert_eq!(seats(Some(10), 8).state(), SeatState::Ok);
        assert_eq!(seats(Some(10), 9).state(), SeatState::Warning);
        assert_eq!(seats(Some(10), 10).state(), SeatState::Full);
        assert_eq!(seats(Some(10), 12).available(), Some(0));
        assert_eq!(seats(None, 12).state(), SeatState::Ok);
    }
}
