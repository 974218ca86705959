//! Signing in with e-mail and password.

use super::attempt::{self, Try};
use super::enter::{EnterError, SignedIn, enter};
use super::new_password::{Proof, challenge};
use super::{Reason, Wanted};
use crate::account::membership::{self, Membership};
use crate::account::{self, Account};
use crate::audit::{Action, Event, Target};
use crate::base::secret::Secret;
use crate::base::{AccountId, Problem, SessionId, Timestamp};
use crate::op::{Caller, Op, OpError};
use crate::session::{self, Method};
use crate::throttle::{self, ChargeError, Keys, Outcome};

/// What somebody sends to sign in.
pub struct Credentials<'a> {
    /// The address as typed.
    pub email: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// The organization to enter, by id or slug.
    pub organization: Option<&'a str>,
}

/// Why somebody does not get in.
#[derive(Debug)]
pub enum SignInError {
    /// Whatever it is that does not fit: the answer is the same (R05).
    Invalid,
    /// The right password, but a new one must be chosen; the challenge says that they may.
    PasswordChangeRequired(String),
    /// The challenge is too old, used, or none.
    ChallengeInvalid,
    /// The new password is not taken.
    Password(Problem),
    /// Too many failures: come back in so many seconds.
    TooMany(u64),
    /// More passwords wait to be hashed than a moment's work.
    Overloaded,
    /// The command failed.
    Op(OpError),
}

impl From<OpError> for SignInError {
    fn from(error: OpError) -> Self {
        Self::Op(error)
    }
}

impl From<onesql::Error> for SignInError {
    fn from(error: onesql::Error) -> Self {
        Self::Op(error.into())
    }
}

impl From<ChargeError> for SignInError {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::TooMany(seconds) => Self::TooMany(seconds),
            ChargeError::Database(error) => error.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Invalid => Self::new(
                401,
                "invalid_credentials",
                "E-mail and password do not match. Check both, or choose a new password.",
            ),
            SignInError::PasswordChangeRequired(challenge) => Self {
                challenge: Some(challenge),
                ..Self::new(
                    403,
                    "password_change_required",
                    "Your password was chosen by an administrator. Choose one of your own to go on.",
                )
            },
            SignInError::ChallengeInvalid => Self::new(
                401,
                "challenge_invalid",
                "This step is too old or was done already. Sign in again.",
            ),
            SignInError::Password(problem) => problem,
            SignInError::TooMany(seconds) => throttle::too_many(seconds),
            SignInError::Overloaded => Self::unavailable(),
            SignInError::Op(error) => error.into(),
        }
    }
}

/// Signs in with e-mail and password.
pub async fn sign_in(caller: &Caller, credentials: &Credentials<'_>) -> Result<SignedIn, SignInError> {
    let app = &caller.app;
    let attempt = Try::new(&caller.client, &app.random, credentials.email, Method::Password);
    let mut reader = app.db.reader();
    let wanted = attempt::wanted(&mut reader, credentials.organization).await?;
    let keys = Keys::password(app, &caller.client, &attempt.email_key).await?;
    if let Err(error) = throttle::charge(app, &keys).await {
        if let ChargeError::TooMany(_) = error {
            fail(caller, &attempt, wanted, (Reason::TooManyAttempts, None)).await?;
        }
        return Err(error.into());
    }
    let account = account::store::find_by_email(&mut reader, &attempt.email_key).await?;
    let hash = account.as_ref().and_then(|a| a.password_hash.as_deref());
    let Ok(right) = app.hasher.verify(credentials.password, hash).await else {
        throttle::settle_alone(app, &keys, Outcome::Withdrawn).await?;
        return Err(SignInError::Overloaded);
    };
    let Some(account) = account.filter(|_| right) else {
        fail(caller, &attempt, wanted, (Reason::WrongPassword, Some(&keys))).await?;
        return Err(SignInError::Invalid);
    };
    let mut op = Op::begin_installation(caller).await?;
    let outcome = judged_right(&mut op, caller, account, (wanted, &keys)).await;
    match outcome {
        Ok(signed_in) => Ok(op.finish(Ok::<_, SignInError>(signed_in)).await?),
        Err(Turned::Away(reason)) => {
            op.leave_unchanged().await?;
            fail(caller, &attempt, wanted, (reason, Some(&keys))).await?;
            Err(SignInError::Invalid)
        }
        Err(Turned::ToNewPassword(account)) => {
            op.leave_unchanged().await?;
            let whose = account.id;
            fail_with(caller, &attempt, wanted, (Reason::PasswordChangeRequired, whose, &keys)).await?;
            Err(SignInError::PasswordChangeRequired(challenge(caller, &account, wanted, Proof::Password)))
        }
        Err(Turned::Failed(error)) => op.finish(Err(error.into())).await,
    }
}

/// Why a right password did not end in a session.
enum Turned {
    Away(Reason),
    ToNewPassword(Box<Account>),
    Failed(OpError),
}

impl From<onesql::Error> for Turned {
    fn from(error: onesql::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<EnterError> for Turned {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Refused(reason, _) => Self::Away(reason),
            EnterError::Op(error) => Self::Failed(error),
        }
    }
}

async fn judged_right(
    op: &mut Op,
    caller: &Caller,
    judged: Account,
    (wanted, keys): (Wanted, &Keys),
) -> Result<SignedIn, Turned> {
    // Whatever changed the password while it was judged has ended this try, too.
    let account = account::store::find(&mut op.tx, judged.id).await?;
    let account = account.filter(|a| a.password_hash == judged.password_hash);
    let account = account.ok_or(Turned::Away(Reason::WrongPassword))?;
    if account.must_change_password {
        let memberships = membership::list(&mut op.tx, account.id, op.now).await?;
        let invited = membership::is_invited(&mut op.tx, &account.email_key, op.now).await?;
        super::place(&memberships, wanted, invited).map_err(Turned::Away)?;
        return Err(Turned::ToNewPassword(Box::new(account)));
    }
    end_presented(op, caller).await?;
    let signed_in = enter(op, account, wanted, Method::Password).await?;
    settle_success(op, signed_in.account.id, keys).await?;
    Ok(signed_in)
}

/// A session that the browser had before is ended, never taken on (R13). A program that signs somebody else in keeps its own.
pub(super) async fn end_presented(op: &mut Op, caller: &Caller) -> Result<(), onesql::Error> {
    let Some(before) = caller.signed().filter(|signed| signed.by_cookie) else { return Ok(()) };
    let id: SessionId = before.session;
    if session::store::end(&mut op.tx, id, op.now).await? {
        op.record(Event::new(Action::SessionEnded, Target::new("session", id, before.name.clone())));
    }
    Ok(())
}

async fn settle_success(op: &mut Op, account: AccountId, keys: &Keys) -> Result<(), onesql::Error> {
    let network = throttle::known_network(&op.app, op.client());
    throttle::store::remember(&mut op.tx, account, network, op.now).await?;
    throttle::settle(&mut op.tx, keys, Outcome::Succeeded, op.now).await
}

/// Records a failure and settles its charge, in one transaction. It reads the same, whether the address is known or not.
async fn fail(
    caller: &Caller,
    attempt: &Try<'_>,
    wanted: Wanted,
    (reason, charged): (Reason, Option<&Keys>),
) -> Result<(), onesql::Error> {
    let mut tx = caller.app.db.begin().await?;
    let now = caller.app.now();
    let account = account::store::find_by_email(&mut tx, &attempt.email_key).await?;
    let memberships = memberships(&mut tx, account.as_ref(), now).await?;
    let reason = match (&account, reason) {
        (None, Reason::WrongPassword) => Reason::UnknownUser,
        (_, reason) => reason,
    };
    attempt.failed(&mut tx, (account.as_ref().map(|a| a.id), &memberships), wanted, reason, now).await?;
    if let Some(keys) = charged {
        throttle::settle(&mut tx, keys, Outcome::Failed, now).await?;
    }
    tx.commit().await
}

/// Records a try with the right password that has to go on elsewhere: nothing is held against it.
async fn fail_with(
    caller: &Caller,
    attempt: &Try<'_>,
    wanted: Wanted,
    (reason, account, keys): (Reason, AccountId, &Keys),
) -> Result<(), onesql::Error> {
    let mut tx = caller.app.db.begin().await?;
    let now = caller.app.now();
    let memberships = membership::list(&mut tx, account, now).await?;
    attempt.failed(&mut tx, (Some(account), &memberships), wanted, reason, now).await?;
    throttle::settle(&mut tx, keys, Outcome::Succeeded, now).await?;
    tx.commit().await
}

async fn memberships(
    tx: &mut onesql::Tx,
    account: Option<&Account>,
    now: Timestamp,
) -> Result<Vec<Membership>, onesql::Error> {
    match account {
        Some(account) => membership::list(tx, account.id, now).await,
        None => Ok(Vec::new()),
    }
}
