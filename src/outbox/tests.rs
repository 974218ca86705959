//! Letters from the queue to the post, on the embedded engine; both engines are asked by the stories.

mod reminding;

use std::sync::Arc;

use onesql::params;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::notice::Happening;
use super::worker::{Post, run_once};
use super::*;
use crate::app::App;
use crate::base::time::{DAY, MINUTE, SECOND};
use crate::base::{AccountId, Clock, NoticeId, OrganizationId, Randomness};
use crate::settings::Settings;

pub const NOW: Timestamp = Timestamp(1_771_335_000_000_000);

/// An empty installation whose clock stands.
pub async fn app_with(settings: &[(&str, String)]) -> App {
    let name = format!("roster-outbox-{}", Uuid::from_bytes(Randomness::System.bytes()));
    let url = format!("sqlite://{}/{name}/roster.db", std::env::temp_dir().display());
    let mut read = Settings::read(|key| match key {
        "ROSTER_DATABASE_URL" => Some(url.clone()),
        _ => settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone()),
    })
    .unwrap();
    read.secret_key = Some([7; 32]);
    App::open(read, Clock::fixed(NOW), Randomness::seeded(1)).await.unwrap()
}

/// A letter that lies nowhere.
pub fn stored() -> Stored {
    Stored {
        id: LetterId(Uuid::from_u128(1)),
        kind: LetterKind::Invitation,
        subject: Uuid::from_u128(2),
        generation: 1,
        recipient: "femke.bakker@halden.example".into(),
        message_id: "<01h455vb4pex5vsknk084sn02q@127.0.0.1>".into(),
        attempts: 1,
        created_at: NOW,
    }
}

/// What somebody with bad manners types into every field.
const NASTY: &str = "</p><a href=\"http://evil.example/\">Click</a> www.evil.example";

struct House {
    app: App,
    organization: OrganizationId,
}

impl House {
    async fn open(settings: &[(&str, String)], name: &str) -> Self {
        let app = app_with(settings).await;
        let organization = OrganizationId(app.random.uuid(app.now()));
        let house = Self { app, organization };
        house
            .run(
                "INSERT INTO organizations (id, slug, name, preset, access_model, invitation_lifetime_days,
               expired_holds_seat, removal_erases_account, links_may_be_copied, revision, active_count, suspended_count,
               invited_count, created_at, updated_at, version)
             VALUES ($1, 'halden', $2, 'admin-user', '{}', 7, $3, $3, $3, 1, 0, 0, 1, 0, 0, 1)",
                params![organization, name, false],
            )
            .await;
        house
    }

    async fn run(&self, sql: &'static str, values: &[onesql::Value<'_>]) {
        let mut tx = self.app.db.begin().await.unwrap();
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An invitation of somebody with this role, by Mara unless nobody is named.
    async fn invitation(&self, role: &str, message: &str, by: (&str, &str)) -> Uuid {
        let ids = std::array::from_fn::<_, 3, _>(|_| self.app.random.uuid(self.app.now()));
        let [invitation, member, role_id] = ids;
        let key = crate::base::id::encode_base32(role_id);
        self.run(
            "INSERT INTO roles (id, organization_id, key, label, description, rank, permissions, includes_lower, grants,
               is_default, is_top, packed, created_at, updated_at, version)
             VALUES ($1, $2, $3, $4, '', 1, '{}', $5, '[]', $5, $5, '{}', 0, 0, 1)",
            params![role_id, self.organization, key, role, false],
        )
        .await;
        self.run(
            "INSERT INTO members (id, organization_id, status, email, email_key, first_name, last_name, name_key, search,
               role_order, roles, teams, projects, permissions, feature_access, phone, time_zone, locale, last_login_at, created_at, updated_at, version)
             VALUES ($1, $2, 'invited', $3, $3, 'Femke', 'Bakker', '', '', 1, '[]', '[]', '[]', '{}', '[]', '', '', '', 0, 0, 0, 1)",
            params![member, self.organization, key],
        )
        .await;
        self.run("INSERT INTO member_roles (member_id, role_id) VALUES ($1, $2)", params![member, role_id])
            .await;
        self.run(
            "INSERT INTO invitations (id, organization_id, member_id, email, email_key, first_name, last_name, search, message,
               roles, teams, projects, status, generation, letter_id, sent_count, invited_by_id, invited_by_name,
               expires_at, created_at, updated_at, version)
             VALUES ($1, $2, $3, $4, $4, 'Femke', 'Bakker', '', $5, '[]', '[]', '[]', 'pending', 1, $1, 1, $6, $7, $8, 0, 0, 1)",
            params![invitation, self.organization, member, key, message, by.0, by.1, self.app.now().plus(7 * DAY)],
        )
        .await;
        invitation
    }

    async fn account(&self, first_name: &str) -> Uuid {
        let id = AccountId(self.app.random.uuid(self.app.now()));
        self.run(
            "INSERT INTO accounts (id, email, email_key, email_verified, first_name, last_name, phone, time_zone, locale,
               must_change_password, credential_version, created_at, updated_at, version)
             VALUES ($1, 'mara@halden.example', 'mara@halden.example', $2, $3, 'Lindqvist', '', 'UTC', 'en', $4, 1, 0, 0, 1)",
            params![id, true, first_name, false],
        )
        .await;
        id.0
    }

    async fn queue(&self, kind: LetterKind, subject: Uuid, to: &str) -> LetterId {
        let id = LetterId(self.app.random.uuid(self.app.now()));
        let to = EmailAddress::parse(to).unwrap();
        let generation = i64::from(kind == LetterKind::Invitation);
        let letter = Letter { kind, subject, generation, to: &to };
        let mut tx = self.app.db.begin().await.unwrap();
        let organization = Some(self.organization);
        store::insert(&mut tx, &self.app, organization, id, &letter, self.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn notify(&self, account: Uuid, to: &str, happening: &Happening) -> LetterId {
        let id = NoticeId(self.app.random.uuid(self.app.now()));
        let address = EmailAddress::parse(to).unwrap();
        let here = matches!(happening, Happening::RoleChanged { .. });
        let whose = (AccountId(account), here.then_some(self.organization));
        let mut tx = self.app.db.begin().await.unwrap();
        notice::insert(&mut tx, id, whose, &address, happening, self.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.queue(happening.letter(), id.0, to).await
    }

    async fn invite(&self) -> LetterId {
        let invitation = self.invitation("Admin", "", ("mem_1", "Mara Lindqvist")).await;
        self.queue(LetterKind::Invitation, invitation, "femke.bakker@halden.example").await
    }

    async fn compose(&self, letter: LetterId) -> subject::Composed {
        let mut reader = self.app.db.reader();
        let letter = store::find(&mut reader, letter).await.unwrap().unwrap();
        subject::compose(&mut reader, &self.app, &letter, self.app.now()).await.unwrap().unwrap()
    }

    async fn delivery(&self, letter: LetterId) -> Delivery {
        store::delivery(&mut self.app.db.reader(), letter).await.unwrap().unwrap()
    }

    async fn run_once(&self) -> usize {
        let post = Arc::new(Post::new(&self.app.settings).unwrap());
        run_once(&self.app, &post).await.unwrap()
    }
}

/// A port where nobody listens.
async fn nobody() -> [(&'static str, String); 1] {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    [("ROSTER_SMTP_URL", format!("smtp://127.0.0.1:{port}"))]
}

fn shown(text: &text::Text) -> String {
    format!("Subject: {}\n\n{}\n{}", text.subject, text.plain, text.html)
}

#[tokio::test]
async fn an_invitation_says_who_where_what_and_until_when() {
    let house = House::open(&[], "Halden Freight").await;
    let message = "Welcome aboard!\r\n\r\nYour desk is next to mine.";
    let invitation = house.invitation("Admin", message, ("mem_1", "Mara Lindqvist")).await;
    let letter = house.queue(LetterKind::Invitation, invitation, "femke.bakker@halden.example").await;
    insta::assert_snapshot!(shown(&house.compose(letter).await.text));
}

#[tokio::test]
async fn the_other_letters_are_short_and_say_what_to_do() {
    let house = House::open(&[], "Halden Freight").await;
    let account = house.account("Mara").await;
    let expires_at = NOW.plus(DAY);
    house
        .run(
            "INSERT INTO password_resets (id, account_id, credential_version, created_at, expires_at) VALUES ($1, $1, 1, 0, $2)",
            params![account, expires_at],
        )
        .await;
    house
        .run(
            "INSERT INTO email_changes (id, account_id, credential_version, email, email_key, created_at, expires_at)
             VALUES ($1, $1, 1, 'mara@new.example', 'mara@new.example', 0, $2)",
            params![account, expires_at],
        )
        .await;
    let mut all = Vec::new();
    for (kind, to) in
        [(LetterKind::PasswordReset, "mara@halden.example"), (LetterKind::EmailChange, "mara@new.example")]
    {
        let letter = house.queue(kind, account, to).await;
        let composed = house.compose(letter).await;
        assert!(composed.is_live, "{kind:?}");
        all.push(format!("Subject: {}\n\n{}", composed.text.subject, composed.text.plain));
    }
    insta::assert_snapshot!(all.join("\n=====\n"));
}

#[tokio::test]
async fn notices_say_what_happened_and_how_to_disown_it() {
    let house = House::open(&[], "Halden Freight").await;
    let account = house.account("Mara").await;
    let device = Happening::NewDevice { device: "Firefox on Windows".into(), ip: "203.0.113.8".into() };
    let roles = |by: &str| Happening::RoleChanged {
        from: vec!["User".into(), "Auditor".into()],
        to: vec!["Admin".into()],
        by: by.into(),
    };
    let mut all = Vec::new();
    for (happening, to) in [
        (Happening::PasswordChanged, "mara@halden.example"),
        (Happening::EmailChanged, "mara@halden.example"),
        (Happening::EmailChanged, "mara@old.example"),
        (device, "mara@halden.example"),
        (roles("Jonas Weber"), "mara@halden.example"),
        (roles(""), "mara@halden.example"),
    ] {
        let letter = house.notify(account, to, &happening).await;
        let composed = house.compose(letter).await;
        assert!(composed.is_live, "{happening:?}");
        all.push(format!("Subject: {}\n\n{}", composed.text.subject, composed.text.plain));
    }
    insta::assert_snapshot!(all.join("\n=====\n"));
}

/// A29, A39, R39: names of organizations, roles, people and devices open nothing; a late notice comes without its link.
#[tokio::test]
async fn nobody_writes_a_link_into_a_notice() {
    let house = House::open(&[], NASTY).await;
    let account = house.account(NASTY).await;
    let nasty = || vec![NASTY.to_owned()];
    for happening in [
        Happening::NewDevice { device: NASTY.into(), ip: "203.0.113.8".into() },
        Happening::RoleChanged { from: nasty(), to: nasty(), by: NASTY.into() },
    ] {
        let letter = house.notify(account, "mara@halden.example", &happening).await;
        let text = house.compose(letter).await.text;
        let link = text.link.clone().unwrap();
        assert!(link.starts_with("http://127.0.0.1:8080/notices/"), "{link}");
        assert_eq!(text.plain.split_whitespace().find(|word| word.contains("://")), Some(link.as_str()));
        for part in [&text.subject, &text.plain, &text.html] {
            assert!(!part.contains("evil.example") && !part.contains("http://evil"), "{part}");
        }
    }
    let letter = house.notify(account, "mara@halden.example", &Happening::PasswordChanged).await;
    house.app.clock.advance(notice::LIFETIME);
    assert_eq!(house.compose(letter).await.text.link, None);
}

#[tokio::test]
async fn alarms_say_who_disowned_what() {
    let house = House::open(&[], "Halden Freight").await;
    let invitation = house.invitation("Admin", "", ("mem_1", "Mara Lindqvist")).await;
    let row: (Uuid,) = onesql::Query::one(
        &mut house.app.db.reader(),
        "SELECT member_id FROM invitations WHERE id = $1",
        params![invitation],
    )
    .await
    .unwrap();
    let mut all = Vec::new();
    for (about, secured) in [
        (alarm::About::Password, true),
        (alarm::About::SignIn, true),
        (alarm::About::Email, false),
        (alarm::About::Roles, false),
    ] {
        let id = LetterId(house.app.random.uuid(house.app.now()));
        let to = EmailAddress::parse("jonas@halden.example").unwrap();
        let generation = alarm::Alarm { about, secured }.to_number();
        let letter = Letter { kind: LetterKind::Alarm, subject: row.0, generation, to: &to };
        let mut tx = house.app.db.begin().await.unwrap();
        store::insert(&mut tx, &house.app, Some(house.organization), id, &letter, house.app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let text = house.compose(id).await.text;
        all.push(format!("Subject: {}\n\n{}", text.subject, text.plain));
    }
    insta::assert_snapshot!(all.join("\n=====\n"));
}

/// A29, A39: whatever was typed into names and messages, the only link is ours.
#[tokio::test]
async fn nobody_writes_a_link_or_a_tag_into_a_letter() {
    let house = House::open(&[], NASTY).await;
    let invitation = house.invitation(NASTY, NASTY, ("mem_1", NASTY)).await;
    let letter = house.queue(LetterKind::Invitation, invitation, "femke.bakker@halden.example").await;
    let text = house.compose(letter).await.text;
    let link = text.link.clone().unwrap();
    assert!(link.starts_with("http://127.0.0.1:8080/invitations/"), "{link}");
    let first = text.plain.split_whitespace().find(|word| word.contains("://"));
    assert_eq!(first, Some(link.as_str()), "{}", text.plain);
    for part in [&text.subject, &text.plain, &text.html] {
        assert!(!part.contains("evil.example") && !part.contains("http://evil"), "{part}");
    }
    assert_eq!(text.html.matches("<a ").count(), text.html.matches(&format!("<a href=\"{link}\"")).count());
    assert!(text.subject.chars().count() < 150);
}

#[tokio::test]
async fn without_a_mail_server_letters_go_to_the_mailbox() {
    let house = House::open(&[], "Halden Freight").await;
    let (first, second) = (house.invite().await, house.invite().await);
    assert_eq!(house.run_once().await, 2);
    assert_eq!(house.delivery(first).await.state, DeliveryState::Sent);
    assert_eq!(house.delivery(second).await.sent_at, Some(NOW));
    assert_eq!(house.run_once().await, 0);
}

#[tokio::test]
async fn a_letter_whose_link_has_ended_is_not_sent() {
    let house = House::open(&nobody().await, "Halden Freight").await;
    let (expired, newer) = (house.invite().await, house.invite().await);
    house.run("UPDATE invitations SET generation = 2", params![]).await;
    assert_eq!(house.run_once().await, 2);
    assert_eq!(house.delivery(newer).await.state, DeliveryState::Failed);
    house.run("UPDATE invitations SET generation = 1", params![]).await;
    house.run("UPDATE outbox SET state = 'queued'", params![]).await;
    house.app.clock.advance(8 * DAY);
    assert_eq!(house.run_once().await, 2);
    assert!(house.delivery(expired).await.last_error.unwrap().contains("link"));
}

/// INV-2: at once, then after 10 s, 30 s …; `queued` meanwhile, with the reason; the first try after a start is at once.
#[tokio::test]
async fn a_letter_waits_for_a_mail_server_that_is_down() {
    let house = House::open(&nobody().await, "Halden Freight").await;
    let letter = house.invite().await;
    assert_eq!(house.run_once().await, 1);
    let delivery = house.delivery(letter).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Queued, 1));
    assert!(delivery.last_error.unwrap().contains("127.0.0.1"));
    assert_eq!(house.run_once().await, 0);
    house.app.clock.advance(10 * SECOND);
    assert_eq!(house.run_once().await, 1);
    assert_eq!(house.run_once().await, 0);

    let mut tx = house.app.db.begin().await.unwrap();
    assert_eq!(store::make_waiting_due(&mut tx, house.app.now()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(house.run_once().await, 1);
    let queue = store::queue(&mut house.app.db.reader()).await.unwrap();
    assert_eq!((queue.waiting, queue.oldest_at), (1, Some(NOW)));
    assert!(queue.trouble.is_some());

    while house.delivery(letter).await.state == DeliveryState::Queued {
        house.app.clock.advance(30 * MINUTE);
        house.run_once().await;
        assert!(house.app.now() < NOW.plus(3 * DAY), "it is given up after two days");
    }
    assert!(house.app.now() > NOW.plus(2 * DAY));
}

/// I15: a claim is one worker's until it lapses, and a letter that was sent stays sent.
#[tokio::test]
async fn a_claim_keeps_others_off_until_it_lapses() {
    let house = House::open(&[], "Halden Freight").await;
    let letter = house.invite().await;
    let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut tx = house.app.db.begin().await.unwrap();
    let claim = store::Claim { by: mine, until: NOW.plus(30 * SECOND) };
    let due = store::due(&mut tx, NOW, 5).await.unwrap();
    assert_eq!(due.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [letter]);
    assert!(store::claim(&mut tx, letter, claim, NOW).await.unwrap().is_some());
    let others = store::Claim { by: other, ..claim };
    assert!(store::claim(&mut tx, letter, others, NOW).await.unwrap().is_none());
    tx.commit().await.unwrap();
    assert_eq!(house.run_once().await, 0, "claimed");

    house.app.clock.advance(30 * SECOND);
    assert_eq!(house.run_once().await, 1, "lapsed");
    let mut tx = house.app.db.begin().await.unwrap();
    store::mark_failed(&mut tx, letter, mine, "too late").await.unwrap();
    tx.commit().await.unwrap();
    let delivery = house.delivery(letter).await;
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Sent, 2));
}
