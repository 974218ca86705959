//! Stories about the user console: what one person's page says, and editing them (MEM-3, MEM-4, ACC-3, ACC-4, D9).

use serde_json::json;

use crate::story::Person;
use crate::story::console::{field, follows, opens, plain, says, submits};

/// The form as the page of the user opens it: it leads back there.
fn edit(id: &str) -> String {
    format!("/users/{id}/edit?back=%2Fusers%2F{id}")
}

story!(
    /// MEM-3 (S0, S1, S3): who it is, how they got in, what they may do and where it comes from, what can be done.
    the_overview_says_everything, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    bob.patch("/account", json!({"phone": "+49 30 1", "timeZone": "Asia/Tokyo", "locale": "de"})).await.has_status(200);
    let change = json!({"permissions": {"conversations": ["view"], "crm": ["view"]}});
    alice.patch(&format!("members/{}", bob.id), change).await.has_status(200);
    opens(&alice, "/users").await.shows(&format!("href=\"/users/{}\"", bob.id));
    let page = opens(&alice, &format!("/users/{}", bob.id)).await.has_status(200);
    let text = plain(&page);
    for says in ["Bob Baker", "bob@acme.test", "+49 30 1", "Asia/Tokyo 18:00 there now", "Language de",
        "invited by Alice Archer, accepted", "Last login Just now", "CRM CRM access is off",
        "View Conversations: granted directly", "Edit Conversations: not granted", "1 permission: 1 direct."] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let page = page.shows(&bob.id).shows("data-copy").shows(&format!("/users/{}/suspend?back=%2Fusers%2F{}", bob.id, bob.id));
    page.shows(&format!("/users/{}/edit", bob.id)).shows(&format!("/users/{}/remove", bob.id));
    // Oneself: the profile instead, and nothing to end.
    let own = opens(&alice, &format!("/users/{}", alice.id)).await.has_status(200).shows("Your profile");
    own.hides("/suspend").hides("Danger zone").shows("with the organization itself").shows("by the role Admin");
    opens(&alice, &format!("/users/{}/edit", alice.id)).await.has_status(303);
    // Created directly; asked to join.
    let carol = acme.creates("carol@acme.test", "user").await;
    opens(&alice, &format!("/users/{}", carol.id)).await.shows("created by Alice Archer");
    alice.invites("dora@acme.test").await;
    let dora = acme.member_id("dora@acme.test").await;
    let page = opens(&alice, &format!("/users/{dora}")).await.has_status(200);
    let page = page.shows("Invited. The link works until").shows("invited by Alice Archer").shows("Revoke invitation");
    page.hides(", accepted");
    app.leaves_any_mail();
});

story!(
    /// What was done from the user console leads back to it; after a removal it leads to the list.
    actions_lead_back_to_the_user, app => {
    let acme = app.organization("Acme").seats(5).owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    bob.signs_in().await.has_status(200);
    let here = format!("/users/{}", bob.id);
    let with_back = |what: &str| format!("{here}/{what}?back=%2Fusers%2F{}", bob.id);
    let asked = opens(&alice, &with_back("suspend")).await.has_status(200);
    let asked = asked.shows("Signs them out of 2 sessions.").shows(&format!("href=\"{here}\""));
    asked.shows("They keep using 1 of your 5 seats.");
    let done = submits(&alice, &with_back("suspend"), &[]).await;
    let page = follows(&alice, &done).await;
    let page = page.shows("has no access any more").shows("They can&#39;t sign in here.").shows("/reactivate");
    page.hides("/suspend");
    opens(&alice, &with_back("remove")).await.shows("They are not signed in here now.").shows("Frees 1 seat: 1 of 5 used.");
    let done = submits(&alice, &with_back("remove"), &[("confirm", "bob@acme.test")]).await.has_status(303);
    assert_eq!(done.headers["location"], "/users");
    opens(&alice, &here).await.has_status(404);
});

story!(
    /// ACC-3: sections that the reader may not see are left out, tab and page alike.
    sections_follow_permissions, app => {
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "member").await;
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    let aud = acme.joins("aud@acme.test", "auditor").await;
    let path = |rest: &str| format!("/users/{}{rest}", bob.id);
    let page = opens(&uma, &path("")).await.has_status(200).shows(&path("/sessions")).shows(&path("/login-attempts"));
    page.hides(&path("/audit")).shows(&path("/edit")).shows("/suspend");
    opens(&uma, &path("/audit")).await.has_status(403).shows("audit:view");
    opens(&uma, "/audit").await.has_status(403);
    opens(&uma, "/users").await.hides("href=\"/audit\"").shows("href=\"/sessions\"");
    let page = opens(&aud, &path("")).await.has_status(200).shows(&path("/audit")).shows(&path("/sessions"));
    page.hides(&path("/edit")).hides("/suspend").hides("Danger zone");
    opens(&aud, &path("/sessions")).await.has_status(200).hides("/revoke");
    opens(&uma, &path("/sessions")).await.has_status(200).shows("/revoke");
    for rest in ["", "/sessions", "/login-attempts", "/audit"] {
        opens(&bob, &path(rest)).await.has_status(403).hides("Bob Baker was");
    }
    // An administrator stands above a user manager: shown, and not theirs to change.
    let page = opens(&uma, &format!("/users/{}", acme.alice().id)).await.has_status(200);
    page.shows("It does not allow you to change or remove somebody who is Administrator.").hides("/edit");
    opens(&uma, &format!("/users/{}/edit", acme.alice().id)).await.has_status(403);
});

story!(
    /// MEM-3 (S1): access is changed where it is shown; nothing else of the user is touched, and what could not be saved is kept.
    access_is_changed_on_the_overview, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    let here = format!("/users/{}", bob.id);
    let path = format!("{here}/edit?back=%2Fusers%2F{}", bob.id);
    let page = opens(&alice, &here).await.has_status(200).shows("Save access").shows("name=\"part\" value=\"access\"");
    let (version, was) = (field(&page, "version"), field(&page, "was"));
    let sent = [("part", "access"), ("version", &*version), ("was", &*was)];
    let typed = |more: &[(&'static str, &'static str)]| [&sent[..], more].concat();
    let chosen = typed(&[("role", "user"), ("permission", "users:view"), ("feature", "true")]);
    let done = submits(&alice, &path, &chosen).await.has_status(303);
    assert_eq!(done.headers["location"], here);
    says(&follows(&alice, &done).await, &["Bob Baker is saved.", "View Users: granted directly", "1 permission: 1 direct."]);
    let now = alice.get(&format!("members/{}", bob.id)).await;
    assert_eq!((now.text_at("/firstName"), now.text_at("/lastName")), ("Bob".to_owned(), "Baker".to_owned()));
    // From a page that somebody else was quicker than: said, with what was ticked.
    let late = submits(&alice, &path, &typed(&[("role", "user"), ("permission", "users:edit")])).await.has_status(409);
    let late = late.shows("Not saved. Bob Baker was changed").shows("value=\"users:edit\" checked");
    late.shows("value=\"Baker\"");
    // Without a role nobody is left: the whole form is shown, the error beside its field.
    let version = field(&opens(&alice, &here).await, "version");
    let none = [("part", "access"), ("version", &*version), ("was", &*was)];
    submits(&alice, &path, &none).await.has_status(422).shows("role-error");
    // Whoever only looks has nothing to tick.
    opens(&bob, &format!("/users/{}", alice.id)).await.has_status(200).hides("Save access").shows("Why can or can’t they?");
});

story!(
    /// MEM-3 (S1, S3, S4): one form for names, contact, roles, feature access and single permissions; it acts at once, through
    /// the command of the API.
    a_user_is_edited, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    let path = edit(&bob.id);
    let form = opens(&alice, &path).await.has_status(200).shows("value=\"Bob\"").shows("Admin always has");
    let (version, was) = (field(&form, "version"), field(&form, "was"));
    let typed = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![("firstName", "Robert"), ("lastName", "Baker"), ("email", "bob@acme.test"), ("phone", "030 12"),
            ("timeZone", "Europe/Berlin"), ("locale", "de-DE"), ("role", "user"), ("feature", "true"),
            ("permission", "users:view")];
        all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        all.extend(more);
        all.into_iter().map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let send = |mut form: Vec<(&'static str, String)>| {
        form.extend([("version", version.clone()), ("was", was.clone())]);
        let (alice, path) = (alice.clone(), path.clone());
        async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            submits(&alice, &path, &form).await
        }
    };
    let wrong = send(typed(&[("phone", "x"), ("locale", "?"), ("firstName", "")])).await.has_status(422);
    wrong.shows("Not saved.").shows("value=\"x\"").shows("The first name is missing.").shows("This is no language tag.");
    opens(&bob, "/users").await.has_status(403);
    let done = send(typed(&[])).await;
    let page = follows(&alice, &done).await.shows("Robert Baker is saved.");
    page.shows("Europe/Berlin").shows("de-DE");
    opens(&bob, "/users").await.has_status(200);
    let member = acme.member("bob@acme.test").await.unwrap();
    assert_eq!((&member["crmAccess"], &member["phone"]), (&json!(true), &json!("030 12")));
    let event = alice.get("audit-events?action=member.updated").await.at("/data/0/changes");
    assert_eq!(event["phone"], json!({"from": "", "to": "030 12"}));
    assert_eq!(event["permissions"]["to"], json!({"users": ["view"]}));
    // Nothing changed, nothing recorded; nobody hands out what they may not.
    let again = opens(&alice, &path).await;
    let mut same = typed(&[]);
    same.extend([("version", field(&again, "version")), ("was", field(&again, "was"))]);
    let same: Vec<(&str, &str)> = same.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = submits(&alice, &path, &same).await;
    follows(&alice, &done).await.shows("Nothing was changed.");
    assert_eq!(alice.get("audit-events?action=member.updated").await.column("/id").len(), 1);
});

story!(
    /// MEM-3, MEM-5, ACC-5 (S1): the status stands in the same form; it acts as the actions of their own do.
    the_form_suspends_and_reactivates, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "admin").await);
    let sends = |sender: Person, id: String, name: [&'static str; 2], email: &'static str, status: &'static str| async move {
        let path = edit(&id);
        let form = opens(&sender, &path).await.has_status(200);
        let (version, was) = (field(&form, "version"), field(&form, "was"));
        let typed = [("firstName", name[0]), ("lastName", name[1]), ("email", email), ("role", "admin"), ("status", status),
            ("version", &version), ("was", &was)];
        submits(&sender, &path, &typed).await
    };
    let done = sends(alice.clone(), bob.id.clone(), ["Bobby", "Baker"], "bob@acme.test", "suspended").await;
    follows(&alice, &done).await.shows("They can&#39;t sign in here.").shows("Bobby Baker");
    bob.get("/session").await.is(401, "unauthenticated");
    let audit = acme.audit().await;
    assert_eq!(audit[audit.len() - 2..], ["member.updated", "member.suspended"]);
    let done = sends(alice.clone(), bob.id.clone(), ["Bobby", "Baker"], "bob@acme.test", "active").await;
    follows(&alice, &done).await.hides("They can&#39;t sign in here.");
    assert_eq!(acme.audit().await.last().map(String::as_str), Some("member.reactivated"));
    bob.signs_in_again().await;
    sends(bob.clone(), alice.id.clone(), ["Alice", "Archer"], "alice@acme.test", "suspended").await.has_status(303);
    alice.get("/session").await.is(401, "unauthenticated");
});

story!(
    /// MEM-4 (S1, S3): a new e-mail acts at once where the account belongs nowhere else; otherwise it says why not.
    an_e_mail_is_changed_by_an_administrator, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    let gail = acme.welcomes(&globex.owner(), "user").await;
    let edits = |id: String, email: &'static str, names: [&'static str; 2]| {
        let alice = alice.clone();
        async move {
            let path = edit(&id);
            let form = opens(&alice, &path).await.has_status(200);
            let (version, was) = (field(&form, "version"), field(&form, "was"));
            let typed = [("firstName", names[0]), ("lastName", names[1]), ("email", email), ("role", "user"), ("version", &version),
                ("was", &was)];
            submits(&alice, &path, &typed).await
        }
    };
    let done = edits(bob.id.clone(), "robert@acme.test", ["Bob", "Baker"]).await;
    follows(&alice, &done).await.shows("They sign in with robert@acme.test from now on; both addresses were told.");
    bob.get("/session").await.is(401, "unauthenticated");
    app.visitor().reads_mail_to("robert@acme.test").await;
    app.visitor().reads_mail_to("bob@acme.test").await;
    edits(bob.id.clone(), "alice@acme.test", ["Bob", "Baker"]).await.has_status(409).shows("has this address").shows("alice@acme.test");
    let gails = opens(&alice, &format!("/users/{}", gail.id)).await.has_status(200);
    gails.hides("Globex");
    let refused = edits(gail.id.clone(), "gail@acme.test", ["Gail", "Gray"]).await.has_status(409);
    refused.shows("belongs to other organizations").shows("gail@acme.test");
    assert!(acme.member("gail@acme.test").await.is_none());
});

story!(
    /// MEM-3: whoever was overtaken reads what changed meanwhile, loses nothing that they typed, and saves on top of it.
    nothing_typed_is_lost_when_somebody_was_quicker, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"]);
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    let path = edit(&bob.id);
    let form = opens(&alice, &path).await.has_status(200);
    let (version, was) = (field(&form, "version"), field(&form, "was"));
    alice.patch(&format!("members/{}", bob.id), json!({"lastName": "Brown", "role": "admin", "permissions": {"conversations": ["view"]}})).await.has_status(200);
    let typed = [("firstName", "Bobby"), ("lastName", "Baker"), ("email", "bob@acme.test"), ("phone", "030 77"), ("role", "user"),
        ("version", &version), ("was", &was)];
    let page = submits(&alice, &path, &typed).await.has_status(409);
    let text = plain(&page);
    for says in ["Not saved. Bob Brown was changed just now, after this form was opened.", "Last name Baker → Brown", "Role User → Admin",
        "Direct permissions nothing → View Conversations"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    let page = page.shows("value=\"Bobby\"").shows("value=\"Brown\"").shows("value=\"030 77\"");
    let (version, was) = (field(&page, "version"), field(&page, "was"));
    assert_eq!(acme.member("bob@acme.test").await.unwrap()["firstName"], "Bob");
    let typed = [("firstName", "Bobby"), ("lastName", "Brown"), ("email", "bob@acme.test"), ("phone", "030 77"), ("role", "admin"),
        ("version", &version), ("was", &was)];
    let done = submits(&alice, &path, &typed).await;
    follows(&alice, &done).await.shows("Bobby Brown is saved.");
    let member = acme.member("bob@acme.test").await.unwrap();
    assert_eq!((&member["roles"][0]["key"], &member["phone"]), (&json!("admin"), &json!("030 77")));
});

story!(
    /// ACC-4: the form has no more power than who sends it; what they may not grant is refused and recorded.
    the_form_grants_no_more_than_its_reader_holds, app => {
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    let bob = acme.joins("bob@acme.test", "member").await;
    let path = format!("/users/{}/edit", bob.id);
    let form = opens(&uma, &path).await.has_status(200).shows("you do not hold it").shows("does not allow you to hand out Auditor");
    let (version, was) = (field(&form, "version"), field(&form, "was"));
    let sent = |more: (&'static str, &'static str)| {
        let (uma, path, version, was) = (uma.clone(), path.clone(), version.clone(), was.clone());
        async move {
            let form = [("firstName", "Bob"), ("lastName", "Baker"), ("email", "bob@acme.test"), ("role", "member"), more,
                ("version", &version), ("was", &was)];
            submits(&uma, &path, &form).await
        }
    };
    sent(("role", "auditor")).await.has_status(403).shows("Not saved.");
    sent(("permission", "settings:manage")).await.has_status(403).shows("you do not hold settings:");
    assert_eq!(acme.refusals().await, ["member.updated", "member.updated"]);
    sent(("permission", "sessions:view")).await.has_status(303);
});
