//! Who is in a team or project, and who may say so (TEAM-1, ACC-4).

use serde_json::json;

story!(
    /// TEAM-1, TEAM-2: people come and go, the invited too; the member tells it, the trail tells it, and what changed nothing
    /// is told nowhere.
    people_are_added_and_taken_out, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let bob = acme.joins("bob@acme.test", "user").await;
    alice.invites("ina@acme.test").await;
    let ina = acme.member_id("ina@acme.test").await;
    for (list, field) in [("teams", "/teams/0/name"), ("projects", "/projects/0/name")] {
        let id = alice.post(list, json!({"name": "Sales"})).await.has_status(201).text_at("/id");
        let of = |member: &str| format!("{list}/{id}/members/{member}");
        let before = acme.member("bob@acme.test").await.unwrap();
        alice.put(&of(&bob.id), json!({})).await.has_status(204);
        alice.put(&of(&bob.id), json!({})).await.has_status(204);
        alice.put(&of(&ina), json!({})).await.has_status(204);
        let after = alice.get(&format!("members/{}", bob.id)).await.says(field, "Sales").json();
        assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|v| v + 1));
        let page = alice.get(&format!("{list}/{id}/members?count=true")).await.has_status(200).says("/total", 2);
        assert_eq!(page.column("/email"), ["bob@acme.test", "ina@acme.test"]);
        assert_eq!(alice.get(&format!("{list}/{id}/members?q=BAK")).await.column("/email"), ["bob@acme.test"]);
        alice.get(&format!("{list}/{id}")).await.says("/memberCount", 2);
        alice.delete(&of(&bob.id)).await.has_status(204);
        alice.delete(&of(&bob.id)).await.has_status(204);
        alice.get(&format!("{list}/{id}")).await.says("/memberCount", 1);
        alice.put(&of("mem_01h455vb4pex5vsknk084sn02q"), json!({})).await.is(404, "not_found");
        alice.put(&of("nobody"), json!({})).await.is(404, "not_found");
    }
    let told = ["team.created", "member.updated", "member.updated", "member.updated"];
    let also = ["project.created", "member.updated", "member.updated", "member.updated"];
    assert_eq!(acme.audit().await[3..], [told, also].concat());
    let events = alice.get(&format!("audit-events?target={}&action=member.updated", bob.id)).await.has_status(200);
    let put_in = events.at("/data/3/changes/teams");
    assert_eq!((put_in["from"].as_array().unwrap().len(), put_in["to"].as_array().unwrap().len()), (0, 1), "{put_in}");
    app.leaves_any_mail();
});

story!(
    /// TEAM-1: the people of a team stand by name, page by page, and move when they are called otherwise, here or by themselves.
    people_of_a_team_stand_by_name, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let id = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let mut people = Vec::new();
    for name in ["Cleo", "Anna", "Ben"] {
        let person = acme.joins_with(&format!("{name}@acme.test"), json!({"teams": [id]})).await;
        alice.patch(&format!("members/{}", person.id), json!({"firstName": name, "lastName": "Åberg"})).await.has_status(200);
        people.push(person);
    }
    let path = format!("teams/{id}/members");
    assert_eq!(alice.get(&path).await.column("/firstName"), ["Anna", "Ben", "Cleo"]);
    let next = alice.get(&format!("{path}?limit=2")).await.text_at("/nextCursor");
    assert_eq!(alice.get(&format!("{path}?limit=2&cursor={next}")).await.column("/firstName"), ["Cleo"]);
    let other = alice.post("teams", json!({"name": "Other"})).await.text_at("/id");
    alice.get(&format!("teams/{other}/members?cursor={next}")).await.is(400, "invalid_cursor");
    people[0].patch("/account", json!({"firstName": "Abel"})).await.has_status(200);
    assert_eq!(alice.get(&path).await.column("/firstName"), ["Abel", "Anna", "Ben"]);
    alice.patch(&format!("members/{}", people[1].id), json!({"firstName": "Zoe"})).await.has_status(200);
    assert_eq!(alice.get(&path).await.column("/firstName"), ["Abel", "Ben", "Zoe"]);
    app.leaves_any_mail();
});

story!(
    /// ACC-4: teams open what people see, so whoever may not manage somebody does not move them; nobody moves themselves but
    /// who sees everything anyway; and teams:edit alone changes nothing else.
    nobody_moves_whom_they_may_not_manage, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("olga@acme.test").await;
    let olga = acme.owner();
    let adam = acme.joins("adam@acme.test", "administrator").await;
    let uma = acme.joins("uma@acme.test", "user").await;
    let id = olga.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let of = |member: &str| format!("teams/{id}/members/{member}");
    adam.put(&of(&olga.id), json!({})).await.is(403, "outside_grant_rule");
    adam.put(&of(&adam.id), json!({})).await.is(403, "own_membership");
    adam.put(&of(&uma.id), json!({})).await.has_status(204);
    uma.put(&of(&adam.id), json!({})).await.is(403, "forbidden");
    olga.patch(&format!("members/{}", uma.id), json!({"permissions": {"teams": ["edit"]}})).await.has_status(200);
    uma.delete(&of(&uma.id)).await.is(403, "own_membership");
    uma.patch(&format!("members/{}", adam.id), json!({"teams": [id]})).await.is(403, "forbidden");
    // A user's grant rule names no role, so there is nobody whom they manage.
    uma.put(&of(&adam.id), json!({})).await.is(403, "outside_grant_rule");
    assert_eq!(acme.refusals().await, ["member.updated", "member.updated", "access.refused", "member.updated", "access.refused",
        "member.updated"]);
    // Who has the top role sees everything anyway.
    olga.put(&of(&olga.id), json!({})).await.has_status(204);
    olga.get(&format!("members/{}", olga.id)).await.says("/teams/0/id", id.clone());
    olga.patch(&format!("members/{}", olga.id), json!({"teams": []})).await.has_status(200);
    olga.patch(&format!("members/{}", olga.id), json!({"teams": [id], "role": "user"})).await.is(403, "own_membership");
    app.leaves_any_mail();
});
