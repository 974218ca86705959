//! Two processes, one queue (I15, F1, F3): whoever claims a letter sends it, and nobody else does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use onesql::{Query, params};
use roster::app::App;
use roster::base::time::SECOND;
use roster::base::{AccountId, EmailAddress, LetterId, NoticeId};
use roster::outbox::notice::{self, Happening};
use roster::outbox::worker::{Post, run_once};
use roster::outbox::{DeliveryState, Letter, LetterKind, store};
use roster::settings::Settings;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail server that counts each Message-ID and refuses some recipients.
pub struct Server {
    port: u16,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Server {
    /// Begins to take letters, except those to whom this names.
    pub async fn start(refuse: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(HashMap::new()));
        let all = taken.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, refuse, all.clone()));
            }
        });
        Self { port, taken }
    }

    /// A worker's way to it.
    pub fn post(&self) -> Arc<Post> {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        let settings = Settings::read(|name| (name == "ROSTER_SMTP_URL").then(|| url.clone())).unwrap();
        Arc::new(Post::new(&settings).unwrap())
    }
}

async fn serve(socket: TcpStream, refuse: &str, taken: Arc<Mutex<HashMap<String, usize>>>) {
    let (reading, mut writing) = socket.into_split();
    let mut lines = BufReader::new(reading).lines();
    let (mut in_text, mut answer) = (false, "220 hi");
    loop {
        if !answer.is_empty() && writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "Message-ID" if in_text => {
                *taken.lock().unwrap().entry(line).or_default() += 1;
                ""
            }
            "." if in_text => {
                in_text = false;
                "250 queued"
            }
            _ if in_text => "",
            "DATA" => {
                in_text = true;
                "354 go"
            }
            "RCPT" if line.contains(refuse) => "550 5.1.1 nobody of that name",
            _ => "250 fine",
        };
    }
}

/// Queues `count` notices to an account that there is.
async fn queue(app: &App, count: usize) -> Vec<LetterId> {
    let account = app.random.uuid(app.now());
    let mut tx = app.db.begin().await.unwrap();
    tx.execute(
        "INSERT INTO accounts (id, email, email_key, email_verified, first_name, last_name, phone, time_zone, locale,
           must_change_password, credential_version, created_at, updated_at, version)
         VALUES ($1, 'ann@example.test', 'ann@example.test', $2, 'Ann', 'Lee', '', 'UTC', 'en', $3, 1, 0, 0, 1)",
        params![account, true, false],
    )
    .await
    .unwrap();
    let notice = NoticeId(account);
    let to = EmailAddress::parse("ann@example.test").unwrap();
    let (whose, happening) = ((AccountId(account), None), Happening::PasswordChanged);
    notice::insert(&mut tx, notice, whose, &to, &happening, app.now()).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..count {
        let to = EmailAddress::parse(&format!("guest{n}@example.test")).unwrap();
        let letter = Letter { kind: LetterKind::PasswordChanged, subject: notice.0, generation: 0, to: &to };
        let id = LetterId(app.random.uuid(app.now()));
        store::insert(&mut tx, app, None, id, &letter, app.now()).await.unwrap();
        ids.push(id);
    }
    tx.commit().await.unwrap();
    ids
}

story! {
    two_workers_send_each_letter_once, app => {
        app.leaves_any_mail();
        let server = Server::start("nobody").await;
        queue(app.app(), 200).await;
        let second = app.second_process().await;
        let (post, other) = (server.post(), server.post());
        // A worker that finds nothing free ends its round; what the other holds comes back to nobody but the other.
        let (first, second) = tokio::join!(run_once(app.app(), &post), run_once(&second.app, &other));
        assert_eq!(first.unwrap() + second.unwrap() + run_once(app.app(), &post).await.unwrap(), 200);
        let taken = server.taken.lock().unwrap().clone();
        assert_eq!(taken.len(), 200);
        assert!(taken.values().all(|count| *count == 1), "{taken:?}");
        let queue = store::queue(&mut app.app().db.reader()).await.unwrap();
        assert_eq!(queue.waiting, 0);
    }
}

story! {
    a_refusal_for_good_is_shown_and_ends_it, app => {
        app.leaves_any_mail();
        let server = Server::start("guest1@").await;
        let ids = queue(app.app(), 3).await;
        let post = server.post();
        assert_eq!(run_once(app.app(), &post).await.unwrap(), 3);
        let mut reader = app.app().db.reader();
        let refused = store::delivery(&mut reader, ids[1]).await.unwrap().unwrap();
        assert_eq!((refused.state, refused.attempts), (DeliveryState::Failed, 1));
        assert_eq!(refused.last_error.as_deref(), Some("550 5.1.1 nobody of that name"));
        let sent = store::delivery(&mut reader, ids[0]).await.unwrap().unwrap();
        assert_eq!((sent.state, sent.sent_at), (DeliveryState::Sent, Some(app.app().now())));
        app.waits(3600 * SECOND);
        assert_eq!(run_once(app.app(), &post).await.unwrap(), 0);
        let states: Vec<(String,)> =
            reader.all("SELECT state FROM outbox WHERE claimed_by IS NOT NULL", params![]).await.unwrap();
        assert!(states.is_empty(), "{states:?}");
    }
}

story! {
    /// I10: a command that is refused after it queued a letter, or whose client goes away, mails nothing.
    nothing_is_delivered_of_what_was_rolled_back, app => {
        use roster::audit::{Action, Event, Target};
        use roster::op::{Caller, Op, OpError};
        app.leaves_any_mail();
        let server = Server::start("nobody").await;
        queue(app.app(), 0).await;
        let row: (uuid::Uuid,) = app.app().db.reader().one("SELECT id FROM accounts", params![]).await.unwrap();
        let (caller, to) = (Caller::system(app.app()), EmailAddress::parse("ann@example.test").unwrap());
        let letter = Letter { kind: LetterKind::PasswordChanged, subject: row.0, generation: 0, to: &to };
        let event = || Event::new(Action::PasswordChanged, Target::new("account", "", "Ann"));

        let mut refused = Op::begin_installation(&caller).await.unwrap();
        refused.mail(&letter).await.unwrap();
        refused.record(event());
        let outcome: Result<(), OpError> = refused.finish(Err(OpError::NotFound)).await;
        assert!(outcome.is_err());
        let mut left = Op::begin_installation(&caller).await.unwrap();
        left.mail(&letter).await.unwrap();
        left.record(event());
        drop(left);
        assert_eq!(run_once(app.app(), &server.post()).await.unwrap(), 0);
        assert!(server.taken.lock().unwrap().is_empty());

        let mut kept = Op::begin_installation(&caller).await.unwrap();
        kept.mail(&letter).await.unwrap();
        kept.record(event());
        kept.finish(Ok::<(), OpError>(())).await.unwrap();
        assert_eq!(run_once(app.app(), &server.post()).await.unwrap(), 1);
        assert_eq!(server.taken.lock().unwrap().len(), 1);
    }
}
