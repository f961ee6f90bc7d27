//! Content lines (RFC 5545, section 3.1): `NAME;PARAMETER=value:value`.

use icalendar::parser::Property;

use crate::Problem;

/// A content line, unfolded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// The number of the line on which it begins, from 1 on.
    pub(crate) number: usize,
    /// In upper case.
    pub(crate) name: String,
    parameters: Vec<(String, String)>,
    /// Texts are unescaped.
    pub(crate) value: String,
}

impl Line {
    /// The first value of a parameter, without quotes.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { line: self.number, message: message.into() }
    }
}

/// The content lines of a file, and the problem of each that is none.
pub(crate) fn lines(file: &str) -> impl Iterator<Item = Result<Line, Problem>> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut physical = (1..).zip(file.split('\n')).peekable();
    std::iter::from_fn(move || {
        loop {
            let (number, first) = physical.next()?;
            let mut whole = without_return(first).to_owned();
            while let Some((_, next)) = physical.next_if(|(_, next)| next.starts_with([' ', '\t']))
            {
                whole.push_str(without_return(next).get(1..).unwrap_or_default());
            }
            if !whole.trim().is_empty() {
                return Some(read(number, whole));
            }
        }
    })
}

fn without_return(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

fn read(number: usize, mut whole: String) -> Result<Line, Problem> {
    let name_length = whole.find([':', ';']).unwrap_or(0);
    if let Some(name) = whole.get_mut(..name_length) {
        name.make_ascii_uppercase();
    }
    // The parser knows these two as parts of components only.
    if let Some((name @ ("BEGIN" | "END"), value)) = whole.split_once(':') {
        let (name, value) = (name.to_owned(), value.to_owned());
        return Ok(Line { number, name, parameters: Vec::new(), value });
    }
    let property = Property::try_from(whole.as_str()).ok().filter(|property| {
        // The parser takes what has no colon, or something else before it, for a bare name.
        let is_bare = property.val.as_str().is_empty() && !whole.ends_with(':');
        !property.name.as_str().is_empty() && !is_bare
    });
    let Some(property) = property else {
        let start: String = whole.chars().take(60).collect();
        let message = format!("`{start}` is no content line; write `NAME:value`");
        return Err(Problem { line: number, message });
    };
    let parameters = property.params.iter().map(|parameter| {
        let value = parameter.val.as_ref().map_or("", |value| value.as_str());
        (parameter.key.as_str().to_owned(), value.to_owned())
    });
    Ok(Line {
        number,
        name: property.name.as_str().to_owned(),
        parameters: parameters.collect(),
        value: property.val.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Line {
        let mut all: Vec<_> = lines(text).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        all.pop().unwrap().unwrap()
    }

    #[test]
    fn a_folded_line_is_one_and_keeps_its_number() {
        let file = "BEGIN:VEVENT\r\nSUMMARY:Jour d\r\n e l\r\n\t'an\r\nEND:VEVENT\r\n";
        let lines: Vec<_> = lines(file).map(Result::unwrap).collect();
        let texts: Vec<_> = lines.iter().map(|line| (line.number, line.value.as_str())).collect();
        assert_eq!(texts, [(1, "VEVENT"), (2, "Jour de l'an"), (5, "VEVENT")]);
    }

    #[test]
    fn lines_may_end_without_a_carriage_return() {
        let values: Vec<_> =
            lines("\u{feff}A:1\n\nB:2\r\nC:3").map(|line| line.unwrap().value).collect();
        assert_eq!(values, ["1", "2", "3"]);
    }

    #[test]
    fn names_have_no_case_and_texts_are_unescaped() {
        let line = one(r"summary;language=fr:Noël\, Saint-Étienne\; fin\nde l'année \\");
        assert_eq!(line.name, "SUMMARY");
        assert_eq!(line.parameter("LANGUAGE"), Some("fr"));
        assert_eq!(line.value, "Noël, Saint-Étienne; fin\nde l'année \\");
    }

    #[test]
    fn a_quoted_parameter_may_have_colons_and_semicolons() {
        let line = one("DTSTART;X-NOTE=\"a:b;c\";TZID=Europe/Paris:20260101T090000");
        assert_eq!(line.parameter("X-NOTE"), Some("a:b;c"));
        assert_eq!(line.parameter("TZID"), Some("Europe/Paris"));
        assert_eq!(line.value, "20260101T090000");
    }

    #[test]
    fn what_is_no_content_line_is_a_problem_where_it_stands() {
        for text in ["hello", "hello world", ":value", "DTSTART 1:20260101", ";X=1:2", "é"] {
            let file = format!("A:1\n{text}\nB:");
            let all: Vec<_> = lines(&file).collect();
            assert_eq!(all.len(), 3, "{text}");
            assert_eq!(all[1].as_ref().unwrap_err().line, 2, "{text}");
            assert!(all[2].is_ok());
        }
    }
}
