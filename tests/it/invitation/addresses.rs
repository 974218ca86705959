//! Which spellings are one mailbox, and which only look like it (R38, R49, A20, A21).

use serde_json::json;

use crate::story::Person;
use crate::story::person::PASSWORD;

story!(
    /// A20: letters that look alike, tags, dots and accents are other mailboxes; case and the domain's ASCII form are not.
    looking_alike_is_not_being_the_same, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@bücher.test", "user").await;
    for same in ["bob@bücher.test", "BOB@BÜCHER.test", "Bob@xn--bcher-kva.test", " bob@bücher.test "] {
        acme.alice().tries_to_invite(same, json!({})).await.is(409, "already_member");
        let signs_in = Person { email: same.to_owned(), ..app.visitor() }.signs_in().await.has_status(200);
        assert_eq!(signs_in.at("/account/id"), bob.get("/account").await.at("/id"));
    }
    for other in ["b\u{3bf}b@bücher.test", "böb@bücher.test", "bob+x@bücher.test", "b.ob@bücher.test", "bob@bucher.test"] {
        Person { email: other.to_owned(), ..app.visitor() }.signs_in().await.is(401, "invalid_credentials");
        acme.alice().tries_to_invite(other, json!({})).await.has_status(200).says("/results/0/outcome", "created");
    }
    app.leaves_any_mail();
});

story!(
    /// R49, A21: what is no single mailbox is refused, whole: no list, no header, no quoted text.
    one_mailbox_or_none, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    for wrong in ["bob@example.test,eve@example.test", "bob@example.test eve@example.test", "Bob <bob@example.test>",
        "\"bob\"@example.test", "\"bob@evil.test\"@example.test", "bob@[127.0.0.1]", "bob@localhost", "bob@example.123",
        "bob@@example.test", "bob@example..test", ".bob@example.test", "bob@example.test\r\nBcc: eve@example.test",
        "bob@-example.test", "bob", "@example.test", "bob(comment)@example.test", "-oX@example.test"] {
        acme.alice().tries_to_invite(wrong, json!({})).await.is(422, "invalid_email");
    }
    for good in ["allen.bowman95@demo.local", "o'neil@example.test", "a+b@example.test", "jörg@example.test"] {
        acme.alice().tries_to_invite(good, json!({})).await.has_status(200);
    }
    app.leaves_any_mail();
});

story!(
    /// R38, A4: an address that was only claimed opens nobody's invitation: it takes the letter itself, which then proves it.
    the_letter_proves_the_mailbox, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    // An administrator writes somebody else's address on an account of their own.
    let body = json!({"email": "victim@example.test", "firstName": "Not", "lastName": "Them", "password": PASSWORD,
        "requirePasswordChange": false});
    acme.alice().post("members", body).await.has_status(201);
    let claimed = Person { email: "victim@example.test".into(), ..app.visitor() };
    let signed_in = claimed.signs_in().await.has_status(200).says("/account/emailVerified", false);
    let claimed = claimed.with_token(&signed_in.text_at("/token"));
    globex.owner().invites("victim@example.test").await;
    assert_eq!(claimed.get("/account/organizations").await.column("/organization/slug"), ["acme"]);
    claimed.within("globex").get("").await.is(404, "not_found");
    // Who has the letter and is signed in with that address is the one who was meant.
    let path = format!("/invitations/{}/accept", app.visitor().reads_mail_to("victim@example.test").await.token);
    claimed.post(&path, json!({})).await.has_status(200).says("/account/emailVerified", true);
});
