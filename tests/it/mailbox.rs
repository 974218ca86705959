//! The local mailbox (OPS-1): open to whoever sits at the machine, and to nobody else.

use axum::body::Body;
use axum::extract::ConnectInfo;
use http_body_util::BodyExt;
use onesql::{Engine, params};
use roster::app::App;
use roster::base::{Clock, EmailAddress, LetterId, Randomness, Timestamp};
use roster::outbox::{Letter, LetterKind, store};
use roster::settings::Settings;
use tower::ServiceExt;

use crate::story::database::Fresh;

async fn open(database: &Fresh, changed: &[(&str, &str)]) -> App {
    let settings = Settings::read(|name| match changed.iter().find(|(key, _)| *key == name) {
        Some((_, value)) => Some((*value).to_owned()),
        None if name == "ROSTER_DATABASE_URL" => Some(database.url.clone()),
        None if name == "ROSTER_SECRET_KEY" => {
            Some("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned())
        }
        None => None,
    })
    .unwrap();
    let clock = Clock::fixed("2026-01-15T09:00:00Z".parse::<Timestamp>().unwrap());
    App::open(settings, clock, Randomness::seeded(1)).await.unwrap()
}

/// A reset of Ann's password and its letter.
async fn a_letter(app: &App) -> LetterId {
    let (account, id) = (app.random.uuid(app.now()), LetterId(app.random.uuid(app.now())));
    let mut tx = app.db.begin().await.unwrap();
    tx.execute(
        "INSERT INTO accounts (id, email, email_key, email_verified, first_name, last_name, phone, time_zone, locale,
           must_change_password, credential_version, created_at, updated_at, version)
         VALUES ($1, 'ann@example.test', 'ann@example.test', $2, '<b>Ann</b>', 'Lee', '', 'UTC', 'en', $3, 1, 0, 0, 1)",
        params![account, true, false],
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO password_resets (id, account_id, credential_version, created_at, expires_at) VALUES ($1, $1, 1, 0, $2)",
        params![account, app.now().plus(1)],
    )
    .await
    .unwrap();
    let to = EmailAddress::parse("ann@example.test").unwrap();
    let letter = Letter { kind: LetterKind::PasswordReset, subject: account, generation: 0, to: &to };
    store::insert(&mut tx, app, None, id, &letter, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Status, policy and text of a page.
async fn get(app: &App, path: &str, headers: &[(&str, &str)], peer: &str) -> (u16, String, String) {
    let mut request = axum::http::Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 40000);
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = roster::web::router(app.clone()).oneshot(request).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, policy, String::from_utf8(body.to_vec()).unwrap())
}

const HERE: &[(&str, &str)] = &[("host", "127.0.0.1:8080")];

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_read_where_no_mail_server_is() {
    let database = Fresh::create(Engine::Sqlite);
    let app = open(&database, &[]).await;
    assert!(get(&app, "/mailbox", HERE, "127.0.0.1").await.2.contains("No e-mail yet"));
    let id = a_letter(&app).await;
    let (status, _, list) = get(&app, "/mailbox", HERE, "127.0.0.1").await;
    assert_eq!(status, 200);
    assert!(
        list.contains(&format!("href=\"/mailbox/{id}\"")) && list.contains("Choose a new password"),
        "{list}"
    );

    let (status, policy, letter) = get(&app, &format!("/mailbox/{id}"), HERE, "127.0.0.1").await;
    assert_eq!(status, 200);
    assert!(policy.contains("frame-src 'self'"));
    assert!(letter.contains("href=\"http://127.0.0.1:8080/password-reset/"), "{letter}");
    assert!(!letter.contains("<b>Ann"), "{letter}");

    let (status, policy, html) = get(&app, &format!("/mailbox/{id}/html"), HERE, "127.0.0.1").await;
    assert_eq!(status, 200);
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    assert!(html.contains("&#60;b&#62;Ann") && !html.contains("<b>Ann"), "{html}");

    let nothing = LetterId(uuid::Uuid::from_u128(1));
    assert_eq!(get(&app, &format!("/mailbox/{nothing}"), HERE, "127.0.0.1").await.0, 404);
    assert_eq!(get(&app, "/mailbox/mail_1", HERE, "127.0.0.1").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elsewhere_sees_the_mailbox() {
    let database = Fresh::create(Engine::Sqlite);
    let app = open(&database, &[]).await;
    let path = format!("/mailbox/{}", a_letter(&app).await);
    for path in ["/mailbox", &path, &format!("{path}/html")] {
        assert_eq!(get(&app, path, &[("host", "localhost:8080")], "127.0.0.1").await.0, 200);
        assert_eq!(get(&app, path, &[("host", "[::1]:8080")], "::1").await.0, 200);
        assert_eq!(get(&app, path, HERE, "192.0.2.1").await.0, 404, "another machine");
        for host in ["roster.example", "evil.example:8080", "127.0.0.1.evil.example", ""] {
            assert_eq!(get(&app, path, &[("host", host)], "127.0.0.1").await.0, 404, "another name: {host}");
        }
        for header in ["forwarded", "x-forwarded-for", "via", "x-real-ip", "x-forwarded-host"] {
            let headers = [("host", "127.0.0.1:8080"), (header, "127.0.0.1")];
            assert_eq!(get(&app, path, &headers, "127.0.0.1").await.0, 404, "through a proxy: {header}");
        }
    }
    for (setting, value) in [
        ("ROSTER_SMTP_URL", "smtp://127.0.0.1:2525"),
        ("ROSTER_LISTEN", "0.0.0.0:8080"),
        ("ROSTER_PUBLIC_URL", "https://roster.example"),
    ] {
        let mut changed = vec![(setting, value)];
        if setting == "ROSTER_LISTEN" {
            changed.push(("ROSTER_PUBLIC_URL", "http://127.0.0.1:8080"));
        }
        let app = open(&database, &changed).await;
        assert_eq!(get(&app, "/mailbox", HERE, "127.0.0.1").await.0, 404, "{setting}={value}");
    }
}
