//! People and what they do.

use std::future::Future;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use serde_json::{Value, json};

use super::mailbox::{self, Letter};
use super::{Answer, Process, Request, Story};

/// The password of everybody in the stories.
pub const PASSWORD: &str = "plum-Kettle 4 orbits seven";

/// Somebody: a visitor, or a signed-in person with an organization that short paths are about.
#[derive(Clone)]
pub struct Person {
    /// The story.
    pub app: Story,
    /// The server process that this person talks to.
    pub process: Process,
    /// Their address; empty for a visitor.
    pub email: String,
    /// Their session's token; a new sign-in gives it to everybody who is this person.
    pub token: Arc<Mutex<Option<String>>>,
    /// The slug of the organization that short paths are about.
    pub organization: String,
    /// Their member id there.
    pub id: String,
}

impl Person {
    /// Somebody who is not signed in.
    pub fn visitor(app: &Story) -> Self {
        Self {
            app: app.clone(),
            process: app.process.clone(),
            email: String::new(),
            token: Arc::default(),
            organization: String::new(),
            id: String::new(),
        }
    }

    /// The same person, talking to another process.
    pub fn at(&self, process: &Process) -> Self {
        Self { process: process.clone(), ..self.clone() }
    }

    /// The same person, with short paths about another organization.
    pub fn within(&self, organization: &str) -> Self {
        Self { organization: organization.to_owned(), ..self.clone() }
    }

    /// The same person with another session.
    pub fn with_token(&self, token: &str) -> Self {
        self.app.knows_token(token);
        Self { token: Arc::new(Mutex::new(Some(token.to_owned()))), ..self.clone() }
    }

    /// `members` is about the person's organization, `/session` about the API, `/api/…` and other roots are whole.
    pub fn path(&self, path: &str) -> String {
        let whole = ["/api/", "/access/", "/.well-known/", "/-"];
        if whole.iter().any(|root| path.starts_with(root)) {
            path.trim_start_matches("/-").to_owned()
        } else if path.starts_with('/') {
            format!("/api/v1{path}")
        } else {
            format!("/api/v1/organizations/{}/{path}", self.organization).trim_end_matches('/').to_owned()
        }
    }

    /// Sends a request as this person.
    pub fn send(&self, request: Request) -> impl Future<Output = Answer> + Send + use<> {
        let token = self.token.lock().unwrap().clone();
        let request = match &token {
            Some(token) if !request.headers.contains_key("authorization") => request.bearer(token),
            _ => request,
        };
        let process = self.process.clone();
        async move { process.send(request).await }
    }

    /// GET.
    pub fn get(&self, path: &str) -> impl Future<Output = Answer> + Send + use<> {
        self.send(Request::new(Method::GET, self.path(path)))
    }

    /// POST of a JSON body.
    pub fn post(&self, path: &str, body: Value) -> impl Future<Output = Answer> + Send + use<> {
        self.send(Request::new(Method::POST, self.path(path)).json(&body))
    }

    /// PUT of a JSON body.
    pub fn put(&self, path: &str, body: Value) -> impl Future<Output = Answer> + Send + use<> {
        self.send(Request::new(Method::PUT, self.path(path)).json(&body))
    }

    /// PATCH with a JSON body.
    pub fn patch(&self, path: &str, body: Value) -> impl Future<Output = Answer> + Send + use<> {
        self.send(Request::new(Method::PATCH, self.path(path)).json(&body))
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> impl Future<Output = Answer> + Send + use<> {
        self.send(Request::new(Method::DELETE, self.path(path)))
    }

    /// Signs in with the password of everybody, from a new client.
    pub async fn signs_in(&self) -> Answer {
        let body = json!({"email": self.email, "password": PASSWORD});
        Self::visitor(&self.app).at(&self.process).post("/sign-in", body).await
    }

    /// Signs in once more, as after a week away.
    pub async fn signs_in_again(&self) {
        let token = self.signs_in().await.has_status(200).text_at("/token");
        *self.token.lock().unwrap() = Some(token);
    }

    /// Tries to invite somebody.
    pub async fn tries_to_invite(&self, email: &str, more: Value) -> Answer {
        let mut body = json!({"email": email});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.post("invitations", body).await
    }

    /// Invites somebody with the default role; gives back the invitation.
    pub async fn invites(&self, email: &str) -> Value {
        self.tries_to_invite(email, json!({})).await.has_status(200).at("/results/0/invitation")
    }

    /// Revokes an invitation.
    pub async fn revokes(&self, invitation: &Value) -> Answer {
        self.post(&format!("invitations/{}/revoke", text(invitation, "id")), json!({})).await
    }

    /// Resends an invitation.
    pub async fn resends(&self, invitation: &Value) -> Answer {
        self.post(&format!("invitations/{}/resend", text(invitation, "id")), json!({})).await
    }

    /// Copies an invitation's link in the console; gives back its token.
    pub async fn copies_link_of(&self, invitation: &Value) -> String {
        let path = format!("/invitations/{}/link", text(invitation, "id"));
        let form = Request::new(Method::POST, path).body("application/x-www-form-urlencoded", "");
        let page = self.send(form).await.has_status(200).text();
        let link = page.split("https://roster.test/invitations/").nth(1).expect("a link on the page");
        let token = link.split('"').next().unwrap_or_default().to_owned();
        self.app.knows_token(&token);
        token
    }

    /// An invitation as it is now.
    pub async fn looks_at(&self, invitation: &Value) -> Answer {
        self.get(&format!("invitations/{}", text(invitation, "id"))).await
    }

    /// The newest letter to an address; reading it counts.
    #[track_caller]
    pub fn reads_mail_to(&self, address: &str) -> impl Future<Output = Letter> + Send + use<> {
        let (app, address) = (self.app.clone(), address.to_owned());
        async move {
            let letters = mailbox::letters(app.app()).await;
            // With a clock that stands, several letters may be of one instant: those that nobody read are newer.
            let (read, unread): (Vec<_>, Vec<_>) =
                letters.into_iter().partition(|letter| app.was_read(&letter.id));
            let found = read.into_iter().chain(unread).rfind(|letter| letter.to == address);
            let letter = found.unwrap_or_else(|| panic!("no letter to {address}"));
            app.has_read(letter.id.clone());
            letter
        }
    }

    /// Tries to accept with a token as a new person.
    pub async fn tries_to_accept(&self, token: &str) -> Answer {
        let body = json!({"password": PASSWORD, "firstName": "Bob", "lastName": "Baker"});
        self.post(&format!("/invitations/{token}/accept"), body).await
    }

    /// Accepts the newest invitation to an address as a new person, who is signed in then.
    pub async fn accepts_mail_to(&self, address: &str) -> Person {
        let letter = self.reads_mail_to(address).await;
        let answer = self.tries_to_accept(&letter.token).await.has_status(201);
        Person::from_sign_in(&self.app, address, &answer).await
    }

    /// The person behind an answer to a sign-in.
    pub async fn from_sign_in(app: &Story, email: &str, answer: &Answer) -> Person {
        let visitor = Person::visitor(app);
        let person = Person { email: email.to_owned(), ..visitor }.with_token(&answer.text_at("/token"));
        person.finds_their_place().await
    }

    /// The same person with the organization that their session is in.
    pub async fn finds_their_place(&self) -> Person {
        let session = self.get("/session").await.has_status(200).json();
        let place = |pointer: &str| {
            session.pointer(pointer).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        };
        Person { organization: place("/organization/slug"), id: place("/member/id"), ..self.clone() }
    }

    /// This person's own member record, as somebody sees it who may.
    pub async fn as_seen_by(&self, other: &Person) -> Value {
        other.get(&format!("members/{}", self.id)).await.has_status(200).json()
    }
}

/// The text of a field.
#[track_caller]
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no text in {field} of {value}")).to_owned()
}
