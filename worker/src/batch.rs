//! Batches: each time that somebody lets something go is one, and has an id of its own.
//!
//! A send-out is let go once: scheduled, sent alone, or timed in a conversation. What moves, pauses or
//! resumes it goes on with the same batch; sending it again to some of its people is a send-out of its
//! own. So the batch's id follows from the send-out's, and costs no row and no index.

/// What ids of batches begin with.
const PREFIX: &str = "bat_";

/// What ids of campaigns begin with: of lists of people, of messages to one.
const CAMPAIGNS: [&str; 2] = ["cmp_", "sgl_"];

/// The batch of a campaign that was let go.
///
/// ```
/// use tidegate_worker::batch;
///
/// assert_eq!(batch::of("cmp_7f3a"), "bat_7f3a");
/// assert_eq!(batch::campaigns("bat_7f3a"), ["cmp_7f3a", "sgl_7f3a"]);
/// ```
#[must_use]
pub fn of(campaign_id: &str) -> String {
    let rest = campaign_id.split_once('_').map_or(campaign_id, |(_, rest)| rest);
    format!("{PREFIX}{rest}")
}

/// The ids of which one is that of the batch's campaign, if there is such a batch.
#[must_use]
pub fn campaigns(batch_id: &str) -> Vec<String> {
    let rest = batch_id.strip_prefix(PREFIX);
    rest.map_or_else(Vec::new, |rest| CAMPAIGNS.map(|prefix| format!("{prefix}{rest}")).into())
}
