//! The API's document by itself: fresh, whole, and true of the routes.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::api::Api;
use crate::contract::{DOCUMENT, operations};

#[test]
fn the_document_that_is_checked_in_is_the_one_that_the_routes_make() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.json");
    let kept = std::fs::read_to_string(file).unwrap();
    let made = format!("{:#}\n", *DOCUMENT);
    assert!(kept == made, "openapi.json is stale; write it anew with `npm run openapi`");
}

#[test]
fn anybody_may_read_the_document() {
    let reply = Api::new().send(Request::get("/api/openapi.json").body(Body::empty()).unwrap());
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.expect(200), *DOCUMENT);
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let ids: Vec<&str> = operations().map(|operation| operation.id()).collect();
    assert!(ids.len() > 30);
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an operation's name is there twice");
    for operation in operations() {
        let summary = operation.about["summary"].as_str().unwrap();
        assert!(!summary.is_empty() && !summary.ends_with('.'), "{}: {summary}", operation.id());
        let tag = &operation.about["tags"][0];
        let tags = DOCUMENT["tags"].as_array().unwrap();
        let told = tags.iter().find(|known| known["name"] == *tag).unwrap();
        assert_ne!(told["description"], "", "the first route of {tag} says what they are about");
    }
}

#[test]
fn every_schema_is_of_one_type_and_says_what_it_is() {
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "`{name}`: another has that name");
        assert!(schema["description"].is_string(), "`{name}` has no comment");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let mut left = vec![&*DOCUMENT];
    let mut found = 0;
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                    let path = path.strip_prefix('#').unwrap();
                    assert!(DOCUMENT.pointer(path).is_some(), "{path}");
                    found += 1;
                }
                left.extend(fields.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    assert!(found > 300);
}

#[test]
fn what_is_asked_is_closed() {
    for operation in operations() {
        let Some(path) = operation.asks().and_then(|schema| schema["$ref"].as_str()) else {
            continue;
        };
        let schema = DOCUMENT.pointer(&path[1..]).unwrap();
        let closed = ["additionalProperties", "unevaluatedProperties"];
        let is_closed = closed.iter().any(|name| schema[*name] == false);
        assert!(is_closed || schema["type"] == "array", "{path} takes any field");
    }
}

#[test]
fn every_list_is_read_page_by_page() {
    let mut lists = 0;
    for operation in operations().filter(|operation| operation.method == "get") {
        let answer = operation.about.pointer("/responses/200/content/application~1json/schema");
        let path = answer.and_then(|schema| schema["$ref"].as_str()).unwrap_or_default();
        let schema = DOCUMENT.pointer(path.trim_start_matches('#')).unwrap();
        let is_list = schema["type"] == "array" || schema["properties"]["items"].is_object();
        if !is_list {
            continue;
        }
        lists += 1;
        assert!(schema["properties"]["next_cursor"].is_object(), "{} has no end", operation.id());
        let parameters = operation.about["parameters"].as_array().unwrap();
        for name in ["limit", "cursor"] {
            let told = parameters.iter().any(|parameter| parameter["name"] == name);
            assert!(told, "{}: `{name}` is not told", operation.id());
        }
    }
    assert!(lists >= 8);
}
