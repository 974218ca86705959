//! What a server keeps to answer faster changes no answer.

use axum::http::Method;
use onesql::params;
use serde_json::{Value, json};

use super::{asks, house, question};
use crate::story::{Person, Request, Story};

/// One answer, the same three times: read, remembered, and remembered with the resource. Of a refusal its status.
async fn said(asker: &Person, about: &Value) -> Result<bool, u16> {
    let mut said = Vec::new();
    for _ in 0..3 {
        let answer = asks(asker, "evaluation", about.clone()).await;
        said.push(if answer.status == 200 { Ok(answer.at("/decision") == true) } else { Err(answer.status) });
    }
    assert!(said.windows(2).all(|two| two[0] == two[1]), "{said:?} to {about}");
    said[0]
}

story!(
    /// ACC-7, ACC-12: a question put again is answered by how things are then, whatever changed meanwhile and in which process.
    a_question_put_again_is_answered_by_how_things_are_then, app => {
    let (acme, bob, team, project) = house(&app).await;
    let carol = acme.joins("carol@acme.test", "administrator").await;
    let (alice, there) = (acme.alice(), app.second_process().await);
    let asker = carol.at(&there);
    let (bobs, carols) = (format!("members/{}", bob.id), format!("members/{}", carol.id));
    let planner = |access: Value| json!({"name": "Planner", "category": "agents", "visibility": "restricted", "access": access});
    let of_users = json!({"name": "Planner", "category": "users", "visibility": "organization", "access": []});
    let (in_team, in_project) = (format!("teams/{team}/members/{}", bob.id), format!("projects/{project}/members/{}", bob.id));
    let thing = "resources/agent/planner";
    let bob_only = json!([{"member": bob.id, "level": "view"}]);
    let steps: [(Method, &str, Value, Result<bool, u16>); 18] = [
        (Method::PUT, &in_team, json!({}), Ok(true)),
        (Method::DELETE, &in_team, Value::Null, Ok(false)),
        (Method::PUT, &in_project, json!({}), Ok(true)),
        (Method::DELETE, &in_project, Value::Null, Ok(false)),
        (Method::PUT, thing, planner(bob_only), Ok(true)),
        (Method::POST, "members/BOB/suspend", json!({}), Ok(false)),
        (Method::POST, "members/BOB/reactivate", json!({}), Ok(true)),
        (Method::PUT, thing, of_users, Ok(false)),
        (Method::PATCH, &bobs, json!({"role": "administrator"}), Ok(true)),
        (Method::PATCH, &bobs, json!({"role": "user"}), Ok(false)),
        (Method::PATCH, &bobs, json!({"permissions": {"users": ["view"]}}), Ok(true)),
        (Method::PATCH, &bobs, json!({"permissions": {"users": null}}), Ok(false)),
        (Method::PUT, thing, planner(json!([{"member": bob.id, "level": "edit"}])), Ok(true)),
        (Method::PATCH, "roles/user", json!({"permissions": {"agents": null}}), Ok(false)),
        (Method::PATCH, "roles/user", json!({"permissions": {"agents": ["view"]}}), Ok(true)),
        (Method::PATCH, &carols, json!({"role": "user"}), Err(403)),
        (Method::PATCH, &carols, json!({"role": "administrator"}), Ok(true)),
        (Method::DELETE, thing, Value::Null, Ok(false)),
    ];
    let about = question(&acme, &bob.id, "view", ("agent", "planner"));
    assert_eq!(said(&asker, &about).await, Ok(false));
    for (method, path, body, expected) in steps {
        let path = path.replace("BOB", &bob.id);
        let request = Request::new(method, alice.path(&path));
        alice.send(if body.is_null() { request } else { request.json(&body) }).await.succeeds();
        assert_eq!(said(&asker, &about).await, expected, "{path} {body}");
    }
    // Of somebody who was never there, and of a name that no resource has.
    for (member, thing) in [(alice.id.replace('0', "1"), "greeter"), (bob.id.clone(), "nothing")] {
        assert_eq!(said(&asker, &question(&acme, &member, "view", ("agent", thing))).await, Ok(false));
    }
    let greeter = question(&acme, &bob.id, "view", ("agent", "greeter"));
    assert_eq!(said(&asker, &greeter).await, Ok(true));
    // Suspended where the account belongs nowhere else: its sessions are over.
    alice.post(&format!("{carols}/suspend"), json!({})).await.has_status(200);
    assert_eq!(said(&asker, &greeter).await, Err(401));
    app.leaves_any_mail();
});

story!(
    /// ACC-7, SES-3: an answer that is remembered is still for nobody whose session has ended, there or here.
    what_is_remembered_is_for_nobody_without_a_session, app => {
    let (acme, bob, ..) = house(&app).await;
    let there = app.second_process().await;
    let asker = bob.at(&there);
    let about = question(&acme, &bob.id, "view", ("agent", "greeter"));
    assert_eq!(said(&asker, &about).await, Ok(true));
    let his = acme.alice().get("sessions?q=bob").await.text_at("/data/0/id");
    acme.alice().delete(&format!("sessions/{his}")).await.has_status(204);
    assert_eq!(said(&asker, &about).await, Err(401));
    app.leaves_any_mail();
});

story!(
    /// ACC-7: questions that one caller puts at the same moment are each answered for whom they are about.
    questions_at_the_same_moment_are_not_mixed_up, app => {
    let (acme, bob, team, _) = house(&app).await;
    let carol = acme.joins("carol@acme.test", "administrator").await;
    let (alice, there) = (acme.alice(), app.second_process().await);
    alice.put(&format!("teams/{team}/members/{}", bob.id), json!({})).await.has_status(204);
    let by_account = |id: &str| json!({"type": "account", "id": id});
    let account = bob.get("/account").await.text_at("/id");
    let subjects = [
        (json!({"type": "member", "id": bob.id}), true),
        (json!({"type": "member", "id": carol.id}), false),
        (json!({"type": "member", "id": "mem_00000000000000000000000001"}), false),
        (json!({"type": "member", "id": "nobody"}), false),
        (by_account(&account), true),
        (by_account("acc_00000000000000000000000001"), false),
    ];
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..120 {
        let (subject, allowed) = subjects[n % subjects.len()].clone();
        let mut about = question(&acme, "", "view", ("agent", "planner"));
        about["subject"] = subject;
        let (asker, expected) = match n % 5 {
            // Bob may ask about himself and about nobody else.
            0 => (bob.at(&there), if allowed { Ok(true) } else { Err(403) }),
            _ => (alice.at(&there), Ok(allowed)),
        };
        asked.spawn(async move {
            let answer = asks(&asker, "evaluation", about.clone()).await;
            let said = if answer.status == 200 { Ok(answer.at("/decision") == true) } else { Err(answer.status) };
            assert_eq!(said, expected, "{about}");
        });
    }
    asked.join_all().await;
    app.leaves_any_mail();
});

/// ACC-12: what answers rest on changes with the organization's revision or not at all; every story on PostgreSQL is held to it.
#[test]
fn nothing_that_answers_rest_on_changes_without_the_revision_postgres() {
    async fn story(app: Story) {
        const RAISE: &str = "UPDATE organizations SET revision = revision + 1 WHERE id = $1";
        let (acme, ..) = house(&app).await;
        let id = acme.id;
        let changes = [
            "UPDATE members SET permissions = '{}' WHERE organization_id = $1",
            "UPDATE roles SET packed = packed || ' ' WHERE organization_id = $1",
            "UPDATE resources SET visibility = 'organization' WHERE organization_id = $1",
            "DELETE FROM resource_access WHERE resource_id IN (SELECT id FROM resources WHERE organization_id = $1)",
        ];
        for (change, raises) in changes.into_iter().flat_map(|change| [(change, false), (change, true)]) {
            let mut tx = app.app().db.begin().await.unwrap();
            assert!(tx.execute(change, params![id]).await.unwrap() > 0, "{change}");
            if raises {
                tx.execute(RAISE, params![id]).await.unwrap();
            }
            assert_eq!(tx.commit().await.is_ok(), raises, "{change}");
        }
        app.leaves_any_mail();
    }
    crate::story::tell(onesql::Engine::Postgres, story);
}
