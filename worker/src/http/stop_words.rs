//! The replies that mean "no more".
//!
//! The words are those that carriers and the FCC (47 CFR 64.1200(a)(10), in force since 2025)
//! take for a revocation, with the French and the short forms in use. The whole reply has to be
//! one of them: "stop by when you can" is an answer, not a refusal.

const WORDS: [&str; 13] = [
    "STOP",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "ARRET",
    "REMOVE",
    "TD",
];

/// Whether a reply takes its writer off the list. Case, punctuation, blanks and the accent of
/// `arrêt` do not matter.
pub fn is_stop(reply: &str) -> bool {
    let plain: String = reply
        .chars()
        .map(|c| match c {
            'ê' | 'Ê' => 'E',
            c if c.is_alphanumeric() => c.to_ascii_uppercase(),
            _ => ' ',
        })
        .collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    WORDS.contains(&words.join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_that_is_a_stop_word_and_nothing_else_stops() {
        for reply in [
            "STOP",
            "stop",
            " Stop. ",
            "STOP!!!",
            "“stop”",
            "stopall",
            "Stop All",
            "stop-all",
            "unsubscribe",
            "Cancel",
            "end",
            "QUIT",
            "revoke",
            "optout",
            "opt-out",
            "Opt out",
            "ARRET",
            "arrêt",
            "ARRÊT.",
            "remove",
            "TD",
            "\nstop\r\n",
        ] {
            assert!(is_stop(reply), "{reply}");
        }
        for reply in [
            "",
            " ",
            "...",
            "START",
            "HELP",
            "stop by when you can",
            "non stop",
            "stops",
            "the end",
            "не стоп",
            "s t o p",
            "TDA",
            "🛑",
        ] {
            assert!(!is_stop(reply), "{reply}");
        }
    }
}
