//! Roles and role templates in the console.

use serde_json::json;

use crate::story::console::{field, follows, opens, row, says, submits};

story!(
    /// AM-6: the list shows what each role allows, who has it and whom it may grant; only who may change has buttons.
    the_list_shows_roles_and_templates, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let page = opens(&alice, "/roles").await.has_status(200).shows("New role").shows("No templates yet");
    says(&page, &["Manager may grant Admin.", "Roles and templates"]);
    let admin = row(&page, "Admin");
    assert!(admin.contains("1 Everyone") && admin.contains("Manage"), "{admin}");
    let manager = row(&page, "Builds and edits automations, models and knowledges, and manages users.");
    assert!(manager.contains("0 Everyone"), "{manager}");
    page.shows("/users?role=admin").shows("Includes the lower roles").shows("/roles/new?like=editor");
    let made = json!({"name": "Desk", "permissions": {"inbox": ["view", "edit"]}});
    alice.post("role-templates", made).await.has_status(201);
    let page = opens(&alice, "/roles").await.hides("No templates yet");
    assert!(row(&page, "Desk").contains("View, Edit"), "{}", row(&page, "Desk"));
    // A monitor looks, and changes nothing.
    let mona = acme.joins("mona@acme.test", "monitor").await;
    let page = opens(&mona, "/roles").await.has_status(200).hides("New role").hides("/delete").hides("Duplicate");
    page.shows("Desk");
    let id = acme.role_id("editor").await;
    let page = opens(&mona, &format!("/roles/{id}")).await.has_status(200).hides("Save role");
    says(&page, &["You can look at this role, not change it."]);
    opens(&mona, "/roles/new").await.has_status(403);
});

story!(
    /// ACC-10, CON-1: a form that takes from or gives to people says so first; then it is confirmed, and only what was shown.
    a_change_is_shown_before_it_is_saved, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    let path = format!("/roles/{}", acme.role_id("user").await);
    let form = opens(&alice, &path).await.has_status(200).shows("value=\"analytics:view\"");
    let version = field(&form, "version");
    let typed = [("label", "Colleague"), ("rank", "10"), ("grants", "user"), ("permission", "users:view"), ("version", &*version)];
    let with = |more: &[(&'static str, &'static str)]| [&typed[..], more].concat();
    let shown = submits(&alice, &path, &with(&[("step", "preview")])).await.has_status(200);
    says(&shown, &["Nothing is saved yet", "1 user gains Users: View.", "Save for 1 person"]);
    shown.clone().shows("value=\"Colleague\"").shows("value=\"users:view\" checked");
    assert_eq!(bob.get("members").await.status, 403, "nothing is saved yet");
    // Another box was ticked before the button was pressed: what that does is shown first.
    let digest = field(&shown, "previewed");
    let more = [&with(&[("step", "save"), ("permission", "analytics:view")])[..], &[("previewed", &*digest)]].concat();
    let again = submits(&alice, &path, &more).await.has_status(200);
    says(&again, &["Nothing is saved yet", "Analytics: View"]);
    let confirmed = [&with(&[("step", "save")])[..], &[("previewed", &*digest)]].concat();
    let done = submits(&alice, &path, &confirmed).await;
    says(&follows(&alice, &done).await, &["The role Colleague is saved. It applies the next time they do anything."]);
    bob.get("members").await.has_status(200);
    // What touches nobody is saved at once; whoever was slower is told and keeps what they typed.
    let slow = submits(&alice, &path, &with(&[("step", "preview")])).await.has_status(412);
    says(&slow, &["Not saved.", "Somebody changed this since you loaded it."]);
    let version = field(&slow, "version");
    let typed = [("label", "Mate"), ("rank", "10"), ("grants", "user"), ("permission", "users:view"), ("version", &*version)];
    let done = submits(&alice, &path, &typed).await;
    says(&follows(&alice, &done).await, &["The role Mate is saved."]);
    let refused = submits(&alice, &path, &[("label", ""), ("rank", "high")]).await.has_status(422);
    refused.shows("A rank is a whole number").shows("value=\"high\"");
});

story!(
    /// AM-6: a role is made and duplicated in the form; deleting it asks what its holders get, and says what that does.
    a_role_is_made_and_deleted_in_the_console, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    opens(&alice, "/roles/new?like=user").await.has_status(200).shows("value=\"User copy\"");
    let typed = [("label", "Guest"), ("key", "Guest"), ("permission", "users:view"), ("step", "preview")];
    submits(&alice, "/roles/new", &typed).await.has_status(422).shows("value=\"Guest\"").shows("users:view\" checked");
    let typed = [("label", "Guest"), ("key", "guest"), ("permission", "users:view"), ("step", "preview")];
    let done = submits(&alice, "/roles/new", &typed).await;
    says(&follows(&alice, &done).await, &["The role Guest can be given to people now."]);
    acme.joins("gus@acme.test", "guest").await;
    let path = format!("/roles/{}/delete", acme.role_id("guest").await);
    let asked = opens(&alice, &path).await.has_status(200);
    says(&asked, &["Delete the role Guest?", "1 person has this role, invited or active.", "What they get instead", "Continue"]);
    let version = field(&asked, "version");
    let shown = submits(&alice, &path, &[("reassignTo", "user"), ("version", &*version)]).await.has_status(200);
    says(&shown, &["They get instead: User.", "1 user loses Users: View.", "Delete role"]);
    let digest = field(&shown, "previewed");
    let sure = [("reassignTo", "user"), ("version", &*version), ("previewed", &*digest), ("step", "save")];
    let done = submits(&alice, &path, &sure).await;
    says(&follows(&alice, &done).await, &["The role Guest is deleted."]);
    assert_eq!(acme.member("gus@acme.test").await.unwrap()["roles"][0]["key"], "user");
    // The default role is not deleted.
    let path = format!("/roles/{}/delete", acme.role_id("user").await);
    let refused = submits(&alice, &path, &[("reassignTo", "admin")]).await.has_status(409);
    says(&refused, &["Not done.", "Make another role the default first."]);
});

story!(
    /// AM-6, S1: a template is made, changed for those who have it, and deleted, in the console; their names stand beside it.
    a_template_is_made_changed_and_deleted_in_the_console, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    submits(&alice, "/role-templates/new", &[("name", " ")]).await.has_status(422).shows("The name is missing.");
    let typed = [("name", "Desk"), ("description", "Runs a desk."), ("permission", "users:view")];
    let done = submits(&alice, "/role-templates/new", &typed).await;
    says(&follows(&alice, &done).await, &["The template Desk can be given to people now."]);
    submits(&alice, "/role-templates/new", &typed).await.has_status(409).shows("Another role template has this name");
    let id = alice.get("role-templates").await.column("/id").remove(0);
    let bob = acme.joins_with("bob@acme.test", json!({"role": "user", "roleTemplate": id})).await;
    opens(&alice, &format!("/users/{}", bob.id)).await.shows(&format!("href=\"/role-templates/{id}\""));
    let path = format!("/role-templates/{id}");
    let form = opens(&alice, &path).await.has_status(200).shows(&format!("href=\"/users/{}\"", bob.id));
    let version = field(&form, "version");
    let typed = [("name", "Desk"), ("permission", "users:view"), ("permission", "analytics:view"), ("version", &*version)];
    let shown = submits(&alice, &path, &typed).await.has_status(200);
    says(&shown, &["1 user gains Analytics: View.", "Who", "Bob Baker", "gains Analytics: View"]);
    let digest = field(&shown, "previewed");
    let sure = [&typed[..], &[("step", "save"), ("previewed", &*digest)]].concat();
    let done = submits(&alice, &path, &sure).await;
    says(&follows(&alice, &done).await, &["The template Desk is saved."]);
    opens(&bob, &path).await.has_status(200).hides("Save template");
    let path = format!("{path}/delete");
    says(&opens(&alice, &path).await, &["Delete the template Desk?", "1 person has this template.", "No template"]);
    let shown = submits(&alice, &path, &[("reassignTo", "none")]).await.has_status(200);
    says(&shown, &["1 user loses Analytics: View; Users: View."]);
    let digest = field(&shown, "previewed");
    let done = submits(&alice, &path, &[("reassignTo", "none"), ("previewed", &*digest), ("step", "save")]).await;
    says(&follows(&alice, &done).await, &["The template Desk is deleted.", "No templates yet"]);
});

story!(
    /// AM-3, ACC-10: a new role below others gives to those whose roles include it: that is shown first, too.
    a_new_role_that_others_include_is_shown_first, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    acme.joins("mona@acme.test", "monitor").await;
    let typed = [("label", "Clerk"), ("key", "clerk"), ("permission", "licensing:edit")];
    let shown = submits(&alice, "/roles/new", &typed).await.has_status(200);
    says(&shown, &["Nothing is saved yet", "1 user gains Licensing: Edit.", "Save for 1 person"]);
    alice.get("roles/clerk").await.is(404, "not_found");
    let digest = field(&shown, "previewed");
    let sure = [&typed[..], &[("step", "save"), ("previewed", &*digest)]].concat();
    let done = submits(&alice, "/roles/new", &sure).await;
    says(&follows(&alice, &done).await, &["The role Clerk can be given to people now."]);
});
