//! Builds the schemas of objects and of what they are put together from.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

/// The fields of an object, in their order.
#[derive(Default)]
pub(crate) struct Object {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    order: Vec<&'static str>,
}

impl Object {
    /// With a field that has to be there.
    pub(crate) fn must(mut self, name: &'static str, about: &[&str], schema: Schema) -> Self {
        self.required.push(name);
        self.may(name, about, schema)
    }

    /// With a field that may be left out.
    pub(crate) fn may(mut self, name: &'static str, about: &[&str], schema: Schema) -> Self {
        self.order.push(name);
        self.properties.insert(name.to_owned(), described(about, schema).to_value());
        self
    }

    /// An object of these fields, and no others.
    pub(crate) fn closed(self) -> Schema {
        let mut object = self.open();
        object.insert("additionalProperties".to_owned(), json!(false));
        object
    }

    /// An object of these fields, and maybe others.
    pub(crate) fn open(self) -> Schema {
        let Self { properties, required, order } = self;
        let mut object = json_schema!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
        // A schema has no order of its own; pages and types are read in this one.
        object.insert("x-order".to_owned(), json!(order));
        object
    }
}

/// What one of several schemas takes.
pub(crate) fn any_of(schemas: &[Schema]) -> Schema {
    json_schema!({ "anyOf": schemas })
}

/// What each of several schemas takes: an object with no fields but theirs.
pub(crate) fn all_of(schemas: &[Schema]) -> Schema {
    match schemas {
        [one] => one.clone(),
        _ => json_schema!({ "allOf": schemas, "unevaluatedProperties": false }),
    }
}

/// With the lines of a comment as its description.
pub(crate) fn described(lines: &[&str], mut schema: Schema) -> Schema {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    if !lines.is_empty() {
        schema.insert("description".to_owned(), json!(lines.join("\n")));
    }
    schema
}
