//! Reads the parts of a JSON document, and reports what is not as it should be.
//!
//! Every function returns `None` after it has reported a problem.

use serde_json::{Map, Value};

use crate::problem::{Path, Problems};
use crate::time::civil::Unreadable;
use crate::time::{Instant, parse_rfc3339};

/// Names, in characters.
pub(crate) const MAX_NAME: usize = 200;

/// The fields of an object, of which only those in one of the `known` lists are allowed.
pub(crate) fn object<'v>(
    value: &'v Value,
    at: &Path<'_>,
    known: &[&[&str]],
    problems: &mut Problems,
) -> Option<&'v Map<String, Value>> {
    let Value::Object(fields) = value else {
        wrong_type(value, at, "an object", problems);
        return None;
    };
    let is_known = |name: &str| known.iter().any(|names| names.contains(&name));
    for name in fields.keys().filter(|name| !is_known(name)) {
        let mut names: Vec<&str> = Vec::new();
        for known in known.iter().copied().flatten() {
            if !names.contains(known) {
                names.push(known);
            }
        }
        let message = format!("`{name}` is not a field here; write one of {}", names.join(", "));
        problems.report(&at.field(name), "unknown_field", message);
    }
    Some(fields)
}

/// A field that has to be there.
pub(crate) fn required<'v>(
    fields: &'v Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<&'v Value> {
    let found = fields.get(name);
    if found.is_none() {
        problems.report(&at.field(name), "missing", format!("`{name}` is missing; add it"));
    }
    found
}

/// The items of a list, which has at most `max` of them.
pub(crate) fn list<'v>(
    value: &'v Value,
    at: &Path<'_>,
    max: usize,
    problems: &mut Problems,
) -> Option<&'v [Value]> {
    let Value::Array(items) = value else {
        wrong_type(value, at, "a list", problems);
        return None;
    };
    if items.len() > max {
        let message = format!("{} items are too many; write at most {max}", items.len());
        problems.report(at, "too_many", message);
        return None;
    }
    Some(items)
}

pub(crate) fn text<'v>(
    value: &'v Value,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<&'v str> {
    let found = value.as_str();
    if found.is_none() {
        wrong_type(value, at, "a text", problems);
    }
    found
}

/// A text of at most [`MAX_NAME`] characters.
pub(crate) fn name(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<String> {
    let name = text(value, at, problems)?;
    let length = name.chars().count();
    if length > MAX_NAME {
        let message = format!("{length} characters are too many; write at most {MAX_NAME}");
        problems.report(at, "too_many", message);
        return None;
    }
    Some(name.to_owned())
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
    value: &Value,
    at: &Path<'_>,
    choices: &[(&str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let word = text(value, at, problems)?;
    let found = choices.iter().find(|(name, _)| *name == word);
    if found.is_none() {
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("`{word}` is unknown; write {}", names.join(" or "));
        problems.report(at, "malformed", message);
    }
    found.map(|(_, meaning)| *meaning)
}

/// A whole number from `low` to `high`.
pub(crate) fn number(
    value: &Value,
    at: &Path<'_>,
    (low, high): (u64, u64),
    problems: &mut Problems,
) -> Option<u64> {
    let Some(found) = value.as_u64().or_else(|| whole(value).and_then(|n| u64::try_from(n).ok()))
    else {
        if value.is_number() {
            let message = format!("`{value}` is no whole number; write one from {low} to {high}");
            problems.report(at, "out_of_bounds", message);
        } else {
            wrong_type(value, at, "a whole number", problems);
        }
        return None;
    };
    if !(low..=high).contains(&found) {
        let message = format!("`{found}` is out of bounds; write {low} to {high}");
        problems.report(at, "out_of_bounds", message);
        return None;
    }
    Some(found)
}

/// An instant: milliseconds since 1970, or an RFC 3339 text.
pub(crate) fn instant(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Instant> {
    let found = match value {
        Value::String(text) => parse_rfc3339(text),
        Value::Number(_) => whole(value).map(Instant::from_millis),
        _ => {
            wrong_type(value, at, "an instant (milliseconds since 1970)", problems);
            return None;
        }
    };
    let found = found.filter(|instant| instant.is_covered());
    if found.is_none() {
        let message = format!(
            "`{}` is no instant from 1970 to 2199; write milliseconds since 1970, or a text such \
             as `2026-11-24T09:00:00-05:00`",
            plain(value)
        );
        problems.report(at, "malformed", message);
    }
    found
}

/// Reports a date or a time that could not be read.
pub(crate) fn unreadable(
    why: Unreadable,
    text: &str,
    remedy: &str,
    at: &Path<'_>,
    problems: &mut Problems,
) {
    let (code, fact) = match why {
        Unreadable::Malformed => ("malformed", "is not written as expected"),
        Unreadable::NoSuchDate => ("no_such_date", "is not in the calendar"),
        Unreadable::NoSuchTime => ("no_such_time", "is on no clock"),
        Unreadable::OutsideYears => ("outside_years", "is not from 1970 to 2199"),
    };
    problems.report(at, code, format!("`{text}` {fact}; write {remedy}"));
}

pub(crate) fn wrong_type(value: &Value, at: &Path<'_>, wanted: &str, problems: &mut Problems) {
    let message = match value {
        Value::Null => format!("null is not {wanted}; write one, or leave the field out"),
        Value::Bool(_) => format!("`{value}` is not {wanted}; write one"),
        Value::Number(_) => format!("the number `{value}` is not {wanted}; write one"),
        Value::String(_) => format!("the text `{}` is not {wanted}; write one", plain(value)),
        Value::Array(_) => format!("a list is not {wanted}; write one"),
        Value::Object(_) => format!("an object is not {wanted}; write one"),
    };
    problems.report(at, "wrong_type", message);
}

/// A value as it stands in a message: without quotes, and not endless.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The whole number that a JSON number is, even when it is written `5.0`.
fn whole(value: &Value) -> Option<i64> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
        (float.fract() == 0.0 && float.abs() <= LARGEST_EXACT).then_some(float as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem_of<T: std::fmt::Debug>(
        read: impl FnOnce(&Path<'_>, &mut Problems) -> Option<T>,
    ) -> (&'static str, String) {
        let mut problems = Problems::default();
        let read = read(&Path::Root.field("x"), &mut problems);
        let found = problems.unless_any(read).unwrap_err();
        assert_eq!((found.len(), found[0].path.as_str()), (1, "x"));
        (found[0].code, found[0].message.clone())
    }

    #[test]
    fn numbers_are_whole_and_within_their_bounds() {
        let mut problems = Problems::default();
        for (value, number_read) in [(json!(1), 1), (json!(5.0), 5), (json!(9), 9)] {
            assert_eq!(number(&value, &Path::Root, (1, 9), &mut problems), Some(number_read));
        }
        let problem = |value| problem_of(|at, problems| number(&value, at, (1, 9), problems));
        assert_eq!(
            problem(json!(0)),
            ("out_of_bounds", "`0` is out of bounds; write 1 to 9".into())
        );
        assert_eq!(problem(json!(10)).0, "out_of_bounds");
        assert_eq!(problem(json!(-1)).0, "out_of_bounds");
        assert_eq!(problem(json!(1.5)).0, "out_of_bounds");
        assert_eq!(problem(json!("1")).0, "wrong_type");
        assert_eq!(problem(json!(null)).0, "wrong_type");
    }

    #[test]
    fn an_instant_is_a_number_or_a_text_with_an_offset() {
        let mut problems = Problems::default();
        let mut read = |value| instant(&value, &Path::Root, &mut problems).map(Instant::millis);
        assert_eq!(read(json!(1_795_528_800_000_i64)), Some(1_795_528_800_000));
        assert_eq!(read(json!("2026-11-24T09:00:00-05:00")), Some(1_795_528_800_000));
        let problem = |value| problem_of(|at, problems| instant(&value, at, problems)).0;
        assert_eq!(problem(json!("2026-11-24T09:00:00")), "malformed");
        assert_eq!(problem(json!(-17)), "malformed");
        assert_eq!(problem(json!(1.5)), "malformed");
        assert_eq!(problem(json!(true)), "wrong_type");
    }

    #[test]
    fn a_long_text_is_cut_in_messages() {
        let (_, message) =
            problem_of(|at, problems| instant(&json!("é".repeat(5_000)), at, problems));
        assert!(message.len() < 800, "{}", message.len());
    }
}
