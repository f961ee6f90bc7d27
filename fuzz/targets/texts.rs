//! Any bytes as the text of a campaign. The first line holds a person's fields, the rest is filled
//! in with them.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};
use tidegate_worker::content::{RENDERED_MAX, Texts, check, missing_fields};
use tidegate_worker::ports::Renderer;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(bytes) else { return Corpus::Reject };
    let (fields, text) = text.split_once('\n').unwrap_or(("", text));
    let names: Vec<String> = fields.split(' ').map(str::to_owned).collect();
    match check(text) {
        Ok(asked) => assert!(asked.iter().all(|field| !field.is_empty()), "{asked:?}"),
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(
                    !problem.message.is_empty() && !problem.message.ends_with('.'),
                    "{problem:?}"
                );
            }
        }
    }
    let _ = missing_fields(text, &names);
    let fields: Map<String, Value> =
        names.iter().map(|name| (name.clone(), Value::from(name.as_str()))).collect();
    match Texts::default().render(text, &fields) {
        Ok(filled) => assert!(filled.len() <= RENDERED_MAX, "{} bytes", filled.len()),
        Err(why) => assert!(!why.is_empty()),
    }
    Corpus::Keep
});
