//! Whether the people of a file can be written what a campaign that waits for its time says, where that
//! depends on the person: because of a condition, or because nothing may be left of the text.

use serde_json::Map;

use crate::content::{self, Texts};
use crate::model::Content;

/// What is known so far of those who cannot be.
pub(super) struct Ready {
    content: Content,
    texts: Texts,
    /// How many there are, and why the first cannot.
    pub(super) at_fault: Option<(i64, String)>,
}

impl Ready {
    /// None where the columns and what is empty in them say it all ([`super::fields::FieldFacts::empty`]).
    pub(super) fn of(content: Content) -> Option<Self> {
        let asked = content::asked(&content).into_iter().collect();
        let is_told = content::is_unconditional(&content) && content::sure(&content, &asked).says;
        (!is_told).then(|| Self { content, texts: Texts::default(), at_fault: None })
    }

    /// Takes a person who is in: the fields that are not empty.
    pub(super) fn take(&mut self, fields: &[(&str, &str)]) {
        let fields: Map<_, _> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        if let Some(why) = content::fault(&self.content, &self.texts, &fields) {
            self.at_fault.get_or_insert((0, why)).0 += 1;
        }
    }
}
