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
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

pub(crate) use answer::Status;
pub(crate) use object::{Object, all_of, any_of};

use crate::lexicon::{Label, Matching};
use crate::policy::PolicyDocument;
use crate::request::DecideRequestDocument;
use crate::status::Machine;
use crate::timetable::TimetableRequestDocument;
use crate::{Advice, Decision, Explanation, Plan, Problem, Run};

/// Every document, by its name under `$defs`. The list of references says which are of use by
/// themselves, in an order to be read in.
#[must_use]
pub fn documents() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(unlink));
    let mut generator = settings.into_generator();
    let documents = [
        of::<PolicyDocument>(&mut generator),
        of::<Problem>(&mut generator),
        of::<DecideRequestDocument>(&mut generator),
        of::<Decision>(&mut generator),
        of::<Run>(&mut generator),
        of::<request::PlanRequestDocument>(&mut generator),
        of::<Plan>(&mut generator),
        of::<request::AdviseRequestDocument>(&mut generator),
        of::<Advice>(&mut generator),
        of::<request::ExplainRequestDocument>(&mut generator),
        of::<Explanation>(&mut generator),
        of::<TimetableRequestDocument>(&mut generator),
        of::<Machine>(&mut generator),
        of::<request::TransitionFacts>(&mut generator),
        of::<answer::Transition>(&mut generator),
        of::<lexicon::LexiconInput>(&mut generator),
        of::<crate::lexicon::FactsDocument>(&mut generator),
        of::<Label>(&mut generator),
        of::<Matching>(&mut generator),
    ];
    let mut root = any_of(&documents);
    root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".to_owned(), "Documents".into());
    root.insert("$defs".to_owned(), generator.take_definitions(true).into());
    root.to_value()
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Takes the links out of a description, and what is only a link in parentheses altogether: they
/// lead to where nobody is who reads a schema.
fn unlink(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = without_links(text);
    }
}

/// A comment without the links that only rustdoc follows.
#[must_use]
pub fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let rest = target.map_or(rest, |(_, rest)| rest);
        if let (Some(before), Some(rest)) = (plain.strip_suffix(" ("), rest.strip_prefix(')')) {
            plain = format!("{before}{rest}");
        } else {
            plain = format!("{plain}`{name}`{rest}");
        }
    }
    plain
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Fact;
    use crate::reason::Code;

    /// Every value of a field of that name, wherever it is.
    fn each<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get(name));
                fields.values().for_each(|value| each(value, name, found));
            }
            Value::Array(items) => items.iter().for_each(|item| each(item, name, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let documents = documents();
        let mut references = Vec::new();
        each(&documents, "$ref", &mut references);
        assert!(references.len() > 60);
        for reference in references {
            let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(documents.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_name_is_of_one_type_and_says_what_it_is() {
        let documents = documents();
        let definitions = documents["$defs"].as_object().unwrap();
        assert!(definitions.len() > 50);
        for (name, definition) in definitions {
            assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "`{name}` is there twice");
            assert!(definition["description"].is_string(), "`{name}` has no comment");
        }
    }

    #[test]
    fn descriptions_are_without_links() {
        let documents = documents();
        let mut descriptions = Vec::new();
        each(&documents, "description", &mut descriptions);
        assert!(descriptions.len() > 150);
        for description in descriptions {
            let text = description.as_str().unwrap();
            assert!(!text.contains("[`") && !text.contains("]("), "{text}");
        }
        assert_eq!(
            without_links("all of [`A`], [`b`](super::b), and ([`C`]) most ([`D`](crate::D))."),
            "all of `A`, `b`, and most."
        );
    }

    #[test]
    fn facts_are_read_from_what_rules_ask_about() {
        let names = Fact::ALL.map(Fact::name);
        let known: Vec<_> = crate::lexicon::FactsDocument::FIELDS.concat();
        assert!(names.iter().all(|name| known.contains(name)), "{names:?} {known:?}");
        let fields = known.iter().filter(|field| **field != "machine");
        assert!(fields.clone().all(|field| names.contains(field)), "{names:?} {known:?}");
    }

    #[test]
    fn a_rule_can_ask_about_every_reason() {
        let documents = documents();
        let reasons = documents.pointer("/$defs/ReasonCode/oneOf").unwrap().as_array().unwrap();
        let waiting = documents.pointer("/$defs/WaitingFor/enum").unwrap().as_array().unwrap();
        assert_eq!(reasons.len() + 1, waiting.len());
        for reason in reasons {
            assert!(waiting.contains(&reason["const"]), "{reason}");
        }
        assert!(waiting.contains(&serde_json::to_value(Code::Gap).unwrap()));
    }
}
