//! What an address looks like on each channel, and the one way to write it.

use std::borrow::Cow;

use email_address::{EmailAddress, Options};
use rlibphonenumber::Region;

use super::phone;
use crate::model::Channel;

/// Characters of an address on a channel of direct messages.
const DIRECT_MAX: usize = 200;

/// Characters of an input that a message repeats.
const QUOTED_MAX: usize = 40;

/// How addresses are read.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Phone numbers, and the country of those without `+`.
    Phone(Option<Region>),
    /// The same, for WhatsApp.
    Whatsapp(Option<Region>),
    /// Mail addresses.
    Email,
    /// Names on a platform.
    Direct,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, message: String) -> Self {
        Self { code, message }
    }
}

impl Rule {
    /// The rule of `channel`. `region` matters to phone numbers alone.
    #[must_use]
    pub const fn of(channel: Channel, region: Option<Region>) -> Self {
        match channel {
            Channel::Sms => Self::Phone(region),
            Channel::Whatsapp => Self::Whatsapp(region),
            Channel::Email => Self::Email,
            Channel::Direct => Self::Direct,
        }
    }

    /// The address that `text` is, such that one person's two spellings become one.
    ///
    /// # Errors
    /// What is wrong with it, with the remedy.
    pub fn normal(self, text: &str) -> Result<String, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::new(
                "missing",
                "the address is empty; fill it in, or delete the row".into(),
            ));
        }
        match self {
            Self::Phone(region) | Self::Whatsapp(region) => phone::e164(text, region),
            Self::Email => email(text),
            Self::Direct => direct(text),
        }
    }
}

/// The address that one of a stored list of people is compared by: lists that were taken before mail
/// addresses had one form have it with capitals, or with a domain in letters other than A to Z.
#[must_use]
pub fn known_as<'a>(channel: &str, address: &'a str) -> Cow<'a, str> {
    let is_other = |c: char| c.is_uppercase() || !c.is_ascii();
    if channel == Channel::Email.name() && address.contains(is_other) {
        return Cow::Owned(one_form(address));
    }
    Cow::Borrowed(address)
}

/// The spellings under which an address may be stored, the present one first. What was stored before has
/// domains as they were written, and letters other than A to Z in capitals: all of them, or the first.
#[must_use]
pub fn spellings(channel: &str, address: &str) -> Vec<String> {
    let known = known_as(channel, address).into_owned();
    let is_plain = address.is_ascii() && !known.contains("xn--");
    let Some((local, domain)) = known.rsplit_once('@') else { return vec![known] };
    if channel != Channel::Email.name() || is_plain {
        return vec![known];
    }
    let (domain, _) = idna::domain_to_unicode(domain);
    let written = format!("{local}@{domain}");
    let mut all = vec![known.clone()];
    for spelling in [
        address.to_ascii_lowercase(),
        known.chars().map(capital).collect(),
        first_capital(&known),
        written.chars().map(capital).collect(),
        first_capital(&written),
        written,
    ] {
        if !all.contains(&spelling) {
            all.push(spelling);
        }
    }
    all
}

/// A letter other than A to Z as a capital, where that is one.
fn capital(c: char) -> char {
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) if !c.is_ascii() => capital,
        _ => c,
    }
}

fn first_capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(capital).into_iter().chain(chars).collect()
}

/// In lower case, and the domain as the DNS has it: a list has `exämple.org` where a reply comes from
/// `xn--exmple-cua.org`. What is no domain stays as it is.
fn one_form(address: &str) -> String {
    let lower = address.to_lowercase();
    match lower.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => match idna::domain_to_ascii(domain) {
            Ok(domain) => format!("{local}@{domain}"),
            Err(_) => lower,
        },
        _ => lower,
    }
}

/// In lower case as a whole. RFC 5321 (section 2.4) lets the receiving host tell `Ada` from `ada`, but
/// no provider in use does, and an opt-out that holds for one spelling alone misses the person.
fn email(text: &str) -> Result<String, Fault> {
    let normal = one_form(text);
    let options =
        Options::default().with_required_tld().without_display_text().without_domain_literal();
    let refused = |why: String| {
        Fault::new(
            "not_valid",
            format!("{} is not a mail address: {why}; write it as `ada@example.org`", quoted(text)),
        )
    };
    EmailAddress::parse_with_options(&normal, options)
        .map_err(|error| refused(lower_first(&error.to_string())))?;
    Ok(normal)
}

fn direct(text: &str) -> Result<String, Fault> {
    if text.chars().any(char::is_control) {
        return Err(Fault::new(
            "not_valid",
            format!("{} has a control character in it; take it out", quoted(text)),
        ));
    }
    let length = text.chars().count();
    if length > DIRECT_MAX {
        return Err(Fault::new(
            "too_long",
            format!(
                "{} has {length} characters, and {DIRECT_MAX} is the most; shorten it",
                quoted(text)
            ),
        ));
    }
    Ok(text.to_owned())
}

/// The text in backticks, shortened, without what would break a line.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String =
        text.chars().take(QUOTED_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn lower_first(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(rule: Rule, text: &str) -> String {
        rule.normal(text).unwrap_or_else(|fault| fault.code.into())
    }

    #[test]
    fn mail_addresses_are_in_lower_case_from_end_to_end() {
        let table = [
            (" Ada.Lovelace@Example.ORG ", "ada.lovelace@example.org"),
            ("JOSÉ@EXÄMPLE.ORG", "josé@xn--exmple-cua.org"),
            ("ada@XN--EXMPLE-CUA.org", "ada@xn--exmple-cua.org"),
            ("\"Ada L\"@example.org", "\"ada l\"@example.org"),
            ("ada+news@example.co.uk", "ada+news@example.co.uk"),
            ("o'neil@example.org", "o'neil@example.org"),
            ("\"ada l\"@example.org", "\"ada l\"@example.org"),
            ("josé@exämple.org", "josé@xn--exmple-cua.org"),
            ("ada@localhost", "not_valid"),
            ("ada@[127.0.0.1]", "not_valid"),
            ("Ada <ada@example.org>", "not_valid"),
            ("ada@example.org, bob@example.org", "not_valid"),
            ("ada@@example.org", "not_valid"),
            ("ada.example.org", "not_valid"),
            ("@example.org", "not_valid"),
            ("ada@", "not_valid"),
            ("a da@example.org", "not_valid"),
            ("ada\u{7}@example.org", "not_valid"),
            ("  ", "missing"),
        ];
        for (text, expected) in table {
            assert_eq!(outcome(Rule::Email, text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_mail_address_of_an_older_list_is_known_by_the_same_spelling() {
        for text in ["Ada@Example.org", "ada@example.org", "JOSÉ@example.org", "Ada@EXÄMPLE.org"]
        {
            assert_eq!(known_as("email", text), outcome(Rule::Email, text));
        }
        assert_eq!(known_as("direct", "Ada"), "Ada");
    }

    #[test]
    fn a_mail_address_is_looked_for_by_every_spelling_that_older_versions_stored() {
        let table: [(&str, &[&str]); 6] = [
            ("Ada@Example.org", &["ada@example.org"]),
            ("ada@exämple.org", &["ada@exämple.org", "ada@exÄmple.org"]),
            ("ada@xn--exmple-cua.org", &["ada@exämple.org"]),
            ("JOSÉ@example.org", &["josé@example.org", "josÉ@example.org"]),
            ("josé@example.org", &["josé@example.org", "josÉ@example.org"]),
            ("éloïse@example.org", &["ÉloÏse@example.org", "Éloïse@example.org"]),
        ];
        for (address, stored) in table {
            let all = spellings("email", address);
            assert_eq!(all.first().unwrap(), &outcome(Rule::Email, address));
            for spelling in stored {
                assert!(all.iter().any(|one| one == spelling), "{spelling} of {all:?}");
            }
        }
        assert_eq!(spellings("email", "Ada@Example.org").len(), 1);
        assert_eq!(spellings("direct", "José@exämple.org"), ["José@exämple.org"]);
    }

    #[test]
    fn names_on_a_platform_are_taken_as_they_are() {
        let longest = "é".repeat(DIRECT_MAX);
        let table = [
            (" @ada ", "@ada"),
            ("Ada Lovelace", "Ada Lovelace"),
            (&longest, &longest),
            (&format!("{longest}é"), "too_long"),
            ("a\tb", "not_valid"),
            ("", "missing"),
        ];
        for (text, expected) in table {
            assert_eq!(outcome(Rule::Direct, text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_message_shows_no_more_than_the_beginning_of_a_long_text() {
        assert_eq!(quoted("a\nb"), "`a b`");
        assert_eq!(quoted(&"x".repeat(40)), format!("`{}`", "x".repeat(40)));
        assert_eq!(quoted(&"x".repeat(41)), format!("`{}…`", "x".repeat(40)));
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer_and_an_answer_is_its_own_normal_form(
            text in "\\PC{0,30}|[+0-9 ().-]{1,20}|[a-z.@\"\\\\ A-Z]{1,30}",
        ) {
            for rule in [Rule::Phone(None), Rule::Phone(phone::region("FR")), Rule::Email, Rule::Direct] {
                match rule.normal(&text) {
                    Ok(address) => prop_assert_eq!(rule.normal(&address), Ok(address)),
                    Err(fault) => prop_assert!(!fault.message.is_empty()),
                }
            }
        }
    }
}
