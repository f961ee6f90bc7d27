//! Tells people from machines that open mails and follow links: scanners that look for malware,
//! previews in chats, images that are fetched ahead of any reader.
//!
//! None of this is certain. What is taken for a machine is kept apart, so that rates are of what
//! people most likely did, and nobody's mark is lost.

/// What is known of a visit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visit<'a> {
    /// The `User-Agent`, where there is one.
    pub user_agent: Option<&'a str>,
    /// What `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz` said.
    pub purposes: [Option<&'a str>; 4],
    /// How long after its POST, in ms, where that is known.
    pub after_ms: Option<i64>,
}

/// A link that is followed sooner after its POST is followed by a scanner on the way, in ms.
const SOON_MS: i64 = 2_000;

/// What the `User-Agent` of a machine has in it, in lower case. The proxies through which Gmail and
/// Yahoo show a mail's images to its reader are not among them: they fetch when it is opened.
const MACHINES: [&str; 25] = [
    "bot", // Slackbot, TelegramBot, Twitterbot, LinkedInBot, Discordbot, bingbot, ...
    "crawl",
    "spider",
    "scan",
    "preview", // SkypeUriPreview, BingPreview
    "facebookexternalhit",
    "whatsapp/",
    "slack-imgproxy",
    "embedly",
    "vkshare",
    "headless",
    "phantomjs",
    "curl/",
    "wget/",
    "python",
    "java/",
    "go-http-client",
    "libwww",
    "ruby",
    "axios/",
    "node-fetch",
    "barracuda",
    "proofpoint",
    "mimecast",
    "trendmicro",
];

/// Apple's Mail fetches all images of all mails as they arrive, under this name and no other
/// (Mail Privacy Protection, since iOS 15 and macOS 12).
const AHEAD_OF_THE_READER: &str = "Mozilla/5.0";

/// Whether a machine most likely came, rather than a person.
#[must_use]
pub fn is_machine(visit: &Visit<'_>) -> bool {
    let Some(user_agent) = visit.user_agent.map(str::trim).filter(|text| !text.is_empty()) else {
        return true;
    };
    let is_ahead = |purpose: &str| {
        let purpose = purpose.to_ascii_lowercase();
        purpose.contains("prefetch") || purpose.contains("preview")
    };
    let name = user_agent.to_ascii_lowercase();
    user_agent == AHEAD_OF_THE_READER
        || visit.purposes.iter().flatten().any(|purpose| is_ahead(purpose))
        || visit.after_ms.is_some_and(|after_ms| after_ms < SOON_MS)
        || MACHINES.iter().any(|machine| name.contains(machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) \
                         AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile Safari/604.1";

    fn by(user_agent: &str) -> bool {
        is_machine(&Visit { user_agent: Some(user_agent), ..Visit::default() })
    }

    #[test]
    fn people_come_with_a_browser_or_through_their_mail_s_proxy() {
        for person in [
            PHONE,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        ] {
            assert!(!by(person), "{person}");
        }
    }

    #[test]
    fn scanners_previews_and_fetchers_are_machines() {
        for machine in [
            "",
            " ",
            "Mozilla/5.0",
            "curl/8.9.1",
            "WhatsApp/2.24.20.89 A",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0",
        ] {
            assert!(by(machine), "{machine}");
        }
        assert!(is_machine(&Visit::default()));
    }

    #[test]
    fn what_is_fetched_ahead_or_at_once_is_by_a_machine() {
        let visit = Visit { user_agent: Some(PHONE), ..Visit::default() };
        for purpose in ["prefetch", "prefetch;prerender", "Preview"] {
            let purposes = [None, Some(purpose), None, None];
            assert!(is_machine(&Visit { purposes, ..visit }), "{purpose}");
        }
        assert!(is_machine(&Visit { after_ms: Some(1_999), ..visit }));
        assert!(!is_machine(&Visit { after_ms: Some(2_000), ..visit }));
    }
}
