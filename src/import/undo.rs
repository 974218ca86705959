//! Taking an import back as a whole, while nobody has answered (INV-13).

use super::commands::{ImportError, MAY_INVITE};
use crate::base::JobId;
use crate::invitation::commands::{InviteError, revoke_in};
use crate::job::{State, store};
use crate::op::{Caller, OpError};

/// Invitations that are withdrawn in one transaction.
const TOGETHER: i64 = 200;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Invitations that were withdrawn.
    pub revoked: i64,
    /// Those that could not be: answered meanwhile, or of people whom the actor may not manage.
    pub kept: i64,
}

/// Withdraws the invitations that an import made or renewed and that still wait for an answer. What was sent again was there
/// before, and stays.
pub async fn undo(caller: &Caller, id: JobId) -> Result<Undone, ImportError> {
    let (mut undone, mut after) = (Undone::default(), 0);
    loop {
        let mut op = caller.begin(MAY_INVITE).await?;
        let organization = op.organization_id();
        let mut revoked = 0;
        let outcome: Result<bool, ImportError> = async {
            let job = store::find(&mut op.tx, organization, id).await?.ok_or(ImportError::NotFound)?;
            match job.state {
                State::Draft => return Err(ImportError::NotFound),
                State::Running => return Err(ImportError::Running),
                State::Done | State::Failed => {}
            }
            let open = store::open(&mut op.tx, id, op.now, (after, TOGETHER)).await?;
            for (row, invitation) in &open {
                after = *row;
                match revoke_in(&mut op, *invitation).await {
                    Ok(_) => revoked += 1,
                    Err(InviteError::Op(error)) => return Err(ImportError::Op(error)),
                    Err(_) => undone.kept += 1,
                }
            }
            Ok(open.len() as i64 == TOGETHER)
        }
        .await;
        let goes_on = op.settle::<_, ImportError>(outcome.map(|more| (more, revoked > 0))).await?;
        undone.revoked += revoked;
        if !goes_on {
            return Ok(undone);
        }
    }
}

/// How many invitations an undo would withdraw now.
pub async fn open(caller: &Caller, id: JobId) -> Result<i64, OpError> {
    Ok(store::count_open(&mut caller.app.db.reader(), id, caller.app.now()).await?)
}
