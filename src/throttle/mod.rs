//! Limits on guessing (SES-9, R08, R09): failures in a row are counted by what is tried and from where; beyond the free ones
//! each try must wait, longer every time, and nobody is ever locked out for good.
//!
//! A try is charged before its costly judgement and settled after it. In between it counts as a failure that may come, so
//! that a hundred guesses at once get as many judgements as a hundred in a row (I12).

pub mod count;
pub mod store;

use onesql::{Error, Tx};

use crate::app::App;
use crate::base::client::Client;
use crate::base::time::HOUR;
use crate::base::{AccountId, OrganizationId, Problem, Timestamp};
use crate::op::Caller;
use count::{Refusal, Rule};

/// One address from one network: ten free failures.
const PAIR: Rule = Rule { free: 10, leak: None, forgiven: true };
/// One address from everywhere: a guesser with many networks (R08).
const ADDRESS: Rule = Rule { free: 100, leak: None, forgiven: true };
/// One network over all addresses: many people may sit behind it, so it is generous and forgets by the hour. An own
/// account must not help a guesser, so success forgives nothing.
const NETWORK: Rule = Rule { free: 300, leak: Some(HOUR / 600), forgiven: false };

/// Answers that show whether an account exists (MEM-2), for one person who asks.
const PROBE: Rule = Rule { free: 60, leak: Some(HOUR / 600), forgiven: false };

/// Letters with a link to one mailbox: five at once, then one in twelve minutes.
const LETTER: Rule = Rule { free: 5, leak: Some(HOUR / 5), forgiven: false };

/// How often a try looks again whether those before it were judged.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(20);
/// How often at the most: two seconds' worth.
const LOOKS: u32 = 100;

/// What a try is counted under. Only hashes: no address stands in the database.
pub struct Keys(Vec<([u8; 32], Rule)>);

impl Keys {
    /// A try at the password of an address. Where the account signed in from this network before, what strangers do
    /// elsewhere does not count: the owner still gets in.
    pub async fn password(app: &App, client: &Client, email_key: &str) -> Result<Self, Error> {
        let network = client.network();
        let hash = |kind: &[u8], parts: &[&[u8]]| {
            let mut all = vec![kind];
            all.extend_from_slice(parts);
            app.key.mac(b"roster throttle v1", &all)
        };
        let (email, net) = (email_key.as_bytes(), network.as_bytes());
        let mut keys = vec![(hash(b"pair", &[email, net]), PAIR), (hash(b"network", &[net]), NETWORK)];
        if !store::is_known(&mut app.db.reader(), email_key, known_network(app, client)).await? {
            keys.push((hash(b"address", &[email]), ADDRESS));
        }
        Ok(Self::sorted(keys))
    }

    /// A try with a mailed link or a challenge: those can't be guessed, but trying is counted (R09).
    pub fn token(app: &App, client: &Client) -> Self {
        let network = client.network();
        let key = app.key.mac(b"roster throttle v1", &[b"token", network.as_bytes()]);
        Self(vec![(key, NETWORK)])
    }

    /// A letter with a link to a new password, for an address, known or not.
    pub fn reset_letter(app: &App, client: &Client, email_key: &str) -> Self {
        let network = client.network();
        let key = |kind: &[u8], of: &str| app.key.mac(b"roster throttle v1", &[kind, of.as_bytes()]);
        Self::sorted(vec![
            (key(b"reset letter", email_key), LETTER),
            (key(b"reset letters from", &network), NETWORK),
        ])
    }

    /// A letter to confirm a new address, for an account.
    pub fn change_letter(app: &App, account: AccountId) -> Self {
        let key = app.key.mac(b"roster throttle v1", &[b"change letter", account.0.as_bytes()]);
        Self(vec![(key, LETTER)])
    }

    /// Answers that show to a member whether an address has an account (MEM-2).
    pub fn probe(caller: &Caller) -> Self {
        Self(vec![(probe_key(&caller.app, &caller.actor().id), PROBE)])
    }

    /// The same by the copied links of an organization, whoever holds them.
    pub fn copied_links(app: &App, organization: OrganizationId) -> Self {
        Self(vec![(probe_key(app, &organization.to_string()), PROBE)])
    }

    /// Always in the same order, so that two commands never wait for each other.
    fn sorted(mut keys: Vec<([u8; 32], Rule)>) -> Self {
        keys.sort_by_key(|(key, _)| *key);
        Self(keys)
    }
}

fn probe_key(app: &App, who: &str) -> [u8; 32] {
    app.key.mac(b"roster throttle v1", &[b"probe", who.as_bytes()])
}

/// The network of a client as an account's known networks are kept.
pub fn known_network(app: &App, client: &Client) -> [u8; 32] {
    app.key.mac(b"roster known network v1", &[client.network().as_bytes()])
}

/// Why a try is not judged now.
#[derive(Debug)]
pub enum ChargeError {
    /// Too many failures: come back in so many seconds.
    TooMany(u64),
    /// The database.
    Database(Error),
}

impl From<Error> for ChargeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// 429 with the seconds to wait.
pub fn too_many(seconds: u64) -> Problem {
    let wait = match seconds {
        0 | 1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    Problem::too_many("too_many_attempts", format!("Too many attempts. Try again in {wait}."), seconds)
}

impl From<ChargeError> for Problem {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::TooMany(seconds) => too_many(seconds),
            ChargeError::Database(error) => error.into(),
        }
    }
}

/// How a charged try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The right secret.
    Succeeded,
    /// A wrong one.
    Failed,
    /// Not judged: the server was too busy.
    Withdrawn,
}

/// Charges a try, in a transaction of its own, before any costly judgement. Where the free tries are all being judged
/// just now, it waits for their outcome: whoever signs in from many windows at once is not refused.
pub async fn charge(app: &App, keys: &Keys) -> Result<(), ChargeError> {
    for _ in 0..LOOKS {
        // Whoever waits only reads: many who wait must not keep the one writer from those who are judged.
        if !is_contended(app, keys).await? {
            match charge_once(app, keys).await? {
                Ok(()) => return Ok(()),
                Err(Refusal::Blocked(seconds)) => return Err(ChargeError::TooMany(seconds)),
                Err(Refusal::Contended) => {}
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Err(ChargeError::TooMany(1))
}

async fn is_contended(app: &App, keys: &Keys) -> Result<bool, Error> {
    let now = app.now();
    for (key, rule) in &keys.0 {
        let count = store::look(&mut app.db.reader(), key).await?;
        if count.admitted(*rule, now) == Err(Refusal::Contended) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn charge_once(app: &App, keys: &Keys) -> Result<Result<(), Refusal>, Error> {
    let mut tx = app.db.begin().await?;
    let now = app.now();
    for (key, rule) in &keys.0 {
        match store::take(&mut tx, key, now).await?.admitted(*rule, now) {
            Ok(count) => store::save(&mut tx, key, &count).await?,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        }
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Does what may show, by failing, that an account exists (MEM-2). It is charged before, so that questions at once can't
/// outrun the count, and held against who asks only where the answer tells.
pub async fn probing<T, E: From<ChargeError>>(
    app: &App,
    keys: &Keys,
    act: impl Future<Output = Result<T, E>>,
    tells: impl FnOnce(&E) -> bool,
) -> Result<T, E> {
    charge(app, keys).await?;
    let outcome = act.await;
    let is_told = outcome.as_ref().err().is_some_and(tells);
    let settled = if is_told { Outcome::Failed } else { Outcome::Withdrawn };
    settle_alone(app, keys, settled).await.map_err(ChargeError::from)?;
    outcome
}

/// Settles a charged try, in the transaction that records its outcome.
pub async fn settle(tx: &mut Tx, keys: &Keys, outcome: Outcome, now: Timestamp) -> Result<(), Error> {
    for (key, rule) in &keys.0 {
        let count = store::take(tx, key, now).await?;
        let count = match outcome {
            Outcome::Succeeded => count.succeeded(*rule, now),
            Outcome::Failed => count.failed(*rule, now),
            Outcome::Withdrawn => count.withdrawn(),
        };
        store::save(tx, key, &count).await?;
    }
    Ok(())
}

/// Counts something that is limited but not judged, such as a letter, inside a transaction: `None` where it goes ahead, or
/// the seconds to wait.
pub async fn count(tx: &mut Tx, keys: &Keys, now: Timestamp) -> Result<Option<u64>, Error> {
    let mut wait = None;
    for (key, rule) in &keys.0 {
        let count = store::take(tx, key, now).await?;
        match count.counted(*rule, now) {
            Ok(count) => store::save(tx, key, &count).await?,
            Err(seconds) => wait = wait.max(Some(seconds)),
        }
    }
    Ok(wait)
}

/// Settles a charged try that changes nothing else, in a transaction of its own.
pub async fn settle_alone(app: &App, keys: &Keys, outcome: Outcome) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    settle(&mut tx, keys, outcome, app.now()).await?;
    tx.commit().await
}

/// Forgets counts that mean nothing any more; says how many.
pub async fn sweep(app: &App) -> Result<u64, Error> {
    let mut tx = app.db.begin().await?;
    let gone = store::forget(&mut tx, app.now().plus(-count::MEMORY)).await?;
    tx.commit().await?;
    Ok(gone)
}
