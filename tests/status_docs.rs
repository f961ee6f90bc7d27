//! The pages that are made from the engine's tables say what the tables say today.

use std::fs;
use std::path::Path;

#[path = "../examples/lexicon_docs/page.rs"]
mod lexicon_page;
#[path = "../examples/status_docs/page.rs"]
mod status_page;

fn assert_fresh(path: &str, made: &str, example: &str) {
    let written = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    assert!(
        written.is_ok_and(|written| written == made),
        "`{path}` is stale; run `cargo run --example {example} > {path}`"
    );
}

#[test]
fn the_page_on_statuses_is_fresh() {
    assert_fresh("docs/status.md", &status_page::page(), "status_docs");
}

#[test]
fn the_page_on_lexicons_is_fresh() {
    assert_fresh("docs/lexicons.md", &lexicon_page::page(), "lexicon_docs");
}

#[test]
fn the_diagrams_hold_arrows_that_are_known() {
    let page = status_page::page();
    for arrow in [
        "[*] --> draft",
        "paused --> in_progress: resume (started)",
        "paused --> scheduled: resume (not started)",
        "draft --> stopped: cancel",
        "stopped --> [*]",
        "[*] --> queued",
        "unknown --> queued: defer, send_again",
        "delivered --> [*]",
    ] {
        assert!(page.contains(&format!("    {arrow}\n")), "{arrow}");
    }
    // A message that failed can still turn out to be delivered: it is not at its end.
    assert!(!page.contains("failed --> [*]\n```\n\nNews"));
}

#[test]
fn the_example_on_the_page_is_a_lexicon() {
    let page = lexicon_page::page();
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = serde_json::from_str(example.unwrap_or_default()).unwrap_or_default();
    let lexicon = tidegate::lexicon::Lexicon::parse(&example);
    assert_eq!(lexicon.map(|lexicon| lexicon.name().to_owned()), Ok("Ours".to_owned()));
}
