//! Reads the fields of a JSON object that came from outside, and keeps every problem.
//!
//! A field that nobody asked for is a problem too: a name that was mistyped must not be taken
//! for one that was left out.

use serde_json::{Map, Value};
use tidegate::time::parse_rfc3339;
use tidegate::{Instant, Policy, Problem};

/// The longest name of anything, in characters.
pub const NAME_MOST: usize = 200;

/// The fields of one object. Ask for each that may be there, then [`Fields::finish`].
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    prefix: String,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// The fields of a whole document.
    pub fn of(document: &'a Value) -> Self {
        Self::under(document, "")
    }

    fn under(document: &'a Value, path: &str) -> Self {
        let mut fields = Self {
            object: document.as_object(),
            prefix: String::new(),
            known: Vec::new(),
            problems: Vec::new(),
        };
        if fields.object.is_none() {
            let message = format!("is {}; write an object", kind(document));
            fields.problems.push(Problem { path: path.to_owned(), code: "type", message });
        }
        if !path.is_empty() {
            fields.prefix = format!("{path}.");
        }
        fields
    }

    /// The value of a field that may be left out.
    pub fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object?.get(name)
    }

    /// The value of a field that has to be there.
    pub fn required(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.optional(name);
        if value.is_none() && self.object.is_some() {
            self.refuse(name, "missing", "is missing; give it a value");
        }
        value
    }

    /// Notes a problem with a field.
    pub fn refuse(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.problems.push(Problem {
            path: format!("{}{name}", self.prefix),
            code,
            message: message.into(),
        });
    }

    /// Takes over problems whose paths are relative to a field.
    pub fn refuse_within(&mut self, name: &str, problems: Vec<Problem>) {
        let under = format!("{}{name}", self.prefix);
        self.problems.extend(problems.into_iter().map(|problem| {
            let path = match problem.path.as_str() {
                "" => under.clone(),
                path if path.starts_with('[') => format!("{under}{path}"),
                path => format!("{under}.{path}"),
            };
            Problem { path, ..problem }
        }));
    }

    /// Takes over problems whose paths are those of the whole document.
    pub fn refuse_as_they_are(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// Reads a nested object with `read`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        value: &'a Value,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let mut inner = Self::under(value, &format!("{}{name}", self.prefix));
        let read = inner.object.is_some().then(|| read(&mut inner)).flatten();
        self.problems.extend(inner.rest());
        read
    }

    /// A text of 1 to `most` characters, without the blanks around it.
    ///
    /// A control character is refused: it would not be seen where the text is shown.
    pub fn text(&mut self, name: &str, value: &Value, most: usize) -> Option<String> {
        let Some(text) = value.as_str() else {
            return self.wrong_type(name, value, "a text");
        };
        let text = text.trim();
        let length = text.chars().count();
        if text.is_empty() {
            self.refuse(name, "empty", "is empty; write something");
        } else if length > most {
            let message = format!("has {length} characters; write {most} at most");
            self.refuse(name, "too_long", message);
        } else if text.chars().any(char::is_control) {
            let message = "has a character that cannot be shown; leave it out";
            self.refuse(name, "control_character", message);
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A text of any lines, as it is: it may be empty.
    pub fn lines(&mut self, name: &str, value: &Value, most: usize) -> Option<String> {
        let Some(text) = value.as_str() else {
            return self.wrong_type(name, value, "a text");
        };
        let length = text.chars().count();
        if length > most {
            let message = format!("has {length} characters; write {most} at most");
            self.refuse(name, "too_long", message);
            return None;
        }
        Some(text.to_owned())
    }

    /// One of the `names`.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &str,
        value: &Value,
        names: &[(&'static str, T)],
    ) -> Option<T> {
        let Some(text) = value.as_str() else {
            return self.wrong_type(name, value, "a text");
        };
        let found = names.iter().find(|(known, _)| *known == text);
        if found.is_none() {
            let known: Vec<_> = names.iter().map(|(n, _)| format!("`{n}`")).collect();
            let message = format!("`{}` is not known; write {}", shown(text), known.join(" or "));
            self.refuse(name, "unknown_value", message);
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&mut self, name: &str, value: &Value, least: i64, most: i64) -> Option<i64> {
        if !value.is_number() {
            return self.wrong_type(name, value, "a number");
        }
        let number = value.as_i64().filter(|n| (least..=most).contains(n));
        if number.is_none() {
            let message = format!("`{value}` is not a whole number from {least} to {most}");
            self.refuse(name, "out_of_bounds", message);
        }
        number
    }

    /// `true` or `false`.
    pub fn truth(&mut self, name: &str, value: &Value) -> Option<bool> {
        match value.as_bool() {
            None => self.wrong_type(name, value, "`true` or `false`"),
            truth => truth,
        }
    }

    /// An instant: milliseconds since 1970, or an RFC 3339 text with its offset.
    pub fn instant(&mut self, name: &str, value: &Value) -> Option<Instant> {
        let instant = match value {
            Value::Number(number) => number.as_i64().map(Instant::from_millis),
            Value::String(text) => parse_rfc3339(text),
            _ => return self.wrong_type(name, value, "milliseconds since 1970 or a text"),
        };
        let instant = instant.filter(|instant| instant.is_covered());
        if instant.is_none() {
            let found = shown(&value.to_string());
            let message = format!(
                "`{found}` is not an instant from 1970 to 2199; write milliseconds since 1970, or \
                 a text such as `2026-11-24T09:00:00-05:00`"
            );
            self.refuse(name, "bad_instant", message);
        }
        instant
    }

    /// A policy that the engine accepts, as the document it came in.
    pub fn policy(&mut self, name: &str, value: &Value) -> Option<Value> {
        match Policy::parse(value) {
            Ok(_) => Some(value.clone()),
            Err(problems) => {
                self.refuse_within(name, problems);
                None
            }
        }
    }

    fn wrong_type<T>(&mut self, name: &str, found: &Value, wanted: &str) -> Option<T> {
        let message = format!("is {}; write {wanted}", kind(found));
        self.refuse(name, "type", message);
        None
    }

    fn rest(mut self) -> Vec<Problem> {
        let unknown = self
            .object
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| !self.known.contains(&name.as_str()));
        let known: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        self.problems.extend(unknown.map(|name| {
            let message = match known.as_slice() {
                [] => "is not known; there are no fields here".to_owned(),
                known => format!("is not known; the fields are {}", known.join(", ")),
            };
            Problem {
                path: format!("{}{}", self.prefix, shown(name)),
                code: "unknown_field",
                message,
            }
        }));
        self.problems
    }

    /// `value` when nothing is wrong with the document.
    ///
    /// # Errors
    /// Every problem that was found, unknown fields among them.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Problem>> {
        let mut problems = self.rest();
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                debug_assert!(!problems.is_empty(), "a missing value has its problem");
                problems.dedup();
                Err(problems)
            }
        }
    }
}

impl Fields<'_> {
    /// `value` when nothing is wrong with the document, for readers that go on after a problem.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_if_sound<T>(self, value: T) -> Result<T, Vec<Problem>> {
        let mut problems = self.rest();
        problems.dedup();
        if problems.is_empty() { Ok(value) } else { Err(problems) }
    }
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The start of a text, short enough for a message.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(problems: &[Problem]) -> Vec<(&str, &str)> {
        problems.iter().map(|p| (p.path.as_str(), p.code)).collect()
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let document = json!({ "name": " ", "nmae": "x", "inner": { "count": 1.5, "more": 1 } });
        let mut fields = Fields::of(&document);
        let name = fields.required("name").map(|v| fields.text("name", v, 10));
        let inner = fields.required("inner").and_then(|value| {
            fields.object("inner", value, |inner| {
                let count = inner.required("count")?;
                inner.whole("count", count, 1, 9)
            })
        });
        fields.required("gone");
        assert_eq!(name, Some(None));
        assert_eq!(inner, None);
        let problems = fields.finish::<()>(None).unwrap_err();
        assert_eq!(
            paths(&problems),
            [
                ("name", "empty"),
                ("inner.count", "out_of_bounds"),
                ("inner.more", "unknown_field"),
                ("gone", "missing"),
                ("nmae", "unknown_field"),
            ]
        );
    }

    #[test]
    fn a_document_that_is_no_object_is_one_problem() {
        for document in [json!(null), json!([]), json!("x"), json!(1), json!(true)] {
            let mut fields = Fields::of(&document);
            let name = fields.required("name");
            assert_eq!(name, None);
            let problems = fields.finish::<()>(None).unwrap_err();
            assert_eq!(paths(&problems), [("", "type")], "{document}");
        }
    }

    #[test]
    fn texts_are_bounded_in_characters_and_trimmed() {
        let read = |text: &str| {
            let document = json!({ "name": text });
            let mut fields = Fields::of(&document);
            let value = fields.required("name").unwrap();
            let name = fields.text("name", value, 3);
            fields.finish(name).map_err(|p| p[0].code)
        };
        assert_eq!(read("  éü漢 "), Ok("éü漢".to_owned()));
        assert_eq!(read("éü漢x"), Err("too_long"));
        assert_eq!(read("\u{2003}"), Err("empty"));
        assert_eq!(read("a\0b"), Err("control_character"));
        assert_eq!(read("a\nb"), Err("control_character"));
    }

    #[test]
    fn instants_are_numbers_or_texts_with_an_offset() {
        let read = |value: Value| {
            let document = json!({ "at": value });
            let mut fields = Fields::of(&document);
            let value = fields.required("at").unwrap();
            let at = fields.instant("at", value);
            fields.finish(at).map_err(|p| p[0].code)
        };
        let noon = Instant::from_millis(1_795_528_800_000);
        assert_eq!(read(json!(1_795_528_800_000_i64)), Ok(noon));
        assert_eq!(read(json!("2026-11-24T09:00:00-05:00")), Ok(noon));
        assert_eq!(read(json!("2026-11-24T09:00:00")), Err("bad_instant"));
        assert_eq!(read(json!(1.5)), Err("bad_instant"));
        assert_eq!(read(json!(-12)), Err("bad_instant"));
        assert_eq!(read(json!(1e300)), Err("bad_instant"));
        assert_eq!(read(json!(null)), Err("type"));
    }
}
