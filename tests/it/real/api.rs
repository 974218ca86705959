//! A client of the JSON API, as a script would be one.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;

/// Somebody at one server process: signed in, or a visitor.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The body of a success; fails the test with the problem otherwise.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "refused with {}: {}", self.status, self.body);
        self.body
    }

    /// Whether it was a success.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Status and problem code, as `409 last_owner`; for a success the status alone.
    pub fn outcome(&self) -> String {
        match self.body["code"].as_str() {
            Some(code) if !self.is_ok() => format!("{} {code}", self.status),
            _ => self.status.to_string(),
        }
    }
}

impl Api {
    /// A visitor at this server.
    pub fn new(url: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: agent.into(), url: url.to_owned(), token: None }
    }

    /// The same person at another process, with the same session.
    pub fn at(&self, process: &super::Process) -> Self {
        Self { token: self.token.clone(), ..process.visitor() }
    }

    /// The session's secret.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a visitor has no session")
    }

    /// Whoever holds this session token.
    pub fn holding(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Signs in; must succeed.
    pub fn sign_in(&self, email: &str, password: &str) -> Self {
        let body = self.post("/api/v1/sign-in", json!({"email": email, "password": password})).ok();
        self.holding(body["token"].as_str().expect("sign-in gives a token"))
    }

    /// One request; `None` where no whole answer came.
    pub fn try_call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        self.try_with(method, path, body, None)
    }

    /// The same with one more header.
    pub fn try_with(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        header: Option<(&str, &str)>,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_string());
                self.agent.run(request.expect("a well-formed request"))
            }
            None => self.agent.run(request.body(()).expect("a well-formed request")),
        };
        let mut answer = answer.ok()?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Some(Answer { status, body })
    }

    /// Begins the import of a file; must succeed.
    pub fn import(&self, organization: &str, file: &str) -> Value {
        let path = format!("/api/v1/organizations/{organization}/invitations/import");
        let request = Request::builder()
            .method("POST")
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token()))
            .header("content-type", "text/csv")
            .body(file.to_owned());
        let mut answer = self.agent.run(request.expect("a well-formed request")).expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_json().expect("JSON");
        Answer { status, body }.ok()
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.try_call(method, path, body).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(&body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(&body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None)
    }

    /// Every item of a list, over all its pages.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let mut page = self.get(&format!("{path}{sign}limit=200{cursor}")).ok();
            items.append(page["data"].as_array_mut().expect("a list has data"));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Invites these addresses into Acme with this role; gives the invitations in order.
    pub fn invite(&self, emails: &[String], role: &str) -> Vec<Value> {
        let body =
            self.post("/api/v1/organizations/acme/invitations", json!({"emails": emails, "role": role})).ok();
        let results = body["results"].as_array().expect("results").clone();
        results
            .into_iter()
            .map(|result| {
                assert_eq!(result["outcome"], "created", "{result}");
                result["invitation"].clone()
            })
            .collect()
    }

    /// Accepts the invitation with this link token as a new person.
    pub fn accept(&self, token: &str) -> Answer {
        self.post(
            &format!("/api/v1/invitations/{token}/accept"),
            json!({"password": super::PASSWORD, "firstName": "Nora", "lastName": "New"}),
        )
    }

    /// The member with this address in Acme.
    pub fn member(&self, email: &str) -> Value {
        self.list("/api/v1/organizations/acme/members")
            .into_iter()
            .find(|member| member["email"] == email)
            .unwrap_or_else(|| panic!("no member {email}"))
    }
}
