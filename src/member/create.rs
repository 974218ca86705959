//! Creating a member directly, with an account and a password (MEM-2).

use super::access::{self, Asked};
use super::commands::MemberError;
use super::{Fresh, Member, store, told};
use crate::access_model::Area;
use crate::account::{self, Account, password};
use crate::audit::{Action, Event};
use crate::base::problem::Checks;
use crate::base::secret::Secret;
use crate::base::{AccountId, EmailAddress, MemberId, Problem};
use crate::op::{Caller, Needs, Op};
use crate::{role, seat, throttle};

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
    let made = async {
        let draft = Draft {
            email,
            first_name,
            last_name,
            phone,
            password_hash: password::hash(&caller.app, &new.password).await.map_err(MemberError::Input)?,
            asked: new.asked,
            must_change: new.require_password_change,
        };
        let mut op = caller.begin(Needs(Area::Users, "create")).await?;
        let outcome = create_in(&mut op, draft).await;
        op.finish(outcome).await
    };
    let tells = |error: &MemberError| matches!(error, MemberError::AccountExists);
    Ok(throttle::probing(&caller.app, &throttle::Keys::probe(caller), made, tells).await?)
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
        password_foreign_since: Some(op.now),
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
        contact: account.contact(),
        ends_at: given.ends_at,
    };
    let member = store::insert(&mut op.tx, fresh, op.now).await?;
    let event = Event::new(Action::MemberCreated, member.target())
        .with("email", member.email.clone())
        .with("mustChangePassword", account.must_change_password);
    op.record(told::came(event, &member, &roles));
    Ok(member)
}
