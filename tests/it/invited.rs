//! Stories about seats on the pages, and about the list of invitations: each state with what one does next (MEM-13, INV-2,
//! INV-4 to INV-7, INV-9).

use roster::base::time::DAY;
use roster::outbox::worker::run_once;
use serde_json::json;

use crate::outbox::Server;
use crate::story::console::{follows, opens, plain, row, says, submits};
use crate::story::person::text;

story!(
    /// MEM-13 (S1): the meter counts, warns from nine tenths, and at the limit says why nobody more can come and the way out.
    seats_fill_up, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").seats(10).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let page = opens(&alice, "/users").await.has_status(200);
    says(&page, &["1 of 10 seats used", "9 left"]);
    page.hides("data-tone=\"warn\"").hides("seats are in use");
    let many: String = (2..=9).map(|n| format!("p{n}@acme.test ")).collect();
    submits(&alice, "/invitations", &[("emails", &many), ("role", "user")]).await.has_status(200);
    let page = opens(&alice, "/users").await.shows("aria-label=\"Seats\" data-tone=\"warn\"").hides("seats are in use");
    says(&page, &["9 of 10 seats used", "1 active 8 invited", "Only 1 seat left"]);
    alice.invites("p10@acme.test").await;
    let page = opens(&alice, "/users").await.shows("aria-label=\"Seats\" data-tone=\"bad\"");
    says(&page, &["10 of 10 seats used", "All 10 seats are in use.", "first remove somebody who no longer needs a place"]);
    let text = page.text();
    let disabled: Vec<&str> =
        text.split("type=\"button\" disabled>").skip(1).filter_map(|rest| rest.split("</button>").next()).collect();
    for button in ["Create user", "Invite user"] {
        assert!(disabled.iter().any(|inside| inside.ends_with(button)), "{button}: {disabled:?}");
    }
    page.hides("href=\"/users/new\"").hides("href=\"/invitations/new\"").hides("Get more seats");
    for path in ["/users/new", "/invitations/new"] {
        let page = opens(&alice, path).await.has_status(200).shows("disabled>");
        says(&page, &["All 10 seats are in use."]);
    }
    let upgrade = json!({"settings": {"upgradeUrl": "https://acme.test/plans"}});
    alice.patch("", upgrade).await.has_status(200);
    opens(&alice, "/users").await.shows("href=\"https://acme.test/plans\"").shows("Get more seats");
    // Removing somebody is the other way out.
    let p2 = acme.member_id("p2@acme.test").await;
    let done = submits(&alice, &format!("/users/{p2}/remove"), &[]).await;
    let page = follows(&alice, &done).await.shows("href=\"/users/new\"").shows("href=\"/invitations/new\"");
    says(&page, &["9 of 10 seats used"]);
});

story!(
    /// INV-7: every state of an invitation with its badge, how it ended, and what one does next.
    each_state_has_its_next_step, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for name in ["expired", "declined", "revoked", "accepted"] {
        alice.tries_to_invite(&format!("{name}@acme.test"), json!({"message": "Hello."})).await.has_status(200);
    }
    let letter = app.visitor().reads_mail_to("declined@acme.test").await;
    let reason = json!({"reason": "I have another job."});
    app.visitor().post(&format!("/invitations/{}/decline", letter.token), reason).await.has_status(204);
    let revoked = alice.get("invitations?q=revoked").await.at("/data/0");
    alice.revokes(&revoked).await.has_status(200);
    app.visitor().accepts_mail_to("accepted@acme.test").await;
    app.waits(6 * DAY);
    alice.tries_to_invite("pending@acme.test", json!({"firstName": "Pat", "lastName": "Poe"})).await.has_status(200);
    app.waits(2 * DAY);
    alice.signs_in_again().await;
    alice.put("/session/organization", json!({"organization": "acme"})).await.has_status(200);
    let page = opens(&alice, "/invitations").await.has_status(200);
    let told = |name: &str, parts: &[&str]| {
        let row = row(&page, &format!("{name}@acme.test"));
        for part in parts {
            assert!(row.contains(part), "{part}: {row}");
        }
    };
    told("pending", &["Pat Poe pending@acme.test User Pending Waiting to go out Alice Archer", "5 days left", "Resend", "Revoke"]);
    told("expired", &["No name yet User Expired", "“Hello.”", "Expired yesterday", "Invite again", "Revoke"]);
    told("declined", &["Declined", "“I have another job.”", "Invite again"]);
    told("revoked", &["Revoked", "Revoked 15 Jan", "Invite again"]);
    told("accepted", &["Accepted", "Accepted 15 Jan", "View user"]);
    says(&page, &["All 5 Pending 1 Accepted 1 Declined 1 Expired 1 Revoked 1", "5 of 5 shown"]);
    // What to check, where letters go out at all.
    let posts = app.process_with(&[("ROSTER_SMTP_URL", "smtp://127.0.0.1:2525")]).await;
    let alice = alice.at(&posts);
    says(&opens(&alice, "/invitations").await, &[
        "Somebody says that nothing arrived? Check the address for a slip, ask them to look in the spam folder"]);
    for name in ["pending", "accepted", "declined", "expired", "revoked"] {
        let page = opens(&alice, &format!("/invitations?status={name}")).await.shows(&format!("{name}@acme.test"));
        page.shows("1 of 1 shown");
    }
    // Sent again from the list of users, an invitation leads back there.
    for (name, verb, word) in [("pending", "Resend invitation", "Resent"), ("expired", "Invite again", "Refreshed")] {
        let member = acme.member_id(&format!("{name}@acme.test")).await;
        let menu = opens(&alice, &format!("/users/{member}/menu")).await.shows(verb);
        let id = text(&alice.get(&format!("invitations?q={name}")).await.at("/data/0"), "id");
        let path = format!("/invitations/{id}/resend?back=%2Fusers");
        menu.shows(&format!("action=\"{path}\""));
        let done = submits(&alice, &path, &[]).await.has_status(303);
        assert_eq!(done.headers["location"], "/users");
        follows(&alice, &done).await.shows(&format!("A new letter to {name}@acme.test is on its way."));
        let form = [("emails", &*format!("{name}@acme.test other-{name}@acme.test")), ("role", "user")];
        let page = plain(&submits(&alice, "/invitations", &form).await.has_status(200));
        assert!(page.contains("Resent") && page.contains("Created"), "{word}: {page}");
    }
    let form = [("emails", "revoked@acme.test declined@acme.test"), ("role", "user")];
    says(&submits(&alice, "/invitations", &form).await, &["revoked@acme.test Refreshed", "declined@acme.test Refreshed"]);
});

story!(
    /// INV-2, INV-7: how far each letter got, with the reason where it did not arrive.
    the_list_says_how_far_a_letter_got, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for name in ["bob", "nobody"] {
        alice.invites(&format!("{name}@acme.test")).await;
    }
    let page = opens(&alice, "/invitations").await;
    assert!(row(&page, "bob@").contains("Waiting to go out"), "{page}");
    let server = Server::start("nobody@").await;
    run_once(app.app(), &server.post()).await.unwrap();
    let page = opens(&alice, "/invitations").await;
    let (bob, nobody) = (row(&page, "bob@"), row(&page, "nobody@"));
    assert!(bob.contains("User Pending Just now Alice Archer"), "{bob}");
    assert!(nobody.contains("Not delivered 550 5.1.1 nobody of that name"), "{nobody}");
});
