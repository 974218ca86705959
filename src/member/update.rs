//! Changing a member: access, person, address.

use super::access::{self, Asked};
use super::commands::{MemberError, judge_status, keep_one_top, note_refusal};
use super::{Member, Status, holdings, role_order, store, told};
use crate::access::Difference;
use crate::access::store::Preview;
use crate::access_model::{Area, AskedPermissions, PermissionSet, merge_permissions};
use crate::account::{self, Account};
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::{EmailAddress, MemberId};
use crate::op::{Caller, Needs, Op};
use crate::outbox::notice::Happening;
use crate::role::store::Role;
use crate::throttle::{self, Keys};
use crate::{role, session};

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
    /// Shut out, or let in again.
    pub status: Option<Status>,
    /// Direct permissions by category: the list replaces, `None` removes; `None` around it all removes all.
    pub permissions: Option<AskedPermissions>,
}

impl Change {
    fn touches_access(&self) -> bool {
        let a = &self.asked;
        a.roles.is_some()
            || a.template.is_some()
            || !a.features.is_empty()
            || a.teams.is_some()
            || a.projects.is_some()
            || a.ends_at.is_some()
            || self.permissions.is_some()
            || self.status.is_some()
    }

    /// Whether nothing of somebody's access but teams and projects is touched.
    fn touches_places_alone(&self) -> bool {
        let asked = Asked { teams: None, projects: None, ..self.asked.clone() };
        !Self { asked, ..self.clone() }.touches_access()
    }
}

/// Changes a member.
pub async fn update(
    caller: &Caller,
    id: MemberId,
    change: &Change,
    version: Option<i64>,
) -> Result<Member, MemberError> {
    Ok(change_or_preview(caller, id, change, version, false).await?.0)
}

/// What a change would do to what the member may do, judged as the change itself; nothing is changed (ACC-10).
pub async fn preview(
    caller: &Caller,
    id: MemberId,
    change: &Change,
    version: Option<i64>,
) -> Result<Preview, MemberError> {
    Ok(change_or_preview(caller, id, change, version, true).await?.1)
}

async fn change_or_preview(
    caller: &Caller,
    id: MemberId,
    change: &Change,
    version: Option<i64>,
    dry_run: bool,
) -> Result<(Member, Preview), MemberError> {
    let changed = async {
        let mut op = caller.begin(Needs(Area::Users, "edit")).await?;
        let outcome = async {
            let before = find(&mut op, id).await?;
            update_in(&mut op, before, change, version).await
        };
        let outcome = outcome.await;
        end(op, outcome, dry_run).await
    };
    if change.email.is_none() {
        return changed.await;
    }
    // That an address is taken shows that it has an account, as creating a member does (MEM-2).
    let tells = |error: &MemberError| matches!(error, MemberError::EmailInUse);
    throttle::probing(&caller.app, &Keys::probe(caller), changed, tells).await
}

/// Changes the teams or projects of a member for somebody who may edit those, whether or not they may edit members. What
/// they shall be is made of what they are.
pub async fn change_places(
    caller: &Caller,
    needs: Needs,
    id: MemberId,
    asked: impl FnOnce(&Member) -> Asked,
) -> Result<Member, MemberError> {
    let mut op = caller.begin(needs).await?;
    let outcome = async {
        let before = find(&mut op, id).await?;
        let Asked { teams, projects, .. } = asked(&before);
        let asked = Asked { teams, projects, ..Asked::default() };
        update_in(&mut op, before, &Change { asked, ..Change::default() }, None).await
    };
    let outcome = outcome.await;
    Ok(end(op, outcome, false).await?.0)
}

async fn find(op: &mut Op, id: MemberId) -> Result<Member, MemberError> {
    let organization = op.organization_id();
    store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)
}

async fn end(
    op: Op,
    outcome: Result<(Member, Option<Difference>), MemberError>,
    dry_run: bool,
) -> Result<(Member, Preview), MemberError> {
    let outcome = outcome.map(|(member, difference)| {
        let changed = difference.is_some() && !dry_run;
        let preview = Preview::of(&member, difference.unwrap_or_default());
        ((member, preview), changed)
    });
    op.settle(outcome).await
}

/// The member as they are now, and what that made of what they may do, where anything was changed.
pub async fn update_in(
    op: &mut Op,
    before: Member,
    change: &Change,
    version: Option<i64>,
) -> Result<(Member, Option<Difference>), MemberError> {
    let (organization, id) = (op.organization_id(), before.id);
    let roles = role::store::list(&mut op.tx, organization).await?;
    if let Err(error) = judge_update(op, &roles, &before, change) {
        note_refusal(op, Action::MemberUpdated, &before, &error);
        return Err(error);
    }
    let mut after = match change_access(op, &roles, &before, change).await {
        Ok(after) => after,
        Err(error) => {
            note_refusal(op, Action::MemberUpdated, &before, &error);
            return Err(error);
        }
    };
    if let Some(status) = change.status.filter(|status| *status != before.status) {
        judge_status(op, &roles, &before, status).await.inspect_err(|error| {
            note_refusal(op, Action::MemberUpdated, &before, error);
        })?;
        after.status = status;
    }
    let mut account = change_person(op, &before, &mut after, change).await?;
    if let Some(email) = &change.email {
        change_email(op, &mut after, email, &mut account).await?;
    }
    if version.is_some_and(|version| version != before.version) {
        return Err(MemberError::Stale);
    }
    let event = told::changed(Event::new(Action::MemberUpdated, before.target()), &roles, &before, &after);
    if event.changes.is_empty() && before.status == after.status {
        return Ok((before, None));
    }
    if !store::update(&mut op.tx, &before, &after, op.now).await? {
        return Err(MemberError::Stale);
    }
    if let Some(account) = account {
        account::store::update_or_retry(&mut op.tx, &account, op.now).await?;
        account::store::follow(&mut op.tx, &account, op.now).await?;
    }
    if let (Status::Suspended, true, Some(account)) =
        (after.status, before.status != after.status, before.account)
    {
        session::store::end_in_organization(&mut op.tx, account, organization, op.now).await?;
    }
    tell_new_roles(op, &roles, &before, &after).await?;
    let difference = match change.touches_access() {
        true => holdings::difference(op, &roles, &before, &after).await?,
        false => Difference::default(),
    };
    let mut event = event;
    if !event.changes.is_empty() && !difference.is_empty() {
        event = event.with("effect", difference.effect().to_value());
    }
    record(op, event, &before, &after);
    let member = store::find(&mut op.tx, organization, id).await?.ok_or(MemberError::NotFound)?;
    Ok((member, Some(difference)))
}

fn judge_update(op: &Op, roles: &[Role], before: &Member, change: &Change) -> Result<(), MemberError> {
    let standing = op.standing()?;
    if standing.member == before.id {
        // Who sees everything anyway gains nothing by a team.
        let gains_nothing = standing.roles.iter().any(|role| role.top) && change.touches_places_alone();
        let may = gains_nothing || !change.touches_access();
        return if may { Ok(()) } else { Err(MemberError::OwnMembership) };
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
    if before.status == Status::Active && was_top {
        // Without the role somebody else must have it now, with an end from then on.
        let goes =
            if is_top { given.ends_at.filter(|_| given.ends_at != before.ends_at) } else { Some(op.now) };
        if let Some(at) = goes {
            keep_one_top(op, before, at).await?;
        }
    }
    after.role_order = role_order(&given.roles);
    after.roles = given.roles.iter().map(|role| role.id).collect();
    after.template = given.template.map(|(id, name, _)| (id, name));
    after.features = given.features;
    after.teams = given.teams;
    after.projects = given.projects;
    Ok(after.ending(given.ends_at))
}

fn direct_permissions(op: &Op, before: &Member, change: &Change) -> Result<PermissionSet, MemberError> {
    let Some(asked) = &change.permissions else { return Ok(before.permissions.clone()) };
    let mut checks = Checks::default();
    let after = merge_permissions(&op.organization()?.model, &before.permissions, asked, &mut checks);
    checks.done().map_err(MemberError::Input)?;
    access::judge_permissions(op, &after.beyond(&before.permissions))?;
    Ok(after)
}

/// Names, telephone, time zone, language: the account as it becomes, where it is the organization's to change. What an
/// account that belongs elsewhere, too, is called and how it is reached changes here alone (D2).
async fn change_person(
    op: &mut Op,
    before: &Member,
    after: &mut Member,
    change: &Change,
) -> Result<Option<Account>, MemberError> {
    let mut checks = Checks::default();
    if let Some(name) = &change.first_name {
        after.first_name = checks.name("/firstName", "The first name", name);
    }
    if let Some(name) = &change.last_name {
        after.last_name = checks.name("/lastName", "The last name", name);
    }
    if let Some(phone) = &change.phone {
        after.phone = account::check_phone(&mut checks, "/phone", phone);
    }
    if let Some(zone) = &change.time_zone {
        after.time_zone = account::check_time_zone(&mut checks, "/timeZone", zone);
    }
    if let Some(locale) = &change.locale {
        after.locale = account::check_locale(&mut checks, "/locale", locale);
    }
    checks.done().map_err(MemberError::Input)?;
    let contact = change.phone.is_some() || change.time_zone.is_some() || change.locale.is_some();
    let beyond_names = contact || change.email.is_some();
    let names = change.first_name.is_some() || change.last_name.is_some();
    if !names && !beyond_names {
        return Ok(None);
    }
    let Some(id) = before.account else {
        return if beyond_names { Err(MemberError::NotActive) } else { Ok(None) };
    };
    let mut account = account::store::lock(&mut op.tx, id).await?.ok_or(MemberError::NotFound)?;
    let own = op.standing()?.member == before.id;
    let shared =
        !own && account::store::count_other_memberships(&mut op.tx, id, before.organization).await? > 0;
    if shared {
        return Ok(None);
    }
    account.first_name = after.first_name.clone();
    account.last_name = after.last_name.clone();
    account.phone = after.phone.clone();
    account.time_zone = after.time_zone.clone();
    account.locale = after.locale.clone();
    Ok(Some(account))
}

/// MEM-4: at once, only where the account belongs nowhere else; marks the address unverified, mails both, ends sessions.
async fn change_email(
    op: &mut Op,
    after: &mut Member,
    email: &str,
    account: &mut Option<Account>,
) -> Result<(), MemberError> {
    let mut checks = Checks::default();
    let parsed = checks.email("/email", email);
    checks.done().map_err(MemberError::Input)?;
    let Some(email) = parsed else { return Err(MemberError::NotActive) };
    if op.standing()?.member == after.id {
        // One's own address changes through the profile, after it is confirmed.
        return Err(MemberError::OwnMembership);
    }
    let Some(account) = account.as_mut() else {
        return if email.as_str() == after.email { Ok(()) } else { Err(MemberError::AccountShared) };
    };
    if email.key() != account.email_key {
        let taken = account::store::find_by_email(&mut op.tx, email.key()).await?.is_some();
        let member = store::find_by_email(&mut op.tx, after.organization, email.key()).await?;
        if taken || member.is_some_and(|m| m.id != after.id) {
            let refused = Event::new(Action::MemberUpdated, after.target());
            op.refuse(refused.with("reason", "email_in_use").with("email", email.as_str()));
            return Err(MemberError::EmailInUse);
        }
        // The password is that of whoever had the address before.
        account.email_verified = false;
        account.password_foreign_since = account.password_foreign_since.or(Some(op.now));
        account.credential_version += 1;
        session::store::end_all(&mut op.tx, account.id, None, op.now).await?;
        let old = account.address();
        for to in [old.as_ref(), Some(&email)].into_iter().flatten() {
            op.notify(account.id, to, &Happening::EmailChanged).await?;
        }
    }
    account.email = email.as_str().to_owned();
    account.email_key = email.key().to_owned();
    after.email = account.email.clone();
    after.email_key = account.email_key.clone();
    Ok(())
}

/// Whoever has an account hears of other roles by letter; the invited read theirs when they accept.
async fn tell_new_roles(
    op: &mut Op,
    roles: &[Role],
    before: &Member,
    after: &Member,
) -> Result<(), MemberError> {
    let labels = |m: &Member| m.held(roles).iter().map(|r| r.definition.label.clone()).collect::<Vec<_>>();
    let (from, to) = (labels(before), labels(after));
    let (Some(account), Ok(address)) = (before.account, EmailAddress::parse(&after.email)) else {
        return Ok(());
    };
    if from != to {
        let by = op.actor.name.clone();
        op.notify(account, &address, &Happening::RoleChanged { from, to, by }).await?;
    }
    Ok(())
}

/// The status has events of its own; whatever else was changed has one together.
fn record(op: &mut Op, event: Event, before: &Member, after: &Member) {
    let (from, to) = (before.status, after.status);
    if !event.changes.is_empty() {
        op.record(event);
    }
    if from != to {
        let suspended = to == Status::Suspended;
        let action = if suspended { Action::MemberSuspended } else { Action::MemberReactivated };
        op.record(Event::new(action, before.target()).change("status", from.as_str(), to.as_str()));
    }
}
