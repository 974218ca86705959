//! The demonstration: what `roster demo` fills an installation with.

use serde_json::json;

use crate::story::Person;

story!(
    /// OPS-1: five organizations, one for each preset, with every state that an administrator meets; nobody is told twice.
    the_demonstration_can_be_walked_through, app => {
    let now = app.app().now();
    let guests = roster::demo::fill(app.app(), now).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(app.app().now(), now);
    app.leaves_any_mail();
    let mut presets: Vec<&str> = guests.iter().map(|guest| guest.preset.as_str()).collect();
    presets.dedup();
    assert_eq!(presets.len(), 5);
    let (mut seen, mut members) = (Vec::new(), Vec::new());
    for (n, guest) in guests.iter().enumerate() {
        let body = json!({"email": guest.email, "password": roster::demo::PASSWORD});
        let signed_in = app.visitor().post("/sign-in", body).await.has_status(200);
        let person = Person::from_sign_in(&app, &guest.email, &signed_in).await;
        let session = person.get("/session").await.has_status(200);
        let held = session.at("/member/roles");
        let held: Vec<&str> = held.as_array().unwrap().iter().map(|role| role["key"].as_str().unwrap()).collect();
        assert!(guest.roles.iter().all(|role| held.contains(&role.as_str())), "{}: {held:?}", guest.email);
        // The first of each organization may look at everything.
        if n == 0 || guests[n - 1].organization != guest.organization {
            seen.extend(person.get("invitations?limit=200").await.has_status(200).column("/status"));
            members.extend(person.get("members?limit=200").await.has_status(200).column("/status"));
            let attempts = person.get("login-attempts?limit=200").await.has_status(200).column("/status");
            assert!(attempts.iter().any(|status| status == "success"));
            let first = person.get("audit-events?limit=200").await.has_status(200).column("/action");
            assert_eq!(first.last().map(String::as_str), Some("organization.created"));
        }
    }
    for status in ["pending", "expired", "accepted", "declined", "revoked"] {
        assert!(seen.iter().any(|s| s == status), "no invitation is {status}");
    }
    for status in ["invited", "active", "suspended"] {
        assert!(members.iter().any(|s| s == status), "nobody is {status}");
    }
    assert!(matches!(roster::demo::fill(app.app(), now).await, Err(roster::demo::DemoError::NotEmpty)));
});
