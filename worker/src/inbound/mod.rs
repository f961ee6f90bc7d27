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

/// What `reply` means. Of a mail, what it quotes is left out.
#[must_use]
pub fn meaning(reply: &str, channel: Channel) -> Meaning {
    let said = match channel {
        Channel::Email => own_words(reply),
        _ => reply.to_owned(),
    };
    let words = words::of(&said);
    words::meaning(&words).unwrap_or_else(|| {
        if refusals::refuses(&words) { Meaning::Refusal } else { Meaning::Other }
    })
}

/// A mail without its signature and without the message that it answers.
fn own_words(mail: &str) -> String {
    let lines: Vec<&str> = mail.lines().map(str::trim_end).collect();
    let mut own: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let next = lines.iter().skip(at + 1).find(|line| !line.is_empty());
        let introduces = line.ends_with(':') && next.is_some_and(|line| line.starts_with('>'));
        // RFC 3676, section 4.3: `-- ` begins a signature. Trimmed here.
        if line.starts_with('>') || line.starts_with("-----") || *line == "--" || introduces {
            break;
        }
        own.push(line);
    }
    own.join("\n")
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
}
