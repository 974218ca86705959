//! The CRM switch of admin-user (AM-2, R28).

use serde_json::json;

story!(
    /// R28: for others it is off at first and gates the category alone; it acts at once.
    the_switch_gates_its_category_only, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("members/{}", bob.id);
    acme.alice().patch(&path, json!({"permissions": {"crm": ["view"], "analytics": ["view"]}})).await.has_status(200)
        .says("/crmAccess", false).says("/featureAccess/crm", false);
    let permissions = |answer: crate::story::Answer| answer.has_status(200).at("/permissions");
    let off = permissions(bob.get("/session").await);
    assert_eq!((off.get("crm").filter(|v| **v != json!([])), &off["analytics"]), (None, &json!(["view"])));
    acme.alice().patch(&path, json!({"crmAccess": true})).await.has_status(200).says("/featureAccess/crm", true);
    let on = permissions(bob.get("/session").await);
    assert_eq!((&on["crm"], &on["analytics"]), (&json!(["view"]), &json!(["view"])));
    acme.alice().patch(&path, json!({"featureAccess": {"crm": false}})).await.has_status(200).says("/crmAccess", false);
    assert_eq!(permissions(bob.get("/session").await), off);
});

story!(
    /// R28: Admins always have it, and it can't be switched off.
    an_admin_always_has_it, app => {
    app.leaves_mail("role_changed", &["adam@acme.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let adam = acme.joins("adam@acme.test", "admin").await;
    let path = format!("members/{}", adam.id);
    acme.alice().get(&path).await.says("/crmAccess", true);
    let refused = acme.alice().patch(&path, json!({"crmAccess": false})).await;
    assert_eq!(refused.status, 422, "{refused}");
    assert!(refused.text().contains("feature_always_on"), "{refused}");
    acme.alice().get(&path).await.says("/crmAccess", true);
    acme.alice().patch(&path, json!({"role": "user"})).await.has_status(200).says("/crmAccess", false);
});

story!(
    /// AM-2: it can be given with the invitation, and models without the feature know no such field.
    it_is_given_with_the_invitation, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins_with("bob@acme.test", json!({"crmAccess": true})).await;
    acme.alice().get(&format!("members/{}", bob.id)).await.says("/crmAccess", true);
    let plain = app.organization("Plain").preset("ranked-workspace").owned_by("paul@plain.test").await;
    let answer = plain.owner().tries_to_invite("x@example.test", json!({"crmAccess": true})).await;
    assert_eq!(answer.status, 422, "{answer}");
    let paul = plain.owner().get(&format!("members/{}", plain.owner().id)).await.json();
    assert!(paul.get("crmAccess").is_none_or(serde_json::Value::is_null), "{paul}");
});

story!(
    /// ACC-4, R25, R26: a feature is switched on only by who has it, at every door; the refusal is recorded.
    only_who_has_it_switches_it_on, app => {
    use crate::story::Request;
    use axum::http::Method;
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let carl = acme.joins("carl@acme.test", "user").await;
    let (alice, path) = (acme.alice(), format!("members/{}", carl.id));
    let rights = json!({"permissions": {"users": ["view", "create", "edit"]}});
    alice.patch(&format!("members/{}", bob.id), rights).await.has_status(200);
    alice.patch(&path, json!({"permissions": {"crm": ["view"]}})).await.has_status(200);

    bob.patch(&path, json!({"crmAccess": true})).await.is(403, "outside_grant_rule");
    bob.patch(&path, json!({"featureAccess": {"crm": true}})).await.is(403, "outside_grant_rule");
    bob.tries_to_invite("x@example.test", json!({"crmAccess": true})).await.is(403, "outside_grant_rule");
    let body = json!({"email": "y@acme.test", "firstName": "Y", "lastName": "Y", "crmAccess": true,
        "password": crate::story::person::PASSWORD});
    bob.post("members", body).await.is(403, "outside_grant_rule");
    assert_eq!(acme.refusals().await, ["member.updated", "member.updated", "invitation.created", "member.created"]);
    alice.get(&path).await.says("/crmAccess", false);
    let form = |person: &crate::story::Person| person.send(Request::new(Method::GET, "/invitations/new"));
    form(&bob).await.has_status(200).hides("name=\"feature\"");
    form(&alice).await.has_status(200).shows("name=\"feature\"");

    // Off, anybody may switch it who manages the person; on, once they have it.
    alice.patch(&path, json!({"crmAccess": true})).await.has_status(200);
    bob.patch(&path, json!({"firstName": "Karl"})).await.has_status(200).says("/crmAccess", true);
    bob.patch(&path, json!({"crmAccess": false})).await.has_status(200).says("/crmAccess", false);
    alice.patch(&format!("members/{}", bob.id), json!({"crmAccess": true})).await.has_status(200);
    bob.patch(&path, json!({"crmAccess": true})).await.has_status(200).says("/crmAccess", true);
});
