//! Stories about the installation and its organizations (R10, AM, API).

use serde_json::{Value, json};

use crate::story::person::PASSWORD;
use crate::story::{Person, at_once};

fn set_up(token: &str) -> Value {
    json!({
        "token": token,
        "organization": {"name": "Acme Labs", "preset": "admin-user"},
        "owner": {"email": "alice@acme.test", "firstName": "Alice", "lastName": "Archer", "password": PASSWORD},
    })
}

story!(
    /// R10: set-up needs the printed token and works once, also for ten at once; then it says so.
    set_up_works_once, app => {
    let visitor = app.visitor();
    visitor.post("/setup", set_up("AAAA")).await.is(403, "invalid_setup_token");
    let token = app.app().set_up_token();
    let mut weak = set_up(&token);
    weak["owner"]["password"] = json!("short");
    visitor.post("/setup", weak).await.refuses("/owner/password", "password_too_short");
    let answers = at_once(10, |_| visitor.post("/setup", set_up(&token))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|a| (a.status, a.code().as_str()) == (410, "setup_done")).count(), 9);
    let made = answers.into_iter().find(|a| a.status == 201).unwrap();
    let made = made.says("/organization/slug", "acme-labs").says("/organization/seatLimit", json!(null));
    let made = made.says("/member/roles/0/key", "admin").says("/account/email", "alice@acme.test");
    made.says("/member/status", "active");
    visitor.post("/setup", set_up("AAAA")).await.is(410, "setup_done");
    let alice = Person { email: "alice@acme.test".into(), ..visitor };
    alice.signs_in().await.has_status(200).says("/memberships/0/organization/slug", "acme-labs");
});

story!(
    /// API: the operator's key makes organizations and sets the seat limit; nobody else does.
    the_operator_makes_organizations, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let caller = roster::op::Caller::system(app.app());
    let (_, key) = roster::operator::commands::create_key(&caller).await.unwrap();
    let operator = app.visitor().with_token(key.expose());
    let body = json!({"name": "Globex", "preset": "multi-role", "seatLimit": 5});
    let made = operator.post("/organizations", body.clone()).await.has_status(201);
    made.says("/slug", "globex").says("/seatLimit", 5).says("/labels/status/suspended", "Inactive");
    operator.post("/organizations", body).await.has_status(201).says("/slug", "globex-2");
    operator.post("/organizations", json!({"name": "X", "slug": "globex", "preset": "admin-user"})).await.is(409, "slug_taken");
    operator.post("/organizations", json!({"name": "", "preset": "nope"})).await.refuses("/preset", "unknown_preset");
    operator.within("acme").patch("", json!({"seatLimit": 3})).await.has_status(200).says("/seatLimit", 3);
    acme.seats().await.says("/limit", 3);
    operator.within("acme").get("members").await.is(404, "not_found").hides("alice");
    app.visitor().with_token("ro_nonsense").post("/organizations", json!({})).await.is(401, "unauthenticated");
    acme.alice().post("/organizations", json!({"name": "Y", "preset": "admin-user"})).await.is(403, "forbidden");
});

story!(
    /// API: name, slug and settings are changed by who may; the old slug leads nowhere, the id stays.
    an_organization_is_changed, app => {
    let acme = app.organization("Acme").preset("owner-administrator-user").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let patch = json!({"name": "Acme Two", "slug": "acme-two", "settings": {"invitationLifetimeDays": 2, "defaultRole": "administrator"}});
    let changed = alice.patch("", patch).await.has_status(200).says("/slug", "acme-two").says("/name", "Acme Two");
    changed.says("/settings/invitationLifetimeDays", 2).says("/settings/defaultRole", "administrator");
    alice.get("").await.is(404, "not_found");
    let alice = alice.within("acme-two");
    alice.get("").await.has_status(200).says("/id", acme.id.to_string());
    let invitation = alice.invites("bob@example.test").await;
    assert_eq!(invitation["expiresAt"], "2026-01-17T09:00:00Z");
    assert_eq!(invitation["roles"][0]["key"], "administrator");
    for (patch, pointer) in [
        (json!({"settings": {"invitationLifetimeDays": 0}}), "/settings/invitationLifetimeDays"),
        (json!({"settings": {"defaultRole": "emperor"}}), "/settings/defaultRole"),
        (json!({"settings": {"defaultRole": "owner"}}), "/settings/defaultRole"),
        (json!({"slug": "No Slug"}), "/slug"),
        (json!({"name": " "}), "/name"),
    ] {
        let answer = alice.patch("", patch).await.has_status(422);
        assert_eq!(answer.text_at("/errors/0/pointer"), pointer, "{answer}");
    }
    assert_eq!(acme.audit().await, ["organization.updated", "invitation.created"]);
    app.leaves_mail("invitation", &["bob@example.test"]);
});

story!(
    /// AM-1 to AM-5: each preset's roles, default, labels and who owns a new organization.
    every_preset_founds_an_organization, app => {
    for (preset, roles, default) in [
        ("owner-administrator-user", vec!["owner", "administrator", "user"], "user"),
        ("admin-user", vec!["admin", "user"], "user"),
        ("ranked-workspace", vec!["admin", "manager", "editor", "monitor", "agent_user"], "agent_user"),
        ("owner-admin-manager", vec!["owner", "admin", "bot_manager"], "bot_manager"),
        ("multi-role", vec!["administrator", "user_manager", "auditor", "member"], "member"),
    ] {
        let owner = format!("owner@{preset}.test");
        let organization = app.organization(preset).preset(preset).owned_by(&owner).await;
        let person = organization.owner();
        assert_eq!(person.get("roles").await.column("/key"), roles, "{preset}");
        person.get("").await.says("/settings/defaultRole", default).says("/preset", preset);
        let member = organization.member(&owner).await.unwrap();
        assert_eq!(member["roles"][0]["key"], roles[0]);
        let invited = format!("new@{preset}.test");
        let invitation = person.invites(&invited).await;
        assert_eq!(invitation["roles"][0]["key"], default);
        let new = app.visitor().accepts_mail_to(&invited).await;
        assert_eq!(new.as_seen_by(&person).await["status"], "active");
        let model = person.get("access-model").await.has_status(200);
        assert_eq!(model.at("/preset"), json!(preset));
    }
});

story!(
    /// A1, A4: an account that somebody else made, and whose password they know, is given no organization: the reader of its
    /// mailbox is invited. Who has shown to read it owns at once.
    only_the_mailboxs_reader_owns_at_once, app => {
    app.leaves_any_mail();
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let ceo = acme.creates("ceo@victim.test", "user").await;
    let operator = app.operator().await;
    let found = |name: &str, email: &str| {
        operator.post("/organizations", json!({"name": name, "preset": "admin-user", "owner": {"email": email}}))
    };
    found("Victim", "ceo@victim.test").await.has_status(201);
    let memberships = ceo.signs_in().await.has_status(200).at("/memberships");
    assert_eq!(memberships.as_array().unwrap().len(), 1, "{memberships}");
    ceo.within("victim").get("members").await.is(404, "not_found");
    let token = app.visitor().reads_mail_to("ceo@victim.test").await.token;
    app.visitor().get(&format!("/invitations/{token}")).await.says("/organization/name", "Victim").says("/roles/0", "Admin");
    ceo.post(&format!("/invitations/{token}/accept"), json!({})).await.is(403, "password_change_required");

    found("Second", "alice@acme.test").await.has_status(201);
    acme.alice().within("second").get("members").await.has_status(200);
});

story!(
    /// API-1: what was read can be written back; where nothing changes, no version and no event does.
    what_was_read_can_be_written_back, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let alice = acme.alice();
    let read = alice.get("").await.has_status(200);
    let (settings, name) = (read.at("/settings"), read.at("/name"));
    let written = alice.patch("", json!({"name": name, "settings": settings})).await.has_status(200);
    assert_eq!(written.text(), read.text());
    assert_eq!(acme.audit().await, [""; 0]);
    alice.patch("", json!({"settings": {"requireSecondFactor": true}})).await
        .refuses("/settings/requireSecondFactor", "not_available");
    alice.patch("", json!({"seatLimit": 0})).await.has_status(403);
});

story!(
    /// API-1: every list has pages, the short ones as well, and knows a cursor that is not its own.
    short_lists_have_pages, app => {
    let acme = app.organization("Acme").owned_by("alice@acme.test").await;
    let other = app.organization("Other").owned_by("olga@other.test").await;
    let alice = acme.alice();
    other.welcomes(&alice, "user").await;
    for list in ["roles", "/account/organizations"] {
        let first = alice.get(&format!("{list}?limit=1&count=true")).await.has_status(200);
        let whole = alice.get(list).await.has_status(200).at("/data");
        let whole = whole.as_array().unwrap();
        assert_eq!((first.at("/data"), first.at("/total")), (json!([whole[0]]), json!(whole.len())));
        let next = first.text_at("/nextCursor");
        let rest = alice.get(&format!("{list}?cursor={next}")).await.has_status(200);
        assert_eq!(rest.at("/data"), json!(whole[1..]));
        assert_eq!(rest.at("/nextCursor"), json!(null));
        alice.get(&format!("{list}?cursor=junk")).await.is(400, "invalid_cursor");
    }
    let next = alice.get("roles?limit=1").await.text_at("/nextCursor");
    other.owner().get(&format!("roles?cursor={next}")).await.is(400, "invalid_cursor");
});
