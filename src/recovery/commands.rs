//! A new password: by a mailed link where the old one is forgotten, or with the old one.

use super::store;
use crate::account::membership;
use crate::account::{self, Account};
use crate::audit::{Action, Actor, Event, Target};
use crate::base::secret::{Purpose, Secret};
use crate::base::{EmailAddress, Problem, ResetId, Timestamp};
use crate::op::{Caller, Op, OpError};
use crate::outbox::{Letter, LetterKind};
use crate::sign_in::commands::SignInError;
use crate::sign_in::new_password::{Proof, check, fresh_hash, hash, replace_password};
use crate::sign_in::{Wanted, place};
use crate::throttle::{self, ChargeError, Keys, Outcome};
use crate::{op, session};

/// Why a password or an address was not changed.
#[derive(Debug)]
pub enum RecoveryError {
    /// The link was used, replaced, or is too old.
    LinkInvalid(&'static str),
    /// What was typed is wrong.
    Input(Problem),
    /// Somebody else has the address.
    EmailInUse,
    /// Too many tries or letters: come back in so many seconds.
    TooMany(u64),
    /// Something changed meanwhile.
    Stale,
    /// More passwords wait to be hashed than a moment's work.
    Overloaded,
    /// The command failed.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for RecoveryError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<ChargeError> for RecoveryError {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::TooMany(seconds) => Self::TooMany(seconds),
            ChargeError::Database(error) => error.into(),
        }
    }
}

impl From<SignInError> for RecoveryError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Password(problem) => Self::Input(problem),
            SignInError::TooMany(seconds) => Self::TooMany(seconds),
            SignInError::Overloaded => Self::Overloaded,
            SignInError::Op(error) => Self::Op(error),
            SignInError::Invalid | SignInError::ChallengeInvalid | SignInError::PasswordChangeRequired(_) => {
                Self::Stale
            }
        }
    }
}

impl From<RecoveryError> for Problem {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::LinkInvalid(code) => Self::new(
                410,
                code,
                "This link was used, replaced by a newer one, or is too old. Ask for a new one.",
            ),
            RecoveryError::Input(problem) => problem,
            RecoveryError::EmailInUse => {
                Self::conflict("email_in_use", "Somebody has this address already. Choose another one.")
            }
            RecoveryError::TooMany(seconds) => throttle::too_many(seconds),
            RecoveryError::Stale => {
                Self::conflict("changed_meanwhile", "Your account was changed meanwhile. Try again.")
            }
            RecoveryError::Overloaded => Self::unavailable(),
            RecoveryError::Op(error) => error.into(),
        }
    }
}

/// Asks for a link to a new password. The answer and the work are the same for an address that nobody has; too many
/// letters are dropped in silence (R06).
pub async fn request_reset(caller: &Caller, typed: &str) -> Result<(), RecoveryError> {
    let Ok(email) = EmailAddress::parse(typed) else { return Ok(()) };
    let keys = Keys::reset_letter(&caller.app, &caller.client, email.key());
    let mut op = Op::begin_installation(caller).await?;
    let now = op.now;
    if throttle::count(&mut op.tx, &keys, now).await?.is_some() {
        return Ok(op.leave_unchanged().await?);
    }
    let outcome = request_reset_in(&mut op, &email).await;
    op.finish(outcome).await
}

async fn request_reset_in(op: &mut Op, email: &EmailAddress) -> Result<(), RecoveryError> {
    let found = account::store::find_by_email(&mut op.tx, email.key()).await?;
    let account = match found {
        Some(account) if may_come_back(op, &account).await? => Some(account),
        _ => None,
    };
    let mailed = mail_reset(op, account.as_ref()).await?;
    let target = match &account {
        Some(account) => account.target(),
        None => Target::new("account", "", email.as_str()),
    };
    let event = Event::new(Action::PasswordResetRequested, target);
    op.record(Event { refused: !mailed, ..event });
    Ok(())
}

/// Mails a link to a new password, to the stored address and never to what was typed (R06); those before it are dead. Without
/// an account the work is the same. Says whether a letter goes out.
pub(super) async fn mail_reset(op: &mut Op, account: Option<&Account>) -> Result<bool, RecoveryError> {
    let id = ResetId(op.id());
    store::insert_reset(&mut op.tx, id, account.map(|a| (a.id, a.credential_version)), op.now).await?;
    let Some(to) = account.and_then(Account::address) else { return Ok(false) };
    op.mail(&Letter { kind: LetterKind::PasswordReset, subject: id.0, generation: 0, to: &to }).await?;
    Ok(true)
}

/// Whether somebody with this account could sign in at all: not where all their memberships are suspended.
pub(super) async fn may_come_back(op: &mut Op, account: &Account) -> Result<bool, onesql::Error> {
    let memberships = membership::list(&mut op.tx, account.id, op.now).await?;
    let invited = membership::is_invited(&mut op.tx, &account.email_key, op.now).await?;
    Ok(place(&memberships, Wanted::Any, invited).is_ok())
}

fn reset_invalid() -> RecoveryError {
    RecoveryError::LinkInvalid("reset_invalid")
}

/// Whose link this is, where it can still be used. Looking uses nothing up (R39).
pub async fn look_at_reset(caller: &Caller, token: &str) -> Result<(ResetId, Account), RecoveryError> {
    let app = &caller.app;
    let keys = Keys::token(app, &caller.client);
    throttle::charge(app, &keys).await?;
    let found = live_reset(caller, token, app.now()).await?;
    let outcome = if found.is_some() { Outcome::Withdrawn } else { Outcome::Failed };
    throttle::settle_alone(app, &keys, outcome).await?;
    found.ok_or_else(reset_invalid)
}

async fn live_reset(
    caller: &Caller,
    token: &str,
    now: Timestamp,
) -> Result<Option<(ResetId, Account)>, onesql::Error> {
    let Some((id, _)) = caller.app.key.open(Purpose::PasswordReset, token) else { return Ok(None) };
    let mut reader = caller.app.db.reader();
    let Some(account) = store::live_reset(&mut reader, ResetId(id), now).await? else { return Ok(None) };
    Ok(account::store::find(&mut reader, account).await?.map(|account| (ResetId(id), account)))
}

/// Chooses a new password by a mailed link: once, and every session ends. The link proves the mailbox.
pub async fn reset(caller: &Caller, token: &str, new: &Secret) -> Result<(), RecoveryError> {
    let (id, account) = look_at_reset(caller, token).await?;
    check(caller, &account, new, "/password").await?;
    let hash = hash(caller, new).await?;
    let keys = Keys::password(&caller.app, &caller.client, &account.email_key).await?;
    let mut op = Op::begin_installation(caller).await?;
    let outcome = reset_in(&mut op, id, (account, hash), &keys).await;
    op.finish(outcome).await
}

async fn reset_in(
    op: &mut Op,
    id: ResetId,
    (judged, hash): (Account, String),
    keys: &Keys,
) -> Result<(), RecoveryError> {
    if !may_come_back(op, &judged).await? || !store::use_reset(&mut op.tx, id, op.now).await? {
        return Err(reset_invalid());
    }
    op.actor = Actor::new("account", judged.id, judged.name());
    let how = (Action::PasswordReset, Proof::Mailbox);
    let account = replace_password(op, judged, hash, how).await?.ok_or_else(reset_invalid)?;
    session::store::end_all(&mut op.tx, account.id, None, op.now).await?;
    // Whoever forgot the password has failed before: from here they may sign in at once.
    throttle::settle(&mut op.tx, keys, Outcome::Succeeded, op.now).await?;
    Ok(())
}

/// Proves that the caller knows their own password; wrong ones count like those at sign-in (R09).
pub(super) async fn prove_password(
    caller: &Caller,
    current: &Secret,
) -> Result<(Account, Keys), RecoveryError> {
    let app = &caller.app;
    let id = caller.account()?;
    let account = account::store::find(&mut app.db.reader(), id).await?.ok_or(OpError::Unauthenticated)?;
    let keys = Keys::password(app, &caller.client, &account.email_key).await?;
    throttle::charge(app, &keys).await?;
    let outcome = match app.hasher.verify(current, account.password_hash.as_deref()).await {
        Ok(true) => return Ok((account, keys)),
        Ok(false) => Outcome::Failed,
        Err(_) => Outcome::Withdrawn,
    };
    throttle::settle_alone(app, &keys, outcome).await?;
    Err(match outcome {
        Outcome::Failed => {
            let detail = "This is not your password.";
            RecoveryError::Input(Problem::field("/currentPassword", "wrong_password", detail))
        }
        _ => RecoveryError::Overloaded,
    })
}

/// Changes the caller's own password; every other session of theirs ends, and a letter tells them (R04).
pub async fn change_password(caller: &Caller, current: &Secret, new: &Secret) -> Result<(), RecoveryError> {
    let signed = caller.signed().ok_or(op::OpError::Unauthenticated)?;
    let own = account::store::find(&mut caller.app.db.reader(), signed.account).await?;
    check(caller, &own.ok_or(OpError::Unauthenticated)?, new, "/newPassword").await?;
    let (account, keys) = prove_password(caller, current).await?;
    throttle::settle_alone(&caller.app, &keys, Outcome::Succeeded).await?;
    let hash = fresh_hash(caller, &account, new, "/newPassword").await?;
    let mut op = Op::begin_account(caller).await?;
    let outcome = async {
        let how = (Action::PasswordChanged, Proof::Password);
        let account = replace_password(&mut op, account, hash, how).await?;
        let account = account.ok_or(RecoveryError::Stale)?;
        session::store::end_all(&mut op.tx, account.id, Some(signed.session), op.now).await?;
        Ok(())
    }
    .await;
    op.finish(outcome).await
}
