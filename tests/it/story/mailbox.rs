//! The letters that were queued, with the tokens that the mail worker would put into them.

use onesql::{Query, params};
use roster::app::App;
use roster::base::LetterId;
use roster::base::secret::Purpose;
use roster::outbox::text::Text;
use roster::outbox::{store, subject};

/// A queued letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: String,
    /// `invitation`, `password_reset` …
    pub kind: String,
    /// To whom.
    pub to: String,
    /// What the link in it ends with.
    pub token: String,
}

impl Letter {
    /// As a story names it.
    pub fn told(&self) -> String {
        format!("{} to {}", self.kind, self.to)
    }
}

/// A letter as its reader sees it.
pub async fn written(app: &App, letter: &Letter) -> Text {
    let mut reader = app.db.reader();
    let id = LetterId(letter.id.parse().unwrap());
    let stored = store::find(&mut reader, id).await.unwrap().expect("the letter lies in the outbox");
    subject::compose(&mut reader, app, &stored, app.now()).await.unwrap().expect("its subject is there").text
}

/// Every letter, oldest first.
pub async fn letters(app: &App) -> Vec<Letter> {
    const LETTERS: &str =
        "SELECT id, kind, recipient, subject_id, generation FROM outbox ORDER BY created_at, generation, id";
    type Row = (uuid::Uuid, String, String, uuid::Uuid, i64);
    let rows: Vec<Row> = app.db.reader().all(LETTERS, params![]).await.unwrap();
    rows.into_iter()
        .map(|(id, kind, to, subject, generation)| {
            let purpose = match kind.as_str() {
                "password_reset" => Purpose::PasswordReset,
                "email_change" => Purpose::EmailChange,
                "password_changed" | "email_changed" | "new_device" | "role_changed" => Purpose::Notice,
                _ => Purpose::Invitation,
            };
            let token = app.key.token(purpose, subject, u32::try_from(generation).unwrap_or_default());
            Letter { id: id.to_string(), kind, to, token }
        })
        .collect()
}
