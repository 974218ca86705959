//! Stories about what the console says when something is not there, not allowed, not possible or not set up (CON-3,
//! ACC-3, MEM-13).

use axum::http::Method;
use serde_json::json;

use crate::story::console::{follows, opens, plain, submits};
use crate::story::{Answer, Request};

/// What stands on every page inside an organization, and on no other.
const FRAME: &str = "id=\"workspaces\"";

fn inside(page: Answer, organization: &str) -> Answer {
    page.shows(FRAME).shows("Your account, ").shows("Sign out").shows(&format!("<span>{organization}</span>"))
}

story!(
    /// CON-3: who may not see a page keeps their own frame, and reads there which permission is missing and who can help.
    a_refused_look_says_what_is_missing_and_who_can_help, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let agent = acme.joins("bob@acme.test", "agent_user").await;
    for path in ["/users", "/invitations/new", "/sessions", "/audit"] {
        let page = inside(opens(&agent, path).await.has_status(403), "Acme");
        let text = plain(&page);
        assert!(text.contains("in Acme. Your role"), "{text}");
        assert!(text.contains("Your role here is AgentUser. Ask Alice Archer (Admin) to give you a role with it."), "{text}");
        // ACC-3: names of those who can help, and nothing else of anybody.
        page.shows("href=\"/profile\"").hides("alice@acme.test").hides("href=\"/users\"").hides("Find a person");
    }
    let form = [("emails", "carl@acme.test")];
    inside(submits(&agent, "/invitations", &form).await.has_status(403).shows("users:create"), "Acme");
    // Who may see lists is led to one of them.
    let monitor = acme.joins("mona@acme.test", "monitor").await;
    let page = inside(opens(&monitor, "/invitations/new").await.has_status(403), "Acme");
    page.shows("Back to Invitations").shows("users:create").shows("Ask Alice Archer (Admin)");
    // The interface says it as before.
    agent.get("members").await.is(403, "forbidden");
});

story!(
    /// What is not there, or belongs to others, is one and the same page inside the reader's own frame.
    what_is_not_there_is_told_inside_the_frame, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let globex = app.organization("Globex").owned_by("hank@globex.test").await;
    let alice = acme.alice();
    let page = inside(opens(&alice, "/nonsense").await.has_status(404), "Acme");
    page.shows("Nothing here").shows("Go to Users").hides("Globex");
    let foreign = opens(&alice, &format!("/users/{}", globex.owner().id)).await.has_status(404);
    let unknown = opens(&alice, "/users/mem_00000000000000000000000000").await.has_status(404);
    assert_eq!(foreign.text(), unknown.text());
    inside(foreign, "Acme").shows("Back to Users").hides("Globex").hides("hank");
    // Whoever is nobody here, or in no organization, sees no frame.
    opens(&app.visitor(), "/nonsense").await.has_status(404).shows("Nothing here").hides(FRAME);
    alice.send(Request::new(Method::HEAD, "/nonsense")).await.has_status(404);
    let bob = acme.joins("bob@acme.test", "user").await;
    alice.delete(&format!("members/{}", bob.id)).await.succeeds();
    opens(&bob, "/nonsense").await.has_status(404).hides(FRAME).hides("Acme");
    // Pages for everybody stay outside, and the interface says it as before.
    opens(&alice, "/mailbox").await.has_status(404).hides(FRAME);
    opens(&alice, "/api/v1/nonsense").await.is(404, "not_found");
    submits(&alice, "/users/nonsense/nonsense", &[]).await.has_status(404).shows(FRAME);
    alice.send(Request::new(Method::DELETE, "/users")).await.has_status(405).shows(FRAME).shows("Not understood");
});

story!(
    /// A problem that a handler meets is told inside the frame too, and the way on leads back to the list.
    other_problems_are_told_inside_the_frame, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let page = inside(opens(&alice, "/users?cursor=nonsense").await.has_status(400), "Acme");
    page.shows("Not understood").shows("Back to Users");
    let other = [("organization", "org_00000000000000000000000000"), ("emails", "bob@acme.test")];
    let page = inside(submits(&alice, "/invitations", &other).await.has_status(409), "Acme");
    page.shows("Not done").shows("You are in Acme now").shows("Back to Invitations");
    // What the last action left to say is said once, here as anywhere.
    let bob = acme.joins("bob@acme.test", "user").await;
    let done = submits(&alice, &format!("/users/{}/suspend", bob.id), &[]).await.has_status(303);
    let cookie = done.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let lost = alice.send(Request::new(Method::GET, "/nonsense").header("cookie", &cookie)).await.has_status(404);
    assert!(lost.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "{lost}");
    follows(&alice, &done).await.shows("Bob Baker");
});

story!(
    /// SES-9: the waiting time stands beside the form, which keeps the address.
    too_many_attempts_are_told_beside_the_form, app => {
    let _acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let form = [("email", "alice@acme.test"), ("password", "certainly not this one")];
    for _ in 0..10 {
        submits(&app.visitor(), "/sign-in", &form).await.has_status(401);
    }
    let page = submits(&app.visitor(), "/sign-in", &form).await.has_status(429);
    assert_eq!(page.headers["retry-after"], "1", "{page}");
    page.shows("Not signed in.").shows("Try again in a second.").shows("value=\"alice@acme.test\"").shows("name=\"password\"");
});

story!(
    /// OPS-1: where no mail server is set up, whoever invites is told that nothing goes out by itself.
    who_invites_learns_that_letters_are_kept, app => {
    let acme = app.organization("Acme").preset("ranked-workspace").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for path in ["/invitations", "/invitations/new"] {
        // Under a public name the mailbox is nobody's to see, so it is not offered.
        let page = opens(&alice, path).await.shows("No mail server is set up.").shows("ROSTER_SMTP_URL");
        page.hides("/mailbox");
    }
    let monitor = acme.joins("mona@acme.test", "monitor").await;
    opens(&monitor, "/invitations").await.has_status(200).hides("No mail server");
    let many = [("emails", "bob@acme.test, carl@acme.test"), ("role", "agent_user")];
    submits(&alice, "/invitations", &many).await.shows("Made 2 invitations.").shows("The letters are kept on the server.");
    let posts = app.process_with(&[("ROSTER_SMTP_URL", "smtp://127.0.0.1:2525")]).await;
    let alice = alice.at(&posts);
    opens(&alice, "/invitations").await.has_status(200).hides("No mail server");
    let done = submits(&alice, "/invitations", &[("emails", "dora@acme.test"), ("role", "agent_user")]).await;
    follows(&alice, &done).await.shows("An invitation is on its way to dora@acme.test.");
    app.leaves_any_mail();
});

/// The buttons that invite and create, disabled.
const SHUT: [&str; 3] = [
    "btn btn-primary\" type=\"button\" disabled",
    "btn btn-primary\" disabled",
    "btn btn-primary grow\" disabled",
];

story!(
    /// MEM-13: from nine tenths on the meter warns; when it is full, inviting and creating are shut with the reason and
    /// the way out.
    the_pages_warn_and_shut_at_the_limit, app => {
    let acme = app.organization("Acme").seats(10).owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for n in 2..=8 {
        alice.invites(&format!("p{n}@example.test")).await;
    }
    opens(&alice, "/users").await.shows("2 left").hides("Only ");
    alice.invites("p9@example.test").await;
    for path in ["/users", "/users/new", "/invitations/new"] {
        opens(&alice, path).await.shows("Only 1 seat left").hides(SHUT[0]).hides(SHUT[1]).hides(SHUT[2]);
    }
    alice.invites("p10@example.test").await;
    for path in ["/users", "/users/new", "/invitations", "/invitations/new"] {
        let page = opens(&alice, path).await.shows("All 10 seats are in use.").shows("first remove somebody");
        assert!(SHUT.iter().any(|button| page.text().contains(button)), "{page}");
    }
    opens(&alice, "/invitations").await.hides("href=\"/invitations/new\"").shows("See who is here");
    let upgrade = json!({"settings": {"upgradeUrl": "https://acme.test/plans"}});
    app.operator().await.patch(&format!("/organizations/{}", acme.id), upgrade).await.has_status(200);
    for path in ["/users", "/users/new", "/invitations", "/invitations/new"] {
        opens(&alice, path).await.shows("href=\"https://acme.test/plans\"").shows("Get more seats");
    }
    app.leaves_any_mail();
});

story!(
    /// Who is found by the search and hidden by the filters is named where nobody is found.
    a_search_that_filters_hide_names_the_near_ones, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    let page = opens(&acme.alice(), "/users?q=bob&status=suspended").await.shows("Nobody found");
    page.shows("Without the filters:").shows(&format!("href=\"/users/{}\"", bob.id)).shows("Clear filters");
    opens(&acme.alice(), "/users?q=zzz&status=suspended").await.shows("Nobody found").hides("Without the filters");
});
