//! The document against the routes and against itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document;
use crate::endpoint::{Access, Verb};
use crate::problem::Reason;
use crate::routes::operations;

fn document() -> Value {
    serde_json::from_str(&document::text()).unwrap()
}

#[test]
fn codes_of_the_protocol_and_of_the_rules_do_not_collide() {
    let all: Vec<_> = Reason::all().map(Reason::as_str).collect();
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
}

#[test]
fn openapi_has_exactly_the_routes() {
    let document = document();
    let mut listed = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            listed.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routes: BTreeSet<_> = crate::routes().iter().map(|r| (r.method.to_owned(), r.path.to_owned())).collect();
    assert_eq!(routes, listed);
}

#[test]
fn openapi_tells_all_of_every_operation() {
    let document = document();
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone().to_string()).collect();
    let mut ids = BTreeSet::new();
    for endpoint in operations() {
        let operation = &document["paths"][endpoint.path][endpoint.verb.as_str().to_lowercase()];
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id} has no summary");
        assert!(tags.contains(&operation["tags"][0].to_string()), "{id} has no known tag");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{id} {status}");
            for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                let one = content.get("example").is_some();
                let many = content.get("examples").is_some_and(|all| !all.as_object().unwrap().is_empty());
                let shown = one || many || !media_type.contains("json") || id == "get_openapi";
                assert!(shown, "{id} {status} {media_type} has no example");
            }
        }
        for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let empty = !endpoint.input.as_ref().unwrap().required;
            let shown = content.get("example").is_some() || media_type == "application/gzip" || empty;
            assert!(shown, "{id} has no example of its body");
        }
        for needed in ["422", "431", "500"] {
            assert!(operation["responses"].get(needed).is_some(), "{id} does not tell of {needed}");
        }
        if !matches!(endpoint.access, Access::Public | Access::Anyone) {
            assert!(operation["responses"].get("401").is_some(), "{id} does not tell of 401");
            assert!(operation.get("security").is_some(), "{id} does not tell what it needs");
        }
        for name in endpoint.path_parameters() {
            let parameters = operation["parameters"].as_array().unwrap();
            let described = parameters.iter().any(|p| p["name"] == name && p["in"] == "path" && p["required"] == true);
            assert!(described, "{id} does not describe {name}");
        }
    }
}

#[test]
fn openapi_refers_to_nothing_that_is_missing() {
    let document = document();
    fn references(value: &Value, all: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    all.insert(target.clone());
                }
                fields.values().for_each(|value| references(value, all));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    references(&document, &mut all);
    assert!(!all.is_empty());
    for target in all {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} is missing");
    }
}

#[test]
fn openapi_closes_input_and_leaves_output_open() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let input = name.ends_with("Input");
        assert_eq!(schema.get("additionalProperties") == Some(&Value::Bool(false)), input, "{name}");
    }
}

#[test]
fn every_route_that_writes_is_not_public_but_for_signing_in() {
    let open: Vec<_> =
        operations().filter(|e| e.verb != Verb::Get && e.access == Access::Public).map(|e| e.id).collect();
    assert_eq!(open, ["sign_in"]);
}
