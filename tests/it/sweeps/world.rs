//! Two organizations with one of everything, and routes called with their ids.

use std::collections::BTreeMap;

use axum::http::Method;
use onesql::{Query, params};
use roster::base::{JobId, ReviewId};
use roster::http::{Face, Route};
use serde_json::json;

use crate::story::browser::leads_to;
use crate::story::console::submits;
use crate::story::{Answer, Organization, Person, Request, Story};

/// Two organizations and their people.
pub struct World {
    /// The one that is looked at.
    pub acme: Organization,
    /// A plain member of it, who may do nothing by their role.
    pub bob: Person,
    /// The other.
    pub globex: Organization,
}

/// What goes into the parameters of a path, by what stands before them.
pub type Ids = BTreeMap<&'static str, String>;

impl World {
    /// Makes both.
    pub async fn begin(app: &Story) -> Self {
        let acme = app.organization("Acme").owned_by("alice@acme.test").await;
        let bob = acme.joins("bob@acme.test", "user").await;
        let globex = app.organization("Globex").owned_by("gail@globex.test").await;
        globex.joins("hank@globex.test", "user").await;
        app.leaves_any_mail();
        Self { acme, bob, globex }
    }

    /// One of everything of an organization; a member, an invitation and a session that nobody needs.
    pub async fn ids(&self, of: &Organization) -> Ids {
        let app = &of.app;
        let address = |who: &str, n: i64| format!("{who}{n}@{}.test", of.slug);
        let n = of.revision().await;
        let spare = of.joins(&address("spare", n), "user").await;
        let invitation = of.owner().invites(&address("invited", n)).await;
        let letter = app.visitor().reads_mail_to(&address("invited", n)).await;
        let session = spare.get("/account/sessions").await.has_status(200).text_at("/data/0/id");
        let template = json!({"name": format!("Template {n}")});
        let template = of.owner().post("role-templates", template).await.has_status(201).text_at("/id");
        let text = |field: &str| crate::story::person::text(&invitation, field);
        let mut ids = things(of, &n.to_string()).await;
        ids.extend([
            ("organizations", of.slug.clone()),
            ("members", spare.id.clone()),
            ("invitations", text("id")),
            ("token", letter.token),
            ("sessions", session),
            ("roles", of.role_id("user").await),
            ("role-templates", template),
            ("mailbox", letter.id),
            ("users", spare.id.clone()),
            ("jobs", import_of(of).await),
            ("import", import_of(of).await),
            ("bulk", bulk_of(of).await),
            ("reviews", review_of(of).await),
            ("assets", "nothing".to_owned()),
            ("file", "nothing".to_owned()),
        ]);
        ids
    }
}

/// A team, a project and a resource that nobody needs.
pub async fn things(of: &Organization, mark: &str) -> Ids {
    let owner = of.owner();
    let named = json!({"name": format!("Spare {mark}")});
    let team = owner.post("teams", named.clone()).await.has_status(201).text_at("/id");
    let project = owner.post("projects", named).await.has_status(201).text_at("/id");
    let external_id = format!("{}-{mark}", of.slug);
    let put = json!({"name": "Spare", "category": "users", "visibility": "organization"});
    let resource = owner.put(&format!("resources/thing/{external_id}"), put).await.has_status(201);
    Ids::from([
        ("teams", team),
        ("projects", project),
        ("resources", resource.text_at("/id")),
        ("type", "thing".to_owned()),
        ("externalId", external_id),
    ])
}

async fn job_of(of: &Organization, kind: &str) -> Option<String> {
    const FIND: &str = "SELECT id FROM jobs WHERE organization_id = $1 AND kind = $2 ORDER BY id LIMIT 1";
    let found: Option<(JobId,)> =
        of.app.app().db.reader().optional(FIND, params![of.id, kind]).await.unwrap();
    found.map(|(id,)| id.to_string())
}

/// A bulk action that nobody has begun; one is made where there is none.
pub async fn bulk_of(of: &Organization) -> String {
    if let Some(id) = job_of(of, "bulk").await {
        return id;
    }
    let form = [("action", "suspend"), ("whom", "all")];
    let drafted = submits(&of.owner(), "/users/bulk", &form).await;
    leads_to(&drafted).rsplit('/').next().unwrap().to_owned()
}

/// An import that has ended; one is made where there is none.
pub async fn import_of(of: &Organization) -> String {
    if let Some(id) = job_of(of, "import").await {
        return id;
    }
    let app = of.app.app();
    let request = Request::new(Method::POST, of.owner().path("invitations/import"));
    let file = request.body("text/csv", "email,firstName,lastName\n");
    let begun = of.owner().send(file).await.has_status(202).text_at("/job/id");
    roster::job_worker::run_once(app).await.unwrap();
    begun
}

/// A review of everybody; one is started where there is none.
pub async fn review_of(of: &Organization) -> String {
    const FIND: &str = "SELECT id FROM reviews WHERE organization_id = $1 ORDER BY id LIMIT 1";
    let found: Option<(ReviewId,)> = of.app.app().db.reader().optional(FIND, params![of.id]).await.unwrap();
    if let Some((id,)) = found {
        return id.to_string();
    }
    let everybody = json!({"name": format!("Review of {}", of.slug), "scope": ["everyone"]});
    of.owner().post("reviews", everybody).await.has_status(201).text_at("/id")
}

/// The path with ids in place of its parameters.
pub fn fill(path: &str, ids: &Ids) -> String {
    let mut before = "";
    let parts: Vec<String> = path
        .split('/')
        .map(|part| {
            let Some(name) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
                before = part;
                return part.to_owned();
            };
            let key = match name {
                "member" => "members",
                "token" | "file" | "type" | "externalId" => name,
                _ => before,
            };
            ids.get(key).cloned().unwrap_or_else(|| {
                panic!("tests/it/sweeps/{{world,neighbours/town}}.rs: say what goes into {part} of {path}, behind {before:?}")
            })
        })
        .collect();
    parts.join("/")
}

/// Calls a route, with an empty object where it takes a body.
pub async fn call(route: &Route, who: &Person, ids: &Ids) -> Answer {
    let request = Request::new(route.method.clone(), fill(route.path, ids));
    let takes_body = [Method::POST, Method::PUT, Method::PATCH].contains(&route.method);
    who.send(if takes_body { request.json(&json!({})) } else { request }).await
}

/// A route's name in tables.
pub fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Whether a route refused for lack of a permission, as JSON or as a page.
pub fn is_forbidden(route: &Route, answer: &Answer) -> bool {
    answer.status == 403
        && match route.face {
            Face::Api => answer.code() == "forbidden",
            Face::Page => answer.text().contains("You do not have the permission"),
        }
}
