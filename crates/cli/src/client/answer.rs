//! What a server's answers mean to a command.

use cairn_domain::catalog::Fault;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use super::Reply;
use crate::{Exit, Failure};

/// A problem document (RFC 9457), as far as a command uses it.
#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    instance: Option<String>,
    #[serde(default)]
    errors: Vec<FieldError>,
}

#[derive(Deserialize)]
struct FieldError {
    #[serde(default)]
    pointer: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    column: u32,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    help: Option<String>,
}

/// No answer came.
pub(super) fn unreachable(error: &reqwest::Error, server: &Url) -> Failure {
    let mut reason = error as &dyn std::error::Error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    let at = server.as_str().trim_end_matches('/');
    let detail = if error.is_timeout() {
        format!("The server at {at} did not answer in time.")
    } else {
        format!("No server answers at {at}: {reason}.")
    };
    let help = if reason.to_string().contains("SSL") {
        "Something answers, but not by TLS that can be trusted: check whether the address begins with http:// or https://."
    } else {
        "Start one with `cairn serve`, or name another with --server or CAIRN_SERVER."
    };
    Failure::new(Exit::Unavailable, "unreachable", detail).help(help)
}

/// Gives an answer of 2xx, and the failure that any other one means.
pub(super) fn refuse(answer: Response, server: &Url) -> Result<Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = answer.text().unwrap_or_default();
    let Ok(problem) = serde_json::from_str::<Problem>(&text) else {
        let detail = format!("{server} answered {status}, not as Cairn does.");
        let mut failure = Failure::new(Exit::Unavailable, "unexpected_answer", detail)
            .help("Check that --server names a Cairn server, and what stands between (a proxy?).");
        failure.status = Some(status.as_u16());
        return Err(failure);
    };
    let exit = match status {
        StatusCode::UNAUTHORIZED => Exit::SignedOut,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Exit::Unavailable,
        _ if problem.code.as_deref() == Some("pack_invalid") => Exit::Found,
        _ => Exit::Failed,
    };
    let code = problem.code.clone().unwrap_or_else(|| "refused".to_owned());
    let mut failure = Failure::new(exit, &code, problem.detail.unwrap_or(problem.title));
    failure.status = Some(status.as_u16());
    failure.request = problem.instance.filter(|_| status.is_server_error());
    let mut more = Vec::new();
    for error in problem.errors {
        match error.file {
            Some(file) => failure.faults.push(Fault {
                file,
                line: error.line,
                column: error.column,
                code: error.code.unwrap_or_default(),
                message: error.detail,
                help: error.help.unwrap_or_default(),
            }),
            None => more.push(format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail)),
        }
    }
    if more.len() > 1 {
        failure.detail.push_str(&format!("\n  {}", more.join("\n  ")));
    }
    failure.help = help(&code, status, wait.as_deref());
    Err(failure)
}

/// What to do about a refusal, in terms of this program.
fn help(code: &str, status: StatusCode, wait: Option<&str>) -> Option<String> {
    if let Some(seconds) = wait {
        return Some(format!("Try again in {}.", crate::words::duration(seconds.parse().unwrap_or(1))));
    }
    let known = cairn_domain::Code::ALL.iter().find(|known| known.as_str() == code);
    match code {
        "wrong_credentials" => None,
        "not_found" => {
            Some("`cairn list` shows what there is, `cairn content releases PACK` a pack's releases.".to_owned())
        }
        "already_enrolled" => Some("Go on with `cairn next`.".to_owned()),
        "locked" => Some(
            "`cairn why LESSON` tells the way; `cairn quiz LESSON --challenge` takes a quiz all the same.".to_owned(),
        ),
        "release_moved" => Some("Run `cairn content plan` again and look at what it shows.".to_owned()),
        "scope_missing" | "credential_expired" | "unauthenticated" => Some("Run `cairn login`.".to_owned()),
        _ if status == StatusCode::UNAUTHORIZED => Some("Run `cairn login`.".to_owned()),
        _ => known.map(|known| known.remedy().to_owned()),
    }
}

/// The JSON of an answer.
pub(super) fn reply(answer: Response, server: &Url) -> Result<Reply, Failure> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let json =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.contains("json"));
    let text = answer.text().map_err(|error| unreachable(&error, server))?;
    let body = match serde_json::from_str(&text) {
        Ok(body) => body,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) if !json => {
            return Err(Failure::new(
                Exit::Unavailable,
                "unexpected_answer",
                format!("{server} does not answer as Cairn does."),
            )
            .help("Check that --server names a Cairn server."));
        }
        Err(error) => return Err(unreadable(&error, server)),
    };
    Ok(Reply { status, headers, body })
}

fn unreadable(error: &serde_json::Error, server: &Url) -> Failure {
    Failure::new(Exit::Failed, "unexpected_answer", format!("{server} sent JSON that can't be read: {error}."))
}
