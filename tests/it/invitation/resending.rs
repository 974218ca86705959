//! Resending and revoking.

use roster::base::time::{DAY, SECOND};
use serde_json::json;

use crate::story::at_once;
use crate::story::person::text;

story!(
    /// INV-5, R37: a resend makes a new link with a new term; the old link is dead; the member stays invited.
    a_resend_kills_the_old_link, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    let old = alice.reads_mail_to("bob@example.test").await;
    app.waits(3 * DAY);
    let resent = alice.resends(&invitation).await.has_status(200);
    let resent = resent.says("/status", "pending").says("/sentCount", 2).says("/expiresAt", "2026-01-25T09:00:00Z");
    assert_eq!(resent.at("/id"), invitation["id"]);
    let new = alice.reads_mail_to("bob@example.test").await;
    assert_ne!(old.token, new.token);
    app.visitor().get(&format!("/invitations/{}", old.token)).await.is(410, "invitation_superseded");
    app.visitor().tries_to_accept(&old.token).await.is(410, "invitation_superseded");
    app.visitor().post(&format!("/invitations/{}/decline", old.token), json!({})).await.is(410, "invitation_superseded");
    assert_eq!(acme.member("bob@example.test").await.unwrap()["status"], "invited");
    app.visitor().tries_to_accept(&new.token).await.has_status(201);
});

story!(
    /// INV-6, R37: only a pending one is revoked; each other state is refused by its name.
    only_a_pending_invitation_is_revoked, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let revoked = alice.invites("r@example.test").await;
    alice.revokes(&revoked).await.has_status(200).says("/status", "revoked");
    alice.revokes(&revoked).await.is(409, "invitation_revoked");
    alice.resends(&revoked).await.is(409, "invitation_revoked");
    assert!(acme.member("r@example.test").await.is_none(), "the invited member is gone");

    let accepted = alice.invites("a@example.test").await;
    app.visitor().accepts_mail_to("a@example.test").await;
    alice.revokes(&accepted).await.is(409, "invitation_accepted");
    alice.resends(&accepted).await.is(409, "invitation_accepted");

    let declined = alice.invites("d@example.test").await;
    let letter = alice.reads_mail_to("d@example.test").await;
    app.visitor().post(&format!("/invitations/{}/decline", letter.token), json!({"reason": "No."})).await.has_status(204);
    alice.revokes(&declined).await.is(409, "invitation_declined");
    alice.resends(&declined).await.is(409, "invitation_declined");

    let expired = alice.invites("e@example.test").await;
    app.waits(7 * DAY);
    alice.signs_in_again().await;
    alice.revokes(&expired).await.is(409, "invitation_expired");
    alice.resends(&expired).await.has_status(200).says("/status", "pending");
    app.leaves_any_mail();
});

story!(
    /// INV-6, R37: a revoked link opens no door.
    a_withdrawn_invitation_opens_no_door, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let invitation = acme.alice().invites("bob@example.test").await;
    acme.alice().revokes(&invitation).await.has_status(200);
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    app.visitor().get(&format!("/invitations/{}", letter.token)).await.is(410, "invitation_revoked").hides("Acme");
    app.visitor().tries_to_accept(&letter.token).await.is(410, "invitation_revoked");
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.revoked"]);
});

story!(
    /// API: If-Match with an old version is refused with 412; nothing changes.
    a_stale_version_is_refused, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    let shown = alice.looks_at(&invitation).await.has_status(200);
    assert_eq!(shown.headers["etag"], format!("\"{}\"", shown.at("/version")).as_str());
    app.leaves_mail("invitation", &["bob@example.test"]);
});

story!(
    /// I11: of twenty parallel resends at most five letters go out, and exactly the newest link works.
    parallel_resends_leave_one_live_link, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@example.test").await;
    let path = format!("invitations/{}/resend", text(&invitation, "id"));
    let answers = at_once(20, |_| alice.post(&path, json!({}))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 4);
    assert_eq!(answers.iter().filter(|a| a.status == 429).count(), 16);
    let letters = crate::story::mailbox::letters(app.app()).await;
    assert_eq!(letters.len(), 5);
    let mut live = 0;
    for letter in &letters {
        let answer = app.visitor().get(&format!("/invitations/{}", letter.token)).await;
        live += usize::from(answer.status == 200);
    }
    assert_eq!(live, 1);
    app.leaves_any_mail();
});

story!(
    /// INV-16, D5: in owner-administrator-user an expired invitation gives its seat back and takes one again at resend.
    an_expired_invitation_frees_its_seat, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").seats(2).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = alice.invites("bob@example.test").await;
    alice.tries_to_invite("carl@example.test", json!({})).await.is(409, "seat_limit_reached");
    app.waits(7 * DAY);
    alice.signs_in_again().await;
    acme.seats().await.says("/used", 1);
    alice.invites("carl@example.test").await;
    alice.resends(&bob).await.is(409, "seat_limit_reached");
    app.waits(7 * DAY + SECOND);
    alice.signs_in_again().await;
    alice.resends(&bob).await.has_status(200);
    acme.seats().await.says("/used", 2).says("/state", "full");
    app.leaves_any_mail();
});

story!(
    /// INV-16, AM-2: in admin-user an expired invitation keeps its seat until it is deleted.
    an_expired_entry_holds_its_seat_in_admin_user, app => {
    let acme = app.organization("Acme").seats(2).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = alice.invites("bob@example.test").await;
    app.waits(8 * DAY);
    alice.signs_in_again().await;
    acme.seats().await.says("/used", 2);
    alice.tries_to_invite("carl@example.test", json!({})).await.is(409, "seat_limit_reached");
    alice.resends(&bob).await.has_status(200);
    alice.delete(&format!("members/{}", text(&bob, "memberId"))).await.has_status(204);
    acme.seats().await.says("/used", 1);
    alice.looks_at(&bob).await.says("/status", "revoked");
    alice.tries_to_invite("carl@example.test", json!({})).await.has_status(200);
    app.leaves_any_mail();
});
