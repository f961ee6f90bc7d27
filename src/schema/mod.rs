//! The shapes of all documents, as JSON Schema 2020-12.
//!
//! What may be asked is declared beside its reader with [`document!`](crate::shape), and what is
//! answered by the types themselves. Here is what puts the two together.
//!
//! A schema says which fields there are, which have to be there, and what kind of value they have.
//! It refuses nothing that the engine takes; that a date exists or a range is not empty is beyond
//! it.

mod answer;
pub(crate) mod kind;
mod lexicon;
mod object;
mod request;

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

pub(crate) use answer::Status;
pub(crate) use object::{Object, all_of, any_of};

use crate::lexicon::{Label, Matching};
use crate::policy::PolicyDocument;
use crate::request::DecideRequestDocument;
use crate::status::Machine;
use crate::{Advice, Decision, Explanation, Plan, Problem};

/// Every document, by its name under `$defs`. The list of references says which are of use by
/// themselves, in an order to be read in.
#[must_use]
pub fn documents() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let documents = vec![
        of::<PolicyDocument>(&mut generator),
        of::<Problem>(&mut generator),
        of::<DecideRequestDocument>(&mut generator),
        of::<Decision>(&mut generator),
        of::<request::PlanRequestDocument>(&mut generator),
        of::<Plan>(&mut generator),
        of::<request::AdviseRequestDocument>(&mut generator),
        of::<Advice>(&mut generator),
        of::<request::ExplainRequestDocument>(&mut generator),
        of::<Explanation>(&mut generator),
        of::<Machine>(&mut generator),
        of::<request::TransitionFacts>(&mut generator),
        of::<answer::Transition>(&mut generator),
        of::<lexicon::LexiconInput>(&mut generator),
        of::<crate::lexicon::FactsDocument>(&mut generator),
        of::<Label>(&mut generator),
        of::<Matching>(&mut generator),
    ];
    let mut root = any_of(documents);
    root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".to_owned(), "Documents".into());
    root.insert("$defs".to_owned(), generator.take_definitions(true).into());
    root.to_value()
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The name in a schema of a type that declares a document.
pub(crate) fn name_of(declared: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(declared.strip_suffix("Document").unwrap_or(declared))
}

/// A word out of a table that a reader takes it by.
pub(crate) fn word_of<T>(words: &[(&str, T)]) -> Schema {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    json_schema!({ "type": "string", "enum": words })
}
