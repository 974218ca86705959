//! Errors as the API tells them: RFC 9457 problem details with a stable `code`.

use serde::Serialize;

/// What went wrong, for programs (`code`) and for people (`title`, `detail`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A URI reference that identifies the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short summary of the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here and what to do.
    pub detail: String,
    /// The stable name of the kind of problem.
    pub code: String,
    /// For refused input: which parts are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What continues a sign-in that needs one more step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// Seconds until a repeat makes sense; sent as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
    /// Whether the whole command may simply be run once more (a serialization conflict in the database).
    #[serde(skip)]
    pub transient: bool,
}

/// One part of the input that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The stable name of what is wrong.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
}

impl Problem {
    /// A problem of `status` and `code`; `detail` is for people.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let mut title = code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: format!("urn:roster:problem:{code}"),
            title,
            status,
            detail: detail.into(),
            code: code.to_owned(),
            errors: Vec::new(),
            challenge: None,
            retry_after: None,
            transient: false,
        }
    }

    /// 401: nobody is signed in, or no longer.
    pub fn unauthenticated() -> Self {
        Self::new(401, "unauthenticated", "Sign in, or send a valid session token or key as bearer.")
    }

    /// 403: a member, but not allowed; names the missing permission.
    pub fn forbidden(permission: impl std::fmt::Display) -> Self {
        Self::new(
            403,
            "forbidden",
            format!("This needs the permission {permission}. Somebody who manages users can give it to you."),
        )
    }

    /// 404: not there, or not visible to the caller.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "There is nothing here, or it is not yours to see.")
    }

    /// 409: the state does not allow it.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(409, code, detail)
    }

    /// 422: the input is wrong in these places. Where all of it is wrong in one way that has a name of its own in the
    /// contract, that is the problem's code.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        const NAMED: [&str; 2] = ["unknown_reference", "feature_always_on"];
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            _ => "Some of the input is wrong; see errors.".to_owned(),
        };
        let shared = NAMED
            .into_iter()
            .find(|code| !errors.is_empty() && errors.iter().all(|error| error.code == *code));
        Self { errors, ..Self::new(422, shared.unwrap_or("invalid_input"), detail) }
    }

    /// 422 with one wrong field.
    pub fn field(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldProblem::new(pointer, code, detail)])
    }

    /// 429 with the seconds to wait.
    pub fn too_many(code: &str, detail: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(429, code, detail) }
    }

    /// What is wrong with this part of the input (`firstName`), and what to do.
    pub fn at(&self, field: &str) -> Option<String> {
        let found = self.errors.iter().find(|error| error.pointer.split('/').nth(1) == Some(field));
        found.map(|error| error.detail.clone())
    }

    /// Ok: a person can mend it in the form that they sent. Err: the form is not what it is about, or the command is
    /// simply run once more.
    pub fn for_the_form(self) -> Result<Self, Self> {
        let mendable = matches!(self.status, 400 | 403 | 409 | 410 | 412 | 422 | 429);
        if mendable && !self.transient { Ok(self) } else { Err(self) }
    }

    /// 503: not now.
    pub fn unavailable() -> Self {
        Self {
            retry_after: Some(2),
            ..Self::new(503, "unavailable", "Roster is busy or starting. Try again in a moment.")
        }
    }
}

impl FieldProblem {
    /// One wrong part of the input.
    pub fn new(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.into() }
    }
}

impl From<onesql::Error> for Problem {
    fn from(error: onesql::Error) -> Self {
        use onesql::Error as E;
        match error {
            E::Busy => Self { transient: true, ..Self::unavailable() },
            E::Unavailable(why) => {
                tracing::warn!(why, "database unavailable");
                Self::unavailable()
            }
            E::Full => Self {
                retry_after: Some(30),
                ..Self::new(507, "storage_full", "The server's disk is full; nothing was changed.")
            },
            E::OutcomeUnknown => Self::new(
                500,
                "outcome_unknown",
                "The database did not answer. Look whether the change was made before you repeat it.",
            ),
            // Somebody made the same thing, or deleted what this needs, at the same moment under another lock: run once
            // more, the command sees it.
            E::Unique(_) | E::ForeignKey(_) => Self {
                transient: true,
                ..Self::conflict(
                    "changed_meanwhile",
                    "Somebody made or deleted the same thing at this moment. Look, then try again.",
                )
            },
            E::NoRow | E::Check(_) | E::Migration(_) | E::Type { .. } | E::Other(_) => {
                tracing::error!(%error, "database error");
                Self::new(500, "internal_error", "Something went wrong on the server; nothing was changed.")
            }
        }
    }
}

/// Collects what is wrong with a piece of input, so that all of it is told at once.
#[derive(Default)]
pub struct Checks(Vec<FieldProblem>);

impl Checks {
    /// Notes one wrong part.
    pub fn wrong(&mut self, pointer: &str, code: &str, detail: impl Into<String>) {
        self.0.push(FieldProblem::new(pointer, code, detail));
    }

    /// A checked person's name, or a note of what is wrong with it and an empty text.
    pub fn name(&mut self, pointer: &str, what: &str, text: &str) -> String {
        self.line(pointer, what, text, 100)
    }

    /// A checked single line of at most `most` code points, or a note and an empty text.
    pub fn line(&mut self, pointer: &str, what: &str, text: &str, most: usize) -> String {
        self.text(pointer, what, super::text::line(text, most))
    }

    /// Unwraps a checked text, or notes what is wrong with it.
    pub fn text(
        &mut self,
        pointer: &str,
        what: &str,
        text: Result<String, super::text::TextError>,
    ) -> String {
        use super::text::TextError as T;
        text.unwrap_or_else(|error| {
            match error {
                T::Missing => self.wrong(pointer, "missing", format!("{what} is missing.")),
                T::TooLong(most) => {
                    self.wrong(pointer, "too_long", format!("{what} is longer than {most} characters."))
                }
                T::Control => self.wrong(
                    pointer,
                    "invalid_text",
                    format!("{what} has control characters in it; remove them."),
                ),
            }
            String::new()
        })
    }

    /// A checked e-mail address, or a note.
    pub fn email(&mut self, pointer: &str, text: &str) -> Option<super::EmailAddress> {
        let parsed = super::EmailAddress::parse(text);
        if parsed.is_err() {
            self.wrong(
                pointer,
                "invalid_email",
                "This is not a full e-mail address. Check the part after the @.",
            );
        }
        parsed.ok()
    }

    /// The problem, where anything was wrong.
    pub fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}
