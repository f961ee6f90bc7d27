//! Where in a text an error stands, in words.

use minijinja::{Error, ErrorKind};

use super::language::Unfilled;

/// `line 2, column 7`, both from 1, columns in characters.
pub(super) fn of(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}")
}

/// Why the text could not be filled in, and what to do.
pub(super) fn unfilled(text: &str, unfilled: &Unfilled) -> String {
    match (unfilled.error.kind(), &unfilled.missing) {
        (ErrorKind::UndefinedError, Some(field)) => format!(
            "{}: the person has no `{field}`; say what to write instead, as in \
             `{{{{ {field} | default(\"there\") }}}}`",
            place(text, &unfilled.error)
        ),
        _ => explain(text, &unfilled.error),
    }
}

/// What is wrong, where, and what to do.
pub(super) fn explain(text: &str, error: &Error) -> String {
    let place = place(text, error);
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownFilter => format!(
            "{place}: {detail}; the filters are `default`, `upper`, `lower`, `capitalize`, `title` \
             and `trim`"
        ),
        ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            format!("{place}: {detail}; write a field, such as `{{{{ name }}}}`")
        }
        ErrorKind::SyntaxError => format!(
            "{place}: {detail}; write a field as `{{{{ name }}}}`, and braces that mean themselves \
             as `{{{{ \"{{{{\" }}}}`"
        ),
        ErrorKind::OutOfFuel => format!("{place}: the text is too complex; simplify it"),
        ErrorKind::WriteFailure => match std::error::Error::source(error) {
            Some(source) => source.to_string(),
            None => detail.to_owned(),
        },
        _ => format!("{place}: {detail}; simplify what stands between the braces"),
    }
}

fn place(text: &str, error: &Error) -> String {
    match (error.range(), error.line()) {
        (Some(range), _) => of(text, range.start),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => "the text".into(),
    }
}
