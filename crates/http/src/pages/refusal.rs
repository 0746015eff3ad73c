//! Refusals as people see them.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, REFERER};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use cairn_domain::{Code, Kind};

use super::session::{own_path, sign_in_address};
use super::{Frame, HTML, render};
use crate::AppState;
use crate::problem::{FieldError, HttpCode, Problem, Reason};
use crate::reply::Reply;

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    frame: Frame,
    detail: &'a str,
    errors: &'a [FieldError],
    advice: &'static str,
    id: &'a str,
}

/// Whether a browser asks for something where there is nothing: a program that calls the API is told in its own form.
pub(crate) fn asks_for_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.path();
    accept.contains("text/html") && path != "/api" && !path.starts_with("/api/")
}

/// A refusal as a page. Where signing in is what helps, the page for that takes its place.
pub(crate) fn refuse(state: &AppState, mut problem: Problem, request: &HttpRequest, id: &str) -> HttpResponse<BoxBody> {
    if problem.asks_to_sign_in() {
        return Reply::see_other(sign_in_address(&back(state, request))).respond();
    }
    let page = problem.take_page().unwrap_or_else(|| {
        let frame = Frame::refusal(state, &problem, request.path());
        let (detail, errors) = (problem.detail(), problem.errors_told());
        let page = Refusal { frame, detail, errors, advice: advice(problem.reason), id };
        // A page that cannot be rendered still has its status and the request's id.
        render(&page).unwrap_or_else(|_| format!("{}: {id}", problem.reason.title()))
    });
    problem.respond_with(BoxBody::new(page), HTML)
}

/// Where to go on after signing in: to the page that was asked for, or the one that a form was sent from.
fn back(state: &AppState, request: &HttpRequest) -> String {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
        return own_path(asked).unwrap_or("/").to_owned();
    }
    let from = request.headers().get(REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = crate::call::host(request);
    let own = state.site.origin.clone().into_iter().chain([format!("http://{host}"), format!("https://{host}")]);
    let path = own.into_iter().find_map(|origin| from.strip_prefix(&origin));
    path.and_then(own_path).unwrap_or("/").to_owned()
}

/// What somebody in front of a browser can do.
fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::Http(HttpCode::CsrfInvalid | HttpCode::CrossOrigin) => {
            "Nothing was changed. Go back, load the page again and send the form once more."
        }
        Reason::Http(HttpCode::MethodNotAllowed) => "Go back to the page that you came from.",
        Reason::Http(HttpCode::NoRoute) | Reason::Domain(Code::NotFound) => {
            "Check the address for a slip of the pen, or begin at the start page: all that is taught here is listed there."
        }
        Reason::Domain(code) => match code.kind() {
            Kind::Forbidden => "If you need this, ask whoever runs this server for the role.",
            Kind::Throttled => "Wait a little, then try again.",
            Kind::Unavailable => "Try again in a moment.",
            Kind::Conflict | Kind::Stale => "Go back, load the page again and look at what has changed.",
            Kind::Internal => {
                "The fault is the server's, and it was noted. If it happens again, tell whoever runs this server the \
                 number below."
            }
            Kind::Invalid | Kind::Unauthenticated | Kind::NotFound => "Go back and correct what is named above.",
        },
        Reason::Http(HttpCode::Draining | HttpCode::TooSlow) => "Try again in a moment.",
        Reason::Http(_) => "Go back and try again.",
    }
}
