//! Making an organization with its roles and its owner.

use crate::access_model::Preset;
use crate::account::{self, Account, password};
use crate::audit::{self, Action, Event, Target};
use crate::base::problem::Checks;
use crate::base::secret::{Purpose, Secret};
use crate::base::text;
use crate::base::{AccountId, MemberId, OrganizationId, Problem, RoleId};
use crate::member::{self, Member};
use crate::op::{Caller, Op, OpError, Organization};
use crate::organization::commands::{OrganizationError, Person, is_slug};
use crate::organization::store;
use crate::role::store::Role;

/// A new organization, as somebody asks for it.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name for people.
    pub name: String,
    /// Its name in paths; made from the name where none is given.
    pub slug: Option<String>,
    /// Which access model it gets a copy of.
    pub preset: String,
    /// How many seats; no limit where `None`.
    pub seat_limit: Option<i64>,
}

/// Who gets the top role of a new organization.
#[derive(Clone, Debug)]
pub enum Owner {
    /// Nobody yet.
    Nobody,
    /// Somebody who is made active at once. The password is hashed already; it is left aside where there is an account.
    Password { person: Person, password_hash: String },
    /// Somebody who is invited by mail, or, having an account that is known to be theirs, made active at once.
    Invited(Person),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Created {
    /// The organization.
    pub organization: Organization,
    /// Its roles.
    pub roles: Vec<Role>,
    /// The owner's membership.
    pub owner: Option<Member>,
    /// The account that owns it; `None` where nobody does, or where the owner was invited.
    pub account: Option<Account>,
    /// Whether the address had an account before, so that a password given for it was left aside.
    pub account_existed: bool,
}

/// Checks what was asked for; errors point below `prefix`.
pub fn check<'a>(caller: &'a Caller, new: &New, prefix: &str, checks: &mut Checks) -> Option<&'a Preset> {
    checks.line(&format!("{prefix}/name"), "The organization's name", &new.name, 100);
    if let Some(slug) = &new.slug
        && !is_slug(slug)
    {
        checks.wrong(
            &format!("{prefix}/slug"),
            "invalid_slug",
            "A slug is 1 to 48 letters a to z, digits and single hyphens inside, such as acme-labs.",
        );
    }
    if new.seat_limit.is_some_and(|limit| !(1..=10_000_000).contains(&limit)) {
        checks.wrong(
            &format!("{prefix}/seatLimit"),
            "out_of_range",
            "The seat limit must be from 1 to 10,000,000, or null for none.",
        );
    }
    let preset = caller.app.presets.find(&new.preset);
    if preset.is_none() {
        let known: Vec<&str> = caller.app.presets.iter().map(Preset::key).collect();
        checks.wrong(
            &format!("{prefix}/preset"),
            "unknown_preset",
            format!("There is no such preset. Choose one of {}.", known.join(", ")),
        );
    }
    preset
}

/// Makes the first organization and its owner (R10). It works once.
pub async fn set_up(caller: &Caller, new: &New, owner: Owner) -> Result<Created, OrganizationError> {
    let mut op = Op::begin_installation(caller).await?;
    let outcome = async {
        if !store::mark_set_up(&mut op.tx, op.now).await? {
            return Err(OrganizationError::SetUpDone);
        }
        create_in(&mut op, caller, new, owner).await
    }
    .await;
    op.finish(outcome).await
}

/// The owner's data as typed.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The address.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The password.
    pub password: Secret,
}

/// Checks a candidate and hashes the password; errors point below `/owner`.
pub async fn owner_with_password(
    caller: &Caller,
    new: &New,
    candidate: &Candidate,
) -> Result<Owner, Problem> {
    let mut checks = Checks::default();
    check(caller, new, "/organization", &mut checks);
    let first_name = checks.name("/owner/firstName", "The first name", &candidate.first_name);
    let last_name = checks.name("/owner/lastName", "The last name", &candidate.last_name);
    let email = checks.email("/owner/email", &candidate.email);
    let context = [new.name.as_str(), first_name.as_str(), last_name.as_str(), candidate.email.as_str()];
    if let Err(weakness) = password::check(&candidate.password, &context) {
        checks.wrong("/owner/password", weakness.code(), weakness.to_string());
    }
    checks.done()?;
    let Some(email) = email else { return Err(Problem::not_found()) };
    let password_hash = password::hash(&caller.app, &candidate.password).await?;
    Ok(Owner::Password { person: Person { email, first_name, last_name }, password_hash })
}

/// Sets the installation up for a person at a browser or with a script.
pub async fn set_up_with_password(
    caller: &Caller,
    token: &str,
    new: &New,
    candidate: &Candidate,
) -> Result<Created, Problem> {
    check_token(caller, token).await?;
    let owner = owner_with_password(caller, new, candidate).await?;
    Ok(set_up(caller, new, owner).await?)
}

/// Whether the set-up token is the installation's and still of use.
pub async fn check_token(caller: &Caller, token: &str) -> Result<(), OrganizationError> {
    let opened = caller.app.key.open(Purpose::SetUp, token);
    if caller.app.is_set_up().await? {
        return Err(OrganizationError::SetUpDone);
    }
    if opened != Some((caller.app.installation, 0)) {
        return Err(OrganizationError::SetUpToken);
    }
    Ok(())
}

/// Makes an organization.
pub async fn create(caller: &Caller, new: &New, owner: Owner) -> Result<Created, OrganizationError> {
    let mut op = Op::begin_installation(caller).await?;
    let outcome = create_in(&mut op, caller, new, owner).await;
    op.finish(outcome).await
}

async fn create_in(
    op: &mut Op,
    caller: &Caller,
    new: &New,
    owner: Owner,
) -> Result<Created, OrganizationError> {
    let mut checks = Checks::default();
    let preset = check(caller, new, "", &mut checks).cloned();
    checks.done().map_err(OrganizationError::Input)?;
    let Some(preset) = preset else { return Err(OrganizationError::Op(OpError::NotFound)) };
    let slug = free_slug(op, new).await?;
    let organization = Organization {
        id: OrganizationId(op.id()),
        slug,
        name: new.name.trim().to_owned(),
        preset: new.preset.clone(),
        seat_limit: new.seat_limit,
        upgrade_url: None,
        invitation_lifetime_days: i64::from(preset.model.invitation_lifetime_days),
        expired_holds_seat: preset.model.seats.expired_invitation_holds_seat,
        removal_erases_account: preset.model.removal.erases_account_without_other_membership,
        links_may_be_copied: false,
        revision: 1,
        active_count: 0,
        suspended_count: 0,
        invited_count: 0,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
        model: preset.model.into(),
    };
    store::insert(&mut op.tx, &organization).await?;
    audit::store::begin(&mut op.tx, &op.app.key, organization.id).await?;
    let roles: Vec<_> = preset.roles.into_iter().map(|role| (RoleId(op.id()), role)).collect();
    crate::role::store::insert_all(&mut op.tx, organization.id, &roles, op.now).await?;
    let target = Target::new("organization", organization.id, organization.name.clone());
    op.enter(organization.clone());
    op.record(
        Event::new(Action::OrganizationCreated, target)
            .with("name", organization.name.clone())
            .with("slug", organization.slug.clone())
            .with("preset", organization.preset.clone())
            .with("seatLimit", organization.seat_limit),
    );
    let roles: Vec<Role> =
        roles.into_iter().map(|(id, definition)| Role { id, definition, version: 1 }).collect();
    let mut created = Created { organization, roles, owner: None, account: None, account_existed: false };
    seat_owner(op, &mut created, owner).await?;
    Ok(created)
}

/// The slug asked for, or one made from the name that nobody has.
async fn free_slug(op: &mut Op, new: &New) -> Result<String, OrganizationError> {
    if let Some(slug) = &new.slug {
        return match store::slug_owner(&mut op.tx, slug).await? {
            None => Ok(slug.clone()),
            Some(_) => Err(OrganizationError::SlugTaken),
        };
    }
    let base = match text::slug(&new.name) {
        slug if slug.is_empty() => "organization".to_owned(),
        slug => slug,
    };
    let mut slug = base.clone();
    for n in 2.. {
        if store::slug_owner(&mut op.tx, &slug).await?.is_none() {
            break;
        }
        slug = format!("{base}-{n}");
    }
    Ok(slug)
}

async fn seat_owner(op: &mut Op, created: &mut Created, owner: Owner) -> Result<(), OrganizationError> {
    let (person, hash) = match owner {
        Owner::Nobody => return Ok(()),
        Owner::Password { person, password_hash } => (person, Some(password_hash)),
        Owner::Invited(person) => (person, None),
    };
    if let Some(account) = account::store::find_by_email(&mut op.tx, person.email.key()).await? {
        created.account_existed = true;
        // Whoever made the account, an administrator of another organization perhaps, may be somebody else than the one
        // who reads this mailbox: the top role goes at once to nobody but the latter.
        if !account.speaks_for_its_mailbox() {
            return invite_owner(op, created, &person).await;
        }
        created.account = Some(account);
        return activate_owner(op, created).await;
    }
    let Some(hash) = hash else { return invite_owner(op, created, &person).await };
    let account = Account {
        id: AccountId(op.id()),
        email: person.email.as_str().to_owned(),
        email_key: person.email.key().to_owned(),
        // Whoever sets the installation up vouches for the address; mail may not even be configured yet.
        email_verified: matches!(op.actor.kind, "system" | "visitor"),
        first_name: person.first_name,
        last_name: person.last_name,
        phone: String::new(),
        time_zone: String::new(),
        locale: String::new(),
        password_hash: Some(hash),
        must_change_password: false,
        password_foreign_since: None,
        credential_version: 1,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    account::store::insert(&mut op.tx, &account).await?;
    created.account = Some(account);
    activate_owner(op, created).await
}

async fn invite_owner(op: &mut Op, created: &mut Created, person: &Person) -> Result<(), OrganizationError> {
    created.owner = Some(crate::invitation::commands::invite_owner(op, person, &created.roles).await?);
    Ok(())
}

async fn activate_owner(op: &mut Op, created: &mut Created) -> Result<(), OrganizationError> {
    let Some(account) = &mut created.account else { return Ok(()) };
    if created.account_existed {
        // See `account::store::lock`.
        account::store::update_or_retry(&mut op.tx, account, op.now).await?;
        account.version += 1;
        account.updated_at = op.now;
    }
    let Some(top) = created.roles.iter().find(|role| role.definition.top) else { return Ok(()) };
    let fresh = member::Fresh {
        id: MemberId(op.id()),
        organization: created.organization.id,
        account: Some(account.id),
        email: account.email.clone(),
        email_key: account.email_key.clone(),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        roles: vec![top.clone()],
        template: None,
        features: crate::access::FeatureAccess::default(),
        teams: Vec::new(),
        projects: Vec::new(),
        contact: account.contact(),
        ends_at: None,
    };
    let owner = member::store::insert(&mut op.tx, fresh, op.now).await?;
    op.record(
        Event::new(Action::MemberCreated, owner.target()).with("roles", vec![top.definition.key.clone()]),
    );
    created.owner = Some(owner);
    Ok(())
}
