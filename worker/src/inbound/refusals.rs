//! Finds the refusals that people write in their own words: "please don't text me again".
//!
//! A consumer may revoke consent by any means that a reasonable person would understand (47 CFR
//! 64.1200(a)(10), in force since April 2025), so a list of words is not enough. The phrases in
//! [`super::phrases`] are looked for in the reply, word by word. They are chosen to be rather too few
//! than too many: whatever is found is honoured at once, and a person looks at it.
//!
//! What the word before or after a phrase turns into something else does not count: "don't take me
//! off the list", "don't call me before nine".

use super::phrases::PHRASES;

/// Words before a phrase that turn it round.
const TURNED: &[&str] = &[
    "dont", "not", "never", "cant", "cannot", "didnt", "doesnt", "wont", "couldnt", "wouldnt",
    "ill", "pas", "jamais", "nicht", "non", "nao", "niet", "nie", "didn",
];
/// Words before a phrase with its own `dont` that make it a statement about somebody.
const TOLD: &[&str] = &[
    "you", "they", "he", "she", "we", "it", "if", "why", "guys", "habe", "hab", "haben", "bekomme",
    "bekam", "erhalte", "heb", "ho", "tengo", "tenho",
];
/// Words after a phrase that make it one about a time.
const TIMES: &[&str] = &[
    "before",
    "after",
    "until",
    "till",
    "during",
    "while",
    "today",
    "tomorrow",
    "tonight",
    "unless",
    "yet",
    "avant",
    "apres",
    "jusqua",
    "aujourdhui",
    "demain",
    "vor",
    "nach",
    "bis",
    "heute",
    "morgen",
    "antes",
    "despues",
    "hasta",
    "hoy",
    "depois",
    "ate",
    "hoje",
    "prima",
    "dopo",
    "fino",
    "oggi",
    "domani",
    "voor",
    "na",
    "tot",
    "vandaag",
];
/// Words that a gap in a phrase does not reach over.
const NEVER_BETWEEN: &[&str] = &[
    "miss",
    "lose",
    "stop",
    "cancel",
    "unsubscribe",
    "rater",
    "manquer",
    "perder",
    "verpassen",
    "perdere",
    "missen",
    "verlieren",
];
/// Words beside STOP in a reply that add nothing to it.
const FILLERS: &[&str] = &[
    "please",
    "pls",
    "plz",
    "stop",
    "it",
    "this",
    "now",
    "just",
    "ok",
    "okay",
    "already",
    "thanks",
    "thank",
    "you",
    "the",
    "these",
    "texts",
    "messages",
    "sms",
    "emails",
    "mails",
    "spam",
    "all",
    "no",
    "more",
    "sil",
    "te",
    "vous",
    "plait",
    "merci",
    "bitte",
    "danke",
    "por",
    "favor",
    "gracias",
    "per",
    "favore",
    "grazie",
    "alstublieft",
    "svp",
    "i",
    "said",
];
/// A reply of so many words is not looked at as STOP with fillers.
const FILLED_MOST: usize = 7;

/// Whether a reply, as [`super::words::of`] gives it, asks for no more messages.
#[must_use]
pub fn refuses(words: &[String]) -> bool {
    let words = joined(words);
    is_filled_stop(&words) || PHRASES.iter().any(|phrase| holds(phrase, &words))
}

/// `do not` is `dont` and `e mail` is `email`, however they are written.
fn joined(words: &[String]) -> Vec<&str> {
    let mut joined: Vec<&str> = Vec::with_capacity(words.len());
    for word in words {
        let pair = match (joined.last().copied(), word.as_str()) {
            (Some("do"), "not") => "dont",
            (Some("e"), "mail") => "email",
            (Some("e"), "mails") => "emails",
            (Some("any"), "more") => "anymore",
            _ => {
                joined.push(word);
                continue;
            }
        };
        joined.pop();
        joined.push(pair);
    }
    joined
}

fn is_filled_stop(words: &[&str]) -> bool {
    words.len() <= FILLED_MOST
        && words.contains(&"stop")
        && words.iter().all(|word| FILLERS.contains(word))
}

fn holds(phrase: &str, words: &[&str]) -> bool {
    let parts: Vec<&str> = phrase.split(' ').collect();
    (0..words.len()).any(|start| {
        let rest = words.get(start..).unwrap_or_default();
        // Few words begin a phrase, so what stands around is looked at last.
        matches(&parts, rest).is_some_and(|after| {
            let before = start.checked_sub(1).and_then(|at| words.get(at));
            let own = words.get(start).is_some_and(|word| negates(word));
            let turned = before.is_some_and(|word| {
                (!own && TURNED.contains(word)) || (own && TOLD.contains(word))
            });
            !turned && !after.first().is_some_and(|word| TIMES.contains(word))
        })
    })
}

/// Whether a phrase that begins so says no by itself.
fn negates(word: &str) -> bool {
    matches!(word, "dont" | "keine" | "geen" | "never" | "no" | "non" | "nao")
}

/// Matches `parts` from the first word on, and gives the words behind. A part is a word, several
/// with `|` between, one that may be left out (`word?`), or a gap of up to N words (`~N`).
fn matches<'a, 'b>(parts: &[&str], words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let Some((part, parts)) = parts.split_first() else {
        return Some(words);
    };
    if let Some(most) = part.strip_prefix('~').and_then(|most| most.parse::<usize>().ok()) {
        for gap in 0..=most.min(words.len()) {
            let (skipped, rest) = words.split_at(gap);
            if skipped.last().is_some_and(|word| NEVER_BETWEEN.contains(word)) {
                return None;
            }
            if let Some(after) = matches(parts, rest) {
                return Some(after);
            }
        }
        return None;
    }
    let (part, optional) = part.strip_suffix('?').map_or((*part, false), |part| (part, true));
    let first =
        words.split_first().filter(|(word, _)| part.split('|').any(|known| known == **word));
    first
        .and_then(|(_, rest)| matches(parts, rest))
        .or_else(|| optional.then(|| matches(parts, words)).flatten())
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    fn found(reply: &str) -> bool {
        refuses(&words::of(reply))
    }

    #[test]
    fn a_refusal_is_found_in_its_language() {
        for reply in [
            // English
            "Please don't text me again",
            "please do not contact me anymore",
            "Stop texting me!!",
            "can you stop sending me these",
            "pls stop",
            "STOP PLEASE",
            "I said stop",
            "Take me off your list.",
            "remove me from this list please",
            "Remove my number",
            "I'd like to opt out",
            "how do I unsubscribe from this?",
            "I don't want any more messages from you",
            "i do not want to receive these texts",
            "No more texts thanks",
            "Leave me alone",
            "lose my number",
            "I revoke my consent",
            "unsubscribe me",
            "how do i stop getting these messages",
            "Hi, Ada here. Thanks, but please never text me again.",
            // French
            "Arrêtez de m'envoyer des messages",
            "merci de ne plus me contacter",
            "Ne m'écrivez plus svp",
            "Je ne veux plus recevoir vos SMS",
            "retirez-moi de votre liste",
            "Supprimez mon numéro",
            "désinscrivez-moi",
            "laissez moi tranquille",
            // Spanish
            "No me envíen más mensajes",
            "dejen de escribirme",
            "No quiero recibir más mensajes",
            "quítenme de la lista",
            "borren mi número por favor",
            "dejenme en paz",
            // German
            "Bitte keine Nachrichten mehr",
            "Ich möchte keine SMS mehr bekommen",
            "Schreiben Sie mir nicht mehr",
            "Löschen Sie meine Nummer",
            "Nehmen Sie mich von der Liste",
            "Lassen Sie mich in Ruhe!",
            "ich will mich abmelden",
            // Italian
            "Non mandatemi più messaggi",
            "Non voglio più ricevere messaggi",
            "smettetela di scrivermi",
            "cancellate il mio numero",
            "lasciatemi in pace",
            // Portuguese
            "Não quero mais receber mensagens",
            "parem de me mandar mensagens",
            "Não me enviem mais nada",
            "me tirem dessa lista",
            // Dutch
            "Stuur me geen berichten meer",
            "Ik wil geen berichten meer",
            "haal mij van de lijst",
            "laat me met rust",
        ] {
            assert!(found(reply), "{reply}");
        }
    }

    #[test]
    fn a_refusal_is_found_at_the_end_of_a_long_reply() {
        for words in [60, 1_500] {
            let reply = format!("{}Please stop texting me.", "words ".repeat(words));
            assert!(found(&reply), "{words}");
        }
    }

    #[test]
    fn what_only_sounds_like_one_is_none() {
        for reply in [
            "",
            "stop by when you can",
            "I can't stop texting about it, so good",
            "Don't take me off the list!",
            "please don't stop sending these",
            "don't call me before 9",
            "Don't text me until Monday, I am away",
            "you didn't text me back",
            "if you don't text me I will worry",
            "why don't you message me",
            "I don't want to miss your messages",
            "no more milk, thanks",
            "can you take me off hold",
            "remove the second item please",
            "The bus stop is closed",
            "My number is +33 6 12 34 56 78",
            "I never received your texts",
            "delete the appointment on Friday",
            "Yes please, send me more messages",
            "Plus de messages comme ça !",
            "ne me contactez pas avant lundi",
            "Ich habe keine Nachrichten mehr bekommen",
            "Bitte nicht vor neun anrufen",
            "no me llamen antes de las nueve",
            "No tengo más mensajes",
            "Basta così, grazie mille",
            "non ho ricevuto messaggi",
            "Não me mande antes das nove",
            "Ik heb geen berichten meer ontvangen",
            "Can I cancel my order?",
            "leave me a message",
            "I want to opt in",
            "stop at the corner please",
        ] {
            assert!(!found(reply), "{reply}");
        }
    }

    #[test]
    fn no_reply_takes_long() {
        let words = words::of(&"dont want to be ".repeat(10_000));
        assert!(!refuses(&words));
        let words = words::of(&"stop please ".repeat(10_000));
        assert!(!refuses(&words));
    }
}
