//! The API's own documentation: the OpenAPI document, a page to read it, and what each problem means.

use std::sync::OnceLock;

use actix_web::http::header::{CONTENT_ENCODING, HeaderValue};
use actix_web::web::Bytes;
use cairn_domain::Error;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::headers::{Cache, Policy};
use crate::openapi::document;
use crate::page::PageView;
use crate::problem::{Problem, Reason, Success};
use crate::reply::{JSON, Reply};

const TAG: &str = "Documentation";
const HTML: &str = "text/html; charset=utf-8";

/// The page: everything it loads is named, from this server, with no script in line.
const PAGE: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"##;

const START: &str = r##""use strict";
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null
  });
});
"##;

/// The files of the vendored page that are served.
const VENDORED: &[&str] = &["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "favicon-16x16.png"];

/// What a problem's code means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemTypeView {
    /// The stable code.
    code: &'static str,
    /// The same for every occurrence.
    title: &'static str,
    /// The status of answers with it.
    status: u16,
    /// What it means.
    meaning: &'static str,
    /// What the caller can do.
    remedy: &'static str,
}

impl From<Reason> for ProblemTypeView {
    fn from(reason: Reason) -> Self {
        Self {
            code: reason.as_str(),
            title: reason.title(),
            status: reason.status().as_u16(),
            meaning: reason.meaning().trim(),
            remedy: reason.remedy(),
        }
    }
}

fn example() -> Value {
    json!({
        "code": "stale",
        "title": "The resource has changed",
        "status": 412,
        "meaning": "The version that the request was made for is not the present one.",
        "remedy": "Fetch it again, look at the change and repeat the request with the new `ETag`.",
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Get, "/api/openapi.json", "get_openapi", |_| Box::pin(async { openapi() }))
            .describe(TAG, "Gives this document", "OpenAPI 3.1.")
            .gives_other(Success::Ok, JSON, "The document.")
            .tagged(),
        Endpoint::new(Verb::Get, "/api/docs", "get_docs", |_| Box::pin(async { page() }))
            .describe(TAG, "Shows this document", "A page for people.")
            .gives_other(Success::Ok, HTML, "The page."),
        Endpoint::new(Verb::Get, "/api/docs/{file}", "get_docs_file", |call| Box::pin(file(call)))
            .describe(TAG, "Gives a part of that page", "Scripts, styles and icons.")
            .gives_other(Success::Ok, "*/*", "The file.")
            .tagged(),
        Endpoint::new(Verb::Get, "/api/problems", "list_problems", |_| Box::pin(async { problems() }))
            .describe(TAG, "Lists what problems mean", "All of them at once.")
            .gives_page::<ProblemTypeView>("Every code.", example())
            .tagged(),
        Endpoint::new(Verb::Get, "/api/problems/{code}", "get_problem", |call| Box::pin(problem(call)))
            .describe(TAG, "Shows what a problem means", "The `type` of a problem leads here.")
            .gives::<ProblemTypeView>(Success::Ok, "The code.", example())
            .tagged(),
    ]
}

fn openapi() -> Result<Reply, Problem> {
    static REPLY: OnceLock<Reply> = OnceLock::new();
    if let Some(reply) = REPLY.get() {
        return Ok(reply.clone());
    }
    let reply = Reply::bytes(document::text(), JSON)?.digest()?.cache(Cache::Public);
    Ok(REPLY.get_or_init(|| reply).clone())
}

fn page() -> Result<Reply, Problem> {
    Ok(Reply::bytes(PAGE, HTML)?.policy(Policy::Docs).cache(Cache::Public))
}

async fn file(call: Call) -> Result<Reply, Problem> {
    let name = call.segment_text("file");
    let missing = || Problem::from(Error::not_found("file", name));
    if name == "start.js" {
        return Ok(Reply::bytes(START, "text/javascript; charset=utf-8")?.digest()?.cache(Cache::Public));
    }
    if !VENDORED.contains(&name) {
        return Err(missing());
    }
    let config = std::sync::Arc::new(utoipa_swagger_ui::Config::from("/api/openapi.json"));
    let found = utoipa_swagger_ui::serve(name, config).map_err(|fault| Error::internal(fault.to_string()))?;
    let found = found.ok_or_else(missing)?;
    let reply = Reply::bytes(Bytes::from(found.bytes.into_owned()), &found.content_type)?;
    let reply = reply.digest()?.cache(Cache::Public);
    Ok(if found.gzpipped { reply.header(CONTENT_ENCODING, HeaderValue::from_static("gzip")) } else { reply })
}

fn problems() -> Result<Reply, Problem> {
    let page = PageView::whole(Reason::all().map(ProblemTypeView::from).collect());
    Ok(Reply::ok(&page)?.digest()?.cache(Cache::Public))
}

async fn problem(call: Call) -> Result<Reply, Problem> {
    let code = call.segment_text("code");
    let reason = Reason::all().find(|reason| reason.as_str() == code);
    let reason = reason.ok_or_else(|| Error::not_found("problem", code))?;
    Ok(Reply::ok(&ProblemTypeView::from(reason))?.digest()?.cache(Cache::Public))
}
