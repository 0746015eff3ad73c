//! What a route is: one row with its handler, its documentation and what it can answer.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::Method;
use cairn_domain::Code;
use cairn_domain::identity::{Action, Quota};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::authorisation;
use crate::call::Call;
use crate::extract::form::FORM;
use crate::problem::{HttpCode, Problem, Reason, Success};
use crate::reply::{JSON, Reply};

/// What a handler gives.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Reply, Problem>>>>;

/// The methods that routes have. GET answers HEAD too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn takes(self, method: &Method) -> bool {
        method.as_str() == self.as_str() || self == Self::Get && method == Method::HEAD
    }

    /// Whether it changes something.
    pub(crate) const fn writes(self) -> bool {
        !matches!(self, Self::Get)
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody; credentials are not looked at.
    Public,
    /// Anybody; who comes with a credential is treated as its user.
    Anyone,
    /// Whoever may do at least this; the use case may ask for more.
    May(Action),
    /// Whoever has a session.
    Session,
}

/// A schema with the name under which the document keeps it, and those that it refers to.
#[derive(Clone)]
pub(crate) struct SchemaOf {
    /// The schema or a reference to it.
    pub(crate) schema: RefOr<Schema>,
    /// What has to stand among the components.
    pub(crate) components: Vec<(String, RefOr<Schema>)>,
}

impl SchemaOf {
    pub(crate) fn of<T: ToSchema>() -> Self {
        let name = T::name().into_owned();
        let mut components = vec![(name.clone(), T::schema())];
        T::schemas(&mut components);
        Self { schema: Ref::from_schema_name(name).into(), components }
    }
}

/// A parameter of the query.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) example: Value,
    pub(crate) allowed: &'static [&'static str],
}

/// What a route takes as its body.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) media_types: &'static [&'static str],
    pub(crate) schema: Option<SchemaOf>,
    pub(crate) example: Option<Value>,
    pub(crate) required: bool,
}

/// One way in which a route succeeds.
#[derive(Clone)]
pub(crate) struct Output {
    pub(crate) success: Success,
    pub(crate) about: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) schema: Option<SchemaOf>,
    pub(crate) example: Option<Value>,
}

/// Whether a write names the version that it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    None,
    Optional,
    /// Needed where there is something already.
    ToReplace,
    Required,
}

/// A limit on how often a route may be called, counted per address and, where the route says so, per account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// What it is called in `RateLimit-Policy`.
    pub(crate) name: &'static str,
    pub(crate) quota: Quota,
}

/// What a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An operation of the API: it is in the OpenAPI document.
    Operation,
    /// A page for people, or what belongs to one.
    Page,
    /// What a form of a page is sent to, with the id of the operation that does the same.
    Action(&'static str),
}

/// A route.
pub(crate) struct Endpoint {
    pub(crate) purpose: Purpose,
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    /// The operation's id.
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) about: &'static str,
    pub(crate) access: Access,
    pub(crate) query: Vec<Query>,
    pub(crate) input: Option<Input>,
    pub(crate) outputs: Vec<Output>,
    /// Whether the answer carries an `ETag`, so that `If-None-Match` can spare it.
    pub(crate) tagged: bool,
    pub(crate) precondition: Precondition,
    /// Whether `Idempotency-Key` is honoured.
    pub(crate) keyed: bool,
    pub(crate) limit: Option<Limit>,
    /// The largest body in bytes, where it is not the server's.
    pub(crate) most: Option<usize>,
    refusals: Vec<Reason>,
    pub(crate) handler: fn(Call) -> Answering,
}

impl Endpoint {
    /// A route with its handler; who may call it stands in the authorisation table.
    pub(crate) fn new(verb: Verb, path: &'static str, id: &'static str, handler: fn(Call) -> Answering) -> Self {
        Self {
            purpose: Purpose::Operation,
            verb,
            path,
            id,
            tag: "",
            summary: "",
            about: "",
            // What has no row is for nobody, and a test fails.
            access: authorisation::access(verb, path).unwrap_or(Access::May(Action::ManageUsers)),
            query: Vec::new(),
            input: None,
            outputs: Vec::new(),
            tagged: false,
            precondition: Precondition::None,
            keyed: false,
            limit: None,
            most: None,
            refusals: Vec::new(),
            handler,
        }
    }

    /// A page at a path.
    pub(crate) fn page(path: &'static str, handler: fn(Call) -> Answering) -> Self {
        Self { purpose: Purpose::Page, ..Self::new(Verb::Get, path, "", handler) }
    }

    /// What a form is sent to, which does what an operation of the API does. It takes the form's fields.
    pub(crate) fn action(path: &'static str, operation: &'static str, handler: fn(Call) -> Answering) -> Self {
        let input = Input { media_types: &[FORM], schema: None, example: None, required: true };
        let purpose = Purpose::Action(operation);
        Self { purpose, input: Some(input), ..Self::new(Verb::Post, path, "", handler) }
    }

    /// Whether people look at what it answers.
    pub(crate) fn is_page(&self) -> bool {
        self.purpose != Purpose::Operation
    }

    pub(crate) fn describe(self, tag: &'static str, summary: &'static str, about: &'static str) -> Self {
        Self { tag, summary, about, ..self }
    }

    /// Takes a parameter of the query; `allowed` lists its values when they are few.
    pub(crate) fn query(
        mut self,
        name: &'static str,
        about: &'static str,
        example: impl Into<Value>,
        allowed: &'static [&'static str],
    ) -> Self {
        self.query.push(Query { name, about, example: example.into(), allowed });
        self
    }

    /// Takes a JSON body.
    pub(crate) fn takes<T: ToSchema>(mut self, example: Value) -> Self {
        let media_types: &[&str] =
            if self.verb == Verb::Patch { &["application/merge-patch+json", JSON] } else { &[JSON] };
        let schema = Some(SchemaOf::of::<T>());
        self.input = Some(Input { media_types, schema, example: Some(example), required: true });
        self
    }

    /// Takes an empty JSON object or no body at all.
    pub(crate) fn takes_nothing(mut self) -> Self {
        self.input = Some(Input { media_types: &[JSON], schema: None, example: None, required: false });
        self
    }

    /// Takes a JSON body, or none, which is an empty object.
    pub(crate) fn may_take<T: ToSchema>(mut self, example: Value) -> Self {
        let schema = Some(SchemaOf::of::<T>());
        self.input = Some(Input { media_types: &[JSON], schema, example: Some(example), required: false });
        self
    }

    /// Takes an archive.
    pub(crate) fn takes_archive(mut self) -> Self {
        self.input = Some(Input { media_types: &["application/gzip"], schema: None, example: None, required: true });
        self
    }

    /// Succeeds with JSON.
    pub(crate) fn gives<T: ToSchema>(mut self, success: Success, about: &'static str, example: Value) -> Self {
        let schema = Some(SchemaOf::of::<T>());
        self.outputs.push(Output { success, about, media_type: JSON, schema, example: Some(example) });
        self
    }

    /// Succeeds with one page of a list.
    pub(crate) fn lists<T: ToSchema>(self, about: &'static str, example: Value) -> Self {
        self.gives_page::<T>(about, example).paged()
    }

    /// Takes what says which page of a list is wanted.
    pub(crate) fn paged(self) -> Self {
        self.query("limit", "How many items at most: 1 to 200, 50 when it is left out.", 50, &[])
            .query("cursor", "`next` of the page before, unchanged.", Value::Null, &[])
            .refuses(&[Code::BadCursor])
    }

    /// Succeeds with a list that is whole.
    pub(crate) fn gives_page<T: ToSchema>(mut self, about: &'static str, example: Value) -> Self {
        let page = serde_json::json!({ "items": [example], "next": null });
        let schema = Some(crate::page::schema_of::<T>());
        self.outputs.push(Output { success: Success::Ok, about, media_type: JSON, schema, example: Some(page) });
        self
    }

    /// Succeeds with something else than JSON, or with nothing.
    pub(crate) fn gives_other(mut self, success: Success, media_type: &'static str, about: &'static str) -> Self {
        self.outputs.push(Output { success, about, media_type, schema: None, example: None });
        self
    }

    /// Succeeds with an `ETag`.
    pub(crate) fn tagged(self) -> Self {
        Self { tagged: true, ..self }
    }

    pub(crate) fn precondition(self, precondition: Precondition) -> Self {
        Self { precondition, ..self }
    }

    /// Honours `Idempotency-Key`.
    pub(crate) fn keyed(self) -> Self {
        Self { keyed: true, ..self }
    }

    /// Takes bodies of at most so many bytes.
    pub(crate) fn up_to(self, most: usize) -> Self {
        Self { most: Some(most), ..self }
    }

    pub(crate) fn limited(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Refuses for these reasons, beside those that follow from the row.
    pub(crate) fn refuses<R: Into<Reason> + Copy>(mut self, reasons: &[R]) -> Self {
        self.refusals.extend(reasons.iter().copied().map(Into::into));
        self
    }

    /// Every reason for which a request can be refused, each once, in the order of statuses.
    pub(crate) fn reasons(&self) -> Vec<Reason> {
        let mut all = self.refusals.clone();
        let mut add = |reasons: &[Reason]| all.extend_from_slice(reasons);
        let http = Reason::Http;
        let domain = Reason::Domain;
        add(&[http(HttpCode::HeadersTooLarge), http(HttpCode::AddressTooLong), domain(Code::Internal)]);
        // Only what is made at the start of the process needs neither the database nor a queue.
        if !self.path.starts_with("/api/problems") && !["/livez", "/api/openapi.json"].contains(&self.path) {
            add(&[domain(Code::Busy), domain(Code::StoreUnavailable), http(HttpCode::TooSlow)]);
        }
        if self.path.contains('{') {
            add(&[domain(Code::NotFound)]);
        }
        add(&[domain(Code::Invalid)]);
        match self.access {
            Access::Public => {}
            Access::Anyone => add(&[domain(Code::CredentialExpired), http(HttpCode::BadRequest)]),
            Access::May(action) => {
                add(&[domain(Code::Unauthenticated), domain(Code::CredentialExpired), http(HttpCode::BadRequest)]);
                add(&[domain(Code::RoleMissing)]);
                add(&[domain(if action.scope().is_some() { Code::ScopeMissing } else { Code::SessionNeeded })]);
            }
            Access::Session => {
                add(&[domain(Code::Unauthenticated), domain(Code::CredentialExpired), domain(Code::SessionNeeded)]);
            }
        }
        if self.verb.writes() && self.access != Access::Public {
            add(&[http(HttpCode::CrossOrigin), http(HttpCode::CsrfInvalid)]);
        }
        if let Some(input) = &self.input {
            add(&[
                http(HttpCode::BodyTooLarge),
                http(HttpCode::WrongMediaType),
                http(HttpCode::BodyTimeout),
                http(HttpCode::BadRequest),
            ]);
            if input.media_types.contains(&JSON) {
                add(&[http(HttpCode::BadJson)]);
            }
        }
        match self.precondition {
            Precondition::None | Precondition::ToReplace | Precondition::Required => {}
            Precondition::Optional => add(&[domain(Code::ReleaseMoved)]),
        }
        if self.precondition != Precondition::None {
            add(&[domain(Code::Stale), http(HttpCode::PreconditionRequired)]);
        }
        if self.keyed {
            add(&[domain(Code::KeyReused), domain(Code::KeyInFlight), http(HttpCode::BadRequest)]);
        }
        if self.limit.is_some() {
            add(&[domain(Code::Throttled)]);
        }
        all.sort_by_key(|reason| (reason.status().as_u16(), *reason));
        all.dedup();
        all
    }

    /// The names in the path, in order.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(|name| match name.split_once(':') {
            Some((name, _)) => name,
            None => name,
        })
    }
}
