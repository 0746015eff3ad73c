//! What a page did beside showing itself: what it asked for, and what the browser said against it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Tab;

/// Something that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The whole address.
    pub url: String,
    /// `Document`, `Stylesheet`, `Script`, `Image` and so on, as the developer tools call it.
    pub kind: String,
    /// The answer's status; 0 without an answer.
    pub status: u64,
    /// Bytes of the answer's body, unpacked.
    pub bytes: u64,
}

/// What happened since it was last looked at.
#[derive(Debug, Default)]
pub struct Seen {
    /// In the order they were made.
    pub requests: Vec<Request>,
    /// What the console shows, warnings included: scripts' errors, violations of the content security policy, answers
    /// that are errors.
    pub complaints: Vec<String>,
}

impl Tab {
    /// What happened since this was last called.
    #[track_caller]
    pub fn seen(&self) -> Seen {
        let mut requests = Vec::new();
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.log("performance") {
            let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default()).unwrap_or_default();
            let (method, event) = (&entry["message"]["method"], &entry["message"]["params"]);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let id = text(&event["requestId"]);
            if method == "Network.requestWillBeSent" {
                // A redirection keeps the id and is a request of its own.
                if let Some(&before) = index.get(&id) {
                    let before: &mut Request = &mut requests[before];
                    before.status = event["redirectResponse"]["status"].as_u64().unwrap_or(before.status);
                }
                index.insert(id, requests.len());
                let (url, kind) = (text(&event["request"]["url"]), text(&event["type"]));
                requests.push(Request { url, kind, ..Request::default() });
            } else if let Some(&of) = index.get(&id) {
                match method.as_str() {
                    Some("Network.responseReceived") => {
                        requests[of].status = event["response"]["status"].as_u64().unwrap_or_default();
                    }
                    Some("Network.dataReceived") => {
                        requests[of].bytes += event["dataLength"].as_u64().unwrap_or_default();
                    }
                    _ => {}
                }
            }
        }
        let complaints = self.log("browser").into_iter().map(|entry| {
            format!(
                "{}: {}",
                entry["level"].as_str().unwrap_or_default(),
                entry["message"].as_str().unwrap_or_default()
            )
        });
        Seen { requests, complaints: complaints.collect() }
    }

    #[track_caller]
    fn log(&self, of: &str) -> Vec<Value> {
        match self.post("/se/log", &json!({ "type": of })) {
            Value::Array(entries) => entries,
            other => panic!("the {of} log is {other}"),
        }
    }
}

impl Seen {
    /// What was asked of another origin than this, `http://HOST:PORT`.
    pub fn abroad(&self, origin: &str) -> Vec<&str> {
        let home = |url: &str| {
            url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                // Not asked of anybody.
                || url.starts_with("data:")
                || url.starts_with("about:")
        };
        self.requests.iter().map(|request| &*request.url).filter(|url| !home(url)).collect()
    }
}
