//! The OpenAPI 3.1 document, put together from the routes.

#![expect(
    clippy::indexing_slicing,
    reason = "it is made at a desk, where the one who declares a route sits"
)]

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::{Repeat, problems};
use crate::http::failure;

/// What the API is, in a few words.
const ABOUT: &str = "Tidegate decides when each outbound message may go, shows that before anyone \
    presses send, and then sends it exactly so.\n\nInstants in answers are whole milliseconds \
    since 1970 in UTC. A request may write them so, or as RFC 3339 texts with an offset.\n\nA list \
    is read page by page: `next_cursor` of a page is the `cursor` of the next, and null at the \
    end.\n\nWhatever goes wrong is a problem document (RFC 9457) that names every fault at once, \
    with its path, a code and the remedy.\n\nAnswers may get more fields; what a request may hold \
    is closed.";

/// What a key for repeated requests is, in a few words.
const KEY: &str = "A text of your own, up to 200 visible characters, for a request that may have to \
    be sent again. Within 24 hours the same key with the same request gives the same answer, with \
    `Idempotency-Replayed: true`, and nothing is done twice. With another request it is refused \
    (422, `key_reused`); while the first is under way, too (409, `in_progress`).";

/// The document of these routes.
///
/// # Panics
/// When a declaration does not go with its handler, or two schemas have one name.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags: Vec<Value> = Vec::new();
    for operation in operations {
        let faults = operation.faults();
        assert!(faults.is_empty(), "`{}`: {}", operation.told.id, faults.join("; "));
        let (name, about) = operation.tag;
        if !tags.iter().any(|tag| tag["name"] == name) {
            tags.push(json!({ "name": name, "description": about }));
        }
        let described = schemas.operation(operation);
        paths.entry(operation.path).or_default().insert(operation.method.into(), described);
    }
    let problem = schemas.answered.subschema_for::<failure::Document<'_>>().to_value();
    let responses: Map<String, Value> = problems::ALL
        .iter()
        // Each route has its own conflicts.
        .filter(|kind| kind.status != 409)
        .map(|kind| (kind.name.into(), problems::response(kind.about, &problem)))
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tidegate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/api/v1" }],
        "tags": tags,
        "security": [],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key of the API." },
            },
            "parameters": {
                "IdempotencyKey": {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": KEY,
                    "schema": { "type": "string", "minLength": 1, "maxLength": 200 },
                },
                "Team": {
                    "name": "Tidegate-Team",
                    "in": "header",
                    "description": "The id of the team that the request is about, for keys that \
                        reach several.",
                    "schema": { "type": "string" },
                },
            },
            "headers": {
                "IdempotencyReplayed": {
                    "description": "`true` where this answer was given before.",
                    "schema": { "type": "string", "const": "true" },
                },
                "Location": {
                    "description": "Where what was made is.",
                    "schema": { "type": "string", "format": "uri-reference" },
                },
            },
            "responses": responses,
        },
    });
    let definitions = schemas.definitions(&document);
    document["components"]["schemas"] = definitions;
    tidy(&mut document);
    document
}

/// The schemas of what is asked and of what is answered: a field that may be left out in the one is
/// there in the other.
struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12();
        Self {
            asked: settings.clone().for_deserialize().into_generator(),
            answered: settings.for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    fn operation(&mut self, operation: &Operation) -> Value {
        let told = &operation.told;
        let mut described = json!({
            "operationId": told.id,
            "summary": told.summary,
            "tags": [operation.tag.0],
            "description": description(operation),
            "parameters": self.parameters(operation),
            "responses": self.responses(operation),
        });
        if let Some(role) = operation.role {
            described["security"] = json!([{ "key": [role] }]);
            described["x-role"] = role.into();
        }
        if let (Some(required), Some(asks)) = (operation.body, told.asks) {
            let schema = asks(&mut self.asked).to_value();
            let content = json!({ "application/json": { "schema": schema } });
            described["requestBody"] = json!({ "required": required, "content": content });
        }
        if let Some(content_type) = told.takes {
            described["requestBody"] = json!({ "required": true, "content": { content_type: {} } });
        }
        described
    }

    fn parameters(&mut self, operation: &Operation) -> Vec<Value> {
        let mut parameters: Vec<Value> =
            operation.path_parameters().map(|(list, name)| path_parameter(list, name)).collect();
        if let Some(filters) = operation.told.filters {
            let schema = filters(&mut self.asked).to_value();
            parameters.extend(self.query_parameters(&schema));
        }
        if operation.role.is_some() {
            parameters.push(json!({ "$ref": "#/components/parameters/Team" }));
        }
        if operation.repeat != Repeat::Harmless {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
        parameters
    }

    /// Each field of a query's shape as a parameter.
    fn query_parameters(&self, schema: &Value) -> Vec<Value> {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let shape = name.and_then(|name| self.asked.definitions().get(name)).unwrap_or(schema);
        let required = shape["required"].as_array().cloned().unwrap_or_default();
        let mut shape = shape.clone();
        without_null(&mut shape);
        let fields = shape["properties"].as_object().cloned().unwrap_or_default();
        let parameter = |(name, mut field): (String, Value)| {
            let about = field.as_object_mut().and_then(|field| field.remove("description"));
            json!({
                "name": name,
                "in": "query",
                "required": required.iter().any(|field| *field == name),
                "description": about,
                "schema": field,
            })
        };
        fields.into_iter().map(parameter).collect()
    }

    fn responses(&mut self, operation: &Operation) -> Value {
        let mut responses = Map::new();
        for (status, schema) in &operation.answers {
            let mut headers = Map::new();
            if operation.repeat != Repeat::Harmless {
                let replayed = json!({ "$ref": "#/components/headers/IdempotencyReplayed" });
                headers.insert("Idempotency-Replayed".into(), replayed);
            }
            if operation.has_place {
                headers
                    .insert("Location".into(), json!({ "$ref": "#/components/headers/Location" }));
            }
            let mut response = json!({ "description": said(*status) });
            if !headers.is_empty() {
                response["headers"] = headers.into();
            }
            if let Some(schema) = schema {
                let schema = schema(&mut self.answered).to_value();
                response["content"] = json!({ operation.media: { "schema": schema } });
            } else if operation.media == "*/*" {
                response["content"] = json!({ "*/*": {} });
            }
            responses.insert(status.to_string(), response);
        }
        for kind in problems::of(operation) {
            let mut response = json!({ "$ref": format!("#/components/responses/{}", kind.name) });
            if kind.status == 409 {
                let codes = problems::codes(operation);
                let list: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
                let problem = self.answered.subschema_for::<failure::Document<'_>>().to_value();
                let about = format!("{} Codes: {}.", kind.about, list.join(", "));
                response = problems::response(&about, &problem);
                response["x-codes"] = json!(codes);
            }
            responses.insert(kind.status.to_string(), response);
        }
        responses.into()
    }

    /// Every schema that the document reaches, by its name.
    ///
    /// # Panics
    /// When two of them have one name.
    fn definitions(&mut self, document: &Value) -> Value {
        let engine = tidegate::schema::documents();
        let mut engine = engine["$defs"].as_object().cloned().unwrap_or_default();
        engine.values_mut().for_each(with_a_clock);
        let mut asked = self.asked.take_definitions(true);
        asked.values_mut().for_each(without_null);
        let sets = [asked, self.answered.take_definitions(true), engine];
        let mut all: Map<String, Value> = Map::new();
        for (name, mut schema) in sets.into_iter().flatten() {
            tidy(&mut schema);
            let is_one = all.get(&name).is_none_or(|other| wordless(other) == wordless(&schema));
            assert!(is_one, "two schemas have the name `{name}`; rename one of the types");
            all.insert(name, schema);
        }
        let mut reached = BTreeSet::new();
        let mut left = references(document);
        while let Some(name) = left.pop() {
            if let Some(schema) = all.get(&name).filter(|_| reached.insert(name.clone())) {
                left.extend(references(schema));
            }
        }
        all.retain(|name, _| reached.contains(name));
        all.into()
    }
}

fn description(operation: &Operation) -> String {
    let told = operation.told.description;
    let role = operation.role.map(|role| match operation.narrowed {
        "" => format!("For the role {role} and those above it."),
        narrowed => format!("For the role {role} and those above it. {narrowed}"),
    });
    let lines = [Some(told.to_owned()).filter(|told| !told.is_empty()), role];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn path_parameter(list: &str, name: &str) -> Value {
    let schema = match name {
        "ordinal" => json!({ "type": "integer", "minimum": 0 }),
        "channel" => json!({ "$ref": "#/$defs/Channel" }),
        _ => json!({ "type": "string" }),
    };
    let about = match name {
        "id" | "list" => format!("An `id` of `{list}`."),
        "user" => "An `id` of `/users`.".to_owned(),
        "token" => "What stands behind the last `/` of the address that was handed out.".to_owned(),
        _ => format!("The `{name}` of one of `{list}`."),
    };
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
}

const fn said(status: u16) -> &'static str {
    match status {
        201 => "It was made.",
        301 => "It is part of another now.",
        202 => "It will be done.",
        204 => "Done.",
        _ => "The answer.",
    }
}

/// The names of the schemas that a value refers to.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|path| path.rsplit('/').next()).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The engine has no clock, and the API has one: it fills `now` in.
fn with_a_clock(schema: &mut Value) {
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "now");
        if required.is_empty()
            && let Some(fields) = schema.as_object_mut()
        {
            fields.remove("required");
        }
    }
}

/// In what is asked, a field that may be left out has no other way to say nothing, unless its shape
/// says so: null is refused.
fn without_null(schema: &mut Value) {
    if let Some(Value::Object(fields)) = schema.get_mut("properties") {
        for field in fields.values_mut().filter_map(Value::as_object_mut) {
            if field.remove("x-null").is_some() {
                continue;
            }
            if let Some(Value::Array(kinds)) = field.get("type").cloned() {
                let kind = kinds.into_iter().find(|kind| kind != "null");
                field.insert("type".into(), kind.unwrap_or_default());
            }
            if let Some(Value::Array(either)) = field.get("anyOf").cloned() {
                let mut either = either.into_iter().filter(|one| one["type"] != "null");
                if let (Some(Value::Object(one)), None) = (either.next(), either.next()) {
                    field.remove("anyOf");
                    field.extend(one);
                }
            }
        }
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(without_null),
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// A schema without its comments.
fn wordless(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "description");
            fields.map(|(name, value)| (name.clone(), wordless(value))).collect()
        }
        Value::Array(items) => items.iter().map(wordless).collect(),
        other => other.clone(),
    }
}

/// Has references lead to where OpenAPI keeps its schemas, and takes out what only our own tools
/// read.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("x-order");
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = tidegate::schema::without_links(text);
            }
            if let Some(Value::String(path)) = fields.get_mut("$ref") {
                *path = path.replace("#/$defs/", "#/components/schemas/");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
