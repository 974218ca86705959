//! The database under load: many accounts, one organization of some of them, the rest in organizations of a hundredth
//! each, and live sessions. Made through the program's own commands and stores.

use std::fmt::Debug;
use std::path::Path;

use roster::account::{self, Account};
use roster::app::App;
use roster::audit::{Action, Event};
use roster::base::secret::Secret;
use roster::base::{AccountId, Clock, EmailAddress, MemberId, Randomness};
use roster::founding::commands::{Created, New, Owner, create, set_up};
use roster::member::{self, Fresh};
use roster::op::{Caller, Op};
use roster::organization::commands::Person;
use roster::role::store::Role;
use roster::session::{self, Method};
use roster::settings::Settings;

use crate::Outcome;

/// Everybody's password.
pub const PASSWORD: &str = "seven green boats at noon";
/// The slug of the large organization.
pub const LARGE: &str = "large";
/// How many people are signed in.
const SESSIONS: usize = 4_000;
/// Commands of this size keep the transactions small enough to stay in memory.
const PORTION: usize = 5_000;

const FIRST: [&str; 16] = [
    "Ada", "Boris", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Liam",
    "Mira", "Noor", "Otto", "Priya",
];
const LAST: [&str; 19] = [
    "Abel", "Brandt", "Costa", "Dietrich", "Eriksen", "Fischer", "Garcia", "Haas", "Ivanov", "Jansen",
    "Keller", "Lopez", "Meyer", "Novak", "Okafor", "Petersen", "Rossi", "Schulz", "Tanaka",
];

/// Who can be asked for.
pub struct Population {
    /// Session tokens of different people.
    pub tokens: Vec<String>,
    /// The session token of the large organization's owner.
    pub owner: String,
    /// How many accounts there are; number `n` has the address [`email`] of `n`.
    pub accounts: usize,
    /// How many of them belong to the large organization.
    pub members: usize,
}

/// The address of account number `n`.
pub fn email(n: usize) -> String {
    format!("person{n}@example.test")
}

/// The database of this folder.
pub fn database_url(folder: &Path) -> String {
    format!("sqlite://{}/roster.db", folder.display())
}

/// The installation's key, the same for whoever fills the database and whoever serves it.
pub const KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";

/// Makes the database behind this address, which must be empty.
pub fn make(url: &str, accounts: usize, members: usize) -> Outcome<Population> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let settings = Settings::read(|name| match name {
            "ROSTER_DATABASE_URL" => Some(url.to_owned()),
            "ROSTER_SECRET_KEY" => Some(KEY.to_owned()),
            _ => None,
        })?;
        let app = App::open(settings, Clock::System, Randomness::System).await?;
        let hash = app.hasher.hash(&Secret::new(PASSWORD), app.random.bytes()).await.map_err(said)?;
        let population = Population { tokens: Vec::new(), owner: String::new(), accounts, members };
        let mut maker =
            Maker { caller: Caller::system(&app), hash, every: accounts.div_ceil(SESSIONS), population };
        maker.make_all().await?;
        member::grams::catch_up(&app).await?;
        app.db.close().await;
        Ok(maker.population)
    })
}

/// Some of the program's errors are answers for people and no `Error`.
fn said(error: impl Debug) -> String {
    format!("{error:?}")
}

struct Maker {
    caller: Caller,
    hash: String,
    /// One of so many people is signed in.
    every: usize,
    population: Population,
}

impl Maker {
    async fn make_all(&mut self) -> Outcome<()> {
        let (accounts, large) = (self.population.accounts, self.population.members);
        let small = (accounts / 100).max(10);
        self.organization(LARGE.to_owned(), 0..large).await?;
        for begin in (large..accounts).step_by(small) {
            let end = accounts.min(begin + small);
            self.organization(format!("small-{begin}"), begin..end).await?;
        }
        Ok(())
    }

    async fn organization(&mut self, slug: String, mut people: std::ops::Range<usize>) -> Outcome<()> {
        let is_first = people.start == 0;
        let owner = people.next().unwrap_or_default();
        let created = self.found(slug, owner, is_first).await?;
        let role = created.roles.iter().find(|role| role.definition.default).ok_or("no default role")?;
        for begin in people.clone().step_by(PORTION) {
            let end = people.end.min(begin + PORTION);
            let mut op = Op::begin_in(&self.caller, created.organization.id).await.map_err(said)?;
            if is_first && let Some(owner) = created.account.as_ref().filter(|_| begin == people.start) {
                self.population.owner = self.sign_in(&mut op, owner).await?;
            }
            for n in begin..end {
                self.join(&mut op, role, n).await?;
            }
            op.finish(Ok::<_, roster::op::OpError>(())).await.map_err(said)?;
        }
        Ok(())
    }

    async fn found(&self, slug: String, owner: usize, is_first: bool) -> Outcome<Created> {
        let new = New {
            name: slug.clone(),
            slug: Some(slug),
            preset: "owner-administrator-user".to_owned(),
            seat_limit: None,
        };
        let (first_name, last_name) = names(owner);
        let person = Person { email: address(owner)?, first_name, last_name };
        let owner = Owner::Password { person, password_hash: self.hash.clone() };
        let made = match is_first {
            true => set_up(&self.caller, &new, owner).await,
            false => create(&self.caller, &new, owner).await,
        };
        Ok(made.map_err(said)?)
    }

    async fn join(&mut self, op: &mut Op, role: &Role, n: usize) -> Outcome<()> {
        let (email, (first_name, last_name)) = (address(n)?, names(n));
        let account = Account {
            id: AccountId(op.id()),
            email: email.as_str().to_owned(),
            email_key: email.key().to_owned(),
            email_verified: true,
            first_name,
            last_name,
            phone: String::new(),
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de".to_owned(),
            password_hash: Some(self.hash.clone()),
            must_change_password: false,
            password_foreign_since: None,
            credential_version: 1,
            created_at: op.now,
            updated_at: op.now,
            version: 1,
        };
        account::store::insert(&mut op.tx, &account).await?;
        let fresh = Fresh {
            id: MemberId(op.id()),
            organization: op.organization_id(),
            account: Some(account.id),
            email: account.email.clone(),
            email_key: account.email_key.clone(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            roles: vec![role.clone()],
            template: None,
            features: Default::default(),
            teams: Vec::new(),
            projects: Vec::new(),
            contact: account.contact(),
            ends_at: None,
        };
        let member = member::store::insert(&mut op.tx, fresh, op.now).await?;
        op.record(Event::new(Action::MemberCreated, member.target()));
        if n.is_multiple_of(self.every) {
            let token = self.sign_in(op, &account).await?;
            self.population.tokens.push(token);
        }
        Ok(())
    }

    async fn sign_in(&self, op: &mut Op, account: &Account) -> Outcome<String> {
        let organization = Some(op.organization_id());
        let (_, token) = session::store::start(op, account, organization, Method::Password).await?;
        Ok(token.expose().to_owned())
    }
}

/// Names that have nothing to do with the number, nor first with last.
fn names(n: usize) -> (String, String) {
    let mixed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let pick = |names: &[&str], shift: u32| names[(mixed >> shift) as usize % names.len()].to_owned();
    (pick(&FIRST, 24), pick(&LAST, 44))
}

fn address(n: usize) -> Outcome<EmailAddress> {
    Ok(EmailAddress::parse(&email(n)).map_err(said)?)
}
