//! What the invited person can do: look, accept, decline. The mailed token is the proof that they read the mailbox; it
//! fixes organization, address and roles (R34). A copied link fixes the same and proves nothing.

pub use super::answer::AnswerError;
use super::commands::close;
use super::{Invitation, Status, store};
use crate::account::{self, Account, password};
use crate::audit::{Action, Actor, Event};
use crate::base::problem::Checks;
use crate::base::secret::{BearerToken, Purpose, Secret};
use crate::base::{AccountId, InvitationId, MemberId, Timestamp, text};
use crate::member::{self, Member, Status as MemberStatus};
use crate::op::{Caller, Op, OpError, Organization};
use crate::role::store::Role;
use crate::session::Method;
use crate::sign_in::Wanted;
use crate::sign_in::enter::{SignedIn, enter};
use crate::sign_in::new_password::{Proof, challenge};
use crate::throttle::{self, Keys};
use crate::{organization, role, session};

/// How the holder of a link came by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the letter: they read the mailbox.
    Letter,
    /// Somebody who saw it in the console handed it over, or used it.
    Copy,
}

/// What the holder of a letter may see.
#[derive(Clone, Debug)]
pub struct Look {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization's name and words.
    pub organization: Organization,
    /// The roles that it gives.
    pub roles: Vec<Role>,
    /// The address's account; whether there is one is not told by a copied link.
    pub account: Option<AccountId>,
    /// How the link came.
    pub way: Way,
}

/// Opens a letter's link by looking: nothing is used up (R39).
pub async fn look(caller: &Caller, token: &str) -> Result<Look, AnswerError> {
    let app = &caller.app;
    let link = opened(caller, token)?;
    let mut reader = app.db.reader();
    let found = store::find_by_token(&mut reader, link.id).await?.ok_or(AnswerError::Unknown)?;
    judge(&found, link, app.now())?;
    let organization =
        organization::store::find(&mut reader, found.organization).await?.ok_or(AnswerError::Unknown)?;
    let roles = role::store::list(&mut reader, found.organization).await?;
    let roles = roles.into_iter().filter(|role| found.roles.contains(&role.id)).collect();
    let account = match link.way {
        Way::Letter => account::store::find_by_email(&mut reader, &found.email_key).await?.map(|a| a.id),
        Way::Copy => None,
    };
    Ok(Look { invitation: found, organization, roles, account, way: link.way })
}

/// What a link's token says.
#[derive(Clone, Copy)]
struct Link {
    id: InvitationId,
    generation: i64,
    way: Way,
}

fn opened(caller: &Caller, token: &str) -> Result<Link, AnswerError> {
    let by = |way, purpose| {
        let (id, generation) = caller.app.key.open(purpose, token)?;
        Some(Link { id: InvitationId(id), generation: i64::from(generation), way })
    };
    let link = by(Way::Letter, Purpose::Invitation).or_else(|| by(Way::Copy, Purpose::CopiedInvitation));
    link.ok_or(AnswerError::Unknown)
}

/// Whether a link of this generation still opens the invitation.
fn judge(invitation: &Invitation, link: Link, now: Timestamp) -> Result<(), AnswerError> {
    match invitation.status(now) {
        Status::Pending if link.generation == invitation.generation => Ok(()),
        Status::Pending => Err(AnswerError::Superseded),
        status => Err(AnswerError::Closed(status)),
    }
}

/// The particulars of a new person.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The password.
    pub password: Secret,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// A telephone, may be empty.
    pub phone: String,
    /// A time zone, may be empty.
    pub time_zone: String,
}

/// Who came in.
pub struct Joined {
    /// The membership.
    pub member: Member,
    /// The new session; `None` where the one that was there entered the organization.
    pub signed_in: Option<SignedIn>,
    /// The token that a browser's session goes on with.
    pub token: Option<BearerToken>,
}

/// Accepts: as the signed-in account, or as a new person.
pub async fn accept(caller: &Caller, token: &str, newcomer: Newcomer) -> Result<Joined, AnswerError> {
    if caller.signed().is_some() {
        return accept_signed_in(caller, token).await;
    }
    accept_new(caller, token, newcomer).await
}

/// Accepts as somebody without an account: it is made here, its address proven by the letter. With a copied link the
/// refusal shows that there is an account: such answers are limited in rate.
pub async fn accept_new(caller: &Caller, token: &str, newcomer: Newcomer) -> Result<Joined, AnswerError> {
    let link = opened(caller, token)?;
    let mut look = look(caller, token).await?;
    judge_signed_in(caller, &look.invitation)?;
    if look.account.is_some() {
        // Perhaps this very link made the account a moment ago: then the invitation is accepted by now.
        look = self::look(caller, token).await?;
    }
    if look.account.is_some() {
        return Err(AnswerError::SignInRequired);
    }
    let mut checks = Checks::default();
    let first_name = checks.name("/firstName", "The first name", &newcomer.first_name);
    let last_name = checks.name("/lastName", "The last name", &newcomer.last_name);
    let phone = account::check_phone(&mut checks, "/phone", &newcomer.phone);
    let time_zone = account::check_time_zone(&mut checks, "/timeZone", &newcomer.time_zone);
    let context = [look.organization.name.as_str(), &first_name, &last_name, &look.invitation.email];
    if let Err(weakness) = password::check(&newcomer.password, &context) {
        checks.wrong("/password", weakness.code(), weakness.to_string());
    }
    checks.done().map_err(AnswerError::Input)?;
    let hash = password::hash(&caller.app, &newcomer.password).await.map_err(AnswerError::Input)?;
    let person = Newcomer { first_name, last_name, phone, time_zone, ..newcomer };
    let organization = look.organization.id;
    let joined = async {
        let mut op = Op::begin_in(caller, organization).await?;
        let outcome = accept_new_in(&mut op, link, person, hash).await;
        op.finish(outcome).await
    };
    match link.way {
        Way::Letter => joined.await,
        Way::Copy => {
            let keys = Keys::copied_links(&caller.app, organization);
            let tells = |error: &AnswerError| matches!(error, AnswerError::SignInRequired);
            throttle::probing(&caller.app, &keys, joined, tells).await
        }
    }
}

async fn accept_new_in(
    op: &mut Op,
    link: Link,
    person: Newcomer,
    hash: String,
) -> Result<Joined, AnswerError> {
    let organization = op.organization_id();
    let invitation = store::find(&mut op.tx, organization, link.id).await?.ok_or(AnswerError::Unknown)?;
    judge(&invitation, link, op.now)?;
    if account::store::find_by_email(&mut op.tx, &invitation.email_key).await?.is_some() {
        return Err(AnswerError::SignInRequired);
    }
    let by_letter = link.way == Way::Letter;
    let account = Account {
        id: AccountId(op.id()),
        email: invitation.email.clone(),
        email_key: invitation.email_key.clone(),
        email_verified: by_letter,
        first_name: person.first_name,
        last_name: person.last_name,
        phone: person.phone,
        time_zone: person.time_zone,
        locale: String::new(),
        password_hash: Some(hash),
        must_change_password: false,
        password_foreign_since: (!by_letter).then_some(op.now),
        credential_version: 1,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    account::store::insert(&mut op.tx, &account).await?;
    let member = join(op, invitation, &account).await?;
    let signed_in = enter(op, account, Wanted::One(organization), Method::Invitation).await?;
    Ok(Joined { member, signed_in: Some(signed_in), token: None })
}

/// Whether nobody, or the invited person, is signed in.
fn judge_signed_in(caller: &Caller, invitation: &Invitation) -> Result<(), AnswerError> {
    match caller.signed() {
        Some(signed) if crate::base::EmailAddress::key_of(&signed.email) != invitation.email_key => {
            Err(AnswerError::SignedInAsOther)
        }
        _ => Ok(()),
    }
}

/// Whether who is signed in may join one more organization: an administrator of another one, who made the account and
/// may know its password, must not come to power here with it. Who has the letter chooses a new password here and now.
fn judge_account(caller: &Caller, account: &Account, way: Way, lets_in: bool) -> Result<(), AnswerError> {
    match way {
        Way::Letter if lets_in && account.password_foreign_since.is_some() => {
            let challenge = challenge(caller, account, Wanted::Any, Proof::Mailbox);
            Err(AnswerError::PasswordChangeRequired(challenge))
        }
        Way::Copy if !account.speaks_for_its_mailbox() => Err(AnswerError::MailboxUnproven),
        _ => Ok(()),
    }
}

/// Whether a role that the invitation gives lets others in or manages them.
async fn lets_others_in(op: &mut Op, invitation: &Invitation) -> Result<bool, AnswerError> {
    let Some(id) = invitation.member else { return Ok(false) };
    let organization = op.organization()?.clone();
    let Some(member) = member::store::find(&mut op.tx, organization.id, id).await? else { return Ok(false) };
    let roles = role::store::list(&mut op.tx, organization.id).await?;
    let all: Vec<_> = roles.iter().map(|role| role.definition.clone()).collect();
    Ok(member.held(&roles).into_iter().any(|role| {
        let permissions = role::permissions_with_lower(&role.definition, &all);
        role.definition.top || organization.model.lets_others_in(&permissions)
    }))
}

/// Accepts as the signed-in account with the invited address.
pub async fn accept_signed_in(caller: &Caller, token: &str) -> Result<Joined, AnswerError> {
    let look = look(caller, token).await?;
    judge_signed_in(caller, &look.invitation)?;
    let Some(signed) = caller.signed() else { return Err(AnswerError::SignInRequired) };
    let (account_id, session, by_cookie) = (signed.account, signed.session, signed.by_cookie);
    let link = opened(caller, token)?;
    let mut op = Op::begin_in(caller, look.organization.id).await?;
    let outcome = async {
        let organization = op.organization_id();
        let invitation = store::find(&mut op.tx, organization, link.id).await?.ok_or(AnswerError::Unknown)?;
        judge(&invitation, link, op.now)?;
        let mut account =
            account::store::find(&mut op.tx, account_id).await?.ok_or(OpError::Unauthenticated)?;
        if account.email_key != invitation.email_key {
            return Err(AnswerError::SignedInAsOther);
        }
        let lets_in = lets_others_in(&mut op, &invitation).await?;
        judge_account(caller, &account, link.way, lets_in)?;
        // The letter proves the mailbox. The row is written in any case: see `account::store::lock`.
        account.email_verified = true;
        account::store::update_or_retry(&mut op.tx, &account, op.now).await?;
        let member = join(&mut op, invitation, &account).await?;
        session::store::enter(&mut op, session, account.id, member.organization).await?;
        // More rights, a new token (SES-10); a program would not see it, and keeps its own.
        let token = match by_cookie {
            true => Some(session::store::renew_token(&mut op, session).await?),
            false => None,
        };
        Ok(Joined { member, signed_in: None, token })
    }
    .await;
    op.finish(outcome).await
}

/// Turns the invited member active: one guarded write of the invitation decides who was first.
async fn join(op: &mut Op, before: Invitation, account: &Account) -> Result<Member, AnswerError> {
    let organization = op.organization_id();
    let member = before.member.ok_or(AnswerError::Superseded)?;
    let member =
        member::store::find(&mut op.tx, organization, member).await?.ok_or(AnswerError::Superseded)?;
    if member.has_ended(op.now) {
        return Err(AnswerError::Closed(Status::Expired));
    }
    let open = before.clone().open(op.now).map_err(AnswerError::Closed)?;
    let mut accepted = open.accept(op.now);
    accepted.first_name = account.first_name.clone();
    accepted.last_name = account.last_name.clone();
    accepted.roles = member.roles.clone();
    if !store::update(&mut op.tx, &before, &accepted, op.now).await? {
        return Err(AnswerError::Superseded);
    }
    let mut after = member.clone();
    after.account = Some(account.id);
    after.status = MemberStatus::Active;
    after.first_name = account.first_name.clone();
    after.last_name = account.last_name.clone();
    (after.phone, after.time_zone, after.locale) =
        (account.phone.clone(), account.time_zone.clone(), account.locale.clone());
    if !member::store::update(&mut op.tx, &member, &after, op.now).await? {
        return Err(AnswerError::Superseded);
    }
    let inviter_is_here = match before.invited_by_id.parse::<MemberId>() {
        Ok(id) => store::is_active(&mut op.tx, organization, id, op.now).await?,
        // The operator or the command line invited.
        Err(_) => true,
    };
    op.actor = Actor::new("member", after.id, account.name());
    let mut event = Event::new(Action::InvitationAccepted, before.target())
        .with("member", after.id.to_string())
        .change("status", "invited", "active");
    if !inviter_is_here {
        event = event.with("inviterSinceRemoved", true);
    }
    op.record(event);
    member::store::find(&mut op.tx, organization, after.id).await?.ok_or(AnswerError::Unknown)
}

/// Declines; the seat is free and the inviter sees it (INV-9).
pub async fn decline(caller: &Caller, token: &str, reason: &str) -> Result<(), AnswerError> {
    let link = opened(caller, token)?;
    let mut checks = Checks::default();
    let reason = checks.text("/reason", "The reason", text::paragraph(reason, 500));
    checks.done().map_err(AnswerError::Input)?;
    let mut reader = caller.app.db.reader();
    let found = store::find_by_token(&mut reader, link.id).await?.ok_or(AnswerError::Unknown)?;
    let mut op = Op::begin_in(caller, found.organization).await?;
    let outcome = async {
        let organization = op.organization_id();
        let before = store::find(&mut op.tx, organization, link.id).await?.ok_or(AnswerError::Unknown)?;
        judge(&before, link, op.now)?;
        let member = match before.member {
            Some(member) => member::store::find(&mut op.tx, before.organization, member).await?,
            None => None,
        };
        let open = before.clone().open(op.now).map_err(AnswerError::Closed)?;
        let closed = open.decline((!reason.is_empty()).then_some(reason), op.now);
        op.actor = Actor::new("visitor", before.id, before.email.clone());
        close(&mut op, &before, closed, member.as_ref(), Action::InvitationDeclined).await?;
        Ok(())
    }
    .await;
    op.finish(outcome).await
}
