//! Organizations see nothing of each other (D1, D2, R22, R30, R31, R41).

use serde_json::json;

story!(
    /// A1, D2: the administrator who invites the owner of another organization gains nothing over the account.
    an_invited_victim_keeps_the_account, app => {
    let victim = app.organization("Victim").owned_by("vera@victim.test").await;
    let mallory = app.organization("Mallory").owned_by("mallory@evil.test").await;
    let vera = mallory.welcomes(&victim.owner(), "user").await;
    let path = format!("members/{}", vera.id);
    mallory.owner().patch(&path, json!({"email": "mallory2@evil.test"})).await.is(409, "account_shared");
    let set_password = mallory.owner().patch(&path, json!({"password": "stolen-Kettle 9 orbits"})).await;
    set_password.is(400, "unknown_field");
    mallory.owner().delete(&path).await.has_status(204);
    let back = victim.owner().signs_in().await.has_status(200);
    back.says("/memberships/0/organization/slug", "victim");
    victim.owner().get("members").await.has_status(200);
    assert_eq!(victim.audit().await, [""; 0]);
});

story!(
    /// R30, R31: what an organization sees of a shared account is its own: no other membership, no other address's records.
    nothing_of_elsewhere_is_shown, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = acme.welcomes(&globex.owner(), "admin").await;
    for path in ["members", &format!("members/{}", gail.id), "sessions", "login-attempts", "audit-events", "members.csv",
        &format!("members/{}/sessions", gail.id), &format!("members/{}/login-attempts", gail.id)] {
        acme.alice().get(path).await.succeeds().hides("Globex").hides("globex\"").hides(&globex.id.to_string());
    }
    // She acts in Globex only: nothing of it reaches Acme's trail.
    let before = acme.whole_audit().await.len();
    gail.within("globex").tries_to_invite("h@globex.test", json!({})).await.has_status(200);
    assert_eq!(acme.whole_audit().await.len(), before);
    app.leaves_mail("invitation", &["h@globex.test"]);
});

story!(
    /// ACC-3, API: what is in another organization does not exist for me: the same answer as for what never was.
    foreign_and_missing_look_alike, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let foreign = acme.alice().get(&format!("members/{}", globex.owner().id)).await.is(404, "not_found");
    let missing = acme.alice().get("members/mem_01h455vb4pex5vsknk084sn02q").await.is(404, "not_found");
    assert_eq!(foreign.body, missing.body);
    let foreign = acme.alice().within("globex").get("members").await.is(404, "not_found");
    let missing = acme.alice().within("never-was").get("members").await.is(404, "not_found");
    assert_eq!(foreign.body, missing.body);
});

story!(
    /// D2, MEM-4: what an organization writes of somebody who belongs elsewhere, too, stays its own.
    a_shared_persons_contact_changes_here_alone, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let other = app.organization("Other").owned_by("olga@other.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let there = other.welcomes(&bob, "user").await;
    let change = json!({"phone": "+49 30 1234", "timeZone": "Asia/Tokyo", "locale": "ja", "email": "bob@acme.test"});
    let changed = acme.alice().patch(&format!("members/{}", bob.id), change).await.has_status(200);
    changed.says("/phone", "+49 30 1234").says("/timeZone", "Asia/Tokyo").says("/locale", "ja");
    other.owner().get(&format!("members/{}", there.id)).await.says("/phone", "").says("/timeZone", "");
    bob.get("/account").await.says("/phone", "").says("/locale", "");
});
