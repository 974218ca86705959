//! One row of the route table: method, path, who may, handler, and what the OpenAPI document says of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::Method;
use utoipa::openapi::{RefOr, Schema};

use super::{Answer, Call};
use crate::base::Problem;
use crate::op::Needs;

/// Who may call a route. It is judged before the body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anybody.
    Public,
    /// Whoever shows a session: the handler reads it together with what is asked, in one statement, and judges itself.
    Asks,
    /// Anybody who is signed in.
    Account,
    /// An active member of the organization in the path.
    Member,
    /// A member with this permission.
    Needs(Needs),
    /// A member with this permission, or an operator's key.
    NeedsOrOperator(Needs),
    /// An operator's key.
    Operator,
    /// An operator's key, or a signed-in account; the command decides.
    OperatorOrAccount,
}

/// For whom an answer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// JSON; errors are problem documents.
    Api,
    /// HTML; errors are pages.
    Page,
}

/// A handler: a future of an answer or a problem.
pub type Handler =
    Arc<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send>> + Send + Sync>;

/// One row of the table.
#[derive(Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub guard: Guard,
    /// For whom the answer is made.
    pub face: Face,
    /// Whether the answer holds a secret and is never kept for an `Idempotency-Key`.
    pub secret: bool,
    /// The body's most bytes.
    pub body_limit: usize,
    /// The code of the refusal of a larger one.
    pub too_large: &'static str,
    /// What answers.
    pub handler: Handler,
    /// For the OpenAPI document.
    pub operation: Operation,
}

/// A schema by name, with all that it refers to.
#[derive(Clone)]
pub struct Named {
    /// Its name among the components.
    pub name: String,
    /// It and its parts.
    pub schemas: fn() -> Vec<(String, RefOr<Schema>)>,
}

/// The body of a success.
#[derive(Clone)]
pub enum Success {
    /// None.
    Nothing,
    /// One object.
    One(Named),
    /// A page of objects.
    Page(Named),
    /// A file of this media type.
    File(&'static str),
}

/// What the OpenAPI document says of a route.
#[derive(Clone, Default)]
pub struct Operation {
    /// One line.
    pub summary: &'static str,
    /// The body's schema.
    pub request: Option<Named>,
    /// What it answers where all goes well.
    pub answers: Vec<(u16, Success)>,
    /// Query parameters: name and meaning.
    pub query: &'static [(&'static str, &'static str)],
    /// The stable codes of the problems that this route answers beside the common ones.
    pub problems: &'static [(u16, &'static str)],
}

fn route<F, Fut>(method: Method, path: &'static str, handler: F) -> Route
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer, Problem>> + Send + 'static,
{
    let face = if path.starts_with("/api/")
        || path.starts_with("/access/v1/")
        || path.starts_with("/.well-known/")
    {
        Face::Api
    } else {
        Face::Page
    };
    Route {
        method,
        path,
        guard: Guard::Public,
        face,
        secret: false,
        body_limit: 256 * 1024,
        too_large: "too_large",
        handler: Arc::new(move |call| Box::pin(handler(call))),
        operation: Operation::default(),
    }
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => {$(
        /// A route of this method.
        pub fn $name<F, Fut>(path: &'static str, handler: F) -> Route
        where
            F: Fn(Call) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<Answer, Problem>> + Send + 'static,
        {
            route(Method::$method, path, handler)
        }
    )*};
}

methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

/// The schema of a type.
pub fn named<T: utoipa::ToSchema + utoipa::PartialSchema>() -> Named {
    Named { name: T::name().into_owned(), schemas: all_schemas::<T> }
}

fn all_schemas<T: utoipa::ToSchema + utoipa::PartialSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut found = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut found);
    found
}

/// The names of a path's parameters.
pub fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

impl Route {
    /// Who may call it.
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Needs this permission.
    pub fn needs(self, area: crate::access_model::Area, action: &'static str) -> Self {
        self.guard(Guard::Needs(Needs(area, action)))
    }

    /// The answer holds a secret.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Takes bodies of up to so many bytes.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Takes a file of less than 1 MB, with the form around it.
    pub fn takes_file(mut self) -> Self {
        self.too_large = "file_too_large";
        self.body_limit(1024 * 1024 + 64 * 1024)
    }

    /// 413: the body is larger than the route takes.
    pub fn too_large(&self) -> Problem {
        Problem::new(413, self.too_large, format!("Send less than {} bytes.", self.body_limit))
    }

    /// What it does, in one line.
    pub fn summary(mut self, text: &'static str) -> Self {
        self.operation.summary = text;
        self
    }

    /// The body's type.
    pub fn takes<T: utoipa::ToSchema + utoipa::PartialSchema>(mut self) -> Self {
        self.operation.request = Some(named::<T>());
        self
    }

    /// The answer's type.
    pub fn answers<T: utoipa::ToSchema + utoipa::PartialSchema>(mut self, status: u16) -> Self {
        self.operation.answers.push((status, Success::One(named::<T>())));
        self
    }

    /// The answer is a page of these.
    pub fn answers_page<T: utoipa::ToSchema + utoipa::PartialSchema>(mut self) -> Self {
        self.operation.answers.push((200, Success::Page(named::<T>())));
        self
    }

    /// The answer has no body.
    pub fn answers_nothing(mut self, status: u16) -> Self {
        self.operation.answers.push((status, Success::Nothing));
        self
    }

    /// The answer is a file of this media type.
    pub fn answers_file(mut self, media_type: &'static str) -> Self {
        self.operation.answers.push((200, Success::File(media_type)));
        self
    }

    /// Its query parameters.
    pub fn query(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.operation.query = parameters;
        self
    }

    /// The problems that it answers beside the common ones.
    pub fn problems(mut self, problems: &'static [(u16, &'static str)]) -> Self {
        self.operation.problems = problems;
        self
    }
}
