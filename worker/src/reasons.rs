//! Why a message did not simply arrive: every reason that this deployment gives, and those that
//! providers' receipts give in words or numbers that are known. For each what it means and what to
//! look at, so that the page which answers "they say they did not get it" is made of the same table
//! that decides what counts as a bad address.

use serde::Serialize;
use tidegate::status::{CampaignStatus, MessageStatus};

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessageReason"))]
pub struct Reason {
    /// The short stable word that messages carry.
    pub code: &'static str,
    /// The statuses that messages have by it.
    pub statuses: &'static [&'static str],
    /// What it means.
    pub means: &'static str,
    /// What somebody can do about it.
    pub check: &'static str,
    /// Whether the address itself is at fault, and writing to it again is of no use.
    pub is_address_fault: bool,
}

impl Reason {
    /// Whether the address is at fault, or may be: the provider did not say what is.
    #[must_use]
    pub fn may_be_the_address(&self) -> bool {
        self.is_address_fault || matches!(self.code, "refused" | "undeliverable")
    }
}

const fn reason(
    code: &'static str,
    statuses: &'static [&'static str],
    means: &'static str,
    check: &'static str,
) -> Reason {
    Reason { code, statuses, means, check, is_address_fault: false }
}

const fn address(code: &'static str, means: &'static str, check: &'static str) -> Reason {
    Reason { is_address_fault: true, ..reason(code, &["failed"], means, check) }
}

/// Every reason, in the order in which a page shows them.
pub const REASONS: [Reason; 32] = [
    reason(
        "opted_out",
        &["skipped", "unknown", "failed"],
        "The person asked for no more messages. They were not written to, and nothing was charged.",
        "See the opt-outs for when and how they asked. Only they can take it back.",
    ),
    reason(
        "expired",
        &["skipped", "failed"],
        "It could not go within the time that the campaign gives late messages, or the provider did \
         not get it through before the window closed.",
        "See what the campaign waited for. A higher limit or a later end would have reached them.",
    ),
    reason(
        "ended",
        &["skipped"],
        "The campaign's end came before their turn.",
        "Send to those left out as a new campaign, with a later end or a higher limit.",
    ),
    reason(
        "stopped",
        &["cancelled"],
        "Somebody stopped the campaign before their turn.",
        "Send to those left out as a new campaign.",
    ),
    reason(
        "failed",
        &["cancelled"],
        "The campaign as a whole failed before their turn.",
        "See what the campaign says. Send to those left out as a new campaign.",
    ),
    reason(
        "erased",
        &["skipped", "unknown"],
        "The person was erased, or somebody whom the text was about: nobody knows here any more who it was.",
        "Nothing: they asked for it.",
    ),
    reason(
        "not_allowed",
        &["skipped", "unknown"],
        "It has a word or a link that the team does not allow, and its campaign had ended.",
        "See the team's words. Once it is cleared there, send it again as a new campaign.",
    ),
    reason(
        "person_limit",
        &["skipped", "unknown"],
        "They had as many messages as one person may get in that time.",
        "See their conversation. They can be written to again once the time has passed.",
    ),
    address(
        "bad_address",
        "There is no such number or mailbox.",
        "Correct the address in the contact: a digit too few, a country code, a typing error.",
    ),
    address(
        "bounced",
        "The mailbox's server sent it back for good.",
        "Ask the person for another address.",
    ),
    address(
        "not_mobile",
        "The number is a landline, or cannot get this kind of message.",
        "Ask for a mobile number, or use another channel.",
    ),
    reason(
        "unreachable",
        &["failed"],
        "The phone was off or out of reach for as long as the provider tried.",
        "Send it again on another day.",
    ),
    reason(
        "mailbox_full",
        &["failed"],
        "The mailbox takes no more for now.",
        "Send it again later, or ask for another address.",
    ),
    reason(
        "blocked",
        &["failed"],
        "The person, or their operator, has blocked this sender.",
        "Do not write to them from here again; ask on another channel.",
    ),
    reason(
        "filtered",
        &["failed"],
        "The operator or the mailbox took it for spam.",
        "Look at the words and links of the message, at how it asks to be let go, and whether the \
         sender is registered with the operators.",
    ),
    reason(
        "complained",
        &["failed"],
        "The person reported it as spam.",
        "They are on the opt-outs. Look at how they came to be on the list.",
    ),
    reason(
        "undeliverable",
        &["failed"],
        "The provider said that it cannot be delivered, and not why.",
        "Look at the message's detail and the provider's own log.",
    ),
    reason(
        "no_text",
        &["failed", "unknown"],
        "The text could not be made for this person: a field that it needs is missing or empty.",
        "Fill the field in, or give the text a default for it.",
    ),
    reason(
        "no_attachment",
        &["failed", "unknown"],
        "What it was to carry was not there any more.",
        "Attach the file again, in a new campaign for those who failed.",
    ),
    reason(
        "no_recipient",
        &["failed", "unknown"],
        "The person was erased before their turn.",
        "Nothing: they asked for it.",
    ),
    reason(
        "refused",
        &["failed"],
        "The provider did not take the message.",
        "Its detail has what the provider said. Most often it is the address or the text.",
    ),
    reason(
        "too_large",
        &["failed"],
        "The provider takes no message of this size.",
        "Shorten the text, or attach less.",
    ),
    reason(
        "not_authorised",
        &["failed"],
        "The provider does not let this sender in.",
        "Look at the key in the provider's address, and whether the account is in good standing.",
    ),
    reason(
        "no_such_endpoint",
        &["failed"],
        "Nothing answers at the provider's address.",
        "Correct the sender's provider address.",
    ),
    reason(
        "redirected",
        &["failed"],
        "The provider's address leads on to another, and messages are not sent on.",
        "Give the sender the final address.",
    ),
    reason(
        "no_answer",
        &["unknown"],
        "The provider did not say whether it took the message.",
        "Look into the provider's log, then say that it went, or send it again.",
    ),
    reason(
        "other_provider",
        &["unknown"],
        "It was in doubt when its sender was given another provider, which cannot know of it.",
        "Look into the log of the provider before, then say that it went, or send it again.",
    ),
    reason(
        "interrupted",
        &["unknown"],
        "The work was cut off between handing the message over and hearing the answer.",
        "Look into the provider's log, then say that it went, or send it again.",
    ),
    reason(
        "confirmed",
        &["sent"],
        "It was unknown, and somebody who looked said that it went.",
        "Nothing.",
    ),
    reason(
        "held_for_review",
        &["queued"],
        "The message has a word or a link that an administrator has to clear first.",
        "See the reviews.",
    ),
    reason(
        "outside_window",
        &["queued"],
        "It waits for the hours in which the rules allow it.",
        "See what the campaign waits for, and what would be sooner.",
    ),
    reason(
        "no_receipt",
        &["sent"],
        "The provider took it, and no receipt has come. Some networks give none.",
        "If they did not get it: look at the address, the spam folder, whether the phone was \
         reachable, and the provider's log, in this order.",
    ),
];

/// The reasons for which sending again to the same address is in vain, or is not wanted.
pub const IN_VAIN: [&str; 6] =
    ["bad_address", "bounced", "not_mobile", "opted_out", "blocked", "complained"];

/// What providers say, in lower case, and the reason that it is. The numbers are Twilio's
/// (its error dictionary), three digits with dots are RFC 3463's.
const SPELLINGS: [(&str, &str); 40] = [
    ("21211", "bad_address"),
    ("21214", "bad_address"),
    ("21217", "bad_address"),
    ("21401", "bad_address"),
    ("21614", "not_mobile"),
    ("30006", "not_mobile"),
    ("21610", "opted_out"),
    ("30003", "unreachable"),
    ("30004", "blocked"),
    ("30005", "bad_address"),
    ("30007", "filtered"),
    ("30008", "undeliverable"),
    ("63003", "bad_address"),
    ("63024", "bad_address"),
    ("30034", "filtered"),
    ("5.1.1", "bad_address"),
    ("5.1.2", "bad_address"),
    ("5.1.3", "bad_address"),
    ("5.1.10", "bad_address"),
    ("5.2.1", "bounced"),
    ("5.2.2", "mailbox_full"),
    ("4.2.2", "mailbox_full"),
    ("5.7.1", "filtered"),
    ("invalid number", "bad_address"),
    ("invalid_number", "bad_address"),
    ("invalid recipient", "bad_address"),
    ("invalid_recipient", "bad_address"),
    ("no such user", "bad_address"),
    ("no such mailbox", "bad_address"),
    ("unknown subscriber", "bad_address"),
    ("unknown user", "bad_address"),
    ("hard bounce", "bounced"),
    ("hard_bounce", "bounced"),
    ("bounce", "bounced"),
    ("landline", "not_mobile"),
    ("spam", "filtered"),
    ("spam_complaint", "complained"),
    ("complaint", "complained"),
    ("unsubscribed", "opted_out"),
    ("blocked_by_recipient", "opted_out"),
];

/// The reason that a provider's word or number stands for; none where it is not known.
#[must_use]
pub fn known(said: &str) -> Option<&'static Reason> {
    let said = said.trim().to_ascii_lowercase();
    let spelled = SPELLINGS.iter().find(|(spelling, _)| *spelling == said);
    let code = spelled.map_or(said.as_str(), |(_, code)| code);
    REASONS.iter().find(|reason| reason.code == code)
}

/// How a reason may stand in a message's row, in lower case: its code, and what providers say for it.
pub fn spellings(code: &str) -> impl Iterator<Item = &'static str> {
    let own = REASONS.iter().map(|reason| reason.code).filter(move |own| *own == code);
    let others = SPELLINGS.iter().filter(move |(_, of)| *of == code);
    own.chain(others.map(|(spelling, _)| *spelling))
}

/// What a message is of which nothing has become yet, and why.
#[must_use]
pub const fn untouched(campaign: CampaignStatus) -> (MessageStatus, Option<&'static str>) {
    match campaign {
        CampaignStatus::Stopped => (MessageStatus::Cancelled, Some("stopped")),
        CampaignStatus::Failed => (MessageStatus::Cancelled, Some("failed")),
        CampaignStatus::Completed => (MessageStatus::Skipped, Some("ended")),
        CampaignStatus::Draft
        | CampaignStatus::Scheduled
        | CampaignStatus::InProgress
        | CampaignStatus::Paused => (MessageStatus::Queued, None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_and_spelling_stands_for_one_reason() {
        let codes: BTreeSet<_> = REASONS.iter().map(|reason| reason.code).collect();
        let spellings: BTreeSet<_> = SPELLINGS.iter().map(|(spelling, _)| *spelling).collect();
        assert_eq!(codes.len(), REASONS.len());
        assert_eq!(spellings.len(), SPELLINGS.len());
        assert!(codes.is_disjoint(&spellings));
        for (spelling, code) in SPELLINGS {
            assert!(codes.contains(code), "{spelling}: {code}");
        }
    }

    #[test]
    fn a_reason_is_found_however_it_was_spelled() {
        let spelled: Vec<_> = spellings("not_mobile").collect();
        assert_eq!(spelled, ["not_mobile", "21614", "30006", "landline"]);
        assert_eq!(spellings("a full moon").count(), 0);
        for reason in REASONS.iter().filter(|reason| reason.is_address_fault) {
            assert!(IN_VAIN.contains(&reason.code), "{}", reason.code);
        }
    }

    #[test]
    fn what_a_provider_says_is_known_however_it_is_written() {
        let code = |said| known(said).map(|reason| reason.code);
        assert_eq!(code(" 21211 "), Some("bad_address"));
        assert_eq!(code("Hard Bounce"), Some("bounced"));
        assert_eq!(code("bad_address"), Some("bad_address"));
        assert_eq!(code("a full moon"), None);
        assert_eq!(code(""), None);
    }

    #[test]
    fn an_address_is_at_fault_only_where_writing_again_is_of_no_use() {
        let is = |said| known(said).is_some_and(Reason::may_be_the_address);
        for fault in ["bad_address", "bounced", "not_mobile", "21211", "5.1.1", "refused"] {
            assert!(is(fault), "{fault}");
        }
        for other in ["unreachable", "30003", "opted_out", "21610", "no_text", "5.2.2"] {
            assert!(!is(other), "{other}");
        }
    }
}
