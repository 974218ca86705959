//! What sessions were told about themselves, and by what it is known to be still true.
//!
//! An integrator asks at every request who somebody is, and mostly nothing has changed. So the answer is remembered with a
//! [`Stamp`]: whatever the answer is made of raises one of its counters, or replaces one of its ids, in the transaction that
//! changes it. The stamp is read anew for every request, and only an answer with the same stamp is given again; nothing
//! here can go stale, and what is remembered changes only how long an answer takes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use onesql::{Error, FromRow, Query, Row, params};

use super::current::Whole;
use crate::app::App;
use crate::base::together::{Question, Together, Turn, lost, up_to_32};
use crate::base::{AccountId, MemberId, OrganizationId, SessionId, Timestamp};
use crate::session::IDLE_LIFETIME;
use crate::session::resolve::{self, Found};
use crate::{resolved_from, resolved_joins, up_to_32};

macro_rules! stamp_columns {
    () => {
        "s.id, s.account_id, s.organization_id, s.last_active_at, s.expires_at, a.version, so.last_active_at, so.ended_at,
    o.id, o.revision, o.version, m.id, m.version, m.last_login_at"
    };
}

const STAMP: &str = concat!("SELECT ", stamp_columns!(), resolved_from!("o.id = s.organization_id", ""));
const STAMPS: &str = concat!(
    "SELECT ",
    stamp_columns!(),
    ", s.token_hash",
    resolved_joins!("o.id = s.organization_id", "$1", ""),
    " WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.last_active_at > $2 AND s.token_hash ",
    up_to_32!(third)
);

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[STAMP, STAMPS];

/// What the answer to a session depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub session: SessionId,
    pub account: AccountId,
    pub session_organization: Option<OrganizationId>,
    pub last_active_at: Timestamp,
    pub expires_at: Timestamp,
    pub account_version: i64,
    pub active_here_at: Option<Timestamp>,
    pub ended_here_at: Option<Timestamp>,
    /// The organization that the account takes part in: its id, revision and version.
    pub place: Option<(OrganizationId, i64, i64)>,
    /// The membership: its id, version and last login, which is no change of the member.
    pub member: Option<(MemberId, i64, Option<Timestamp>)>,
}

impl FromRow for Stamp {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let member: Option<MemberId> = row.get(11)?;
        Ok(Self {
            session: row.get(0)?,
            account: row.get(1)?,
            session_organization: row.get(2)?,
            last_active_at: row.get(3)?,
            expires_at: row.get(4)?,
            account_version: row.get(5)?,
            active_here_at: row.get(6)?,
            ended_here_at: row.get(7)?,
            place: member.map(|_| Ok::<_, Error>((row.get(8)?, row.get(9)?, row.get(10)?))).transpose()?,
            member: member.map(|id| Ok::<_, Error>((id, row.get(12)?, row.get(13)?))).transpose()?,
        })
    }
}

/// A session whose stamp is read.
pub struct Asked {
    token_hash: [u8; 32],
    now: Timestamp,
}

impl Question for Asked {
    type Line = ();
    type Answer = Result<Option<Stamp>, Error>;
    type With = App;

    async fn ask(app: &App, (): &(), these: &[Self]) -> Vec<Self::Answer> {
        let read = read(app, these).await;
        let of = |asked: &Self| match &read {
            Ok(stamps) => Ok(stamps.get(&asked.token_hash).cloned()),
            Err(error) => Err(error.clone()),
        };
        these.iter().map(of).collect()
    }
}

async fn read(app: &App, these: &[Asked]) -> Result<HashMap<[u8; 32], Stamp>, Error> {
    struct Of([u8; 32], Stamp);
    impl FromRow for Of {
        fn from_row(row: &Row<'_>) -> Result<Self, Error> {
            Ok(Self(row.get(14)?, Stamp::from_row(row)?))
        }
    }
    let Some(Asked { now, .. }) = these.last() else { return Ok(HashMap::new()) };
    let idle_since = now.plus(-IDLE_LIFETIME);
    let mut values = params![now, idle_since].to_vec();
    values.extend(up_to_32(these.iter().map(|asked| &asked.token_hash)));
    let found: Vec<Of> = app.db.fixed_reader().all(STAMPS, &values).await?;
    Ok(found.into_iter().map(|Of(hash, stamp)| (hash, stamp)).collect())
}

impl Stamp {
    /// Reads the stamp of a live session. Where the database is a server, those that are asked for at the same time go together.
    pub async fn find(
        together: &Arc<Together<Asked>>,
        app: &App,
        hash: &[u8; 32],
    ) -> Result<Option<Self>, Error> {
        let asked = Asked { token_hash: *hash, now: app.now() };
        let turn = app.db.is_far().then(|| together.turn(app, (), asked));
        match turn {
            Some(Turn::Next(answer)) => answer.await.unwrap_or_else(|_| Err(lost())),
            // Whether there is a journey or not, it lasts until this is read.
            _under_way => resolve::find(app, STAMP, hash, None).await,
        }
    }

    /// The stamp of what one statement read.
    pub fn of(found: &Found, whole: &Whole) -> Self {
        let standing = found.standing.as_ref();
        let organization = standing.map(|standing| &standing.organization);
        Self {
            session: found.session,
            account: found.account,
            session_organization: found.session_organization,
            last_active_at: found.last_active_at,
            expires_at: found.expires_at,
            account_version: whole.account.version,
            active_here_at: found.active_here_at,
            ended_here_at: found.ended_here_at,
            place: organization.map(|o| (o.id, o.revision, o.version)),
            member: whole.member.as_ref().map(|member| (member.id, member.version, member.last_login)),
        }
    }
}

/// Up to how many bytes of answers are remembered, twice: those told lately, and those told before them.
const MOST: usize = 4 * 1024 * 1024;

/// What the sessions of one server were told last, by the hash of their token.
#[derive(Default)]
pub struct Told {
    answers: RwLock<[Generation; 2]>,
    /// Whose stamps are being read.
    pub together: Arc<Together<Asked>>,
}

#[derive(Default)]
struct Generation {
    answers: HashMap<[u8; 32], (Stamp, Bytes)>,
    size: usize,
}

impl Told {
    /// Whether something is remembered of a session, still true or not.
    pub fn knows(&self, token: &[u8; 32]) -> bool {
        let known = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().any(|generation| generation.answers.contains_key(token))
    }

    /// What was told at this stamp.
    pub fn find(&self, token: &[u8; 32], stamp: &Stamp) -> Option<Bytes> {
        let known = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        let mut told = known.iter().filter_map(|generation| generation.answers.get(token));
        told.find(|(at, _)| at == stamp).map(|(_, answer)| answer.clone())
    }

    /// Remembers what was told at this stamp.
    pub fn keep(&self, token: [u8; 32], stamp: Stamp, answer: Bytes) {
        let mut known = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        let [lately, before] = &mut *known;
        if lately.size + answer.len() > MOST {
            *before = std::mem::take(lately);
        }
        lately.size += answer.len();
        if let Some((_, old)) = lately.answers.insert(token, (stamp, answer)) {
            lately.size -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Randomness;

    fn stamp(revision: i64) -> Stamp {
        let random = Randomness::seeded(7);
        let at = Timestamp(0);
        Stamp {
            session: SessionId(random.uuid(at)),
            account: AccountId(random.uuid(at)),
            session_organization: None,
            last_active_at: at,
            expires_at: at,
            account_version: revision,
            active_here_at: None,
            ended_here_at: None,
            place: None,
            member: None,
        }
    }

    #[test]
    fn only_the_same_stamp_finds_and_memory_is_bounded() {
        let told = Told::default();
        let first = stamp(1);
        told.keep([1; 32], first.clone(), Bytes::from_static(b"one"));
        assert_eq!(told.find(&[1; 32], &first).as_deref(), Some(&b"one"[..]));
        assert_eq!(told.find(&[1; 32], &Stamp { account_version: 2, ..first.clone() }), None);
        assert_eq!(told.find(&[2; 32], &first), None);
        let large = Bytes::from(vec![b'x'; MOST / 8]);
        for n in 0..64 {
            told.keep([n; 32], first.clone(), large.clone());
        }
        let known = told.answers.read().unwrap();
        assert!(known.iter().map(|generation| generation.size).sum::<usize>() <= 2 * MOST);
        let held: usize = known.iter().flat_map(|g| g.answers.values()).map(|(_, answer)| answer.len()).sum();
        assert_eq!(held, known.iter().map(|generation| generation.size).sum::<usize>());
    }
}
