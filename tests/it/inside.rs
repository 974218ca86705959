//! Stories about the console's pages inside an organization, told as a browser without script tells them: GET, forms,
//! redirects (CON-1, MEM-1 to MEM-6, INV-1 to INV-7).

use serde_json::json;

use crate::story::console::{follows, opens, read, submits};
use crate::story::person::PASSWORD;

story!(
    /// The list shows everybody to whoever may look, and offers only what the reader may do.
    the_list_offers_what_the_reader_may_do, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let monitor = acme.joins("mona@acme.test", "monitor").await;
    let agent = acme.joins("bob@acme.test", "agent_user").await;
    let page = opens(&acme.alice(), "/users").await.has_status(200);
    let page = page.shows("alice@acme.test").shows("mona@acme.test").shows("/users/new");
    let menu = |of: &str| format!("/users/{of}/menu");
    let manager = acme.joins("mia@acme.test", "manager").await;
    page.shows(&menu(&monitor.id));
    let locked = opens(&manager, &menu(&acme.alice().id)).await.has_status(200);
    locked.shows("It does not allow you to change or remove somebody who is Admin.").hides("/suspend");
    opens(&acme.alice(), &menu(&monitor.id)).await.has_status(200).shows("/suspend");
    // Nobody acts on themselves.
    opens(&acme.alice(), &menu(&acme.alice().id)).await.has_status(200).hides(&format!("/users/{}/", acme.alice().id));
    let page = opens(&monitor, "/users").await.has_status(200).shows("bob@acme.test");
    page.hides("/users/new");
    opens(&monitor, "/users").await.hides(&menu(&agent.id));
    let refused = opens(&agent, "/users").await.has_status(403).shows("users:view");
    refused.shows("Ask Alice Archer (Admin)");
    opens(&app.visitor(), "/users").await.has_status(303);
});

story!(
    /// Search, tab, role and order stand in the address; one walks through the pages and back.
    the_list_is_searched_and_paged, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    opens(&acme.alice(), "/users").await.shows("You are the only one here");
    for name in ["bob", "carl", "dora"] {
        acme.joins(&format!("{name}@acme.test"), "user").await;
    }
    let alice = acme.alice();
    opens(&alice, "/users?q=CARL").await.shows("carl@acme.test").shows("1 of 1 shown").hides("dora@acme.test");
    opens(&alice, "/users?status=suspended").await.shows("Nobody found");
    opens(&alice, "/users?role=admin").await.shows("1 of 1 shown");
    // What is done from a filtered list leads back to it, and to nowhere else.
    let carl = acme.member_id("carl@acme.test").await;
    let form = format!("/users/{carl}/suspend?back=%2Fusers%3Fq%3DCARL");
    opens(&alice, "/users?q=CARL").await.shows("name=\"back\" value=\"/users?q=CARL\"");
    opens(&alice, &format!("/users/{carl}/menu?back=%2Fusers%3Fq%3DCARL")).await.shows(&form);
    opens(&alice, &form).await.shows("href=\"/users?q=CARL\"").shows(&form);
    let done = submits(&alice, &form, &[]).await.has_status(303);
    assert_eq!(done.headers["location"], "/users?q=CARL");
    let done = submits(&alice, &format!("/users/{carl}/reactivate?back=%2F%2Fevil.test"), &[]).await;
    assert_eq!(done.headers["location"], "/users");
    let first = opens(&alice, "/users?limit=3&sort=email").await.shows("3 of 4 shown");
    let text = read(&first);
    let next = text.split("href=\"").find(|part| part.starts_with("/users?") && part.contains("cursor=")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let second = opens(&alice, &next).await.has_status(200).shows("dora@acme.test").shows("1 more of 4");
    second.shows("rel=\"prev\"").hides("carl@acme.test");
    opens(&alice, "/users?cursor=nonsense").await.has_status(400);
});

story!(
    /// After a form the next page says once what happened; a role acts from the next click, and so does a suspension.
    what_a_form_does_acts_at_the_next_click, app => {
    app.leaves_mail("role_changed", &["bob@acme.test"]);
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "agent_user").await;
    let (alice, path) = (acme.alice(), format!("/users/{}", bob.id));
    opens(&bob, "/users").await.has_status(403);
    opens(&alice, &format!("{path}/role")).await.has_status(200).shows("Change role of Bob Baker");
    let done = submits(&alice, &format!("{path}/role"), &[("role", "monitor")]).await;
    let page = follows(&alice, &done).await.shows("Bob Baker now has the role Monitor");
    assert!(page.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "{page}");
    opens(&alice, "/users").await.hides("now has the role");
    opens(&bob, "/users").await.has_status(200);
    opens(&alice, &format!("{path}/suspend")).await.has_status(200).shows("Suspend Bob Baker?");
    let done = submits(&alice, &format!("{path}/suspend"), &[]).await;
    follows(&alice, &done).await.shows("Suspended");
    opens(&bob, "/users").await.has_status(303);
    submits(&alice, &format!("{path}/suspend"), &[]).await.has_status(409).shows("Only an active member");
    let done = submits(&alice, &format!("{path}/reactivate"), &[]).await;
    follows(&alice, &done).await.shows("Bob Baker can sign in again.");
});

story!(
    /// The pages refuse what the commands refuse: a role outside the grant rule, one's own, the last one in charge.
    a_page_has_no_more_power_than_its_reader, app => {
    let acme = app.organization("Acme").preset("owner-admin-manager").owned_by("alice@acme.test").await;
    let admin = acme.joins("ada@acme.test", "admin").await;
    let bob = acme.joins("bob@acme.test", "bot_manager").await;
    let before = acme.member("bob@acme.test").await;
    let form = [("role", "owner")];
    submits(&admin, &format!("/users/{}/role", bob.id), &form).await.has_status(403).shows("Not done.");
    submits(&admin, &format!("/users/{}/role", admin.id), &form).await.has_status(403);
    submits(&acme.alice(), &format!("/users/{}/suspend", acme.alice().id), &[]).await.has_status(403);
    submits(&bob, &format!("/users/{}/suspend", admin.id), &[]).await.has_status(403);
    assert_eq!(acme.member("bob@acme.test").await, before);
    assert!(acme.refusals().await.len() >= 3);
});

story!(
    /// A refused form keeps what was typed, says what is wrong beside each field, and never repeats a password.
    a_refused_form_keeps_what_was_typed, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let typed = [("firstName", "Cora<b>"), ("lastName", ""), ("email", "cora@acme"), ("phone", "x"),
        ("password", "tram harbour 9 lemons"), ("role", "user")];
    let page = submits(&acme.alice(), "/users", &typed).await.has_status(422);
    let page = page.shows("Cora&#60;b&#62;").shows("cora@acme").shows("The last name is missing.");
    let page = page.shows("aria-invalid=\"true\"").shows("Not created.");
    let page = page.hides("tram harbour").hides("Cora<b>");
    assert!(read(&page).contains("This is not a full e-mail address."), "{page}");
    let typed = [("firstName", "Cora"), ("lastName", "Cook"), ("email", "cora@acme.test"), ("password", PASSWORD),
        ("role", "user"), ("feature", "true")];
    let done = submits(&acme.alice(), "/users", &typed).await;
    follows(&acme.alice(), &done).await.shows("Cora Cook can sign in now.");
    assert_eq!(acme.member("cora@acme.test").await.unwrap()["crmAccess"], true);
});

story!(
    /// Removing takes the typed address; an invited person's invitation is withdrawn without it.
    removing_is_confirmed_by_typing, app => {
    let acme = app.organization("Acme").seats(5).owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let (alice, path) = (acme.alice(), format!("/users/{}/remove", bob.id));
    let asked = opens(&alice, &path).await.has_status(200).shows("<code>bob@acme.test</code>");
    asked.shows("Frees 1 seat: 1 of 5 used.");
    submits(&alice, &path, &[("confirm", "bob")]).await.has_status(422).shows("exactly");
    assert!(acme.member("bob@acme.test").await.is_some());
    let done = submits(&alice, &path, &[("confirm", "bob@acme.test")]).await;
    follows(&alice, &done).await.shows("Bob Baker has no place here any more.");
    assert!(acme.member("bob@acme.test").await.is_none());
    alice.invites("carl@acme.test").await;
    let path = format!("/users/{}/remove", acme.member_id("carl@acme.test").await);
    opens(&alice, &path).await.shows("Revoke the invitation of carl@acme.test?");
    let done = submits(&alice, &path, &[]).await;
    follows(&alice, &done).await.shows("was revoked");
    app.leaves_any_mail();
});

story!(
    /// One address leads to the list; many show what came of each, and those that failed stay in the form.
    inviting_one_or_many, app => {
    let acme = app.organization("Acme").seats(4).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let one = [("emails", " bob@acme.test "), ("firstName", "Bob"), ("role", "user"), ("message", "Hello & <i>")];
    let done = submits(&alice, "/invitations", &one).await;
    let page = follows(&alice, &done).await.shows("bob@acme.test is invited. The letter is kept on the server.");
    page.shows("Hello &#38; &#60;i&#62;").shows("Pending");
    let many = [("emails", "bob@acme.test, Carl Cox <carl@acme.test>\nnobody@\ncarl@acme.test alice@acme.test"), ("role", "user")];
    let page = submits(&alice, "/invitations", &many).await.has_status(200);
    let page = page.shows("Resent").shows("Created").shows("Ignored").shows("Failed").shows("3 of 4");
    let kept = read(&page);
    let kept = kept.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap().to_owned();
    assert!(kept.ends_with("nobody@\nalice@acme.test") && !kept.contains("carl"), "{kept}");
    submits(&alice, "/invitations", &[("emails", "alice@acme.test"), ("role", "user")]).await.has_status(409).shows("Nothing was sent.");
    submits(&alice, "/invitations", &[("emails", " "), ("role", "user")]).await.has_status(422);
    submits(&alice, "/invitations", &[("emails", "d@acme.test e@acme.test"), ("role", "user")]).await.shows("All seats are taken");
    opens(&alice, "/invitations/new").await.shows("All 4 seats are in use.");
    app.leaves_any_mail();
});

story!(
    /// An invitation is sent again and withdrawn by POST; its link is shown only where the organization allows it, and
    /// that is recorded.
    an_invitation_from_the_list, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let invitation = alice.invites("bob@acme.test").await;
    let path = format!("/invitations/{}", invitation["id"].as_str().unwrap());
    opens(&alice, "/invitations").await.shows(&format!("{path}/resend")).hides(&format!("{path}/link"));
    submits(&alice, &format!("{path}/link"), &[]).await.has_status(403).shows("links go by mail only");
    alice.patch("", json!({"settings": {"linksMayBeCopied": true}})).await.has_status(200);
    let shown = submits(&alice, &format!("{path}/link"), &[]).await.has_status(200);
    let letter = alice.reads_mail_to("bob@acme.test").await;
    let shown = shown.shows("https://roster.test/invitations/").hides(&letter.token).shows("stays unverified");
    shown.shows("Whoever opens it can join as User");
    assert!(acme.audit().await.contains(&"invitation.link_copied".to_owned()), "{:?}", acme.audit().await);
    let done = submits(&alice, &format!("{path}/resend"), &[]).await;
    follows(&alice, &done).await.shows("A new letter to bob@acme.test is kept on the server.");
    opens(&alice, &format!("{path}/revoke")).await.has_status(200);
    assert!(acme.member("bob@acme.test").await.is_some());
    let done = submits(&alice, &format!("{path}/revoke"), &[]).await;
    follows(&alice, &done).await.shows("was revoked");
    let settled = submits(&alice, &format!("{path}/revoke"), &[]).await.has_status(409).shows("Not done.");
    settled.hides("stops working").hides("btn-danger");
    let refused = submits(&alice, &format!("{path}/resend"), &[]).await.has_status(409);
    refused.shows("The letter was not sent again").shows("Back to the list");
    let again = "/invitations/new?emails=bob%40acme.test";
    opens(&alice, "/invitations").await.shows(again).hides("/resend");
    opens(&alice, &format!("{again}&role=admin")).await.shows("bob@acme.test</textarea>");
    app.leaves_any_mail();
});

story!(
    /// One person in two organizations sees one at a time and switches; somebody in none is told so.
    switching_the_organization, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = acme.welcomes(&globex.owner(), "admin").await;
    opens(&gail, "/organizations").await.has_status(200).shows("Acme").shows("Globex");
    submits(&gail, "/organizations", &[("organization", &globex.id.to_string())]).await.has_status(303);
    opens(&gail, "/users").await.shows("gail@globex.test").hides("alice@acme.test");
    submits(&gail, "/organizations", &[("organization", "acme")]).await.has_status(303);
    opens(&gail, "/users").await.shows("alice@acme.test");
    submits(&gail, "/organizations", &[("organization", "nowhere")]).await.has_status(404);
    let bob = acme.joins("bob@acme.test", "user").await;
    let stays = bob.with_token(&bob.signs_in().await.text_at("/token"));
    let form = [("confirm", "bob@acme.test")];
    submits(&acme.alice(), &format!("/users/{}/remove", bob.id), &form).await.has_status(303);
    // The account is erased with its last membership in this preset, or else belongs nowhere.
    assert_eq!(opens(&stays, "/users").await.status, 303);
});

story!(
    /// R23: a form that was opened in one organization makes nothing in another that one switched to meanwhile.
    a_form_stays_in_its_organization, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let other = app.organization("Other").owned_by("olga@other.test").await;
    let alice = acme.alice();
    other.welcomes(&alice, "admin").await;
    alice.put("/session/organization", json!({"organization": "acme"})).await.has_status(200);
    let page = opens(&alice, "/invitations/new").await.has_status(200);
    let id = acme.id.to_string();
    page.shows(&format!("name=\"organization\" value=\"{id}\""));
    alice.put("/session/organization", json!({"organization": "other"})).await.has_status(200);
    let form = [("organization", id.as_str()), ("emails", "hire@example.test"), ("role", "admin")];
    submits(&alice, "/invitations", &form).await.has_status(409).shows("opened in another tenant");
    let form = [("organization", id.as_str()), ("firstName", "A"), ("lastName", "B"), ("email", "hire@example.test"),
        ("password", "an orange bicycle downhill"), ("role", "user")];
    submits(&alice, "/users", &form).await.has_status(409).shows("opened in another tenant");
    for organization in [&acme, &other] {
        assert!(organization.member("hire@example.test").await.is_none());
    }
});
