//! The outside of a Worker, as the jobs see it: one value made from the bindings of an event.

use serde_json::{Map, Value};
use tidegate::Instant;
use worker::{BatchMessageBuilder, Env, MessageBuilder};

use crate::callback::Signer;
use crate::content::Texts;
use crate::model::{Found, Outcome, Outgoing, ProviderConfig, SliceKey};
use crate::ports::{
    Callbacks, Clock, Entropy, Files, Providers, Pseudonyms, Queue, Renderer, World,
};
use crate::provider::{Inbox, Kept, WorkerProviders};
use crate::runtime::{SystemClock, SystemEntropy};
use crate::store::d1::D1;
use crate::store::{Answer, Database, sandbox};

/// The most messages that one call puts on a queue, by Cloudflare's limits.
const QUEUE_BATCH: usize = 100;

/// The bindings of one event.
pub struct Workers {
    database: D1,
    queue: worker::Queue,
    providers: WorkerProviders<SandboxInbox, SystemClock>,
    signer: Signer,
    files: worker::Bucket,
    texts: Texts,
}

impl Workers {
    /// From the event's environment.
    ///
    /// # Errors
    /// When a binding of `wrangler.toml` is missing, or the signing key cannot be read.
    pub async fn new(env: &Env) -> worker::Result<Self> {
        let database = D1::new(env.d1("DB")?);
        let address = env.var("PUBLIC_URL").map_or_else(|_| String::new(), |var| var.to_string());
        let signer = Signer::load(&database, &SystemEntropy, &address)
            .await
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        Ok(Self {
            queue: env.queue("HANDOVER")?,
            providers: WorkerProviders {
                inbox: SandboxInbox(D1::new(env.d1("DB")?)),
                clock: SystemClock,
            },
            signer,
            files: env.bucket("FILES")?,
            texts: Texts::default(),
            database,
        })
    }
}

impl World for Workers {
    type Database = D1;

    fn database(&self) -> &D1 {
        &self.database
    }
}

impl Clock for Workers {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn sleep(&self, until: Instant) -> impl Future<Output = ()> {
        SystemClock.sleep(until)
    }
}

impl Queue for Workers {
    async fn put(&self, slices: &[(SliceKey, i64)]) -> Result<(), String> {
        for part in slices.chunks(QUEUE_BATCH) {
            let messages = part.iter().map(|(key, delay_s)| {
                let delay = u32::try_from(*delay_s).unwrap_or(0);
                MessageBuilder::new(*key).delay_seconds(delay).build()
            });
            let batch = BatchMessageBuilder::<SliceKey>::new().messages(messages).build();
            self.queue.send_batch(batch).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Providers for Workers {
    fn hand_over(
        &self,
        provider: &ProviderConfig,
        message: &Outgoing,
    ) -> impl Future<Output = Outcome> {
        self.providers.hand_over(provider, message)
    }

    fn look_up(&self, provider: &ProviderConfig, id: &str) -> impl Future<Output = Found> {
        self.providers.look_up(provider, id)
    }
}

impl Entropy for Workers {
    fn token(&self) -> String {
        SystemEntropy.token()
    }
}

impl Pseudonyms for Workers {
    fn pseudonym(&self, text: &str) -> String {
        self.signer.pseudonym(text)
    }
}

impl Callbacks for Workers {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.signer.url(campaign_seq, ordinal)
    }

    fn inbound_url(&self, sender_seq: i64) -> String {
        self.signer.inbound_url(sender_seq)
    }

    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String {
        self.signer.unsubscribe_url(campaign_seq, ordinal)
    }

    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String> {
        self.signer.mark_url(campaign_seq, ordinal, link)
    }

    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        self.signer.file_url(campaign_seq, attachment_seq)
    }
}

impl Files for Workers {
    async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        let put = self.files.put(name, bytes).execute().await;
        put.map(drop).map_err(|error| error.to_string())
    }

    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let object = self.files.get(name).execute().await.map_err(|error| error.to_string())?;
        let Some(object) = object else { return Ok(None) };
        let Some(body) = object.body() else { return Ok(None) };
        body.bytes().await.map(Some).map_err(|error| error.to_string())
    }

    async fn remove(&self, name: &str) -> Result<(), String> {
        self.files.delete(name).await.map_err(|error| error.to_string())
    }
}

impl Renderer for Workers {
    fn render(&self, text: &str, fields: &Map<String, Value>) -> Result<String, String> {
        self.texts.render(text, fields)
    }
}

/// The sandbox's inbox, which is a table.
struct SandboxInbox(D1);

impl Inbox for SandboxInbox {
    async fn put(&self, message: &Outgoing) -> Result<(), String> {
        let statement = sandbox::put(message, SystemClock.now().millis());
        self.0.run(statement).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn find(&self, id: &str) -> Result<Option<Kept>, String> {
        let found = self.0.run(sandbox::receipt_of(id)).await;
        let row = found.and_then(Answer::first::<sandbox::ReceiptRow>);
        row.map(|row| row.map(|row| Kept { receipt: row.receipt }))
            .map_err(|error| error.to_string())
    }
}
