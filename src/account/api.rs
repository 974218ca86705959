//! Accounts in the JSON API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::{self, ProfileChange};
use super::{Account, store};
use crate::base::{AccountId, Problem, Timestamp};
use crate::http::{Answer, Call, Guard, Route, get, json_versioned, patch, patch_field};
use crate::op::OpError;

/// An account, as the API shows it to its owner.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub struct AccountBody {
    #[schema(value_type = String)]
    id: AccountId,
    email: String,
    email_verified: bool,
    first_name: String,
    last_name: String,
    name: String,
    phone: String,
    time_zone: String,
    locale: String,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    version: i64,
}

impl From<Account> for AccountBody {
    fn from(a: Account) -> Self {
        Self {
            name: a.name(),
            id: a.id,
            email: a.email,
            email_verified: a.email_verified,
            first_name: a.first_name,
            last_name: a.last_name,
            phone: a.phone,
            time_zone: a.time_zone,
            locale: a.locale,
            created_at: a.created_at,
            updated_at: a.updated_at,
            version: a.version,
        }
    }
}

/// What changes in one's own profile; what is left out stays, null clears.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProfilePatch {
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    first_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch_field")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
}

impl From<ProfilePatch> for ProfileChange {
    fn from(patch: ProfilePatch) -> Self {
        let set = |field: Option<Option<String>>| field.map(Option::unwrap_or_default);
        Self {
            first_name: set(patch.first_name),
            last_name: set(patch.last_name),
            phone: set(patch.phone),
            time_zone: set(patch.time_zone),
            locale: set(patch.locale),
        }
    }
}

/// The routes of one's own profile.
pub fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/account", own)
            .guard(Guard::Account)
            .summary("One's own profile")
            .answers::<AccountBody>(200),
        patch("/api/v1/account", change)
            .guard(Guard::Account)
            .summary("Change one's own profile")
            .takes::<ProfilePatch>()
            .answers::<AccountBody>(200)
            .problems(&[(412, "stale_version"), (422, "invalid_input")]),
    ]
}

fn answer(account: Account) -> Answer {
    let version = account.version;
    json_versioned(200, &AccountBody::from(account), version)
}

async fn own(call: Call) -> Result<Answer, Problem> {
    let found = store::find(&mut call.app().db.reader(), call.caller.account()?).await?;
    Ok(answer(found.ok_or(OpError::Unauthenticated)?))
}

async fn change(call: Call) -> Result<Answer, Problem> {
    let patch: ProfilePatch = call.json()?;
    Ok(answer(commands::update_profile(&call.caller, patch.into(), call.if_match()).await?))
}
