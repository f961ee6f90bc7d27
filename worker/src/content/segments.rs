//! How many segments a text message takes: what carriers send it as, and what they charge.
//!
//! ```
//! use tidegate_worker::content::segments::{Encoding, count};
//!
//! let plain = count(&"x".repeat(161));
//! assert_eq!((plain.encoding, plain.units, plain.segments), (Encoding::Gsm7, 161, 2));
//!
//! // One letter outside the GSM alphabet, and half as much fits.
//! let wide = count(&format!("{}ł", "x".repeat(70)));
//! assert_eq!((wide.encoding, wide.units, wide.segments), (Encoding::Ucs2, 71, 2));
//! ```
//!
//! A message whose every character is in the GSM 7-bit default alphabet or its extension table
//! (3GPP TS 23.038, sections 6.2.1 and 6.2.1.1) holds 160 septets, or 153 a segment when it is
//! joined from several; a character of the extension takes two. Any other message is UCS-2: 70
//! UTF-16 units, or 67 a segment when joined (the user data header takes the rest, TS 23.040,
//! section 9.2.3.24). An escape and the character after it are never parted, nor the two halves
//! of a surrogate pair: they move to the next segment together. National language tables are not
//! used; providers do not either unless asked.

use serde::{Deserialize, Serialize};

/// How a text message is written on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// The GSM 7-bit default alphabet with its extension.
    Gsm7,
    /// UTF-16, two bytes a unit.
    Ucs2,
}

impl Encoding {
    /// Units of a message that is one segment.
    #[must_use]
    pub const fn alone(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units of each segment of a message that is joined from several.
    #[must_use]
    pub const fn joined(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// Units that a character takes; none where it cannot be written.
    fn units(self, c: char) -> Option<usize> {
        match self {
            Self::Gsm7 => septets(c),
            Self::Ucs2 => Some(c.len_utf16()),
        }
    }
}

/// What a text message takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Segments {
    /// How it is written.
    pub encoding: Encoding,
    /// Septets or UTF-16 units of the whole text, as [`Encoding`] says.
    pub units: usize,
    /// Segments. An empty text has none.
    pub segments: usize,
}

/// The segments of `text`.
#[must_use]
pub fn count(text: &str) -> Segments {
    let plain = text.chars().all(|c| septets(c).is_some());
    let encoding = if plain { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let sizes = || text.chars().filter_map(|c| encoding.units(c));
    let units = sizes().sum();
    let segments = match units {
        0 => 0,
        units if units <= encoding.alone() => 1,
        _ => joined(sizes(), encoding.joined()),
    };
    Segments { encoding, units, segments }
}

/// How many segments of `most` units hold these characters, none of them parted.
fn joined(sizes: impl Iterator<Item = usize>, most: usize) -> usize {
    let (segments, _) = sizes.fold((1, 0), |(segments, used), size| {
        if used + size > most { (segments + 1, size) } else { (segments, used + size) }
    });
    segments
}

/// Septets of a character in the GSM 7-bit default alphabet: one, or two in its extension table.
const fn septets(c: char) -> Option<usize> {
    match c {
        ' '..='?'
        | '@'..='Z'
        | '_'
        | 'a'..='z'
        | '\n'
        | '\r'
        | '£'
        | '¥'
        | 'è'
        | 'é'
        | 'ù'
        | 'ì'
        | 'ò'
        | 'Ç'
        | 'Ø'
        | 'ø'
        | 'Å'
        | 'å'
        | 'Δ'
        | 'Φ'
        | 'Γ'
        | 'Λ'
        | 'Ω'
        | 'Π'
        | 'Ψ'
        | 'Σ'
        | 'Θ'
        | 'Ξ'
        | 'Æ'
        | 'æ'
        | 'ß'
        | 'É'
        | '¤'
        | '¡'
        | 'Ä'
        | 'Ö'
        | 'Ñ'
        | 'Ü'
        | '§'
        | '¿'
        | 'ä'
        | 'ö'
        | 'ñ'
        | 'ü'
        | 'à' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(text: &str) -> (Encoding, usize, usize) {
        let Segments { encoding, units, segments } = count(text);
        (encoding, units, segments)
    }

    #[test]
    fn the_alphabet_has_127_characters_and_ten_in_its_extension() {
        let of = |size| ('\0'..=char::MAX).filter(|c| septets(*c) == Some(size)).count();
        assert_eq!((of(1), of(2)), (127, 10));
        // Not in it, though often thought to be.
        for c in ['`', 'ç', 'á', 'í', '\t', '’', '–', '…', '\u{a0}'] {
            assert_eq!(septets(c), None, "{c:?}");
        }
    }

    #[test]
    fn bounds_are_those_of_the_standard() {
        use Encoding::{Gsm7, Ucs2};
        assert_eq!(counted(""), (Gsm7, 0, 0));
        assert_eq!(counted(&"x".repeat(160)), (Gsm7, 160, 1));
        assert_eq!(counted(&"x".repeat(161)), (Gsm7, 161, 2));
        assert_eq!(counted(&"x".repeat(306)), (Gsm7, 306, 2));
        assert_eq!(counted(&"x".repeat(307)), (Gsm7, 307, 3));
        assert_eq!(counted(&"€".repeat(80)), (Gsm7, 160, 1));
        assert_eq!(counted(&"é".repeat(160)), (Gsm7, 160, 1));
        assert_eq!(counted(&"ł".repeat(70)), (Ucs2, 70, 1));
        assert_eq!(counted(&"ł".repeat(71)), (Ucs2, 71, 2));
        assert_eq!(counted(&"ł".repeat(134)), (Ucs2, 134, 2));
        assert_eq!(counted(&"ł".repeat(135)), (Ucs2, 135, 3));
        assert_eq!(counted(&"😀".repeat(35)), (Ucs2, 70, 1));
    }

    #[test]
    fn what_takes_two_units_moves_to_the_next_segment_whole() {
        // 152 septets, then an escape: a place stays empty in every segment that ends so.
        let text = format!("{}€{}€x", "x".repeat(152), "x".repeat(150));
        assert_eq!(counted(&text), (Encoding::Gsm7, 307, 3));
        // 66 units, then a pair.
        let text = format!("{}😀{}", "ł".repeat(66), "ł".repeat(66));
        assert_eq!(counted(&text), (Encoding::Ucs2, 134, 3));
        assert_eq!(counted(&"€".repeat(153)).2, 3);
        assert_eq!(counted(&"😀".repeat(67)).2, 3);
    }

    proptest! {
        /// Parting a text by hand, character by character, gives segments that hold, each as full as
        /// can be, and as many as were counted.
        #[test]
        fn segments_hold_their_characters_whole(text in "[a-z€{ł😀\n]{0,400}") {
            let Segments { encoding, units, segments } = count(&text);
            let most = if units <= encoding.alone() { encoding.alone() } else { encoding.joined() };
            let mut parts: Vec<String> = Vec::new();
            let size = |text: &str| text.chars().filter_map(|c| encoding.units(c)).sum::<usize>();
            for c in text.chars() {
                match parts.last_mut() {
                    Some(part) if size(part) + size(&c.to_string()) <= most => part.push(c),
                    _ => parts.push(c.to_string()),
                }
            }
            prop_assert_eq!(parts.concat(), text);
            prop_assert_eq!(parts.len(), segments);
            prop_assert_eq!(parts.iter().map(|part| size(part)).sum::<usize>(), units);
            for (part, next) in parts.iter().zip(parts.iter().skip(1)) {
                prop_assert!(size(part) <= most);
                let first: String = next.chars().take(1).collect();
                prop_assert!(size(part) + size(&first) > most, "a segment was left early");
            }
        }
    }
}
