//! "This was not me": what the reader of a notice answers to it, by the link in the letter.

use super::commands::{RecoveryError, mail_reset, may_come_back};
use super::store;
use crate::account::{self, Account, membership};
use crate::audit::{Action, Actor, Event};
use crate::base::secret::Purpose;
use crate::base::{MemberId, NoticeId, OrganizationId};
use crate::op::{Caller, Op};
use crate::outbox::alarm::{About, Alarm};
use crate::outbox::notice::{self, Notice};
use crate::outbox::{Letter, LetterKind};
use crate::throttle::{self, Keys, Outcome};
use crate::{member, organization, session};

/// A notice as its reader sees it.
#[derive(Clone, Debug)]
pub struct Noticed {
    /// What they were told.
    pub notice: Notice,
    /// The account that it is about.
    pub account: Account,
    /// The name of the organization where it happened; empty where it concerns the account itself.
    pub organization: String,
}

impl Noticed {
    /// Whether disowning it makes the account safe: the reader has the mailbox that the account signs in with, and what
    /// they disown is somebody else's use of it. Who disowns a change of address may be either side, and a role is
    /// nobody's but the organization's: those are told on.
    pub fn secures(&self) -> bool {
        let about = About::from(&self.notice.happening);
        matches!(about, About::Password | About::SignIn)
            && self.notice.recipient_key == self.account.email_key
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disowned {
    /// Whether sessions and password were ended.
    pub secured: bool,
    /// Whether a link to a new password goes to the mailbox: where the account was made safe and its owner may come back.
    pub mailed: bool,
    /// How many people who run an organization of theirs were told by letter.
    pub told: usize,
}

fn invalid() -> RecoveryError {
    RecoveryError::LinkInvalid("notice_invalid")
}

/// What a notice's link is about, where it can still be answered. Looking uses nothing up (R39).
pub async fn look_at_notice(caller: &Caller, token: &str) -> Result<Noticed, RecoveryError> {
    let app = &caller.app;
    let keys = Keys::token(app, &caller.client);
    throttle::charge(app, &keys).await?;
    let found = live(caller, token).await?;
    let outcome = if found.is_some() { Outcome::Withdrawn } else { Outcome::Failed };
    throttle::settle_alone(app, &keys, outcome).await?;
    found.ok_or_else(invalid)
}

async fn live(caller: &Caller, token: &str) -> Result<Option<Noticed>, onesql::Error> {
    let Some((id, _)) = caller.app.key.open(Purpose::Notice, token) else { return Ok(None) };
    let mut reader = caller.app.db.reader();
    let found = notice::find(&mut reader, NoticeId(id)).await?;
    let Some(notice) = found.filter(|notice| notice.is_live(caller.app.now())) else { return Ok(None) };
    let Some(account) = account::store::find(&mut reader, notice.account).await? else { return Ok(None) };
    let organization = match notice.organization {
        Some(id) => organization::store::find(&mut reader, id).await?.map_or(String::new(), |o| o.name),
        None => String::new(),
    };
    Ok(Some(Noticed { notice, account, organization }))
}

/// Answers a notice, once. Where its reader has the account's own mailbox, a disowned sign-in or password ends every session
/// and the password, and a link to a new one is mailed: the notice itself, a week old perhaps, is no way in. Whoever runs an
/// organization of theirs is told.
pub async fn disown(caller: &Caller, token: &str) -> Result<Disowned, RecoveryError> {
    let noticed = look_at_notice(caller, token).await?;
    let mut op = match noticed.notice.organization {
        Some(organization) => Op::begin_in(caller, organization).await?,
        None => Op::begin_installation(caller).await?,
    };
    op.actor = Actor::new("account", noticed.account.id, noticed.account.name());
    let outcome = match noticed.notice.organization {
        Some(organization) => dispute_here(&mut op, &noticed, organization).await,
        None => disown_in(&mut op, &noticed).await,
    };
    op.finish(outcome).await
}

async fn disown_in(op: &mut Op, noticed: &Noticed) -> Result<Disowned, RecoveryError> {
    let found = account::store::lock(&mut op.tx, noticed.account.id).await?;
    // Judged anew: the address may have changed meanwhile.
    let Some(account) = found else { return Err(invalid()) };
    let noticed = Noticed { account, ..noticed.clone() };
    if !notice::disown(&mut op.tx, noticed.notice.id, op.now).await? {
        return Err(invalid());
    }
    let secured = noticed.secures();
    session::store::end_all(&mut op.tx, noticed.account.id, None, op.now).await?;
    let mailed = secured && secure(op, &noticed.account).await?;
    let about = About::from(&noticed.notice.happening);
    let mut told = 0;
    for place in membership::list(&mut op.tx, noticed.account.id, op.now).await? {
        let alarm = Alarm { about, secured };
        told += sound(op, (place.organization, place.member), alarm).await?;
    }
    let action = if secured { Action::AccountSecured } else { Action::AccountDisputed };
    let event = Event::new(action, noticed.account.target());
    op.record(event.with("notice", noticed.notice.happening.letter().as_str()));
    Ok(Disowned { secured, mailed, told })
}

/// The password of whoever came in opens nothing any more; the one to come is chosen through the mailbox. Says whether a link
/// goes there.
async fn secure(op: &mut Op, account: &Account) -> Result<bool, RecoveryError> {
    let mut account = account.clone();
    account.password_hash = None;
    account.credential_version += 1;
    account::store::update_or_retry(&mut op.tx, &account, op.now).await?;
    Ok(may_come_back(op, &account).await? && mail_reset(op, Some(&account)).await?)
}

async fn dispute_here(
    op: &mut Op,
    noticed: &Noticed,
    organization: OrganizationId,
) -> Result<Disowned, RecoveryError> {
    if !notice::disown(&mut op.tx, noticed.notice.id, op.now).await? {
        return Err(invalid());
    }
    let found = member::store::find_by_account(&mut op.tx, organization, noticed.account.id).await?;
    let Some(member) = found else { return Err(invalid()) };
    let alarm = Alarm { about: About::Roles, secured: false };
    let told = sound(op, (organization, member.id), alarm).await?;
    op.record(Event::new(Action::MemberDisputed, member.target()));
    Ok(Disowned { secured: false, mailed: false, told })
}

/// Tells those who run an organization; says how many.
async fn sound(
    op: &mut Op,
    (organization, member): (OrganizationId, MemberId),
    alarm: Alarm,
) -> Result<usize, RecoveryError> {
    let mut told = 0;
    for to in store::in_charge(&mut op.tx, organization, member, op.now).await? {
        let generation = alarm.to_number();
        op.mail(&Letter { kind: LetterKind::Alarm, subject: member.0, generation, to: &to }).await?;
        told += 1;
    }
    Ok(told)
}
