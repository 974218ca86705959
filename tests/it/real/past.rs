//! `roster access`: what somebody could do, told by the command line from the trail (ACC-11).

use serde_json::{Value, json};

use super::{Engine, Installation, PASSWORD, on_both_engines};

on_both_engines!(the_command_tells_what_somebody_could_do);

/// Asks about Acme; gives what was printed.
fn told(roster: &Installation, arguments: &[&str]) -> String {
    roster.must_run(&[&["access", "--organization", "acme"], arguments].concat())
}

fn told_as_json(roster: &Installation, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(roster, &[arguments, &["--json"]].concat())).expect("--json prints JSON")
}

/// Asks in vain; gives why.
fn not_told(roster: &Installation, arguments: &[&str]) -> String {
    let output = roster.run(&[&["access", "--organization", "acme"], arguments].concat());
    assert!(!output.status.success(), "{arguments:?} is answered");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing but the reason is printed");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn the_command_tells_what_somebody_could_do(engine: Engine) {
    let roster = Installation::new(engine);
    roster.set_up("admin-user");
    let server = roster.start();
    let owner = roster.owner(&server);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let body = json!({"email": "bob@acme.test", "firstName": "Bob", "lastName": "Baker", "password": PASSWORD, "role": "user"});
    let bob = owner.post("/api/v1/organizations/acme/members", body).ok();
    let (id, joined) = (text(&bob["id"]), text(&bob["createdAt"]));
    let path = format!("/api/v1/organizations/acme/members/{id}");
    let raised = text(&owner.patch(&path, json!({"role": "admin"})).ok()["updatedAt"]);
    let bob = ["--member", "bob@acme.test"];
    let at = |when: &'static str| [&bob[..], &["--at", when]].concat();
    let by_id = |when: &str, roster: &Installation| told_as_json(roster, &["--member", &id, "--at", when]);

    // Now, by address and by id.
    let now = told_as_json(&roster, &bob);
    assert_eq!((&now["status"], &now["roles"][0]["key"]), (&json!("active"), &json!("admin")), "{now}");
    let first = |answer: &Value, category: &str| answer["permissions"][category][0]["sources"].clone();
    assert_eq!(first(&now, "users"), json!(["role:admin"]), "{now}");
    let words = told(&roster, &bob);
    assert!(words.contains("Bob Baker at ") && words.contains("users:view  role:admin"), "{words}");

    // When he joined, and from when he was raised.
    let then = by_id(&joined, &roster);
    assert_eq!((&then["at"], &then["roles"][0]["key"]), (&json!(joined), &json!("user")), "{then}");
    assert_eq!(first(&then, "users"), Value::Null, "{then}");
    assert_eq!(by_id(&raised, &roster)["roles"][0]["key"], "admin");

    // One question.
    let view = ["--member", &id, "--action", "view", "--resource", "category:users"];
    let answer = told_as_json(&roster, &[&view[..], &["--at", &joined]].concat());
    assert_eq!((&answer["decision"], &answer["sources"]), (&json!(false), &json!([])), "{answer}");
    let step =
        |name: &str| answer["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).cloned();
    assert_eq!(step("status").unwrap()["outcome"], "pass", "{answer}");
    assert_eq!(step("role").unwrap()["outcome"], "fail", "{answer}");
    assert!(
        told(&roster, &[&view[..], &["--at", &joined]].concat())
            .contains("Bob Baker could not view users at")
    );
    let answer = told_as_json(&roster, &view);
    assert_eq!((&answer["decision"], &answer["sources"]), (&json!(true), &json!(["role:admin"])), "{answer}");
    assert!(told(&roster, &view).contains("Bob Baker could view users at"));
    let agent = [&bob[..], &["--action", "view", "--resource", "agent:7"]].concat();
    assert!(not_told(&roster, &agent).contains("category:users"));
    assert!(not_told(&roster, &[&bob[..], &["--action", "view"]].concat()).contains("--resource"));

    // Before he joined, in the future, never.
    assert!(not_told(&roster, &at("2020-02-29")).contains("not a member of this organization at that time"));
    for wrong in ["9999-12-31", "yesterday", "", "2026-02-30"] {
        assert!(not_told(&roster, &at(wrong)).contains("must be an instant like"), "{wrong}");
    }

    // Who is nobody here, and where.
    for nobody in ["nobody@acme.test", "nobody", "mem_01kf0e44m0e008q1qte6r30jeb"] {
        let said = not_told(&roster, &["--member", nobody]);
        assert!(said.contains(&format!("There is no member {nobody:?}")), "{said}");
    }
    assert!(!roster.run(&["access", "--organization", "globex", "--member", &id]).status.success());

    // Who is gone is known by the id alone.
    assert_eq!(owner.delete(&path).status, 204);
    assert_eq!(by_id(&raised, &roster)["roles"][0]["key"], "admin");
    assert!(not_told(&roster, &["--member", &id]).contains("not a member of this organization at that time"));
    assert!(not_told(&roster, &at("2020-02-29")).contains("known by their id alone"));
}
