//! What every list of problems promises.

use std::collections::BTreeSet;

use serde_json::Value;
use tidegate::Problem;

const CODES: [&str; 12] = [
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
/// As many as `tidegate` reports.
const MOST: usize = 200;

/// What was read of `document`, or nothing once its problems are found to be in order.
pub fn checked<T>(document: &Value, read: Result<T, Vec<Problem>>) -> Option<T> {
    let problems = match read {
        Ok(read) => return Some(read),
        Err(problems) => problems,
    };
    assert!((1..=MOST).contains(&problems.len()), "{} problems", problems.len());
    let mut places = BTreeSet::new();
    name_places(document, String::new(), &mut places);
    for problem in &problems {
        assert!(CODES.contains(&problem.code), "{problem:?}");
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem:?}");
        // What is missing is not there, but where it is missed is.
        let parent = problem.path.rsplit_once('.').map_or("", |(parent, _)| parent);
        assert!(places.contains(&problem.path) || places.contains(parent), "{problem:?}");
    }
    None
}

/// The path of everything in a document, as problems write it.
fn name_places(value: &Value, path: String, places: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                name_places(value, path, places);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                name_places(value, format!("{path}[{index}]"), places);
            }
        }
        _ => {}
    }
    places.insert(path);
}
