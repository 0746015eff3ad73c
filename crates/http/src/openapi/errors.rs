//! The page of all errors, for those who write programs against the API.

use crate::problem::Reason;

/// The page as it is checked in.
pub(crate) fn text() -> String {
    let mut text = String::from(
        "# Errors\n\nEvery answer of 4xx and 5xx is a problem (RFC 9457, `application/problem+json`) with a stable `code`. \
         Programs branch on the code, not on title or detail. The `type` of a problem is `/api/problems/{code}` and tells \
         what stands here. Codes may be added within v1; none is renamed or taken away.\n\n\
         This file is written by `just openapi`, and a test compares it with the code.\n",
    );
    for (title, domain) in [("Refused by a rule", true), ("Refused by the protocol", false)] {
        text.push_str(&format!("\n## {title}\n\n| code | status | meaning | what to do |\n|---|---|---|---|\n"));
        for reason in Reason::all().filter(|reason| matches!(reason, Reason::Domain(_)) == domain) {
            let (code, status) = (reason.as_str(), reason.status().as_u16());
            let (meaning, remedy) = (reason.meaning().trim(), reason.remedy());
            text.push_str(&format!("| `{code}` | {status} | {meaning} | {remedy} |\n"));
        }
    }
    text.push_str(
        "\n## Before the API sees a request\n\n\
         Three answers come from the HTTP server itself, before there is a request to speak of. They have no body, and the \
         connection is closed: 400 for bytes that are not HTTP, 408 when the headers do not arrive in time, and 431 for \
         headers of more than 128 KiB (from 16 KiB on the API answers itself, with `headers_too_large`).\n",
    );
    text
}
