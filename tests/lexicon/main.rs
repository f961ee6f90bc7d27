//! The shipped lexicons against the help pages that they follow, and lexicons of one's own.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

mod documents;
mod every_combination;
mod exact_words;
mod filters;

use serde_json::Value;
use tidegate::lexicon::{Facts, Lexicon, label};

fn shipped(id: &str) -> &'static Lexicon {
    Lexicon::shipped(id).unwrap_or_else(|| panic!("`{id}` is not shipped"))
}

fn word<'l>(lexicon: &'l Lexicon, facts: &Value) -> &'l str {
    let facts = Facts::parse(facts).unwrap_or_else(|problems| panic!("{facts}: {problems:#?}"));
    &label(lexicon, &facts).word
}
