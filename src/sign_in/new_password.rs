//! Choosing a new password: what the first sign-in asks for where an administrator chose the one in use (R11), and what every
//! other change of a password shares.

use super::Wanted;
use super::commands::{SignInError, end_presented};
use super::enter::{EnterError, SignedIn, enter};
use crate::account::{self, Account, membership, password};
use crate::audit::{Action, Actor, Event};
use crate::base::problem::Checks;
use crate::base::secret::{Purpose, Secret};
use crate::base::time::MINUTE;
use crate::base::{AccountId, OrganizationId, Problem, Timestamp};
use crate::op::{Caller, Op, OpError};
use crate::outbox::notice::Happening;
use crate::session::{self, Method};
use crate::throttle::{self, Keys, Outcome};

/// How long a challenge to choose a new password can be answered.
const CHALLENGE_LIFETIME: i64 = 15 * MINUTE;

/// What somebody who chooses a password has shown to be allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password before, which others may know as well.
    Password,
    /// A mailed link: they read the account's mailbox.
    Mailbox,
}

/// A challenge that lets its holder choose a new password: for a quarter of an hour, in place of this password, once.
/// They have just given the password, or shown a mailed link and a session.
pub fn challenge(caller: &Caller, account: &Account, wanted: Wanted, proof: Proof) -> String {
    let organization = match wanted {
        Wanted::One(id) => id,
        Wanted::Any | Wanted::Unknown => OrganizationId::INSTALLATION,
    };
    let until = caller.app.now().plus(CHALLENGE_LIFETIME);
    let mut content = Vec::with_capacity(49);
    content.extend_from_slice(account.id.0.as_bytes());
    content.extend_from_slice(&account.credential_version.to_be_bytes());
    content.extend_from_slice(&until.0.to_be_bytes());
    content.extend_from_slice(organization.0.as_bytes());
    content.push(u8::from(proof == Proof::Mailbox));
    caller.app.key.sealed(Purpose::NewPassword, &content)
}

/// What an answered challenge says.
struct Challenged {
    account: AccountId,
    credential_version: i64,
    wanted: Wanted,
    proof: Proof,
}

fn open_challenge(caller: &Caller, text: &str) -> Option<Challenged> {
    let content = caller.app.key.unseal(Purpose::NewPassword, text)?;
    let (account, rest) = content.split_at_checked(16)?;
    let (version, rest) = rest.split_at_checked(8)?;
    let (until, rest) = rest.split_at_checked(8)?;
    let (organization, proof) = rest.split_at_checked(16)?;
    let until = Timestamp(i64::from_be_bytes(until.try_into().ok()?));
    let organization = OrganizationId(uuid::Uuid::from_slice(organization).ok()?);
    let wanted =
        if organization == OrganizationId::INSTALLATION { Wanted::Any } else { Wanted::One(organization) };
    (caller.app.now() < until).then_some(Challenged {
        account: AccountId(uuid::Uuid::from_slice(account).ok()?),
        credential_version: i64::from_be_bytes(version.try_into().ok()?),
        wanted,
        proof: if proof == [1] { Proof::Mailbox } else { Proof::Password },
    })
}

/// Answers the challenge with a new password and signs in. The one before, which an administrator knows, is dead (R11).
pub async fn new_password(caller: &Caller, challenge: &str, new: &Secret) -> Result<SignedIn, SignInError> {
    let app = &caller.app;
    let keys = Keys::token(app, &caller.client);
    throttle::charge(app, &keys).await?;
    let found = match open_challenge(caller, challenge) {
        Some(challenged) => {
            let account = account::store::find(&mut app.db.reader(), challenged.account).await?;
            account
                .filter(|a| a.credential_version == challenged.credential_version)
                .map(|a| (a, (challenged.wanted, challenged.proof)))
        }
        None => None,
    };
    let outcome = if found.is_some() { Outcome::Withdrawn } else { Outcome::Failed };
    throttle::settle_alone(app, &keys, outcome).await?;
    let (account, challenged) = found.ok_or(SignInError::ChallengeInvalid)?;
    let hash = fresh_hash(caller, &account, new, "/password").await?;
    let mut op = Op::begin_installation(caller).await?;
    let outcome = new_password_in(&mut op, caller, (account, hash), challenged).await;
    op.finish(outcome).await
}

async fn new_password_in(
    op: &mut Op,
    caller: &Caller,
    (judged, hash): (Account, String),
    (wanted, proof): (Wanted, Proof),
) -> Result<SignedIn, SignInError> {
    op.actor = Actor::new("account", judged.id, judged.name());
    let account = replace_password(op, judged, hash, (Action::PasswordChanged, proof)).await?;
    let account = account.ok_or(SignInError::ChallengeInvalid)?;
    session::store::end_all(&mut op.tx, account.id, None, op.now).await?;
    end_presented(op, caller).await?;
    match enter(op, account, wanted, Method::Password).await {
        Ok(signed_in) => Ok(signed_in),
        Err(EnterError::Refused(..)) => Err(SignInError::ChallengeInvalid),
        Err(EnterError::Op(error)) => Err(error.into()),
    }
}

/// The hash of a new password that fits the rules and is not the one in use. Outside any transaction.
pub async fn fresh_hash(
    caller: &Caller,
    account: &Account,
    new: &Secret,
    pointer: &str,
) -> Result<String, SignInError> {
    check(caller, account, new, pointer).await?;
    let Ok(same) = caller.app.hasher.verify(new, account.password_hash.as_deref()).await else {
        return Err(SignInError::Overloaded);
    };
    if same {
        let detail = "This is the password in use. Choose another one.";
        return Err(SignInError::Password(Problem::field(pointer, "password_unchanged", detail)));
    }
    hash(caller, new).await
}

/// Whether a new password fits the rules, with the words around this person in mind.
pub async fn check(
    caller: &Caller,
    account: &Account,
    new: &Secret,
    pointer: &str,
) -> Result<(), SignInError> {
    let memberships = membership::list(&mut caller.app.db.reader(), account.id, caller.app.now()).await?;
    let whole = account.name();
    let mut context = vec![account.first_name.as_str(), &account.last_name, &whole, &account.email];
    context.extend(memberships.iter().flat_map(|m| [m.name.as_str(), &m.slug]));
    let mut checks = Checks::default();
    if let Err(weakness) = password::check(new, &context) {
        checks.wrong(pointer, weakness.code(), weakness.to_string());
    }
    checks.done().map_err(SignInError::Password)
}

/// The hash of a checked password.
pub async fn hash(caller: &Caller, new: &Secret) -> Result<String, SignInError> {
    password::hash(&caller.app, new).await.map_err(|_| SignInError::Overloaded)
}

/// Replaces a password, where no other change came between, and tells the owner by mail. What was mailed or challenged
/// before is dead.
pub async fn replace_password(
    op: &mut Op,
    judged: Account,
    hash: String,
    (action, proof): (Action, Proof),
) -> Result<Option<Account>, OpError> {
    let found = account::store::lock(&mut op.tx, judged.id).await?;
    let Some(mut account) = found.filter(|a| a.credential_version == judged.credential_version) else {
        return Ok(None);
    };
    account.password_hash = Some(hash);
    account.must_change_password = false;
    account.credential_version += 1;
    if proof == Proof::Mailbox {
        // The link was mailed there, so who chooses reads this mailbox. Who only knew the password before may be the
        // administrator who chose that one.
        account.email_verified = true;
        account.password_foreign_since = None;
    }
    if !account::store::update(&mut op.tx, &account, op.now).await? {
        return Ok(None);
    }
    account.version += 1;
    account.updated_at = op.now;
    if let Some(to) = account.address() {
        op.notify(account.id, &to, &Happening::PasswordChanged).await?;
    }
    op.record(Event::new(action, account.target()));
    Ok(Some(account))
}
