//! Any bytes as a CSV file of people. The first two choose what an address is and how the file is
//! cut into pieces as it arrives, which makes no difference.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tidegate_worker::import::{Reader, Row, Rule, region};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let [rule, piece, file @ ..] = bytes else { return Corpus::Reject };
    let rule = match rule % 4 {
        0 => Rule::Phone(None),
        1 => Rule::Phone(region("FR")),
        2 => Rule::Email,
        _ => Rule::Direct,
    };
    let at_once = read(rule, file, usize::MAX);
    assert_eq!(at_once, read(rule, file, usize::from(*piece) + 1));
    Corpus::Keep
});

/// Everything that comes of a file which arrives in pieces of so many bytes.
fn read(rule: Rule, file: &[u8], piece: usize) -> (Vec<String>, Result<usize, String>) {
    let mut rows = Vec::new();
    let mut line = 0;
    let mut take = |row: Row<'_>| {
        match &row {
            Row::Person { address, json, .. } => {
                assert!(!address.is_empty());
                assert!(serde_json::from_str::<Value>(json).is_ok(), "{json}");
            }
            Row::Rejected(rejected) => {
                assert!(rejected.line > line, "{rejected:?} after line {line}");
                assert!(
                    !rejected.message.is_empty() && !rejected.column.is_empty(),
                    "{rejected:?}"
                );
                line = rejected.line;
            }
        }
        rows.push(format!("{row:?}"));
    };
    let mut reader = Reader::new(rule, Known::default());
    let pieces = file.chunks(piece.min(file.len()).max(1));
    let pushed = pieces.into_iter().try_for_each(|piece| reader.push(piece, &mut take));
    let finished = pushed.and_then(|()| reader.finish(&mut take));
    let header = finished.map(|header| header.columns.len()).map_err(|problem| {
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem:?}");
        problem.to_string()
    });
    (rows, header)
}
