//! Which problem documents a route may answer with.

use serde_json::{Value, json};

use super::Repeat;
use super::operation::Operation;

/// A status that means that a request was not carried out.
pub struct Kind {
    /// The status.
    pub status: u16,
    /// Its name in the document.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    when: fn(&Operation) -> bool,
}

/// Every one of them.
pub const ALL: [Kind; 9] = [
    Kind {
        status: 400,
        name: "Malformed",
        about: "The body cannot be read, or broke off.",
        when: takes_a_body,
    },
    Kind {
        status: 401,
        name: "Unauthenticated",
        about: "There is no key, or one that opens nothing.",
        when: |operation| operation.role.is_some() || operation.path == "/inbound/{token}",
    },
    Kind {
        status: 403,
        name: "Forbidden",
        about: "The key's role does not reach that far, or the team does not allow it.",
        when: |operation| operation.role.is_some(),
    },
    Kind {
        status: 404,
        name: "NotFound",
        about: "There is no such thing in the team.",
        when: |operation| operation.path_parameters().next().is_some(),
    },
    Kind {
        status: 409,
        name: "Conflict",
        about: "The present state does not allow it.",
        when: |operation| !codes(operation).is_empty(),
    },
    Kind { status: 413, name: "TooLarge", about: "The body is too large.", when: takes_a_body },
    Kind {
        status: 415,
        name: "UnsupportedType",
        about: "The body is of another type than this takes.",
        when: takes_a_body,
    },
    Kind {
        status: 422,
        name: "Invalid",
        about: "Some fields cannot be taken as they are: every problem is in `errors`.",
        when: |operation| {
            takes_a_body(operation) || operation.query || operation.repeat != Repeat::Harmless
        },
    },
    Kind {
        status: 503,
        name: "Unavailable",
        about: "Something that the service stands on did not answer as it should.",
        when: |operation| operation.can_fail,
    },
];

fn takes_a_body(operation: &Operation) -> bool {
    operation.body.is_some() || operation.file
}

/// Those that a route may answer with.
pub fn of(operation: &Operation) -> impl Iterator<Item = &'static Kind> {
    ALL.iter().filter(|kind| (kind.when)(operation))
}

/// The codes of its 409.
pub fn codes(operation: &Operation) -> Vec<&'static str> {
    let kept: &[&str] = match operation.repeat {
        Repeat::Answered => &["in_progress", "answer_lost"],
        Repeat::Finds | Repeat::Streams => &["in_progress"],
        Repeat::Own | Repeat::Harmless => &[],
    };
    operation.told.conflicts.iter().chain(kept).copied().collect()
}

/// A response that is a problem document.
pub fn response(about: &str, problem: &Value) -> Value {
    let content = json!({ "application/problem+json": { "schema": problem } });
    json!({ "description": about, "content": content })
}
