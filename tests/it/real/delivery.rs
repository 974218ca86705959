//! Letters through a mail server that is down, slow, refuses, or cuts the line (F1–F5, I9, I15).

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Api, Engine, Installation, MailServer, on_both_engines, rounds, wait_for};

on_both_engines!(
    a_letter_that_waited_through_a_crash_comes_once,
    a_line_cut_before_the_answer_repeats_the_same_letter,
    every_answered_invitation_gets_its_letter_after_kill_9,
    a_refusal_for_now_is_tried_again_and_one_for_good_is_shown,
    a_slow_mail_server_slows_nobody_but_the_mail,
    many_letters_come_once_each,
);

fn invitation(api: &Api, id: &str) -> serde_json::Value {
    api.get(&format!("/api/v1/organizations/acme/invitations/{id}")).ok()
}

fn id(invitation: &serde_json::Value) -> String {
    invitation["id"].as_str().expect("an invitation has an id").to_owned()
}

/// Waits until the invitation's delivery is in this state; gives the invitation.
fn wait_for_delivery(api: &Api, id: &str, state: &str) -> serde_json::Value {
    wait_for(&format!("delivery to be {state}"), 45, || {
        let found = invitation(api, id);
        (found["delivery"]["state"] == state).then_some(found)
    })
}

fn a_letter_that_waited_through_a_crash_comes_once(engine: Engine) {
    let mut mail = MailServer::down();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let invited = owner.invite(&["bob@example.test".into()], "user").remove(0);
    assert_eq!(invited["delivery"]["state"], "queued");
    server.kill();

    mail.start();
    let server = roster.start();
    let letter = mail.letter_to("bob@example.test");
    let owner = owner.at(&server);
    let sent = wait_for_delivery(&owner, &id(&invited), "sent");
    assert!(sent["sentAt"].is_string(), "{sent}");
    let page = server.visitor().get(&format!("/api/v1/invitations/{}", letter.token())).ok();
    assert_eq!(page["email"], "bob@example.test");
    let accepted = server.visitor().accept(&letter.token());
    assert_eq!(accepted.status, 201, "{accepted:?}");
    assert_eq!(owner.member("bob@example.test")["status"], "active");
    assert_eq!(mail.letters_to("bob@example.test").len(), 1, "exactly one letter");
    assert!(server.terminate().success(), "SIGTERM ends Roster without an error");
}

fn a_line_cut_before_the_answer_repeats_the_same_letter(engine: Engine) {
    let mail = MailServer::up();
    mail.behave("cut");
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let invited = owner.invite(&["bob@example.test".into()], "user").remove(0);
    mail.wait_for_letters(1, 20);
    mail.behave("accept");
    wait_for_delivery(&owner, &id(&invited), "sent");
    let letters = mail.letters_to("bob@example.test");
    assert_eq!(letters.len(), 2, "one whose answer was cut, and its repeat");
    assert_eq!((letters[0].answered, letters[1].answered), (false, true));
    assert_eq!(letters[0].message_id, letters[1].message_id, "a mail client shows them as one");
    assert_eq!(letters[0].token(), letters[1].token(), "every copy's link works");
    server.visitor().get(&format!("/api/v1/invitations/{}", letters[0].token())).ok();
}

/// kill -9 between the answer and SMTP's first byte: the mail server is down, or takes the connection and is silent.
fn every_answered_invitation_gets_its_letter_after_kill_9(engine: Engine) {
    let mut mail = MailServer::down();
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let mut token: Option<String> = None;
    for round in 0..rounds() {
        if round % 2 == 1 {
            mail.behave("silent");
            mail.start();
        }
        let server = roster.start();
        let owner = match &token {
            Some(token) => server.visitor().holding(token),
            None => roster.owner(&server),
        };
        owner.invite(&[format!("guest{round}@example.test")], "user");
        token = Some(owner.token().to_owned());
        server.kill();
        mail.stop();
    }
    assert_eq!(mail.letters().len(), 0, "nothing was sent so far");
    mail.behave("accept");
    mail.start();
    let server = roster.start();
    mail.wait_for_letters(rounds(), 60);
    let owner = server.visitor().holding(&token.expect("a session"));
    wait_for("all invitations to be sent", 30, || {
        let list = owner.list("/api/v1/organizations/acme/invitations");
        list.iter().all(|invitation| invitation["delivery"]["state"] == "sent").then_some(())
    });
    let letters = mail.letters();
    let recipients: HashSet<_> = letters.iter().map(|letter| &letter.to).collect();
    let ids: HashSet<_> = letters.iter().map(|letter| &letter.message_id).collect();
    assert_eq!((letters.len(), recipients.len(), ids.len()), (rounds(), rounds(), rounds()));
}

fn a_refusal_for_now_is_tried_again_and_one_for_good_is_shown(engine: Engine) {
    let mail = MailServer::up();
    mail.behave("refuse 451");
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let invited = owner.invite(&["later@example.test".into()], "user").remove(0);
    let waiting = wait_for("the refusal to be shown", 20, || {
        let found = invitation(&owner, &id(&invited));
        found["delivery"]["lastError"].is_string().then_some(found)
    });
    assert_eq!(waiting["delivery"]["state"], "queued", "{waiting}");
    assert!(waiting["delivery"]["lastError"].as_str().is_some_and(|text| text.contains("451")), "{waiting}");

    mail.behave("refuse 550");
    let refused = owner.invite(&["never@example.test".into()], "user").remove(0);
    let failed = wait_for_delivery(&owner, &id(&refused), "failed");
    assert!(failed["delivery"]["lastError"].as_str().is_some_and(|text| text.contains("550")), "{failed}");
    assert_eq!(failed["status"], "pending", "the administrator can resend it");

    mail.behave("accept");
    wait_for_delivery(&owner, &id(&invited), "sent");
    assert_eq!(mail.letters_to("later@example.test").len(), 1);
    assert_eq!(mail.letters_to("never@example.test").len(), 0, "a refusal for good is not tried again");
    owner.post(&format!("/api/v1/organizations/acme/invitations/{}/resend", id(&refused)), json!({})).ok();
    mail.letter_to("never@example.test");
}

fn a_slow_mail_server_slows_nobody_but_the_mail(engine: Engine) {
    let mail = MailServer::up();
    mail.behave("slow 2");
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let started = Instant::now();
    for number in 0..10 {
        owner.invite(&[format!("guest{number}@example.test")], "user");
        owner.get("/api/v1/session").ok();
    }
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(10), "ten invitations took {taken:?}");
    wait_for("a connection to the mail server", 10, || (mail.connections() > 0).then_some(()));
    mail.behave("accept");
    let letters = mail.wait_for_letters(10, 60);
    assert_eq!(letters.iter().map(|letter| &letter.to).collect::<HashSet<_>>().len(), 10);
}

/// Nothing is sent twice while nothing is killed: also with two processes, and a server that takes three letters a
/// connection.
fn many_letters_come_once_each(engine: Engine) {
    const LETTERS: usize = 300;
    let mail = MailServer::up();
    mail.behave("limit 3");
    let roster = Installation::with_mail_to(engine, mail.port);
    roster.set_up("owner-administrator-user");
    let servers = roster.start_all();
    let owner = roster.owner(&servers[0]);
    for batch in 0..3 {
        let emails: Vec<_> =
            (0..LETTERS / 3).map(|number| format!("guest{batch}-{number}@example.test")).collect();
        owner.at(&servers[batch % servers.len()]).invite(&emails, "user");
    }
    wait_for("all invitations to be sent", 120, || {
        std::thread::sleep(Duration::from_millis(200));
        let list = owner.list("/api/v1/organizations/acme/invitations");
        list.iter().all(|invitation| invitation["delivery"]["state"] == "sent").then_some(())
    });
    let letters = mail.letters();
    let ids: HashSet<_> = letters.iter().map(|letter| &letter.message_id).collect();
    assert_eq!((letters.len(), ids.len()), (LETTERS, LETTERS));
}
