//! Somebody invites.

use roster::base::time::{DAY, SECOND};
use serde_json::json;

use crate::story::Answer;
use crate::story::console::{says, submits};
use crate::story::person::text;

story!(
    /// INV-1, MEM-1: who is invited stands among the members at once, with what the inviter typed and no account id (R41).
    an_invited_person_is_a_member_from_then_on, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let answer = acme.alice().tries_to_invite("Bob@Example.test", json!({
        "firstName": "Bob", "lastName": "Baker", "role": "user", "message": "Welcome to the team."
    })).await;
    let answer = answer.has_status(200).says("/results/0/outcome", "created").says("/results/0/email", "Bob@Example.test");
    let invitation = answer.at("/results/0/invitation");
    assert_eq!(invitation["status"], "pending");
    assert_eq!(invitation["email"], "Bob@example.test");
    assert_eq!(invitation["firstName"], "Bob");
    assert_eq!(invitation["message"], "Welcome to the team.");
    assert_eq!(invitation["roles"][0]["key"], "user");
    assert_eq!(invitation["delivery"]["state"], "queued");
    assert_eq!(invitation["sentCount"], 1);
    assert_eq!(invitation["invitedBy"]["id"], json!(acme.alice().id));
    assert_eq!(invitation["expiresAt"], "2026-01-22T09:00:00Z");
    let member = acme.member("Bob@example.test").await.expect("an invited member");
    assert_eq!(member["status"], "invited");
    assert_eq!(member["accountId"], json!(null));
    assert_eq!(member["id"], invitation["memberId"]);
    assert_eq!(member["invitation"]["id"], invitation["id"]);
    assert_eq!(acme.audit().await, ["invitation.created"]);
    app.leaves_mail("invitation", &["Bob@example.test"]);
});

story!(
    /// INV-3, R33: the token stands in no answer, in no list and in no event.
    the_token_is_only_in_the_letter, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invited = alice.tries_to_invite("bob@example.test", json!({})).await.has_status(200);
    let id = invited.text_at("/results/0/invitation/id");
    let letter = alice.reads_mail_to("bob@example.test").await;
    assert!(letter.token.len() >= 22, "at least 128 bits");
    invited.hides(&letter.token);
    for path in ["invitations", &format!("invitations/{id}"), "members", "audit-events"] {
        alice.get(path).await.succeeds().hides(&letter.token);
    }
});

story!(
    /// INV-1 (S2): many addresses with one role; each is judged on its own.
    many_are_invited_at_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let body = json!({"emails": ["a@example.test", "not an address", "A@EXAMPLE.test", "alice@acme.test", "b@example.test"],
        "role": "user"});
    let answer = acme.alice().post("invitations", body).await.has_status(200);
    let outcomes: Vec<(String, String)> = (0..5)
        .map(|n| {
            let row = answer.at(&format!("/results/{n}"));
            (text(&row, "outcome"), row["code"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let expected = [("created", ""), ("failed", "invalid_email"), ("ignored", "duplicate_email"),
        ("failed", "already_member"), ("created", "")];
    assert_eq!(outcomes, expected.map(|(outcome, code)| (outcome.to_owned(), code.to_owned())));
    assert_eq!(answer.text_at("/results/1/email"), "not an address");
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.created"]);
    app.leaves_mail("invitation", &["a@example.test", "b@example.test"]);
});

story!(
    /// INV-1, ACC-9: a dry run of many addresses tells what then comes of each, and does nothing; the form can be looked at first.
    many_addresses_can_be_looked_at_first, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").seats(4).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.invites("old@acme.test").await;
    let body = json!({"emails": ["new@acme.test", "old@acme.test", "NEW@acme.test", "nowhere", "alice@acme.test", "b@acme.test", "c@acme.test"]});
    let told = |answer: &Answer| {
        let rows = answer.at("/results");
        rows.as_array().unwrap().iter().map(|row| (row["outcome"].clone(), row["code"].clone())).collect::<Vec<_>>()
    };
    let before = (acme.revision().await, acme.whole_audit().await, acme.seats().await.json());
    let foretold = alice.post("invitations?dryRun=true", body.clone()).await.has_status(200);
    assert!(!foretold.text().contains("\"invitation\":{"), "{foretold}");
    let form = [("emails", "new@acme.test nowhere"), ("role", "user"), ("check", "1")];
    let page = submits(&alice, "/invitations", &form).await.has_status(200);
    says(&page, &["What would come of it", "1 invitation would go out.", "Nothing was sent yet."]);
    assert_eq!((acme.revision().await, acme.whole_audit().await, acme.seats().await.json()), before, "a dry run did something");
    let done = alice.post("invitations", body).await.has_status(200);
    assert_eq!(told(&foretold), told(&done));
    assert_eq!(done.column_of("/results", "/outcome"), ["created", "resent", "ignored", "failed", "failed", "created", "failed"]);
});

story!(
    /// INV-4, D1, R41: somebody who is a member here is refused; somebody with an account elsewhere is invited like anybody.
    only_members_of_this_organization_are_refused, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    acme.alice().tries_to_invite("alice@acme.test", json!({})).await.is(409, "already_member");
    acme.alice().tries_to_invite("ALICE@acme.test", json!({})).await.is(409, "already_member");
    let known = acme.alice().tries_to_invite("gail@globex.test", json!({})).await.has_status(200);
    let unknown = acme.alice().tries_to_invite("nobody@globex.test", json!({})).await.has_status(200);
    let shape = |answer: &crate::story::Answer, address: &str| {
        let mut invitation = answer.at("/results/0/invitation");
        for field in ["id", "memberId", "version"] {
            invitation[field] = json!("");
        }
        invitation.to_string().replace(address, "ADDRESS")
    };
    assert_eq!(shape(&known, "gail@globex.test"), shape(&unknown, "nobody@globex.test"));
    let member = |email: &'static str| { let acme = acme.clone(); async move {
        let mut member = acme.member(email).await.unwrap();
        member["id"] = json!("");
        member["invitation"]["id"] = json!("");
        member.to_string().replace(email, "ADDRESS")
    }};
    assert_eq!(member("gail@globex.test").await, member("nobody@globex.test").await);
    assert_eq!(globex.audit().await, [""; 0]);
    app.leaves_mail("invitation", &["gail@globex.test", "nobody@globex.test"]);
});

story!(
    /// INV-4: pending → resent, expired and revoked and declined → refreshed; one member, one row, one live link.
    inviting_again_renews_the_same_invitation, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let first = alice.invites("bob@example.test").await;
    let outcome = |answer: crate::story::Answer| answer.has_status(200).text_at("/results/0/outcome");

    let old = alice.reads_mail_to("bob@example.test").await;
    assert_eq!(outcome(alice.tries_to_invite("BOB@example.test", json!({})).await), "resent");
    app.visitor().get(&format!("/invitations/{}", old.token)).await.is(410, "invitation_superseded");

    app.waits(7 * DAY);
    alice.signs_in_again().await;
    let now = alice.looks_at(&first).await.has_status(200);
    now.says("/status", "expired");
    assert_eq!(outcome(alice.tries_to_invite("bob@example.test", json!({})).await), "refreshed");

    alice.revokes(&first).await.has_status(200);
    assert!(acme.member("bob@example.test").await.is_none());
    assert_eq!(outcome(alice.tries_to_invite("bob@example.test", json!({})).await), "refreshed");

    let letter = alice.reads_mail_to("bob@example.test").await;
    app.visitor().post(&format!("/invitations/{}/decline", letter.token), json!({})).await.has_status(204);
    assert_eq!(outcome(alice.tries_to_invite("bob@example.test", json!({})).await), "refreshed");

    assert_eq!(alice.get("invitations").await.column("/status"), ["pending"]);
    assert_eq!(alice.get("members?q=bob").await.column("/status"), ["invited"]);
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.resent", "invitation.refreshed", "invitation.revoked",
        "invitation.refreshed", "invitation.declined", "invitation.refreshed"]);
    app.leaves_any_mail();
});

story!(
    /// D3, R25, ACC-4: nobody invites somebody to a role that they may not hand out, alone or in a list.
    the_grant_rule_holds_at_every_door, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let admin = acme.joins("adam@acme.test", "administrator").await;
    let before = acme.revision().await;
    admin.tries_to_invite("x@example.test", json!({"role": "owner"})).await.is(403, "outside_grant_rule");
    let many = json!({"emails": ["y@example.test", "z@example.test"], "role": "owner"});
    admin.post("invitations", many).await.is(403, "outside_grant_rule");
    let mixed = json!({"email": "x@example.test", "roles": ["user", "owner"]});
    let refused = admin.post("invitations", mixed).await;
    assert!([403, 422].contains(&refused.status), "{refused}");
    let direct = json!({"email": "w@example.test", "firstName": "W", "lastName": "W",
        "password": "plum-Kettle 5 orbits eight", "role": "owner"});
    admin.post("members", direct).await.is(403, "outside_grant_rule");
    assert_eq!(admin.get("members").await.column("/email").len(), 2, "nobody joined (revision was {before})");
    admin.tries_to_invite("x@example.test", json!({"role": "administrator"})).await.has_status(200);
    assert!(acme.refusals().await.len() >= 3, "refused tries are recorded: {:?}", acme.whole_audit().await);
    app.leaves_mail("invitation", &["x@example.test"]);
});

story!(
    /// D3, AM-3: in ranked-workspace a Manager hands out Admin, an Editor invites nobody.
    a_manager_may_hand_out_admin, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let manager = acme.joins("mary@acme.test", "manager").await;
    let editor = acme.joins("ed@acme.test", "editor").await;
    manager.tries_to_invite("x@example.test", json!({"role": "admin"})).await.has_status(200);
    editor.tries_to_invite("y@example.test", json!({"role": "agent_user"})).await.is(403, "forbidden");
    app.leaves_mail("invitation", &["x@example.test"]);
});

story!(
    /// INV-5, R40: five letters an hour to one mailbox, by whatever door; then 429 with the seconds to wait.
    five_letters_an_hour_to_one_mailbox, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    alice.resends(&invitation).await.has_status(200);
    alice.tries_to_invite("bob@example.test", json!({})).await.has_status(200);
    alice.resends(&invitation).await.has_status(200);
    alice.resends(&invitation).await.has_status(200);
    let refused = alice.resends(&invitation).await.is(429, "too_many_letters");
    assert!(refused.headers.contains_key("retry-after"), "{refused}");
    alice.tries_to_invite("bob@example.test", json!({})).await.is(429, "too_many_letters");
    alice.tries_to_invite("carl@example.test", json!({})).await.has_status(200);
    let seconds: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    app.waits(seconds * SECOND);
    alice.resends(&invitation).await.has_status(200);
    app.leaves_any_mail();
});

story!(
    /// INV-1: what is wrong is said field by field, and nothing is done.
    wrong_input_is_named, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    alice.tries_to_invite("bob", json!({})).await.is(422, "invalid_email");
    for (field, value, code) in [
        ("role", json!("emperor"), "unknown_reference"),
        ("roleTemplate", json!("tmpl_01h455vb4pex5vsknk084sn02q"), "unknown_reference"),
        ("teams", json!(["team_01h455vb4pex5vsknk084sn02q"]), "unknown_reference"),
        ("projects", json!(["proj_01h455vb4pex5vsknk084sn02q"]), "unknown_reference"),
    ] {
        let answer = alice.tries_to_invite("bob@example.test", json!({field: value})).await;
        assert_eq!(answer.status, 422, "{answer}");
        assert!(answer.text().contains(code), "{answer}");
    }
    alice.tries_to_invite("bob@example.test", json!({"color": "red"})).await.is(400, "unknown_field");
    let long = "x".repeat(101);
    assert_eq!(alice.tries_to_invite("bob@example.test", json!({"firstName": long})).await.status, 422);
    alice.post("invitations", json!({})).await.has_status(422);
    alice.post("invitations", json!({"emails": []})).await.has_status(422);
    assert_eq!(alice.get("members").await.column("/email"), ["alice@acme.test"]);
    assert_eq!(acme.audit().await, [""; 0]);
});

story!(
    /// INV-7: the list filters by status and searches, newest first.
    invitations_are_listed, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for email in ["one@example.test", "two@example.test", "three@example.test"] {
        alice.invites(email).await;
        app.waits(SECOND);
    }
    let two = alice.get("invitations?q=two").await.at("/data/0");
    alice.revokes(&two).await.has_status(200);
    let newest_first = ["three@example.test", "two@example.test", "one@example.test"];
    assert_eq!(alice.get("invitations").await.column("/email"), newest_first);
    assert_eq!(alice.get("invitations?status=pending").await.column("/email"), ["three@example.test", "one@example.test"]);
    assert_eq!(alice.get("invitations?status=revoked").await.column("/email"), ["two@example.test"]);
    let page = alice.get("invitations?limit=2&count=true").await.says("/total", 3);
    assert_eq!(page.column("/email"), newest_first[..2]);
    let next = alice.get(&format!("invitations?limit=2&cursor={}", page.text_at("/nextCursor"))).await;
    assert_eq!(next.column("/email"), newest_first[2..]);
    assert_eq!(next.at("/nextCursor"), json!(null));
    app.waits(7 * DAY);
    alice.signs_in_again().await;
    assert_eq!(alice.get("invitations?status=pending").await.column("/email"), [""; 0]);
    assert_eq!(alice.get("invitations?status=expired").await.column("/email").len(), 2);
    app.leaves_any_mail();
});
