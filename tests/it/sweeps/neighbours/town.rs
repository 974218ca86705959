//! Two organizations that share a person, and what happens in the second.

use axum::http::Method;
use onesql::{Query, params};
use roster::base::time::DAY;
use roster::base::{MemberId, ProjectId, RoleTemplateId, TeamId};
use serde_json::{Value, json};

use super::super::world::{Ids, bulk_of, import_of, review_of};
use crate::story::mailbox;
use crate::story::person::{PASSWORD, text};
use crate::story::{Answer, Organization, Person, Request, Story};

/// What stands in Quartzworks alone, so that it is known wherever it turns up. The owner of Quartzworks sees each of them.
pub const MARKS: &[&str] = &[
    "Quartzworks",
    "Quillkeeper",
    "Deactivate",
    "Quartzteam",
    "Quartzproject",
    "Quartztemplate",
    "Quartzthing",
    "Quince",
    "gwen@quartzworks.test",
    "hank@quartzworks.test",
    "Quartzgreeting",
    "QuartzBrowser",
    "555 0199",
    "203.0.113.41",
    "203.0.113.42",
    "203.0.113.43",
    "12 sessions",
];

/// Acme and Quartzworks. Bob belongs to both; Dora is invited to Acme.
pub struct Town {
    /// Whose owner looks.
    pub acme: Organization,
    /// Where Bob leads another life.
    pub quartz: Organization,
    /// Bob, with paths about Acme and his member id there.
    pub bob: Person,
    /// The same person and session, with paths about Quartzworks.
    pub there: Person,
}

/// Sends a request from an address, as the program that is used in Quartzworks only.
async fn from(ip: &str, who: &Person, request: Request) -> Answer {
    let mut request = request.header("user-agent", "QuartzBrowser/7.1");
    request.peer = format!("{ip}:50000").parse().unwrap();
    who.send(request).await
}

fn body(method: Method, path: String, body: &Value) -> Request {
    Request::new(method, path).json(body)
}

/// Tries to sign in from an address.
pub async fn tries(app: &Story, ip: &str, (email, password): (&str, &str), at: Option<&str>) -> Answer {
    let mut what = json!({"email": email, "password": password});
    if let Some(at) = at {
        what["organization"] = json!(at);
    }
    from(ip, &app.visitor(), body(Method::POST, "/api/v1/sign-in".into(), &what)).await
}

impl Town {
    /// Both come into being, and Bob works in Acme. A day later nothing has happened in Quartzworks but that he joined.
    pub async fn begin(app: &Story) -> Self {
        app.leaves_any_mail();
        let acme = app.organization("Acme").seats(20).owned_by("alice@acme.test").await;
        let quartz = app
            .organization("Quartzworks")
            .preset("multi-role")
            .seats(77)
            .owned_by("gwen@quartzworks.test")
            .await;
        let gwen = json!({"firstName": "Gwendolyn", "lastName": "Quince"});
        quartz.owner().patch("/account", gwen).await.has_status(200);
        furnish(&quartz).await;
        registers(&quartz, "quartz", "Quartzthing", "users").await;
        acme.alice().post("teams", json!({"name": "Anvils"})).await.has_status(201);
        acme.alice().post("projects", json!({"name": "Anvil"})).await.has_status(201);
        registers(&acme, "anvil", "Anvil", "conversations").await;
        let bob = acme.joins("bob@example.test", "user").await;
        acme.alice().invites("dora@example.test").await;
        bob.get("members").await.is(403, "forbidden");
        // An unnamed try concerns both, and is kept in both.
        app.process
            .send(body(
                Method::POST,
                "/api/v1/sign-in".into(),
                &json!({"email": bob.email, "password": "no"}),
            ))
            .await;
        let message = json!({"role": "auditor", "message": "Quartzgreeting from all of us"});
        quartz.owner().tries_to_invite(&bob.email, message).await.has_status(200);
        let letter = bob.reads_mail_to(&bob.email).await;
        let accept = bob.path(&format!("/invitations/{}/accept", letter.token));
        let joined = from("203.0.113.41", &bob, body(Method::POST, accept, &json!({}))).await;
        let there = Person { id: joined.has_status(200).text_at("/member/id"), ..bob.within(&quartz.slug) };
        app.waits(DAY);
        // Everybody who looks later has looked once, so that looking changes nothing.
        for owner in [acme.owner(), quartz.owner()] {
            owner.get("").await.has_status(200);
        }
        Self { acme, quartz, bob, there }
    }

    /// A day's work in Quartzworks: everything that leaves a trace there.
    pub async fn works_in_quartzworks(&self) {
        let (app, gwen) = (&self.quartz.app, self.quartz.owner());
        let (bob, there) = (&self.bob, &self.there);
        // The session that Acme knows goes on there, from another address.
        let switch = json!({"organization": "quartzworks"});
        from("203.0.113.41", bob, body(Method::PUT, "/api/v1/session/organization".into(), &switch))
            .await
            .has_status(200);
        from("203.0.113.41", there, Request::new(Method::GET, there.path("members"))).await.has_status(200);
        let invite = json!({"email": "x@quartzworks.test"});
        from("203.0.113.41", there, body(Method::POST, there.path("invitations"), &invite))
            .await
            .is(403, "forbidden");
        for _ in 0..3 {
            tries(app, "203.0.113.42", (&bob.email, "not the password"), Some("quartzworks"))
                .await
                .has_status(401);
        }
        tries(app, "203.0.113.42", ("alice@acme.test", "not the password"), Some("quartzworks"))
            .await
            .has_status(401);
        for _ in 0..12 {
            tries(app, "203.0.113.43", (&bob.email, PASSWORD), Some("quartzworks")).await.has_status(200);
        }
        let answer =
            tries(app, "203.0.113.43", (&bob.email, PASSWORD), Some("quartzworks")).await.has_status(200);
        let phone =
            Person { organization: self.quartz.slug.clone(), ..there.with_token(&answer.text_at("/token")) };
        phone.post("/sign-out", json!({})).await.has_status(204);
        self.gwen_changes_bob(&gwen).await;
        // Others come and go; Dora, whom Acme waits for, gets an account here.
        let hank = self.quartz.joins("hank@quartzworks.test", "member").await;
        gwen.patch(&format!("members/{}", hank.id), json!({"lastName": "Hark"})).await.has_status(200);
        self.quartz.joins("dora@example.test", "member").await;
        let invitation = gwen.invites("iris@quartzworks.test").await;
        gwen.resends(&invitation).await.has_status(200);
        gwen.revokes(&gwen.invites("jan@quartzworks.test").await).await.has_status(200);
        gwen.patch("", json!({"settings": {"invitationLifetimeDays": 9}})).await.has_status(200);
    }

    async fn gwen_changes_bob(&self, gwen: &Person) {
        let [team, project, template] = ids_of(&self.quartz).await;
        let path = format!("members/{}", self.there.id);
        let change = json!({"firstName": "Robert", "phone": "+1 555 0199", "timeZone": "Pacific/Chatham", "locale": "mi",
            "roles": ["auditor", "member"], "teams": [team], "projects": [project], "roleTemplate": template,
            "permissions": {"users": ["view"]}});
        gwen.patch(&path, change).await.has_status(200);
        let session = gwen.get("sessions?q=bob").await.has_status(200).text_at("/data/0/id");
        gwen.delete(&format!("sessions/{session}")).await.has_status(204);
    }

    /// Bob's life in Quartzworks ends; of the person nothing is left there.
    pub async fn quartzworks_lets_bob_go(&self) {
        let (gwen, path) = (self.quartz.owner(), format!("members/{}", self.there.id));
        gwen.post(&format!("{path}/suspend"), json!({})).await.has_status(200);
        gwen.delete(&path).await.has_status(204);
    }

    /// What goes into the paths for Acme's owner: Bob, whom they share, and Dora, who is awaited.
    pub async fn acmes(&self) -> Vec<Ids> {
        ids_about(&self.acme, &[&self.bob.email, "dora@example.test", "alice@acme.test"]).await
    }

    /// The same for the owner of Quartzworks.
    pub async fn quartzworks(&self) -> Vec<Ids> {
        ids_about(&self.quartz, &[&self.bob.email, "iris@quartzworks.test", "gwen@quartzworks.test"]).await
    }

    /// To whom letters were written.
    pub async fn letters(&self) -> Vec<String> {
        mailbox::letters(self.acme.app.app()).await.iter().map(mailbox::Letter::told).collect()
    }

    /// What is peculiar to Quartzworks: marks, and the ids of all that it has, without what they begin with.
    pub async fn strange(&self) -> Vec<String> {
        const IDS: &str = "SELECT id FROM members WHERE organization_id = $1
          UNION ALL SELECT id FROM roles WHERE organization_id = $1
          UNION ALL SELECT id FROM teams WHERE organization_id = $1
          UNION ALL SELECT id FROM projects WHERE organization_id = $1
          UNION ALL SELECT id FROM resources WHERE organization_id = $1
          UNION ALL SELECT id FROM role_templates WHERE organization_id = $1
          UNION ALL SELECT id FROM invitations WHERE organization_id = $1
          UNION ALL SELECT id FROM login_attempts WHERE organization_id = $1
          UNION ALL SELECT id FROM audit_events WHERE organization_id = $1
          UNION ALL SELECT id FROM outbox WHERE organization_id = $1
          UNION ALL SELECT id FROM organizations WHERE id = $1
          UNION ALL SELECT session_id FROM session_organizations so WHERE organization_id = $1 AND NOT EXISTS (SELECT 1
            FROM session_organizations other WHERE other.session_id = so.session_id AND other.organization_id <> $1)";
        let mut reader = self.acme.app.app().db.reader();
        let rows: Vec<(uuid::Uuid,)> = reader.all(IDS, params![self.quartz.id]).await.unwrap();
        let ids = rows.into_iter().map(|(id,)| roster::base::id::encode_base32(id));
        MARKS.iter().map(|mark| (*mark).to_owned()).chain(ids).collect()
    }
}

/// A thing of the organization's product, open to its team.
async fn registers(of: &Organization, external_id: &str, name: &str, category: &str) {
    let team = of.owner().get("teams").await.has_status(200).text_at("/data/0/id");
    let thing = json!({"name": name, "category": category, "visibility": "restricted",
        "access": [{"team": team, "level": "edit"}]});
    of.owner().put(&format!("resources/{external_id}/{external_id}"), thing).await.has_status(201);
}

/// Team, project and role template, for which there are no commands yet, and a role with a name of its own.
async fn furnish(quartz: &Organization) {
    const TEAM: &str = "INSERT INTO teams (id, organization_id, name, name_key, description, created_at, updated_at, version)
      VALUES ($1, $2, 'Quartzteam', 'quartzteam', '', 0, 0, 1)";
    const PROJECT: &str = "INSERT INTO projects (id, organization_id, name, name_key, description, created_at, updated_at, version)
      VALUES ($1, $2, 'Quartzproject', 'quartzproject', '', 0, 0, 1)";
    const TEMPLATE: &str = "INSERT INTO role_templates (id, organization_id, name, name_key, description, permissions, created_at,
        updated_at, version)
      VALUES ($1, $2, 'Quartztemplate', 'quartztemplate', '', '{\"users\":[\"view\"]}', 0, 0, 1)";
    const ROLE: &str =
        "UPDATE roles SET label = 'Quillkeeper', packed = REPLACE(packed, 'Auditor', 'Quillkeeper')
      WHERE organization_id = $1 AND key = 'auditor'";
    const RAISE: &str = "UPDATE organizations SET revision = revision + 1 WHERE id = $1";
    let app = quartz.app.app();
    let new = || app.random.uuid(app.now());
    let mut tx = app.db.begin().await.unwrap();
    tx.execute(TEAM, params![TeamId(new()), quartz.id]).await.unwrap();
    tx.execute(PROJECT, params![ProjectId(new()), quartz.id]).await.unwrap();
    tx.execute(RAISE, params![quartz.id]).await.unwrap();
    tx.execute(TEMPLATE, params![RoleTemplateId(new()), quartz.id]).await.unwrap();
    tx.execute(ROLE, params![quartz.id]).await.unwrap();
    tx.commit().await.unwrap();
}

/// The ids of the team, the project and the template.
pub async fn ids_of(quartz: &Organization) -> [String; 3] {
    const PLACES: &str = "SELECT t.id, p.id, r.id FROM teams t
      JOIN projects p ON p.organization_id = t.organization_id JOIN role_templates r ON r.organization_id = t.organization_id
      WHERE t.organization_id = $1";
    let mut reader = quartz.app.app().db.reader();
    let (team, project, template): (TeamId, ProjectId, RoleTemplateId) =
        reader.one(PLACES, params![quartz.id]).await.unwrap();
    [team.to_string(), project.to_string(), template.to_string()]
}

/// For each of these people what goes into the parameters of paths: their membership, invitation, session, role.
async fn ids_about(of: &Organization, people: &[&str]) -> Vec<Ids> {
    const MEMBER: &str = "SELECT id FROM members WHERE organization_id = $1 AND email_key = $2";
    let owner = of.owner();
    let invitations = owner.get("invitations?limit=200").await.has_status(200).at("/data");
    let sessions = owner.get("sessions?limit=200").await.has_status(200).at("/data");
    let among = |rows: &Value, pointer: &str, email: &str| {
        let rows = rows.as_array().cloned().unwrap_or_default();
        let found = rows.iter().find(|row| row.pointer(pointer).is_some_and(|is| is == email));
        found.or(rows.first()).map(|row| text(row, "id")).unwrap()
    };
    let mut first = Vec::new();
    for list in ["teams", "projects", "resources"] {
        first.push(owner.get(list).await.has_status(200).text_at("/data/0/id"));
    }
    let thing = if of.slug == "acme" { "anvil" } else { "quartz" };
    if owner.get("role-templates").await.has_status(200).column("/id").is_empty() {
        owner.post("role-templates", serde_json::json!({"name": "Desk"})).await.has_status(201);
    }
    let template = owner.get("role-templates").await.column("/id").remove(0);
    let (import, bulk) = (import_of(of).await, bulk_of(of).await);
    let review = review_of(of).await;
    let mut all = Vec::new();
    for email in people {
        let member: Option<(MemberId,)> =
            of.app.app().db.reader().optional(MEMBER, params![of.id, *email]).await.unwrap();
        let Some((member,)) = member else { continue };
        let member = member.to_string();
        all.push(Ids::from([
            ("organizations", of.slug.clone()),
            ("members", member.clone()),
            ("users", member),
            ("jobs", import.clone()),
            ("import", import.clone()),
            ("bulk", bulk.clone()),
            ("reviews", review.clone()),
            ("invitations", among(&invitations, "/email", email)),
            ("sessions", among(&sessions, "/account/email", email)),
            ("teams", first[0].clone()),
            ("projects", first[1].clone()),
            ("resources", first[2].clone()),
            ("type", thing.to_owned()),
            ("externalId", thing.to_owned()),
            ("roles", of.role_id(if of.slug == "acme" { "user" } else { "auditor" }).await),
            ("role-templates", template.clone()),
            ("token", "AAAA".to_owned()),
            ("mailbox", "mail_01h455vb4pex5vsknk084sn02q".to_owned()),
            ("assets", "nothing".to_owned()),
            ("file", "nothing".to_owned()),
        ]));
    }
    all
}
