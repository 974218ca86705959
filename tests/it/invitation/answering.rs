//! Declining, and everybody answering at once.

use serde_json::json;

use crate::story::person::text;

story!(
    /// INV-9: who declines is gone, the inviter sees it, the seat is free.
    a_declined_invitation_frees_the_seat, app => {
    let acme = app.organization("Acme").seats(2).owned_by("alice@acme.test").await;
    let invitation = acme.alice().invites("bob@example.test").await;
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    let path = format!("/invitations/{}/decline", letter.token);
    app.visitor().post(&path, json!({"reason": "I have another job."})).await.has_status(204);
    acme.alice().looks_at(&invitation).await.says("/status", "declined");
    assert!(acme.member("bob@example.test").await.is_none());
    acme.seats().await.says("/used", 1);
    app.visitor().get(&format!("/invitations/{}", letter.token)).await.is(410, "invitation_declined").hides("Acme");
    app.visitor().tries_to_accept(&letter.token).await.is(410, "invitation_declined");
    app.visitor().post(&path, json!({})).await.is(410, "invitation_declined");
    assert_eq!(acme.audit().await, ["invitation.created", "invitation.declined"]);
});

story!(
    /// R37, I3: accept, decline and revoke at once: one wins, and answers, state and audit agree on which.
    one_of_accept_decline_and_revoke_wins, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for round in 0..15 {
        let email = format!("p{round}@example.test");
        let invitation = alice.invites(&email).await;
        let token = app.visitor().reads_mail_to(&email).await.token;
        let path = format!("invitations/{}/revoke", text(&invitation, "id"));
        let (accepter, accepting) = (app.visitor(), token.clone());
        let accepting = tokio::spawn(async move { accepter.tries_to_accept(&accepting).await });
        let declining = tokio::spawn(app.visitor().post(&format!("/invitations/{token}/decline"), json!({})));
        let revoking = tokio::spawn(alice.post(&path, json!({})));
        let answers = [
            ("accepted", accepting.await.unwrap()),
            ("declined", declining.await.unwrap()),
            ("revoked", revoking.await.unwrap()),
        ];
        let winners: Vec<&str> = answers.iter().filter(|(_, a)| a.is_success()).map(|(name, _)| *name).collect();
        assert_eq!(winners.len(), 1, "{}", answers.each_ref().map(|(name, a)| format!("{name}: {a}")).join("\n"));
        alice.looks_at(&invitation).await.says("/status", winners[0]);
        let audit = acme.audit().await;
        assert_eq!(audit[audit.len() - 2..], ["invitation.created".to_owned(), format!("invitation.{}", winners[0])]);
        let there = acme.member(&email).await.is_some();
        assert_eq!(there, winners[0] == "accepted");
    }
});
