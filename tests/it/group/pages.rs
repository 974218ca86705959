//! Teams and projects in the console (TEAM-1, TEAM-2, CON-3).

use serde_json::json;

use crate::story::console::{field, follows, opens, plain, row, says, submits};

story!(
    /// TEAM-1, TEAM-2: from the first one to its deletion, with forms alone.
    a_group_is_made_filled_and_deleted, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    for (list, word) in [("teams", "team"), ("projects", "project")] {
        let page = opens(&alice, &format!("/{list}")).await.has_status(200);
        says(&page, &[&format!("No {list} yet"), &format!("Create the first {word}")]);
        opens(&alice, &format!("/{list}/new")).await.has_status(200).shows("name=\"description\"");
        let refused = submits(&alice, &format!("/{list}"), &[("name", " "), ("description", "Keeps <b>")]).await.has_status(422);
        says(&refused, &["Not saved.", "The name is missing."]);
        refused.shows("Keeps &#60;b&#62;");
        let done = submits(&alice, &format!("/{list}"), &[("name", "Sales & Co"), ("description", "Sells")]).await;
        let path = done.headers["location"].to_str().unwrap().to_owned();
        let page = follows(&alice, &done).await;
        says(&page, &["Sales & Co", "Sells", "Nobody is in it yet", "Nothing is shared with this"].map(|t| t.replace('&', "&#38;"))
            .iter().map(String::as_str).collect::<Vec<_>>());
        let taken = submits(&alice, &format!("/{list}"), &[("name", "SALES & co"), ("description", "")]).await.has_status(409);
        taken.shows(&format!("There is a {word} of this name already."));
        // Adding people.
        let add = format!("{path}/people");
        let form = opens(&alice, &format!("{add}?q=bob")).await.has_status(200).shows(&bob.id);
        form.hides("alice@acme.test</small>");
        says(&opens(&alice, &format!("{add}?q=xyz")).await, &["Nobody found"]);
        submits(&alice, &add, &[("q", "")]).await.has_status(422).shows("Tick the people to add.");
        let done = submits(&alice, &add, &[("member", &bob.id), ("member", &alice.id)]).await;
        let page = follows(&alice, &done).await;
        says(&page, &["2 people are in Sales", "Bob Baker"]);
        says(&opens(&alice, &format!("{path}?q=nobody")).await, &["Nobody found"]);
        says(&opens(&alice, &add).await, &["In it already"]);
        // In the person's console, with the way here.
        opens(&alice, &format!("/users/{}", bob.id)).await.shows(&format!("href=\"{path}\""));
        let done = submits(&alice, &format!("{path}/people/{}/take-out", alice.id), &[]).await;
        says(&follows(&alice, &done).await, &["is out of Sales"]);
        // Editing, and somebody quicker.
        let form = opens(&alice, &format!("{path}/edit")).await;
        let version = field(&form, "version");
        let id = path.rsplit('/').next().unwrap();
        alice.patch(&format!("{list}/{id}"), json!({"description": "Sells more"})).await.has_status(200);
        let typed = [("name", "Trade"), ("description", "Mine"), ("version", &*version)];
        let page = submits(&alice, &format!("{path}/edit"), &typed).await.has_status(412);
        says(&page, &["Not saved.", "Sells more"]);
        let version = field(&page, "version");
        let typed = [("name", "Trade"), ("description", "Mine"), ("version", &*version)];
        says(&follows(&alice, &submits(&alice, &format!("{path}/edit"), &typed).await).await, &["Trade is saved.", "Mine"]);
        let listed = row(&opens(&alice, &format!("/{list}?q=tra")).await, "Trade");
        assert_eq!(listed, format!("Trade Mine BB 1 person 0 Edit {word} Add people Delete {word}"));
        says(&opens(&alice, &format!("/{list}?q=nothing")).await, &[&format!("No {word} found")]);
        // Deleting says what it closes.
        let rule = json!([{word: id, "level": "edit"}]);
        let thing = json!({"name": "Rates", "category": "settings", "visibility": "restricted", "access": rule});
        alice.put(&format!("resources/agent/{word}"), thing).await.has_status(201);
        says(&opens(&alice, &path).await, &["Rates agent Edit", &format!("This {word} alone")]);
        let ask = opens(&alice, &format!("{path}/delete")).await.has_status(200);
        says(&ask, &["Delete Trade?", "1 person is taken out of it.", "1 person can no longer reach Rates (agent)."]);
        let version = field(&ask, "version");
        let wrong = [("confirm", "trade"), ("version", &*version)];
        submits(&alice, &format!("{path}/delete"), &wrong).await.has_status(422).shows("Type the name exactly");
        let done = submits(&alice, &format!("{path}/delete"), &[("confirm", "Trade"), ("version", &*version)]).await;
        says(&follows(&alice, &done).await, &["The", "Trade is deleted. 1 person is out of it."]);
        opens(&alice, &path).await.has_status(404);
    }
});

story!(
    /// ACC-3, ACC-4: what one may not see is not shown; whom one may not manage one does not add, and hears why, person by person.
    each_is_judged_on_their_own, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("olga@acme.test").await;
    let olga = acme.owner();
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let uma = acme.joins("uma@acme.test", "user").await;
    let id = olga.post("teams", json!({"name": "Sales"})).await.text_at("/id");
    let path = format!("/teams/{id}");
    let form = opens(&adam, &format!("{path}/people")).await.has_status(200);
    says(&form, &["Their role is beyond what yours may manage.", "You can't add yourself."]);
    let page = submits(&adam, &format!("{path}/people"), &[("member", &olga.id), ("member", &uma.id), ("member", &adam.id)]).await;
    says(&page.has_status(200), &["Bob Baker is in Sales now.", "2 people were not added", "olga@acme.test"]);
    says(&opens(&olga, &path).await, &["1 person", "uma@acme.test"]);
    opens(&uma, &path).await.has_status(403);
    olga.patch(&format!("members/{}", uma.id), json!({"permissions": {"teams": ["view"]}})).await.has_status(200);
    let page = opens(&uma, &path).await.has_status(200).hides("@acme.test</small>").hides("Take out").hides("Delete team");
    says(&page, &["Sales", "Who is in it is shown to people who may see users."]);
    // The navigation shows what may be seen.
    assert!(plain(&page).contains("People Teams"), "{}", plain(&page));
    page.hides("href=\"/projects\"").hides("href=\"/resources\"");
    app.leaves_any_mail();
});
