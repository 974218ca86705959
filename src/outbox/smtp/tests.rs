//! Against a mail server that follows a script: one list of answers for each connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::*;
use crate::outbox::tests::{app_with, stored};
use crate::outbox::text::Text;

/// What the server says, one answer after each command; a text that ends gets one answer, too.
const TAKES: &[&str] =
    &["220 hi", "250-mail.test\r\n250 8BITMIME", "250 from", "250 to", "354 go", "250 2.0.0 queued"];

/// How a script goes on when its lines are used up.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    Silence,
    Takes,
}

struct Server {
    port: u16,
    /// Everything that was said to it.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(scripts: Vec<(Vec<&'static str>, Then)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = heard.clone();
        tokio::spawn(async move {
            for (script, then) in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(socket, script, then, all.clone()));
            }
        });
        Self { port, heard }
    }

    async fn heard(&self) -> Vec<String> {
        self.heard.lock().await.clone()
    }
}

async fn talk(
    socket: tokio::net::TcpStream,
    script: Vec<&'static str>,
    then: Then,
    heard: Arc<Mutex<Vec<String>>>,
) {
    let (reading, mut writing) = socket.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut answers = script.into_iter();
    let (mut is_greeted, mut in_text) = (false, false);
    loop {
        if is_greeted {
            let Ok(Some(line)) = lines.next_line().await else { return };
            heard.lock().await.push(line.clone());
            if in_text && line != "." {
                continue;
            }
        }
        is_greeted = true;
        let answer = match answers.next() {
            Some(answer) => answer,
            None if then == Then::Takes => {
                if in_text {
                    "250 queued"
                } else {
                    "250 fine"
                }
            }
            None if then == Then::Silence => return std::future::pending().await,
            None => return,
        };
        in_text = answer.starts_with("354");
        if writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn text() -> Text {
    Text {
        subject: "Mara Lindqvist invited you to Halden Freight".into(),
        plain: "Hello,\n\n.\n.hidden\nhttp://127.0.0.1:8080/invitations/abc\n".into(),
        html: "<p>Hello,</p>".into(),
        link: None,
    }
}

async fn smtp(app: &App, server: &Server, extra: &str) -> Smtp {
    let url = format!("smtp://{extra}127.0.0.1:{}", server.port);
    let settings = Settings::read(|key| (key == "ROSTER_SMTP_URL").then(|| url.clone())).unwrap();
    let mut smtp = Smtp::new(&app.settings, &settings.smtp.unwrap()).unwrap();
    let short = Duration::from_millis(300);
    smtp.patience = Patience { connect: short, alive: short, letter: short };
    smtp
}

async fn send_to(scripts: Vec<(Vec<&'static str>, Then)>, extra: &str) -> Result<(), Undelivered> {
    let server = Server::start(scripts).await;
    let app = app_with(&[]).await;
    let smtp = smtp(&app, &server, extra).await;
    smtp.send(&app, &stored(), &text()).await
}

fn with(at: usize, answer: &'static str) -> Vec<&'static str> {
    let mut script = TAKES.to_vec();
    script[at] = answer;
    script
}

#[tokio::test]
async fn a_letter_is_handed_over_to_one_recipient() {
    let server = Server::start(vec![(TAKES.to_vec(), Then::Close)]).await;
    let app = app_with(&[]).await;
    let smtp = smtp(&app, &server, "").await;
    assert_eq!(smtp.send(&app, &stored(), &text()).await, Ok(()));
    insta::assert_snapshot!(server.heard().await.join("\n"));
}

#[tokio::test]
async fn answers_of_4_are_for_now_and_those_of_5_for_good() {
    for at in [2, 3, 4, 5] {
        let for_now = send_to(vec![(with(at, "451 4.7.1 greylisted"), Then::Takes)], "").await;
        assert_eq!(for_now, Err(Undelivered::Later("451 4.7.1 greylisted".into())), "answer {at}");
        let for_good = send_to(vec![(with(at, "550 5.1.1 no such user"), Then::Takes)], "").await;
        assert_eq!(for_good, Err(Undelivered::ForGood("550 5.1.1 no such user".into())), "answer {at}");
    }
}

#[tokio::test]
async fn what_is_no_answer_to_the_letter_is_for_now() {
    let greeting = (vec!["554 go away"], Then::Close);
    let cut = (with(4, "354 go")[..5].to_vec(), Then::Close);
    let silence = (vec![], Then::Silence);
    let deaf = (TAKES[..2].to_vec(), Then::Silence);
    let sign_in = (with(2, "530 5.7.0 sign in first"), Then::Takes);
    for (script, said) in [
        (greeting, "554 go away"),
        (cut, "incomplete"),
        (silence, "no answer"),
        (deaf, "no answer"),
        (sign_in, "530"),
    ] {
        match send_to(vec![script], "").await {
            Err(Undelivered::ForNow(why)) => {
                assert!(why.contains(said) && why.contains("127.0.0.1"), "{why}");
            }
            other => panic!("{said}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_matter() {
    let script = vec!["220 hi", "250-mail.test\r\n250 AUTH PLAIN", "535 5.7.8 wrong"];
    let result = send_to(vec![(script, Then::Takes)], "user:secret@").await;
    let Err(Undelivered::ForNow(why)) = result else { panic!("{result:?}") };
    assert!(why.contains("535 5.7.8 wrong") && !why.contains("secret"), "{why}");
}

#[tokio::test]
async fn tls_that_is_required_is_not_done_without() {
    let server = Server::start(vec![(TAKES.to_vec(), Then::Close)]).await;
    let app = app_with(&[]).await;
    let mut smtp = smtp(&app, &server, "").await;
    smtp.server.require_tls = true;
    smtp.tls = Some(TlsParameters::new("127.0.0.1".into()).unwrap());
    let result = smtp.send(&app, &stored(), &text()).await;
    assert!(matches!(&result, Err(Undelivered::ForNow(why)) if why.contains("STARTTLS")), "{result:?}");
    assert!(!server.heard().await.iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn a_server_that_is_down_is_named() {
    let server = Server::start(vec![]).await;
    let app = app_with(&[]).await;
    let mut smtp = smtp(&app, &server, "").await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    smtp.server.port = free;
    let result = smtp.send(&app, &stored(), &text()).await;
    assert!(
        matches!(&result, Err(Undelivered::ForNow(why)) if why.contains(&free.to_string())),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_connection_is_used_again_until_the_server_has_enough() {
    let mut first = TAKES.to_vec();
    first.extend(["250 noop", "421 4.7.0 too many letters", "221 bye"]);
    let server = Server::start(vec![(first, Then::Close), (TAKES.to_vec(), Then::Close)]).await;
    let app = app_with(&[]).await;
    let smtp = smtp(&app, &server, "").await;
    assert_eq!(smtp.send(&app, &stored(), &text()).await, Ok(()));
    assert_eq!(smtp.send(&app, &stored(), &text()).await, Ok(()));
    let heard = server.heard().await;
    assert_eq!(heard.iter().filter(|line| line.starts_with("EHLO")).count(), 2);
    assert_eq!(heard.iter().filter(|line| line.starts_with("RCPT")).count(), 2);
}

#[tokio::test]
async fn an_address_outside_of_ascii_needs_a_server_that_takes_it() {
    let server = Server::start(vec![
        (TAKES.to_vec(), Then::Close),
        (with(1, "250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8"), Then::Close),
    ])
    .await;
    let app = app_with(&[]).await;
    let smtp = smtp(&app, &server, "").await;
    let letter = crate::outbox::Stored { recipient: "jörg@bücher.example".into(), ..stored() };
    let result = smtp.send(&app, &letter, &text()).await;
    assert!(matches!(&result, Err(Undelivered::ForGood(why)) if why.contains("SMTPUTF8")), "{result:?}");
    assert!(smtp.wake().is_some(), "the connection is as good as before");
    assert_eq!(smtp.send(&app, &letter, &text()).await, Ok(()));
    let heard = server.heard().await.join("\n");
    assert!(heard.contains("RCPT TO:<jörg@xn--bcher-kva.example>"), "{heard}");
}

/// INV-3: a server that quotes the letter, whole or cut in the middle of its token, puts no token before the administrators.
#[tokio::test]
async fn a_refusal_that_quotes_the_letter_shows_no_token() {
    const TOKEN: &str = "AZwqKx0AcAC3Xk3zYbJ2dQAAAAEf9m0vQ2n_qXr7-Jw5kXo3sT1uVw";
    let filler = "blocked because of its text ".repeat(13);
    for quoted in [TOKEN, &TOKEN[..30], &TOKEN[20..]] {
        let answer = format!("554 5.7.1 {filler}http://127.0.0.1:8080/invitations/{quoted}");
        let refused = send_to(vec![(with(5, answer.leak()), Then::Takes)], "").await;
        let Err(Undelivered::ForGood(text)) = refused else { panic!("{refused:?}") };
        assert!(text.chars().count() <= 400 && text.starts_with("554 5.7.1 blocked"), "{text}");
        for at in 0..=TOKEN.len() - 8 {
            assert!(!text.contains(&TOKEN[at..at + 8]), "{text}");
        }
    }
    assert_eq!(
        without_tokens("550 5.1.1 no such user: femke.bakker@halden.example"),
        "550 5.1.1 no such user: femke.bakker@halden.example"
    );
    assert_eq!(without_tokens(&format!("«{TOKEN}» é {TOKEN}")), "«…» é …");
}
