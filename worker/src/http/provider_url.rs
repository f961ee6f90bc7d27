//! Which addresses a sender's messages may be handed over to: public ones, over TLS.
//!
//! ```text
//! https://gateway.example.com/send   yes
//! https://10.0.0.8/send              no: a private address
//! http://gateway.example.com/send    no: anyone on the way can read it
//! http://127.0.0.1:9000/             on the machine of a local installation only
//! ```
//!
//! What is refused: the special-purpose registries of IANA (RFC 6890 and its updates) and the
//! names that mean a local network. A public name can still point at a private address; on
//! Workers a fetch leaves from Cloudflare's network and does not reach anybody's own.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::fields::shown;

/// The longest address, in characters.
const LENGTH_MOST: usize = 2000;

/// Names under these are for a network of one's own.
const PRIVATE_NAMES: [&str; 10] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
];

/// The address in its normal form.
///
/// # Errors
/// A code and a sentence.
pub fn parse(text: &str, local: bool) -> Result<String, (&'static str, String)> {
    let refuse = |code, what: &str| Err((code, format!("`{}` {what}", shown(text))));
    if text.chars().count() > LENGTH_MOST {
        return refuse("too_long", "is longer than 2000 characters; write a shorter one");
    }
    let Ok(url) = Url::parse(text) else {
        return refuse("bad_url", "is not an address; write `https://host/path`");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("credentials", "carries a name or password; leave them out");
    }
    if url.fragment().is_some() {
        return refuse("fragment", "has a `#`, which is never sent; leave it out");
    }
    let reach = url.host().map_or(Reach::Private, |host| reach(&host));
    match (url.scheme(), reach) {
        ("https", Reach::Public) => Ok(url.into()),
        ("https" | "http", Reach::Loopback) if local => Ok(url.into()),
        ("https", _) => {
            refuse("private_address", "is not on the public internet; write a public host")
        }
        (_, _) => refuse("not_https", "is not `https`; write `https://host/path`"),
    }
}

/// Where a message's id goes in the template of an address.
pub const KEY: &str = "{key}";
/// Stands for [`KEY`] while the rest is read: nothing in it is ever escaped.
const STAND_IN: &str = "tidegate-key-stands-here";

/// A template with [`KEY`] once, in the path or the query, in its normal form. What it makes is
/// held to the same as [`parse`].
///
/// # Errors
/// A code and a sentence.
pub fn parse_template(text: &str, local: bool) -> Result<String, (&'static str, String)> {
    let refuse = |what: &str| Err(("bad_template", format!("`{}` {what}", shown(text))));
    if text.matches(KEY).count() != 1 || text.contains(STAND_IN) {
        return refuse("does not hold `{key}` once; write `https://host/messages/{key}`");
    }
    let url = parse(&text.replace(KEY, STAND_IN), local)?;
    let begins = Url::parse(&url).ok().map_or(0, |url| url[..url::Position::BeforePath].len());
    // A key in the host would choose whom to ask.
    if url.get(begins..).is_none_or(|rest| rest.matches(STAND_IN).count() != 1) {
        return refuse("has `{key}` outside its path; write `https://host/messages/{key}`");
    }
    Ok(url.replace(STAND_IN, KEY))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    Loopback,
    Private,
}

fn reach(host: &Host<&str>) -> Reach {
    match host {
        Host::Domain(name) => reach_of_name(name),
        Host::Ipv4(ip) => reach_of_v4(*ip),
        Host::Ipv6(ip) => reach_of_v6(*ip),
    }
}

/// `name` is in lower case and ASCII, as [`Url`] leaves it.
fn reach_of_name(name: &str) -> Reach {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name == "localhost" {
        return Reach::Loopback;
    }
    let is_under = |suffix: &&str| {
        name.strip_suffix(*suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let has_dots = name.contains('.') && name.split('.').all(|label| !label.is_empty());
    if !has_dots || PRIVATE_NAMES.iter().any(is_under) { Reach::Private } else { Reach::Public }
}

fn reach_of_v4(ip: Ipv4Addr) -> Reach {
    if ip.is_loopback() {
        return Reach::Loopback;
    }
    #[expect(clippy::unnested_or_patterns, reason = "one block of the registry after the other")]
    let special = matches!(
        ip.octets(),
        // This network, private use, carrier-grade NAT.
        [0 | 10, ..] | [100, 64..=127, ..] | [172, 16..=31, ..] | [192, 168, ..]
        // Link-local, protocol assignments, benchmarks.
        | [169, 254, ..] | [192, 0, 0, _] | [198, 18..=19, ..]
        // Documentation, the old 6to4 relays.
        | [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _]
        // Multicast, reserved, broadcast.
        | [224..=255, ..]
    );
    if special { Reach::Private } else { Reach::Public }
}

fn reach_of_v6(ip: Ipv6Addr) -> Reach {
    if ip.is_loopback() {
        return Reach::Loopback;
    }
    let public = match ip.segments() {
        // Teredo and other protocol assignments, documentation, 6to4, documentation again.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // The rest of global unicast. Everything outside it is refused, and with it the forms
        // that carry an IPv4 address: mapped (::ffff:0:0/96), compatible, NAT64 (64:ff9b::/96).
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    };
    if public { Reach::Public } else { Reach::Private }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, local: bool) -> &'static str {
        match parse(text, local) {
            Ok(_) => "ok",
            Err((code, message)) => {
                assert!(message.contains("; "), "{message} has a remedy");
                code
            }
        }
    }

    #[test]
    fn only_public_addresses_over_tls_are_taken() {
        for (text, deployed, local) in [
            ("https://gateway.example.com/send", "ok", "ok"),
            ("https://gateway.example.com:8443/send?x=1", "ok", "ok"),
            ("https://GATEWAY.example.com.", "ok", "ok"),
            ("https://bücher.example/ü", "ok", "ok"),
            ("https://8.8.8.8/", "ok", "ok"),
            ("https://[2606:4700:4700::1111]/", "ok", "ok"),
            ("https://100.63.255.255/", "ok", "ok"),
            ("https://172.32.0.1/", "ok", "ok"),
            ("https://notlocalhost.com/", "ok", "ok"),
            // Not TLS, or not the web.
            ("http://gateway.example.com/", "not_https", "not_https"),
            ("http://8.8.8.8/", "not_https", "not_https"),
            ("http://10.0.0.1/", "not_https", "not_https"),
            ("ftp://gateway.example.com/", "not_https", "not_https"),
            ("file:///etc/passwd", "not_https", "not_https"),
            ("data:text/plain,x", "not_https", "not_https"),
            ("javascript:alert(1)", "not_https", "not_https"),
            // Loopback.
            ("http://127.0.0.1:9000/", "not_https", "ok"),
            ("http://[::1]:9000/", "not_https", "ok"),
            ("http://localhost:9000/", "not_https", "ok"),
            ("https://localhost/", "private_address", "ok"),
            ("https://127.8.9.1/", "private_address", "ok"),
            ("https://0x7f.1/", "private_address", "ok"),
            ("https://2130706433/", "private_address", "ok"),
            // Someone's own network.
            ("https://10.0.0.8/", "private_address", "private_address"),
            ("https://172.16.0.1/", "private_address", "private_address"),
            ("https://172.31.255.255/", "private_address", "private_address"),
            ("https://192.168.1.1/", "private_address", "private_address"),
            ("https://0300.0250.1.1/", "private_address", "private_address"),
            ("https://100.64.0.1/", "private_address", "private_address"),
            ("https://169.254.169.254/", "private_address", "private_address"),
            ("https://0.0.0.0/", "private_address", "private_address"),
            ("https://224.0.0.1/", "private_address", "private_address"),
            ("https://255.255.255.255/", "private_address", "private_address"),
            ("https://198.18.0.1/", "private_address", "private_address"),
            ("https://[::]/", "private_address", "private_address"),
            ("https://[::ffff:127.0.0.1]/", "private_address", "private_address"),
            ("https://[::ffff:8.8.8.8]/", "private_address", "private_address"),
            ("https://[64:ff9b::7f00:1]/", "private_address", "private_address"),
            ("https://[64:ff9b:1::1]/", "private_address", "private_address"),
            ("https://[::7f00:1]/", "private_address", "private_address"),
            ("https://[2002:7f00:1::]/", "private_address", "private_address"),
            ("https://[2001::1]/", "private_address", "private_address"),
            ("https://[2001:db8::1]/", "private_address", "private_address"),
            ("https://[fc00::1]/", "private_address", "private_address"),
            ("https://[fd12::1]/", "private_address", "private_address"),
            ("https://[fe80::1]/", "private_address", "private_address"),
            ("https://[ff02::1]/", "private_address", "private_address"),
            ("https://printer/", "private_address", "private_address"),
            ("https://printer.local/", "private_address", "private_address"),
            ("https://metadata.google.internal/", "private_address", "private_address"),
            ("https://router.home.arpa/", "private_address", "private_address"),
            ("https://x.localhost/", "private_address", "private_address"),
            ("https://LOCAL./", "private_address", "private_address"),
            ("https://．local/", "private_address", "private_address"),
            // Parts that have no business here.
            ("https://user@gateway.example.com/", "credentials", "credentials"),
            ("https://:pw@gateway.example.com/", "credentials", "credentials"),
            ("https://gateway.example.com/#x", "fragment", "fragment"),
            // No address at all.
            ("", "bad_url", "bad_url"),
            ("gateway.example.com/send", "bad_url", "bad_url"),
            ("https://", "bad_url", "bad_url"),
            ("https:///", "bad_url", "bad_url"),
            ("https://a b.com/", "bad_url", "bad_url"),
            ("https://256.0.0.1/", "bad_url", "bad_url"),
            ("https://gateway.example.com:99999/", "bad_url", "bad_url"),
        ] {
            assert_eq!(code(text, false), deployed, "{text}, deployed");
            assert_eq!(code(text, true), local, "{text}, local");
        }
        let long = format!("https://gateway.example.com/{}", "x".repeat(LENGTH_MOST));
        assert_eq!(code(&long, false), "too_long");
    }

    #[test]
    fn a_template_holds_its_key_once_and_behind_the_host() {
        let read = |text: &str| parse_template(text, false).map_err(|(code, _)| code);
        for text in ["https://a.example/messages/{key}", "https://a.example/?id={key}&x=1"] {
            assert_eq!(read(text), Ok(text.to_owned()));
        }
        assert_eq!(
            read("https://A.example:443/a/../{key}.json"),
            Ok("https://a.example/{key}.json".to_owned())
        );
        for (text, code) in [
            ("https://a.example/messages/", "bad_template"),
            ("https://a.example/{key}/{key}", "bad_template"),
            ("https://{key}.example/", "bad_template"),
            ("https://a.example:{key}/", "bad_url"),
            ("https://{key}@a.example/", "credentials"),
            ("https://a.example/#{key}", "fragment"),
            ("http://a.example/{key}", "not_https"),
            ("https://10.0.0.8/{key}", "private_address"),
            ("https://metadata.google.internal/{key}", "private_address"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
        assert!(parse_template("http://127.0.0.1:9000/{key}", true).is_ok());
    }

    #[test]
    fn what_is_kept_is_the_normal_form() {
        assert_eq!(
            parse(" https://GATEWAY.example.com:443/a/../b\t", false),
            Ok("https://gateway.example.com/b".to_owned())
        );
    }
}
