//! What recipients do with their messages, as far as it can be seen: that one was opened, that a
//! link in it was followed. These are marks, not statuses: a message that was never seen to be
//! opened may have been read all the same.
//!
//! Nothing is kept for it before something happens. A tracked link stands for "the n-th link in the
//! text of this message"; where it leads is found out when somebody follows it, by making the text
//! again. So there is nothing that could be turned into a redirect to somewhere else.

pub mod address;
pub mod links;
pub mod machine;

use serde::{Deserialize, Serialize};

use crate::model::{Channel, Purpose, ToTrack};

/// What of a campaign is tracked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tracking {
    /// Whether its mails carry an image that tells when they are opened.
    pub opens: bool,
    /// Whether its links lead through this deployment.
    pub clicks: bool,
}

impl Tracking {
    /// What is tracked of a message: as somebody asked for, and unless they did, of mail, where people
    /// expect it. Elsewhere a link that is rewritten costs room. Our own answers and what is passed on
    /// for somebody else are left as they are.
    #[must_use]
    pub fn of(channel: Channel, asked: Option<ToTrack>, purpose: Option<Purpose>) -> Self {
        if matches!(purpose, Some(Purpose::Answer | Purpose::Forward)) {
            return Self::default();
        }
        let is_mail = channel == Channel::Email;
        let asked = asked.unwrap_or_default();
        Self {
            opens: is_mail && asked.opens.unwrap_or(true),
            clicks: asked.clicks.unwrap_or(is_mail),
        }
    }

    /// What was tracked of a campaign, as it is noted with its first message; nothing of one that
    /// went before that was noted.
    #[must_use]
    pub fn noted(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The number of the mark that a message was opened.
pub const OPENED: i64 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_tracked_unless_told_and_other_channels_only_by_their_links() {
        let of = |channel, opens, clicks| {
            let tracking = Tracking::of(channel, Some(ToTrack { opens, clicks }), None);
            (tracking.opens, tracking.clicks)
        };
        assert_eq!(of(Channel::Email, None, None), (true, true));
        assert_eq!(of(Channel::Email, Some(false), None), (false, true));
        assert_eq!(of(Channel::Sms, None, None), (false, false));
        assert_eq!(of(Channel::Sms, Some(true), Some(true)), (false, true));
        for purpose in [Purpose::Answer, Purpose::Forward] {
            let all = ToTrack { opens: Some(true), clicks: Some(true) };
            let tracking = Tracking::of(Channel::Email, Some(all), Some(purpose));
            assert_eq!(tracking, Tracking::default());
        }
        let timed = Tracking::of(Channel::Email, None, Some(Purpose::Timed));
        assert_eq!(timed, Tracking { opens: true, clicks: true });
    }
}
