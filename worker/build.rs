//! Takes the blanks out of the API's document: they are for those who read it in the repository.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    println!("cargo::rerun-if-changed={}", document.display());
    let made = env::var_os("OUT_DIR").map(|folder| PathBuf::from(folder).join("openapi.json"));
    let text = fs::read_to_string(&document).map(|text| compact(&text));
    if let (Some(made), Ok(text)) = (made, text) {
        if let Err(error) = fs::write(&made, text) {
            println!("cargo::error={}: {error}", made.display());
        }
    } else {
        println!(
            "cargo::error={} cannot be read; write it with `npm run openapi`",
            document.display()
        );
    }
}

/// JSON without the blanks between its parts.
fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    let mut in_text = false;
    let mut escaped = false;
    for c in text.chars() {
        if in_text || !c.is_ascii_whitespace() {
            compact.push(c);
        }
        if c == '"' && !escaped {
            in_text = !in_text;
        }
        escaped = c == '\\' && !escaped;
    }
    compact
}
