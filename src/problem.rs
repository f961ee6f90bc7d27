//! What is wrong with a document, and where.
//!
//! A reader goes on after a problem, so that all of them come back at once.

use std::fmt;

use serde::Serialize;

/// How many problems are reported; what is found after them is left out.
pub const MAX_PROBLEMS: usize = 200;

/// The kinds of problems that a document can have.
pub(crate) const CODES: [&str; 12] = [
    "missing",
    "unknown_field",
    "wrong_type",
    "malformed",
    "no_such_date",
    "no_such_time",
    "outside_years",
    "unknown_zone",
    "empty",
    "out_of_bounds",
    "too_many",
    "conflict",
];

/// One thing that is wrong with a document that came from outside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Where in the document, such as `layers[0].policy.windows[2].to`; empty for all of it.
    pub path: String,
    /// What kind of problem, for programs: `missing`, `unknown_field`, `wrong_type`, `malformed`,
    /// `no_such_date`, `no_such_time`, `outside_years`, `unknown_zone`, `empty`, `out_of_bounds`,
    /// `too_many` or `conflict`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::kind::ProblemCode"))]
    pub code: &'static str,
    /// What is wrong and what to write instead, for people.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "`{path}`: {}", self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// A place in a document. Written out only when there is a problem.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(crate) const fn field(&'a self, name: &'a str) -> Self {
        Path::Field(self, name)
    }

    pub(crate) const fn item(&'a self, index: usize) -> Self {
        Path::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// A single problem, of a document that is otherwise as it should be.
    pub(crate) fn only(at: &Path<'_>, code: &'static str, message: String) -> Vec<Problem> {
        let mut problems = Self::default();
        problems.report(at, code, message);
        problems.0
    }

    pub(crate) fn report(&mut self, at: &Path<'_>, code: &'static str, message: String) {
        debug_assert!(CODES.contains(&code), "{code}");
        if self.0.len() < MAX_PROBLEMS {
            self.0.push(Problem { path: at.to_string(), code, message });
        }
    }

    /// The document, if it was read and nothing was wrong with it.
    pub(crate) fn unless_any<T>(self, read: Option<T>) -> Result<T, Vec<Problem>> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_one_would_write_it() {
        let layers = Path::Root.field("layers");
        let layer = layers.item(0);
        let policy = layer.field("policy");
        let windows = policy.field("windows");
        let window = windows.item(2);
        assert_eq!(window.field("to").to_string(), "layers[0].policy.windows[2].to");
        assert_eq!(Path::Root.to_string(), "");
    }

    #[test]
    fn the_list_of_problems_ends_at_its_bound() {
        let mut problems = Problems::default();
        for _ in 0..=MAX_PROBLEMS {
            problems.report(&Path::Root, "missing", String::new());
        }
        assert_eq!(problems.unless_any(Some(())).unwrap_err().len(), MAX_PROBLEMS);
    }
}
