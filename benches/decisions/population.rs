//! The organization that is asked about: members in teams, resources that everybody sees and resources that some teams see.
//! Made through the program's own commands and stores.

use std::fmt::Debug;

use roster::account::{self, Account};
use roster::app::App;
use roster::audit::{Action, Event};
use roster::base::secret::Secret;
use roster::base::{AccountId, Clock, EmailAddress, MemberId, Randomness, ResourceId, TeamId};
use roster::founding::commands::{New, Owner, set_up};
use roster::group::{self, Group, GroupId};
use roster::member::{self, Fresh};
use roster::op::{Caller, Op};
use roster::organization::commands::Person;
use roster::resource::{self, AccessRule, Level, Resource, Subject, Visibility};
use roster::role::store::Role;
use roster::session::{self, Method};
use roster::settings::Settings;

use crate::Outcome;

/// The installation's key, the same for whoever fills the database and whoever serves it.
pub const KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";
/// The slug of the organization.
pub const SLUG: &str = "large";
/// Commands of this size keep the transactions small enough to stay in memory.
const PORTION: usize = 5_000;
const TEAMS: usize = 200;
const RESOURCES: usize = 5_000;

/// Who and what can be asked about.
pub struct Population {
    /// The session token of the owner, who asks.
    pub owner: String,
    /// The members' ids.
    pub members: Vec<String>,
    /// How many resources there are; number `n` is `agent` `agent-n`.
    pub resources: usize,
}

/// Makes the organization in the database behind this address, which must be empty.
pub fn make(url: &str, members: usize) -> Outcome<Population> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let settings = Settings::read(|name| match name {
            "ROSTER_DATABASE_URL" => Some(url.to_owned()),
            "ROSTER_SECRET_KEY" => Some(KEY.to_owned()),
            _ => None,
        })?;
        let app = App::open(settings, Clock::System, Randomness::System).await?;
        let made = fill(&Caller::system(&app), members).await?;
        app.db.close().await;
        Ok(made)
    })
}

/// Some of the program's errors are answers for people and no `Error`.
fn said(error: impl Debug) -> String {
    format!("{error:?}")
}

async fn fill(caller: &Caller, members: usize) -> Outcome<Population> {
    let password = Secret::new("seven green boats at noon");
    let hash = caller.app.hasher.hash(&password, caller.app.random.bytes()).await.map_err(said)?;
    let new = New {
        name: "Large".to_owned(),
        slug: Some(SLUG.to_owned()),
        preset: "owner-administrator-user".to_owned(),
        seat_limit: None,
    };
    let email = EmailAddress::parse("owner@example.test").map_err(said)?;
    let person = Person { email, first_name: "Ada".to_owned(), last_name: "Brandt".to_owned() };
    let owner = Owner::Password { person, password_hash: hash };
    let created = set_up(caller, &new, owner).await.map_err(said)?;
    let role = created.roles.iter().find(|role| role.definition.default).ok_or("no default role")?;
    let mut op = Op::begin_in(caller, created.organization.id).await.map_err(said)?;
    let account = created.account.as_ref().ok_or("no owner")?;
    let organization = Some(op.organization_id());
    let (_, token) = session::store::start(&mut op, account, organization, Method::Password).await?;
    let teams = teams(&mut op).await?;
    let mut population =
        Population { owner: token.expose().to_owned(), members: Vec::new(), resources: RESOURCES };
    for number in 0..RESOURCES {
        share(&mut op, &teams, number).await?;
    }
    let done = created.owner.as_ref().ok_or("no owner")?.target();
    op.record(Event::new(Action::MemberCreated, done.clone()));
    op.finish(Ok::<_, roster::op::OpError>(())).await.map_err(said)?;
    for begin in (0..members).step_by(PORTION) {
        let mut op = Op::begin_in(caller, created.organization.id).await.map_err(said)?;
        for number in begin..members.min(begin + PORTION) {
            population.members.push(join(&mut op, role, &teams, number).await?.to_string());
        }
        op.record(Event::new(Action::MemberCreated, done.clone()));
        op.finish(Ok::<_, roster::op::OpError>(())).await.map_err(said)?;
    }
    Ok(population)
}

async fn teams(op: &mut Op) -> Outcome<Vec<TeamId>> {
    let mut teams = Vec::new();
    for number in 0..TEAMS {
        let id = TeamId(op.id());
        let group = Group {
            id: GroupId::Team(id),
            name: format!("Team {number}"),
            description: String::new(),
            member_count: 0,
            version: 1,
            created_at: op.now,
            updated_at: op.now,
        };
        let organization = op.organization_id();
        group::store::insert(&mut op.tx, organization, &group).await?;
        teams.push(id);
    }
    Ok(teams)
}

/// Three of four resources are shared with three teams each.
async fn share(op: &mut Op, teams: &[TeamId], number: usize) -> Outcome<()> {
    let rule = |n: usize| AccessRule {
        subject: Subject::Team(teams[(number * 7 + n * 61) % teams.len()]),
        level: Level::ALL[(number + n) % 3],
    };
    let restricted = !number.is_multiple_of(4);
    let resource = Resource {
        id: ResourceId(op.id()),
        kind: "agent".to_owned(),
        external_id: format!("agent-{number}"),
        name: format!("Agent {number}"),
        category: "agents".to_owned(),
        visibility: if restricted { Visibility::Restricted } else { Visibility::Organization },
        access: (0..3).filter(|_| restricted).map(rule).collect(),
        version: 1,
        created_at: op.now,
        updated_at: op.now,
    };
    let organization = op.organization_id();
    Ok(resource::store::insert(&mut op.tx, organization, &resource).await?)
}

/// Somebody with an account joins, in three teams.
async fn join(op: &mut Op, role: &Role, teams: &[TeamId], number: usize) -> Outcome<MemberId> {
    let email = format!("person{number}@example.test");
    let account = Account {
        id: AccountId(op.id()),
        email: email.clone(),
        email_key: email,
        email_verified: true,
        first_name: format!("Person {number}"),
        last_name: "Costa".to_owned(),
        phone: String::new(),
        time_zone: "Europe/Berlin".to_owned(),
        locale: "de".to_owned(),
        password_hash: None,
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
        teams: (0..3).map(|n| teams[(number + n * 67) % teams.len()]).collect(),
        projects: Vec::new(),
        contact: account.contact(),
        ends_at: None,
    };
    Ok(member::store::insert(&mut op.tx, fresh, op.now).await?.id)
}
