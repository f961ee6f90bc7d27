//! The lexicons that come with the engine, named by what they follow.
//!
//! Apart from the canonical one they are documents in `shipped/`, read by the same code as a
//! team's own.

use std::sync::LazyLock;

use serde_json::Value;

use super::{Lexicon, canonical};

/// The ids of the lexicons that come with the engine.
pub const SHIPPED: [&str; 6] = [
    "canonical",
    "outbound_count",
    "delivery_tracking",
    "sent_messages",
    "proactive_campaigns",
    "broadcast",
];

/// In the order of [`SHIPPED`], after the canonical one.
const DOCUMENTS: [&str; SHIPPED.len() - 1] = [
    include_str!("shipped/outbound_count.json"),
    include_str!("shipped/delivery_tracking.json"),
    include_str!("shipped/sent_messages.json"),
    include_str!("shipped/proactive_campaigns.json"),
    include_str!("shipped/broadcast.json"),
];

/// A document that cannot be read would be missing here; the test below says that none is.
static LEXICONS: LazyLock<Vec<(&str, Lexicon)>> = LazyLock::new(|| {
    let read = DOCUMENTS.iter().map(|document| {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        Lexicon::parse(&document).ok()
    });
    let lexicons = std::iter::once(Some(canonical::lexicon())).chain(read);
    let named = SHIPPED.into_iter().zip(lexicons);
    named.filter_map(|(id, lexicon)| Some((id, lexicon?))).collect()
});

pub(super) fn named(id: &str) -> Option<&'static Lexicon> {
    LEXICONS.iter().find(|(known, _)| *known == id).map(|(_, lexicon)| lexicon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_can_be_read() {
        for (id, document) in SHIPPED[1..].iter().zip(DOCUMENTS) {
            let document = serde_json::from_str(document).unwrap();
            let read =
                Lexicon::parse(&document).unwrap_or_else(|problems| panic!("{id}: {problems:#?}"));
            assert_eq!(named(id), Some(&read));
        }
        assert!(named("canonical").is_some() && named("other").is_none());
    }
}
