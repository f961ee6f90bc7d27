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

use linkify::{LinkFinder, LinkKind};

/// The link with this number, from 1.
#[must_use]
pub fn nth(text: &str, number: i64) -> Option<&str> {
    let before = usize::try_from(number).ok()?.checked_sub(1)?;
    let link = finder().links(text).filter(is_web).nth(before)?;
    Some(link.as_str())
}

/// The text with each link as `with` has it for its number and for what it is; where that is none,
/// as it was.
#[must_use]
pub fn replace(text: &str, with: impl Fn(i64, &str) -> Option<String>) -> String {
    let finder = finder();
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for (number, link) in (1..).zip(finder.links(text).filter(is_web)) {
        if let Some(instead) = with(number, link.as_str()) {
            replaced.push_str(text.get(end..link.start()).unwrap_or_default());
            replaced.push_str(&instead);
            end = link.end();
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
