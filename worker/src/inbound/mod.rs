//! What a person means who writes back.
//!
//! ```
//! use tidegate_worker::inbound::{Meaning, meaning};
//! use tidegate_worker::model::Channel;
//!
//! assert_eq!(meaning("Stop!", Channel::Sms), Meaning::Stop);
//! assert_eq!(meaning("please take me off your list", Channel::Sms), Meaning::Refusal);
//! assert_eq!(meaning("stop by when you can", Channel::Sms), Meaning::Other);
//! ```
//!
//! A word of the lists in [`words`] counts where it is the whole reply. Anything longer is read by
//! [`refusals`], which can be wrong: a refusal is honoured at once and shown to a person for review.
//! It decides nothing else: what is neither is a reply like any other.

mod mail;
pub mod phrases;
pub mod refusals;
pub mod words;

use crate::model::Channel;

/// What a reply means for what may be sent to its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Who are you?
    Help,
    /// No more messages, by all appearances.
    Refusal,
    /// Something else.
    Other,
}

impl Meaning {
    /// Every meaning by its name in documents and in the database.
    pub const NAMES: [(&str, Self); 5] = [
        ("stop", Self::Stop),
        ("start", Self::Start),
        ("help", Self::Help),
        ("refusal", Self::Refusal),
        ("other", Self::Other),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Help => "help",
            Self::Refusal => "refusal",
            Self::Other => "other",
        }
    }

    /// Whether nothing is sent to the writer any more.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Stop | Self::Refusal)
    }
}

/// What `reply` means. Of a mail, what it quotes is left out, and a word of [`words`] that ends all
/// messages is one on its first line too: a name and good wishes often stand below.
#[must_use]
pub fn meaning(reply: &str, channel: Channel) -> Meaning {
    let own = match channel {
        Channel::Email => mail::own_lines(reply),
        _ => vec![reply],
    };
    let first = own.iter().map(|line| words::of(line)).find(|words| !words.is_empty());
    if first.is_some_and(|words| words::meaning(&words) == Some(Meaning::Stop)) {
        return Meaning::Stop;
    }
    let words = words::of(&own.join("\n"));
    words::meaning(&words).unwrap_or_else(|| {
        if refusals::refuses(&words) { Meaning::Refusal } else { Meaning::Other }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mail_only_its_own_words_count() {
        let mail = "Stop\r\n\r\nOn Tue, 24 Nov 2026 at 09:00, Shop <a@b.c> wrote:\r\n> Sale!\r\n";
        assert_eq!(meaning(mail, Channel::Email), Meaning::Stop);
        assert_eq!(meaning("unsubscribe\n-- \nAda\nShop", Channel::Email), Meaning::Stop);
        assert_eq!(meaning("Great\n> to stop, answer STOP", Channel::Email), Meaning::Other);
        assert_eq!(meaning("> STOP", Channel::Email), Meaning::Other);
    }
    #[test]
    fn a_mail_stops_with_its_first_line_whatever_stands_below() {
        for mail in [
            "Stop\n\nOn Tue, Nov 24, 2026 at 9:00 AM Shop Newsletter <newsletter@shop.example>\n\
             wrote:\n\n> Sale",
            "Stop\n\nSent from my iPhone",
            "unsubscribe\r\n\r\nSent from my iPhone\r\n",
            "\n STOP.\n\nKind regards,\nAda",
            "Abmelden\n\nMit freundlichen Grüßen\nAda",
        ] {
            assert_eq!(meaning(mail, Channel::Email), Meaning::Stop, "{mail}");
        }
        assert_eq!(meaning("Stop\nby when you can", Channel::Sms), Meaning::Other);
        assert_eq!(meaning("We met\n\nStop\n\nover there", Channel::Email), Meaning::Other);
    }

    #[test]
    fn what_a_mail_quotes_is_no_refusal() {
        let outlook = "See you Friday!\r\n\r\n________________________________\r\n\
                       From: Shop <newsletter@shop.example>\r\n\
                       Sent: Tuesday, November 24, 2026 9:00 AM\r\nTo: Ada\r\nSubject: Sale\r\n\
                       \r\nTo unsubscribe: https://shop.example/u\r\n";
        assert_eq!(meaning(outlook, Channel::Email), Meaning::Other);
        let ruled = outlook.replace("________________________________\r\n", "");
        assert_eq!(meaning(&ruled, Channel::Email), Meaning::Other);
        let unquoted = "See you Friday!\n\nOn Tue, Nov 24, 2026 at 9:00 AM Shop\n\
                        <newsletter@shop.example> wrote:\n\nTo unsubscribe: https://shop.example/u";
        assert_eq!(meaning(unquoted, Channel::Email), Meaning::Other);
        let own = "Please unsubscribe me.\n\nSent from my iPhone";
        assert_eq!(meaning(own, Channel::Email), Meaning::Refusal);
    }
}
