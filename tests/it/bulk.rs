//! Stories about doing one thing to many (MEM-11, ACC-4, ACC-5, A9, R25, I2, I14).

use axum::http::Method;
use roster::job_worker as worker;
use serde_json::{Value, json};

use crate::story::browser::leads_to;
use crate::story::console::{opens, says, submits};
use crate::story::{Answer, Organization, Person, Request, Story, at_once};

async fn does(person: &Person, action: &str, more: Value) -> Answer {
    let mut body = json!({"action": action});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.post("members/bulk", body).await
}

/// `outcome code` of each.
fn outcomes(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let list = body.get("results").or(body.get("rows")).cloned().unwrap_or_default();
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let line = |row: &Value| format!("{} {}", word(row, "outcome"), word(row, "code"));
    list.as_array().unwrap().iter().map(line).collect()
}

/// A person of each status, and two owners.
struct House {
    acme: Organization,
    carol: Person,
    ids: [String; 5],
}

const NAMES: [&str; 5] =
    ["ann@acme.test", "bo@acme.test", "cy@acme.test", "owner2@acme.test", "new@acme.test"];

async fn house(app: &Story) -> House {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let carol = acme.joins("carol@acme.test", "administrator").await;
    for (name, role) in NAMES.iter().zip(["user", "user", "administrator", "owner"]) {
        acme.joins(name, role).await;
    }
    acme.alice().invites("new@acme.test").await;
    let mut ids = NAMES.map(str::to_owned);
    for id in &mut ids {
        *id = acme.member_id(id).await;
    }
    House { acme, carol, ids }
}

story!(
    /// MEM-11, A9, R25, ACC-4: each is judged as by themselves: who is done, who needed nothing and who may not be, with the
    /// reason; nobody gets what the actor may not give; a dry run tells the same and does nothing.
    each_member_is_judged_by_themselves, app => {
    let House { acme, carol, ids: [ann, bo, cy, owner, new] } = house(&app).await;
    let alice = acme.alice().id;
    let everybody = json!([ann, bo, cy, owner, new, carol.id, alice, "mem_01kf0e44m0e00arkndba92xjh7", ann]);
    let set = |role: &str| json!({"ids": everybody, "role": role});
    let before = (acme.revision().await, acme.whole_audit().await);
    let wanted = [
        "done -",
        "done -",
        "skipped unchanged",
        "failed outside_grant_rule",
        "done -",
        "failed own_membership",
        "failed outside_grant_rule",
        "failed not_found",
    ];
    let body = json!({"ids": everybody, "role": "administrator", "action": "setRole"});
    let foretold = carol.post("members/bulk?dryRun=true", body).await.has_status(200);
    assert_eq!(outcomes(&foretold), wanted);
    assert_eq!((acme.revision().await, acme.whole_audit().await), before, "a dry run did something");
    let done = does(&carol, "setRole", set("administrator")).await.has_status(200);
    assert_eq!(outcomes(&done), wanted);
    assert_eq!(done.text_at("/results/0/id"), ann);
    assert_eq!(done.text_at("/results/0/detail"), "User becomes Administrator.");
    assert_eq!(carol.get(&format!("members/{new}")).await.text_at("/roles/0/key"), "administrator");
    let audit = acme.audit().await;
    assert_eq!(audit.iter().filter(|action| *action == "member.updated").count(), 3);
    // Nobody is asked where the role itself may not be given.
    does(&carol, "setRole", set("owner")).await.is(403, "outside_grant_rule");
    does(&carol, "setRole", set("nobody")).await.has_status(422);
    let refusals = acme.refusals().await;
    assert!(refusals.iter().filter(|action| *action == "member.updated").count() >= 3, "{refusals:?}");
    // The last owners: one of them goes, the other stays.
    let owners = json!({"ids": [owner, alice]});
    assert_eq!(outcomes(&does(&acme.alice(), "suspend", owners.clone()).await), ["done -", "failed own_membership"]);
    assert_eq!(outcomes(&does(&acme.alice(), "suspend", owners.clone()).await), ["skipped not_active", "failed own_membership"]);
    assert_eq!(outcomes(&does(&acme.alice(), "reactivate", owners).await), ["done -", "failed own_membership"]);
});

story!(
    /// MEM-11, MEM-5, MEM-6, INV-5, TEAM-1: every action, its no-op, and what it leaves behind; the right is that of one.
    every_action_does_what_it_does_to_one, app => {
    let House { acme, carol, ids: [ann, bo, _, owner, new] } = house(&app).await;
    let alice = acme.alice();
    let some = |more: Value| {
        let mut body = json!({"ids": [ann, bo, new]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let team = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let project = alice.post("projects", json!({"name": "Depot"})).await.has_status(201).text_at("/id");
    assert_eq!(outcomes(&does(&alice, "addToTeam", some(json!({"team": team}))).await), ["done -"; 3]);
    assert_eq!(outcomes(&does(&alice, "addToTeam", some(json!({"team": team}))).await), ["skipped unchanged"; 3]);
    assert_eq!(outcomes(&does(&alice, "addToProject", some(json!({"project": project}))).await), ["done -"; 3]);
    assert_eq!(alice.get(&format!("teams/{team}")).await.at("/memberCount"), 3);
    does(&alice, "addToTeam", some(json!({"team": project}))).await.refuses("/team", "unknown_reference");
    assert_eq!(outcomes(&does(&carol, "resend", some(json!({}))).await), ["skipped not_invited", "skipped not_invited", "done -"]);
    assert_eq!(outcomes(&does(&carol, "suspend", some(json!({}))).await), ["done -", "done -", "skipped not_active"]);
    acme.seats().await.says("/suspended", 2);
    assert_eq!(outcomes(&does(&carol, "reactivate", some(json!({}))).await), ["done -", "done -", "skipped not_suspended"]);
    let before = acme.seats().await.at("/used").as_i64().unwrap();
    let removed = does(&carol, "remove", json!({"ids": [ann, new, owner]})).await;
    assert_eq!(outcomes(&removed), ["done -", "done -", "failed outside_grant_rule"]);
    acme.seats().await.says("/used", before - 2);
    assert_eq!(alice.get("invitations?status=revoked").await.column("/email"), ["new@acme.test"]);
    let bo = acme.joins("user@acme.test", "user").await;
    for (action, more) in [("setRole", json!({"role": "user"})), ("suspend", json!({})), ("remove", json!({})), ("resend", json!({}))] {
        let mut body = json!({"ids": [owner]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        does(&bo, action, body).await.is(403, "forbidden");
    }
});

story!(
    /// MEM-11: what does not fit is refused whole, by name.
    what_does_not_fit_is_refused_whole, app => {
    let House { acme, ids: [ann, ..], .. } = house(&app).await;
    let alice = acme.alice();
    let before = acme.revision().await;
    does(&alice, "promote", json!({"ids": [ann]})).await.refuses("/action", "invalid_value");
    does(&alice, "setRole", json!({"ids": [ann]})).await.refuses("/role", "required");
    does(&alice, "suspend", json!({"ids": [ann], "role": "owner"})).await.refuses("/role", "invalid_value");
    does(&alice, "suspend", json!({"ids": [ann], "team": "x"})).await.refuses("/team", "invalid_value");
    does(&alice, "suspend", json!({})).await.refuses("/ids", "invalid_value");
    does(&alice, "suspend", json!({"ids": [ann], "filter": {}})).await.refuses("/ids", "invalid_value");
    does(&alice, "suspend", json!({"ids": []})).await.refuses("/ids", "required");
    does(&alice, "suspend", json!({"filter": {"q": "no such person"}})).await.refuses("/ids", "required");
    does(&alice, "suspend", json!({"filter": {"status": "gone"}})).await.refuses("/filter", "invalid_value");
    does(&alice, "suspend", json!({"filter": {"shoe": 43}})).await.is(400, "unknown_field");
    does(&alice, "suspend", json!({"ids": [ann, "\u{0}"]})).await.refuses("/ids/1", "unknown_reference");
    assert_eq!(acme.revision().await, before);
});

/// Imports so many people.
async fn imports(app: &Story, alice: &Person, count: usize) {
    let people: String = (0..count).map(|n| format!("p{n:04}@acme.test,P,Number {n:04}\n")).collect();
    let path = alice.path("invitations/import");
    let file = format!("email,firstName,lastName\n{people}");
    alice.send(Request::new(Method::POST, path).body("text/csv", file)).await.has_status(202);
    worker::run_once(app.app()).await.unwrap();
}

story!(
    /// MEM-11, I8, A9: all that match, as a job: who matched when it was begun, each once, by what who began it may then.
    more_than_two_hundred_are_a_job, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let (alice, carol) = (acme.alice(), acme.joins("carol@acme.test", "administrator").await);
    imports(&app, &alice, 450).await;
    let all = json!({"filter": {"status": "invited", "q": "p0"}, "role": "administrator"});
    let job = does(&carol, "setRole", all.clone()).await.has_status(202).says("/job/kind", "bulk").says("/job/total", 450);
    let id = job.text_at("/job/id");
    assert_eq!(job.text_at("/job/name"), "Change role to Administrator");
    alice.invites("p0999@acme.test").await;
    let processes = [app.process.clone(), app.second_process().await];
    at_once(2, move |n| {
        let process = processes[n].clone();
        async move { worker::run_once(&process.app).await.unwrap() }
    })
    .await;
    worker::run_once(app.app()).await.unwrap();
    let done = carol.get(&format!("jobs/{id}")).await.says("/state", "done").says("/done", 450);
    assert_eq!(done.at("/counts"), json!({"done": 450, "skipped": 0, "failed": 0}));
    assert_eq!(outcomes(&done), ["done -"; 450]);
    assert_eq!(alice.get("members?role=administrator&limit=1&count=true").await.at("/total"), 451);
    let result = alice.get(&format!("jobs/{id}/result.csv")).await.has_status(200).text();
    assert!(result.starts_with("id,email,outcome,code,detail\nmem_"), "{result}");
    let audit = acme.audit().await;
    assert!(audit.contains(&"bulk.started".to_owned()) && audit.contains(&"bulk.finished".to_owned()), "{audit:?}");
    // Again: there is nothing to do for those, and the job ends all the same.
    let again = does(&carol, "setRole", json!({"filter": {"role": "administrator"}, "role": "administrator"})).await;
    worker::run_once(app.app()).await.unwrap();
    let ended = carol.get(&format!("jobs/{}", again.text_at("/job/id"))).await.says("/state", "done");
    assert_eq!(ended.at("/counts"), json!({"done": 0, "skipped": 450, "failed": 1}));
    // Who is demoted meanwhile does it to nobody more.
    let job = does(&carol, "remove", all_but_role(&all)).await.has_status(202).text_at("/job/id");
    alice.patch(&format!("members/{}", carol.id), json!({"role": "user"})).await.has_status(200);
    worker::run_once(app.app()).await.unwrap();
    alice.get(&format!("jobs/{job}")).await.says("/state", "failed").says("/counts/failed", 451);
    acme.seats().await.says("/invited", 451);
});

fn all_but_role(body: &Value) -> Value {
    json!({"filter": body["filter"]})
}

story!(
    /// MEM-11, I14, R22: another organization's members are nobody, its jobs are not there.
    another_organization_is_out_of_reach, app => {
    let House { acme, ids: [ann, ..], .. } = house(&app).await;
    let globex = app.organization("Globex").owned_by("gail@globex.test").await;
    let gail = globex.owner();
    assert_eq!(outcomes(&does(&gail, "remove", json!({"ids": [ann]})).await), ["failed not_found"]);
    imports(&app, &acme.alice(), 201).await;
    let job = does(&acme.alice(), "resend", json!({"filter": {"status": "invited"}})).await.has_status(202).text_at("/job/id");
    worker::run_once(app.app()).await.unwrap();
    gail.get(&format!("jobs/{job}")).await.is(404, "not_found");
    opens(&gail, &format!("/users/bulk/{job}")).await.has_status(404);
});

story!(
    /// MEM-11, CON-3: in the console: ticked people, the question, what would happen to each, the word before what can't be
    /// undone, and what came of it; all that match; a draft is its maker's own.
    the_console_shows_what_would_happen_first, app => {
    let House { acme, carol, ids: [ann, bo, cy, owner, new] } = house(&app).await;
    let list = opens(&carol, "/users").await.shows("Select Bob Baker").shows("Change role");
    list.shows("Your role does not allow you to change them").shows("This is you");
    let ids = [&ann, &bo, &cy, &owner, &new];
    let ticked = |action: &'static str| {
        let mut form = vec![("action", action), ("q", "")];
        form.extend(ids.iter().map(|id| ("id", id.as_str())));
        form
    };
    let asked = submits(&carol, "/users/bulk/ask", &ticked("setRole")).await.has_status(200);
    says(&asked, &["Change role of several people", "The 5 people selected", "All 7 people here"]);
    asked.shows("value=\"administrator\"").hides("value=\"owner\"");
    let mut form = ticked("setRole");
    submits(&carol, "/users/bulk", &form).await.has_status(422).shows("needs a role");
    form.push(("to", "administrator"));
    let at = leads_to(&submits(&carol, "/users/bulk", &form).await);
    let preview = opens(&carol, &at).await.has_status(200);
    says(&preview, &["Nothing has been done yet", "User becomes Administrator.", "Change role: 3 people"]);
    assert_eq!(carol.get(&format!("members/{ann}")).await.text_at("/roles/0/key"), "user");
    carol.get(&format!("jobs/{}", at.rsplit('/').next().unwrap())).await.is(404, "not_found");
    submits(&acme.alice(), &at, &[]).await.has_status(404);
    submits(&carol, &at, &[]).await.has_status(303);
    says(&opens(&carol, &at).await, &["Done for 3 people.", "User becomes Administrator."]);
    assert_eq!(carol.get(&format!("members/{ann}")).await.text_at("/roles/0/key"), "administrator");
    opens(&carol, &format!("{at}/report.csv")).await.shows("id,email,outcome");
    opens(&carol, "/users/bulk").await.shows("Change role to Administrator").shows("3 of 5 done");

    let at = leads_to(&submits(&carol, "/users/bulk", &[("action", "remove"), ("whom", "all"), ("status", "invited")]).await);
    says(&opens(&carol, &at).await, &["Remove: 1 person", "This cannot be undone"]);
    submits(&carol, &at, &[("confirm", "yes")]).await.has_status(422).shows("Type the word exactly");
    submits(&carol, &at, &[("confirm", "remove")]).await.has_status(303);
    assert_eq!(acme.seats().await.at("/invited"), 0);
    let nobody = submits(&carol, "/users/bulk", &[("action", "suspend")]).await.has_status(422);
    says(&nobody, &["Nobody is chosen"]);
    submits(&carol, "/users/bulk", &[("action", "promote")]).await.has_status(404);
});
