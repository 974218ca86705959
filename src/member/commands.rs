//! What can be done with a member.

use std::collections::BTreeMap;

use super::access::{self, AccessError, Asked};
use super::{Fresh, Member, Status, role_order, store};
use crate::access_model::{ActionSet, Area, PermissionSet};
use crate::account::{self, Account, password};
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::secret::Secret;
use crate::base::{AccountId, EmailAddress, MemberId, Problem};
use crate::invitation;
use crate::op::{Caller, Needs, Op, OpError};
use crate::outbox::{Letter, LetterKind};
use crate::role::store::Role;
use crate::{role, seat, session};

/// Why nothing was done with a member.
#[derive(Debug)]
pub enum MemberError {
    /// No such member here.
    NotFound,
    /// What was asked for is wrong.
    Input(Problem),
    /// It can't be given, or this member can't be managed, by this actor.
    Access(AccessError),
    /// One's own roles, status or permissions.
    OwnMembership,
    /// The last active member with the top role.
    LastOwner,
    /// The address is a member's already.
    AlreadyMember,
    /// The address has an account: invite instead.
    AccountExists,
    /// No seat is free.
    SeatLimit,
    /// The new address is somebody else's.
    EmailInUse,
    /// The account belongs to other organizations, too.
    AccountShared,
    /// Only an active member can be suspended.
    NotActive,
    /// Only a suspended member can be reactivated.
    NotSuspended,
    /// Somebody changed them meanwhile.
    Stale,
    /// It did not begin or end.
    Op(OpError),
}

impl<E: Into<OpError>> From<E> for MemberError {
    fn from(error: E) -> Self {
        Self::Op(error.into())
    }
}

impl From<AccessError> for MemberError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Op(error) => Self::Op(error),
            AccessError::Input(problem) => Self::Input(problem),
            other => Self::Access(other),
        }
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        use MemberError as E;
        let conflict = Self::conflict;
        match error {
            E::NotFound => Self::not_found(),
            E::Input(problem) => problem,
            E::Access(error) => error.into(),
            E::OwnMembership => Self::new(
                403,
                "own_membership",
                "Nobody changes their own role, status or permissions. Ask another administrator.",
            ),
            E::LastOwner => conflict(
                "last_owner",
                "This is the last active member with the top role. Give the top role to somebody else first.",
            ),
            E::AlreadyMember => conflict("already_member", "This address is a member here already."),
            E::AccountExists => conflict(
                "account_exists",
                "This address has an account already; its password is not touched. Invite the person instead.",
            ),
            E::SeatLimit => seat_limit_reached(),
            E::EmailInUse => conflict("email_in_use", "Another account or member has this address."),
            E::AccountShared => conflict(
                "account_shared",
                "This account belongs to other organizations, too; only its owner can change this. Ask the person to do it.",
            ),
            E::NotActive => conflict("not_active", "Only an active member can be changed like this."),
            E::NotSuspended => conflict("not_suspended", "Only a suspended member can be reactivated."),
            E::Stale => crate::organization::stale(),
            E::Op(error) => error.into(),
        }
    }
}

/// 409: no seat is free.
pub fn seat_limit_reached() -> Problem {
    Problem::conflict(
        "seat_limit_reached",
        "All seats are taken. Remove somebody, revoke an invitation, or have the limit raised.",
    )
}

/// Notes a refused try in the trail where it was refused for lack of right.
fn note_refusal(op: &mut Op, action: Action, member: &Member, error: &MemberError) {
    let code = match error {
        MemberError::Access(_) => "outside_grant_rule",
        MemberError::OwnMembership => "own_membership",
        MemberError::LastOwner => "last_owner",
        _ => return,
    };
    op.refuse(Event::new(action, member.target()).with("reason", code));
}

/// A member to be created directly, as typed (MEM-2).
#[derive(Clone, Debug)]
pub struct New {
    /// The address.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// A telephone, may be empty.
    pub phone: String,
    /// The first password, chosen by the administrator.
    pub password: Secret,
    /// Roles and feature access.
    pub asked: Asked,
    /// Whether the first sign-in must choose a new password.
    pub require_password_change: bool,
}

/// Creates a member with an account and a password, active at once.
pub async fn create(caller: &Caller, new: New) -> Result<Member, Problem> {
    let standing = caller.reads(Needs(Area::Users, "create"))?;
    let mut checks = Checks::default();
    let first_name = checks.name("/firstName", "The first name", &new.first_name);
    let last_name = checks.name("/lastName", "The last name", &new.last_name);
    let phone = account::check_phone(&mut checks, "/phone", &new.phone);
    let email = checks.email("/email", &new.email);
    let context = [standing.organization.name.as_str(), &first_name, &last_name, &new.email];
    if let Err(weakness) = password::check(&new.password, &context) {
        checks.wrong("/password", weakness.code(), weakness.to_string());
    }
    checks.done()?;
    let Some(email) = email else { return Err(Problem::not_found()) };
    // This is the one answer that shows that an account exists (MEM-2): it is limited in rate.
    crate::throttle::charge_probe(caller).await?;
    let password_hash = password::hash(&caller.app, &new.password).await?;
    let draft = Draft {
        email,
        first_name,
        last_name,
        phone,
        password_hash,
        asked: new.asked,
        must_change: new.require_password_change,
    };
    let mut op = caller.begin(Needs(Area::Users, "create")).await?;
    let outcome = create_in(&mut op, draft).await;
    let outcome = op.finish(outcome).await;
    if matches!(outcome, Err(MemberError::AccountExists)) {
        crate::throttle::count_probe(caller).await?;
    }
    Ok(outcome?)
}

struct Draft {
    email: EmailAddress,
    first_name: String,
    last_name: String,
    phone: String,
    password_hash: String,
    asked: Asked,
    must_change: bool,
}

async fn create_in(op: &mut Op, draft: Draft) -> Result<Member, MemberError> {
    let organization = op.organization_id();
    let roles = role::store::list(&mut op.tx, organization).await?;
    let given = access::resolve(op, &roles, &draft.asked, None).await?;
    let target = crate::audit::Target::new("member", "", draft.email.as_str());
    if let Err(error) = access::judge_grant(op, &roles, None, &given) {
        op.refuse(Event::new(Action::MemberCreated, target).with("reason", "outside_grant_rule"));
        return Err(error.into());
    }
    if store::find_by_email(&mut op.tx, organization, draft.email.key()).await?.is_some() {
        return Err(MemberError::AlreadyMember);
    }
    if account::store::find_by_email(&mut op.tx, draft.email.key()).await?.is_some() {
        op.refuse(Event::new(Action::MemberCreated, target).with("reason", "account_exists"));
        return Err(MemberError::AccountExists);
    }
    if !seat::can_take(op, 1).await? {
        return Err(MemberError::SeatLimit);
    }
    let account = Account {
        id: AccountId(op.id()),
        email: draft.email.as_str().to_owned(),
        email_key: draft.email.key().to_owned(),
        email_verified: false,
        first_name: draft.first_name,
        last_name: draft.last_name,
        phone: draft.phone,
        time_zone: String::new(),
        locale: String::new(),
        password_hash: Some(draft.password_hash),
        must_change_password: draft.must_change,
        credential_version: 1,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    account::store::insert(&mut op.tx, &account).await?;
    let fresh = Fresh {
        id: MemberId(op.id()),
        organization,
        account: Some(account.id),
        email: account.email.clone(),
        email_key: account.email_key.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        roles: given.roles,
        template: given.template.map(|(id, name, _)| (id, name)),
        features: given.features,
        teams: given.teams,
        projects: given.projects,
    };
    let keys = role_keys(&fresh.roles);
    let mut member = store::insert(&mut op.tx, fresh, op.now).await?;
    member.phone = account.phone;
    op.record(
        Event::new(Action::MemberCreated, member.target())
            .with("email", member.email.clone())
            .with("roles", keys)
            .with("mustChangePassword", account.must_change_password),
    );
    Ok(member)
}

/// The keys of roles, as the audit trail names them.
pub fn role_keys(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.definition.key.clone()).collect()
}

/// Changes of a member; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new address (MEM-4).
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Telephone; empty clears it.
    pub phone: Option<String>,
    /// IANA time zone; empty clears it.
    pub time_zone: Option<String>,
    /// Language tag; empty clears it.
    pub locale: Option<String>,
    /// Roles, template, features, teams, projects.
    pub asked: Asked,
    /// Direct permissions by category: the list replaces, `None` removes; `None` around it all removes all.
    pub permissions: Option<Option<BTreeMap<String, Option<Vec<String>>>>>,
}

impl Change {
    fn touches_access(&self) -> bool {
        let a = &self.asked;
        a.roles.is_some()
            || a.template.is_some()
            || !a.features.is_empty()
            || a.teams.is_some()
            || a.projects.is_some()
            || self.permissions.is_some()
    }
}

/// Changes a member.
pub async fn update(
    caller: &Caller,
    id: MemberId,
    change: &Change,
    version: Option<i64>,
) -> Result<Member, MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
    let outcome = update_in(&mut op, id, change, version).await;
    op.finish(outcome).await
}

async fn update_in(
    op: &mut Op,
    id: MemberId,
    change: &Change,
    version: Option<i64>,
) -> Result<Member, MemberError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    let judged = judge_update(op, &roles, &before, change);
    if let Err(error) = judged {
        note_refusal(op, Action::MemberUpdated, &before, &error);
        return Err(error);
    }
    let after = change_access(op, &roles, &before, change).await;
    let mut after = match after {
        Ok(after) => after,
        Err(error) => {
            note_refusal(op, Action::MemberUpdated, &before, &error);
            return Err(error);
        }
    };
    if version.is_some_and(|version| version != before.version) {
        return Err(MemberError::Stale);
    }
    let mut personal = change_person(op, &before, &mut after, change).await?;
    if let Some(email) = &change.email {
        change_email(op, &mut after, email, &mut personal).await?;
    }
    if !store::update(&mut op.tx, &before, &after, op.now).await? {
        return Err(MemberError::Stale);
    }
    if let Some(account) = personal.filter(|p| p.changed) {
        if !account::store::update(&mut op.tx, &account.account, op.now).await? {
            return Err(MemberError::Stale);
        }
        account::store::follow(&mut op.tx, &account.account, op.now).await?;
    }
    op.record(update_event(&roles, &before, &after));
    store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)
}

fn judge_update(op: &Op, roles: &[Role], before: &Member, change: &Change) -> Result<(), MemberError> {
    if op.standing()?.member == before.id {
        return if change.touches_access() { Err(MemberError::OwnMembership) } else { Ok(()) };
    }
    Ok(access::judge_manage(op, roles, before)?)
}

async fn change_access(
    op: &mut Op,
    roles: &[Role],
    before: &Member,
    change: &Change,
) -> Result<Member, MemberError> {
    let mut after = before.clone();
    if !change.touches_access() {
        return Ok(after);
    }
    let given = access::resolve(op, roles, &change.asked, Some(before)).await?;
    access::judge_grant(op, roles, Some(before), &given)?;
    after.permissions = direct_permissions(op, before, change)?;
    let was_top = before.held(roles).iter().any(|role| role.definition.top);
    let is_top = given.roles.iter().any(|role| role.definition.top);
    if before.status == Status::Active && was_top && !is_top {
        keep_one_top(op, before).await?;
    }
    after.role_order = role_order(&given.roles);
    after.roles = given.roles.iter().map(|role| role.id).collect();
    after.template = given.template.map(|(id, name, _)| (id, name));
    after.features = given.features;
    after.teams = given.teams;
    after.projects = given.projects;
    Ok(after)
}

fn direct_permissions(op: &Op, before: &Member, change: &Change) -> Result<PermissionSet, MemberError> {
    let asked = match &change.permissions {
        None => return Ok(before.permissions.clone()),
        Some(None) => return Ok(PermissionSet::new()),
        Some(Some(asked)) => asked,
    };
    let model = &op.organization()?.model;
    let mut after = before.permissions.clone();
    let mut checks = Checks::default();
    for (category, actions) in asked {
        let actions: ActionSet = actions.iter().flatten().map(String::as_str).collect();
        for action in actions.iter().filter(|action| !model.knows(category, action)) {
            let named = crate::base::text::cut(category, 60);
            checks.wrong(
                &format!("/permissions/{named}"),
                "unknown_permission",
                format!("There is no permission {named}:{} here.", crate::base::text::cut(action, 60)),
            );
        }
        after.replace(category, actions);
    }
    checks.done().map_err(MemberError::Input)?;
    access::judge_permissions(op, &after.beyond(&before.permissions))?;
    Ok(after)
}

/// ACC-5: one active member with the top role stays, decided under the organization's lock.
async fn keep_one_top(op: &mut Op, leaving: &Member) -> Result<(), MemberError> {
    let organization = op.organization_id();
    if store::count_other_top(&mut op.tx, organization, leaving.id).await? == 0 {
        return Err(MemberError::LastOwner);
    }
    Ok(())
}

struct Personal {
    account: Account,
    shared: bool,
    changed: bool,
}

/// Names, telephone, time zone, language. Names of an account that belongs elsewhere, too, change here alone (D2).
async fn change_person(
    op: &mut Op,
    before: &Member,
    after: &mut Member,
    change: &Change,
) -> Result<Option<Personal>, MemberError> {
    let mut checks = Checks::default();
    if let Some(name) = &change.first_name {
        after.first_name = checks.name("/firstName", "The first name", name);
    }
    if let Some(name) = &change.last_name {
        after.last_name = checks.name("/lastName", "The last name", name);
    }
    let phone = change.phone.as_ref().map(|text| account::check_phone(&mut checks, "/phone", text));
    let zone = change.time_zone.as_ref().map(|text| account::check_time_zone(&mut checks, "/timeZone", text));
    let locale = change.locale.as_ref().map(|text| account::check_locale(&mut checks, "/locale", text));
    checks.done().map_err(MemberError::Input)?;
    let beyond_names = phone.is_some() || zone.is_some() || locale.is_some() || change.email.is_some();
    let names = change.first_name.is_some() || change.last_name.is_some();
    if !names && !beyond_names {
        return Ok(None);
    }
    let Some(id) = before.account else {
        return if beyond_names { Err(MemberError::NotActive) } else { Ok(None) };
    };
    let mut account = account::store::find(&mut op.tx, id).await?.ok_or(MemberError::NotFound)?;
    let own = op.standing()?.member == before.id;
    let shared =
        !own && account::store::count_other_memberships(&mut op.tx, id, before.organization).await? > 0;
    if shared {
        return if beyond_names { Err(MemberError::AccountShared) } else { Ok(None) };
    }
    account.first_name = after.first_name.clone();
    account.last_name = after.last_name.clone();
    account.phone = phone.unwrap_or(account.phone);
    account.time_zone = zone.unwrap_or(account.time_zone);
    account.locale = locale.unwrap_or(account.locale);
    Ok(Some(Personal { account, shared, changed: true }))
}

/// MEM-4: at once, only where the account belongs nowhere else; marks the address unverified, mails both, ends sessions.
async fn change_email(
    op: &mut Op,
    after: &mut Member,
    email: &str,
    personal: &mut Option<Personal>,
) -> Result<(), MemberError> {
    let mut checks = Checks::default();
    let parsed = checks.email("/email", email);
    checks.done().map_err(MemberError::Input)?;
    let (Some(email), Some(personal)) = (parsed, personal.as_mut()) else {
        return Err(MemberError::NotActive);
    };
    let own = op.standing()?.member == after.id;
    if own || personal.shared {
        // One's own address changes through the profile, after it is confirmed.
        return Err(if own { MemberError::OwnMembership } else { MemberError::AccountShared });
    }
    let account = &mut personal.account;
    if email.key() != account.email_key {
        let taken = account::store::find_by_email(&mut op.tx, email.key()).await?.is_some();
        let member = store::find_by_email(&mut op.tx, after.organization, email.key()).await?;
        if taken || member.is_some_and(|m| m.id != after.id) {
            return Err(MemberError::EmailInUse);
        }
        account.email_verified = false;
        account.credential_version += 1;
        session::store::end_all(&mut op.tx, account.id, None, op.now).await?;
        let old = account.address();
        for to in [old.as_ref(), Some(&email)].into_iter().flatten() {
            op.mail(&Letter { kind: LetterKind::EmailChanged, subject: account.id.0, generation: 0, to })
                .await?;
        }
    }
    account.email = email.as_str().to_owned();
    account.email_key = email.key().to_owned();
    after.email = account.email.clone();
    after.email_key = account.email_key.clone();
    Ok(())
}

/// A value as the trail keeps it.
fn to_json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn update_event(roles: &[Role], before: &Member, after: &Member) -> Event {
    let keys = |m: &Member| m.held(roles).iter().map(|role| role.definition.key.clone()).collect::<Vec<_>>();
    Event::new(Action::MemberUpdated, before.target())
        .change("email", before.email.clone(), after.email.clone())
        .change("firstName", before.first_name.clone(), after.first_name.clone())
        .change("lastName", before.last_name.clone(), after.last_name.clone())
        .change("roles", keys(before), keys(after))
        .change("roleTemplate", before.template.clone().map(|t| t.1), after.template.clone().map(|t| t.1))
        .change("permissions", to_json(&before.permissions), to_json(&after.permissions))
        .change("featureAccess", to_json(&before.features), to_json(&after.features))
        .change("teams", to_json(&before.teams), to_json(&after.teams))
        .change("projects", to_json(&before.projects), to_json(&after.projects))
}

/// Shuts an active member out, from the very next request (MEM-5).
pub async fn suspend(caller: &Caller, id: MemberId) -> Result<Member, MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
    let outcome = change_status(&mut op, id, Status::Active, Status::Suspended).await;
    op.finish(outcome).await
}

/// Lets a suspended member in again.
pub async fn reactivate(caller: &Caller, id: MemberId) -> Result<Member, MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
    let outcome = change_status(&mut op, id, Status::Suspended, Status::Active).await;
    op.finish(outcome).await
}

async fn change_status(op: &mut Op, id: MemberId, from: Status, to: Status) -> Result<Member, MemberError> {
    let organization = op.organization_id();
    let before = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    let action = if to == Status::Suspended { Action::MemberSuspended } else { Action::MemberReactivated };
    if let Err(error) = judge_others(op, &roles, &before) {
        note_refusal(op, action, &before, &error);
        return Err(error);
    }
    if before.status != from {
        return Err(if from == Status::Active { MemberError::NotActive } else { MemberError::NotSuspended });
    }
    if to == Status::Suspended && before.held(&roles).iter().any(|role| role.definition.top) {
        keep_one_top(op, &before).await?;
    }
    let after = Member { status: to, ..before.clone() };
    if !store::update(&mut op.tx, &before, &after, op.now).await? {
        return Err(MemberError::Stale);
    }
    if let (Status::Suspended, Some(account)) = (to, before.account) {
        session::store::end_in_organization(&mut op.tx, account, organization, op.now).await?;
    }
    op.record(Event::new(action, before.target()).change("status", from.as_str(), to.as_str()));
    store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)
}

/// Not oneself, and within what the actor manages.
fn judge_others(op: &Op, roles: &[Role], member: &Member) -> Result<(), MemberError> {
    if op.standing()?.member == member.id {
        return Err(MemberError::OwnMembership);
    }
    Ok(access::judge_manage(op, roles, member)?)
}

/// Removes a member, or withdraws the invitation of one who is invited (MEM-6).
pub async fn remove(caller: &Caller, id: MemberId, version: Option<i64>) -> Result<(), MemberError> {
    let mut op = caller.begin(Needs(Area::Users, "delete")).await?;
    let outcome = remove_in(&mut op, id, version).await;
    op.finish(outcome).await
}

async fn remove_in(op: &mut Op, id: MemberId, version: Option<i64>) -> Result<(), MemberError> {
    let organization = op.organization_id();
    let member = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    if let Err(error) = judge_others(op, &roles, &member) {
        note_refusal(op, Action::MemberRemoved, &member, &error);
        return Err(error);
    }
    if version.is_some_and(|version| version != member.version) {
        return Err(MemberError::Stale);
    }
    if member.status == Status::Invited {
        return Ok(invitation::commands::withdraw_of(op, &member).await?);
    }
    take_out(op, &roles, &member).await?;
    op.record(Event::new(Action::MemberRemoved, member.target()).with("email", member.email.clone()));
    Ok(())
}

/// Leaves the organization oneself (MEM-9).
pub async fn leave(caller: &Caller) -> Result<(), MemberError> {
    let mut op = Op::begin_as_member(caller).await?;
    let outcome = leave_in(&mut op).await;
    op.finish(outcome).await
}

async fn leave_in(op: &mut Op) -> Result<(), MemberError> {
    let (organization, id) = (op.organization_id(), op.standing()?.member);
    let member = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    let roles = role::store::list(&mut op.tx, organization).await?;
    take_out(op, &roles, &member).await?;
    op.record(Event::new(Action::MemberLeft, member.target()));
    Ok(())
}

/// Ends a membership: sessions here end, the row goes, and where the access model says so an account that belongs nowhere
/// else is erased.
async fn take_out(op: &mut Op, roles: &[Role], member: &Member) -> Result<(), MemberError> {
    if member.status == Status::Active && member.held(roles).iter().any(|role| role.definition.top) {
        keep_one_top(op, member).await?;
    }
    if let Some(account) = member.account {
        session::store::end_in_organization(&mut op.tx, account, member.organization, op.now).await?;
    }
    if !store::delete(&mut op.tx, member).await? {
        return Err(MemberError::Stale);
    }
    let Some(account) = member.account else { return Ok(()) };
    let elsewhere = account::store::count_other_memberships(&mut op.tx, account, member.organization).await?;
    if op.organization()?.removal_erases_account && elsewhere == 0 {
        account::store::delete(&mut op.tx, account).await?;
        op.record(Event::new(
            Action::AccountErased,
            crate::audit::Target::new("account", account, member.name()),
        ));
    }
    Ok(())
}
