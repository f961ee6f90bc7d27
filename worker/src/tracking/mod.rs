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

use crate::model::Channel;

/// What of a campaign is tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Whether its mails carry an image that tells when they are opened.
    pub opens: bool,
    /// Whether its links lead through this deployment.
    pub clicks: bool,
}

impl Tracking {
    /// What is tracked unless somebody says otherwise: mail, where people expect it. Elsewhere a
    /// link that is rewritten costs room in the message.
    #[must_use]
    pub const fn of(channel: Channel) -> Self {
        let is_mail = matches!(channel, Channel::Email);
        Self { opens: is_mail, clicks: is_mail }
    }
}

/// The number of the mark that a message was opened.
pub const OPENED: i64 = 0;
