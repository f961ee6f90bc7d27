//! What an HTTP answer says about a message that was handed over with a POST.
//!
//! The one rule: there is no second POST of a message unless it is certain that the first was not
//! taken, or that the other end takes the second for the first. So only an answer that says "not
//! now" in so many words is [`Outcome::Later`]; what leaves a doubt is [`Outcome::Unclear`].

use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use tidegate::Instant;

use super::address::{leads_to, without};
use crate::model::Outcome;

/// Bytes of an answer's body that are read.
pub const BODY_MAX: usize = 4096;

/// Characters of an answer that are kept with the message.
const DETAIL_MAX: usize = 300;

/// How long to wait when the other end says "later" and not how much later.
const LATER_MS: i64 = 60_000;

/// The longest wait that is believed: a day.
const LATER_MAX_MS: i64 = 86_400_000;

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The address that was asked. Its path and query are not told on, whatever is answered.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The beginning of the body.
    pub body: String,
}

/// What became of the message. `deduplicates`: whether the other end honours `Idempotency-Key`.
///
/// | status | | source |
/// |---|---|---|
/// | 2xx | taken | RFC 9110, 15.3 |
/// | 3xx | refused: a POST that is sent on may be made twice, or into a GET | 15.4 |
/// | 425, 429 | later: it was not processed | RFC 8470, 5.2; RFC 6585, 4 |
/// | 408, 503 with `Retry-After` | later, when it says | RFC 9110, 10.2.3 |
/// | 408, 503 without | unclear | |
/// | 409 where keys are honoured | unclear: the first is still being processed | draft-ietf-httpapi-idempotency-key-header, 2.6 |
/// | other 4xx | refused | RFC 9110, 15.5 |
/// | other 5xx, anything else | unclear | |
#[must_use]
pub fn verdict(answer: &HttpAnswer, deduplicates: bool, now: Instant) -> Outcome {
    if (200..=299).contains(&answer.status) {
        return Outcome::Taken { reference: reference(&answer.body) };
    }
    let detail = detail(answer);
    let wait = answer.retry_after.as_deref().and_then(|text| wait_ms(text, now));
    let refused = |reason| Outcome::Refused { reason, detail: detail.clone() };
    match (answer.status, wait) {
        (300..=399, _) => Outcome::Refused {
            reason: "redirected",
            detail: format!(
                "HTTP {}: the address redirects{}, and a message is never sent on; give the final \
                 address to the sender",
                answer.status,
                answer
                    .location
                    .as_deref()
                    .and_then(|to| leads_to(&answer.url, to))
                    .map_or_else(String::new, |to| format!(" {}", beginning(&to)))
            ),
        },
        (425 | 429, wait) => Outcome::Later { after_ms: wait.unwrap_or(LATER_MS), detail },
        (408 | 503, Some(after_ms)) => Outcome::Later { after_ms, detail },
        (408, None) => Outcome::Unclear { detail },
        (409, _) if deduplicates => Outcome::Unclear { detail },
        (401 | 403, _) => refused("not_authorised"),
        (404 | 405 | 410, _) => refused("no_such_endpoint"),
        (413, _) => refused("too_large"),
        (400..=499, _) => refused("refused"),
        _ => Outcome::Unclear { detail },
    }
}

/// How long a `Retry-After` asks to wait: seconds, or a date (RFC 9110, 10.2.3).
fn wait_ms(text: &str, now: Instant) -> Option<i64> {
    let text = text.trim();
    let ms = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1000,
        Err(_) => instant(text)?.since(now),
    };
    Some(ms.clamp(1000, LATER_MAX_MS))
}

fn instant(date: &str) -> Option<Instant> {
    let since: Duration = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Instant::from_millis(i64::try_from(since.as_millis()).ok()?))
}

/// The provider's own id: `id` or `message_id` of a JSON answer.
fn reference(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let id = body.get("id").or_else(|| body.get("message_id"))?;
    let id = match id {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!id.is_empty()).then(|| beginning(&id))
}

/// `HTTP 422: no such number`: the status and what the body says, shortened.
pub(super) fn detail(answer: &HttpAnswer) -> String {
    let body: Option<Value> = serde_json::from_str(&answer.body).ok();
    let said = body.as_ref().and_then(|body| {
        let error = body.get("error").filter(|error| error.is_object());
        let body = error.unwrap_or(body);
        ["detail", "message", "error", "title", "reason"]
            .iter()
            .find_map(|name| body.get(name)?.as_str())
    });
    // Before it is shortened: of an address that is cut off, a part would be left.
    let said = beginning(&without(said.unwrap_or(&answer.body), &answer.url));
    if said.is_empty() {
        format!("HTTP {}", answer.status)
    } else {
        format!("HTTP {}: {said}", answer.status)
    }
}

/// The beginning of a text from outside, on one line.
pub(super) fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(DETAIL_MAX).collect();
    let line = words.join(" ");
    let mut short: String = line.chars().filter(|c| !c.is_control()).take(DETAIL_MAX).collect();
    if line.chars().nth(DETAIL_MAX).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sat 21 Nov 2026 08:49:37 GMT.
    const NOW: Instant = Instant::from_millis(1_795_250_977_000);

    fn outcome(status: u16, retry_after: &str, body: &str, deduplicates: bool) -> String {
        let answer = HttpAnswer {
            status,
            retry_after: (!retry_after.is_empty()).then(|| retry_after.into()),
            body: body.into(),
            ..HttpAnswer::default()
        };
        match verdict(&answer, deduplicates, NOW) {
            Outcome::Taken { reference } => format!("taken {reference:?}"),
            Outcome::Refused { reason, detail } => format!("{reason}: {detail}"),
            Outcome::Later { after_ms, .. } => format!("later {after_ms}"),
            Outcome::Unclear { detail } => format!("unclear: {detail}"),
        }
    }

    #[test]
    fn an_answer_is_taken_refused_later_or_unclear() {
        let table = [
            (200, "", "", "taken None"),
            (202, "", r#"{"id": "m-1"}"#, r#"taken Some("m-1")"#),
            (201, "", r#"{"message_id": 17}"#, r#"taken Some("17")"#),
            (200, "", r#"{"id": null, "message_id": "b"}"#, "taken None"),
            (200, "", r#"{"id": ""}"#, "taken None"),
            (200, "", "<html>", "taken None"),
            (400, "", "bad\n  text", "refused: HTTP 400: bad text"),
            (422, "", r#"{"message": "no such number"}"#, "refused: HTTP 422: no such number"),
            (402, "", r#"{"error": {"message": "no credit"}}"#, "refused: HTTP 402: no credit"),
            (401, "", "", "not_authorised: HTTP 401"),
            (404, "", "", "no_such_endpoint: HTTP 404"),
            (413, "", "", "too_large: HTTP 413"),
            (409, "", "", "refused: HTTP 409"),
            (499, "5", "", "refused: HTTP 499"),
            (429, "", "", "later 60000"),
            (429, "7", "", "later 7000"),
            (429, "0", "", "later 1000"),
            (429, "nonsense", "", "later 60000"),
            (425, "", "", "later 60000"),
            (503, "120", "", "later 120000"),
            (503, "Sat, 21 Nov 2026 08:51:37 GMT", "", "later 120000"),
            (503, "Sat, 21 Nov 2026 08:00:00 GMT", "", "later 1000"),
            (503, "4000000000", "", "later 86400000"),
            (503, "99999999999999999999", "", "unclear: HTTP 503"),
            (503, "", "", "unclear: HTTP 503"),
            (408, "30", "", "later 30000"),
            (408, "", "", "unclear: HTTP 408"),
            (500, "30", "oops", "unclear: HTTP 500: oops"),
            (502, "", "", "unclear: HTTP 502"),
            (599, "", "", "unclear: HTTP 599"),
            (199, "", "", "unclear: HTTP 199"),
        ];
        for (status, retry_after, body, expected) in table {
            let found = outcome(status, retry_after, body, false);
            assert_eq!(found, expected, "{status} {retry_after:?} {body:?}");
        }
    }

    #[test]
    fn a_conflict_on_a_key_that_is_honoured_may_be_the_first_still_on_its_way() {
        assert_eq!(outcome(409, "", "", true), "unclear: HTTP 409");
    }

    #[test]
    fn a_redirect_is_refused_and_says_to_which_host() {
        for (location, to) in [
            ("https://example.org/v2/hooks/SECRET", "redirects to `https://example.org`, and"),
            ("https://p.example/v2/hooks/SECRET", "redirects within `https://p.example`, and"),
            ("/v2/hooks/SECRET", "redirects within `https://p.example`, and"),
            ("mailto:SECRET", "redirects, and"),
        ] {
            let answer = HttpAnswer {
                url: "https://p.example/hooks/SECRET".into(),
                status: 308,
                location: Some(location.into()),
                ..HttpAnswer::default()
            };
            let Outcome::Refused { reason, detail } = verdict(&answer, true, NOW) else {
                panic!("not refused");
            };
            assert_eq!(reason, "redirected");
            assert!(detail.contains(to) && !detail.contains("SECRET"), "{detail}");
        }
    }

    #[test]
    fn what_a_provider_says_is_told_without_the_address_that_it_was_asked_at() {
        for (status, body, told) in [
            (404, "Cannot POST /hooks/SECRET?to=a&key=b", "HTTP 404: Cannot POST …"),
            (404, "Cannot POST /hooks/SECRET", "HTTP 404: Cannot POST …"),
            (400, r#"{"error": "\/hooks\/SECRET is unknown"}"#, "HTTP 400: … is unknown"),
            (429, "slow down at https://p.example/hooks/SECRET", "slow down at https://p.example…"),
        ] {
            let answer = HttpAnswer {
                url: "https://p.example/hooks/SECRET?to=a&key=b".into(),
                status,
                body: body.into(),
                ..HttpAnswer::default()
            };
            let (Outcome::Refused { detail, .. } | Outcome::Later { detail, .. }) =
                verdict(&answer, true, NOW)
            else {
                panic!("neither refused nor later");
            };
            assert!(detail.ends_with(told), "{detail}");
        }
    }

    #[test]
    fn what_a_provider_says_is_kept_in_three_hundred_characters() {
        let found = outcome(500, "", &"é".repeat(BODY_MAX), false);
        assert_eq!(found, format!("unclear: HTTP 500: {}…", "é".repeat(DETAIL_MAX)));
    }
}
