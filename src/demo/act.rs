//! Carrying the history out.

use std::collections::HashMap;
use std::sync::Arc;

use super::data::{House, Moment, Somebody, Thing, houses};
use super::{Act, Device, PASSWORD, create};
use crate::app::App;
use crate::base::client::Client;
use crate::base::secret::{Purpose, Secret};
use crate::base::time::{DAY, HOUR, MINUTE};
use crate::base::{EmailAddress, InvitationId, MemberId, OrganizationId, Problem, Timestamp};
use crate::founding::commands::{self as founding, Owner};
use crate::invitation::accept::{self, Newcomer};
use crate::invitation::commands as invitations;
use crate::member::access::Asked;
use crate::member::commands::{self as members, Change, New};
use crate::op::{self, Caller, Who};
use crate::organization::commands::Person;
use crate::outbox::worker::{self, Post};
use crate::removal;
use crate::sign_in::commands::{Credentials, SignInError, sign_in};
use crate::sign_in::enter::SignedIn;

/// Why the demonstration can't be made.
#[derive(Debug)]
pub enum DemoError {
    /// The installation has organizations already.
    NotEmpty,
    /// Something in it did not go as it should.
    Failed(String),
}

impl From<Problem> for DemoError {
    fn from(problem: Problem) -> Self {
        let fields: Vec<String> =
            problem.errors.iter().map(|e| format!("{}: {}", e.pointer, e.detail)).collect();
        Self::Failed(format!("{} {}", problem.detail, fields.join(" ")))
    }
}

impl From<onesql::Error> for DemoError {
    fn from(error: onesql::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Somebody whom one can sign in as.
pub struct Guest {
    /// The organization.
    pub organization: String,
    /// Its preset.
    pub preset: String,
    /// The address.
    pub email: String,
    /// The keys of their roles.
    pub roles: Vec<String>,
}

/// Fills an empty installation whose clock is a fixed one: it is moved through the history and ends at `now`. Says who can
/// be signed in as.
pub async fn fill(app: &App, now: Timestamp) -> Result<Vec<Guest>, DemoError> {
    if app.is_set_up().await? {
        return Err(DemoError::NotEmpty);
    }
    let houses = Arc::new(houses().map_err(DemoError::Failed)?);
    let mut steps: Vec<(Timestamp, usize, usize, Act)> = Vec::new();
    for (h, house) in houses.iter().enumerate() {
        for (t, thing) in house.things.iter().enumerate() {
            let at = now.0 - now.0.rem_euclid(DAY) - thing.days * DAY + 10 * HOUR + t as i64 * MINUTE;
            steps.push((Timestamp(at), h, 0, Act::Registers(t)));
        }
        for (p, somebody) in house.people.iter().enumerate() {
            for Moment { days, hour, minute, act } in &somebody.life {
                let midnight = now.0 - now.0.rem_euclid(DAY) - days * DAY;
                let at = Timestamp(midnight + hour * HOUR + minute * MINUTE);
                // What would still be to come today has just been.
                steps.push((at.min(now.plus(-MINUTE)), h, p, act.clone()));
            }
        }
    }
    steps.sort_by_key(|(at, ..)| *at);
    let mut director = Director {
        app: app.clone(),
        houses: Arc::clone(&houses),
        post: Arc::new(Post::Mailbox),
        places: HashMap::new(),
        desks: HashMap::new(),
    };
    for (at, h, p, act) in steps {
        app.clock.advance(at.0 - app.now().0);
        let house = &houses[h];
        director.carry_out(h, p, act).await.map_err(|error| match error {
            DemoError::Failed(text) => {
                DemoError::Failed(format!("{} of {}: {text}", house.people[p].email, house.name))
            }
            other => other,
        })?;
        worker::run_once(app, &director.post).await?;
    }
    app.clock.advance(now.0 - app.now().0);
    Ok(houses.iter().flat_map(guests_of).collect())
}

/// Four of those who signed in lately.
fn guests_of(house: &House) -> Vec<Guest> {
    let signs_in = |somebody: &&Somebody| {
        somebody.life.last().is_some_and(|moment| matches!(moment.act, Act::SignsIn(_)))
    };
    let guest = |somebody: &Somebody| Guest {
        organization: house.name.clone(),
        preset: house.preset.clone(),
        email: somebody.email.clone(),
        roles: somebody.roles.clone(),
    };
    house.people.iter().filter(signs_in).take(4).map(guest).collect()
}

/// What is known of an organization by now.
struct Desk {
    organization: OrganizationId,
    places: create::Places,
    /// Whoever acts for it, and when they signed in.
    founder: Option<(SignedIn, Timestamp)>,
}

struct Director {
    app: App,
    houses: Arc<Vec<House>>,
    post: Arc<Post>,
    /// Invitation and member of somebody in a house.
    places: HashMap<(usize, usize), (Option<InvitationId>, MemberId)>,
    desks: HashMap<usize, Desk>,
}

/// A founder signs in anew after so long.
const FOUNDER_STAYS: i64 = 6 * DAY;

fn failed(error: impl Into<Problem>) -> DemoError {
    error.into().into()
}

impl Director {
    async fn carry_out(&mut self, h: usize, p: usize, act: Act) -> Result<(), DemoError> {
        let houses = Arc::clone(&self.houses);
        let house = &houses[h];
        let somebody = &house.people[p];
        match act {
            Act::Founds => self.found(h, house, somebody).await,
            Act::SignsIn(device) => {
                let signed_in =
                    self.signs_in(house, p, device).await?.ok_or_else(|| told("does not get in"))?;
                if p == 0 {
                    let now = self.app.now();
                    self.desk(h)?.founder = Some((signed_in, now));
                }
                Ok(())
            }
            Act::Mistypes(device) => self.mistypes(somebody, p, device).await,
            Act::Accepts | Act::Declines(_) => self.answers(h, p, act).await,
            _ => self.founder_does(h, p, act).await,
        }
    }

    async fn found(&mut self, h: usize, house: &House, somebody: &Somebody) -> Result<(), DemoError> {
        let caller = Caller::system(&self.app);
        let new = founding::New {
            name: house.name.clone(),
            slug: None,
            preset: house.preset.clone(),
            seat_limit: house.seats,
        };
        let hash = crate::account::password::hash(&self.app, &Secret::new(PASSWORD)).await?;
        let email = EmailAddress::parse(&somebody.email).map_err(|_| told("has no address"))?;
        let (first_name, last_name) = (somebody.first_name.clone(), somebody.last_name.clone());
        let person = Person { email, first_name, last_name };
        let owner = Owner::Password { person, password_hash: hash };
        let created = match self.app.is_set_up().await? {
            false => founding::set_up(&caller, &new, owner).await,
            true => founding::create(&caller, &new, owner).await,
        };
        let created = created.map_err(failed)?;
        let organization = created.organization.id;
        let places = create::make_places(&caller, organization, house).await.map_err(failed)?;
        self.desks.insert(h, Desk { organization, places, founder: None });
        Ok(())
    }

    fn desk(&mut self, h: usize) -> Result<&mut Desk, DemoError> {
        self.desks.get_mut(&h).ok_or_else(|| told("comes before the founding"))
    }

    fn place(&self, h: usize, p: usize) -> Result<(Option<InvitationId>, MemberId), DemoError> {
        self.places.get(&(h, p)).copied().ok_or_else(|| told("is not there yet"))
    }

    fn visitor(&self, p: usize, device: Device) -> Caller {
        let client = Client {
            ip: device.address(p),
            user_agent: device.agent().to_owned(),
            request_id: crate::base::id::encode_base32(self.app.random.uuid(self.app.now())),
        };
        Caller::visitor(&self.app, client)
    }

    async fn signs_in(&self, house: &House, p: usize, device: Device) -> Result<Option<SignedIn>, DemoError> {
        let slug = crate::base::text::slug(&house.name);
        let password = Secret::new(PASSWORD);
        let credentials =
            Credentials { email: &house.people[p].email, password: &password, organization: Some(&slug) };
        match sign_in(&self.visitor(p, device), &credentials).await {
            Ok(signed_in) => Ok(Some(signed_in)),
            Err(SignInError::Invalid | SignInError::PasswordChangeRequired(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn mistypes(&self, somebody: &Somebody, p: usize, device: Device) -> Result<(), DemoError> {
        let password = Secret::new("harbour lantern seven oak");
        let credentials = Credentials { email: &somebody.email, password: &password, organization: None };
        match sign_in(&self.visitor(p, device), &credentials).await {
            Err(SignInError::Invalid | SignInError::TooMany(_)) => Ok(()),
            Err(error) => Err(failed(error)),
            Ok(_) => Err(told("got in with a wrong password")),
        }
    }

    /// Somebody who just signed in, as the caller of what they do in an organization.
    async fn caller(&self, signed_in: &SignedIn, organization: OrganizationId) -> Result<Caller, DemoError> {
        let account = &signed_in.account;
        let mut caller = self.visitor(0, Device::Desk);
        let (reader, now) = (&mut self.app.db.reader(), self.app.now());
        caller.standing = op::store::find_standing(reader, organization, account.id, now).await?;
        caller.who = Who::Signed(Box::new(signed_in.signed(false)));
        Ok(caller)
    }

    async fn founder(&mut self, h: usize) -> Result<Caller, DemoError> {
        let now = self.app.now();
        let houses = Arc::clone(&self.houses);
        let house = &houses[h];
        let is_stale = |at: Timestamp| now.0 - at.0 > FOUNDER_STAYS;
        if self.desk(h)?.founder.as_ref().is_none_or(|(_, at)| is_stale(*at)) {
            let signed_in =
                self.signs_in(house, 0, Device::Desk).await?.ok_or_else(|| told("does not get in"))?;
            self.desk(h)?.founder = Some((signed_in, now));
        }
        let desk = self.desks.get(&h).ok_or_else(|| told("is not founded"))?;
        let (signed_in, _) = desk.founder.as_ref().ok_or_else(|| told("has no founder"))?;
        self.caller(signed_in, desk.organization).await
    }

    async fn answers(&mut self, h: usize, p: usize, act: Act) -> Result<(), DemoError> {
        let houses = Arc::clone(&self.houses);
        let somebody = &houses[h].people[p];
        let (invitation, _) = self.place(h, p)?;
        let id = invitation.ok_or_else(|| told("was not invited"))?;
        let organization = self.desk(h)?.organization;
        let found = crate::invitation::store::find(&mut self.app.db.reader(), organization, id).await?;
        let generation = found.ok_or_else(|| told("has no invitation"))?.generation;
        let generation = u32::try_from(generation).map_err(|_| told("has too many letters"))?;
        let token = self.app.key.token(Purpose::Invitation, id.0, generation);
        let device = if p.is_multiple_of(3) { Device::Phone } else { Device::Laptop };
        let visitor = self.visitor(p, device);
        if let Act::Declines(reason) = act {
            return accept::decline(&visitor, &token, &reason).await.map_err(failed);
        }
        let newcomer = Newcomer {
            password: Secret::new(PASSWORD),
            first_name: somebody.first_name.clone(),
            last_name: somebody.last_name.clone(),
            phone: String::new(),
            time_zone: somebody.time_zone.clone(),
        };
        let known = houses.iter().enumerate().find_map(|(other, house)| {
            let there = house.people.iter().position(|s| s.email == somebody.email)?;
            let is_in = other != h && self.desks.contains_key(&other);
            let is_member = there == 0 || self.places.contains_key(&(other, there));
            (is_in && is_member).then_some((other, there))
        });
        let accepted = match known {
            Some((other, there)) => {
                let home = &houses[other];
                let signed_in =
                    self.signs_in(home, there, device).await?.ok_or_else(|| told("can't sign in"))?;
                let caller = self.caller(&signed_in, organization).await?;
                accept::accept_signed_in(&caller, &token).await
            }
            None => accept::accept_new(&visitor, &token, newcomer).await,
        };
        accepted.map(drop).map_err(failed)
    }

    /// What an administrator does to somebody.
    async fn founder_does(&mut self, h: usize, p: usize, act: Act) -> Result<(), DemoError> {
        let houses = Arc::clone(&self.houses);
        let house = &houses[h];
        let somebody = &house.people[p];
        let founder = self.founder(h).await?;
        create::make_templates(&founder, house, &mut self.desk(h)?.places).await.map_err(failed)?;
        match act {
            Act::Invited(message) => {
                let request = invitations::Request {
                    emails: vec![somebody.email.clone()],
                    first_name: somebody.first_name.clone(),
                    last_name: somebody.last_name.clone(),
                    asked: self.asked(h, somebody)?,
                    message,
                };
                let outcomes = invitations::invite(&founder, &request, true).await.map_err(failed)?;
                let invitation = outcomes.into_iter().find_map(|(_, outcome)| match outcome {
                    invitations::Outcome::Created(made) | invitations::Outcome::Refreshed(made) => Some(made),
                    _ => None,
                });
                let invitation = invitation.ok_or_else(|| told("was not invited"))?;
                let member = invitation.member.ok_or_else(|| told("is no member"))?;
                self.places.insert((h, p), (Some(invitation.id), member));
                Ok(())
            }
            Act::Created => {
                let new = New {
                    email: somebody.email.clone(),
                    first_name: somebody.first_name.clone(),
                    last_name: somebody.last_name.clone(),
                    phone: String::new(),
                    password: Secret::new(PASSWORD),
                    asked: Asked { teams: None, projects: None, template: None, ..self.asked(h, somebody)? },
                    require_password_change: false,
                };
                let member = members::create(&founder, new).await?;
                self.places.insert((h, p), (None, member.id));
                Ok(())
            }
            Act::Resent | Act::Revoked => {
                let id = self.place(h, p)?.0.ok_or_else(|| told("was not invited"))?;
                let done = match act {
                    Act::Resent => invitations::resend(&founder, id).await,
                    _ => invitations::revoke(&founder, id).await,
                };
                done.map(drop).map_err(failed)
            }
            Act::Becomes(roles) => {
                let change =
                    Change { asked: Asked { roles: Some(roles), ..Asked::default() }, ..Change::default() };
                let member = self.place(h, p)?.1;
                members::update(&founder, member, &change, None).await.map(drop).map_err(failed)
            }
            Act::Suspended => members::suspend(&founder, self.place(h, p)?.1).await.map(drop).map_err(failed),
            Act::Reactivated => {
                members::reactivate(&founder, self.place(h, p)?.1).await.map(drop).map_err(failed)
            }
            Act::Removed => {
                removal::commands::remove(&founder, self.place(h, p)?.1, None).await.map_err(failed)
            }
            Act::Registers(thing) => self.registers(&founder, h, &house.things[thing]).await,
            Act::Founds | Act::Accepts | Act::Declines(_) | Act::SignsIn(_) | Act::Mistypes(_) => Ok(()),
        }
    }

    async fn registers(&mut self, founder: &Caller, h: usize, thing: &Thing) -> Result<(), DemoError> {
        let people = &self.houses[h].people;
        let named = |email: &String| people.iter().position(|somebody| somebody.email == *email);
        let people: Vec<MemberId> = thing
            .people
            .iter()
            .map(|email| Ok(self.place(h, named(email).ok_or_else(|| told("is not in the house"))?)?.1))
            .collect::<Result<_, DemoError>>()?;
        create::register(founder, thing, &self.desk(h)?.places, &people).await.map_err(failed)
    }

    fn asked(&mut self, h: usize, somebody: &Somebody) -> Result<Asked, DemoError> {
        let places = &self.desk(h)?.places;
        let ids = |of: &HashMap<String, String>, names: &[String]| -> Vec<String> {
            names.iter().filter_map(|name| of.get(name).cloned()).collect()
        };
        let mut asked = Asked {
            roles: Some(somebody.roles.clone()),
            template: places.templates.get(&somebody.template).cloned().map(Some),
            teams: Some(ids(&places.teams, &somebody.teams)),
            projects: Some(ids(&places.projects, &somebody.projects)),
            ..Asked::default()
        };
        if somebody.feature {
            asked.features.insert("crm".to_owned(), true);
        }
        Ok(asked)
    }
}

fn told(text: &str) -> DemoError {
    DemoError::Failed(text.to_owned())
}
