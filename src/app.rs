//! What the whole process shares: database, settings, key, presets, clock, randomness, hashing threads. It is handed in;
//! nothing is global.

use std::ops::Deref;
use std::sync::Arc;

use onesql::{Db, Migration, Query, params};
use tokio::sync::Notify;

use crate::access_model::Presets;
use crate::audit;
use crate::base::hashing::Hasher;
use crate::base::secret::SecretKey;
use crate::base::{Clock, OrganizationId, Randomness, Timestamp};
use crate::settings::{self, SettingError, Settings};

/// Every schema change, oldest first.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "initial", sql: include_str!("../migrations/0001_initial.sql") }];

const INSERT_INSTALLATION: &str =
    "INSERT INTO installation (id, uuid, key_fingerprint, created_at) VALUES (1, $1, $2, $3)
  ON CONFLICT (id) DO NOTHING";
const INSTALLATION: &str = "SELECT uuid, key_fingerprint, set_up_at FROM installation WHERE id = 1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[INSERT_INSTALLATION, INSTALLATION];

/// The parts that a process is made of. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] holds.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// What the operator set.
    pub settings: Settings,
    /// The installation's key.
    pub key: SecretKey,
    /// The access models that a new organization can name.
    pub presets: Presets,
    /// Where instants come from.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Randomness,
    /// Password hashing.
    pub hasher: Hasher,
    /// Wakes the mail worker of this process after a commit that queued a letter.
    pub mail_waits: Notify,
    /// Wakes the worker of this process after a commit that began a job.
    pub job_waits: Notify,
    /// The installation's own id.
    pub installation: uuid::Uuid,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Why a process can't start.
#[derive(Debug)]
pub enum StartError {
    /// A setting is wrong.
    Setting(SettingError),
    /// A preset is wrong; names file, line and fix.
    Preset(crate::access_model::PresetError),
    /// The database can't be opened or migrated.
    Database(onesql::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Setting(e) => e.fmt(f),
            Self::Preset(e) => e.fmt(f),
            Self::Database(e) => write!(
                f,
                "ROSTER_DATABASE_URL: the database can't be used: {e}. Example: ROSTER_DATABASE_URL=sqlite://data/roster.db"
            ),
        }
    }
}

impl std::error::Error for StartError {}

impl From<onesql::Error> for StartError {
    fn from(error: onesql::Error) -> Self {
        Self::Database(error)
    }
}

impl App {
    /// Opens the database, brings its schema up to date and checks that the key is the installation's.
    pub async fn open(settings: Settings, clock: Clock, random: Randomness) -> Result<Self, StartError> {
        let presets = Presets::load().map_err(StartError::Preset)?;
        let db = Db::open(&settings.database_url, onesql::Options::default()).await?;
        db.migrate(MIGRATIONS).await?;
        let key = settings::secret_key(&settings, &random).map_err(StartError::Setting)?;
        let installation = recognise(&db, &key, &random, clock.now()).await?;
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let hasher = Hasher::start(settings.hash_cost, threads, 256);
        let mail_waits = Notify::new();
        Ok(Self(Arc::new(Parts {
            db,
            settings,
            key,
            presets,
            clock,
            random,
            hasher,
            mail_waits,
            job_waits: Notify::new(),
            installation,
        })))
    }

    /// The instant now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The token of the set-up link; made anew whenever it is needed.
    pub fn set_up_token(&self) -> String {
        self.key.token(crate::base::secret::Purpose::SetUp, self.installation, 0)
    }

    /// Whether the first organization exists.
    pub async fn is_set_up(&self) -> Result<bool, onesql::Error> {
        let (_, _, at): (uuid::Uuid, [u8; 32], Option<Timestamp>) =
            self.db.reader().one(INSTALLATION, params![]).await?;
        Ok(at.is_some())
    }

    /// The chain that an event belongs to which is about no organization.
    pub fn installation_chain(&self) -> OrganizationId {
        OrganizationId::INSTALLATION
    }
}

async fn recognise(
    db: &Db,
    key: &SecretKey,
    random: &Randomness,
    now: Timestamp,
) -> Result<uuid::Uuid, StartError> {
    let mut tx = db.begin().await?;
    if tx.execute(INSERT_INSTALLATION, params![random.uuid(now), key.fingerprint(), now]).await? == 1 {
        audit::store::begin(&mut tx, key, OrganizationId::INSTALLATION).await?;
    }
    tx.commit().await?;
    let (uuid, fingerprint, _): (uuid::Uuid, [u8; 32], Option<Timestamp>) =
        db.reader().one(INSTALLATION, params![]).await?;
    if fingerprint != key.fingerprint() {
        return Err(StartError::Setting(SettingError {
            setting: "ROSTER_SECRET_KEY",
            problem: "this is not the key that the database was made with; links that were mailed and the audit trail \
                      depend on it. Give the key of this installation (roster.key), or point to another database"
                .into(),
            example: "$(cat data/roster.key)",
        }));
    }
    Ok(uuid)
}
