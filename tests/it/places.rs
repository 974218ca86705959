//! Stories about teams, projects and role templates on the pages: in the list, at invitation, in the console, in the form
//! (MEM-1, MEM-3, INV-1, ACC-1).

use serde_json::json;

use crate::story::console::{field, follows, opens, plain, row, says, submits};
use crate::story::organization::Places;

story!(
    /// MEM-1, MEM-3 (S0): the teams of a person stand in the list, in their console and in a filter.
    teams_are_seen, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let Places { team, other_team, .. } = acme.has_places().await;
    let bob = acme.joins_with("bob@acme.test", json!({"role": "user", "teams": [team, other_team]})).await;
    acme.joins("carl@acme.test", "user").await;
    let page = opens(&alice, "/users").await.has_status(200);
    let bobs = row(&page, "bob@acme.test");
    assert!(bobs.contains("User Night desk +1 Active"), "{bobs}");
    page.shows("title=\"Sales\">+1");
    opens(&alice, &format!("/users?team={team}")).await.shows("bob@acme.test").hides("carl@acme.test").shows("1 person");
    says(&opens(&alice, &format!("/users/{}", bob.id)).await, &["Teams Add to a team Night desk Reaches no resource yet Sales"]);
    let carl = acme.member_id("carl@acme.test").await;
    says(&opens(&alice, &format!("/users/{carl}")).await, &["Teams Add to a team In no team."]);
    // The invitation offers teams first, and the rest folded.
    let form = opens(&alice, "/invitations/new").await.has_status(200);
    says(&form, &["Teams optional Night desk Sales", "Add a role template or projects"]);
    form.shows("<details class=\"more\"><summary>");
});

story!(
    /// ACC-1, MEM-3 (S1): a template chosen at the invitation adds to the role; cleared in the form, what was granted by
    /// hand stays.
    a_template_is_given_and_cleared, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    opens(&alice, "/invitations/new").await.hides("roleTemplate").hides("<summary>Add a role template");
    let Places { template, team, .. } = acme.has_places().await;
    let form = opens(&alice, "/invitations/new").await;
    says(&form, &["Role template None Support", "Add teams or projects"]);
    // What is wrong elsewhere loses nothing of what was chosen here, folded or not.
    let wrong = [("emails", "bob@"), ("role", "user"), ("roleTemplate", &*template), ("teams", &*team)];
    let page = submits(&alice, "/invitations", &wrong).await.has_status(422);
    let page = page.shows(&format!("value=\"{template}\" selected")).shows("<details class=\"more\" open>");
    page.shows(&format!("value=\"{team}\" checked"));
    let form = [("emails", "bob@acme.test"), ("role", "user"), ("roleTemplate", &*template), ("teams", &*team)];
    let done = submits(&alice, "/invitations", &form).await;
    follows(&alice, &done).await;
    let bob = app.visitor().accepts_mail_to("bob@acme.test").await;
    let listed = row(&opens(&alice, "/users").await, "bob@acme.test");
    assert!(listed.contains("User Support Active Off"), "{listed}");
    alice.patch(&format!("members/{}", bob.id), json!({"permissions": {"conversations": ["view"]}})).await.has_status(200);
    let here = format!("/users/{}", bob.id);
    says(&opens(&alice, &here).await, &["See what the role template gives", "View Analytics: by the role template Support",
        "View Conversations: granted directly", "Teams Add to a team Sales"]);
    let path = format!("{here}/edit?back=%2Fusers%2F{}", bob.id);
    let form = opens(&alice, &path).await.has_status(200).shows(&format!("value=\"{template}\" selected"));
    let (version, was) = (field(&form, "version"), field(&form, "was"));
    let typed = [("firstName", "Bob"), ("lastName", "Baker"), ("email", "bob@acme.test"), ("role", "user"), ("roleTemplate", ""),
        ("teams", &*team), ("permission", "conversations:view"), ("version", &version), ("was", &was)];
    let done = submits(&alice, &path, &typed).await;
    let page = follows(&alice, &done).await;
    says(&page, &["View Analytics: not granted", "View Conversations: granted directly", "Teams Add to a team Sales"]);
    let member = acme.member("bob@acme.test").await.unwrap();
    assert_eq!((&member["roleTemplate"], &member["permissions"]), (&json!(null), &json!({"conversations": ["view"]})));
    // The same through the API.
    let path = format!("members/{}", bob.id);
    alice.patch(&path, json!({"roleTemplate": template})).await.says("/roleTemplate/name", "Support");
    alice.patch(&path, json!({"roleTemplate": null})).await.says("/roleTemplate", json!(null));
    alice.get(&path).await.says("/permissions", json!({"conversations": ["view"]}));
});

story!(
    /// INV-1, MEM-3 (S3): projects are chosen at the invitation, seen in the console, and kept or left in the form.
    a_project_is_assigned_at_the_invitation, app => {
    let acme = app.organization("Acme").preset("owner-admin-manager").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let Places { project, .. } = acme.has_places().await;
    says(&opens(&alice, "/invitations/new").await, &["Projects optional Harbour", "Add a role template or teams"]);
    let form = [("emails", "bob@acme.test"), ("role", "bot_manager"), ("projects", &*project)];
    let done = submits(&alice, "/invitations", &form).await;
    follows(&alice, &done).await;
    let bob = app.visitor().accepts_mail_to("bob@acme.test").await;
    let path = format!("/users/{}/edit?back=%2Fusers%2F{}", bob.id, bob.id);
    says(&opens(&alice, &format!("/users/{}", bob.id)).await, &["Projects Add to a project Harbour"]);
    for (name, projects) in [("Rob", Some(&*project)), ("Bob", None)] {
        let form = opens(&alice, &path).await.has_status(200).shows(&format!("value=\"{project}\" checked"));
        let (version, was) = (field(&form, "version"), field(&form, "was"));
        let mut typed = vec![("firstName", name), ("lastName", "Baker"), ("email", "bob@acme.test"), ("role", "bot_manager"),
            ("version", &*version), ("was", &*was)];
        typed.extend(projects.map(|id| ("projects", id)));
        let done = submits(&alice, &path, &typed).await;
        let page = plain(&follows(&alice, &done).await);
        let expected = if projects.is_some() { "project Harbour" } else { "project In no project." };
        assert!(page.contains(expected), "{expected}: {page}");
    }
});
