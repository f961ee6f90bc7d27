//! What is handed to a provider, and what it says of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Channel;

/// One message, ready to be handed to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The message's id, which is its idempotency key.
    pub id: String,
    /// The address: E.164 for phone channels.
    pub to: String,
    /// The channel.
    pub channel: Channel,
    /// The text, fields filled in.
    pub text: String,
    /// What a mail is about, fields filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is attached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
    /// The campaign's id.
    pub campaign_id: String,
    /// The sender's id.
    pub sender_id: String,
    /// The sender's name, for the inbox.
    #[serde(skip)]
    pub sender_name: String,
    /// Where the provider reports what became of it.
    pub callback_url: String,
    /// Of a mail: the image by which it is seen to be opened, for the provider to put into its HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_url: Option<String>,
    /// Of a mail: lines that its header is to have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, String>,
    /// When the rules forbid it to be sent or delivered any more, ms since 1970. Another one each time that
    /// it is handed over, so it is beside the message, not in it.
    #[serde(skip)]
    pub expires_at: Option<i64>,
}

/// What a provider made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has it.
    Taken {
        /// The provider's own id.
        reference: Option<String>,
    },
    /// It will never take it.
    Refused {
        /// A short stable word.
        reason: &'static str,
        /// What it said.
        detail: String,
    },
    /// It did not take it now, and may later.
    Later {
        /// How long to wait, in ms.
        after_ms: i64,
        /// What it said.
        detail: String,
    },
    /// Nobody can tell whether it has it.
    Unclear {
        /// What happened.
        detail: String,
    },
}

/// What a provider says of a message that it was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It took it, and this is what it last heard.
    Taken(Fate),
    /// It does not have it and never will: the POST did not reach it.
    NotTaken,
    /// It did not say.
    Unclear {
        /// What happened.
        detail: String,
    },
}

/// What became of a message that a provider took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way.
    Accepted,
    /// The recipient has it.
    Delivered,
    /// The recipient will not get it.
    Failed {
        /// Why.
        reason: Option<String>,
    },
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attached {
    /// Where the provider fetches it, for a while.
    pub url: String,
    /// Its name.
    pub file_name: String,
    /// What it is, as its bytes say.
    pub media_type: String,
    /// How long it is.
    pub bytes: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_about_providers_names_whatever_one_is_handed() {
        const PAGE: &str = include_str!("../../../docs/providers.md");
        let attached = Attached {
            url: "https://x/f".into(),
            file_name: "a.png".into(),
            media_type: "image/png".into(),
            bytes: 1,
        };
        let message = Outgoing {
            id: "cmp_1-0".into(),
            to: "ada@example.com".into(),
            channel: Channel::Email,
            text: "Hello".into(),
            subject: Some("Hello".into()),
            attachments: vec![attached],
            campaign_id: "cmp_1".into(),
            sender_id: "snd_1".into(),
            sender_name: "Desk".into(),
            callback_url: "https://x/r".into(),
            open_url: Some("https://x/o".into()),
            headers: BTreeMap::from([("List-Unsubscribe", "<https://x/u>".into())]),
            expires_at: None,
        };
        let handed = serde_json::to_value(message).unwrap();
        let attached = &handed["attachments"][0];
        let names = [&handed, attached, &handed["headers"]].map(|part| part.as_object().unwrap());
        for name in names.into_iter().flat_map(|part| part.keys()) {
            assert!(PAGE.contains(&format!("`{name}`")), "docs/providers.md lacks `{name}`");
        }
    }
}
