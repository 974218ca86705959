//! Who asks (`Caller`) and one command under way (`Op`): one transaction, one instant, one actor, at least one event.

pub mod caller;
pub mod standing;
pub mod store;

pub use caller::{Caller, IdempotencyClaim, Signed, Who};
pub use standing::{Organization, Standing, StandingRole};

use onesql::Tx;

use crate::access_model::{Area, Permission};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Target};
use crate::base::{AccountId, EmailAddress, LetterId, NoticeId, OrganizationId, Problem, Timestamp};
use crate::outbox::notice::{self, Happening};
use crate::outbox::{self, Letter};

/// One of Roster's own permissions: an area and an action; which category governs the area is the organization's matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Needs(pub Area, pub &'static str);

impl Needs {
    /// The permission in an organization's words.
    pub fn named(self, model: &crate::access_model::AccessModel) -> Permission {
        model.permission_for(self.0, self.1)
    }
}

/// By what right a command hands out access: a member within their own, or whoever runs the installation.
#[derive(Clone, Copy, Debug)]
pub enum Authority<'a> {
    /// A member: the grant rule and what they hold themselves bound it (ACC-4).
    Member(&'a Standing),
    /// The operator or the command line.
    Installation,
}

/// Why a command did not begin, or could not end.
#[derive(Debug)]
pub enum OpError {
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// The organization, or the caller's place in it, does not exist.
    NotFound,
    /// A member, but without this permission.
    Forbidden(Permission),
    /// The same `Idempotency-Key` is being worked on, or its answer was lost.
    InProgress,
    /// The database.
    Database(onesql::Error),
}

impl From<onesql::Error> for OpError {
    fn from(error: onesql::Error) -> Self {
        Self::Database(error)
    }
}

impl From<OpError> for Problem {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Unauthenticated => Self::unauthenticated(),
            OpError::NotFound => Self::not_found(),
            OpError::Forbidden(permission) => Self::forbidden(permission),
            OpError::InProgress => Self::conflict(
                "idempotency_key_in_use",
                "A request with this Idempotency-Key was carried out and its answer is not at hand. Look at what is there.",
            ),
            OpError::Database(error) => error.into(),
        }
    }
}

/// One command under way.
pub struct Op {
    /// Its transaction.
    pub tx: Tx,
    /// Its instant.
    pub now: Timestamp,
    /// The process's parts.
    pub app: App,
    /// Who acts, as the audit trail names them.
    pub actor: Actor,
    /// The organization as it is inside this transaction, locked; `None` for commands about no organization.
    organization: Option<Organization>,
    /// The actor's place in it, read inside this transaction.
    standing: Option<Standing>,
    client: crate::base::client::Client,
    events: Vec<Event>,
    refusals: Vec<Event>,
    queued_mail: bool,
    bookkeeping: bool,
    /// Seats that a rehearsal took before this command and gave back: here they count as taken.
    pub seats_rehearsed: i64,
}

impl Op {
    /// Begins a command of a member: opens the transaction, locks the organization, reads the member's place in it and
    /// checks the permission. A refusal is recorded.
    pub async fn begin(caller: &Caller, needs: Needs) -> Result<Self, OpError> {
        Self::begin_as_member(caller).await?.require(needs).await
    }

    /// Goes on where the acting member has this permission, for commands that first have to look which one they need. A
    /// refusal is recorded.
    pub async fn require(self, needs: Needs) -> Result<Self, OpError> {
        let standing = self.standing()?;
        if standing.allows(needs) {
            return Ok(self);
        }
        let permission = needs.named(&standing.organization.model);
        self.refuse_access(&permission).await?;
        Err(OpError::Forbidden(permission))
    }

    /// Begins a command that every active member may give, such as leaving.
    pub async fn begin_as_member(caller: &Caller) -> Result<Self, OpError> {
        let Who::Signed(signed) = &caller.who else { return Err(OpError::Unauthenticated) };
        let organization = caller.standing.as_ref().ok_or(OpError::NotFound)?.organization.id;
        let mut op = Self::open(caller, Actor::new("account", signed.account, signed.name.clone())).await?;
        match store::lock_with_standing(&mut op.tx, organization, signed, op.now).await {
            Ok(Some(standing)) => {
                op.actor = Actor::new("member", standing.member, signed.name.clone());
                op.organization = Some(standing.organization.clone());
                op.standing = Some(standing);
                op.claim(caller).await
            }
            Ok(None) => {
                let lives = store::lives(&mut op.tx, signed, op.now).await?;
                op.tx.rollback().await?;
                Err(if lives { OpError::NotFound } else { OpError::Unauthenticated })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a command in an organization whose authority comes from elsewhere: a mailed link, the operator, the
    /// command line. The organization is locked; no permission is asked.
    pub async fn begin_in(caller: &Caller, organization: OrganizationId) -> Result<Self, OpError> {
        let mut op = Self::open(caller, caller.actor()).await?;
        match store::lock(&mut op.tx, organization).await? {
            Some(found) => {
                op.organization = Some(found);
                op.claim(caller).await
            }
            None => {
                op.tx.rollback().await?;
                Err(OpError::NotFound)
            }
        }
    }

    /// Goes on with a step of what an account began before, by the rights that it has now. The caller is whoever carries it out.
    pub async fn begin_on_behalf(
        caller: &Caller,
        organization: OrganizationId,
        (account, name): (AccountId, &str),
        needs: Needs,
    ) -> Result<Self, OpError> {
        let tx = caller.app.db.begin_large().await?;
        let mut op = Self::in_transaction(tx, caller, Actor::new("account", account, name));
        store::lock(&mut op.tx, organization).await?;
        let Some(standing) = store::find_standing(&mut op.tx, organization, account, op.now).await? else {
            op.tx.rollback().await?;
            return Err(OpError::NotFound);
        };
        op.actor = Actor::new("member", standing.member, name);
        op.organization = Some(standing.organization.clone());
        op.standing = Some(standing);
        op.require(needs).await
    }

    /// Begins a command about the caller's own account.
    pub async fn begin_account(caller: &Caller) -> Result<Self, OpError> {
        let Who::Signed(signed) = &caller.who else { return Err(OpError::Unauthenticated) };
        let mut op = Self::begin_installation(caller).await?;
        if store::lives(&mut op.tx, signed, op.now).await? {
            return Ok(op);
        }
        op.tx.rollback().await?;
        Err(OpError::Unauthenticated)
    }

    /// Begins a command about no organization: signing in, the installation. Its events go to the
    /// installation's chain, whose head is the lock.
    pub async fn begin_installation(caller: &Caller) -> Result<Self, OpError> {
        let mut op = Self::open(caller, caller.actor()).await?;
        store::lock_installation(&mut op.tx).await?;
        op.claim(caller).await
    }

    async fn open(caller: &Caller, actor: Actor) -> Result<Self, OpError> {
        Ok(Self::in_transaction(caller.app.db.begin().await?, caller, actor))
    }

    fn in_transaction(tx: Tx, caller: &Caller, actor: Actor) -> Self {
        Self {
            tx,
            now: caller.app.now(),
            app: caller.app.clone(),
            actor,
            organization: None,
            standing: None,
            client: caller.client.clone(),
            events: Vec::new(),
            refusals: Vec::new(),
            queued_mail: false,
            bookkeeping: false,
            seats_rehearsed: 0,
        }
    }

    /// Claims the request's `Idempotency-Key` inside the transaction, so that the change is made once.
    async fn claim(mut self, caller: &Caller) -> Result<Self, OpError> {
        if let Some(claim) = caller.idempotency.as_ref().filter(|claim| claim.take())
            && !store::claim_idempotency(&mut self.tx, claim, self.now).await?
        {
            self.tx.rollback().await?;
            return Err(OpError::InProgress);
        }
        Ok(self)
    }

    /// The organization as it is inside this transaction.
    pub fn organization(&self) -> Result<&Organization, OpError> {
        self.organization.as_ref().ok_or(OpError::NotFound)
    }

    /// Its id.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization.as_ref().map_or(OrganizationId::INSTALLATION, |o| o.id)
    }

    /// The acting member's place in it.
    pub fn standing(&self) -> Result<&Standing, OpError> {
        self.standing.as_ref().ok_or(OpError::NotFound)
    }

    /// By what right the command hands out access.
    pub fn authority(&self) -> Authority<'_> {
        match &self.standing {
            Some(standing) => Authority::Member(standing),
            None => Authority::Installation,
        }
    }

    /// Enters an organization that was made by this very command, so that its events go to its chain.
    pub fn enter(&mut self, organization: Organization) {
        self.organization = Some(organization);
    }

    /// From where the command came.
    pub fn client(&self) -> &crate::base::client::Client {
        &self.client
    }

    /// A new id for this instant.
    pub fn id(&self) -> uuid::Uuid {
        self.app.random.uuid(self.now)
    }

    /// Says that what is kept may be its own progress alone, which is nobody else's matter and needs no event.
    pub fn keeps_progress(&mut self) {
        self.bookkeeping = true;
    }

    /// Notes a change; it is written at the commit.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Notes a refused privileged try: it is written with the command, or in a transaction of its own where all is refused.
    pub fn refuse(&mut self, event: Event) {
        self.refusals.push(Event { refused: true, ..event });
    }

    /// Queues a letter in this transaction.
    pub async fn mail(&mut self, letter: &Letter<'_>) -> Result<LetterId, onesql::Error> {
        let id = LetterId(self.id());
        let organization = self.organization.as_ref().map(|o| o.id);
        outbox::store::insert(&mut self.tx, &self.app, organization, id, letter, self.now).await?;
        self.queued_mail = true;
        Ok(id)
    }

    /// Tells somebody by letter what they may not have done themselves; an organization's roles are told as its own.
    pub async fn notify(
        &mut self,
        account: AccountId,
        to: &EmailAddress,
        happening: &Happening,
    ) -> Result<(), onesql::Error> {
        let id = NoticeId(self.id());
        let here = matches!(happening, Happening::RoleChanged { .. });
        let organization = self.organization.as_ref().map(|o| o.id).filter(|_| here);
        notice::insert(&mut self.tx, id, (account, organization), to, happening, self.now).await?;
        self.mail(&Letter { kind: happening.letter(), subject: id.0, generation: 0, to }).await?;
        Ok(())
    }

    /// Ends the command: commits what was done together with its events, or rolls back what was refused. A refusal, too,
    /// waits until what it rests on is durable.
    pub async fn finish<T, E: From<OpError>>(self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(answer) => {
                self.commit().await?;
                Ok(answer)
            }
            Err(error) => {
                self.abandon().await?;
                Err(error)
            }
        }
    }

    /// Ends a command that says whether it changed anything: commits, or leaves everything as it was.
    pub async fn settle<T, E: From<OpError>>(self, outcome: Result<(T, bool), E>) -> Result<T, E> {
        match outcome {
            Ok((answer, false)) => {
                self.leave_unchanged().await?;
                Ok(answer)
            }
            outcome => self.finish(outcome.map(|(answer, _)| answer)).await,
        }
    }

    async fn commit(mut self) -> Result<(), OpError> {
        let organization = self.organization_id();
        assert!(self.bookkeeping || !self.events.is_empty(), "a command without an event does not commit");
        self.events.append(&mut self.refusals);
        let pen = audit::store::Pen {
            key: &self.app.key,
            random: &self.app.random,
            now: self.now,
            client: &self.client,
            actor: &self.actor,
        };
        audit::store::append(&mut self.tx, organization, &pen, &self.events).await?;
        self.tx.commit().await?;
        if self.queued_mail {
            self.app.mail_waits.notify_one();
        }
        Ok(())
    }

    /// Ends a command that found nothing to change: what it only read is given back without an event, and only what it
    /// refused is written.
    pub async fn leave_unchanged(self) -> Result<(), OpError> {
        self.abandon().await
    }

    /// Ends a rehearsal: whatever it did or refused never was.
    pub async fn discard(self) -> Result<(), OpError> {
        Ok(self.tx.rollback().await?)
    }

    async fn abandon(self) -> Result<(), OpError> {
        let organization = self.organization_id();
        let Self { tx, app, actor, client, refusals, .. } = self;
        tx.rollback().await?;
        if refusals.is_empty() {
            return Ok(());
        }
        write_refusals(&app, organization, &actor, &client, &refusals).await
    }

    async fn refuse_access(self, permission: &Permission) -> Result<(), OpError> {
        let mut op = self;
        let organization = op.organization()?;
        let target = Target::new("organization", organization.id, organization.name.clone());
        op.refuse(Event::new(Action::AccessRefused, target).with("permission", permission.to_string()));
        op.abandon().await
    }
}

/// Records refused tries in a small transaction of its own.
pub async fn write_refusals(
    app: &App,
    organization: OrganizationId,
    actor: &Actor,
    client: &crate::base::client::Client,
    refusals: &[Event],
) -> Result<(), OpError> {
    let mut tx = app.db.begin().await?;
    if organization == OrganizationId::INSTALLATION {
        store::lock_installation(&mut tx).await?;
    } else if store::lock(&mut tx, organization).await?.is_none() {
        return Ok(tx.rollback().await?);
    }
    let pen = audit::store::Pen { key: &app.key, random: &app.random, now: app.now(), client, actor };
    audit::store::append(&mut tx, organization, &pen, refusals).await?;
    Ok(tx.commit().await?)
}
