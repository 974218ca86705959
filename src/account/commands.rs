//! What people change about themselves.

use super::{Account, check_locale, check_phone, check_time_zone, store};
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::{AccountId, Problem};
use crate::op::{Caller, Op, OpError};

/// What changes in one's own profile; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The telephone, empty to clear it.
    pub phone: Option<String>,
    /// The IANA time zone, empty to clear it.
    pub time_zone: Option<String>,
    /// The language tag, empty to clear it.
    pub locale: Option<String>,
}

/// Why a profile was not changed.
#[derive(Debug)]
pub enum ProfileError {
    /// What was typed is wrong.
    Input(Problem),
    /// Somebody changed it meanwhile.
    Stale,
    /// The command failed.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for ProfileError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Input(problem) => problem,
            ProfileError::Stale => Self::new(
                412,
                "stale_version",
                "Your profile was changed meanwhile. Look at it as it is now, then change it.",
            ),
            ProfileError::Op(error) => error.into(),
        }
    }
}

impl ProfileChange {
    /// The change with every text checked and trimmed.
    fn checked(self) -> Result<Self, ProfileError> {
        let mut checks = Checks::default();
        let change = Self {
            first_name: self.first_name.map(|text| checks.name("/firstName", "The first name", &text)),
            last_name: self.last_name.map(|text| checks.name("/lastName", "The last name", &text)),
            phone: self.phone.map(|text| check_phone(&mut checks, "/phone", &text)),
            time_zone: self.time_zone.map(|text| check_time_zone(&mut checks, "/timeZone", &text)),
            locale: self.locale.map(|text| check_locale(&mut checks, "/locale", &text)),
        };
        checks.done().map_err(ProfileError::Input)?;
        Ok(change)
    }

    /// The account with the change in it.
    fn applied_to(self, before: &Account) -> Account {
        let mut after = before.clone();
        let fields = [
            (&mut after.first_name, self.first_name),
            (&mut after.last_name, self.last_name),
            (&mut after.phone, self.phone),
            (&mut after.time_zone, self.time_zone),
            (&mut after.locale, self.locale),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        after
    }
}

/// Changes the caller's own profile; their memberships carry the new names at once.
pub async fn update_profile(
    caller: &Caller,
    change: ProfileChange,
    version: Option<i64>,
) -> Result<Account, ProfileError> {
    let id = caller.account()?;
    let change = change.checked()?;
    let mut op = Op::begin_account(caller).await?;
    let outcome = update_in(&mut op, id, change, version).await;
    op.settle(outcome).await
}

async fn update_in(
    op: &mut Op,
    id: AccountId,
    change: ProfileChange,
    version: Option<i64>,
) -> Result<(Account, bool), ProfileError> {
    let before = store::lock(&mut op.tx, id).await?.ok_or(OpError::Unauthenticated)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(ProfileError::Stale);
    }
    let mut after = change.applied_to(&before);
    let event = Event::new(Action::AccountUpdated, after.target())
        .change("firstName", before.first_name.as_str(), after.first_name.as_str())
        .change("lastName", before.last_name.as_str(), after.last_name.as_str())
        .change("phone", before.phone.as_str(), after.phone.as_str())
        .change("timeZone", before.time_zone.as_str(), after.time_zone.as_str())
        .change("locale", before.locale.as_str(), after.locale.as_str());
    if event.changes.is_empty() {
        return Ok((before, false));
    }
    if !store::update(&mut op.tx, &after, op.now).await? {
        return Err(ProfileError::Stale);
    }
    store::follow(&mut op.tx, &after, op.now).await?;
    after.version += 1;
    after.updated_at = op.now;
    op.record(event);
    Ok((after, true))
}
