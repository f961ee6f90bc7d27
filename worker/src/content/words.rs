//! Finds the words and links in a text that a team does not allow.
//!
//! ```
//! use tidegate_worker::content::words::{Entry, Kind, Words};
//!
//! let entry = |id: &str, kind, value: &str| Entry { id: id.into(), kind, value: value.into() };
//! let words = Words::new(vec![
//!     entry("1", Kind::Word, "free money"),
//!     entry("2", Kind::Link, "bit.ly"),
//! ]);
//! let found = words.find("FRÉE m0ney at bit.ly/x");
//! assert_eq!(found.iter().map(|hit| hit.entry.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
//! assert!(words.find("freedom, carefree").is_empty());
//! ```
//!
//! A word is found at its boundaries, whatever its case, accents and look (see [`super::fold`]),
//! whatever stands between the words of a phrase, and where its letters stand apart (`f r e e`). A
//! word of a script without blanks is found anywhere. What a word sounds like, other spellings and
//! pictures of words are not found.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fold::{self, Reading, Token};
use super::links::{Place, links};
pub use crate::model::WordKind as Kind;

/// Entries of a team's list, at most.
pub const ENTRIES_MOST: i64 = 1_000;
/// The longest entry, in characters.
pub const VALUE_MOST: usize = 100;
/// The fewest letters that are looked for where they stand apart.
const APART_LEAST: usize = 3;
/// Characters shown on either side of what was found.
const AROUND: usize = 20;

/// A word or a link that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// As it was given.
    pub value: String,
}

/// An entry that was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The text around it.
    pub excerpt: String,
}

/// The form in which an entry is compared; none where there is nothing in it to compare. Two
/// entries of the same form are the same.
#[must_use]
pub fn same_as(kind: Kind, value: &str) -> Option<String> {
    match kind {
        Kind::Word => {
            let tokens = fold::tokens(value, Reading::Plain);
            let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
            (!texts.is_empty()).then(|| texts.join(" "))
        }
        Kind::Link => Place::parse(value).map(|place| place.name()),
    }
}

/// A list, ready to be looked for.
#[derive(Debug, Default)]
pub struct Words {
    entries: Vec<Entry>,
    plain: Index,
    alike: Index,
    links: Vec<(usize, Place)>,
}

/// The words of a list by how they begin, in one reading.
#[derive(Debug, Default)]
struct Index {
    /// The tokens of the entries that begin with a token.
    by_first: HashMap<String, Vec<(usize, Vec<String>)>>,
    /// Entries by all their letters.
    by_letters: HashMap<String, usize>,
    longest: usize,
    /// Words of scripts without blanks.
    anywhere: Vec<(usize, String)>,
}

impl Index {
    fn add(&mut self, entry: usize, value: &str, reading: Reading) {
        let tokens: Vec<String> =
            fold::tokens(value, reading).into_iter().map(|token| token.text).collect();
        let Some(first) = tokens.first().cloned() else { return };
        let letters = tokens.concat();
        if letters.contains(fold::is_unspaced) {
            self.anywhere.push((entry, letters));
            return;
        }
        let length = letters.chars().count();
        if length >= APART_LEAST {
            self.longest = self.longest.max(length);
            self.by_letters.entry(letters).or_insert(entry);
        }
        self.by_first.entry(first).or_default().push((entry, tokens));
    }

    /// Each entry that is found, with where in the text.
    fn find(&self, tokens: &[Token], found: &mut impl FnMut(usize, usize, usize)) {
        for (at, token) in tokens.iter().enumerate() {
            let rest = tokens.get(at..).unwrap_or_default();
            for (entry, wanted) in self.by_first.get(&token.text).into_iter().flatten() {
                let is_there = rest.len() >= wanted.len()
                    && rest.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted);
                if let Some(last) = rest.get(wanted.len() - 1).filter(|_| is_there) {
                    found(*entry, token.start, last.end);
                }
            }
            self.find_apart(rest, found);
        }
        if !self.anywhere.is_empty() {
            let all: String = tokens.iter().map(|token| token.text.as_str()).collect();
            for (entry, letters) in &self.anywhere {
                if let Some(at) = all.find(letters.as_str()) {
                    let mut before = 0;
                    let token = tokens.iter().find(|token| {
                        before += token.text.len();
                        before > at
                    });
                    let (start, end) = token.map_or((0, 0), |token| (token.start, token.end));
                    found(*entry, start, end);
                }
            }
        }
    }

    /// An entry whose letters stand apart, one a token, from the first of `tokens` on.
    fn find_apart(&self, tokens: &[Token], found: &mut impl FnMut(usize, usize, usize)) {
        let single = |token: &&Token| token.text.chars().nth(1).is_none();
        let mut letters = String::new();
        let mut start = None;
        for token in tokens.iter().take_while(single).take(self.longest) {
            letters.push_str(&token.text);
            let start = *start.get_or_insert(token.start);
            if let Some(entry) = self.by_letters.get(&letters) {
                found(*entry, start, token.end);
            }
        }
    }
}

impl Words {
    /// A list of these entries. One that has nothing to compare is passed over.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut words = Self { entries, ..Self::default() };
        for (index, entry) in words.entries.iter().enumerate() {
            match entry.kind {
                Kind::Word => {
                    words.plain.add(index, &entry.value, Reading::Plain);
                    words.alike.add(index, &entry.value, Reading::Alike);
                }
                Kind::Link => {
                    words.links.extend(Place::parse(&entry.value).map(|place| (index, place)));
                }
            }
        }
        words
    }

    /// The list that the database keeps as one document; without one, nothing is forbidden.
    ///
    /// # Errors
    /// When that is no such document.
    pub fn parse(document: Option<&str>) -> Result<Self, serde_json::Error> {
        document
            .map_or_else(|| Ok(Self::default()), |text| serde_json::from_str(text).map(Self::new))
    }

    /// Whether everything is allowed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an entry with this id is on the list.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.id == id)
    }

    /// What of the list is in `text`: each entry once, where it was found first.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Hit<'_>> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<(usize, String)> = Vec::new();
        let mut note = |entry: usize, excerpt: &dyn Fn() -> String| {
            if places.iter().all(|(known, _)| *known != entry) {
                places.push((entry, excerpt()));
            }
        };
        if !self.plain.by_first.is_empty() || !self.plain.anywhere.is_empty() {
            for reading in fold::readings(text) {
                let index = if reading == Reading::Plain { &self.plain } else { &self.alike };
                index.find(&fold::tokens(text, reading), &mut |entry, start, end| {
                    note(entry, &|| excerpt(text, start, end));
                });
            }
        }
        if !self.links.is_empty() {
            for link in links(text) {
                for (entry, place) in &self.links {
                    if place.holds(link.place()) {
                        note(*entry, &|| link.text.chars().take(VALUE_MOST).collect());
                    }
                }
            }
        }
        places.sort_unstable();
        let hit = |(entry, excerpt): (usize, String)| {
            self.entries.get(entry).map(|entry| Hit { entry, excerpt })
        };
        places.into_iter().filter_map(hit).collect()
    }
}

/// What stands from `start` to `end`, and a little around it.
fn excerpt(text: &str, start: usize, end: usize) -> String {
    let before = text.get(..start).unwrap_or_default();
    let from = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let after = text.get(end..).unwrap_or_default();
    let to = after.char_indices().nth(AROUND).map_or(text.len(), |(at, _)| end + at);
    let middle: String = text.get(from..to).unwrap_or_default().replace(char::is_control, " ");
    let dots = |cut| if cut { "…" } else { "" };
    format!("{}{}{}", dots(from > 0), middle.trim(), dots(to < text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(values: &[&str]) -> Words {
        let entry = |value: &&str| Entry {
            id: (*value).to_owned(),
            kind: if value.contains('.') { Kind::Link } else { Kind::Word },
            value: (*value).to_owned(),
        };
        Words::new(values.iter().map(entry).collect())
    }

    fn found(list: &[&str], text: &str) -> Vec<String> {
        words(list).find(text).into_iter().map(|hit| hit.entry.id.clone()).collect()
    }

    #[test]
    fn a_word_is_found_however_it_is_disguised() {
        for text in [
            "casino",
            "CASINO!",
            "the (Casino)",
            "casíno",
            "cаsinо",
            "c\u{200b}asi\u{2060}no",
            "c a s i n o",
            "c.a.s.i.n.o",
            "c-A-s-I-n-O",
            "c4sin0",
            "c@s1no",
            "ＣＡＳＩＮＯ",
            "𝒄𝒂𝒔𝒊𝒏𝒐",
            "casino's",
            "a c a s i n o b",
            "win at casino2? casino",
            "ϲаѕіո0",
            "🅲🅰🆂🅸🅽🅾",
            "🅒🅐🅢🅘🅝🅞",
            "🇨🇦🇸🇮🇳🇴",
            "ᴄᴀsɪɴᴏ",
            "ᴄᴀꜱɪɴᴏ",
            "ᴄ ᴀ ꜱ ɪ ɴ ᴏ",
        ] {
            assert_eq!(found(&["casino"], text), ["casino"], "{text}");
        }
    }

    #[test]
    fn what_only_contains_a_word_or_resembles_it_is_not_it() {
        for text in
            ["casinos", "occasino", "cas ino", "casi n o", "", "ca", "case in order", "CA sino"]
        {
            assert!(found(&["casino"], text).is_empty(), "{text}");
        }
        assert!(found(&["modem"], "modern").is_empty());
        assert!(found(&["it"], "i t").is_empty(), "two letters apart are no word");
        assert!(found(&["sos"], "505").is_empty(), "a number is a number");
        assert!(found(&["ass"], "class, assess, Assam, passage").is_empty());
        assert_eq!(found(&["free"], "Free 🇨🇦, free🇨🇦"), ["free"], "a flag is beside a word");
    }

    #[test]
    fn phrases_other_scripts_and_links() {
        assert_eq!(found(&["act now"], "Act—NOW"), ["act now"]);
        assert!(found(&["act now"], "act right now").is_empty());
        assert_eq!(found(&["возврат"], "ВОЗВРАТ денег"), ["возврат"]);
        assert!(found(&["возврат"], "возвраты").is_empty());
        assert_eq!(found(&["赌场"], "最好的赌场在这里"), ["赌场"]);
        assert_eq!(found(&["straße"], "STRASSE Straße"), ["straße"]);
        assert_eq!(
            found(&["evil.com", "shop.example/offer"], "https://еvil.com shop.example/offer/2")
                .len(),
            2
        );
        assert!(found(&["evil.com"], "evil is not dot com").is_empty());
    }

    #[test]
    fn the_same_entry_is_told_from_another() {
        assert_eq!(same_as(Kind::Word, " Frée  Money! ").as_deref(), Some("free money"));
        assert_eq!(
            same_as(Kind::Link, "https://WWW.Shop.example/Offer/").as_deref(),
            Some("www.shop.example/offer")
        );
        assert_eq!(same_as(Kind::Word, "—!"), None);
        assert_eq!(same_as(Kind::Link, "shop"), None);
    }

    #[test]
    fn an_excerpt_shows_what_stands_around() {
        let list = words(&["casino"]);
        let long = format!("{} Cаsino {}", "é".repeat(40), "ß".repeat(40));
        let hits = list.find(&long);
        assert_eq!(hits[0].excerpt, format!("…{} Cаsino {}…", "é".repeat(19), "ß".repeat(19)));
        assert_eq!(list.find("casino")[0].excerpt, "casino");
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,80}", value in "\\PC{1,20}") {
            let list = words(&[&value, "casino", "evil.com"]);
            for hit in list.find(&text) {
                prop_assert!(hit.excerpt.chars().count() <= text.chars().count() + VALUE_MOST + 2);
            }
        }

        #[test]
        fn a_word_among_others_is_found(before in "[b-y ]{0,20}", after in "[b-y ]{0,20}") {
            let text = format!("{before} Zéro {after}");
            prop_assert_eq!(found(&["zero"], &text), ["zero"]);
        }
    }
}
