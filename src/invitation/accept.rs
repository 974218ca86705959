//! What the invited person can do: look, accept, decline. The mailed token is the proof that they read the mailbox; it
//! fixes organization, address and roles (R34).

use super::commands::{InviteError, close};
use super::{Invitation, Status, store};
use crate::account::{self, Account, password};
use crate::audit::{Action, Actor, Event};
use crate::base::problem::Checks;
use crate::base::secret::{Purpose, Secret};
use crate::base::{AccountId, InvitationId, MemberId, Problem, Timestamp, text};
use crate::member::{self, Member, Status as MemberStatus};
use crate::op::{Caller, Op, OpError, Organization};
use crate::role::store::Role;
use crate::session::Method;
use crate::sign_in::Wanted;
use crate::sign_in::enter::{EnterError, SignedIn, enter};
use crate::{organization, role, session};

/// Why a letter's link does not do what it is for.
#[derive(Debug)]
pub enum AnswerError {
    /// The token is no invitation's.
    Unknown,
    /// A newer letter replaced this one.
    Superseded,
    /// The invitation was answered, withdrawn, or is past its time.
    Closed(Status),
    /// The address has an account: sign in first.
    SignInRequired,
    /// Somebody else is signed in.
    SignedInAsOther,
    /// What was typed is wrong.
    Input(Problem),
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for AnswerError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<InviteError> for AnswerError {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Op(error) => Self::Op(error),
            InviteError::State(status) => Self::Closed(status),
            _ => Self::Superseded,
        }
    }
}

impl From<EnterError> for AnswerError {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Op(error) => Self::Op(error),
            EnterError::Refused(..) => Self::Superseded,
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        use AnswerError as E;
        let gone = |code: &str, detail: &str| Self::new(410, code, detail);
        match error {
            E::Unknown => {
                Self::new(404, "invitation_not_found", "This is no invitation. Check that the link is whole.")
            }
            E::Superseded => {
                gone("invitation_superseded", "A newer letter replaced this one. Use the link in the newest.")
            }
            E::Closed(Status::Expired) => {
                gone("invitation_expired", "This invitation has expired. Ask for a new one.")
            }
            E::Closed(Status::Revoked) => gone("invitation_revoked", "This invitation was withdrawn."),
            E::Closed(Status::Accepted) => {
                gone("invitation_accepted", "This invitation was accepted already. Sign in instead.")
            }
            E::Closed(Status::Declined) => {
                gone("invitation_declined", "This invitation was declined. Ask for a new one.")
            }
            E::Closed(Status::Pending) => {
                Self::conflict("invitation_changed", "The invitation changed a moment ago. Try again.")
            }
            E::SignInRequired => Self::new(
                401,
                "sign_in_required",
                "This address has an account. Sign in with it, then accept.",
            ),
            E::SignedInAsOther => Self::conflict(
                "signed_in_as_other",
                "You are signed in with another address. Sign out, then open the link again.",
            ),
            E::Input(problem) => problem,
            E::Op(error) => error.into(),
        }
    }
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
    /// Whether the address has an account.
    pub account: Option<AccountId>,
}

/// Opens a letter's link by looking: nothing is used up (R39).
pub async fn look(caller: &Caller, token: &str) -> Result<Look, AnswerError> {
    let app = &caller.app;
    let (id, generation) = opened(caller, token)?;
    let mut reader = app.db.reader();
    let found = store::find_by_token(&mut reader, id).await?.ok_or(AnswerError::Unknown)?;
    judge(&found, generation, app.now())?;
    let organization =
        organization::store::find(&mut reader, found.organization).await?.ok_or(AnswerError::Unknown)?;
    let roles = role::store::list(&mut reader, found.organization).await?;
    let roles = roles.into_iter().filter(|role| found.roles.contains(&role.id)).collect();
    let account = account::store::find_by_email(&mut reader, &found.email_key).await?.map(|a| a.id);
    Ok(Look { invitation: found, organization, roles, account })
}

fn opened(caller: &Caller, token: &str) -> Result<(InvitationId, i64), AnswerError> {
    let (id, generation) = caller.app.key.open(Purpose::Invitation, token).ok_or(AnswerError::Unknown)?;
    Ok((InvitationId(id), i64::from(generation)))
}

/// Whether a letter of this generation still opens the invitation.
fn judge(invitation: &Invitation, generation: i64, now: Timestamp) -> Result<(), AnswerError> {
    match invitation.status(now) {
        Status::Pending if generation == invitation.generation => Ok(()),
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
}

/// Accepts: as the signed-in account, or as a new person.
pub async fn accept(caller: &Caller, token: &str, newcomer: Newcomer) -> Result<Joined, AnswerError> {
    if caller.signed().is_some() {
        return accept_signed_in(caller, token).await;
    }
    accept_new(caller, token, newcomer).await
}

/// Accepts as somebody without an account: it is made here, its address proven by the letter.
pub async fn accept_new(caller: &Caller, token: &str, newcomer: Newcomer) -> Result<Joined, AnswerError> {
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
    let (id, generation) = opened(caller, token)?;
    let mut op = Op::begin_in(caller, look.organization.id).await?;
    let outcome = async {
        let organization = op.organization_id();
        let invitation = store::find(&mut op.tx, organization, id).await?.ok_or(AnswerError::Unknown)?;
        judge(&invitation, generation, op.now)?;
        if account::store::find_by_email(&mut op.tx, &invitation.email_key).await?.is_some() {
            return Err(AnswerError::SignInRequired);
        }
        let account = Account {
            id: AccountId(op.id()),
            email: invitation.email.clone(),
            email_key: invitation.email_key.clone(),
            email_verified: true,
            first_name,
            last_name,
            phone,
            time_zone,
            locale: String::new(),
            password_hash: Some(hash),
            must_change_password: false,
            credential_version: 1,
            created_at: op.now,
            updated_at: op.now,
            version: 1,
        };
        account::store::insert(&mut op.tx, &account).await?;
        let member = join(&mut op, invitation, &account).await?;
        let organization = member.organization;
        let signed_in = enter(&mut op, account, Wanted::One(organization), Method::Invitation).await?;
        Ok(Joined { member, signed_in: Some(signed_in) })
    }
    .await;
    op.finish(outcome).await
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

/// Accepts as the signed-in account with the invited address.
pub async fn accept_signed_in(caller: &Caller, token: &str) -> Result<Joined, AnswerError> {
    let look = look(caller, token).await?;
    judge_signed_in(caller, &look.invitation)?;
    let Some(signed) = caller.signed() else { return Err(AnswerError::SignInRequired) };
    let (account_id, session) = (signed.account, signed.session);
    let (id, generation) = opened(caller, token)?;
    let mut op = Op::begin_in(caller, look.organization.id).await?;
    let outcome = async {
        let organization = op.organization_id();
        let invitation = store::find(&mut op.tx, organization, id).await?.ok_or(AnswerError::Unknown)?;
        judge(&invitation, generation, op.now)?;
        let mut account =
            account::store::find(&mut op.tx, account_id).await?.ok_or(OpError::Unauthenticated)?;
        if account.email_key != invitation.email_key {
            return Err(AnswerError::SignedInAsOther);
        }
        // The letter proves the mailbox. The row is written in any case: see `account::store::lock`.
        account.email_verified = true;
        account::store::update_or_retry(&mut op.tx, &account, op.now).await?;
        let member = join(&mut op, invitation, &account).await?;
        session::store::enter(&mut op, session, account.id, member.organization).await?;
        Ok(Joined { member, signed_in: None })
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
        Ok(id) => store::is_active(&mut op.tx, organization, id).await?,
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
    let (id, generation) = opened(caller, token)?;
    let mut checks = Checks::default();
    let reason = checks.text("/reason", "The reason", text::paragraph(reason, 500));
    checks.done().map_err(AnswerError::Input)?;
    let found = store::find_by_token(&mut caller.app.db.reader(), id).await?.ok_or(AnswerError::Unknown)?;
    let mut op = Op::begin_in(caller, found.organization).await?;
    let outcome = async {
        let organization = op.organization_id();
        let before = store::find(&mut op.tx, organization, id).await?.ok_or(AnswerError::Unknown)?;
        judge(&before, generation, op.now)?;
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
