//! Deleting a team or project: what becomes unreachable for whom is said before, and happens (TEAM-1, TEAM-2).

use serde_json::{Value, json};

use crate::story::Organization;

async fn opens_to(acme: &Organization, thing: &str, access: Value) {
    let put = json!({"name": thing.to_uppercase(), "category": "settings", "visibility": "restricted", "access": access});
    acme.owner().put(&format!("resources/agent/{thing}"), put).await.has_status(201);
}

story!(
    /// TEAM-1, TEAM-2: told before: those who reach a thing through this team alone lose it; whoever has another way, or sees
    /// everything, does not. Then it happens, and the trail has the numbers.
    what_closes_is_said_before, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    for (list, noun) in [("teams", "team"), ("projects", "project")] {
        let group = alice.post(list, json!({"name": "Doomed"})).await.has_status(201).text_at("/id");
        let team = alice.post("teams", json!({"name": format!("Other {noun}")})).await.has_status(201).text_at("/id");
        let project = alice.post("projects", json!({"name": format!("Work {noun}")})).await.has_status(201).text_at("/id");
        let anna = acme.joins_with(&format!("anna-{noun}@acme.test"), json!({list: [group]})).await;
        let mut in_team = json!({"teams": [team]});
        let mut in_project = json!({"projects": [project]});
        for person in [&mut in_team, &mut in_project] {
            let had = person[list].as_array().cloned().unwrap_or_default();
            person[list] = json!([vec![json!(group)], had].concat());
        }
        let ben = acme.joins_with(&format!("ben-{noun}@acme.test"), in_team).await;
        let cleo = acme.joins_with(&format!("cleo-{noun}@acme.test"), in_project).await;
        alice.put(&format!("{list}/{group}/members/{}", alice.id), json!({})).await.has_status(204);
        let rule = |kind: &str, id: &str| json!({kind: id, "level": "view"});
        opens_to(&acme, &format!("alone-{noun}"), json!([rule(noun, &group)])).await;
        opens_to(&acme, &format!("team-{noun}"), json!([rule(noun, &group), rule("team", &team)])).await;
        opens_to(&acme, &format!("all-{noun}"), json!([rule(noun, &group), rule("project", &project), rule("member", &anna.id),
            rule("team", &team)])).await;
        opens_to(&acme, &format!("elsewhere-{noun}"), json!([rule("team", &team)])).await;
        let path = format!("{list}/{group}");
        let asked = alice.get(&format!("{path}?impact=true")).await.has_status(200).says("/impact/members", 4);
        assert_eq!(asked.at("/impact/resources"), json!([
            {"type": "agent", "externalId": format!("alone-{noun}"), "name": format!("ALONE-{}", noun.to_uppercase()), "losing": 3},
            {"type": "agent", "externalId": format!("team-{noun}"), "name": format!("TEAM-{}", noun.to_uppercase()), "losing": 2},
        ]));
        assert!(alice.get(&path).await.json().get("impact").is_none());
        let was = alice.get(&format!("resources/agent/team-{noun}")).await.json();
        alice.delete(&path).await.has_status(204);
        alice.get(&format!("members/{}", anna.id)).await.says(&format!("/{list}"), json!([]));
        for (person, field, kept) in [(&ben, "/teams", &team), (&cleo, "/projects", &project)] {
            let left = alice.get(&format!("members/{}", person.id)).await.column_of(field, "/id");
            assert_eq!(&left, std::slice::from_ref(kept));
        }
        let is = alice.get(&format!("resources/agent/team-{noun}")).await.says("/access", json!([rule("team", &team)])).json();
        assert_eq!(is["version"].as_i64(), was["version"].as_i64().map(|v| v + 1));
        alice.get(&format!("resources/agent/alone-{noun}")).await.says("/access", json!([])).says("/visibility", "restricted");
        let event = alice.get(&format!("audit-events?action={noun}.deleted")).await.at("/data/0/changes");
        assert_eq!(event["membersTakenOut"]["to"], 4, "{event}");
        assert_eq!(event["resourcesOutOfReach"]["to"], 2, "{event}");
        assert_eq!(event["rulesEnded"]["to"], 3, "{event}");
        // The name is free again, and whoever was in it is as they are: nothing stands in the way of changing them.
        alice.post(list, json!({"name": "Doomed"})).await.has_status(201);
        alice.patch(&format!("members/{}", anna.id), json!({"lastName": "Ash"})).await.has_status(200);
    }
    app.leaves_any_mail();
});
