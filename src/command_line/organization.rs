//! `roster setup` and `roster organization …`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, password_file};
use crate::account;
use crate::app::App;
use crate::base::problem::Checks;
use crate::base::{EmailAddress, OrganizationId, Problem};
use crate::founding::api::SetUpAnswer;
use crate::founding::commands::{self, Candidate, Created, New, Owner};
use crate::op::{Caller, Organization};
use crate::organization::api::OrganizationBody;
use crate::organization::commands::{Change, Person, update};
use crate::organization::store;

/// `roster setup`.
#[derive(Debug, Args)]
pub(super) struct SetUp {
    /// The organization's name
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// Its access model, such as admin-user
    #[arg(long)]
    preset: String,
    /// The owner's address
    #[arg(long)]
    email: String,
    /// The owner's first name
    #[arg(long)]
    first_name: String,
    /// The owner's last name
    #[arg(long)]
    last_name: String,
    /// A file with the owner's password
    #[arg(long, value_name = "PATH")]
    password_file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an organization; its owner is invited by mail where no password is given
    Create(Create),
    /// List the organizations
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an organization
    Show {
        /// Its slug or id
        organization: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set how many seats an organization has
    SetSeatLimit {
        /// Its slug or id
        organization: String,
        /// The number of seats, or none
        #[arg(value_parser = seats)]
        seats: Seats,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its name
    #[arg(long)]
    name: String,
    /// Its name in paths; made from the name where it is left out
    #[arg(long)]
    slug: Option<String>,
    /// Its access model, such as admin-user
    #[arg(long)]
    preset: String,
    /// The number of seats; no limit where it is left out
    #[arg(long)]
    seat_limit: Option<i64>,
    /// The owner's address
    #[arg(long)]
    owner_email: String,
    /// The owner's first name
    #[arg(long)]
    owner_first_name: String,
    /// The owner's last name
    #[arg(long)]
    owner_last_name: String,
    /// A file with the owner's password; the owner is invited by mail where it is left out
    #[arg(long, value_name = "PATH")]
    owner_password_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A seat limit as typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seats(Option<i64>);

fn seats(text: &str) -> Result<Seats, String> {
    if text == "none" {
        return Ok(Seats(None));
    }
    text.parse().map(|n| Seats(Some(n))).map_err(|_| "give a number, or none".to_owned())
}

/// `roster setup`.
pub(super) async fn set_up(app: &App, asked: SetUp) -> Result<ExitCode, Failure> {
    let caller = Caller::system(app);
    if app.is_set_up().await? {
        return Err(Failure::new(
            "This installation is set up already. Use `roster organization create` for another organization.",
        ));
    }
    let new = New { name: asked.organization, slug: None, preset: asked.preset, seat_limit: None };
    let person = Typed { email: asked.email, first_name: asked.first_name, last_name: asked.last_name };
    let owner = owner(&caller, &new, person, Some(&asked.password_file)).await?;
    let created = commands::set_up(&caller, &new, owner).await.map_err(Problem::from)?;
    tell(app, created, asked.json).await
}

/// `roster organization …`.
pub(super) async fn obey(app: &App, command: Command) -> Result<ExitCode, Failure> {
    let caller = Caller::system(app);
    match command {
        Command::Create(asked) => create(&caller, asked).await,
        Command::List { json } => list(app, json).await,
        Command::Show { organization, json } => {
            let found = find(app, &organization).await?;
            show(app, found, json).await
        }
        Command::SetSeatLimit { organization, seats: Seats(seats), json } => {
            let id = find(app, &organization).await?.id;
            let change = Change { seat_limit: Some(seats), ..Change::default() };
            let changed = update(&caller, id, &change, None).await.map_err(Problem::from)?;
            show(app, changed, json).await
        }
    }
}

async fn create(caller: &Caller, asked: Create) -> Result<ExitCode, Failure> {
    let new = New { name: asked.name, slug: asked.slug, preset: asked.preset, seat_limit: asked.seat_limit };
    let person = Typed {
        email: asked.owner_email,
        first_name: asked.owner_first_name,
        last_name: asked.owner_last_name,
    };
    let owner = owner(caller, &new, person, asked.owner_password_file.as_deref()).await?;
    let created = commands::create(caller, &new, owner).await.map_err(Problem::from)?;
    tell(&caller.app, created, asked.json).await
}

/// A person as typed.
struct Typed {
    email: String,
    first_name: String,
    last_name: String,
}

/// Who is to own it: somebody with a password, or somebody who is invited unless they have an account.
async fn owner(caller: &Caller, new: &New, typed: Typed, password: Option<&Path>) -> Result<Owner, Failure> {
    let Typed { email, first_name, last_name } = typed;
    let has_account = match EmailAddress::parse(&email) {
        Ok(email) => account::store::find_by_email(&mut caller.app.db.reader(), email.key()).await?.is_some(),
        Err(_) => false,
    };
    if has_account && password.is_some() {
        eprintln!(
            "roster: {email} has an account already; its password stays, the password file was left aside."
        );
    }
    if let Some(path) = password.filter(|_| !has_account) {
        let password = password_file::read(path)?;
        let candidate = Candidate { email, first_name, last_name, password };
        return Ok(commands::owner_with_password(caller, new, &candidate).await?);
    }
    let mut checks = Checks::default();
    commands::check(caller, new, "", &mut checks);
    let first_name = checks.name("/owner/firstName", "The first name", &first_name);
    let last_name = checks.name("/owner/lastName", "The last name", &last_name);
    let email = checks.email("/owner/email", &email);
    checks.done()?;
    let email = email.ok_or_else(|| Failure::new("The owner's address is no e-mail address."))?;
    Ok(Owner::Invited(Person { email, first_name, last_name }))
}

/// Says what was made.
async fn tell(app: &App, created: Created, json: bool) -> Result<ExitCode, Failure> {
    if json {
        super::print_json(&SetUpAnswer::new(app, created).await?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let organization = &created.organization;
    println!("{} ({}, {}) was made.", organization.name, organization.slug, organization.id);
    match (&created.account, &created.owner, created.account_existed) {
        (Some(account), _, false) => println!("{} owns it and can sign in.", account.email),
        (Some(account), _, true) => println!("{} has an account already and owns it at once.", account.email),
        (None, Some(member), false) => println!("{} is invited by mail to own it.", member.email),
        (None, Some(member), true) => println!(
            "{} has an account already, but has not shown to be its owner's mailbox: an invitation to own it is on its way there.",
            member.email
        ),
        (None, None, _) => {}
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn find(app: &App, named: &str) -> Result<Organization, Failure> {
    let found = store::find_named(&mut app.db.reader(), named).await?;
    found.ok_or_else(|| {
        Failure::new(format!("There is no organization {named:?}. `roster organization list` shows them."))
    })
}

async fn body(app: &App, organization: Organization) -> Result<OrganizationBody, Failure> {
    let roles = crate::role::store::list(&mut app.db.reader(), organization.id).await?;
    Ok(OrganizationBody::new(organization, &roles))
}

async fn list(app: &App, json: bool) -> Result<ExitCode, Failure> {
    const PAGE: i64 = 200;
    let mut bodies = Vec::new();
    let mut after = OrganizationId::INSTALLATION;
    loop {
        let page = store::list(&mut app.db.reader(), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for organization in page {
            if json {
                bodies.push(body(app, organization).await?);
            } else {
                println!("{}", line(&organization));
            }
        }
    }
    if json {
        super::print_json(&serde_json::json!({"data": bodies, "nextCursor": null}))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, organization: Organization, json: bool) -> Result<ExitCode, Failure> {
    if json {
        super::print_json(&body(app, organization).await?)?;
    } else {
        println!("{}", line(&organization));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(o: &Organization) -> String {
    let limit = o.seat_limit.map_or("no limit".to_owned(), |limit| format!("limit {limit}"));
    let members = format!(
        "{} active, {} suspended, {} invited, {limit}",
        o.active_count, o.suspended_count, o.invited_count
    );
    format!("{}  {}  {}  {}  {members}", o.slug, o.id, o.preset, o.name)
}
