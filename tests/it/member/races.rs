//! What two organizations do to one person at the same time: they hold different locks, and yet nothing breaks.

use serde_json::json;

use crate::story::person::PASSWORD;
use crate::story::{Person, at_once};

story!(
    /// A new person accepts two organizations' invitations at once: one account, and the other letter asks to sign in.
    two_first_letters_make_one_account, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    for round in 0..8 {
        let email = format!("bob{round}@example.test");
        acme.owner().invites(&email).await;
        let first = app.visitor().reads_mail_to(&email).await.token;
        app.waits(1);
        globex.owner().invites(&email).await;
        let second = app.visitor().reads_mail_to(&email).await.token;
        let visitor = app.visitor();
        let answers = at_once(2, |n| {
            let (visitor, token) = (visitor.clone(), if n == 0 { first.clone() } else { second.clone() });
            async move { visitor.tries_to_accept(&token).await }
        }).await;
        let won = answers.iter().position(|a| a.status == 201).unwrap_or_else(|| panic!("nobody won: {}{}", answers[0], answers[1]));
        let lost = &answers[1 - won];
        assert_eq!((lost.status, lost.code().as_str()), (401, "sign_in_required"), "{lost}");
        let bob = Person::from_sign_in(&app, &email, &answers[won]).await;
        let token = if won == 0 { &second } else { &first };
        bob.post(&format!("/invitations/{token}/accept"), json!({})).await.has_status(200);
        assert_eq!(bob.get("/account/organizations").await.column("/status"), ["active", "active"]);
    }
});

story!(
    /// Two organizations create the same address directly at once: one account; the other is told to invite.
    two_organizations_create_one_address, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    for round in 0..8 {
        let body = json!({"email": format!("carol{round}@example.test"), "firstName": "Carol", "lastName": "Cook", "password": PASSWORD});
        let owners = [acme.owner(), globex.owner()];
        let answers = at_once(2, |n| owners[n].post("members", body.clone())).await;
        let mut codes: Vec<(u16, String)> = answers.iter().map(|a| (a.status, a.code())).collect();
        codes.sort();
        assert_eq!(codes, [(201, String::new()), (409, "account_exists".to_owned())], "{}{}", answers[0], answers[1]);
    }
});

story!(
    /// Organizations of one name at once: each gets a slug of its own.
    one_name_gives_many_slugs, app => {
    let caller = roster::op::Caller::system(app.app());
    let (_, key) = roster::operator::commands::create_key(&caller).await.unwrap();
    let operator = app.visitor().with_token(key.expose());
    let answers = at_once(8, |_| operator.post("/organizations", json!({"name": "Acme", "preset": "admin-user"}))).await;
    let mut slugs: Vec<String> = answers.into_iter().map(|a| a.has_status(201).text_at("/slug")).collect();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 8, "{slugs:?}");
    let fixed = json!({"name": "X", "slug": "mine", "preset": "admin-user"});
    let answers = at_once(8, |_| operator.post("/organizations", fixed.clone())).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.code() == "slug_taken").count(), 7);
});

story!(
    /// One organization deletes a person for good while another lets them in: either the account lives there, or it is gone
    /// and so is the way in; never a membership without an account.
    erased_here_while_joining_there, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    for round in 0..10 {
        let email = format!("bob{round}@example.test");
        let bob = acme.joins(&email, "user").await;
        app.waits(1);
        globex.owner().invites(&email).await;
        let token = app.visitor().reads_mail_to(&email).await.token;
        let removing = tokio::spawn(acme.owner().delete(&format!("members/{}", bob.id)));
        let joining = tokio::spawn(bob.post(&format!("/invitations/{token}/accept"), json!({})));
        let (removed, joined) = (removing.await.unwrap(), joining.await.unwrap());
        removed.has_status(204);
        let member = globex.member(&email).await.unwrap();
        let signs_in = bob.signs_in().await;
        if joined.is_success() {
            assert_eq!((member["status"].as_str(), signs_in.status), (Some("active"), 200), "{joined}{signs_in}");
        } else {
            assert_eq!(member["status"], "invited", "{joined}");
            assert_eq!(signs_in.status, 401, "{joined}{signs_in}");
            app.visitor().tries_to_accept(&token).await.has_status(201);
        }
    }
});

story!(
    /// An address changes to one that somebody else takes at the same time: one of them has it.
    one_address_for_two, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    for round in 0..6 {
        let bob = acme.joins(&format!("bob{round}@example.test"), "user").await;
        let wanted = format!("wanted{round}@example.test");
        let changing = tokio::spawn(acme.owner().patch(&format!("members/{}", bob.id), json!({"email": wanted})));
        let body = json!({"email": wanted, "firstName": "W", "lastName": "W", "password": PASSWORD});
        let creating = tokio::spawn(globex.owner().post("members", body));
        let (changed, created) = (changing.await.unwrap(), creating.await.unwrap());
        assert_eq!(u8::from(changed.is_success()) + u8::from(created.is_success()), 1, "{changed}{created}");
        assert!(changed.is_success() || changed.code() == "email_in_use", "{changed}");
        assert!(created.is_success() || created.code() == "account_exists", "{created}");
    }
});

story!(
    /// MEM-9: one person leaves two organizations at once, while a third suspends them.
    leaving_everywhere_at_once, app => {
    app.leaves_any_mail();
    let names = ["One", "Two", "Three"];
    let mut organizations = Vec::new();
    for name in names {
        let owner = format!("owner@{}.test", name.to_lowercase());
        organizations.push(app.organization(name).preset("ranked-workspace").owned_by(&owner).await);
    }
    let bob = organizations[0].joins("bob@example.test", "editor").await;
    let there = [&organizations[1], &organizations[2]];
    for organization in there {
        app.waits(1);
        organization.welcomes(&bob, "editor").await;
    }
    let id = organizations[2].member_id("bob@example.test").await;
    let suspender = organizations[2].owner();
    let answers = at_once(3, |n| {
        let bob = bob.within(["one", "two", "three"][n]);
        let suspending = suspender.post(&format!("members/{id}/suspend"), json!({}));
        async move { if n == 2 { suspending.await } else { bob.post("members/me/leave", json!({})).await } }
    }).await;
    for answer in &answers {
        assert!(answer.is_success() || answer.status == 401, "{answer}");
    }
});

/// Holds a person's session, so that whoever has to write it waits until it is let go.
async fn holds_session_of(person: &Person) -> onesql::Tx {
    const TOUCH: &str = "UPDATE sessions SET last_active_at = last_active_at WHERE id = $1";
    let id = person.get("/session").await.has_status(200).text_at("/session/id");
    let id: roster::base::SessionId = id.parse().unwrap();
    let mut tx = person.app.app().db.begin().await.unwrap();
    assert_eq!(tx.execute(TOUCH, onesql::params![id]).await.unwrap(), 1);
    tx
}

/// Holds a person's place likewise.
async fn holds_place_of(person: &Person) -> onesql::Tx {
    const TOUCH: &str = "UPDATE members SET version = version WHERE id = $1";
    let id: roster::base::MemberId = person.id.parse().unwrap();
    let mut tx = person.app.app().db.begin().await.unwrap();
    assert_eq!(tx.execute(TOUCH, onesql::params![id]).await.unwrap(), 1);
    tx
}

async fn a_moment() {
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
}

story!(
    /// MEM-4, D2, A1: an administrator changes an address while its account joins another organization: one of them waits
    /// and then sees what the other did.
    an_address_changes_here_or_joins_there, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let later = bob.with_token(&bob.signs_in().await.has_status(200).text_at("/token"));
    app.waits(1);
    globex.owner().tries_to_invite("bob@example.test", json!({"role": "admin"})).await.has_status(200);
    let token = app.visitor().reads_mail_to("bob@example.test").await.token;
    let held = holds_session_of(&bob).await;
    let change = json!({"email": "mallory@acme.test"});
    let changing = tokio::spawn(acme.owner().patch(&format!("members/{}", bob.id), change));
    a_moment().await;
    let joining = tokio::spawn(later.post(&format!("/invitations/{token}/accept"), json!({})));
    a_moment().await;
    held.rollback().await.unwrap();
    let (changed, joined) = (changing.await.unwrap(), joining.await.unwrap());
    assert!(changed.is_success() != joined.is_success(), "{changed}{joined}");
    let member = globex.member("bob@example.test").await.expect("nobody of Acme changes an address in Globex");
    if joined.is_success() {
        changed.is(409, "account_shared");
    } else {
        assert_eq!(member["status"], "invited");
        app.visitor().tries_to_accept(&token).await.has_status(201);
    }
});

story!(
    /// I13: a person confirms a new address while they join another organization under the old one: no membership keeps an
    /// address that is not its account's.
    an_address_is_confirmed_while_one_joins, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let bob = acme.joins("bob@example.test", "user").await;
    let body = json!({"email": "robert@example.test", "currentPassword": PASSWORD});
    bob.post("/account/email", body).await.has_status(202);
    let confirmation = app.visitor().reads_mail_to("robert@example.test").await.token;
    app.waits(1);
    globex.owner().invites("bob@example.test").await;
    let token = app.visitor().reads_mail_to("bob@example.test").await.token;
    let held = holds_place_of(&bob).await;
    let confirming = tokio::spawn(app.visitor().post("/email-change/confirm", json!({"token": confirmation})));
    a_moment().await;
    let joining = tokio::spawn(bob.post(&format!("/invitations/{token}/accept"), json!({})));
    a_moment().await;
    held.rollback().await.unwrap();
    let (joined, confirmed) = (joining.await.unwrap(), confirming.await.unwrap());
    confirmed.has_status(204);
    if joined.is_success() {
        assert!(globex.member("robert@example.test").await.is_some(), "{joined}");
    } else {
        // The invitation is for the address before.
        joined.is(409, "signed_in_as_other");
        assert_eq!(globex.member("bob@example.test").await.unwrap()["status"], "invited");
    }
    assert!(acme.member("robert@example.test").await.is_some());
    bob.get("/account").await.says("/email", "robert@example.test");
});
