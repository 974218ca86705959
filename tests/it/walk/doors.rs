//! A User Manager tries to hand out Administrator through every door, one after another.

use axum::http::Method;
use serde_json::{Value, json};

use super::oracle::State;
use crate::story::console::{field, opens, submits};
use crate::story::{Answer, Organization, Person, Request, Story};

/// An organization with a User Manager, somebody to raise, and a template that holds more than the User Manager does.
struct House {
    acme: Organization,
    uma: Person,
    mia: Person,
    template: String,
    team: String,
    pending: String,
}

async fn house(app: &Story) -> House {
    app.leaves_any_mail();
    let acme = app.organization("Acme").preset("multi-role").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let everything =
        json!({"name": "Everything", "permissions": {"settings": ["manage"], "users": ["manage"]}});
    let template = alice.post("role-templates", everything).await.has_status(201).text_at("/id");
    let team = alice.post("teams", json!({"name": "Sales"})).await.has_status(201).text_at("/id");
    let uma = acme.joins("uma@acme.test", "user_manager").await;
    let mia = acme.joins("mia@acme.test", "member").await;
    let pending = alice.invites("pending@acme.test").await["id"].as_str().unwrap().to_owned();
    House { acme, uma, mia, template, team, pending }
}

/// A refusal: not there, not theirs, wrong, or no such field or verb at all.
#[track_caller]
fn is_refused(answer: &Answer) {
    let refused = [403, 404, 405, 422].contains(&answer.status) || answer.code() == "unknown_field";
    assert!(refused, "not refused{answer}");
}

impl House {
    /// The calls of the API, each a door.
    async fn calls(&self) -> Vec<(Method, String, Value)> {
        let (me, mia, alice) = (&self.uma.id, &self.mia.id, &self.acme.alice().id);
        let administrator = self.acme.role_id("administrator").await;
        let (template, team, pending) = (&self.template, &self.team, &self.pending);
        let mut calls = Vec::new();
        let mut door = |method: Method, path: String, body: Value| calls.push((method, path, body));
        let gifts = [
            json!({"role": "administrator"}),
            json!({"role": administrator}),
            json!({"roles": ["administrator"]}),
            json!({"roles": ["member", administrator]}),
            json!({"role": "auditor"}),
            json!({"roleTemplate": template}),
            json!({"permissions": {"users": ["manage"]}}),
            json!({"permission": "users:manage"}),
            json!({"rank": 99}),
            json!({"top": true}),
        ];
        for gift in &gifts {
            let with = |more: Value| {
                let mut body = gift.clone();
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                body
            };
            door(Method::POST, "invitations".into(), with(json!({"email": "new@acme.test"})));
            // The invited are raised no more by inviting them again.
            door(Method::POST, "invitations".into(), with(json!({"email": "pending@acme.test"})));
            door(
                Method::POST,
                "invitations".into(),
                with(json!({"emails": ["one@acme.test"], "permissions": {}})),
            );
            door(Method::POST, format!("invitations/{pending}/resend"), gift.clone());
            let made = json!({"email": "made@acme.test", "firstName": "Max", "lastName": "Made",
                "password": crate::story::person::PASSWORD});
            door(Method::POST, "members".into(), with(made));
            for member in [me, mia, alice] {
                door(Method::PATCH, format!("members/{member}"), gift.clone());
                door(Method::PATCH, format!("members/{member}?dryRun=true"), gift.clone());
            }
        }
        for roles in [json!(["administrator"]), json!(["member", "administrator"])] {
            let body = json!({"emails": ["one@acme.test", "two@acme.test"], "roles": roles});
            door(Method::POST, "invitations".into(), body);
        }
        for role in ["administrator", "auditor", &administrator] {
            for whom in
                [json!({"ids": [me, mia, alice]}), json!({"filter": {}}), json!({"filter": {"q": "mia"}})]
            {
                for path in ["members/bulk", "members/bulk?dryRun=true"] {
                    let mut body = whom.clone();
                    body.as_object_mut()
                        .unwrap()
                        .extend([("action".to_owned(), json!("setRole")), ("role".to_owned(), json!(role))]);
                    door(Method::POST, path.into(), body);
                }
            }
        }
        for (action, role) in
            [("setRole", json!("member")), ("suspend", Value::Null), ("remove", Value::Null)]
        {
            let body = json!({"action": action, "role": role, "ids": [me, alice]});
            door(Method::POST, "members/bulk".into(), body);
        }
        door(Method::PATCH, format!("members/{me}"), json!({"featureAccess": {"crm": true}}));
        door(Method::PATCH, format!("members/{me}"), json!({"roles": ["user_manager", "member"]}));
        door(Method::PATCH, format!("members/{alice}"), json!({"role": "member"}));
        door(Method::POST, format!("members/{alice}/suspend"), json!({}));
        door(Method::DELETE, format!("members/{alice}"), json!({}));
        let all = json!({"users": ["manage"], "settings": ["manage"]});
        for body in
            [json!({"key": "mine", "label": "Mine", "top": true}), json!({"key": "mine", "label": "Mine"})]
        {
            door(Method::POST, "roles".into(), body);
        }
        for role in ["user_manager", "member", "administrator"] {
            for body in [
                json!({"permissions": all}),
                json!({"top": true}),
                json!({"rank": 99}),
                json!({"grants": ["administrator"]}),
                json!({"includesLower": true}),
                json!({"default": true}),
            ] {
                door(Method::PATCH, format!("roles/{role}"), body);
            }
            door(Method::DELETE, format!("roles/{role}?reassignTo=administrator"), json!({}));
        }
        door(Method::POST, "role-templates".into(), json!({"name": "Mine", "permissions": all}));
        door(
            Method::PATCH,
            format!("role-templates/{template}"),
            json!({"permissions": {"users": ["view"]}}),
        );
        door(Method::DELETE, format!("role-templates/{template}?reassignTo={template}"), json!({}));
        let model = json!({"categories": [{"key": "profiles", "actions": ["view", "manage"]}]});
        door(Method::PATCH, "access-model".into(), model);
        door(Method::PATCH, String::new(), json!({"settings": {"defaultRole": "administrator"}}));
        for member in [me, alice] {
            door(Method::PUT, format!("teams/{team}/members/{member}"), json!({}));
        }
        let access = json!([{"member": me, "level": "manage"}]);
        let thing =
            json!({"name": "Thing", "category": "settings", "visibility": "restricted", "access": access});
        door(Method::PUT, "resources/agent/one".into(), thing);
        door(Method::DELETE, "resources/agent/one".into(), json!({}));
        calls
    }

    /// Files, each a door: what is given to everybody in them stands in the address or in the form, or tries to in the file.
    async fn files(&self) -> Vec<Request> {
        let (template, administrator) = (&self.template, self.acme.role_id("administrator").await);
        let header = "email,firstName,lastName";
        let one = |mark: &str| format!("{header}\n{mark}@acme.test,One,More\n");
        let mut files = Vec::new();
        for gift in [
            "role=administrator".to_owned(),
            format!("role={administrator}"),
            "role=auditor".to_owned(),
            format!("roleTemplate={template}"),
        ] {
            for dry in ["", "&dryRun=true"] {
                let path = self.uma.path(&format!("invitations/import?{gift}{dry}"));
                files.push(Request::new(Method::POST, path).body("text/csv", one("new")));
            }
            let (name, value) = gift.split_once('=').unwrap();
            let part = |head: &str, body: &str| {
                format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
            };
            let form = part(&format!("name=\"{name}\""), value)
                + &part("name=\"file\"; filename=\"a.csv\"", &one("new"))
                + "--b--\r\n";
            files.push(
                Request::new(Method::POST, "/users/import").body("multipart/form-data; boundary=b", form),
            );
        }
        let more = format!("{header},role\nnew@acme.test,One,More,administrator\n");
        files.push(Request::new(Method::POST, self.uma.path("invitations/import")).body("text/csv", more));
        files
    }

    /// The forms of the console, each a door.
    async fn forms(&self) -> Vec<(String, Vec<(&'static str, String)>)> {
        let administrator = "administrator".to_owned();
        let (me, mia, alice, template) = (&self.uma.id, &self.mia.id, &self.acme.alice().id, &self.template);
        let mut forms = vec![
            (
                "/invitations".to_owned(),
                vec![("emails", "new@acme.test".into()), ("role", administrator.clone())],
            ),
            (
                "/invitations".to_owned(),
                vec![
                    ("emails", "new@acme.test".into()),
                    ("role", "member".into()),
                    ("roleTemplate", template.clone()),
                ],
            ),
            (
                "/invitations".to_owned(),
                vec![("emails", "pending@acme.test".into()), ("role", administrator.clone())],
            ),
            (
                "/users".to_owned(),
                vec![
                    ("email", "made@acme.test".into()),
                    ("firstName", "Max".into()),
                    ("lastName", "Made".into()),
                    ("password", crate::story::person::PASSWORD.into()),
                    ("role", administrator.clone()),
                ],
            ),
            (
                "/roles/new".to_owned(),
                vec![("key", "mine".into()), ("label", "Mine".into()), ("permission", "users:manage".into())],
            ),
            (
                "/role-templates/new".to_owned(),
                vec![("name", "Mine".into()), ("permission", "users:manage".into())],
            ),
            (format!("/role-templates/{template}"), vec![("name", "Everything".into())]),
            (format!("/role-templates/{template}/delete"), vec![]),
        ];
        for role in ["administrator", "user_manager", "member"] {
            let id = self.acme.role_id(role).await;
            forms.push((
                format!("/roles/{id}"),
                vec![("label", "X".into()), ("permission", "users:manage".into())],
            ));
            forms.push((format!("/roles/{id}/delete"), vec![("reassignTo", administrator.clone())]));
        }
        for whom in [("id", mia.clone()), ("whom", "all".to_owned())] {
            let form = vec![("action", "setRole".into()), ("to", "administrator".into()), whom];
            forms.push(("/users/bulk".to_owned(), form));
        }
        for member in [me, mia, alice] {
            forms.push((format!("/users/{member}/role"), vec![("role", administrator.clone())]));
            forms.push((
                format!("/users/{member}/role"),
                vec![("role", "member".into()), ("role", administrator.clone())],
            ));
        }
        forms
    }
}

story!(
    /// ACC-4, AUD-1: none of the doors gives Administrator, or anything else that a User Manager does not hold, to anybody; no
    /// try leaves anything behind.
    a_user_manager_hands_out_administrator_through_no_door, app => {
    let house = house(&app).await;
    let before = State::read(&house.acme).await;
    let refusals = house.acme.refusals().await.len();
    for (method, path, body) in house.calls().await {
        let request = Request::new(method, house.uma.path(&path)).json(&body);
        let answer = house.uma.send(request).await;
        let results = if answer.status == 200 { answer.json()["results"].clone() } else { Value::Null };
        let each_failed = results.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(|one| one["outcome"] == "failed"));
        if !each_failed {
            is_refused(&answer);
        }
        assert!(before == State::read(&house.acme).await, "something changed{answer}");
    }
    for request in house.files().await {
        is_refused(&house.uma.send(request).await);
        roster::job_worker::run_once(app.app()).await.unwrap();
        assert!(before == State::read(&house.acme).await, "a file changed something");
    }
    for (path, form) in house.forms().await {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = submits(&house.uma, &path, &form).await;
        let page = answer.status == 200 && answer.text().contains("Failed");
        if !page {
            is_refused(&answer);
        }
        assert!(before == State::read(&house.acme).await, "something changed{answer}");
    }
    assert!(house.acme.refusals().await.len() >= refusals + 60, "the trail tells of the tries");
});

story!(
    /// ACC-4: the form of a user, opened and sent with more ticked than it offers.
    the_form_of_a_user_gives_no_more_than_it_offers, app => {
    let House { acme, uma, mia, template, .. } = house(&app).await;
    let before = State::read(&acme).await;
    for (member, more) in [
        (&mia, ("role", "administrator")),
        (&mia, ("roleTemplate", template.as_str())),
        (&mia, ("permission", "users:manage")),
        (&mia, ("permission", "settings:view")),
    ] {
        let path = format!("/users/{}/edit", member.id);
        let page = opens(&uma, &path).await.has_status(200);
        let (was, version) = (field(&page, "was"), field(&page, "version"));
        let (first, last, email) = (field(&page, "firstName"), field(&page, "lastName"), field(&page, "email"));
        let form = [("was", was.as_str()), ("version", &version), ("firstName", &first), ("lastName", &last), ("email", &email),
            ("status", "active"), ("role", "member"), more];
        is_refused(&submits(&uma, &path, &form).await);
        assert!(before == State::read(&acme).await, "{more:?} changed something");
    }
    is_refused(&opens(&uma, &format!("/users/{}/edit", acme.alice().id)).await);
});

story!(
    /// ACC-4, MEM-8: who was invited by an Administrator with more keeps it at a resend, and a User Manager can't touch it.
    an_invitation_with_more_is_not_theirs, app => {
    let House { acme, uma, .. } = house(&app).await;
    let answer = acme.alice().tries_to_invite("boss@acme.test", json!({"role": "administrator"})).await;
    let id = answer.text_at("/results/0/invitation/id");
    let member = answer.text_at("/results/0/invitation/memberId");
    let before = State::read(&acme).await;
    for answer in [
        uma.post(&format!("invitations/{id}/resend"), json!({})).await,
        uma.post(&format!("invitations/{id}/revoke"), json!({})).await,
        uma.tries_to_invite("boss@acme.test", json!({"role": "member"})).await,
        uma.patch(&format!("members/{member}"), json!({"role": "member"})).await,
        uma.delete(&format!("members/{member}")).await,
        submits(&uma, &format!("/invitations/{id}/resend"), &[]).await,
        submits(&uma, &format!("/invitations/{id}/link"), &[]).await,
        submits(&uma, &format!("/users/{member}/remove"), &[]).await,
    ] {
        is_refused(&answer);
        assert!(before == State::read(&acme).await, "something changed{answer}");
    }
});

story!(
    /// ACC-4: the default role has two doors, and neither is open to whoever may not hand the role out.
    nobody_makes_a_role_the_default_that_they_do_not_grant, app => {
    let House { acme, uma, .. } = house(&app).await;
    let given = json!({"permissions": {"settings": ["edit"], "users": ["manage"]}});
    acme.alice().patch(&format!("members/{}", uma.id), given).await.has_status(200);
    let before = State::read(&acme).await;
    let refusals = acme.refusals().await.len();
    let set = |role: &str| json!({"settings": {"defaultRole": role}});
    uma.patch("", set("auditor")).await.is(403, "outside_grant_rule");
    uma.patch("", set("administrator")).await.is(403, "outside_grant_rule");
    uma.patch("", set("nobody")).await.refuses("/settings/defaultRole", "unknown_reference");
    uma.patch("roles/auditor", json!({"default": true})).await.is(403, "outside_grant_rule");
    assert!(before == State::read(&acme).await);
    assert_eq!(acme.refusals().await.len(), refusals + 3);
    uma.patch("", set("member")).await.has_status(200);
    uma.patch("", set("user_manager")).await.has_status(200).says("/settings/defaultRole", "user_manager");
    acme.alice().patch("", set("auditor")).await.has_status(200);
});
