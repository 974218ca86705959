//! Puts worlds into the database, straight through the stores.

use std::ops::Range;

use onesql::Tx;
use roster::access::FeatureAccess;
use roster::access_model::Presets;
use roster::account::{self, Account, password};
use roster::base::secret::{Purpose, Secret};
use roster::base::time::DAY;
use roster::base::{
    AccountId, InvitationId, LetterId, MemberId, OrganizationId, ProjectId, ResourceId, RoleId,
    RoleTemplateId, TeamId, Timestamp,
};
use roster::group::{self, Group, GroupId};
use roster::invitation::{self, Invitation, Stored};
use roster::member::{self, Fresh, Member, Status};
use roster::op::Organization;
use roster::outbox::Delivery;
use roster::resource::{self, AccessRule, Level, Resource, Subject, Visibility};
use roster::role::store::Role;
use roster::role_template::{self, RoleTemplate};

use super::reference::{self as plain, Thing, With, World};
use super::shaped::{definitions, model, set};
use super::worlds::{Dice, world};
use crate::story::person::PASSWORD;
use crate::story::{Person, Story};

/// A world that stands in the database, with the ids of what is in it.
pub struct Town {
    pub seed: u64,
    pub world: World,
    pub id: OrganizationId,
    pub accounts: Vec<Option<AccountId>>,
    pub members: Vec<MemberId>,
    /// The link in the letter of everybody who is invited.
    pub links: Vec<Option<String>>,
    pub teams: Vec<TeamId>,
    pub projects: Vec<ProjectId>,
    pub templates: Vec<RoleTemplateId>,
}

/// Who is in every world: the inspector, who sees everybody, the actor with some role, both signed in; and the others.
pub struct People {
    app: Story,
    presets: Presets,
    pub inspector: Person,
    pub actor: Person,
    /// The others, where they are signed in.
    pub others: Vec<Person>,
    accounts: Vec<Account>,
}

/// How many others a world has at the most.
const OTHERS: usize = 6;

impl People {
    /// The inspector and the actor; the others have accounts that nobody signs in to.
    pub async fn sign_in(app: &Story) -> Self {
        let inspector = app.organization("Home").owned_by("inspector@example.test").await.owner();
        let actor = app.organization("Desk").owned_by("actor@example.test").await.owner();
        let mut tx = app.app().db.begin().await.unwrap();
        let mut accounts = Vec::new();
        for number in 0..OTHERS {
            let account = account(app, number);
            account::store::insert(&mut tx, &account).await.unwrap();
            accounts.push(account);
        }
        for email in ["inspector@example.test", "actor@example.test"] {
            accounts.push(account::store::find_by_email(&mut tx, email).await.unwrap().unwrap());
        }
        tx.commit().await.unwrap();
        let others = Vec::new();
        Self { app: app.clone(), presets: Presets::load().unwrap(), inspector, actor, others, accounts }
    }

    /// All of them, the others too: they may accept invitations.
    pub async fn all_sign_in(app: &Story) -> Self {
        let mut people = Self::sign_in(app).await;
        let password = Secret::new(PASSWORD.to_owned());
        let hash = password::hash(app.app(), &password).await.unwrap();
        let mut tx = app.app().db.begin().await.unwrap();
        for account in &mut people.accounts[..OTHERS] {
            account.password_hash = Some(hash.clone());
            assert!(account::store::update(&mut tx, account, app.app().now()).await.unwrap());
        }
        tx.commit().await.unwrap();
        for account in &people.accounts[..OTHERS] {
            let visitor = Person { email: account.email.clone(), ..Person::visitor(app) };
            let token = visitor.signs_in().await.has_status(200).text_at("/token");
            people.others.push(visitor.with_token(&token));
        }
        people
    }

    /// Keeps the worlds of these numbers. The inspector is the last but one of each, the actor the last.
    pub async fn fill(&self, seeds: Range<u64>) -> Vec<Town> {
        let mut tx = self.app.app().db.begin().await.unwrap();
        let mut towns = Vec::new();
        for seed in seeds {
            let mut filling = Filling { people: self, tx: &mut tx, now: self.app.app().now() };
            towns.push(filling.town(seed).await);
        }
        tx.commit().await.unwrap();
        towns
    }
}

fn account(app: &Story, number: usize) -> Account {
    let (app, email) = (app.app(), format!("person{number}@example.test"));
    Account {
        id: AccountId(app.random.uuid(app.now())),
        email: email.clone(),
        email_key: email,
        email_verified: true,
        first_name: format!("Person {number}"),
        last_name: String::new(),
        phone: String::new(),
        time_zone: String::new(),
        locale: String::new(),
        password_hash: None,
        must_change_password: false,
        password_foreign_since: None,
        credential_version: 1,
        created_at: app.now(),
        updated_at: app.now(),
        version: 1,
    }
}

/// Somebody with a role and nothing else.
fn plain_member(role: usize) -> plain::Member {
    plain::Member {
        status: plain::Status::Active,
        roles: vec![role],
        template: None,
        direct: Default::default(),
        switches: Default::default(),
        teams: Default::default(),
        projects: Default::default(),
    }
}

struct Filling<'a> {
    people: &'a People,
    tx: &'a mut Tx,
    now: Timestamp,
}

impl Filling<'_> {
    fn id(&self) -> uuid::Uuid {
        self.people.app.app().random.uuid(self.now)
    }

    async fn town(&mut self, seed: u64) -> Town {
        let mut world = world(seed);
        let mut dice = Dice::new(seed ^ 0xac70);
        let actors = if dice.chance(50) { 0 } else { dice.number(world.roles.len()) };
        let mut inspector = plain_member(0);
        inspector.direct.insert((world.areas.0.clone(), "view".to_owned()));
        inspector.switches = world.features.iter().map(|feature| (feature.key.clone(), true)).collect();
        world.members.extend([inspector, plain_member(actors)]);
        let id = OrganizationId(self.id());
        let organization = self.organization(seed, &world, id);
        roster::organization::store::insert(self.tx, &organization).await.unwrap();
        let key = &self.people.app.app().key;
        roster::audit::store::begin(self.tx, key, id).await.unwrap();
        let roles: Vec<_> = definitions(&world).into_iter().map(|role| (RoleId(self.id()), role)).collect();
        roster::role::store::insert_all(self.tx, id, &roles, self.now).await.unwrap();
        let roles: Vec<Role> =
            roles.into_iter().map(|(id, definition)| Role { id, definition, version: 1 }).collect();
        let (accounts, members) = (Vec::new(), Vec::new());
        let (teams, projects, templates) = (Vec::new(), Vec::new(), Vec::new());
        let links = Vec::new();
        let mut town = Town { seed, world, id, accounts, members, links, teams, projects, templates };
        self.places(&mut town).await;
        for who in 0..town.world.members.len() {
            self.member(&mut town, &roles, who).await;
        }
        for thing in &town.world.things {
            let kept = self.resource(&town, thing);
            resource::store::insert(self.tx, id, &kept).await.unwrap();
        }
        town
    }

    fn organization(&self, seed: u64, world: &World, id: OrganizationId) -> Organization {
        Organization {
            id,
            slug: format!("town-{seed}"),
            name: format!("Town {seed}"),
            preset: world.preset.clone(),
            model: model(world, &self.people.presets).into(),
            seat_limit: None,
            upgrade_url: None,
            invitation_lifetime_days: 7,
            expired_holds_seat: false,
            removal_erases_account: false,
            links_may_be_copied: false,
            revision: 1,
            active_count: 0,
            suspended_count: 0,
            invited_count: 0,
            created_at: self.now,
            updated_at: self.now,
            version: 1,
        }
    }

    /// Teams, projects and role templates.
    async fn places(&mut self, town: &mut Town) {
        for number in 0..town.world.teams {
            let team = TeamId(self.id());
            self.group(town.id, GroupId::Team(team), format!("Team {number}")).await;
            town.teams.push(team);
        }
        for number in 0..town.world.projects {
            let project = ProjectId(self.id());
            self.group(town.id, GroupId::Project(project), format!("Project {number}")).await;
            town.projects.push(project);
        }
        for (at, permissions) in town.world.templates.iter().enumerate() {
            let template = RoleTemplate {
                id: RoleTemplateId(self.id()),
                name: plain::template_name(at),
                description: String::new(),
                permissions: set(permissions),
                members: 0,
                created_at: self.now,
                updated_at: self.now,
                version: 1,
            };
            role_template::store::insert(self.tx, town.id, &template).await.unwrap();
            town.templates.push(template.id);
        }
    }

    async fn group(&mut self, organization: OrganizationId, id: GroupId, name: String) {
        let group = Group {
            id,
            name,
            description: String::new(),
            member_count: 0,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        group::store::insert(self.tx, organization, &group).await.unwrap();
    }

    async fn member(&mut self, town: &mut Town, roles: &[Role], who: usize) {
        let plain = &town.world.members[who];
        let others = town.world.members.len() - 2;
        let account = &self.people.accounts[if who < others { who } else { OTHERS + who - others }];
        let invited = plain.status == plain::Status::Invited;
        let template = plain.template.map(|at| (town.templates[at], plain::template_name(at)));
        let features: FeatureAccess = plain.switches.iter().map(|(key, on)| (key.as_str(), *on)).collect();
        let fresh = Fresh {
            id: MemberId(self.id()),
            organization: town.id,
            account: (!invited).then_some(account.id),
            email: account.email.clone(),
            email_key: account.email_key.clone(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            roles: plain.roles.iter().map(|at| roles[*at].clone()).collect(),
            template,
            features,
            teams: plain.teams.iter().map(|at| town.teams[*at]).collect(),
            projects: plain.projects.iter().map(|at| town.projects[*at]).collect(),
            contact: account.contact(),
            ends_at: None,
        };
        town.accounts.push(fresh.account);
        town.members.push(fresh.id);
        let before = member::store::insert(self.tx, fresh, self.now).await.unwrap();
        let mut after = before.clone();
        after.permissions = set(&plain.direct);
        if plain.status == plain::Status::Suspended {
            after.status = Status::Suspended;
        }
        assert!(member::store::update(self.tx, &before, &after, self.now).await.unwrap());
        let link = if invited { Some(self.invitation(&after).await) } else { None };
        town.links.push(link);
    }

    /// What invited somebody; answers the link of its letter.
    async fn invitation(&mut self, member: &Member) -> String {
        let id = InvitationId(self.id());
        let invitation = Invitation {
            id,
            organization: member.organization,
            member: Some(member.id),
            email: member.email.clone(),
            email_key: member.email_key.clone(),
            first_name: member.first_name.clone(),
            last_name: member.last_name.clone(),
            message: String::new(),
            roles: member.roles.clone(),
            template: member.template.as_ref().map(|(id, _)| *id),
            teams: member.teams.clone(),
            projects: member.projects.clone(),
            stored: Stored::Pending,
            generation: 1,
            letter: LetterId(self.id()),
            sent_count: 1,
            invited_by_id: "town".to_owned(),
            invited_by_name: "The town".to_owned(),
            expires_at: self.now.plus(7 * DAY),
            answered_at: None,
            decline_reason: None,
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            delivery: Delivery::queued(),
        };
        invitation::store::insert(self.tx, &invitation).await.unwrap();
        self.people.app.app().key.token(Purpose::Invitation, id.0, 1)
    }

    fn resource(&self, town: &Town, thing: &Thing) -> Resource {
        let rule = |(with, level): &(With, plain::Level)| AccessRule {
            subject: match with {
                With::Team(at) => Subject::Team(town.teams[*at]),
                With::Project(at) => Subject::Project(town.projects[*at]),
                With::Member(at) => Subject::Member(town.members[*at]),
            },
            level: Level::parse(level.name()).unwrap(),
        };
        Resource {
            id: ResourceId(self.id()),
            kind: thing.kind.clone(),
            external_id: thing.id.clone(),
            name: thing.id.clone(),
            category: thing.category.clone(),
            visibility: if thing.shared.is_some() {
                Visibility::Restricted
            } else {
                Visibility::Organization
            },
            access: thing.shared.iter().flatten().map(rule).collect(),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }
}
