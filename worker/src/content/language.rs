//! What may stand between `{{` and `}}`.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Object, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::{RENDERED_MAX, field_name};

/// Words that the language keeps for itself: no field can have them for a name.
pub(super) const RESERVED: &[&str] =
    &["and", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "self", "true"];

/// Tags that may follow `{%`.
const TAGS: &[&str] = &["if", "elif", "else", "endif"];

/// The name of the one text of an environment.
pub(super) const TEXT: &str = "text";

/// Instructions of one rendering. A text of the greatest length has fewer; this is for the case
/// that something in the language repeats after all.
const FUEL: u64 = 50_000;

/// Expressions inside expressions.
const DEPTH_MAX: usize = 50;

/// An environment with the language and no text.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Printing what is not there fails, asking whether it is there does not.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    // Errors know where they stand only with it.
    environment.set_debug(true);
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    environment.add_filter("upper", |text: String| text.to_uppercase());
    environment.add_filter("lower", |text: String| text.to_lowercase());
    environment.add_filter("capitalize", |text: String| capitalized(&text));
    environment.add_filter("title", |text: String| title(&text));
    environment.add_filter("trim", |text: String| text.trim().to_owned());
    environment
}

/// The first value unless it is missing or empty.
fn default(value: Value, otherwise: Option<Value>) -> Value {
    if value.is_undefined() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        otherwise.unwrap_or_else(|| Value::from(""))
    } else {
        value
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        let rest = chars.as_str().to_lowercase();
        first.to_uppercase().collect::<String>() + &rest
    })
}

/// Each word with a capital: `JEAN-LUC o'neil` is `Jean-Luc O'neil`.
fn title(text: &str) -> String {
    let words = text.split_inclusive([' ', '-']);
    words.map(capitalized).collect()
}

/// Why a text could not be filled in.
#[derive(Debug)]
pub(super) struct Unfilled {
    pub error: Error,
    /// The field that was asked for last of those that the person does not have.
    pub missing: Option<String>,
}

/// Fills the one text of `environment` in.
pub(super) fn fill_in(
    environment: &Environment<'_>,
    fields: BTreeMap<String, String>,
) -> Result<String, Unfilled> {
    let mut bounded = Bounded(Vec::new());
    let fields = Arc::new(Fields { values: fields, missing: Mutex::default() });
    let context = Value::from_dyn_object(Arc::clone(&fields));
    let done = environment
        .get_template(TEXT)
        .and_then(|template| template.render_captured_to(context, &mut bounded).map(drop));
    match done {
        Ok(()) => Ok(String::from_utf8_lossy(&bounded.0).into_owned()),
        Err(error) => Err(Unfilled {
            error,
            missing: fields.missing.lock().ok().and_then(|mut name| name.take()),
        }),
    }
}

/// The fields of one person, under any spelling that comes to the same name.
#[derive(Debug)]
struct Fields {
    values: BTreeMap<String, String>,
    missing: Mutex<Option<String>>,
}

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let asked = key.as_str()?;
        let found = self.values.get(asked);
        let found = found.or_else(|| self.values.get(&field_name(asked)));
        // An empty field is one that the person does not have.
        if let Some(value) = found.filter(|value| !value.trim().is_empty()) {
            return Some(Value::from(value.as_str()));
        }
        if let Ok(mut missing) = self.missing.lock() {
            *missing = Some(asked.to_owned());
        }
        None
    }
}

/// Takes no more than [`RENDERED_MAX`] bytes.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > RENDERED_MAX {
            return Err(io::Error::other(format!(
                "the text has more than {RENDERED_MAX} bytes with the fields of this person; \
                 shorten it"
            )));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What in `text` goes beyond the language: where it begins, and what to do.
pub(super) fn beyond(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(opening) = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min() {
        let tag = rest.get(opening..).unwrap_or_default();
        let offset = text.len() - tag.len();
        let (inside, after) = inside(tag);
        if tag.starts_with("{%") {
            let word = inside.trim_start_matches(['-', '+']).trim_start();
            let end = word.find(|c: char| !c.is_alphanumeric() && c != '_');
            let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
            if !TAGS.contains(&word) {
                found.push((
                    offset,
                    format!(
                        "`{{% {word} %}}` is not supported; use `if`, `elif`, `else` and `endif`"
                    ),
                ));
            }
        }
        if !tag.starts_with("{#") && has_star(inside) {
            found.push((offset, "`*` is not supported between braces; write the result".into()));
        }
        rest = after;
    }
    found
}

/// What of `text` can come out of it as it is: what is outside braces, and what is quoted inside.
pub(super) fn literals(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(opening) = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min() {
        let (before, tag) = rest.split_at_checked(opening).unwrap_or((rest, ""));
        found.push_str(before);
        let (inside, after) = inside(tag);
        found.push(' ');
        if !tag.starts_with("{#") {
            let outside: BTreeMap<usize, char> = outside_quotes(inside).collect();
            found.extend(inside.char_indices().filter_map(|(place, c)| {
                // A quote opens or closes between two texts.
                match outside.get(&place) {
                    None => Some(if matches!(c, '"' | '\'') { ' ' } else { c }),
                    Some(_) => None,
                }
            }));
            found.push(' ');
        }
        rest = after;
    }
    found.push_str(rest);
    found
}

/// What stands between the braces that `tag` begins with, and what follows them.
pub(super) fn inside(tag: &str) -> (&str, &str) {
    let body = tag.get(2..).unwrap_or_default();
    let closes = |closing: &str| {
        let mut places = outside_quotes(body).map(|(place, _)| place);
        places.find(|place| body.get(*place..).is_some_and(|rest| rest.starts_with(closing)))
    };
    let end = match tag.as_bytes().get(1) {
        Some(b'{') => closes("}}"),
        Some(b'%') => closes("%}"),
        _ => body.find("#}"),
    };
    match end.and_then(|end| body.split_at_checked(end)) {
        Some((inside, after)) => (inside, after.get(2..).unwrap_or_default()),
        None => (body, ""),
    }
}

fn has_star(expression: &str) -> bool {
    outside_quotes(expression).any(|(_, c)| c == '*')
}

/// The characters of an expression that are not part of a quoted text, and where they stand.
pub(super) fn outside_quotes(expression: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut escaped = false;
    expression.char_indices().filter(move |(_, c)| match quote {
        Some(open) => {
            if !escaped && *c == open {
                quote = None;
            }
            escaped = !escaped && *c == '\\';
            false
        }
        None if matches!(c, '"' | '\'') => {
            quote = Some(*c);
            false
        }
        None => true,
    })
}
