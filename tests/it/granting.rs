//! Stories about handing out roles on the pages: warnings, recommendations, several roles at once, creating directly (AM-3,
//! AM-5, MEM-2, MEM-8, ACC-5).

use serde_json::json;

use crate::story::console::{field, follows, opens, plain, says, submits};
use crate::story::person::PASSWORD;

const CARE: &str = "Hand out Admin with care.";

story!(
    /// AM-3: a Manager can make an Admin, and is warned at every door; an Admin is not.
    a_manager_is_warned_before_making_an_admin, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"]);
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let (alice, mia) = (acme.alice(), acme.joins("mia@acme.test", "manager").await);
    let bob = acme.joins("bob@acme.test", "agent_user").await;
    let role = format!("/users/{}/role?role=admin", bob.id);
    let edit = format!("/users/{}/edit", bob.id);
    for path in ["/invitations/new", "/users/new", &edit, &role] {
        opens(&mia, path).await.has_status(200).shows(CARE);
        opens(&alice, path).await.has_status(200).hides(CARE);
    }
    opens(&mia, &format!("/users/{}/role", bob.id)).await.hides(CARE);
    // The menu leads to the page that warns; other roles are given at once.
    let menu = format!("/users/{}/menu", bob.id);
    let offered = opens(&mia, &menu).await.shows(&format!("href=\"{role}\""));
    says(&offered, &["Change role Admin… Manager Editor Monitor AgentUser now"]);
    says(&opens(&alice, &menu).await, &["Change role Admin Manager Editor Monitor AgentUser now"]);
    says(&opens(&mia, "/invitations/new").await, &["Recommended Editor", "Default AgentUser"]);
    let done = submits(&mia, &role, &[("role", "admin")]).await;
    follows(&mia, &done).await.shows("Bob Baker now has the role Admin.");
});

story!(
    /// ACC-5: the only one in charge is told why two are better, until there are two.
    the_only_one_in_charge_is_told, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"]);
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    opens(&alice, "/users").await.shows("You are the only one here").hides("You are the only Admin.");
    let bob = acme.joins("bob@acme.test", "manager").await;
    says(&opens(&alice, "/users").await, &["You are the only Admin. If you leave, nobody can manage people or settings."]);
    opens(&bob, "/users").await.hides("You are the only");
    alice.patch(&format!("members/{}", bob.id), json!({"role": "admin"})).await.has_status(200);
    opens(&alice, "/users").await.hides("You are the only");
});

story!(
    /// MEM-8 (S4): several roles are added and taken, on the page for roles and in the form.
    several_roles_by_form, app => {
    app.leaves_mail("role_changed", &["bob@acme.test", "bob@acme.test", "bob@acme.test"]);
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "member").await);
    let (path, edit) = (format!("/users/{}/role", bob.id), format!("/users/{}/edit", bob.id));
    let held = async || {
        let member = acme.member("bob@acme.test").await.unwrap();
        let mut keys: Vec<String> =
            member["roles"].as_array().unwrap().iter().map(|role| role["key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys.join(" ")
    };
    let page = opens(&alice, &path).await.has_status(200).shows("type=\"checkbox\" name=\"role\" value=\"member\" checked");
    says(&page, &["Change roles of Bob Baker"]);
    let done = submits(&alice, &path, &[("role", "member"), ("role", "auditor")]).await;
    let page = follows(&alice, &done).await;
    let text = plain(&page);
    assert!(text.contains("Bob Baker now has the roles Auditor, Member."), "{text}");
    assert_eq!(held().await, "auditor member");
    let sends = async |roles: &[&'static str]| {
        let form = opens(&alice, &edit).await.has_status(200);
        let (version, was) = (field(&form, "version"), field(&form, "was"));
        let mut typed = vec![("firstName", "Bob"), ("lastName", "Baker"), ("email", "bob@acme.test"), ("version", &*version),
            ("was", &*was)];
        typed.extend(roles.iter().map(|role| ("role", *role)));
        submits(&alice, &edit, &typed).await
    };
    sends(&["user_manager", "auditor", "member"]).await.has_status(303);
    assert_eq!(held().await, "auditor member user_manager");
    sends(&["auditor"]).await.has_status(303);
    assert_eq!(held().await, "auditor");
    sends(&[]).await.has_status(422).shows("Not saved.");
    submits(&alice, &path, &[]).await.has_status(422).shows("Not done.");
    assert_eq!(held().await, "auditor");
});

story!(
    /// MEM-2 (S0): the form for creating somebody, and what it says of an address that has an account.
    creating_directly, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let other = app.organization("Other").owned_by("olga@other.test").await;
    let alice = acme.alice();
    let form = opens(&alice, "/users/new").await.has_status(200).shows("type=\"radio\" name=\"role\" value=\"user\" checked");
    says(&form, &["First name", "Last name", "E-mail", "Phone number optional", "Password", "Role Owner", "Default User",
        "They choose a new password at the first sign-in", "Cancel Create user"]);
    let form = form.shows("name=\"requirePasswordChange\" value=\"true\" checked").shows("href=\"/users\" data-close>Cancel");
    form.hides("CRM access");
    let typed = [("firstName", "Olga"), ("lastName", "Orr"), ("email", "olga@other.test"), ("password", PASSWORD), ("role", "user")];
    let refused = submits(&alice, "/users", &typed).await.has_status(409);
    says(&refused, &["Not created.", "Invite the person instead"]);
    assert!(acme.member("olga@other.test").await.is_none());
    other.owner().signs_in().await.has_status(200);
});
