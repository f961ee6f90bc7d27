//! The replies of one word that mean something: STOP, START and HELP, in seven languages.
//!
//! - English, and what carriers in the United States and Canada require: Twilio's "Supported opt-out
//!   keywords" and AWS End User Messaging's "Required opt-out keywords" (`ARRET`, `TD` among them),
//!   both as read in November 2026, and 47 CFR 64.1200(a)(10), in force since 2025 (`REVOKE`,
//!   `OPT OUT`).
//! - The other languages have no such list: carriers there ask for STOP, which is in all of them, and
//!   leave the rest to the sender. These are the words that people there are told to write (`STOPP`,
//!   `BAJA`, `SAIR`, `AFMELDEN`), with the imperatives that say nothing else.
//!
//! The whole reply has to be one of them: "stop by when you can" is an answer. Case, punctuation,
//! blanks and accents do not matter.

use super::Meaning;

/// The most words of a reply that are looked at: a text has 10,000 characters at most, and no more
/// words than that unless they are of four letters.
const WORDS_MOST: usize = 2_000;

const STOP: &[&str] = &[
    // English, and required everywhere.
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt out",
    "remove",
    "td",
    "unsub",
    // French.
    "arret",
    "arrete",
    "arreter",
    "arretez",
    "stop sms",
    "stopsms",
    "stop pub",
    "desabonner",
    "me desabonner",
    "desinscrire",
    "me desinscrire",
    "desinscription",
    "desabonnement",
    // Spanish.
    "baja",
    "alto",
    "parar",
    "cancelar",
    "dar de baja",
    "darme de baja",
    "baja sms",
    "no mas",
    // Portuguese.
    "sair",
    "remover",
    "descadastrar",
    "parem",
    "pare",
    // German.
    "stopp",
    "abmelden",
    "abbestellen",
    "austragen",
    "abmeldung",
    // Italian.
    "basta",
    "cancellami",
    "disiscrivi",
    "disiscrivimi",
    "annulla iscrizione",
    // Dutch.
    "stoppen",
    "afmelden",
    "uitschrijven",
];

const START: &[&str] = &[
    "start",
    "yes",
    "unstop",
    "subscribe",
    "opt in",
    "optin", // English
    "reprendre",
    "reabonner",
    "me reabonner", // French
    "alta",
    "darme de alta",
    "reanudar", // Spanish
    "voltar",
    "retomar", // Portuguese
    "anmelden",
    "starten", // German
    "riprendi",
    "iscrivimi", // Italian
    "aanmelden",
    "hervatten", // Dutch
];

const HELP: &[&str] = &[
    "help", "info", // English
    "aide", "ayuda", "ajuda", "hilfe", "aiuto", "hulp",
];

/// The words of a reply: lower case, without accents; apostrophes join, other marks part.
#[must_use]
pub fn of(reply: &str) -> Vec<String> {
    let mut plain = String::with_capacity(reply.len());
    for c in reply.chars() {
        match c {
            '\'' | '’' | '‘' | '´' | '`' => {}
            c if c.is_alphanumeric() => push_plain(&mut plain, c),
            // A mark that stands by itself belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().take(WORDS_MOST).map(str::to_owned).collect()
}

/// What a reply means that is one of the words and nothing else.
#[must_use]
pub fn meaning(words: &[String]) -> Option<Meaning> {
    if words.is_empty() || words.len() > 3 {
        return None;
    }
    let reply = words.join(" ");
    let is_in = |list: &[&str]| list.contains(&reply.as_str());
    if is_in(STOP) {
        Some(Meaning::Stop)
    } else if is_in(START) {
        Some(Meaning::Start)
    } else if is_in(HELP) {
        Some(Meaning::Help)
    } else {
        None
    }
}

/// A letter in lower case without its accent, as far as the languages here have any.
fn push_plain(plain: &mut String, c: char) {
    for c in c.to_lowercase() {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => plain.push('a'),
            'ç' => plain.push('c'),
            'è' | 'é' | 'ê' | 'ë' => plain.push('e'),
            'ì' | 'í' | 'î' | 'ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => plain.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ß' => plain.push_str("ss"),
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            '\u{300}'..='\u{36f}' => {}
            c => plain.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reply: &str) -> Option<Meaning> {
        meaning(&of(reply))
    }

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
            "arre\u{302}t",
            "remove",
            "TD",
            "\nstop\r\n",
            "Stopp",
            "Abmelden",
            "BAJA",
            "dar de baja",
            "Sair",
            "BASTA",
            "afmelden",
            "Désabonner",
            "STOP SMS",
        ] {
            assert_eq!(read(reply), Some(Meaning::Stop), "{reply}");
        }
    }

    #[test]
    fn a_word_among_others_is_none() {
        for reply in [
            "",
            " ",
            "...",
            "stop by when you can",
            "non stop",
            "stops",
            "the end",
            "не стоп",
            "s t o p",
            "TDA",
            "🛑",
            "yes please",
            "help me with my order",
            "baja el precio",
        ] {
            assert_eq!(read(reply), None, "{reply}");
        }
    }

    #[test]
    fn start_and_help_are_words_too() {
        for reply in ["START", "yes!", "Unstop", "opt-in", "Alta", "anmelden"] {
            assert_eq!(read(reply), Some(Meaning::Start), "{reply}");
        }
        for reply in ["HELP", "info?", "Aide", "AYUDA", "hilfe"] {
            assert_eq!(read(reply), Some(Meaning::Help), "{reply}");
        }
    }

    #[test]
    fn a_reply_without_end_is_read_to_a_bound() {
        assert_eq!(of(&"a ".repeat(100_000)).len(), WORDS_MOST);
    }
}
