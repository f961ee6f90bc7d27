//! The links in a text, found the same way when the text is sent and when one of them is followed.
//!
//! ```
//! use tidegate_worker::tracking::links;
//!
//! let text = "Book at https://example.org/a?b=1, or call.";
//! assert_eq!(links::nth(text, 1), Some("https://example.org/a?b=1"));
//! let replaced = links::replace(text, |number, _| Some(format!("L{number}")));
//! assert_eq!(replaced, "Book at L1, or call.");
//! ```
//!
//! RFC 3987 lets an address hold any letter and mark beyond ASCII, a no-break space and a closing quote
//! among them. Who writes `https://example.org/sale\u{a0}!` or `https://example.org/sale。` means none of
//! these: a link ends before the first blank of any script and before the marks that end a sentence or
//! close a quote. What it leaves behind is no link of its own, so the numbers of the others stay.

use linkify::{LinkFinder, LinkKind};

/// The link with this number, from 1.
#[must_use]
pub fn nth(text: &str, number: i64) -> Option<&str> {
    let before = usize::try_from(number).ok()?.checked_sub(1)?;
    let finder = finder();
    let link = finder.links(text).filter(is_web).nth(before)?;
    cut(&finder, link.as_str())
}

/// The text with each link as `with` has it for its number and for what it is; where that is none,
/// as it was.
#[must_use]
pub fn replace(text: &str, with: impl Fn(i64, &str) -> Option<String>) -> String {
    let finder = finder();
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for (number, link) in (1..).zip(finder.links(text).filter(is_web)) {
        let Some(address) = cut(&finder, link.as_str()) else { continue };
        if let Some(instead) = with(number, address) {
            replaced.push_str(text.get(end..link.start()).unwrap_or_default());
            replaced.push_str(&instead);
            end = link.start() + address.len();
        }
    }
    replaced.push_str(text.get(end..).unwrap_or_default());
    replaced
}

fn finder() -> LinkFinder {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(true);
    finder
}

/// What of a link that was found its writer means, with the marks before the cut left out as they are at
/// any end; none where that is no address.
fn cut<'a>(finder: &LinkFinder, link: &'a str) -> Option<&'a str> {
    let Some(end) = link.find(ends) else { return Some(link) };
    let rest = finder.links(link.get(..end)?).next()?;
    (rest.start() == 0).then_some(rest.end()).and_then(|end| link.get(..end))
}

/// Whether a link ends before `c`: blanks, characters that nobody sees but those that join letters, quotes,
/// and the marks of Arabic, Indic and East Asian sentences. Dashes and the apostrophes of ASCII stand in
/// addresses too.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
        || matches!(c, '«' | '»' | '‹' | '›' | '\u{2018}'..='\u{201f}' | '…' | '‥')
        || matches!(c, '،' | '؛' | '؟' | '۔' | '।' | '॥')
        || matches!(
            c,
            '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
                | '！' | '（' | '）' | '，' | '．' | '：' | '；' | '？' | '［' | '］' | '｛' | '｝'
                | '｟'..='､'
        )
}

fn is_web(link: &linkify::Link<'_>) -> bool {
    let has = |scheme: &str| {
        link.as_str().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    has("https://") || has("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<&str> {
        (1..).map_while(|number| nth(text, number)).collect()
    }

    #[test]
    fn links_end_where_a_reader_would_end_them() {
        assert_eq!(all("See (https://a.example/x_(y)) now."), ["https://a.example/x_(y)"]);
        assert_eq!(
            all("https://a.example, HTTP://b.example/."),
            ["https://a.example", "HTTP://b.example/"]
        );
        assert_eq!(all("\"https://a.example/é?q=ü#f\""), ["https://a.example/é?q=ü#f"]);
        assert_eq!(
            all("mailto:a@b.example javascript:alert(1) ftp://c.example a.example"),
            [""; 0]
        );
        assert_eq!(all(""), [""; 0]);
    }

    #[test]
    fn a_link_ends_before_a_blank_or_a_mark_beyond_ascii() {
        for behind in [
            "\u{a0}!",
            "\u{202f}!",
            "\u{3000}",
            "\u{a0}»",
            "»",
            "”.",
            "’",
            "…",
            "。",
            "，と",
            "）。",
            "」",
            "؟",
            "।",
            "\u{200b}",
            "\u{feff}",
            "。https://b.example",
        ] {
            for link in ["https://a.example", "https://a.example/x", "https://a.example/é?q=ü#–f"]
            {
                let text = format!("«\u{a0}{link}{behind} or https://c.example/y");
                assert_eq!(all(&text), [link, "https://c.example/y"], "{behind:?}");
                let replaced = replace(&text, |n, _| Some(format!("<{n}>")));
                assert_eq!(replaced, format!("«\u{a0}<1>{behind} or <2>"));
            }
        }
    }

    #[test]
    fn what_a_cut_leaves_at_the_end_is_left_out_too() {
        assert_eq!(all("“See https://a.example/x.”"), ["https://a.example/x"]);
        assert_eq!(all("(https://a.example/x)\u{a0}!"), ["https://a.example/x"]);
    }

    #[test]
    fn what_is_no_link_once_it_is_cut_keeps_its_number() {
        let text = "https://»x https://b.example";
        assert_eq!(nth(text, 2), Some("https://b.example"));
        assert_eq!(nth(text, 1), None);
        assert_eq!(replace(text, |n, _| Some(format!("<{n}>"))), "https://»x <2>");
    }

    #[test]
    fn each_link_is_replaced_by_its_number_and_all_else_stays() {
        let text = "é https://a.example ü https://a.example\nhttps://b.example!";
        let replaced = replace(text, |n, _| Some(format!("<{n}>")));
        assert_eq!(replaced, "é <1> ü <2>\n<3>!");
        let replaced = replace(text, |n, link| {
            (n == 2 && link == "https://a.example").then(|| "*".to_owned())
        });
        assert_eq!(replaced, "é https://a.example ü *\nhttps://b.example!");
        assert_eq!(nth(text, 0), None);
        assert_eq!(nth(text, -1), None);
        assert_eq!(nth(text, 4), None);
    }
}
