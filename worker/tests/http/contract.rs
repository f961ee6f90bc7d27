//! The API's document, held against every call that any test makes: what is answered has the shape
//! that it tells and no field more, a status that it names, a code that it lists; and what is asked
//! is taken only where its shape is, and refused for its shape only where it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};
use tidegate_worker::http::openapi;
use tidegate_world::TestWorld;

use crate::api::Reply;

/// Codes of faults that a schema can see.
const OF_SHAPE: [&str; 4] = ["missing", "type", "unknown_field", "unknown_value"];

/// The document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi::<TestWorld>);

static ANSWERS: LazyLock<Value> = LazyLock::new(|| strict(&DOCUMENT["components"]));
static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());

/// A route of the document.
pub struct Operation {
    pub path: &'static str,
    pub method: &'static str,
    pub about: &'static Value,
}

impl Operation {
    pub fn id(&self) -> &'static str {
        self.about["operationId"].as_str().unwrap()
    }

    /// The schema of its JSON body.
    pub fn asks(&self) -> Option<&'static Value> {
        self.about.pointer("/requestBody/content/application~1json/schema")
    }
}

/// Every route.
pub fn operations() -> impl Iterator<Item = Operation> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, about)| Operation { path, method, about })
    })
}

/// A call that was made.
pub struct Call<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub query: &'a str,
    pub body: &'a [u8],
}

/// Holds a call and its answer against the document.
#[track_caller]
pub fn check(call: &Call<'_>, reply: &Reply) {
    let status = reply.status.as_u16();
    let Some(path) = call.path.strip_prefix("/api/v1") else { return };
    let Some(operation) = found(call.method, path) else {
        assert!(matches!(status, 404 | 405), "{} {path}: {status} is not told", call.method);
        return;
    };
    let id = operation.id();
    let told = &operation.about["responses"][status.to_string()];
    assert!(told.is_object(), "{id}: {status} is not told of: {:#}", reply.body);
    let told = told["$ref"].as_str().map_or(told, |path| DOCUMENT.pointer(&path[1..]).unwrap());
    match told["content"].as_object().and_then(|content| content.iter().next()) {
        None => assert_eq!(reply.body, "", "{id}: {status} has a body"),
        Some((content_type, _)) if content_type == "*/*" => {
            assert!(reply.headers.contains_key("content-type"), "{id}: a file of no type");
        }
        Some((content_type, content)) => {
            assert_eq!(reply.headers["content-type"], content_type.as_str(), "{id}");
            let faults = faults(&content["schema"], &ANSWERS, &reply.body);
            assert!(faults.is_empty(), "{id}: {status}: {faults:#?}\n{:#}", reply.body);
        }
    }
    if let Some(codes) = told["x-codes"].as_array() {
        let code = reply.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        assert!(codes.iter().any(|known| known.as_str() == code), "{id}: {code:?} of {codes:?}");
    }
    check_query(&operation, call.query, status);
    check_body(&operation, call.body, reply);
}

fn check_query(operation: &Operation, query: &str, status: u16) {
    if status >= 300 {
        return;
    }
    let known = operation.about["parameters"].as_array().unwrap();
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    for name in names.filter(|name| !name.is_empty()) {
        let is_known = |p: &&Value| p["in"] == "query" && p["name"] == name;
        assert!(known.iter().any(|p| is_known(&p)), "{}: `{name}` is not told", operation.id());
    }
}

fn check_body(operation: &Operation, body: &[u8], reply: &Reply) {
    let Some(schema) = operation.asks() else { return };
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    let faults = faults(schema, &DOCUMENT["components"], &body);
    let id = operation.id();
    match reply.status.as_u16() {
        200..300 => {
            assert!(faults.is_empty(), "{id}: taken, and not told of: {faults:#?}\n{body:#}");
        }
        422 => {
            let errors = reply.body["errors"].as_array().unwrap();
            let of_shape = errors.iter().find(|error| {
                OF_SHAPE.iter().any(|code| error["code"] == *code)
                    && error["path"] != "Idempotency-Key"
            });
            assert!(
                of_shape.is_none() || !faults.is_empty(),
                "{id}: told to be right, and refused: {of_shape:?}\n{body:#}"
            );
        }
        _ => {}
    }
}

fn found(method: &Method, path: &str) -> Option<Operation> {
    let wanted: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        let one = |(part, given): (&&str, &&str)| part == given || part.starts_with('{');
        parts.len() == wanted.len() && parts.iter().zip(&wanted).all(one)
    };
    let of_method = |operation: &Operation| operation.method.eq_ignore_ascii_case(method.as_str());
    let all = operations().filter(of_method).filter(|operation| fits(operation.path));
    // What is written out goes before what is in braces.
    all.min_by_key(|operation| operation.path.matches('{').count())
}

/// What is wrong with a value by a schema.
pub fn faults(schema: &Value, components: &Value, value: &Value) -> Vec<String> {
    let is_strict = std::ptr::eq(components, &raw const *ANSWERS);
    let name = format!("{is_strict} {schema}");
    let known = VALIDATORS.lock().unwrap().get(&name).cloned();
    let validator = known.unwrap_or_else(|| {
        let mut whole = schema.clone();
        whole["components"] = components.clone();
        let validator = Arc::new(jsonschema::draft202012::new(&whole).unwrap());
        VALIDATORS.lock().unwrap().insert(name, Arc::clone(&validator));
        validator
    });
    let errors = validator.iter_errors(value);
    errors.map(|error| format!("{}: {error}", error.instance_path())).take(5).collect()
}

/// The same schemas with no field more than they tell of. What others are put together from has to
/// let theirs pass.
fn strict(components: &Value) -> Value {
    let mut components = components.clone();
    let mut parts = BTreeSet::new();
    parts_in(&components, &mut parts);
    for (name, schema) in components["schemas"].as_object_mut().unwrap() {
        close(schema, parts.contains(name));
    }
    components
}

/// The names of schemas that others are put together from.
fn parts_in(value: &Value, parts: &mut BTreeSet<String>) {
    let Value::Object(fields) = value else {
        if let Value::Array(items) = value {
            for item in items {
                parts_in(item, parts);
            }
        }
        return;
    };
    let is_whole = fields.contains_key("properties");
    let own = fields.get("$ref").filter(|_| is_whole);
    let all = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let names = own.into_iter().chain(all.filter_map(|one| one.get("$ref")));
    parts.extend(names.filter_map(|path| Some(path.as_str()?.rsplit('/').next()?.to_owned())));
    fields.values().for_each(|value| parts_in(value, parts));
}

fn close(schema: &mut Value, is_part: bool) {
    match schema {
        Value::Object(fields) => {
            let is_closed = ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|name| fields.contains_key(*name));
            if fields.get("properties").is_some_and(Value::is_object) && !is_closed && !is_part {
                fields.insert("unevaluatedProperties".into(), json!(false));
            }
            for (name, value) in fields {
                close(value, name == "allOf" || (is_part && name == "anyOf"));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, is_part)),
        _ => {}
    }
}
