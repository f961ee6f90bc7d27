//! What a lexicon can ask about, from the facts themselves.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::answer::Status;
use super::kind::kind;
use super::object::{Object, any_of, described};
use crate::lexicon::{Condition, Fact, LexiconDocument, SHIPPED};
use crate::shape::document;
use crate::status::{CampaignStatus, Machine, MessageStatus};

kind! {
    /// A lexicon that comes with the engine.
    LexiconId = json_schema!({ "type": "string", "enum": SHIPPED })
}

document! {
    /// A shipped lexicon by its id, or one of one's own.
    pub schema LexiconInput = (| LexiconId | LexiconDocument);
}

kind! {
    /// What holds it, as the code of a reason.
    WaitingFor = values(Fact::Waiting)
}
kind! {
    /// The name of the layer that holds it; `other` for any other name.
    WaitingLayer = values(Fact::WaitingLayer)
}

/// The values of a fact that has the same ones for both machines.
fn values(fact: Fact) -> Schema {
    json_schema!({ "type": "string", "enum": fact.values(Machine::Campaign) })
}

/// What facts have to be like, where a status is an `S`: for each that is named, what `schema`
/// makes of the schema of a value.
fn condition<S: JsonSchema>(
    generator: &mut SchemaGenerator,
    schema: impl Fn(&Schema) -> Schema,
) -> Schema {
    let mut object = Object::default();
    for fact in Fact::ALL {
        let value = match fact {
            Fact::Status => generator.subschema_for::<S>(),
            Fact::Waiting => generator.subschema_for::<WaitingFor>(),
            Fact::WaitingLayer => generator.subschema_for::<WaitingLayer>(),
            _ => values(fact),
        };
        object = object.may(fact.name(), &[about(fact).as_str()], schema(&value));
    }
    object.closed()
}

/// The comment on a fact.
fn about(fact: Fact) -> String {
    let facts = Fact::json_schema(&mut SchemaGenerator::default());
    let facts = facts.get("oneOf").and_then(Value::as_array);
    let mut facts = facts.into_iter().flatten();
    let found = facts.find(|one| one.get("const").is_some_and(|name| name == fact.name()));
    let about = found.and_then(|one| one.get("description")?.as_str());
    about.unwrap_or_default().to_owned()
}

fn one_or_several(value: &Schema) -> Schema {
    any_of(&[value.clone(), list_of(value)])
}

fn list_of(value: &Schema) -> Schema {
    json_schema!({ "type": "array", "items": value })
}

macro_rules! conditions {
    ($($(#[doc = $about:literal])* $name:ident = $status:ty, $schema:expr;)+) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                described(&[$($about),*], condition::<$status>(generator, $schema))
            }
        }
    )+};
}

/// What a rule for campaigns asks about.
pub(crate) struct CampaignCondition;
/// What a rule for messages asks about.
pub(crate) struct MessageCondition;

conditions! {
    /// What is true of a campaign: each fact that is named has the value, or one of them.
    CampaignCondition = CampaignStatus, one_or_several;
    /// What is true of a message: each fact that is named has the value, or one of them.
    MessageCondition = MessageStatus, one_or_several;
    /// What is true: each fact that is named has one of the values.
    Condition = Status, list_of;
}
