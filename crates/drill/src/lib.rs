//! Drills: lessons whose passing a machine checks. Pure: no I/O, no clock, no randomness.
//!
//! A [`Drill`] is what a learner is given, a [`DrillKey`] what is kept from them. Somebody else runs things and reports what
//! they saw, a [`http::Transcript`] or a [`run::Report`]; this crate makes a [`Verdict`] of it, the same one wherever it is
//! asked.
//!
//! ```
//! use cairn_drill::http::{Exchange, Response, Transcript, evaluate};
//! use cairn_drill::{Drill, parse};
//!
//! let authored = parse(serde_json::json!({
//!     "drill": "http/v1",
//!     "vars": { "title": "note {{random.word}}" },
//!     "steps": [{
//!         "id": "create",
//!         "request": { "method": "POST", "path": "/notes", "json": { "title": "{{title}}" } },
//!         "expect": [{ "status": 201 }, { "jsonpath": { "path": "$.title", "eq": "{{title}}" } }],
//!     }],
//! }))
//! .unwrap();
//! let Drill::Http(drill) = authored.drill else { panic!() };
//! let vars = drill.vars(42);
//!
//! // What somebody saw who sent the request: a 201 with `{}`, in base64.
//! let response = Response { status: 201, headers: Vec::new(), body: "e30=".into(), cut: false };
//! let url = "http://127.0.0.1:8080/notes".into();
//! let exchange =
//!     Exchange { step: "create".into(), turn: 0, url, duration_ms: 3, response: Some(response), error: None };
//! let transcript = Transcript { exchanges: vec![exchange] };
//! assert_eq!(drill.check(&transcript), Ok(()));
//!
//! let verdict = evaluate(&drill, &vars, &transcript);
//! assert_eq!((verdict.passed(), verdict.percent()), (false, 50));
//! assert_eq!((verdict.assertions[1].subject.as_str(), verdict.assertions[1].got.as_str()), ("$.title", "nothing"));
//! ```

pub mod data;
mod drill;
mod fault;
pub mod http;
pub mod migration;
pub mod run;
mod solutions;
pub mod sql;
mod verdict;

pub use drill::{Authored, Drill, DrillKey, DrillKeyRecord, DrillKind, parse};
pub use fault::Fault;
pub use solutions::{Bad, Cases, Good, HttpSolution, MigrationSolution, Solutions, SqlSolution};
pub use verdict::{Assertion, Evidence, Outcome, Verdict};
