//! What an HTTP answer says about a message that a provider is asked about.
//!
//! | answer | |
//! |---|---|
//! | 2xx with `status` `accepted` or `sent` | it is on its way |
//! | 2xx with `delivered` | the recipient has it |
//! | 2xx with `failed` | the recipient will not get it; `reason` says why |
//! | 404 | the provider does not have it and will not send it |
//! | anything else | it did not say |
//!
//! Only 404 lets a message go again by itself: it has to mean that the POST was not taken, not that
//! the provider has not got round to it. It is asked at the earliest a minute after the POST.

use serde_json::Value;

use super::address::without;
use super::verdict::{HttpAnswer, beginning, detail};
use crate::model::{Fate, Found};

/// What became of the message.
#[must_use]
pub fn fate(answer: &HttpAnswer) -> Found {
    let unclear = || Found::Unclear { detail: detail(answer) };
    match answer.status {
        404 => Found::NotTaken,
        200..=299 => {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            match body.get("status").and_then(Value::as_str) {
                Some("accepted" | "sent") => Found::Taken(Fate::Accepted),
                Some("delivered") => Found::Taken(Fate::Delivered),
                Some("failed") => {
                    let reason = body.get("reason").and_then(Value::as_str);
                    let reason = reason.map(|said| beginning(&without(said, &answer.url)));
                    Found::Taken(Fate::Failed { reason: reason.filter(|text| !text.is_empty()) })
                }
                _ => unclear(),
            }
        }
        _ => unclear(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_in_so_many_words_is_believed() {
        let found = |status, body: &str| {
            fate(&HttpAnswer { status, body: body.into(), ..HttpAnswer::default() })
        };
        assert_eq!(found(200, r#"{"status": "accepted"}"#), Found::Taken(Fate::Accepted));
        assert_eq!(found(200, r#"{"status": "sent", "id": 7}"#), Found::Taken(Fate::Accepted));
        assert_eq!(found(203, r#"{"status": "delivered"}"#), Found::Taken(Fate::Delivered));
        let echoed = HttpAnswer {
            url: "https://p.example/hooks/SECRET".into(),
            status: 200,
            body: r#"{"status": "failed", "reason": "gone: /hooks/SECRET"}"#.into(),
            ..HttpAnswer::default()
        };
        let reason = Some("gone: …".to_owned());
        assert_eq!(fate(&echoed), Found::Taken(Fate::Failed { reason }));
        let failed =
            |reason: Option<&str>| Found::Taken(Fate::Failed { reason: reason.map(str::to_owned) });
        let said = r#"{"status": "failed", "reason": "no such\n number"}"#;
        assert_eq!(found(200, said), failed(Some("no such number")));
        assert_eq!(found(200, r#"{"status": "failed", "reason": 7}"#), failed(None));
        assert_eq!(found(404, r#"{"status": "delivered"}"#), Found::NotTaken);
        for (status, body) in [
            (200, ""),
            (200, "[]"),
            (200, r#"{"status": "DELIVERED"}"#),
            (200, r#"{"status": ["sent"]}"#),
            (204, ""),
            (302, ""),
            (401, ""),
            (403, ""),
            (410, r#"{"status": "failed"}"#),
            (429, ""),
            (500, r#"{"status": "failed"}"#),
        ] {
            assert!(matches!(found(status, body), Found::Unclear { .. }), "{status} {body}");
        }
    }
}
