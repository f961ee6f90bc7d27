//! Texts as they are compared: what looks or reads the same comes to the same letters.
//!
//! A text is cut into tokens, runs of letters and digits, each folded: characters that nobody sees
//! are left out, compatibility forms become plain letters (`ｆ`, `ⓕ`, `ﬁ`), accents and case go
//! (Unicode's NFKD without marks, in lower case).
//!
//! There are three [`Reading`]s of a text. Letters of another script that only look like a Latin
//! one (`рау` in Cyrillic) are told from a word that is meant in that script by nobody but its
//! reader, so both are tried. Digits for letters (`fr33`) are a reading of their own.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// How the letters of a text are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As what they are.
    Plain,
    /// As the Latin letter that they look like, by the confusables of UTS #39, and symbols and small
    /// capitals as the letter that they are drawn as.
    Alike,
    /// As [`Reading::Alike`], and digits and signs inside words as the letters that they stand
    /// for: `0` o, `3` e, `4` and `@` a, `5` and `$` s, `7` t, and `1` this letter.
    Digits(char),
}

/// A run of letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// It, folded.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The readings that `text` has: one is enough for plain words and numbers.
pub fn readings(text: &str) -> Vec<Reading> {
    let is_foreign = !text.is_ascii();
    let mut readings = vec![Reading::Plain];
    if is_foreign {
        readings.push(Reading::Alike);
    }
    if is_foreign || is_mixed(text) {
        readings.push(Reading::Digits('i'));
        if is_foreign || text.contains('1') {
            readings.push(Reading::Digits('l'));
        }
    }
    readings
}

/// Whether a digit or a sign that may stand for a letter is beside one.
fn is_mixed(text: &str) -> bool {
    let stands = |byte: u8| b"013457@$".contains(&byte);
    let pairs = text.as_bytes().iter().zip(text.as_bytes().iter().skip(1));
    pairs.into_iter().any(|(one, other)| {
        stands(*one) && (other.is_ascii_alphabetic() || stands(*other) && !one.is_ascii_digit())
            || one.is_ascii_alphabetic() && stands(*other)
    })
}

/// The tokens of `text`.
pub fn tokens(text: &str, reading: Reading) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut open: Option<Token> = None;
    let mut letters = String::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let end = start + c.len_utf8();
        letters.clear();
        fold(c, reading, &mut letters);
        if letters.is_empty() && is_sign(c, reading) {
            let follows = rest.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            if follows || open.is_some() {
                letters.push(c);
            }
        }
        if !letters.is_empty() {
            let token = open.get_or_insert_with(|| Token { text: String::new(), start, end });
            token.text.push_str(&letters);
            token.end = end;
        } else if !is_unseen(c) && !is_combining_mark(c) {
            tokens.extend(open.take());
        }
    }
    tokens.extend(open);
    if let Reading::Digits(one) = reading {
        for token in &mut tokens {
            token.text = read_digits(&token.text, one);
        }
    }
    tokens
}

/// Adds the letters and digits that `c` comes to.
fn fold(c: char, reading: Reading, letters: &mut String) {
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        }
        return;
    }
    if is_unseen(c) {
        return;
    }
    let parts = || std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part));
    if reading != Reading::Plain
        && !parts().all(|part| part.is_ascii())
        && let Some(latin) = latin(c)
    {
        letters.push_str(&latin);
        return;
    }
    for part in parts() {
        match latin(part).filter(|_| reading != Reading::Plain && !part.is_ascii()) {
            Some(latin) => letters.push_str(&latin),
            None => letters.extend(
                part.to_lowercase().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)),
            ),
        }
    }
}

/// The Latin letters that a character looks like, in lower case.
fn latin(c: char) -> Option<String> {
    if let Some(letter) = restyled(c) {
        return Some(letter.to_string());
    }
    let alike = |c: char| {
        let mut bytes = [0; 4];
        let shape = skeleton(c.encode_utf8(&mut bytes)).filter(|c| !is_combining_mark(*c));
        let shape: String = shape.collect();
        let is_latin = !shape.is_empty() && shape.bytes().all(|b| b.is_ascii_alphanumeric());
        is_latin.then(|| shape.to_ascii_lowercase())
    };
    match alike(c) {
        // A capital I looks like a small l, and is meant as an i.
        Some(shape) if shape == "l" && c.is_uppercase() => Some("i".to_owned()),
        None => c.to_lowercase().next().and_then(alike),
        shape => shape,
    }
}

/// The letter that a symbol shows or a small capital is. Unicode gives the symbols no decomposition, and
/// UTS #39 tells of the small capitals only those that look like a small letter.
fn restyled(c: char) -> Option<char> {
    const SMALL_CAPITALS: [(char, char); 26] = [
        ('ᴀ', 'a'),
        ('ʙ', 'b'),
        ('ᴄ', 'c'),
        ('ᴅ', 'd'),
        ('ᴇ', 'e'),
        ('ꜰ', 'f'),
        ('ɢ', 'g'),
        ('ʜ', 'h'),
        ('ɪ', 'i'),
        ('ᴊ', 'j'),
        ('ᴋ', 'k'),
        ('ʟ', 'l'),
        ('ᴍ', 'm'),
        ('ɴ', 'n'),
        ('ᴏ', 'o'),
        ('ᴘ', 'p'),
        ('ꞯ', 'q'),
        ('ʀ', 'r'),
        ('ꜱ', 's'),
        ('ᴛ', 't'),
        ('ᴜ', 'u'),
        ('ᴠ', 'v'),
        ('ᴡ', 'w'),
        ('ʏ', 'y'),
        ('ᴢ', 'z'),
        ('ᴎ', 'n'),
    ];
    let first = match c {
        '\u{1f150}'..='\u{1f169}' => 0x1_f150, // Negative circled, as 🅐.
        '\u{1f170}'..='\u{1f189}' => 0x1_f170, // Negative squared, as 🅰.
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1_f1e6, // Regional indicators, the halves of flags.
        _ => {
            let found = SMALL_CAPITALS.iter().find(|(capital, _)| *capital == c);
            return found.map(|(_, letter)| *letter);
        }
    };
    char::from_u32(u32::from('a') + u32::from(c) - first)
}

const fn is_sign(c: char, reading: Reading) -> bool {
    matches!(reading, Reading::Digits(_)) && matches!(c, '@' | '$')
}

/// Digits and signs of a token that has letters, as letters.
fn read_digits(token: &str, one: char) -> String {
    if !token.contains(char::is_alphabetic) {
        return token.to_owned();
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    token.chars().map(letter).collect()
}

/// Characters that are not shown, or that only change how others are: soft hyphens, joiners, marks
/// of direction, variation selectors, fillers, tags.
pub const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether words of its script stand without blanks between them, so that a word has no boundary
/// that a program could see: Thai, Lao, Burmese, Khmer, Japanese and Chinese.
pub const fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str, reading: Reading) -> Vec<String> {
        tokens(text, reading).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn case_accents_forms_and_what_is_not_seen_make_no_difference() {
        for text in [
            "free",
            "FREE",
            "frée",
            "ＦＲＥＥ",
            "ⓕⓡⓔⓔ",
            "fr\u{200b}ee",
            "fr\u{ad}e\u{301}e",
            "𝐟𝐫𝐞𝐞",
        ] {
            assert_eq!(folded(text, Reading::Plain), ["free"], "{text}");
        }
        assert_eq!(folded("Straße, ﬁn İz", Reading::Plain), ["straße", "fin", "iz"]);
    }

    #[test]
    fn another_script_is_read_both_ways() {
        assert_eq!(folded("frее", Reading::Alike), ["free"]);
        assert_ne!(folded("frее", Reading::Plain), ["free"]);
        assert_eq!(folded("ВОЗВРАТ", Reading::Plain), folded("возврат", Reading::Plain));
        assert_eq!(folded("łódź øl", Reading::Alike), ["lodz", "ol"]);
    }

    #[test]
    fn digits_are_letters_inside_words_alone() {
        let read = |text| folded(text, Reading::Digits('i'));
        assert_eq!(
            read("fr33 c4sino v1agra $ale p@y 100 24/7"),
            ["free", "casino", "viagra", "sale", "pay", "100", "24", "7"]
        );
        assert_eq!(folded("1otto", Reading::Digits('l')), ["lotto"]);
    }

    #[test]
    fn a_token_knows_where_it_stands() {
        let text = "Ça — libre!";
        let found: Vec<&str> = tokens(text, Reading::Plain)
            .iter()
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(found, ["Ça", "libre"]);
    }
}
