//! The way out that a message carries: a link for its text, and for a mail the lines of RFC 8058 that
//! put a button beside it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::Channel;

/// The field by which a text asks for the link. Every recipient has it.
pub const FIELD: &str = "unsubscribe_url";

/// The fields of a person, with the link where `text` may ask for it.
#[must_use]
pub fn with_link<'a>(
    text: &str,
    fields: &'a Map<String, Value>,
    url: &str,
) -> Cow<'a, Map<String, Value>> {
    if !text.to_lowercase().contains(FIELD) {
        return Cow::Borrowed(fields);
    }
    let mut fields = fields.clone();
    fields.insert(FIELD.to_owned(), url.into());
    Cow::Owned(fields)
}

/// What stands for the link where somebody else reads the message, or gets it passed on: whoever opens
/// the link opts out the one whom it was made for.
pub const LEFT_OUT: &str = "[...]";

/// An address as long as `url` that opens nothing, for a message that is shown as it will look.
#[must_use]
pub fn blank(url: &str) -> String {
    match url.rsplit_once('/') {
        Some((before, token)) => format!("{before}/{}", "x".repeat(token.chars().count())),
        None => url.to_owned(),
    }
}

/// The lines for a mail's header (RFC 8058, section 3.1). They count only under a DKIM signature that
/// covers them, which is the provider's part.
#[must_use]
pub fn headers(channel: Channel, url: &str) -> BTreeMap<&'static str, String> {
    let mut headers = BTreeMap::new();
    if channel == Channel::Email {
        headers.insert("List-Unsubscribe", format!("<{url}>"));
        headers.insert("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_asks_for_the_link_has_it() {
        let fields = Map::new();
        assert!(with_link("Hi", &fields, "https://x").is_empty());
        let text = "{{ Unsubscribe_URL }}";
        assert_eq!(with_link(text, &fields, "https://x")[FIELD], "https://x");
    }

    #[test]
    fn a_blank_link_takes_the_room_of_the_other() {
        assert_eq!(
            blank("https://x.example/api/v1/unsubscribes/AbC_-9"),
            "https://x.example/api/v1/unsubscribes/xxxxxx"
        );
    }

    #[test]
    fn only_mails_have_header_lines() {
        assert!(headers(Channel::Sms, "https://x").is_empty());
        let lines = headers(Channel::Email, "https://x");
        assert_eq!(lines["List-Unsubscribe"], "<https://x>");
        assert_eq!(lines["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    }
}
