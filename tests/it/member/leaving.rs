//! Belonging to several organizations.

use serde_json::json;

story!(
    /// MEM-9, API: one account in two organizations, each with its own role; the path decides, the session only defaults.
    one_account_in_two_organizations, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = acme.welcomes(&globex.owner(), "user").await;
    gail.get("/session").await.says("/organization/slug", "acme");
    gail.get("members").await.is(403, "forbidden");
    gail.within("globex").get("members").await.has_status(200);
    let session = gail.put("/session/organization", json!({"organization": "globex"})).await.has_status(200);
    session.says("/organization/slug", "globex").says("/permissions/users", json!(["view", "create", "edit", "delete", "manage"]));
    gail.put("/session/organization", json!({"organization": "nowhere"})).await.has_status(404);
    let mut own = gail.get("/account/organizations").await.column("/organization/slug");
    own.sort();
    assert_eq!(own, ["acme", "globex"]);
    gail.within("acme").post("members/me/leave", json!({})).await.has_status(204);
    gail.put("/session/organization", json!({"organization": "acme"})).await.has_status(404);
    assert_eq!(gail.get("/account/organizations").await.column("/organization/slug"), ["globex"]);
});

story!(
    /// MEM-9: who leaves the last organization keeps the account, also where removing somebody would erase it (AM-2).
    leaving_erases_nobody, app => {
    let acme = app.organization("Acme").preset("admin-user").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    bob.post("members/me/leave", json!({})).await.has_status(204);
    assert!(acme.member("bob@acme.test").await.is_none());
    let answer = bob.signs_in().await.has_status(200);
    assert_eq!(answer.at("/memberships"), json!([]));
    bob.with_token(&answer.text_at("/token")).get("/session").await.has_status(200).says("/organization", json!(null));
});
