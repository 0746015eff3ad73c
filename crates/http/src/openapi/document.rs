//! Rows of routes become operations.

use std::collections::BTreeMap;

use cairn_domain::identity::Scope;
use serde_json::{Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, ComponentsBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Content, ContentBuilder, Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required,
    Response, ResponseBuilder, Schema,
};

use crate::endpoint::{Access, Endpoint, Precondition, SchemaOf, Verb};
use crate::problem::{PROBLEM_JSON, Problem, ProblemView, Reason, Success};
use crate::routes::operations;

const TAGS: &[(&str, &str)] = &[
    ("Catalogue", "What can be learnt. Public; answers carry an `ETag` and may be kept for a minute."),
    ("Learning", "Enrolments, progress and what happened."),
    ("Quizzes", "Attempts at quizzes."),
    ("Drills", "Attempts at drills, which a machine checks, and their verdicts."),
    ("Capstones", "Work that is handed in, written about and reviewed."),
    ("Session", "Signing in with a password, for browsers."),
    ("Tokens", "Named secrets for programs."),
    ("Users", "Accounts and roles."),
    ("Packs", "Curricula in git: packs, plans, releases."),
    ("Statistics", "How lessons and courses fare, for their authors."),
    ("Documentation", "This document and what problems mean."),
    ("Health", "For balancers and monitors."),
];

const ABOUT: &str = "Cairn serves a curriculum, keeps learners' progress, and takes new releases from authors.\n\n\
    Every refusal is a problem (RFC 9457) with a stable `code`; its `type` leads to what it means. Lists come in pages: \
    `next` is the cursor of the following one. Writes to something that changes need `If-Match` with its `ETag`. A POST \
    that makes something honours `Idempotency-Key`: the first answer is kept for 24 hours and replayed for the same \
    request. Times are RFC 3339 in UTC. Within v1 fields and codes may be added; nothing is taken away or renamed.";

/// The document.
pub(crate) fn document() -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut keep = |of: &SchemaOf, closed: bool| {
        for (name, schema) in &of.components {
            let schema = if closed { close(schema.clone()) } else { schema.clone() };
            schemas.insert(name.clone(), schema);
        }
    };
    keep(&SchemaOf::of::<ProblemView<'static>>(), false);
    for endpoint in operations() {
        if let Some(of) = endpoint.input.as_ref().and_then(|input| input.schema.as_ref()) {
            keep(of, true);
        }
        for of in endpoint.outputs.iter().filter_map(|output| output.schema.as_ref()) {
            keep(of, false);
        }
        let method = match endpoint.verb {
            Verb::Get => HttpMethod::Get,
            Verb::Post => HttpMethod::Post,
            Verb::Put => HttpMethod::Put,
            Verb::Patch => HttpMethod::Patch,
            Verb::Delete => HttpMethod::Delete,
        };
        paths.add_path_operation(endpoint.path, vec![method], operation(endpoint));
    }
    let mut components = ComponentsBuilder::new();
    for reason in Reason::all() {
        let problem = Problem::example(reason);
        let value = serde_json::to_value(problem.view("0190d6f000007000800000000000000a")).ok();
        components =
            components.example(reason.as_str(), ExampleBuilder::new().summary(reason.title()).value(value).build());
    }
    let components = components
        .schemas_from_iter(schemas)
        .security_scheme("session", cookie_scheme())
        .security_scheme("token", token_scheme())
        .build();
    OpenApiBuilder::new()
        .info(info())
        .paths(paths)
        .components(Some(components))
        .tags(Some(TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build())))
        .build()
}

/// The document as it is checked in and served.
pub(crate) fn text() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Cairn")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .build()
}

fn cookie_scheme() -> SecurityScheme {
    let name = crate::extract::credential::COOKIE_NAME;
    let about = "Set by `POST /api/v1/session`. Requests that change something also need `X-CSRF-Token` and an `Origin` \
                 of this server.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, about)))
}

fn token_scheme() -> SecurityScheme {
    let scopes = Scope::ALL.map(|scope| format!("`{scope}`")).join(", ");
    let about = format!("A token with the scope that the operation names. The scopes are {scopes}.");
    SecurityScheme::Http(
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("cairn_…").description(Some(about)).build(),
    )
}

/// Input has no unknown fields.
fn close(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

fn operation(endpoint: &Endpoint) -> Operation {
    let about = match endpoint.access {
        Access::May(action) => {
            let roles = action.roles().iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
            let token = action.scope().map_or("a session, not a token".to_owned(), |scope| {
                format!("a session or a token with the scope `{scope}`")
            });
            format!("{} Needs the role {roles}, and {token}.", endpoint.about)
        }
        Access::Session => format!("{} Needs a session.", endpoint.about),
        Access::Public | Access::Anyone => endpoint.about.to_owned(),
    };
    let mut operation = OperationBuilder::new()
        .operation_id(Some(endpoint.id))
        .tag(endpoint.tag)
        .summary(Some(endpoint.summary))
        .description(Some(about));
    for parameter in parameters(endpoint) {
        operation = operation.parameter(parameter);
    }
    if let Some(input) = &endpoint.input {
        let mut body =
            RequestBodyBuilder::new().required(Some(if input.required { Required::True } else { Required::False }));
        for media_type in input.media_types {
            body = body.content(*media_type, content(input.schema.as_ref(), input.example.clone()));
        }
        operation = operation.request_body(Some(body.build()));
    }
    for requirement in securities(endpoint) {
        operation = operation.security(requirement);
    }
    for (status, response) in responses(endpoint) {
        operation = operation.response(status.to_string(), response);
    }
    operation.build()
}

fn securities(endpoint: &Endpoint) -> Vec<SecurityRequirement> {
    let need = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    match endpoint.access {
        Access::Public => Vec::new(),
        Access::Anyone => vec![SecurityRequirement::default(), need("session"), need("token")],
        Access::Session => vec![need("session")],
        Access::May(action) if action.scope().is_none() => vec![need("session")],
        Access::May(_) => vec![need("session"), need("token")],
    }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn parameters(endpoint: &Endpoint) -> Vec<Parameter> {
    let mut all = Vec::new();
    for name in endpoint.path_parameters() {
        let (about, example) = match name {
            "id" => ("Its id.", "0190d6f0-0000-7000-8000-000000000001"),
            "name" => ("Its id or slug.", endpoint.outputs.first().map_or("", |_| "first-steps")),
            "lesson" => ("The lesson's id or slug.", "first-steps"),
            "pack" => ("The pack's id.", "examples"),
            "number" => ("The release's number.", "1"),
            "code" => ("The code.", "stale"),
            "file" if endpoint.path.starts_with("/assets") => ("The SHA-256 of the file, and its extension.", ASSET),
            _ => ("The file's name.", "start.js"),
        };
        let example = match endpoint.id {
            "get_course" | "get_course_statistics" => "paths",
            "get_lesson_statistics" => "steps-quiz",
            "get_track" => "walking",
            "get_guide" => "outdoors",
            "get_skill" => "paths.reading",
            "start_attempt" | "list_attempts" | "get_lesson_standing" | "waive_prerequisites" | "take_waiver_back"
                if name == "lesson" =>
            {
                "steps-quiz"
            }
            "start_drill_attempt" | "list_drill_attempts" if name == "lesson" => "steps-drill",
            "get_drill" | "plan_re_evaluation" | "apply_re_evaluation" => "steps-drill",
            "get_submission" | "hand_in_work" | "comment_on_work" | "review_work" if name == "lesson" => {
                "steps-capstone"
            }
            _ => example,
        };
        all.push(parameter(name, ParameterIn::Path, about, true).example(Some(json!(example))).build());
    }
    for query in &endpoint.query {
        let schema = match (query.name, query.allowed) {
            ("since", _) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)),
            ("idle_days", _) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(365)),
            ("limit", _) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(200)),
            (_, []) => string(),
            (_, allowed) => string().enum_values(Some(allowed.iter().copied())),
        };
        let example = Some(query.example.clone()).filter(|example| !example.is_null());
        let built = parameter(query.name, ParameterIn::Query, query.about, false);
        all.push(built.schema(Some(schema)).example(example).build());
    }
    let mut header = |name: &str, about: &str, needed: bool, example: &str| {
        all.push(parameter(name, ParameterIn::Header, about, needed).example(Some(json!(example))).build());
    };
    let made_for = match endpoint.precondition {
        Precondition::None => None,
        Precondition::Optional => Some(("The pack's `ETag` that the request was made for", false, "\"r1\"")),
        Precondition::ToReplace => {
            Some(("The `ETag` of what is to be replaced, where there is something", false, "\"v1\""))
        }
        Precondition::Required => Some(("The `ETag` that the request was made for", true, "\"v1\"")),
    };
    if let Some((about, needed, example)) = made_for {
        let rest = "of several, one has to be the present one. `*` names none and is refused (428), because it guards \
                    against no lost update.";
        header("If-Match", &format!("{about}; {rest}"), needed, example);
    }
    if endpoint.keyed {
        let about = "A name for this request, 1 to 255 characters, best a UUID: sent again, it gets the first answer.";
        header("Idempotency-Key", about, false, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"");
    }
    if endpoint.tagged {
        let about = "The `ETag` that the caller has; when it is still the present one, the answer is 304.";
        header("If-None-Match", about, false, "\"0f343b0931126a20f133d67c2b018a3b\"");
    }
    if endpoint.verb.writes() && endpoint.access != Access::Public {
        let about = "With the session's cookie: the session's `csrf_token`.";
        header("X-CSRF-Token", about, false, "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    all
}

const ASSET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.svg";

fn parameter(name: &str, place: ParameterIn, about: &str, needed: bool) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(about))
        .required(if needed { Required::True } else { Required::False })
        .schema(Some(string()))
}

fn content(of: Option<&SchemaOf>, example: Option<Value>) -> Content {
    let binary = || string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build().into();
    let schema: RefOr<Schema> = of.map_or_else(binary, |of| of.schema.clone());
    ContentBuilder::new().schema(Some(schema)).example(example).build()
}

/// What can come, by status. Several problems may share one.
fn responses(endpoint: &Endpoint) -> BTreeMap<u16, Response> {
    let mut all: BTreeMap<u16, Response> = BTreeMap::new();
    for output in &endpoint.outputs {
        let mut response = ResponseBuilder::new().description(output.about);
        if !output.media_type.is_empty() {
            response = response.content(output.media_type, content(output.schema.as_ref(), output.example.clone()));
        }
        let tagged = endpoint.tagged && output.success != Success::Moved;
        if tagged {
            response = response.header("ETag", header("Names this version."));
        }
        if matches!(output.success, Success::Created | Success::Moved) {
            response = response.header("Location", header("Its address."));
        }
        if endpoint.query.iter().any(|query| query.name == "cursor") {
            response = response.header("Link", header("The next page, where there is one (RFC 8288)."));
        }
        all.insert(output.success.status().as_u16(), response.build());
    }
    if endpoint.tagged && endpoint.verb == Verb::Get {
        let about = "The caller has the present version.";
        all.insert(Success::NotModified.status().as_u16(), ResponseBuilder::new().description(about).build());
    }
    let mut problems: BTreeMap<u16, Vec<Reason>> = BTreeMap::new();
    for reason in endpoint.reasons() {
        problems.entry(reason.status().as_u16()).or_default().push(reason);
    }
    for (status, reasons) in problems {
        all.insert(status, refusal(status, &reasons));
    }
    if let Some(limit) = endpoint.limit {
        let policy = format!("How often the route may be called: \"{}\".", limit.name);
        for response in all.values_mut() {
            response.headers.insert("RateLimit-Policy".to_owned(), header(&policy).into());
            response.headers.insert("RateLimit".to_owned(), header("What is left of that.").into());
        }
    }
    all
}

fn header(about: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().schema(Some(string())).description(Some(about)).build()
}

fn refusal(status: u16, reasons: &[Reason]) -> Response {
    let about = reasons.iter().map(|reason| format!("`{}`: {}", reason.as_str(), reason.title()));
    let examples = reasons.iter().map(|reason| {
        let shared = Ref::new(format!("#/components/examples/{}", reason.as_str()));
        (reason.as_str(), RefOr::<Example>::Ref(shared))
    });
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).examples_from_iter(examples).build();
    let mut response =
        ResponseBuilder::new().description(about.collect::<Vec<_>>().join("; ")).content(PROBLEM_JSON, content);
    for name in Problem::headers_of(status) {
        response = response.header(*name, header("See RFC 9110."));
    }
    response.build()
}
