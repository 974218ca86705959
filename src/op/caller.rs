//! Who asks.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Needs, Op, OpError, Standing};
use crate::app::App;
use crate::audit::Actor;
use crate::base::client::Client;
use crate::base::{AccountId, OperatorKeyId, OrganizationId, SessionId, Timestamp};

/// Who asks, from where, for which organization. It holds no connection: neither a slow body nor a password hash holds
/// the write lock.
pub struct Caller {
    /// The process's parts.
    pub app: App,
    /// From where the request came.
    pub client: Client,
    /// Who it is.
    pub who: Who,
    /// The caller's place in the organization that the request names, where they are an active member.
    pub standing: Option<Standing>,
    /// The request's `Idempotency-Key`.
    pub idempotency: Option<IdempotencyClaim>,
}

/// Who a caller is.
pub enum Who {
    /// Nobody known.
    Visitor,
    /// A signed-in account.
    Signed(Box<Signed>),
    /// The operator, by key.
    Operator(OperatorKeyId),
    /// The command line or a worker.
    System,
}

/// A signed-in account and its session.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The account.
    pub account: AccountId,
    /// The person's name, or the address while there is none.
    pub name: String,
    /// The account's address.
    pub email: String,
    /// The time zone that they chose, or nothing.
    pub time_zone: String,
    /// The session.
    pub session: SessionId,
    /// Whether a browser's cookie showed it, rather than a program's bearer token.
    pub by_cookie: bool,
    /// The organization that the session is in by default.
    pub session_organization: Option<OrganizationId>,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// The `Idempotency-Key` of a request: taken once, by the first command that the request begins.
pub struct IdempotencyClaim {
    /// A hash of caller, route and key.
    pub scope: [u8; 32],
    /// A hash of the body.
    pub body_hash: [u8; 32],
    taken: AtomicBool,
}

impl IdempotencyClaim {
    /// A claim that nobody took yet.
    pub fn new(scope: [u8; 32], body_hash: [u8; 32]) -> Self {
        Self { scope, body_hash, taken: AtomicBool::new(false) }
    }

    /// Whether this is the first to take it.
    pub fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::SeqCst)
    }

    /// Whether some command took it.
    pub fn is_taken(&self) -> bool {
        self.taken.load(Ordering::SeqCst)
    }
}

impl Caller {
    /// The command line.
    pub fn system(app: &App) -> Self {
        Self {
            app: app.clone(),
            client: Client::local("command-line"),
            who: Who::System,
            standing: None,
            idempotency: None,
        }
    }

    /// A caller who is nobody known.
    pub fn visitor(app: &App, client: Client) -> Self {
        Self { app: app.clone(), client, who: Who::Visitor, standing: None, idempotency: None }
    }

    /// The caller as the audit trail names them.
    pub fn actor(&self) -> Actor {
        match (&self.who, &self.standing) {
            (Who::Signed(signed), Some(standing)) => {
                Actor::new("member", standing.member, signed.name.clone())
            }
            (Who::Signed(signed), None) => Actor::new("account", signed.account, signed.name.clone()),
            (Who::Operator(key), _) => Actor::new("operator", key, "Operator"),
            (Who::System, _) => Actor::new("system", "", "Command line"),
            (Who::Visitor, _) => Actor::new("visitor", "", "Visitor"),
        }
    }

    /// The signed-in account and session.
    pub fn signed(&self) -> Option<&Signed> {
        match &self.who {
            Who::Signed(signed) => Some(signed),
            _ => None,
        }
    }

    /// Begins a command of a member; see [`Op::begin`].
    pub async fn begin(&self, needs: Needs) -> Result<Op, OpError> {
        Op::begin(self, needs).await
    }

    /// Checks a permission for reading; what it returns names the organization.
    pub fn reads(&self, needs: Needs) -> Result<&Standing, OpError> {
        let standing = self.standing.as_ref().ok_or(OpError::NotFound)?;
        if standing.allows(needs) {
            Ok(standing)
        } else {
            Err(OpError::Forbidden(needs.named(&standing.organization.model)))
        }
    }

    /// The signed-in account.
    pub fn account(&self) -> Result<AccountId, OpError> {
        match &self.who {
            Who::Signed(signed) => Ok(signed.account),
            _ => Err(OpError::Unauthenticated),
        }
    }
}
