//! The local mailbox: what an installation without a mail server shows in place of sending (OPS-1). Letters are written
//! anew from the outbox when they are looked at.

pub mod pages;
#[cfg(test)]
pub mod samples;
pub mod view;

use onesql::Error;

use crate::app::App;
use crate::base::LetterId;
use crate::outbox::text::Text;
use crate::outbox::{Stored, store, subject};

/// How many letters are listed.
const MOST: i64 = 200;

/// A letter with its words.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub letter: Stored,
    /// What it says.
    pub text: Text,
}

/// The newest letters. Those whose subject is gone are left out: nothing is left to say.
pub async fn list(app: &App) -> Result<Vec<Shown>, Error> {
    let mut reader = app.db.reader();
    let mut shown = Vec::new();
    for letter in store::newest(&mut reader, MOST).await? {
        if let Some(found) = subject::compose(&mut reader, app, &letter, app.now()).await? {
            shown.push(Shown { letter, text: found.text });
        }
    }
    Ok(shown)
}

/// One letter.
pub async fn read(app: &App, id: LetterId) -> Result<Option<Shown>, Error> {
    let mut reader = app.db.reader();
    let Some(letter) = store::find(&mut reader, id).await? else { return Ok(None) };
    let found = subject::compose(&mut reader, app, &letter, app.now()).await?;
    Ok(found.map(|found| Shown { letter, text: found.text }))
}
