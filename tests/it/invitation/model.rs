//! The life of invitations against a model of ten lines: whatever is done in whatever order, answers, states, members and
//! seats are those of the model (INV-4, INV-5, INV-6, INV-9, INV-10, INV-16, R35, R36, R37, I1, I2).

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use roster::base::time::{DAY, MINUTE};
use serde_json::json;

use crate::story::person::{PASSWORD, text};
use crate::story::{Answer, Organization, Person, Story, mailbox};

#[derive(Clone, Copy, Debug)]
enum Deed {
    Invite,
    Resend,
    Revoke,
    Accept,
    AcceptOldLink,
    Decline,
    Remove,
    Wait,
}

/// Where the model says that an address is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unknown,
    Pending { until: i64 },
    Declined,
    Revoked,
    Active,
    Removed,
}

struct Model {
    states: [State; 3],
    now: i64,
    limit: usize,
    expired_holds_seat: bool,
}

impl Model {
    fn holds_seat(&self, state: State) -> bool {
        match state {
            State::Pending { until } => self.expired_holds_seat || self.now < until,
            State::Active => true,
            _ => false,
        }
    }

    fn used(&self) -> usize {
        1 + self.states.iter().filter(|state| self.holds_seat(**state)).count()
    }

    /// What the API must answer: status and code, or the outcome of an invitation.
    fn expects(&self, who: usize, deed: Deed) -> (u16, &'static str) {
        let state = self.states[who];
        let no_room = !self.holds_seat(state) && self.used() >= self.limit;
        let live = matches!(state, State::Pending { until } if self.now < until);
        match (deed, state) {
            (Deed::Invite, State::Active) => (409, "already_member"),
            (Deed::Invite, _) if no_room => (409, "seat_limit_reached"),
            (Deed::Invite, State::Unknown | State::Removed) => (200, "created"),
            (Deed::Invite, _) => (200, if live { "resent" } else { "refreshed" }),
            (Deed::Resend, State::Pending { .. }) if no_room => (409, "seat_limit_reached"),
            (Deed::Resend, State::Pending { .. }) => (200, ""),
            (Deed::Revoke, State::Pending { .. }) if live => (200, ""),
            (Deed::Revoke, State::Pending { .. }) => (409, "invitation_expired"),
            (Deed::Resend | Deed::Revoke, State::Declined) => (409, "invitation_declined"),
            (Deed::Resend | Deed::Revoke, State::Revoked) => (409, "invitation_revoked"),
            (Deed::Resend | Deed::Revoke, _) => (409, "invitation_accepted"),
            (Deed::Accept, _) if live => (201, ""),
            (Deed::Decline, _) if live => (204, ""),
            (Deed::Accept | Deed::Decline, State::Pending { .. }) => (410, "invitation_expired"),
            (Deed::Accept | Deed::Decline, State::Declined) => (410, "invitation_declined"),
            (Deed::Accept | Deed::Decline, State::Revoked) => (410, "invitation_revoked"),
            (Deed::Accept | Deed::Decline, _) => (410, "invitation_accepted"),
            (Deed::AcceptOldLink, _) => (410, ""),
            (Deed::Remove | Deed::Wait, _) => (204, ""),
        }
    }

    fn follow(&mut self, who: usize, deed: Deed) {
        self.states[who] = match deed {
            Deed::Invite | Deed::Resend => State::Pending { until: self.now + 7 * DAY },
            Deed::Revoke => State::Revoked,
            Deed::Accept => State::Active,
            Deed::Decline => State::Declined,
            Deed::Remove if self.states[who] == State::Active => State::Removed,
            Deed::Remove => State::Revoked,
            Deed::AcceptOldLink | Deed::Wait => return,
        };
    }

    /// How the invitation's row is called in lists.
    fn status(&self, state: State) -> &'static str {
        match state {
            State::Unknown => "",
            State::Pending { until } if self.now < until => "pending",
            State::Pending { .. } => "expired",
            State::Declined => "declined",
            State::Revoked => "revoked",
            State::Active | State::Removed => "accepted",
        }
    }
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let deed = prop_oneof![
        4 => Just(Deed::Invite),
        2 => Just(Deed::Resend),
        2 => Just(Deed::Revoke),
        3 => Just(Deed::Accept),
        1 => Just(Deed::AcceptOldLink),
        2 => Just(Deed::Decline),
        2 => Just(Deed::Remove),
        2 => Just(Deed::Wait),
    ];
    proptest::collection::vec((0..3usize, deed), 1..16)
}

/// One life: an organization of its own, three addresses of its own.
struct Life {
    acme: Organization,
    addresses: [String; 3],
    model: Model,
}

impl Life {
    async fn begin(app: &Story, preset: &str, expired_holds_seat: bool) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let owner = format!("alice@life{n}.test");
        let acme = app.organization(&format!("Life {n}")).preset(preset).seats(3).owned_by(&owner).await;
        let addresses = [0, 1, 2].map(|who| format!("p{who}@life{n}.test"));
        let now = app.app().now().0;
        let model = Model { states: [State::Unknown; 3], now, limit: 3, expired_holds_seat };
        Self { acme, addresses, model }
    }

    fn app(&self) -> &Story {
        &self.acme.app
    }

    /// The tokens of the letters to an address, oldest first.
    async fn tokens(&self, who: usize) -> Vec<String> {
        let letters = mailbox::letters(self.app().app()).await.into_iter();
        letters.filter(|letter| letter.to == self.addresses[who]).map(|letter| letter.token).collect()
    }

    async fn row(&self, who: usize) -> Option<serde_json::Value> {
        let q = format!("invitations?q={}", self.addresses[who]);
        let rows = self.acme.owner().get(&q).await.has_status(200).at("/data");
        // A removed member's old invitation stays as the record of it.
        rows.as_array().and_then(|rows| rows.first()).cloned()
    }

    /// Does a deed where it can be done at all.
    async fn act(&self, who: usize, deed: Deed) -> Option<Answer> {
        let owner = self.acme.owner();
        let visitor = self.app().visitor();
        Some(match deed {
            Deed::Invite => owner.tries_to_invite(&self.addresses[who], json!({})).await,
            Deed::Resend => owner.resends(&self.row(who).await?).await,
            Deed::Revoke => owner.revokes(&self.row(who).await?).await,
            Deed::Accept => self.accept(&visitor, who).await?,
            Deed::AcceptOldLink => {
                let tokens = self.tokens(who).await;
                visitor.tries_to_accept(&tokens[..tokens.len().checked_sub(1)?].last()?.clone()).await
            }
            Deed::Decline => {
                let token = self.tokens(who).await.pop()?;
                visitor.post(&format!("/invitations/{token}/decline"), json!({})).await
            }
            Deed::Remove => {
                let member = self.acme.member(&self.addresses[who]).await?;
                owner.delete(&format!("members/{}", text(&member, "id"))).await
            }
            Deed::Wait => return None,
        })
    }

    /// Accepts as a new person, or signed in where there is an account already.
    async fn accept(&self, visitor: &Person, who: usize) -> Option<Answer> {
        let token = self.tokens(who).await.pop()?;
        let answer = visitor.tries_to_accept(&token).await;
        if answer.code() != "sign_in_required" {
            return Some(answer);
        }
        let body = json!({"email": self.addresses[who], "password": PASSWORD});
        let signed_in = visitor.post("/sign-in", body).await.has_status(200);
        let person = visitor.with_token(&signed_in.text_at("/token"));
        let mut answer = person.post(&format!("/invitations/{token}/accept"), json!({})).await;
        if answer.status == 200 {
            answer.status = 201;
        }
        Some(answer)
    }

    async fn live(&mut self, deeds: &[(usize, Deed)]) {
        for (who, deed) in deeds.iter().copied() {
            // Slowly enough that no mailbox gets more than five letters an hour.
            let pause = if matches!(deed, Deed::Wait) { 3 * DAY } else { 13 * MINUTE };
            self.app().waits(pause);
            self.model.now += pause;
            self.acme.owner().signs_in_again().await;
            let Some(answer) = self.act(who, deed).await else { continue };
            let (status, code) = self.model.expects(who, deed);
            assert_eq!(answer.status, status, "{deed:?} by {who} in {:?}{answer}", self.model.states);
            let said = if answer.is_success() && matches!(deed, Deed::Invite) {
                answer.text_at("/results/0/outcome")
            } else {
                answer.code()
            };
            if !code.is_empty() {
                assert_eq!(said, code, "{deed:?} by {who} in {:?}{answer}", self.model.states);
            }
            if answer.is_success() {
                self.model.follow(who, deed);
            }
            self.check().await;
        }
    }

    async fn check(&self) {
        let model = &self.model;
        self.acme.seats().await.has_status(200).says("/used", model.used());
        for (who, state) in model.states.iter().enumerate() {
            let row = self.row(who).await;
            let status = row.map_or(String::new(), |row| text(&row, "status"));
            assert_eq!(status, model.status(*state), "{who} in {:?}", model.states);
            let member = self.acme.member(&self.addresses[who]).await;
            let member = member.map(|member| text(&member, "status"));
            let expected = match state {
                State::Pending { .. } => Some("invited"),
                State::Active => Some("active"),
                _ => None,
            };
            assert_eq!(member.as_deref(), expected, "{who} in {:?}", model.states);
        }
    }
}

fn lives(app: &Story, preset: &'static str, expired_holds_seat: bool) {
    let config = Config {
        cases: 40,
        rng_seed: RngSeed::Fixed(20_260_115),
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&deeds(), |deeds| {
        let handle = tokio::runtime::Handle::current();
        handle.block_on(async {
            Life::begin(app, preset, expired_holds_seat).await.live(&deeds).await;
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

story!(
    /// AM-2: an expired entry holds its seat.
    in_admin_user, app => {
    app.leaves_any_mail();
    tokio::task::block_in_place(|| lives(&app, "admin-user", true));
});

story!(
    /// INV-16: elsewhere it does not; and the account of a removed member stays.
    in_owner_administrator_user, app => {
    app.leaves_any_mail();
    tokio::task::block_in_place(|| lives(&app, "owner-administrator-user", false));
});
