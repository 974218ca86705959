//! A new address: asked for with the password, effective once the new mailbox has confirmed it (MEM-4).

use super::commands::{RecoveryError, prove_password};
use super::store::{self, LiveChange};
use crate::account;
use crate::audit::{Action, Actor, Event};
use crate::base::secret::{Purpose, Secret};
use crate::base::{EmailAddress, EmailChangeId, Problem};
use crate::op::{Caller, Op, OpError};
use crate::outbox::notice::Happening;
use crate::outbox::{Letter, LetterKind};
use crate::throttle::{self, Keys, Outcome};

/// Asks to change the caller's own address: a link goes to the new one. Whether somebody has that address already is not
/// told here; nothing is mailed then.
pub async fn request_change(caller: &Caller, typed: &str, current: &Secret) -> Result<(), RecoveryError> {
    let input = |code: &str, detail: &str| RecoveryError::Input(Problem::field("/email", code, detail));
    caller.account()?;
    let email = EmailAddress::parse(typed).map_err(|_| {
        input("invalid_email", "This is not a full e-mail address. Check the part after the @.")
    })?;
    let (account, keys) = prove_password(caller, current).await?;
    throttle::settle_alone(&caller.app, &keys, Outcome::Succeeded).await?;
    if email.key() == account.email_key {
        return Err(input("email_unchanged", "This is your address already."));
    }
    let letters = Keys::change_letter(&caller.app, account.id);
    let mut op = Op::begin_account(caller).await?;
    let outcome = async {
        if let Some(seconds) = throttle::count(&mut op.tx, &letters, op.now).await? {
            return Err(RecoveryError::TooMany(seconds));
        }
        let account = account::store::find(&mut op.tx, account.id).await?.ok_or(OpError::Unauthenticated)?;
        let id = EmailChangeId(op.id());
        let whose = (account.id, account.credential_version);
        store::insert_change(&mut op.tx, id, whose, &email, op.now).await?;
        let taken = account::store::find_by_email(&mut op.tx, email.key()).await?.is_some();
        if !taken {
            let letter = Letter { kind: LetterKind::EmailChange, subject: id.0, generation: 0, to: &email };
            op.mail(&letter).await?;
        }
        op.record(Event::new(Action::EmailChangeRequested, account.target()).with("email", email.as_str()));
        Ok(())
    }
    .await;
    op.finish(outcome).await
}

fn change_invalid() -> RecoveryError {
    RecoveryError::LinkInvalid("email_change_invalid")
}

/// The change that a mailed link is about, where it can still be confirmed. Looking uses nothing up (R39).
pub async fn look_at_change(
    caller: &Caller,
    token: &str,
) -> Result<(EmailChangeId, LiveChange), RecoveryError> {
    let app = &caller.app;
    let keys = Keys::token(app, &caller.client);
    throttle::charge(app, &keys).await?;
    let found = match app.key.open(Purpose::EmailChange, token) {
        Some((id, _)) => {
            let id = EmailChangeId(id);
            store::live_change(&mut app.db.reader(), id, app.now()).await?.map(|change| (id, change))
        }
        None => None,
    };
    let outcome = if found.is_some() { Outcome::Withdrawn } else { Outcome::Failed };
    throttle::settle_alone(app, &keys, outcome).await?;
    found.ok_or_else(change_invalid)
}

/// Confirms a new address: it is the account's from now on, verified, and both mailboxes are told.
pub async fn confirm_change(caller: &Caller, token: &str) -> Result<(), RecoveryError> {
    let (id, change) = look_at_change(caller, token).await?;
    let is_own = caller.signed().is_some_and(|signed| signed.account == change.account);
    let mut op = Op::begin_installation(caller).await?;
    let outcome = confirm_in(&mut op, id, is_own).await;
    op.finish(outcome).await
}

async fn confirm_in(op: &mut Op, id: EmailChangeId, is_own: bool) -> Result<(), RecoveryError> {
    let now = op.now;
    let asked = store::live_change(&mut op.tx, id, now).await?.ok_or_else(change_invalid)?;
    let mut account = account::store::lock(&mut op.tx, asked.account).await?.ok_or_else(change_invalid)?;
    // What changed the account until it was locked may have ended the change.
    let change = store::live_change(&mut op.tx, id, now).await?.ok_or_else(change_invalid)?;
    let new = EmailAddress::parse(&change.email).map_err(|_| change_invalid())?;
    if !store::use_change(&mut op.tx, id, now).await? {
        return Err(change_invalid());
    }
    let taken = account::store::find_by_email(&mut op.tx, new.key()).await?.is_some();
    if taken || store::is_taken_next_door(&mut op.tx, account.id, new.key()).await? {
        return Err(RecoveryError::EmailInUse);
    }
    op.actor = Actor::new("account", account.id, account.name());
    let old = account.address();
    let event = Event::new(Action::EmailChanged, account.target()).change(
        "email",
        account.email.as_str(),
        new.as_str(),
    );
    account.email = new.as_str().to_owned();
    account.email_key = new.key().to_owned();
    account.email_verified = true;
    if !is_own {
        // Who reads the mailbox has confirmed, and is perhaps not who knows the password.
        account.password_foreign_since = account.password_foreign_since.or(Some(now));
    }
    account.credential_version += 1;
    account::store::update_or_retry(&mut op.tx, &account, now).await?;
    account::store::follow(&mut op.tx, &account, now).await?;
    for to in [old.as_ref(), Some(&new)].into_iter().flatten() {
        op.notify(account.id, to, &Happening::EmailChanged).await?;
    }
    op.record(event);
    Ok(())
}
