//! What the jobs need from the outside, as traits: the Worker gives the real ones, tests and the
//! simulation give their own.

use std::future::Future;

use tidegate::Instant;

use crate::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};

/// Time.
pub trait Clock {
    /// The present instant.
    fn now(&self) -> Instant;
    /// Returns at `until`, or at once if that is past.
    fn sleep(&self, until: Instant) -> impl Future<Output = ()>;
}

/// The queue between the tick and the hand-over. It may deliver late, twice, or out of order.
pub trait Queue {
    /// Puts slices on the queue, each to be delivered no sooner than `delay_s` from now.
    ///
    /// # Errors
    /// A text for the log. Whether it was queued is then not known; the sweep mends it.
    fn put(&self, slices: &[(SliceKey, i64)]) -> impl Future<Output = Result<(), String>>;
}

/// The providers.
pub trait Providers {
    /// Hands one message over and says what became of it. Never fails: what cannot be told is
    /// [`Outcome::Unclear`].
    fn hand_over(
        &self,
        provider: &ProviderConfig,
        message: &Outgoing,
    ) -> impl Future<Output = Outcome>;

    /// Asks what became of a message, by its id. Asked only some time after the POST has ended.
    fn look_up(&self, provider: &ProviderConfig, id: &str) -> impl Future<Output = Found>;
}

/// Randomness, for names that nobody can guess.
pub trait Entropy {
    /// 26 characters of lower-case base 32: 130 random bits.
    fn token(&self) -> String;
}

/// Signs the addresses that are handed out to whoever has no key.
pub trait Callbacks {
    /// Where a provider reports on a message.
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String;
    /// Where a sender's provider brings what people write.
    fn inbound_url(&self, sender_seq: i64) -> String;
    /// Where the recipient of a mail has no more of them sent.
    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String;
    /// Where a message's link with that number leads, or for 0 the image that its mail shows; none
    /// where nobody said at which address the deployment is reached.
    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String>;
    /// The address at which it fetches an attachment of a campaign.
    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String;
}

/// Where the bytes of attachments are.
pub trait Files {
    /// Keeps a file under a name, in place of one that is there.
    ///
    /// # Errors
    /// A text for the log. It may have been kept all the same.
    fn keep(&self, name: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), String>>;
    /// The file of that name, if there is one.
    ///
    /// # Errors
    /// A text for the log.
    fn read(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>, String>>;
    /// Removes a file, if there is one of that name.
    ///
    /// # Errors
    /// A text for the log.
    fn remove(&self, name: &str) -> impl Future<Output = Result<(), String>>;
}

/// Stands for what must not be kept itself.
pub trait Pseudonyms {
    /// The same text for the same `text`, from which nobody finds it who has not the deployment's
    /// key.
    fn pseudonym(&self, text: &str) -> String;
}

/// Fills a campaign's fields in for one person.
pub trait Renderer {
    /// The text, or why it cannot be made.
    ///
    /// # Errors
    /// A sentence that names the field.
    fn render(
        &self,
        text: &str,
        fields: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<String, String>;
}

/// Everything outside, in one value: what a job is given.
pub trait World:
    Clock + Queue + Providers + Entropy + Callbacks + Files + Pseudonyms + Renderer
{
    /// The database's body.
    type Database: crate::store::Database;
    /// The database.
    fn database(&self) -> &Self::Database;
}
