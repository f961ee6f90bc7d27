//! The text of a campaign, with `{{column}}` where a field of the person goes.
//!
//! ```
//! use tidegate_worker::content::{Texts, check};
//! use tidegate_worker::ports::Renderer;
//!
//! let text = "Hi {{ first_name | default(\"there\") }}, your order {{order}} is ready.";
//! assert_eq!(check(text).unwrap(), ["first_name", "order"]);
//!
//! let fields = serde_json::json!({ "order": "A-7" });
//! let rendered = Texts::default().render(text, fields.as_object().unwrap());
//! assert_eq!(rendered.unwrap(), "Hi there, your order A-7 is ready.");
//! ```
//!
//! The language is that of Jinja (through `minijinja`), cut down to what a message needs: fields,
//! `{% if %}`, `{% elif %}`, `{% else %}`, comments, and the filters `default`, `upper`, `lower`,
//! `capitalize`, `title` and `trim`. There are no loops, no assignments and no `*`: whatever is
//! written, filling it in takes little time and little memory.
//!
//! A field that a person does not have, or has empty, is an error unless the text says what to
//! write instead. Nobody gets a message that begins with `Hi ,`.

pub mod attachments;
mod branches;
pub mod cells;
mod fold;
mod language;
pub mod links;
mod position;
pub mod segments;
pub mod unsubscribe;
pub mod words;

use std::cell::RefCell;
use std::collections::BTreeSet;

use minijinja::Environment;
use serde_json::{Map, Value};
use tidegate::Problem;

pub use branches::Sure;

use crate::model::Content;
use crate::ports::Renderer;

/// Characters of a subject.
pub const SUBJECT_MAX: usize = 250;

/// Characters of a text.
pub const TEXT_MAX: usize = 10_000;

/// Bytes of a text once its fields are filled in.
pub const RENDERED_MAX: usize = 64 * 1024;

/// The name in texts of the column called `heading` in a file: in lower case, with `_` for
/// whatever is no letter, digit or mark, accents kept. `First Name` is `first_name`, `Prénom` is
/// `prénom`, `2nd line` is `_2nd_line`, and the words of the language take a `_`: `In` is `in_`.
///
/// Texts are as generous: `{{ First_Name }}` finds `first_name` too.
#[must_use]
pub fn field_name(heading: &str) -> String {
    let mut name = String::with_capacity(heading.len());
    for c in heading.trim().chars().flat_map(char::to_lowercase) {
        if unicode_ident::is_xid_continue(c) && c != '_' {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    while name.ends_with('_') {
        name.pop();
    }
    if !name.starts_with(unicode_ident::is_xid_start) {
        name.insert(0, '_');
    }
    if language::RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Checks a text before it is kept. `Ok` has the names of the fields that it asks for, in order.
///
/// # Errors
/// Every problem that was found, each with its line and column; `path` is `content.text`.
pub fn check(text: &str) -> Result<Vec<String>, Vec<Problem>> {
    let problem = |code: &'static str, message: String| Problem {
        path: "content.text".into(),
        code,
        message,
    };
    if text.trim().is_empty() {
        let message = "the text is empty; write what the recipients are to read";
        return Err(vec![problem("empty", message.into())]);
    }
    let length = text.chars().count();
    if length > TEXT_MAX {
        let message =
            format!("the text has {length} characters, and {TEXT_MAX} is the most; shorten it");
        return Err(vec![problem("too_long", message)]);
    }
    let beyond: Vec<Problem> = language::beyond(text)
        .into_iter()
        .map(|(offset, message)| {
            problem("not_supported", format!("{}: {message}", position::of(text, offset)))
        })
        .collect();
    if !beyond.is_empty() {
        return Err(beyond);
    }
    let unusable = |message| vec![problem("not_a_template", message)];
    let environment = compiled(text).map_err(|error| unusable(position::explain(text, &error)))?;
    let fields = asked_for(&environment);
    let everything = fields.iter().map(|name| (name.clone(), "x".into()));
    language::fill_in(&environment, everything.collect())
        .map_err(|unfilled| unusable(position::unfilled(text, &unfilled)))?;
    Ok(fields)
}

/// The fields that `text` cannot do without and that none of `columns` gives.
///
/// It is sure of what it names. A field inside an `{% if %}` that depends on another field can
/// escape it, and is met again when the message is made.
#[must_use]
pub fn missing_fields(text: &str, columns: &[String]) -> Vec<String> {
    let Ok(environment) = compiled(text) else {
        return Vec::new();
    };
    let fields = asked_for(&environment);
    let given = columns.iter().map(|column| field_name(column));
    let given: BTreeSet<String> = given.chain([unsubscribe::FIELD.to_owned()]).collect();
    let needed = |field: &&String| {
        let others = fields.iter().filter(|other| other != field);
        let others = others.map(|name| (name.clone(), "x".into())).collect();
        language::fill_in(&environment, others).is_err()
    };
    let missing = fields.iter().filter(|field| !given.contains(*field));
    missing.filter(needed).cloned().collect()
}

/// Everything in `text` that can come to stand in somebody's message as it is: what is outside
/// braces, and the texts in quotes inside them. Names of fields do not.
#[must_use]
pub fn literals(text: &str) -> String {
    language::literals(text)
}

/// The fields that a content asks for anywhere, in order, but for the way out: that everybody has.
#[must_use]
pub fn asked(content: &Content) -> Vec<String> {
    let of = |text: &str| compiled(text).map(|environment| asked_for(&environment));
    let fields: BTreeSet<String> = texts(content).flat_map(of).flatten().collect();
    fields.into_iter().filter(|field| field != unsubscribe::FIELD).collect()
}

/// The fields that a content cannot do without and that none of `columns` gives, as
/// [`missing_fields`] names them.
#[must_use]
pub fn lacking(content: &Content, columns: &[String]) -> Vec<String> {
    let fields: BTreeSet<String> =
        texts(content).flat_map(|text| missing_fields(text, columns)).collect();
    fields.into_iter().collect()
}

/// Whether everybody who lacks a field that [`lacking`] names lacks their message. In a text with
/// conditions it depends on the person.
#[must_use]
pub fn is_unconditional(content: &Content) -> bool {
    texts(content).all(branches::is_plain)
}

/// What is sure of a content where everybody has the fields `filled`.
#[must_use]
pub fn sure(content: &Content, filled: &BTreeSet<String>) -> Sure {
    let mut known = filled.clone();
    known.insert(unsubscribe::FIELD.to_owned());
    Sure {
        filled: texts(content).all(|text| branches::sure(text, &known).filled),
        says: may_be_blank(content) || branches::sure(&content.text, &known).says,
    }
}

/// The text that a person gets.
///
/// # Errors
/// A sentence that says that there is none: nothing is left of it, and nothing is attached.
pub fn said(content: &Content, text: String) -> Result<String, String> {
    if text.trim().is_empty() && !may_be_blank(content) {
        let why = "nothing of the text is left for them; write what is to be read where no \
                   condition holds";
        return Err(why.to_owned());
    }
    Ok(text)
}

/// Why somebody with these fields cannot be written what a content says; none where they can.
#[must_use]
pub fn fault(
    content: &Content,
    renderer: &impl Renderer,
    fields: &Map<String, Value>,
) -> Option<String> {
    let fill_in = |text: &str| {
        // Each recipient's link is another, and none is missing.
        renderer.render(text, &unsubscribe::with_link(text, fields, "https://example.org"))
    };
    let text = fill_in(&content.text).and_then(|text| said(content, text));
    let subject = content.subject.as_deref().map(fill_in).transpose();
    text.err().or(subject.err())
}

/// What is attached says enough.
const fn may_be_blank(content: &Content) -> bool {
    !content.attachments.is_empty()
}

/// The texts of a content: what it says, and what it is about.
pub fn texts(content: &Content) -> impl Iterator<Item = &str> {
    [Some(content.text.as_str()), content.subject.as_deref()].into_iter().flatten()
}

/// Fills texts in. It keeps the last ones in their compiled form: a slice of messages has a text,
/// and mail a subject.
#[derive(Debug, Default)]
pub struct Texts(RefCell<Vec<(String, Environment<'static>)>>);

/// Compiled texts that are kept.
const COMPILED_MOST: usize = 4;

impl Renderer for Texts {
    fn render(&self, text: &str, fields: &Map<String, Value>) -> Result<String, String> {
        let mut known = self.0.borrow_mut();
        if !known.iter().any(|(other, _)| other == text) {
            let compiled = compiled(text).map_err(|error| position::explain(text, &error))?;
            known.truncate(COMPILED_MOST - 1);
            known.insert(0, (text.to_owned(), compiled));
        }
        let Some((_, environment)) = known.iter().find(|(other, _)| other == text) else {
            return Err("the text cannot be read; write it again".to_owned());
        };
        let fields = fields.iter().map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), value)
        });
        language::fill_in(environment, fields.collect())
            .map_err(|unfilled| position::unfilled(text, &unfilled))
    }
}

fn compiled(text: &str) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = language::environment();
    environment.add_template_owned(language::TEXT, text.to_owned())?;
    Ok(environment)
}

fn asked_for(environment: &Environment<'_>) -> Vec<String> {
    let template = environment.get_template(language::TEXT);
    let names = template.map(|template| template.undeclared_variables(false));
    let names = names.unwrap_or_default();
    let fields: BTreeSet<String> = names.iter().map(|name| field_name(name)).collect();
    fields.into_iter().collect()
}
