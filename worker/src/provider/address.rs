//! What is told of a provider's address: its host. The path and the query may hold a secret, and those
//! who may only read do not see them; so they are left out of what the provider says, too.
//!
//! ```text
//! https://p.example/hooks/s3cret   Cannot POST /hooks/s3cret   ->   Cannot POST …
//! ```
//!
//! What a provider makes of them, such as their base 64, is not known again.

use url::{Position, Url};

/// Characters of the shortest path or query that is looked for. What is shorter is no secret, and
/// would be found in any text.
const WHOLE_LEAST: usize = 4;
/// Characters of the shortest part of them that is looked for by itself, as of a path that the
/// provider has another beginning for. Words are shorter.
const PART_LEAST: usize = 16;

/// A text without the path and the query of `url`, and without their long parts.
pub fn without(text: &str, url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return text.to_owned() };
    let path = url.path().trim_end_matches('/');
    let query = url.query().unwrap_or_default();
    let both = &url[Position::BeforePath..];
    let wholes = [both, path, query].into_iter().filter(|whole| whole.len() >= WHOLE_LEAST);
    let parts = both.split(['/', '?', '&', '=']).filter(|part| part.len() >= PART_LEAST);
    // The longest first: a part of it would leave the rest.
    let mut secrets: Vec<&str> = wholes.chain(parts).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut told = text.to_owned();
    for secret in secrets {
        // As it is, as JSON may write it, and as HTML does.
        for written in [secret.to_owned(), secret.replace('/', "\\/"), secret.replace('&', "&amp;")]
        {
            told = told.replace(&written, "…");
        }
    }
    told
}

/// Where an answer of `url` leads with `location`: ``to `https://host` ``, or ``within`` the same one.
pub fn leads_to(url: &str, location: &str) -> Option<String> {
    let from = Url::parse(url).ok();
    let to = Url::options().base_url(from.as_ref()).parse(location).ok()?.origin();
    let word = if from.is_some_and(|from| from.origin() == to) { "within" } else { "to" };
    to.is_tuple().then(|| format!("{word} `{}`", to.ascii_serialization()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_and_the_query_are_left_out_however_they_are_written() {
        let url = "https://p.example/hooks/T0001/0123456789abcdef?to=a&key=b";
        for (text, told) in [
            ("no /hooks/T0001/0123456789abcdef?to=a&key=b here", "no … here"),
            ("no /hooks/T0001/0123456789abcdef?to=a&amp;key=b here", "no … here"),
            ("no \\/hooks\\/T0001\\/0123456789abcdef here", "no … here"),
            ("see https://p.example/hooks/T0001/0123456789abcdef/", "see https://p.example…/"),
            ("the backend has no /T0001/0123456789abcdef", "the backend has no /T0001/…"),
            ("to=a&key=b is not signed", "… is not signed"),
            ("the hooks are closed", "the hooks are closed"),
        ] {
            assert_eq!(without(text, url), told);
        }
    }

    #[test]
    fn a_path_that_says_nothing_takes_nothing_out() {
        for url in ["https://p.example", "https://p.example/", "https://p.example/v1", ""] {
            assert_eq!(without("HTTP/1.1 and/or v1/v2", url), "HTTP/1.1 and/or v1/v2");
        }
    }
}
