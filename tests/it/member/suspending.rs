//! Suspending, reactivating, removing.

use serde_json::json;

use crate::story::organization::Places;

story!(
    /// MEM-5, R17, A13: from the very next request a suspended member does nothing here, on every process; others stay theirs.
    a_suspended_member_is_out_at_once, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = acme.welcomes(&globex.owner(), "admin").await;
    let there = app.second_process().await;
    gail.at(&there).get("members").await.has_status(200);
    let path = format!("members/{}", gail.id);
    acme.alice().post(&format!("{path}/suspend"), json!({})).await.has_status(200).says("/status", "suspended");
    for person in [gail.clone(), gail.at(&there)] {
        person.get("members").await.is(404, "not_found");
        person.tries_to_invite("x@example.test", json!({})).await.is(404, "not_found");
        person.get("/api/v1/organizations/globex/members").await.has_status(200);
    }
    acme.seats().await.says("/used", 2).says("/suspended", 1);
    acme.alice().post(&format!("{path}/suspend"), json!({})).await.is(409, "not_active");
    acme.alice().post(&format!("{path}/reactivate"), json!({})).await.has_status(200).says("/status", "active");
    // What ended stays ended: who is let in again signs in again.
    gail.get("members").await.is(401, "unauthenticated");
    gail.signs_in_again().await;
    gail.get("members").await.has_status(200);
    acme.alice().post(&format!("{path}/reactivate"), json!({})).await.is(409, "not_suspended");
    let audit = acme.audit().await;
    assert_eq!(audit[audit.len() - 2..], ["member.suspended", "member.reactivated"]);
});

story!(
    /// R05, MEM-5: who has only a suspended membership is told nothing but that address and password do not fit.
    a_suspended_account_signs_in_like_an_unknown_one, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.alice().post(&format!("members/{}/suspend", bob.id), json!({})).await.has_status(200);
    let suspended = bob.signs_in().await.is(401, "invalid_credentials");
    let unknown = crate::story::Person { email: "nobody@acme.test".into(), ..app.visitor() };
    assert_eq!(suspended.body, unknown.signs_in().await.is(401, "invalid_credentials").body);
    bob.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// MEM-6, R32, R17: removal ends access at once and frees the seat; the trail keeps the name.
    a_removed_member_is_gone, app => {
    let acme = app.organization("Acme").seats(2).owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.seats().await.says("/state", "full");
    acme.alice().delete(&format!("members/{}", bob.id)).await.has_status(204);
    acme.alice().get(&format!("members/{}", bob.id)).await.is(404, "not_found");
    acme.alice().delete(&format!("members/{}", bob.id)).await.is(404, "not_found");
    assert!(acme.member("bob@acme.test").await.is_none());
    acme.seats().await.says("/used", 1);
    let refused = bob.get("members").await;
    assert!([401, 404].contains(&refused.status), "{refused}");
    let event = acme.alice().get("audit-events?action=member.removed").await.has_status(200);
    assert_eq!(event.text_at("/data/0/target/name"), "Bob Baker");
    assert_eq!(acme.audit().await.last().map(String::as_str), Some("member.removed").or(None));
});

story!(
    /// MEM-6, AM-2, A16: in admin-user the account goes too where it belongs nowhere else; nothing revives with the address.
    the_account_is_erased_where_it_belongs_nowhere_else, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins_with("bob@acme.test", json!({"role": "admin"})).await;
    acme.alice().delete(&format!("members/{}", bob.id)).await.has_status(204);
    bob.signs_in().await.is(401, "invalid_credentials");
    let again = acme.joins("bob@acme.test", "user").await;
    assert_ne!(again.id, bob.id);
    bob.get("/session").await.is(401, "unauthenticated");
    again.get("members").await.is(403, "forbidden");
    assert_eq!(again.as_seen_by(&acme.alice()).await["roles"][0]["key"], "user");
});

story!(
    /// MEM-6, AM-3, D2: in ranked-workspace account and other memberships stay, and elsewhere too where it is shared.
    elsewhere_the_account_stays, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "editor").await;
    acme.alice().delete(&format!("members/{}", bob.id)).await.has_status(204);
    let signed_in = bob.signs_in().await.has_status(200);
    assert_eq!(signed_in.at("/memberships"), json!([]));

    let shared = app.organization("Shared").owned_by("sue@shared.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = shared.welcomes(&globex.owner(), "user").await;
    shared.owner().delete(&format!("members/{}", gail.id)).await.has_status(204);
    globex.owner().get("members").await.has_status(200);
    globex.owner().signs_in().await.has_status(200);
});

story!(
    /// MEM-9: who leaves is out; other memberships stay.
    a_member_leaves, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "editor").await;
    bob.post("members/me/leave", json!({})).await.has_status(204);
    let refused = bob.get("members").await;
    assert!([401, 404].contains(&refused.status), "{refused}");
    assert!(acme.member("bob@acme.test").await.is_none());
    assert_eq!(acme.audit().await.last().map(String::as_str), Some("member.left"));
});

story!(
    /// API, INV-6: deleting an invited member revokes the invitation.
    deleting_an_invited_member_revokes, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let invitation = acme.alice().invites("bob@example.test").await;
    let path = format!("members/{}", acme.member_id("bob@example.test").await);
    acme.alice().post(&format!("{path}/suspend"), json!({})).await.is(409, "not_active");
    acme.alice().delete(&path).await.has_status(204);
    acme.alice().looks_at(&invitation).await.says("/status", "revoked");
    let letter = app.visitor().reads_mail_to("bob@example.test").await;
    app.visitor().tries_to_accept(&letter.token).await.is(410, "invitation_revoked");
});

story!(
    /// I16, R17: whoever is removed and comes back under the same address begins anew: no team, no template, no permission,
    /// no feature, and no link that was mailed before; whether the account was erased or stayed.
    nothing_comes_back_with_the_address, app => {
    app.leaves_any_mail();
    for (preset, role) in [("admin-user", "user"), ("owner-administrator-user", "user")] {
        let acme = app.organization(preset).preset(preset).owned_by(&format!("alice@{preset}.test")).await;
        let (alice, email) = (acme.alice(), format!("bob@{preset}.test"));
        let Places { team, template, .. } = acme.has_places().await;
        let bob = acme.joins(&email, role).await;
        let mut given = json!({"teams": [team], "roleTemplate": template, "permissions": {"settings": ["view"]}});
        if preset == "admin-user" {
            given["crmAccess"] = json!(true);
        }
        let before = alice.patch(&format!("members/{}", bob.id), given).await;
        // The template of the other preset names a category that is not there, and is harmless.
        before.has_status(200).says("/teams/0/name", "Sales").says("/roleTemplate/name", "Support");
        app.waits(1);
        app.visitor().post("/password-reset", json!({"email": email})).await.has_status(202);
        let reset = app.visitor().reads_mail_to(&email).await.token;
        let new_address = json!({"email": format!("rob@{preset}.test"), "currentPassword": crate::story::person::PASSWORD});
        bob.post("/account/email", new_address).await.has_status(202);
        let change = app.visitor().reads_mail_to(&format!("rob@{preset}.test")).await.token;

        alice.delete(&format!("members/{}", bob.id)).await.has_status(204);
        app.waits(1);
        alice.tries_to_invite(&email, json!({"role": role})).await.has_status(200);
        let token = app.visitor().reads_mail_to(&email).await.token;
        let joined = app.visitor().tries_to_accept(&token).await;
        if joined.status == 401 {
            let back = bob.with_token(&bob.signs_in().await.has_status(200).text_at("/token"));
            back.post(&format!("/invitations/{token}/accept"), json!({})).await.has_status(200);
        }
        let back = acme.member(&email).await.unwrap();
        assert_ne!(back["id"], json!(bob.id));
        assert_eq!((&back["teams"], &back["roleTemplate"]), (&json!([]), &json!(null)), "{back}");
        assert_eq!(back["permissions"], json!({}), "{back}");
        assert!(back["crmAccess"].is_null() || back["crmAccess"] == false, "{back}");
        let body = json!({"token": reset, "password": "nine brown kettles sing at dawn"});
        app.visitor().post("/password-reset/confirm", body).await.is(410, "reset_invalid");
        app.visitor().post("/email-change/confirm", json!({"token": change})).await.is(410, "email_change_invalid");
        bob.get("/session").await.is(401, "unauthenticated");
    }
});
