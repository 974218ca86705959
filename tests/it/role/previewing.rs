//! What a change would do, before it is made (ACC-10).

use serde_json::json;

use crate::story::at_once;

story!(
    /// ACC-10: the preview of a member's roles, template, permissions and features is the change, and changes nothing.
    a_change_of_a_member_is_previewed, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let made = json!({"name": "Desk", "permissions": {"users": ["view"], "crm": ["view"]}});
    let template = alice.post("role-templates", made).await.has_status(201).text_at("/id");
    let path = format!("members/{}", bob.id);
    let (before, events) = (acme.member("bob@acme.test").await, acme.whole_audit().await.len());
    let dry = async |patch| alice.patch(&format!("{path}?dryRun=true"), patch).await;
    let preview = dry(json!({"roleTemplate": template})).await.has_status(200);
    assert_eq!(preview.at("/effect/gains"), json!({"users:view": 1}), "CRM access is off");
    assert_eq!(preview.at("/members/0/id"), json!(bob.id));
    let preview = dry(json!({"roleTemplate": template, "crmAccess": true})).await.has_status(200);
    assert_eq!(preview.at("/members/0/gains"), json!(["crm:view", "users:view"]));
    let preview = dry(json!({"permissions": {"analytics": ["export"]}})).await;
    assert_eq!(preview.at("/effect"), json!({"gains": {"analytics:export": 1}, "losses": {}, "membersGaining": 1,
        "membersLosing": 0}));
    dry(json!({"firstName": "Rob"})).await.has_status(200).says("/members", json!([]));
    dry(json!({"role": "nobody"})).await.is(422, "unknown_reference");
    bob.patch(&format!("{path}?dryRun=true"), json!({"role": "admin"})).await.is(403, "forbidden");
    let own = format!("members/{}?dryRun=true", alice.id);
    alice.patch(&own, json!({"role": "user"})).await.is(403, "own_membership");
    assert_eq!(acme.member("bob@acme.test").await, before);
    assert_eq!(acme.whole_audit().await.len(), events + 2, "only the refusals");
    alice.patch(&path, json!({"role": "admin", "firstName": "Rob"})).await.has_status(200);
    let event = alice.get("audit-events?action=member.updated").await.at("/data/0/changes");
    assert_eq!(event["effect"]["to"]["membersGaining"], 1);
    assert_eq!(event["effect"]["to"]["gains"]["settings:manage"], 1);
});

story!(
    /// ACC-10: of many whom a change affects, the first fifty stand by name, and how many more there are.
    of_many_the_first_stand_by_name, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let creating = acme.clone();
    at_once(55, move |n| {
        let acme = creating.clone();
        async move { acme.creates(&format!("n{n:02}@acme.test"), "user").await }
    }).await;
    let patch = json!({"permissions": {"analytics": ["view"]}});
    let preview = acme.alice().patch("roles/user?dryRun=true", patch).await.has_status(200);
    assert_eq!(preview.at("/effect/gains/analytics:view"), 55);
    assert_eq!((preview.at("/members").as_array().unwrap().len(), preview.at("/more")), (50, json!(5)));
});
