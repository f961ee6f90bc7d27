//! What is sure of a text before anybody's fields are known: that it can be filled in for everybody, and
//! that it says something to everybody.
//!
//! Every branch of every condition is looked at, as if each could be somebody's. A field is there where
//! all have it, or in a branch that only those come to who have it (`{% if name %}`). What is not
//! understood is not sure, and then people are looked at: a no costs time, a wrong yes a message.

use std::collections::BTreeSet;

use super::field_name;
use super::language::{RESERVED, inside, outside_quotes};

/// Filters that make something of something, and nothing of no text.
const FILTERS: &[&str] = &["upper", "lower", "capitalize", "title", "trim"];
/// Words of a condition that ask nothing of a field that is not there.
const ASKING: &[&str] = &["and", "or", "not", "true", "false", "none"];

/// What is sure of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sure {
    /// It can be filled in for everybody.
    pub filled: bool,
    /// It says something to everybody for whom it can be filled in.
    pub says: bool,
}

/// What is sure of `text` where everybody has the fields `known`.
pub(super) fn sure(text: &str, known: &BTreeSet<String>) -> Sure {
    let mut filled = true;
    let mut says = false;
    let mut open: Vec<Condition> = Vec::new();
    for part in parts(text) {
        let has =
            |field: &String| known.contains(field) || open.iter().any(|of| of.had.contains(field));
        let said = match part {
            Part::Literal(text) => !text.trim().is_empty(),
            Part::Value(expression) => {
                let said = value(expression, has);
                filled &= said.is_some();
                said.unwrap_or(false)
            }
            Part::Tag(tag) => {
                let end = tag.find(|c| !is_of_name(c)).unwrap_or(tag.len());
                let (word, expression) = tag.split_at_checked(end).unwrap_or((tag, ""));
                if matches!(word, "if" | "elif") {
                    filled &= can_be_asked(expression, has);
                }
                match word {
                    "if" => open.push(Condition::of(expression)),
                    "endif" => {}
                    _ => {
                        if let Some(condition) = open.last_mut() {
                            condition.next(expression, word == "else");
                        }
                    }
                }
                word == "endif" && open.pop().is_some_and(|condition| condition.says())
            }
        };
        match open.last_mut() {
            Some(condition) => condition.branch_says |= said,
            None => says |= said,
        }
    }
    Sure { filled, says }
}

/// Whether what `text` asks for is the same for everybody: it has no conditions.
pub(super) fn is_plain(text: &str) -> bool {
    parts(text).all(|part| match part {
        Part::Literal(_) => true,
        Part::Value(expression) => !words(&bare(expression)).any(is_reserved),
        Part::Tag(_) => false,
    })
}

/// A condition that is not closed yet.
struct Condition {
    /// Whether every branch before the one that is open says something.
    before_say: bool,
    branch_says: bool,
    has_else: bool,
    /// The fields that whoever comes to the open branch has.
    had: Vec<String>,
}

impl Condition {
    fn of(expression: &str) -> Self {
        Self { before_say: true, branch_says: false, has_else: false, had: had(expression) }
    }

    fn next(&mut self, expression: &str, is_else: bool) {
        self.before_say &= self.branch_says;
        self.branch_says = false;
        self.has_else |= is_else;
        self.had = if is_else { Vec::new() } else { had(expression) };
    }

    const fn says(&self) -> bool {
        self.before_say && self.branch_says && self.has_else
    }
}

enum Part<'a> {
    Literal(&'a str),
    /// What stands in `{{ }}`.
    Value(&'a str),
    /// What stands in `{% %}`.
    Tag(&'a str),
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let opening = ["{{", "{%", "{#"].iter().filter_map(|tag| rest.find(tag)).min();
            let (literal, tag) = rest.split_at_checked(opening.unwrap_or(rest.len()))?;
            if !literal.is_empty() {
                rest = tag;
                return Some(Part::Literal(literal));
            }
            let (inside, after) = inside(tag);
            rest = after;
            let inside = inside.trim_matches(['-', '+']).trim();
            match tag.as_bytes().get(1) {
                Some(b'{') => return Some(Part::Value(inside)),
                Some(b'%') => return Some(Part::Tag(inside)),
                _ => {}
            }
        }
    })
}

/// Whether a value says something; none where it may not be there. It is a field and what is made of it.
fn value(expression: &str, has: impl Fn(&String) -> bool) -> Option<bool> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (place, _) in outside_quotes(expression).filter(|(_, c)| *c == '|') {
        pieces.push(expression.get(start..place)?.trim());
        start = place + 1;
    }
    pieces.push(expression.get(start..)?.trim());
    let (name, filters) = pieces.split_first()?;
    let field = field(name)?;
    let mut otherwise = None;
    for (place, filter) in filters.iter().enumerate() {
        if FILTERS.contains(filter) {
            continue;
        }
        // Of what an earlier filter makes of no field nothing is known.
        let instead = default(filter)?;
        if place == 0 {
            otherwise = Some(!instead.trim().is_empty());
        }
    }
    if has(&field) { Some(true) } else { otherwise }
}

/// The text that a `default` writes instead; none where that is not simply a text.
fn default(filter: &str) -> Option<&str> {
    let (name, given) = filter.split_once('(').unwrap_or((filter, ")"));
    if !matches!(name.trim(), "default" | "d") {
        return None;
    }
    let given = given.trim_end().strip_suffix(')')?.trim();
    if given.is_empty() {
        return Some("");
    }
    let quote = given.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = given.strip_prefix(quote)?.strip_suffix(quote)?;
    (!text.contains([quote, '\\'])).then_some(text)
}

/// Whether a condition can be asked of everybody. Whether a field is there can; to be compared with
/// something, it has to be.
fn can_be_asked(expression: &str, has: impl Fn(&String) -> bool) -> bool {
    let bare = bare(expression);
    let compares = |c| matches!(c, '=' | '!' | '\'');
    let is_known = |c| is_of_name(c) || c.is_whitespace() || compares(c);
    bare.chars().all(is_known)
        && words(&bare)
            .filter(|word| !ASKING.contains(&&*word.to_lowercase()))
            .all(|word| field(word).is_some_and(|field| !bare.contains(compares) || has(&field)))
}

/// The fields that are there where a condition holds: those that it asks for with nothing but `and`
/// between.
fn had(expression: &str) -> Vec<String> {
    let bare = bare(expression);
    if words(&bare).any(|word| matches!(word, "or" | "not" | "if" | "else")) {
        return Vec::new();
    }
    bare.split(" and ").filter_map(|part| field(part.trim())).collect()
}

/// The field that a name asks for; none where it is no name.
fn field(name: &str) -> Option<String> {
    let is_name = name.starts_with(|c| c == '_' || unicode_ident::is_xid_start(c))
        && name.chars().all(is_of_name)
        && !is_reserved(name);
    is_name.then(|| field_name(name))
}

fn is_of_name(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&&*word.to_lowercase())
}

/// An expression with each character of a quoted text, and its quotes, as a `'`: no part of a name.
fn bare(expression: &str) -> String {
    let outside: BTreeSet<usize> = outside_quotes(expression).map(|(place, _)| place).collect();
    let kept = expression.char_indices();
    kept.map(|(place, c)| if outside.contains(&place) { c } else { '\'' }).collect()
}

fn words(bare: &str) -> impl Iterator<Item = &str> {
    bare.split(|c| !is_of_name(c)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::super::Texts;
    use super::*;
    use crate::ports::Renderer;

    const FIELDS: [&str; 3] = ["name", "city", "lang"];

    /// The fields that are there, of those that a number's bits name.
    fn some(bits: usize) -> BTreeSet<String> {
        let fields = FIELDS.iter().enumerate().filter(|(place, _)| bits & (1 << place) > 0);
        fields.map(|(_, field)| (*field).to_owned()).collect()
    }

    fn both(text: &str, known: usize) -> (bool, bool) {
        let sure = sure(text, &some(known));
        (sure.filled, sure.says)
    }

    const LANGUAGES: &str =
        "{% if lang == \"fr\" %}Bonjour {{ name }}{% else %}Hello {{ name | upper }}{% endif %}";
    const PLACES: &str = "{% if city == \"Paris\" %}Sale{% endif %}";

    #[test]
    fn every_branch_is_looked_at() {
        for (text, known, expected) in [
            ("Hi", 0, (true, true)),
            (" \n", 0, (true, false)),
            ("Hi {{ name }}", 0, (false, true)),
            ("{{ Name }}", 1, (true, true)),
            ("{{ name | default('') }}", 0, (true, false)),
            ("{{ name | default('you') | upper }}", 0, (true, true)),
            ("{{ name | upper | default('you') }}", 0, (false, false)),
            ("{{ name ~ city }}", 3, (false, false)),
            (LANGUAGES, 1, (false, true)),
            (LANGUAGES, 4, (false, true)),
            (LANGUAGES, 5, (true, true)),
            (PLACES, 7, (true, false)),
            ("{% if name %}Hi {{ name }}{%- else -%}Hi{% endif %}", 0, (true, true)),
            ("{% if name and city %}{{ name }}, {{ city }}{% endif %}.", 0, (true, true)),
            ("{% if name or city %}{{ name }}{% endif %}.", 0, (false, true)),
            ("{% if name %}a{% elif city %}{{ name }}{% else %}b{% endif %}", 0, (false, false)),
            ("{% if name %}a{% elif city %}{{ city }}{% endif %}", 7, (true, false)),
            ("{% if name | upper == 'A' %}a{% endif %}b", 0, (false, true)),
            ("{% if name in city %}a{% endif %}b", 0, (false, true)),
            ("{% if(name) %}a{% endif %}", 7, (false, false)),
            (
                "{# a #}{% if name %}{% if city %}a{% else %}b{% endif %}{% else %}c{% endif %}",
                0,
                (true, true),
            ),
        ] {
            assert_eq!(both(text, known), expected, "{text} {known}");
        }
    }

    #[test]
    fn what_is_sure_holds_for_everybody() {
        let texts = Texts::default();
        let values = ["fr", "Paris", "x"];
        for text in [
            LANGUAGES,
            PLACES,
            "{% if name %}Hi {{ name }}{% else %}Hi{% endif %}",
            "{% if not name %}Hi{% else %}Hi {{ name }}{% endif %}",
            "{% if name and lang == 'fr' %}{{ name }}{% elif city %}{{ city }}{% else %}-{% endif %}",
            "{% if name != city %}{{ lang | default('x') }}{% else %}b{% endif %}",
            "{% if name == none or True %}{{ city | d('y') | title }}{% endif %}",
            "{{ name if city else 'x' }}",
            "{{ name or city }}",
            "{{ name | default(city) }}",
            "{% if lang %}{% if city == lang %}{{ name }}{% endif %}{{ lang }}{% else %}c{% endif %}",
        ] {
            for known in 0..8 {
                let promised = sure(text, &some(known));
                for has in (0..8).filter(|has| has & known == known) {
                    for choice in 0..27_usize {
                        let value = |place: usize| values[choice / [1, 3, 9][place] % 3];
                        let fields = FIELDS.iter().enumerate();
                        let fields: Map<String, Value> = fields
                            .filter(|(place, _)| has & (1 << place) > 0)
                            .map(|(place, field)| ((*field).to_owned(), value(place).into()))
                            .collect();
                        let said = texts.render(text, &fields);
                        let told = format!("{text} {known} {fields:?} {said:?}");
                        assert!(said.is_ok() || !promised.filled, "{told}");
                        let is_blank = said.is_ok_and(|said| said.trim().is_empty());
                        assert!(!is_blank || !promised.says, "{told}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_is_plain_without_conditions_of_any_kind() {
        assert!(is_plain("Hi {{ name | default(\"if\") }}{# if #}"));
        assert!(!is_plain("{{ name if city else 'x' }}"));
        assert!(!is_plain(PLACES));
    }
}
