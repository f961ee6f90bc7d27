//! The links in a text, and whether one of them goes where a team's messages may not.
//!
//! A link is anything that a phone may make one of: with a scheme or without, in the middle of a
//! sentence, with characters between that nobody sees, or with a dot in brackets.

use unicode_security::confusable_detection::skeleton;
use url::Url;

use super::fold::is_unseen;

/// A link in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As it stands there, without characters that nobody sees.
    pub text: String,
    /// Where it goes.
    place: Place,
}

/// Where a link goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host in ASCII, as browsers resolve it.
    host: String,
    /// The host as it looks.
    shape: String,
    /// The path, in lower case, without a `/` at its end.
    path: String,
}

impl Place {
    /// Reads `example.com`, `https://example.com/offer` and the like; none where that is no place.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let whole = format!("http://{}", after_scheme(&text.trim().replace('\\', "/")));
        let url = Url::parse(&whole).ok()?;
        let host = url.host_str()?.trim_end_matches('.').to_owned();
        // A name without a dot leads nowhere that anybody could mean.
        let (_, last) = host.rsplit_once('.')?;
        if last.is_empty() {
            return None;
        }
        let (seen, _) = idna::domain_to_unicode(&host);
        Some(Self {
            shape: skeleton(&seen).collect(),
            path: url.path().trim_end_matches('/').to_lowercase(),
            host,
        })
    }

    /// Whether somebody who is sent to `other` comes to this place: to its domain or one below it,
    /// real or only looking so, and to its path or one below it.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let is_host =
            is_below(&self.host, &other.host, '.') || is_below(&self.shape, &other.shape, '.');
        let rest = other.path.strip_prefix(&self.path);
        is_host && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The place in one text: two that are the same hold the same.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", self.host, self.path)
    }
}

impl Link {
    /// Where it goes.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

/// What follows the scheme, if there is one. Browsers need no `//` after one of theirs.
fn after_scheme(text: &str) -> &str {
    let is_web =
        |scheme: &str| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let rest = match text.split_once(':') {
        Some((scheme, rest)) if is_web(scheme) || rest.starts_with("//") => rest,
        _ => text,
    };
    rest.trim_start_matches('/')
}

/// Whether `name` is `domain`, or ends in it after a dot.
fn is_below(domain: &str, name: &str, dot: char) -> bool {
    name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with(dot))
}

/// The links in `text`, in order.
#[must_use]
pub fn links(text: &str) -> Vec<Link> {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let plain = seen.replace("[.]", ".").replace("(.)", ".").replace("{.}", ".");
    let is_between = |c: char| c.is_whitespace() || "<>\"'()[]{}|^`,;«»“”„‘’".contains(c);
    let pieces = plain.split(is_between);
    let pieces = pieces.map(|piece| piece.trim_matches(|c: char| ".:!?…*_~".contains(c)));
    pieces.filter(|piece| may_be_link(piece)).filter_map(link).collect()
}

fn link(piece: &str) -> Option<Link> {
    Some(Link { text: piece.to_owned(), place: Place::parse(piece)? })
}

/// Whether a piece has a dot, of any script, between what may be parts of a name, and the last of
/// them is no number: `3.50` and `12.11.2026` lead nowhere.
fn may_be_link(piece: &str) -> bool {
    let plain = piece.replace('\\', "/");
    let rest = after_scheme(&plain);
    if rest.len() < plain.len() {
        return true;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let mut parts = host.rsplit(['.', '。', '．', '｡']);
    let last = parts.next().unwrap_or_default();
    let is_domain = last.chars().count() >= 2 && !last.starts_with(|c: char| c.is_numeric());
    is_domain && parts.next().is_some_and(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        links(text).into_iter().map(|link| link.text).collect()
    }

    #[test]
    fn links_are_found_wherever_they_stand() {
        assert_eq!(
            found("See https://a.example/x?y=1, or (www.b.example)."),
            ["https://a.example/x?y=1", "www.b.example"]
        );
        assert_eq!(found("it costs 3.50 on 12.11.2026, e.g. now"), Vec::<String>::new());
        assert_eq!(
            found("ev\u{200b}il.example and evil[.]example"),
            ["evil.example", "evil.example"]
        );
        assert_eq!(found("http://1.2.3.4/x"), ["http://1.2.3.4/x"]);
    }

    #[test]
    fn a_domain_holds_what_is_below_it_and_what_looks_like_it() {
        let evil = Place::parse("evil.com").unwrap();
        let holds = |text: &str| links(text).iter().any(|link| evil.holds(link.place()));
        for text in [
            "http://evil.com",
            "EVIL.COM/offer",
            "https://www.evil.com:8443/?x",
            "http://shop.com@evil.com/",
            "evil。com",
            "http://ev%69l.com",
            "http:\\\\evil.com",
            "еvil.com",
            "xn--vil-qdd.com",
            "evi1.com",
            "ｅｖｉｌ.com",
        ] {
            assert!(holds(text), "{text} {:?}", links(text));
        }
        for text in ["evil.company", "notevil.com", "evil.com.shop.example", "devil.co", "evil com"]
        {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn a_path_holds_itself_and_what_is_below_it() {
        let offer = Place::parse("https://shop.example/Offer/").unwrap();
        let holds = |text: &str| offer.holds(&Place::parse(text).unwrap());
        assert!(
            holds("shop.example/offer")
                && holds("shop.example/offer/1")
                && holds("shop.example/OFFER?x")
        );
        assert!(holds("shop.example/a/../offer"));
        assert!(!holds("shop.example/offers") && !holds("shop.example"));
        assert_eq!(Place::parse("localhost"), None);
        assert_eq!(Place::parse("no place"), None);
    }
}
