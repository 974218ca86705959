//! Stories about the list of users in the console: its filters and orders, the file of it, and editing from it (MEM-1, MEM-3,
//! MEM-12).

use serde_json::json;

use crate::story::console::{field, follows, link, opens, plain, submits};
use crate::story::organization::Places;

story!(
    /// MEM-1: every filter and order stands in the address, and whatever one does next keeps it.
    every_filter_stays_in_the_address, app => {
    let acme = app.organization("Acme").preset("owner-admin-manager").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    opens(&alice, "/users").await.hides("Any project").hides("Any team");
    let Places { project, team, other_team, .. } = acme.has_places().await;
    acme.joins_with("bob@acme.test", json!({"projects": [project], "teams": [team]})).await;
    acme.joins_with("carl@acme.test", json!({"projects": [project]})).await;
    acme.joins("dora@acme.test", "admin").await;
    let page = opens(&alice, &format!("/users?project={project}")).await.has_status(200).shows("Any project").shows("Any team");
    let page = page.shows("bob@acme.test").shows("carl@acme.test").hides("dora@acme.test").shows("2 of 2 shown");
    page.shows(&format!("<option value=\"{project}\" selected>Harbour"));
    let path = format!("/users?project={project}&notSignedInDays=0&sort=-createdAt&limit=1");
    app.waits(1);
    let page = opens(&alice, &path).await.has_status(200).shows("Not for 0 days").shows("1 of 2 shown");
    let page = page.shows("value=\"-createdAt\" selected>Newest first").shows("carl@acme.test");
    for part in ["status=active", "sort=role", "cursor="] {
        let next = link(&page, part);
        assert!(next.contains(&format!("project={project}")) && next.contains("notSignedInDays=0"), "{next}");
    }
    // What the form has no field for goes along unseen; a tab counts nothing that it does not show.
    page.shows("name=\"limit\" value=\"1\"").hides("All <span>");
    let second = opens(&alice, &link(&opens(&alice, &path).await, "cursor=")).await.has_status(200);
    second.shows("bob@acme.test").hides("carl@acme.test");
    opens(&alice, &format!("/users?team={team}&status=active")).await.shows("bob@acme.test").shows("1 of 1 shown");
    opens(&alice, &format!("/users?team={other_team}")).await.shows("Nobody found");
    opens(&alice, "/users?notSignedInDays=x").await.has_status(400);
});

story!(
    /// MEM-1: by name, e-mail, role, last login or age, and the other way round.
    the_list_is_sorted, app => {
    let acme = app.organization("Acme").owned_by("zoe@acme.test").await;
    app.waits(1);
    let dora = acme.joins("dora@acme.test", "user").await;
    app.waits(1);
    acme.joins("carl@acme.test", "user").await;
    acme.alice().patch(&format!("members/{}", dora.id), json!({"lastName": "Young", "firstName": "Yves"})).await.has_status(200);
    let order = async |sort: &str| {
        let page = opens(&acme.alice(), &format!("/users?sort={sort}")).await.has_status(200);
        let text = plain(&page);
        let mut found: Vec<(usize, &str)> =
            ["zoe", "dora", "carl"].into_iter().map(|name| (text.rfind(&format!("{name}@")).unwrap(), name)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order("").await, "zoe carl dora");
    assert_eq!(order("-name").await, "dora carl zoe");
    assert_eq!(order("email").await, "carl dora zoe");
    assert_eq!(order("role").await, "zoe carl dora");
    assert_eq!(order("-createdAt").await, "carl dora zoe");
    assert_eq!(order("createdAt").await, "zoe dora carl");
    assert_eq!(order("-lastLogin").await, "carl dora zoe");
});

story!(
    /// MEM-12: what one sees is what one exports, with the session that one looks with.
    the_list_is_exported_as_it_is_filtered, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let bob = acme.joins("bob@acme.test", "user").await;
    acme.joins("carl@acme.test", "user").await;
    let page = opens(&acme.alice(), "/users?q=acme&role=user&sort=-email&limit=1").await.shows("Export CSV");
    let file = link(&page, "members.csv");
    assert!(file.ends_with("/members.csv?q=acme&role=user&sort=-email"), "{file}");
    let file = opens(&acme.alice(), &file).await.has_status(200).text();
    let rows: Vec<&str> = file.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(rows, ["email", "carl@acme.test", "bob@acme.test"]);
    opens(&bob, &format!("/api/v1/organizations/{}/members.csv", acme.slug)).await.has_status(403);
});

story!(
    /// MEM-3 (S1, S4): "Edit" stands first in the menu of a row, and saving shows the new values in the list that one came from.
    editing_from_the_list_leads_back_to_it, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let (alice, bob) = (acme.alice(), acme.joins("bob@acme.test", "user").await);
    for (list, renamed) in [("/users", "Robin"), ("/users?q=acme", "Rob")] {
        let back = serde_html_form::to_string([("back", list)]).unwrap();
        let page = opens(&alice, &format!("/users/{}/menu?{back}", bob.id)).await.has_status(200);
        let text = plain(&page);
        let at = |what: &str| text.rfind(what).unwrap_or_else(|| panic!("{what}: {text}"));
        assert!(at("Edit") < at("Suspend") && at("Suspend") < at("Delete user"), "{text}");
        let edit = link(&page, &format!("{}/edit", bob.id));
        let form = opens(&alice, &edit).await.has_status(200).shows(&format!("href=\"{list}\" data-close>Cancel"));
        let (version, was) = (field(&form, "version"), field(&form, "was"));
        let first = field(&form, "firstName");
        let typed = |first| {
            [("firstName", first), ("lastName", "Baker"), ("email", "bob@acme.test"), ("role", "user"),
                ("version", &*version), ("was", &*was)]
        };
        let same = submits(&alice, &edit, &typed(&first)).await.has_status(303);
        assert_eq!(same.headers["location"], list);
        let wrong = submits(&alice, &edit, &[("firstName", ""), ("version", &version), ("was", &was)]).await.has_status(422);
        wrong.shows(&edit.replace('&', "&#38;"));
        let done = submits(&alice, &edit, &typed(renamed)).await.has_status(303);
        assert_eq!(done.headers["location"], list);
        follows(&alice, &done).await.shows(&format!("{renamed} Baker is saved."));
    }
    let own = opens(&alice, &format!("/users/{}/menu", alice.id)).await.has_status(200);
    own.shows("Your profile").hides(&format!("{}/edit", alice.id));
    // The page of the user has its own button, which leads back to the page, as its form about access does.
    let page = opens(&alice, &format!("/users/{}", bob.id)).await;
    for leads in ["href", "action"] {
        let back = format!("{leads}=\"/users/{0}/edit?back=%2Fusers%2F{0}\"", bob.id);
        assert!(page.text().contains(&back), "{back}");
    }
    assert!(!page.text().contains(&format!("{}/edit\"", bob.id)));
});

story!(
    /// MEM-1: the button of a row leads to its menu, and is missing where the menu would be empty.
    rows_have_a_menu_where_something_may_be_done, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let (alice, reader) = (acme.alice(), acme.joins("bob@acme.test", "auditor").await);
    let manager = acme.joins("mia@acme.test", "user_manager").await;
    alice.invites("carl@acme.test").await;
    let invited = acme.member_id("carl@acme.test").await;
    for person in [&alice, &manager, &reader] {
        let list = opens(person, "/users").await.has_status(200);
        for id in [&alice.id, &manager.id, &reader.id, &invited] {
            let path = format!("/users/{id}/menu");
            let offered = list.text().contains(&format!("formaction=\"{path}\""));
            opens(person, &path).await.has_status(if offered { 200 } else { 404 });
            assert_eq!(offered, person.id != reader.id || *id == reader.id, "{id} to {}", person.id);
        }
    }
});
