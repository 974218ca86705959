//! Set-up and the making of organizations in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, Created, New, Owner};
use crate::account::api::AccountBody;
use crate::app::App;
use crate::base::Problem;
use crate::base::problem::Checks;
use crate::base::secret::Secret;
use crate::http::{Answer, Call, Guard, Route, json, json_versioned, object, object_or_null, post};
use crate::member::api::MemberBody;
use crate::op::Who;
use crate::organization::api::OrganizationBody;
use crate::organization::commands::Person;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetUpRequest {
    token: String,
    #[serde(deserialize_with = "object")]
    organization: SetUpOrganization,
    #[serde(deserialize_with = "object")]
    owner: SetUpOwner,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetUpOrganization {
    name: String,
    slug: Option<String>,
    preset: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetUpOwner {
    email: String,
    first_name: String,
    last_name: String,
    #[schema(value_type = String)]
    password: Secret,
}

/// What set-up made.
#[derive(Serialize, ToSchema)]
pub struct SetUpAnswer {
    account: Option<AccountBody>,
    organization: OrganizationBody,
    member: Option<MemberBody>,
}

impl SetUpAnswer {
    /// An organization with its owner.
    pub async fn new(app: &App, created: Created) -> Result<Self, Problem> {
        let Created { organization, roles, owner, account, .. } = created;
        let member = match owner {
            Some(owner) => Some(crate::member::api::one_body(app, &organization, owner).await?),
            None => None,
        };
        let organization = OrganizationBody::new(organization, &roles);
        Ok(Self { account: account.map(AccountBody::from), organization, member })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRequest {
    name: String,
    slug: Option<String>,
    preset: String,
    seat_limit: Option<i64>,
    /// The owner: at once where the address has an account that proved to read this mailbox, by invitation otherwise. An
    /// operator may leave it out.
    #[serde(default, deserialize_with = "object_or_null")]
    owner: Option<CreateOwner>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateOwner {
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// The routes of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/setup", set_up)
            .secret()
            .summary("Set the installation up: the first organization and its owner")
            .takes::<SetUpRequest>()
            .answers::<SetUpAnswer>(201)
            .problems(&[(403, "invalid_setup_token"), (410, "setup_done"), (422, "invalid_input")]),
        post("/api/v1/organizations", create)
            .guard(Guard::OperatorOrAccount)
            .summary("Make an organization")
            .takes::<CreateRequest>()
            .answers::<OrganizationBody>(201)
            .problems(&[(409, "slug_taken"), (422, "invalid_input")]),
    ]
}

async fn set_up(call: Call) -> Result<Answer, Problem> {
    let asked: SetUpRequest = call.json()?;
    let created = run_set_up(&call, asked).await?;
    Ok(json(201, &SetUpAnswer::new(call.app(), created).await?))
}

async fn run_set_up(call: &Call, asked: SetUpRequest) -> Result<Created, Problem> {
    let new = New {
        name: asked.organization.name,
        slug: asked.organization.slug,
        preset: asked.organization.preset,
        seat_limit: None,
    };
    let owner = asked.owner;
    commands::set_up_with_password(
        &call.caller,
        &asked.token,
        &new,
        &commands::Candidate {
            email: owner.email,
            first_name: owner.first_name,
            last_name: owner.last_name,
            password: owner.password,
        },
    )
    .await
}

async fn create(call: Call) -> Result<Answer, Problem> {
    if !matches!(call.caller.who, Who::Operator(_)) {
        return Err(Problem::new(
            403,
            "forbidden",
            "In this installation organizations are made by the operator, with an operator's key.",
        ));
    }
    let asked: CreateRequest = call.json()?;
    let new = New { name: asked.name, slug: asked.slug, preset: asked.preset, seat_limit: asked.seat_limit };
    let mut checks = Checks::default();
    commands::check(&call.caller, &new, "", &mut checks);
    let owner = match asked.owner {
        None => Owner::Nobody,
        Some(owner) => {
            let name = |checks: &mut Checks, at: &str, what: &str, text: Option<String>| match text
                .filter(|t| !t.trim().is_empty())
            {
                Some(text) => checks.name(at, what, &text),
                None => String::new(),
            };
            let first_name = name(&mut checks, "/owner/firstName", "The first name", owner.first_name);
            let last_name = name(&mut checks, "/owner/lastName", "The last name", owner.last_name);
            match checks.email("/owner/email", &owner.email) {
                Some(email) => Owner::Invited(Person { email, first_name, last_name }),
                None => Owner::Nobody,
            }
        }
    };
    checks.done()?;
    let created = commands::create(&call.caller, &new, owner).await?;
    let version = created.organization.version;
    Ok(json_versioned(201, &OrganizationBody::new(created.organization, &created.roles), version))
}
