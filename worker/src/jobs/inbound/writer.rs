//! Who wrote a message, as providers tell it.

use crate::import::{Rule, may_be_mobile};
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
    /// behind a `+`, another. The likelier of the two is the address.
    pub or: Option<String>,
}

impl Writer {
    /// Who `from` is. Providers leave the `+` of international numbers out, and put a name before a
    /// mail address. What is no address of the channel (a short code, a name) is kept as it came.
    #[must_use]
    pub fn of(from: &str, channel: Channel, rule: Rule) -> Self {
        let said = rule.normal(from).ok();
        let other = match channel {
            Channel::Sms => international(from, rule),
            Channel::Whatsapp => international(from, rule).or_else(|| as_dialled(from, rule)),
            Channel::Email => {
                let inner = from.trim().strip_suffix('>').and_then(|from| from.rsplit_once('<'));
                inner.and_then(|(_, address)| rule.normal(address).ok())
            }
            Channel::Direct => None,
        };
        match (said, other) {
            (Some(home), Some(abroad)) if home != abroad => Self::likelier(home, abroad),
            (Some(address), _) | (None, Some(address)) => Self { address, or: None },
            (None, None) => Self { address: from.to_owned(), or: None },
        }
    }

    /// Who writes texts has a mobile number, and providers write numbers with their country.
    fn likelier(home: String, abroad: String) -> Self {
        if may_be_mobile(&home) {
            return Self { address: home, or: Some(abroad) };
        }
        Self { address: abroad, or: Some(home) }
    }

    /// The same with the other number for the address.
    pub fn other(self) -> Self {
        match self.or {
            Some(or) => Self { address: or, or: Some(self.address) },
            None => self,
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

/// The number of an account whose id WhatsApp made before its country's numbers changed: Mexico's with a
/// `1` behind the country, which has been dropped since; Brazil's mobile ones without their ninth digit.
fn as_dialled(from: &str, rule: Rule) -> Option<String> {
    let from = from.trim();
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let dialled = match (from.strip_prefix("521"), from.strip_prefix("55")) {
        (Some(rest), _) if digits(rest, 10) => format!("+52{rest}"),
        (_, Some(rest)) if digits(rest, 10) => {
            let (area, number) = rest.split_at_checked(2)?;
            if !number.starts_with(['6', '7', '8', '9']) {
                return None;
            }
            format!("+55{area}9{number}")
        }
        _ => return None,
    };
    rule.normal(&dialled).ok()
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
            // A landline of Germany, or a mobile of France; or a landline there; Germany's own mobile.
            ("33612345678", "DE", "+33612345678", Some("+4933612345678")),
            ("33123456789", "DE", "+33123456789", Some("+4933123456789")),
            ("4915123456789", "DE", "+4915123456789", None),
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
    fn an_older_id_of_whatsapp_is_the_number_that_is_dialled() {
        let table = [
            ("551187654321", "", "+5511987654321"),
            ("551187654321", "BR", "+5511987654321"),
            ("5511987654321", "", "+5511987654321"),
            ("551132654321", "", "+551132654321"),
            ("5215512345678", "", "+525512345678"),
            ("5215512345678", "MX", "+525512345678"),
            ("525512345678", "", "+525512345678"),
            ("5215512345678", "DE", "+525512345678"),
        ];
        for (from, code, address) in table {
            let rule = Rule::of(Channel::Whatsapp, region(code));
            assert_eq!(Writer::of(from, Channel::Whatsapp, rule).address, address, "{code:?}");
        }
        // No other channel has such ids.
        for from in ["551187654321", "5215512345678"] {
            let rule = Rule::of(Channel::Sms, None);
            assert_eq!(Writer::of(from, Channel::Sms, rule).address, from);
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
