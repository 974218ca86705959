//! Accounts in the JSON API.

use serde::Serialize;
use utoipa::ToSchema;

use super::Account;
use crate::base::{AccountId, Timestamp};

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
        }
    }
}
