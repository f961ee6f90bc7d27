//! Who wrote a message, as providers tell it.

use crate::import::Rule;
use crate::model::Channel;

/// The digits of a number that may be an international one (E.164: 15 at most). What is shorter is a
/// short code.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 7..=15;

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The address of the conversation.
    pub address: String,
    /// The number that it is as well, where its digits are a number of the sender's country and,
    /// behind a `+`, one of another.
    pub or: Option<String>,
}

impl Writer {
    /// Who `from` is. Providers leave the `+` of international numbers out, and put a name before a
    /// mail address. What is no address of the channel (a short code, a name) is kept as it came.
    #[must_use]
    pub fn of(from: &str, channel: Channel, rule: Rule) -> Self {
        let said = rule.normal(from).ok();
        let other = match channel {
            Channel::Sms | Channel::Whatsapp => international(from, rule),
            Channel::Email => {
                let inner = from.trim().strip_suffix('>').and_then(|from| from.rsplit_once('<'));
                inner.and_then(|(_, address)| rule.normal(address).ok())
            }
            Channel::Direct => None,
        };
        match (said, other) {
            (Some(address), other) => {
                let or = other.filter(|other| *other != address);
                Self { address, or }
            }
            (None, Some(address)) => Self { address, or: None },
            (None, None) => Self { address: from.to_owned(), or: None },
        }
    }
}

/// The number that `from` is with a `+` before it.
fn international(from: &str, rule: Rule) -> Option<String> {
    let from = from.trim();
    let is_number = from.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !INTERNATIONAL.contains(&from.len()) {
        return None;
    }
    rule.normal(&format!("+{from}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::region;

    #[test]
    fn a_number_without_plus_is_read_at_home_and_abroad() {
        let table = [
            ("33612345678", "", "+33612345678", None),
            ("4915123456789", "FR", "+4915123456789", None),
            ("33612345678", "FR", "+33612345678", None),
            ("0612345678", "FR", "+33612345678", None),
            (" 4915123456789 ", "FR", "+4915123456789", None),
            ("+4915123456789", "FR", "+4915123456789", None),
            // Fayetteville in Arkansas, or a mobile of Norway.
            ("4792345678", "US", "+14792345678", Some("+4792345678")),
            ("0612345678", "", "0612345678", None),
            ("36100", "FR", "36100", None),
            ("12345", "", "12345", None),
            ("SHOP", "FR", "SHOP", None),
        ];
        for (from, code, address, or) in table {
            let found = Writer::of(from, Channel::Sms, Rule::of(Channel::Sms, region(code)));
            let expected = Writer { address: address.into(), or: or.map(str::to_owned) };
            assert_eq!(found, expected, "{from} in {code:?}");
        }
    }

    #[test]
    fn the_name_before_a_mail_address_is_left_out() {
        for (from, address) in [
            ("Ada@Example.org", "ada@example.org"),
            ("Ada Lovelace <ADA@example.org>", "ada@example.org"),
            ("\"Lovelace, A. <1>\" <ada@example.org>", "ada@example.org"),
            ("<ada@example.org>", "ada@example.org"),
            ("Ada <nobody>", "Ada <nobody>"),
        ] {
            let found = Writer::of(from, Channel::Email, Rule::Email);
            assert_eq!(found, Writer { address: address.into(), or: None }, "{from}");
        }
    }
}
