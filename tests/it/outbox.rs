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
use tokio::sync::Notify;

/// A mail server that counts each Message-ID and refuses some recipients; to some it says nothing at all, others it asks to
/// wait.
pub struct Server {
    port: u16,
    taken: Arc<Mutex<HashMap<String, usize>>>,
    /// The recipients that it was told.
    told: Arc<Mutex<Vec<String>>>,
    took: Arc<Notify>,
}

impl Server {
    /// Begins to take letters, except those to whom this names.
    pub async fn start(refuse: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, told, took) = (Arc::default(), Arc::default(), Arc::default());
        let server = Self { port, taken, told, took };
        let all = (server.taken.clone(), server.told.clone(), server.took.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, refuse, all.clone()));
            }
        });
        server
    }

    /// Waits until so many letters were taken.
    async fn has_taken(&self, count: usize) {
        while self.taken.lock().unwrap().len() < count {
            self.took.notified().await;
        }
    }

    /// A worker's way to it.
    pub fn post(&self) -> Arc<Post> {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        let settings = Settings::read(|name| (name == "ROSTER_SMTP_URL").then(|| url.clone())).unwrap();
        Arc::new(Post::new(&settings).unwrap())
    }
}

type All = (Arc<Mutex<HashMap<String, usize>>>, Arc<Mutex<Vec<String>>>, Arc<Notify>);

async fn serve(socket: TcpStream, refuse: &str, (taken, told, took): All) {
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
                took.notify_one();
                in_text = false;
                "250 queued"
            }
            _ if in_text => "",
            "DATA" => {
                in_text = true;
                "354 go"
            }
            "RCPT" if line.contains("@silent.test") => std::future::pending().await,
            "RCPT" if line.contains("@later.test") => {
                told.lock().unwrap().push(line);
                "451 4.7.1 come back later"
            }
            "RCPT" if line.contains(refuse) => "550 5.1.1 nobody of that name",
            "RCPT" => {
                told.lock().unwrap().push(line);
                "250 fine"
            }
            _ => "250 fine",
        };
    }
}

/// Queues `count` notices to an account that there is.
async fn queue(app: &App, count: usize) -> Vec<LetterId> {
    queue_to(app, &(0..count).map(|n| format!("guest{n}@example.test")).collect::<Vec<_>>()).await
}

/// Queues a notice to each of these.
async fn queue_to(app: &App, recipients: &[String]) -> Vec<LetterId> {
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
    for to in recipients {
        let to = EmailAddress::parse(to).unwrap();
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

/// So many addresses at a domain.
fn at(domain: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("guest{n}@{domain}")).collect()
}

story! {
    /// F2: while a domain's server says nothing, the mail of the others goes on, also behind hundreds of letters.
    a_silent_domain_does_not_hold_the_rest, app => {
        app.leaves_any_mail();
        let server = Server::start("nobody").await;
        queue_to(app.app(), &[at("silent.test", 200), at("example.test", 30)].concat()).await;
        let post = server.post();
        tokio::select! {
            ended = run_once(app.app(), &post) => panic!("nobody waits for the silent server: {ended:?}"),
            () = server.has_taken(30) => {}
        }
    }
}

story! {
    /// F3, INV-2: a domain that asks to wait is left alone, and its letters lose no try; the others go at once.
    a_domain_that_asks_to_wait_is_left_alone, app => {
        app.leaves_any_mail();
        let server = Server::start("nobody").await;
        let ids = queue_to(app.app(), &[at("later.test", 100), at("example.test", 5)].concat()).await;
        let post = server.post();
        run_once(app.app(), &post).await.unwrap();
        assert_eq!(server.taken.lock().unwrap().len(), 5);
        let asked = server.told.lock().unwrap().iter().filter(|line| line.contains("later")).count();
        assert!((1..=20).contains(&asked), "{asked} letters went to a domain that asked to wait");
        let mut tries = [0, 0];
        for id in &ids[..100] {
            let delivery = store::delivery(&mut app.app().db.reader(), *id).await.unwrap().unwrap();
            assert_eq!(delivery.state, DeliveryState::Queued);
            tries[usize::from(delivery.attempts > 0)] += 1;
        }
        assert_eq!(tries, [100 - asked, asked]);
        app.waits(10 * SECOND);
        assert!(run_once(app.app(), &post).await.unwrap() >= 1, "they are tried again");
    }
}

story! {
    /// A30, R54: text that looks like the end of a letter and more commands is text.
    commands_in_a_message_are_text, app => {
        app.leaves_any_mail();
        let acme = app.organization("Acme").owned_by("alice@acme.test").await;
        let server = Server::start("nobody").await;
        let message = "Hello\r\n.\r\nMAIL FROM:<mallory@x.test>\r\nRCPT TO:<victim@x.test>\r\nDATA\r\nX\r\n.\r\n";
        let (alice, body) = (acme.alice(), serde_json::json!({"message": message}));
        alice.tries_to_invite("new@acme.test", body.clone()).await.has_status(200);
        alice.tries_to_invite("-oQ/tmp@acme.test", body).await.is(422, "invalid_email");
        run_once(app.app(), &server.post()).await.unwrap();
        assert_eq!(*server.told.lock().unwrap(), ["RCPT TO:<new@acme.test>"]);
        assert_eq!(server.taken.lock().unwrap().len(), 1);
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
