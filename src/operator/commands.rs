//! What somebody at the machine can do for the operator.

use super::{KEY_PREFIX, store};
use crate::audit::{Action, Event, Target};
use crate::base::OperatorKeyId;
use crate::base::secret::BearerToken;
use crate::op::{Caller, Op, OpError};

/// Makes an operator's key. The token is handed out here, once.
pub async fn create_key(caller: &Caller) -> Result<(OperatorKeyId, BearerToken), OpError> {
    let mut op = Op::begin_installation(caller).await?;
    let outcome = create_key_in(&mut op).await;
    op.finish(outcome).await
}

async fn create_key_in(op: &mut Op) -> Result<(OperatorKeyId, BearerToken), OpError> {
    let id = OperatorKeyId(op.id());
    let token = BearerToken::generate(KEY_PREFIX, &op.app.random);
    store::insert(&mut op.tx, id, &token, op.now).await?;
    op.record(Event::new(Action::OperatorKeyCreated, Target::new("operator_key", id, "Operator's key")));
    Ok((id, token))
}
