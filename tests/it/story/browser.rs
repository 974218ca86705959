//! A browser without script that keeps its cookies.

use axum::http::Method;

use super::{Answer, Request, Story};

/// A browser with its cookies.
pub struct Browser {
    app: Story,
    cookies: Vec<(String, String)>,
    user_agent: String,
}

impl Browser {
    /// A fresh one.
    pub fn new(app: &Story) -> Self {
        Self { app: app.clone(), cookies: Vec::new(), user_agent: String::new() }
    }

    /// One that says that it is this.
    pub fn that_is(app: &Story, user_agent: &str) -> Self {
        Self { user_agent: user_agent.to_owned(), ..Self::new(app) }
    }

    async fn send(&mut self, request: Request) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("sec-fetch-site", "same-origin").header("cookie", &cookies.join("; "));
        let request = request.header("user-agent", &self.user_agent);
        let answer = self.app.process.send(request).await;
        for line in answer.headers.get_all("set-cookie") {
            let (pair, rest) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(
                name.starts_with("__Host-") && rest.contains("HttpOnly") && rest.contains("Secure"),
                "{pair};{rest}"
            );
            self.cookies.retain(|(known, _)| known != name);
            if !rest.contains("Max-Age=0") {
                self.app.knows_token(value);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// GET.
    pub async fn opens(&mut self, path: &str) -> Answer {
        self.send(Request::new(Method::GET, path)).await
    }

    /// Submits a form.
    pub async fn fills(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = serde_html_form::to_string(fields).unwrap();
        self.send(Request::new(Method::POST, path).body("application/x-www-form-urlencoded", form)).await
    }

    /// Signs in by the form.
    pub async fn signs_in(&mut self, email: &str, password: &str) -> Answer {
        self.fills("/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Whether it has a cookie.
    pub fn holds(&self, name: &str) -> bool {
        self.cookies.iter().any(|(known, _)| known == &format!("__Host-{name}"))
    }
}

/// Where a redirect leads.
pub fn leads_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer}");
    answer.headers["location"].to_str().unwrap().to_owned()
}
