//! One invocation: the world as a job sees it, with a clock of its own.

use std::rc::Rc;

use serde_json::{Map, Value};
use tidegate::Instant;
use tidegate_worker::callback::Signer;
use tidegate_worker::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};
use tidegate_worker::ports::{
    Callbacks, Clock, Entropy, Files, Providers, Pseudonyms, Queue, Renderer, World,
};

use crate::faults::Fault;
use crate::{TestDatabase, TestWorld};

/// How far a clock is off at most, either way, in ms. Two consumers differ by twice as much, and
/// that is less than what a lease's margin leaves after the longest POST (35 s less 30 s).
pub const SKEW_MS: i64 = 2_000;

/// The world seen by one invocation.
#[derive(Clone)]
pub struct Node {
    pub world: Rc<TestWorld>,
    /// How far its clock is ahead.
    pub skew_ms: i64,
}

impl Node {
    /// A new invocation, its clock as the faults have it.
    pub fn of(world: &Rc<TestWorld>) -> Self {
        let skewed = world.faults.happens(Fault::Skew);
        let span = SKEW_MS.unsigned_abs() * 2 + 1;
        let skew_ms = if skewed { world.faults.rng().ms(span) - SKEW_MS } else { 0 };
        Self { world: Rc::clone(world), skew_ms }
    }
}

impl Clock for Node {
    fn now(&self) -> Instant {
        Instant::from_millis(self.world.time().now() + self.skew_ms)
    }

    async fn sleep(&self, until: Instant) {
        self.world.time().sleep(until.millis() - self.skew_ms).await;
    }
}

impl Queue for Node {
    async fn put(&self, slices: &[(SliceKey, i64)]) -> Result<(), String> {
        self.world.put_on_queue(slices).await
    }
}

impl Providers for Node {
    async fn hand_over(&self, provider: &ProviderConfig, message: &Outgoing) -> Outcome {
        self.world.post(provider, message, self.skew_ms).await
    }

    async fn look_up(&self, provider: &ProviderConfig, id: &str) -> Found {
        self.world.ask(provider, id).await
    }
}

impl Entropy for Node {
    fn token(&self) -> String {
        Entropy::token(&*self.world)
    }
}

impl Callbacks for Node {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.world.url(campaign_seq, ordinal)
    }

    fn inbound_url(&self, sender_seq: i64) -> String {
        self.world.inbound_url(sender_seq)
    }

    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.world.unsubscribe_url(campaign_seq, ordinal)
    }

    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String> {
        self.world.mark_url(campaign_seq, ordinal, link)
    }

    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        self.world.file_url(campaign_seq, attachment_seq)
    }
}

impl Files for Node {
    async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.world.keep(name, bytes).await
    }

    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.world.read(name).await
    }

    async fn remove(&self, name: &str) -> Result<(), String> {
        self.world.remove(name).await
    }
}

impl Pseudonyms for Node {
    fn pseudonym(&self, text: &str) -> String {
        self.world.pseudonym(text)
    }
}

impl Renderer for Node {
    fn render(&self, text: &str, fields: &Map<String, Value>) -> Result<String, String> {
        self.world.render(text, fields)
    }
}

impl World for Node {
    type Database = TestDatabase;

    fn database(&self) -> &TestDatabase {
        self.world.database()
    }
}

// The world itself is an invocation whose clock is right.

impl Clock for TestWorld {
    fn now(&self) -> Instant {
        Instant::from_millis(self.time.now())
    }

    async fn sleep(&self, until: Instant) {
        self.time.sleep(until.millis()).await;
    }
}

impl Queue for TestWorld {
    async fn put(&self, slices: &[(SliceKey, i64)]) -> Result<(), String> {
        self.put_on_queue(slices).await
    }
}

impl Providers for TestWorld {
    async fn hand_over(&self, provider: &ProviderConfig, message: &Outgoing) -> Outcome {
        self.post(provider, message, 0).await
    }

    async fn look_up(&self, provider: &ProviderConfig, id: &str) -> Found {
        self.ask(provider, id).await
    }
}

impl Entropy for TestWorld {
    fn token(&self) -> String {
        self.token()
    }
}

impl Callbacks for TestWorld {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        format!("https://tidegate.example/{campaign_seq}/{ordinal}")
    }

    fn inbound_url(&self, sender_seq: i64) -> String {
        signer().inbound_url(sender_seq)
    }

    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String {
        signer().unsubscribe_url(campaign_seq, ordinal)
    }

    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String> {
        let url = signer().mark_url(campaign_seq, ordinal, link);
        url.filter(|_| self.is_reached.get())
    }

    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        format!("https://tidegate.example/files/{campaign_seq}/{attachment_seq}")
    }
}

impl Files for TestWorld {
    async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.files.borrow_mut().insert(name.to_owned(), bytes);
        Ok(())
    }

    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.files.borrow().get(name).cloned())
    }

    async fn remove(&self, name: &str) -> Result<(), String> {
        self.files.borrow_mut().remove(name);
        Ok(())
    }
}

impl Pseudonyms for TestWorld {
    /// Nothing like the text is left of it, and texts that differ stay different.
    fn pseudonym(&self, text: &str) -> String {
        text.bytes()
            .map(|byte| char::from(b'a' + byte / 16).to_string() + &(byte % 16).to_string())
            .collect()
    }
}

impl Renderer for TestWorld {
    fn render(&self, text: &str, fields: &Map<String, Value>) -> Result<String, String> {
        // Most texts here ask for nothing.
        if text.contains('{') { self.texts.render(text, fields) } else { Ok(text.to_owned()) }
    }
}

impl World for TestWorld {
    type Database = TestDatabase;

    fn database(&self) -> &TestDatabase {
        &self.database
    }
}

/// What a deployment whose key is in the secrets would sign: see [`TestWorld::keep_signing_key`].
fn signer() -> Signer {
    Signer::new(crate::SIGNING_KEY, "https://tidegate.example")
}
