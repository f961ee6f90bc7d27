//! The lines of a mail that are its writer's own: above the message that it answers, the signature and
//! what a device puts below.
//!
//! A mail that quotes in no way known here counts whole. Whatever is below a quote is taken for part of
//! it.

use super::words;

/// The lines that an attribution is wrapped into, at most: `On Tue, Nov 24, 2026 at 9:00 AM Shop`,
/// `<newsletter@shop.example>`, `wrote:`.
const ATTRIBUTION_LINES: usize = 3;
/// How an attribution begins, language by language.
const OPENERS: &[&str] = &["on", "le", "el", "em", "a", "am", "il", "op"];

/// The lines below `From:` among which another header is, blank ones left out.
const HEADER_LINES: usize = 4;
/// `From:` in each language, as [`words::of`] writes it.
const FROM: &[&str] = &["from", "de", "von", "da", "van"];
/// What stands below `From:`.
const HEADERS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject", // English
    "envoye",
    "a",
    "objet", // French
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto", // Spanish
    "enviada",
    "enviado em",
    "enviada em",
    "data",
    "assunto", // Portuguese
    "gesendet",
    "datum",
    "an",
    "betreff", // German
    "inviato",
    "oggetto", // Italian
    "verzonden",
    "aan",
    "onderwerp", // Dutch
];

/// The beginnings of what devices and programs put below a mail, as [`words::of`] writes them.
const FOOTERS: &[&str] = &[
    "sent from",
    "sent via",
    "get outlook for",
    "envoye de mon",
    "envoye depuis",
    "envoye a partir",
    "telecharger outlook",
    "enviado desde",
    "enviado do meu",
    "enviado a partir",
    "enviado de mi",
    "obtener outlook",
    "obter o outlook",
    "gesendet von",
    "gesendet mit",
    "diese nachricht wurde von meinem",
    "outlook fur",
    "inviato da",
    "inviato dal",
    "ottieni outlook",
    "verzonden vanaf",
    "verzonden met",
    "verstuurd vanaf",
    "download outlook",
];
/// The most words of such a line.
const FOOTER_WORDS: usize = 12;

/// The lines of a mail above the first that is not its writer's own.
pub fn own_lines(mail: &str) -> Vec<&str> {
    let lines: Vec<&str> = mail.lines().map(str::trim).collect();
    let is_foreign = |at: &usize| {
        let rest = lines.get(*at..).unwrap_or_default();
        let Some((line, below)) = rest.split_first() else { return false };
        is_quote(line) || is_rule(line) || is_footer(line) || heads(line, below) || attributes(rest)
    };
    let end = (0..lines.len()).find(is_foreign).unwrap_or(lines.len());
    lines.into_iter().take(end).collect()
}

fn is_quote(line: &str) -> bool {
    line.starts_with('>')
}

/// What parts a mail from what is below: `-- ` begins a signature (RFC 3676, section 4.3; trimmed here),
/// `-----Original Message-----` in any language and a rule of underscores an older mail.
fn is_rule(line: &str) -> bool {
    line == "--"
        || line.starts_with("---")
        || line.len() >= 5 && line.bytes().all(|byte| byte == b'_')
}

fn is_footer(line: &str) -> bool {
    let words = words::of(line);
    let text = words.join(" ");
    let is_known = FOOTERS.iter().any(|footer| {
        text.strip_prefix(footer).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    // "Von meinem iPhone gesendet": the verb stands last.
    let is_german = text.starts_with("von mein") && text.ends_with(" gesendet");
    (is_known || is_german) && words.len() <= FOOTER_WORDS
}

/// Whether `From:` stands here with another header of a mail below it.
fn heads(line: &str, below: &[&str]) -> bool {
    let is = |line: &str, names: &[&str]| {
        let name = line.split_once(':').map(|(name, _)| words::of(name).join(" "));
        name.is_some_and(|name| names.contains(&name.as_str()))
    };
    let mut below = below.iter().filter(|line| !line.is_empty()).take(HEADER_LINES);
    is(line, FROM) && below.any(|line| is(line, HEADERS))
}

/// Whether an attribution begins here, `On Tue, Shop wrote:`, in one line or wrapped.
fn attributes(lines: &[&str]) -> bool {
    let parts = lines.iter().take(ATTRIBUTION_LINES).take_while(|line| !line.is_empty());
    let Some(last) = parts.clone().position(|line| line.ends_with(':')) else { return false };
    let (text, below) = lines.split_at(last + 1);
    let opens = |line: &str| {
        line.contains(|c: char| c.is_ascii_digit())
            && words::of(line).first().is_some_and(|word| OPENERS.contains(&word.as_str()))
    };
    let joined = text.join(" ");
    let is_quoted = below.iter().find(|line| !line.is_empty()).is_some_and(|line| is_quote(line));
    let is_opened = opens(&joined);
    let is_likely = is_opened && !text.iter().skip(1).any(|line| opens(line))
        || lines.first().is_some_and(|line| line.contains('@'));
    // A line that ends with a colon above a quote attributes it, whatever it says; several lines, and
    // those above what is not marked as a quote, have to look like it.
    is_quoted && (last == 0 || is_likely) || is_likely && is_opened && joined.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The own lines of `Yes.` above `below`.
    fn cuts(below: &str) -> bool {
        let mail = format!("Yes.\n\n{below}");
        let own = own_lines(&mail);
        own.join("\n").trim() == "Yes."
    }

    #[test]
    fn an_attribution_is_known_in_each_language_and_wrapped() {
        for below in [
            "On Tue, 24 Nov 2026 at 09:00, Shop <a@b.c> wrote:\n> Sale",
            "On Tue, Nov 24, 2026 at 9:00 AM Shop Newsletter <news@shop.example>\nwrote:\n\n> Sale",
            "On Tue, Nov 24, 2026 at 9:00 AM Shop Newsletter\n<news@shop.example>\nwrote:\n> Sale",
            "On Tue, Nov 24, 2026 at 9:00 AM Shop <news@shop.example> wrote:\n\nSale",
            "Le mar. 24 nov. 2026 à 09:00, Shop <news@shop.example> a\nécrit :\n\n> Soldes",
            "El mar, 24 nov 2026 a las 9:00, Shop (<news@shop.example>)\nescribió:\n\n> Rebajas",
            "Em ter., 24 de nov. de 2026 às 09:00, Shop <news@shop.example>\nescreveu:\n\n> Saldos",
            "Am Di., 24. Nov. 2026 um 09:00 Uhr schrieb Shop <\nnews@shop.example>:\n\n> Rabatt",
            "Shop <news@shop.example> schrieb am Di., 24. Nov. 2026,\n09:00:\n\n> Rabatt",
            "Il giorno mar 24 nov 2026 alle ore 09:00 Shop <news@shop.example>\nha scritto:\n> Saldi",
            "Op di 24 nov 2026 om 09:00 schreef Shop <news@shop.example>:\n\n> Korting",
            "Shop writes:\n> Sale",
        ] {
            assert!(cuts(below), "{below}");
        }
    }

    #[test]
    fn a_rule_a_head_and_a_footer_end_a_mail() {
        for below in [
            "> Sale",
            "-- \nAda",
            "________________________________\nSale",
            "-----Original Message-----\nSale",
            "-----Ursprüngliche Nachricht-----\nRabatt",
            "---- Message d'origine ----\nSoldes",
            "From: Shop\nSent: Tuesday\nTo: Ada\nSubject: Sale\n\nSale",
            "*From:* Shop\n*Sent:* Tuesday\n\nSale",
            "Von: Shop\nGesendet: Dienstag\nAn: Ada\nBetreff: Rabatt",
            "De : Shop\nEnvoyé : mardi\nÀ : Ada\nObjet : Soldes",
            "De: Shop\nEnviado el: martes\nPara: Ada\nAsunto: Rebajas",
            "De: Shop\nEnviada em: terça\nPara: Ada\nAssunto: Saldos",
            "Da: Shop\nInviato: martedì\nA: Ada\nOggetto: Saldi",
            "Van: Shop\nVerzonden: dinsdag\nAan: Ada\nOnderwerp: Korting",
            "Sent from my iPhone",
            "Sent from Outlook for Android\n\nSale",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Enviado do meu iPhone",
            "Von meinem iPhone gesendet",
            "Gesendet von Outlook für Android",
            "Inviato da iPhone",
            "Verstuurd vanaf mijn iPhone",
        ] {
            assert!(cuts(below), "{below}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_the_writers_own() {
        for own in [
            "On Friday I wrote: stop",
            "On 3 days I asked:\nplease stop",
            "From: a fan of yours",
            "From: Ada\n\nplease stop",
            "Note:\nplease stop",
            "I was sent from one shop to another, please stop",
            "__",
            "to a - b",
        ] {
            assert_eq!(own_lines(own).join("\n"), own);
        }
        assert!(own_lines("").is_empty());
        assert_eq!(own_lines("Stop\nOn Tue 24 Nov Shop\nwrote:\n> Sale"), ["Stop"]);
        assert_eq!(
            own_lines("On reflection, stop\nOn Tue 24 Nov Shop wrote:\n> 2"),
            ["On reflection, stop"]
        );
    }
}
