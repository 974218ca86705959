//! An organization in a story, and how it begins.

use std::future::Future;

use onesql::{Query, params};
use roster::base::{OrganizationId, ProjectId, RoleTemplateId, TeamId};
use serde_json::{Value, json};

use super::person::{PASSWORD, Person};
use super::{Answer, Story};

/// What is known of an organization before somebody owns it.
pub struct Beginning {
    app: Story,
    name: String,
    preset: String,
    seats: Option<i64>,
}

impl Beginning {
    /// An organization of the preset `admin-user`, unless said.
    pub fn new(app: Story, name: &str) -> Self {
        Self { app, name: name.to_owned(), preset: "admin-user".to_owned(), seats: None }
    }

    /// With another preset.
    pub fn preset(self, preset: &str) -> Self {
        Self { preset: preset.to_owned(), ..self }
    }

    /// With so many seats.
    pub fn seats(self, seats: i64) -> Self {
        Self { seats: Some(seats), ..self }
    }

    /// Comes into being with its owner, who is signed in.
    pub async fn owned_by(self, email: &str) -> Organization {
        let app = self.app.clone();
        let id = super::founding::found(app.app(), &self.name, &self.preset, self.seats, email).await;
        let visitor = Person { email: email.to_owned(), ..Person::visitor(&app) };
        let signed_in = visitor.signs_in().await.has_status(200);
        let token = signed_in.text_at("/token");
        let owner = visitor.with_token(&token);
        let body = json!({"organization": id.to_string()});
        owner.put("/session/organization", body).await.has_status(200);
        let owner = owner.finds_their_place().await;
        let slug = owner.organization.clone();
        let mut organization = Organization { app, id, slug, owner, founding: 0 };
        organization.founding = organization.whole_audit().await.len();
        organization
    }
}

/// An organization. Cheap to clone.
#[derive(Clone)]
pub struct Organization {
    /// The story.
    pub app: Story,
    /// Its id.
    pub id: OrganizationId,
    /// Its name in paths.
    pub slug: String,
    owner: Person,
    founding: usize,
}

/// What an organization has beside people, by id; made so that the trail says nothing of it.
pub struct Places {
    /// The team Sales.
    pub team: String,
    /// The team Night desk.
    pub other_team: String,
    /// The role template Support: it may view analytics.
    pub template: String,
    /// The project Harbour.
    pub project: String,
}

impl Organization {
    /// Makes two teams, a role template and a project.
    pub async fn has_places(&self) -> Places {
        const TEAM: &str = "INSERT INTO teams (id, organization_id, name, name_key, description, created_at, updated_at, version)
             VALUES ($1, $2, $3, $4, '', 0, 0, 1)";
        const PROJECT: &str = "INSERT INTO projects (id, organization_id, name, name_key, description, created_at, updated_at, version)
             VALUES ($1, $2, 'Harbour', 'harbour', '', 0, 0, 1)";
        const TEMPLATE: &str = "INSERT INTO role_templates (id, organization_id, name, name_key, description, permissions, created_at, \
             updated_at, version) VALUES ($1, $2, 'Support', 'support', '', '{\"analytics\":[\"view\"]}', 0, 0, 1)";
        let app = self.app.app();
        let id = || app.random.uuid(app.now());
        let (sales, night) = (TeamId(id()), TeamId(id()));
        let (template, project) = (RoleTemplateId(id()), ProjectId(id()));
        let mut tx = app.db.begin().await.unwrap();
        tx.execute(TEAM, params![sales, self.id, "Sales", "sales"]).await.unwrap();
        tx.execute(TEAM, params![night, self.id, "Night desk", "night desk"]).await.unwrap();
        tx.execute(PROJECT, params![project, self.id]).await.unwrap();
        tx.execute(TEMPLATE, params![template, self.id]).await.unwrap();
        tx.commit().await.unwrap();
        Places {
            team: sales.to_string(),
            other_team: night.to_string(),
            template: template.to_string(),
            project: project.to_string(),
        }
    }

    /// Who set it up.
    pub fn owner(&self) -> Person {
        self.owner.clone()
    }

    /// Who set it up: in the stories about one organization she is called Alice.
    pub fn alice(&self) -> Person {
        self.owner()
    }

    /// The same organization, with paths that hold its id, which nobody can change.
    pub fn by_id(&self) -> Self {
        Self { owner: self.owner.within(&self.id.to_string()), ..self.clone() }
    }

    /// Somebody new joins with a role, by accepting an invitation of the owner.
    pub async fn joins(&self, email: &str, role: &str) -> Person {
        self.joins_with(email, json!({"role": role})).await
    }

    /// Somebody new joins with what the owner's invitation says: role, roleTemplate, teams …
    pub async fn joins_with(&self, email: &str, more: Value) -> Person {
        self.owner.tries_to_invite(email, more).await.has_status(200);
        self.app.visitor().accepts_mail_to(email).await
    }

    /// A person of another organization joins this one too, with a role; gives them back in this one.
    pub async fn welcomes(&self, person: &Person, role: &str) -> Person {
        self.owner.tries_to_invite(&person.email, json!({"role": role})).await.has_status(200);
        let letter = person.reads_mail_to(&person.email).await;
        person.post(&format!("/invitations/{}/accept", letter.token), json!({})).await.has_status(200);
        person.finds_their_place().await
    }

    /// A member who was created directly and may use their password at once.
    pub async fn creates(&self, email: &str, role: &str) -> Person {
        let body = json!({"email": email, "firstName": "Carol", "lastName": "Cook", "password": PASSWORD,
            "role": role, "requirePasswordChange": false});
        self.owner.post("members", body).await.has_status(201);
        let visitor = Person { email: email.to_owned(), ..self.app.visitor() };
        Person::from_sign_in(&self.app, email, &visitor.signs_in().await.has_status(200)).await
    }

    /// The id of a role.
    pub async fn role_id(&self, key: &str) -> String {
        let roles = self.owner.get("roles?limit=200").await.has_status(200).at("/data");
        let roles = roles.as_array().cloned().unwrap_or_default();
        let found = roles.iter().find(|role| role["key"] == key);
        super::person::text(found.unwrap_or_else(|| panic!("no role {key}")), "id")
    }

    /// A member as the owner sees them.
    pub async fn member(&self, email: &str) -> Option<Value> {
        let data = self.owner.get("members?limit=200").await.has_status(200).at("/data");
        data.as_array().into_iter().flatten().find(|member| member["email"] == email).cloned()
    }

    /// The id of a member.
    pub async fn member_id(&self, email: &str) -> String {
        let member = self.member(email).await.unwrap_or_else(|| panic!("{email} is no member"));
        super::person::text(&member, "id")
    }

    /// The seats.
    pub fn seats(&self) -> impl Future<Output = Answer> + Send + use<> {
        self.owner.get("seats")
    }

    /// What was done here since the organization and its owner were there, oldest first; not the sessions.
    pub async fn audit(&self) -> Vec<String> {
        self.whole_audit()
            .await
            .into_iter()
            .filter(|(action, outcome)| outcome == "done" && !action.starts_with("session."))
            .map(|(action, _)| action)
            .collect()
    }

    /// What was refused here, oldest first.
    pub async fn refusals(&self) -> Vec<String> {
        let all = self.whole_audit().await.into_iter();
        all.filter(|(_, outcome)| outcome == "refused").map(|(action, _)| action).collect()
    }

    /// Every event since then: action and outcome, oldest first.
    pub async fn whole_audit(&self) -> Vec<(String, String)> {
        const EVENTS: &str =
            "SELECT action, outcome FROM audit_events WHERE organization_id = $1 ORDER BY seq";
        let events: Vec<(String, String)> =
            self.app.app().db.reader().all(EVENTS, params![self.id]).await.unwrap();
        events.into_iter().skip(self.founding).collect()
    }

    /// A number that changes with every command here, so that a story can say that nothing happened.
    pub async fn revision(&self) -> i64 {
        const REVISION: &str = "SELECT revision FROM organizations WHERE id = $1";
        let row: (i64,) = self.app.app().db.reader().one(REVISION, params![self.id]).await.unwrap();
        row.0
    }
}
