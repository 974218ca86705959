//! The statement that every request begins with, on the embedded engine; both engines are asked by the stories.

use onesql::params;

use super::{IDLE_LIFETIME, Method, resolve, store};
use crate::account;
use crate::app::App;
use crate::base::client::Client;
use crate::base::time::{DAY, HOUR, MINUTE};
use crate::base::{AccountId, Clock, Randomness, Timestamp};
use crate::op::{Caller, Op};
use crate::settings::Settings;

async fn app() -> (App, Client, AccountId) {
    let name = format!("roster-session-{}", uuid::Uuid::from_bytes(Randomness::System.bytes()));
    let url = format!("sqlite://{}/{name}/roster.db", std::env::temp_dir().display());
    let mut settings = Settings::read(|key| (key == "ROSTER_DATABASE_URL").then(|| url.clone())).unwrap();
    settings.secret_key = Some([7; 32]);
    let clock = Clock::fixed(Timestamp(1_800_000_000_000_000));
    let app = App::open(settings, clock, Randomness::seeded(1)).await.unwrap();
    let account = AccountId(app.random.uuid(app.now()));
    let mut tx = app.db.begin().await.unwrap();
    tx.execute(
        "INSERT INTO accounts (id, email, email_key, email_verified, first_name, last_name, phone, time_zone, locale,
           must_change_password, credential_version, created_at, updated_at, version)
         VALUES ($1, 'ann@example.test', 'ann@example.test', $2, 'Ann', 'Lee', '', 'UTC', 'en', $3, 1, 0, 0, 1)",
        params![account, true, false],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let client = Client::local("test");
    (app, client, account)
}

async fn start(app: &App, client: &Client, account: AccountId) -> String {
    let mut op = Op::begin_installation(&Caller::visitor(app, client.clone())).await.unwrap();
    let account = account::store::find(&mut op.tx, account).await.unwrap().unwrap();
    let (_, token) = store::start(&mut op, &account, None, Method::Password).await.unwrap();
    op.tx.commit().await.unwrap();
    token.expose().to_owned()
}

/// SES-7: an ended, an idle and an old session are refused at the next request.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_until_it_ends_idles_or_grows_old() {
    let (app, client, account) = app().await;
    let token = start(&app, &client, account).await;
    let (signed, standing) = resolve(&app, &client, &token, None).await.unwrap().unwrap();
    assert_eq!((signed.account, signed.name.as_str()), (account, "Ann Lee"));
    assert!(standing.is_none());
    assert!(resolve(&app, &client, "rs_other", None).await.unwrap().is_none());
    assert!(resolve(&app, &client, &token, Some("nobody\0s")).await.unwrap().unwrap().1.is_none());

    app.clock.advance(IDLE_LIFETIME - MINUTE);
    assert!(resolve(&app, &client, &token, None).await.unwrap().is_some(), "use prolongs it");
    app.clock.advance(IDLE_LIFETIME - MINUTE);
    assert!(resolve(&app, &client, &token, None).await.unwrap().is_some());
    app.clock.advance(IDLE_LIFETIME);
    assert!(resolve(&app, &client, &token, None).await.unwrap().is_none(), "idle");

    let token = start(&app, &client, account).await;
    for _ in 0..5 {
        app.clock.advance(6 * DAY - HOUR);
        assert!(resolve(&app, &client, &token, None).await.unwrap().is_some());
    }
    app.clock.advance(5 * HOUR);
    assert!(resolve(&app, &client, &token, None).await.unwrap().is_none(), "thirty days old");

    let token = start(&app, &client, account).await;
    let mut tx = app.db.begin().await.unwrap();
    assert_eq!(store::end_all(&mut tx, account, None, app.now()).await.unwrap(), 3);
    tx.commit().await.unwrap();
    assert!(resolve(&app, &client, &token, None).await.unwrap().is_none(), "ended");
}
