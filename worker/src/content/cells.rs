//! A text in a cell of a file for a spreadsheet: one that begins like a formula gets an apostrophe before
//! it, which spreadsheets do not show and whatever reads such a file takes away again.

use std::borrow::Cow;

/// Whether a spreadsheet may take it for a formula (OWASP, "CSV Injection"), however many
/// apostrophes stand before it.
fn is_like_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// A text as a cell that no spreadsheet takes for a formula.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_like_a_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// What [`guarded`] was given.
#[must_use]
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_like_a_formula(text) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_held_to_be_text() {
        let table = [
            ("=1+1", "'=1+1"),
            ("@ada", "'@ada"),
            ("-", "'-"),
            ("'=1", "''=1"),
            ("'n Beetje", "'n Beetje"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
        ];
        for (text, cell) in table {
            assert_eq!(guarded(text), cell);
            assert_eq!(unguarded(cell), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(text in "[='@+\\-a;\\\\]{0,8}|\\PC{0,12}") {
            let shown = guarded(&text);
            prop_assert_eq!(unguarded(&shown), text.as_str());
        }
    }
}
